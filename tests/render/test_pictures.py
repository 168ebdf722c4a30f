"""Pictures for people: right places, right colours, and legible for colour-blind people."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.render.labels import objects3d
from simengine.render.pictures import (
    class_colours,
    classes_to_colour,
    depth_to_colour,
    draw_boxes,
    draw_cuboids,
    flow_to_colour,
    ids_to_colour,
    normals_to_colour,
    points_from_above,
    scalars_to_colour,
)
from simengine.world.taxonomy import CLASS_ID, CLASSES
from tests.renderers.simple_scenes import block, camera, scene_of, state_of

BACKGROUND = [22, 24, 29]


def lightness(rgb: np.ndarray) -> np.ndarray:
    """CIE L* of sRGB: what is left of a colour for any kind of colour vision."""
    c = rgb / 255.0
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    y = linear @ np.array([0.2126, 0.7152, 0.0722])
    return 116 * np.cbrt(y) - 16


def test_scalars_grow_in_lightness() -> None:
    """A scale that people with any colour vision can read rises in lightness from end to end."""
    for scale in ("viridis", "cividis"):
        steps = lightness(scalars_to_colour(np.linspace(0, 1, 64), 0.0, 1.0, scale))
        assert (np.diff(steps) > -0.3).all() and steps[-1] - steps[0] > 60


def test_depth_is_bright_near_dark_far_and_background_where_nothing() -> None:
    """Nearer is never darker; +inf is the background colour; the scale can be fixed from outside."""
    depth = np.array([[1.0, 2.0, 8.0, 64.0, np.inf]], np.float32)
    picture = depth_to_colour(depth, 1.0, 64.0)
    assert picture.dtype == np.uint8 and picture.shape == (1, 5, 3)
    assert (np.diff(lightness(picture)[0, :4]) < -5).all()
    assert picture[0, 4].tolist() == BACKGROUND
    assert (depth_to_colour(np.full((2, 2), np.inf)) == BACKGROUND).all()
    assert depth_to_colour(np.full((2, 2), 5.0)).shape == (2, 2, 3)  # no spread at all


def test_ids_keep_their_colours_and_neighbours_differ() -> None:
    """The same id has the same colour in every image, -1 is background, the first 60 ids have 60 colours."""
    ids = np.arange(-1, 60, dtype=np.int32)[None]
    picture = ids_to_colour(ids, outlines=False)
    assert picture[0, 0].tolist() == BACKGROUND
    assert len({tuple(c) for c in picture[0, 1:]}) == 60
    again = ids_to_colour(np.array([[7]], np.int32))
    assert again[0, 0].tolist() == picture[0, 8].tolist()
    away = np.abs(picture[0, 1:60].astype(int) - picture[0, 2:61].astype(int)).sum(-1)
    assert away.min() > 90


def test_outlines_mark_borders_only() -> None:
    """Two regions: the border pixels get darker, the others keep their colour."""
    ids = np.zeros((5, 6), np.int32)
    ids[:, 3:] = 1
    plain, outlined = ids_to_colour(ids, outlines=False), ids_to_colour(ids)
    assert (lightness(outlined[:, 3]) < lightness(plain[:, 3]) - 10).all()
    np.testing.assert_array_equal(np.delete(outlined, 3, axis=1), np.delete(plain, 3, axis=1))


def test_class_pictures_use_the_taxonomy() -> None:
    """A semantic image shows the taxonomy's colours; vehicles, people and two-wheelers have three box colours."""
    ids = np.arange(len(CLASSES), dtype=np.int32)[None]
    assert classes_to_colour(ids)[0].tolist() == [list(c.colour) for c in CLASSES]
    car, child, bicycle = class_colours(np.array([CLASS_ID["car"], CLASS_ID["child"], CLASS_ID["bicycle"]]))
    assert len({tuple(car), tuple(child), tuple(bicycle)}) == 3


def test_flow_colour_tells_direction_and_length() -> None:
    """Still is dark, longer is lighter, opposite directions differ in hue, NaN is background."""
    flow = np.array([[[0.0, 0.0], [2.0, 0.0], [10.0, 0.0], [-10.0, 0.0], [np.nan, np.nan]]])
    still, short, right, left, nothing = flow_to_colour(flow, 10.0, arrows=False)[0].astype(int)
    assert lightness(still) < lightness(short) < lightness(right)
    assert np.abs(right - left).sum() > 150 and nothing.tolist() == BACKGROUND
    field = np.broadcast_to([8.0, 0.0], (96, 128, 2))
    assert not np.array_equal(flow_to_colour(field), flow_to_colour(field, arrows=False))


def test_normals_point_at_the_viewer_in_blue() -> None:
    """Towards the camera is -z in optical axes: full blue, half red and green."""
    picture = normals_to_colour(np.array([[[0.0, 0.0, -1.0], [0.0, 0.0, 0.0]]], np.float32))
    assert picture[0].tolist() == [[128, 128, 255], BACKGROUND]


def test_boxes_are_drawn_on_pixel_edges_into_a_copy() -> None:
    """Box 10..30 x 8..20: its line runs along these edges, nothing far from it changes, the input stays as it was."""
    image = np.full((40, 60, 3), 90, np.uint8)
    drawn = draw_boxes(image, np.array([[10.0, 8.0, 30.0, 20.0], [np.nan] * 4]), None, np.array([[255, 0, 0]] * 2))
    assert (image == 90).all()
    changed = (drawn != 90).any(-1)
    rows, columns = np.nonzero(changed)
    assert rows.min() >= 4 and rows.max() <= 23 and columns.min() >= 6 and columns.max() <= 33
    assert not changed[12:16, 14:26].any()  # the inside is untouched
    red = (drawn[..., 0] > 150) & (drawn[..., 1] < 90)
    assert red[7:9, 15].any() and red[15, 9:11].any() and red[15, 29:31].any()


def test_hidden_boxes_are_dashed_and_labels_are_written() -> None:
    """Not by colour alone: a hidden thing's line has gaps. A label adds a plate of the box's colour."""
    image = np.full((120, 160, 3), 90, np.uint8)
    box, colour = np.array([[20.0, 40.0, 140.0, 100.0]]), np.array([[0, 255, 0]])
    whole = draw_boxes(image, box, None, colour)
    gaps = draw_boxes(image, box, None, colour, np.array([True]))
    assert (gaps[40, 20:140] == 90).all(-1).sum() > 20 > (whole[40, 20:140] == 90).all(-1).sum()
    plate = draw_boxes(image, box, ["child 12 m"], colour)
    assert ((plate == [0, 255, 0]).all(-1)).sum() > ((whole == [0, 255, 0]).all(-1)).sum() + 200
    outside = draw_boxes(image, np.array([[-500.0, -90.0, -20.0, -3.0], [150.0, 110.0, 900.0, 900.0]]), ["a", "b"])
    assert outside.shape == image.shape


def test_cuboid_lands_on_its_object() -> None:
    """All drawn pixels lie in the amodal box (by hand: f = 32 px, front face 4 m ahead) and two pixels around it."""
    scene = scene_of([block("a", (1.0, 2.0, 1.0))])
    state = state_of(scene, [(4.5, 0.0, 0.0)])
    spec = camera()
    image = np.full((48, 64, 3), 90, np.uint8)
    corners = objects3d(scene, state).corners_m()
    drawn = draw_cuboids(image, spec, spec.entity_from_camera, corners)
    rows, columns = np.nonzero((drawn != 90).any(-1))
    assert (columns.min(), columns.max()) == (pytest.approx(24, abs=3), pytest.approx(40, abs=3))
    assert (rows.min(), rows.max()) == (pytest.approx(24, abs=3), pytest.approx(32, abs=3))
    behind = draw_cuboids(image, spec, spec.entity_from_camera, corners - [20.0, 0.0, 0.0])
    np.testing.assert_array_equal(behind, image)
    around = draw_cuboids(image, spec, spec.entity_from_camera, corners - [4.5, 0.0, 0.0], ["a"])
    assert around.shape == image.shape  # a box around the camera draws without trouble


def test_points_from_above_land_where_they_should() -> None:
    """10 m ahead is up, 5 m to the left is to the left: span 40 m on 400 px gives 10 px a metre."""
    points = {
        "xyz_deskewed": np.array([[10.0, 5.0, 0.0], [10.0, 5.0, 2.0], [900.0, 0.0, 0.0]], np.float32),
        "intensity": np.array([10.0, 90.0, 5.0], np.float32),
        "semantic": np.array([15, 22, -1], np.int32),
        "instance": np.array([0, 1, -1], np.int32),
    }
    empty = {name: values[:0] for name, values in points.items()}
    ground = points_from_above(empty, span_m=40.0, size_px=400)
    for colour in ("height", "intensity", "semantic", "instance"):
        drawn = points_from_above(points, colour=colour, span_m=40.0, size_px=400)
        rows, columns = np.nonzero((drawn != ground).any(-1))
        assert (rows == 100).all() and (columns == 150).all() and len(rows) == 1
    alone = points_from_above({name: v[1:2] for name, v in points.items()}, span_m=40.0, size_px=400)
    both = points_from_above(points, span_m=40.0, size_px=400)
    np.testing.assert_array_equal(alone, both)  # the higher point is seen


def test_boxes_from_above() -> None:
    """A 4 m x 2 m box 8 m ahead: its outline spans 40 px along and 20 px across."""
    scene = scene_of([block("a", (4.0, 2.0, 1.0))])
    corners = objects3d(scene, state_of(scene, [(8.0, 0.0, 0.0)])).corners_m()
    empty = {"xyz_deskewed": np.zeros((0, 3), np.float32)}
    plain = points_from_above(empty, span_m=40.0, size_px=400)
    drawn = points_from_above(empty, span_m=40.0, size_px=400, boxes_m=corners, box_colours=np.array([[255, 0, 0]]))
    rows, columns = np.nonzero((drawn != plain).any(-1))
    assert rows.min() == pytest.approx(100, abs=1) and rows.max() == pytest.approx(140, abs=1)
    assert columns.min() == pytest.approx(190, abs=1) and columns.max() == pytest.approx(210, abs=1)
