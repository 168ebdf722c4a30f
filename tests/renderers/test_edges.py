"""More rays where one a pixel leaves edges: what it changes, what it leaves alone, and by how much it is better."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import Array
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.render.opening import check_options, open_renderer
from simengine.render.protocol import CAMERA_CHANNELS, Instants, RenderOptions, RowsAt
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers.raytrace.edges import PLACES, steep
from tests.renderers.random_scenes import random_scene
from tests.renderers.simple_scenes import NOISE, block, camera, scene_of, state_of

CHANNELS = ("radiance", *(c for c in CAMERA_CHANNELS if c not in ("rgb", "radiance")))


def wall() -> Scene:
    """A wall 10 m ahead whose upper edge, 3 m high, rises across the picture, before the sky."""
    turn = np.eye(4)
    turn[1:3, 1:3] = [[np.cos(0.12), -np.sin(0.12)], [np.sin(0.12), np.cos(0.12)]]
    pose = tf.compose(tf.translation([10.0, 0.0, -1.0]), turn)
    return scene_of([], [(block("wall", (0.2, 80.0, 4.0), "building"), pose)])


def taken(scene: Scene, spec: CameraSpec, channels: tuple[str, ...] = ("radiance",), **options: object) -> dict:
    extra = {"edges": str(options.pop("edges", "smooth"))}
    state = state_of(scene, [])
    with closing(open_renderer("raytrace", scene, RenderOptions("cpu", extra=extra, **options))) as opened:  # type: ignore[arg-type]
        return dict(opened.camera(spec, Instants(state, state, state), channels, NOISE).channels)


def test_an_edge_becomes_the_share_that_the_wall_covers() -> None:
    """Four rays of a rotated grid and the centre know the share of a pixel below a line to within 0.3 at worst (a line
    can pass between rays of neighbouring rows) and 0.1 in the mean; a centre alone errs by up to 0.5, 0.25 in the
    mean. The truth is the line's share of each pixel, by 256 rays."""
    scene, spec = wall(), camera(64, 48)
    truth, plain, smooth = (
        np.asarray(taken(scene, s, edges=e)["radiance"]).mean(-1)
        for s, e in ((replace(spec, samples=256), "plain"), (spec, "plain"), (spec, "smooth"))
    )
    dark, bright = plain.min(), plain.max()
    at = np.abs(truth - np.where(truth > (dark + bright) / 2, bright, dark)) > 0.05 * (bright - dark)
    at &= steep(np.asarray(taken(scene, spec, edges="plain")["radiance"]), 1e-6)
    assert at.sum() > 40
    errors = [np.abs(image - truth)[at] / (bright - dark) for image in (plain, smooth)]
    assert errors[1].mean() < 0.11 and errors[1].max() < 0.35
    assert errors[1].mean() < 0.5 * errors[0].mean()


@pytest.mark.parametrize("seed", [3, 8])
def test_only_light_at_edges_changes(seed: int) -> None:
    """Labels are those of centres; pixels that differ little from their neighbours keep their bytes."""
    x = random_scene(seed)
    spec = replace(x.camera, samples=1, droplets=0.0)
    images = []
    for edges in ("plain", "smooth"):
        with closing(open_renderer("raytrace", x.scene, RenderOptions("cpu", extra={"edges": edges}))) as opened:
            images.append(opened.camera(spec, Instants(x.next, x.next, x.now), CHANNELS, NOISE).channels)
    plain, smooth = images
    for name in CHANNELS[1:]:
        assert plain[name].tobytes() == smooth[name].tobytes(), name
    changed = (plain["radiance"] != smooth["radiance"]).any(-1)
    assert not (changed & ~steep(plain["radiance"], 0.0)).any()
    assert 0.002 < changed.mean() < 0.5


@pytest.mark.parametrize("seed", [3, 8, 14])
def test_edges_come_nearer_to_many_samples(seed: int) -> None:
    """Against 64 rays a pixel, at those that changed."""
    x = random_scene(seed)
    images: list[Array] = []
    for samples, edges in ((64, "plain"), (1, "plain"), (1, "smooth")):
        spec = replace(x.camera, samples=samples, droplets=0.0)
        with closing(open_renderer("raytrace", x.scene, RenderOptions("cpu", extra={"edges": edges}))) as opened:
            images.append(opened.camera(spec, Instants(x.next, x.next), ("rgb",), NOISE).channels["rgb"].astype(float))
    truth, plain, smooth = images
    changed = np.abs(plain - smooth).max(-1) > 4
    before, after = (np.sqrt(np.square(image - truth)[changed].mean()) for image in (plain, smooth))
    assert changed.sum() > 10 and after < 0.65 * before


def test_parallel_rays_start_beside_each_other() -> None:
    """Through a telecentric lens, too, the share of the wall in a pixel comes nearer to that of 256 rays."""
    spec = replace(camera(64, 48), lens="telecentric", fx_px=8.0, fy_px=8.0, distortion=())
    truth, plain, smooth = (
        np.asarray(taken(wall(), s, edges=e)["radiance"]).mean(-1)
        for s, e in ((replace(spec, samples=256), "plain"), (spec, "plain"), (spec, "smooth"))
    )
    at = plain != smooth
    errors = [np.abs(image - truth)[at].mean() / (plain.max() - plain.min()) for image in (plain, smooth)]
    assert at.sum() > 40 and errors[1] < 0.11 and errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("trace", ["embree", "warp"])
def test_bytes_do_not_depend_on_threads_or_bands(trace: str) -> None:
    """Nor on whether rows come as one shot or as several of the same instant."""
    x = random_scene(5, (70, 96))
    spec, instants = replace(x.camera, samples=1, droplets=0.0), Instants(x.next, x.next)
    found = set[bytes]()
    for threads in (1, 3):
        with closing(open_renderer("raytrace", x.scene, RenderOptions("cpu", threads=threads, trace=trace))) as opened:
            found.add(opened.camera(spec, instants, ("radiance",), NOISE).channels["radiance"].tobytes())
            rows = [RowsAt(0, 32, instants), RowsAt(32, 96, instants)]
            found.add(opened.rolled(spec, rows, ("radiance",), NOISE).channels["radiance"].tobytes())  # type: ignore[attr-defined]
    assert len(found) == 1


def test_rays_lie_inside_their_pixel_around_its_centre() -> None:
    """Each in a row and a column of quarters of its own, like rooks; their mean is the centre."""
    places = np.array(PLACES)
    assert np.abs(places).max() < 0.5 and np.allclose(places.mean(0), 0.0)
    for axis in (0, 1):
        assert sorted(np.floor((places[:, axis] + 0.5) * 4)) == [0, 1, 2, 3]


def test_several_samples_and_other_presets_are_as_they_were() -> None:
    """The setting has nothing to do where a camera asks for several rays, nor in preset preview."""
    scene = wall()
    for spec, preset in ((replace(camera(), samples=2), "standard"), (camera(), "preview")):
        images = []
        for edges in ("plain", "smooth"):
            options = RenderOptions("cpu", extra={"preset": preset, "edges": edges})
            state = state_of(scene, [])
            with closing(open_renderer("raytrace", scene, options)) as opened:
                reading = opened.camera(spec, Instants(state, state), ("rgb",), NOISE)
            images.append(reading.channels["rgb"].tobytes())
        assert images[0] == images[1]


def test_other_words_are_refused() -> None:
    """With what was found."""
    with pytest.raises(UsageError, match="edges smooth or plain; setting 'edges' says 'soft'"):
        check_options("raytrace", RenderOptions("cpu", extra={"edges": "soft"}))
