"""Procedural variation of surfaces: means, distances, directions and lengths that follow from the patterns' numbers."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import Instants, RenderOptions
from simengine.world.materials import Material, Pattern
from simengine_renderers import raytrace
from simengine_renderers.raytrace.patterns import octaves
from tests.renderers.simple_scenes import NOISE, block, camera, scene_of, state_of

GREY = (0.4, 0.4, 0.4)
PX = 160


def wall(pattern: Pattern, wide_m: float, scale_m: float = 1.0, albedo: tuple[float, float, float] = GREY) -> F64Array:
    """Albedo (PX, PX, 3) of a grey wall of which the picture shows a square; the left half of rays hits its middle."""
    material = Material("wall", albedo, pattern=pattern, pattern_scale_m=scale_m)
    near = 0.5 * wide_m  # the field of view is 90 degrees
    thing = block("wall", (0.2, 4 * wide_m, 4 * wide_m), "building", material)
    scene = scene_of([], [(thing, tf.translation([near + 0.1, 0.0, 0.0]))])
    state = state_of(scene, [])
    renderer = raytrace.open_renderer(scene, RenderOptions(extra={"preset": "preview"}))
    try:
        spec = camera(PX, PX, height_m=2 * wide_m)
        reading = renderer.camera(spec, Instants(state, state), ("albedo",), NOISE)
    finally:
        renderer.close()
    return np.asarray(reading.channels["albedo"], np.float64)


def variation(image: F64Array, axis: int) -> float:
    """Root mean square of what neighbours along an axis differ by."""
    return float(np.sqrt((np.diff(image[..., 1], axis=axis) ** 2).mean()))


@pytest.mark.parametrize("pattern", [p for p in Pattern if p is not Pattern.PLAIN])
def test_what_a_pattern_takes_from_the_albedo_is_bounded_and_fades_with_distance(pattern: Pattern) -> None:
    """Noise has mean 0 and pieces that bulge lose nothing on average: only joints, gaps and worn spots darken.

    The darkest are brick (joints of 0.022 and 0.07 of a piece on both sides, 17 % of mortar) and paint of roads
    (some per cent of asphalt), roofs lose 0.75 of 16 % in joints. From afar nothing is left but this mean.
    """
    near, far = wall(pattern, 12.0), wall(pattern, 3000.0)
    assert abs(near.mean() / GREY[0] - 1.0) < 0.2
    # noise of cells as large as the picture has no mean of 0 in it
    assert abs(far.mean() / near.mean() - 1.0) < 0.09
    assert far[..., 1].std() < 0.02


@pytest.mark.parametrize(("pattern", "axis"), [(Pattern.BARK, 1), (Pattern.WOOD, 0)])
def test_bark_has_furrows_up_the_trunk_and_wood_has_grain_along_boards(pattern: Pattern, axis: int) -> None:
    """Noise is 8 (bark) and 17 (wood) times as long along the furrow: neighbours along it are alike."""
    image = wall(pattern, 0.5)
    assert variation(image, axis) > 2.5 * variation(image, 1 - axis)


def test_bark_and_wood_are_fine_enough_to_be_seen_from_a_metre() -> None:
    for pattern in (Pattern.BARK, Pattern.WOOD):
        rate, gain = octaves(Material("m", GREY, pattern=pattern))
        assert rate[0] >= 50.0 and gain[0] > 0.2


def test_courses_of_roof_tiles_are_as_far_apart_as_they_say() -> None:
    """On a wall slope and height are one: 0.88 courses a cell of 0.3 m are 0.341 m; the joints are the darkest rows."""
    image = wall(Pattern.ROOF_TILES, 2.0, 0.3)[..., 1].mean(1)
    dark = np.flatnonzero(image < 0.8 * np.median(image))
    rows = [group.mean() for group in np.split(dark, np.flatnonzero(np.diff(dark) > 2) + 1)]
    step = np.diff(rows).mean() * 2.0 / PX
    np.testing.assert_allclose(step, 0.3 / 0.88, rtol=0.03)


def test_roof_tiles_lie_along_the_slope() -> None:
    """Seen from above a slope of 3 in 4 (0.8 across) has courses at 0.8 of their length, at every height."""
    from simengine.world.scene import Asset, Entity, Link, Mesh, Part
    from simengine.world.taxonomy import CLASS_ID

    material = Material("roof", GREY, pattern=Pattern.ROOF_TILES, pattern_scale_m=0.3)
    # rises towards +x by 3 in 4; the camera looks along +x and level: heights are seen as 0.6 of the slope
    points = np.array([(0, 6, 0), (0, -6, 0), (8, -6, 6), (8, 6, 6)], np.float32)
    mesh = Mesh("roof", points, np.array([(0, 1, 2), (0, 2, 3)], np.int32), np.zeros(2, np.int32))
    entity = Entity("roof", "block", "", CLASS_ID["building"], (8, 12, 6))
    asset = Asset(
        entity, (mesh,), (material,), (Link(0, -1, np.eye(4), name="body"),),
        (Part(0, 0, 0, np.eye(4), CLASS_ID["building"], "body"),),
    )  # fmt: skip
    scene = scene_of([], [(asset, tf.translation([2.0, 0.0, 0.0]))])
    state = state_of(scene, [])
    renderer = raytrace.open_renderer(scene, RenderOptions(extra={"preset": "preview"}))
    try:
        spec = camera(960, 960, height_m=3.0)
        reading = renderer.camera(spec, Instants(state, state), ("albedo", "position"), NOISE)
    finally:
        renderer.close()
    # a row of pixels lies at one height
    column, place = (
        np.asarray(reading.channels[name], np.float64)[:, 400:560].mean(1) for name in ("albedo", "position")
    )
    on = (place[:, 2] > 0.3) & (place[:, 2] < 5.5)
    tone, height = column[on, 1], place[on, 2]
    dark = np.flatnonzero(tone < 0.8 * np.median(tone))
    joints = [height[g].mean() for g in np.split(dark, np.flatnonzero(np.diff(dark) > 1) + 1)]
    steps = -np.diff(joints)
    np.testing.assert_allclose(steps.mean(), 0.6 * 0.3 / 0.88, rtol=0.03)


def test_worn_road_paint_shows_the_asphalt_below() -> None:
    """A per cent or so of a marking is gone; there it has the albedo of asphalt (0.105), but for three hundredths."""
    image = wall(Pattern.ROAD_PAINT, 3.0)[..., 1]
    gone = (image < 0.2).mean()
    assert 0.002 < gone < 0.06
    assert image.min() < 0.16
    assert abs(np.median(image) / GREY[1] - 1.0) < 0.05


def test_skin_is_redder_where_it_is_darker() -> None:
    """Blood takes green and blue: red varies less than green does."""
    image = wall(Pattern.SKIN, 0.5)
    assert image[..., 0].std() < 0.6 * image[..., 1].std()
    assert np.corrcoef(image[..., 0].ravel() / image[..., 1].ravel(), image[..., 1].ravel())[0, 1] < -0.8


def test_joints_are_as_wide_as_a_pixel_is_long_on_the_wall() -> None:
    """Slabs of 0.25 m on a wall 2 m to the left of the way, in the columns from 4 m to 6 m ahead.

    Two pixels are 0.4 of a slab long there, so a joint of 0.026 takes 6 % of them, of which half is dark: neighbours
    differ by about 3 % at most. Were a pixel as long along the ray as across it (0.08 of a slab), it would be 8 %.
    """
    material = Material("wall", GREY, pattern=Pattern.PAVING, pattern_scale_m=0.25)
    scene = scene_of([], [(block("wall", (60.0, 0.2, 30.0), "building", material), tf.translation([30.0, 2.1, 0.0]))])
    state = state_of(scene, [])
    renderer = raytrace.open_renderer(scene, RenderOptions(extra={"preset": "preview"}))
    try:
        spec = camera(512, 512, height_m=15.0)
        reading = renderer.camera(spec, Instants(state, state), ("albedo",), NOISE)
    finally:
        renderer.close()
    # the focal length is 256 px: 4 m ahead are 128 px beside the middle, 6 m 85 px
    columns = np.asarray(reading.channels["albedo"], np.float64)[192:320, 128:171, 1].mean(0)
    assert np.abs(np.diff(columns, 2)).mean() < 0.03 * columns.mean()


def test_bricks_are_as_long_as_they_say() -> None:
    """A cell of 0.25 m: rows of mortar, the brightest, are 0.25 / 3.25 = 0.077 m apart, as of 65 mm and a joint."""
    image = wall(Pattern.BRICK, 2.0, 0.25, (0.08, 0.08, 0.08))[..., 1].mean(1)
    strength = np.abs(np.fft.rfft(image - image.mean()))
    assert 2.0 / int(strength.argmax()) == pytest.approx(0.25 / 3.25, rel=0.03)
