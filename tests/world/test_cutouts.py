"""Holes of surfaces: how much of a face they are, and where."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.world.cutouts import WIRE, cut_rows, holes, is_cut
from simengine.world.materials import Cutout, Material
from simengine.world.scene import Mesh


def square(normal_up: bool = False, size_m: float = 10.0) -> Mesh:
    """Two triangles: upright in the plane y = 0, or lying."""
    flat = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], float) * size_m
    zero = np.zeros((4, 1))
    points = np.hstack([flat, zero]) if normal_up else np.hstack([flat[:, :1], zero, flat[:, 1:]])
    faces = np.array([(0, 1, 2), (0, 2, 3)], np.int32)
    return Mesh("square", points.astype(np.float32), faces, np.zeros(2, np.int32))


def places(count: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    uv = rng.random((count, 2))
    return np.where(uv.sum(-1, keepdims=True) > 1.0, 1.0 - uv, uv)


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        # A stroke of half width w (1 - 4 x^2) covers 4 w / 3 of its cell. Were layers independent, holes would be
        # (1 - 4 w / 3) ** layers: 0.394, 0.613 and 0.840; their cells are shifted, so that they overlap a little less.
        (Cutout.LEAVES, 0.394 - 0.07),
        (Cutout.NEEDLES, 0.613 - 0.01),
        (Cutout.TWIGS, 0.840),
        (Cutout.CHAIN_LINK, (1 - 2 * WIRE) ** 2),
        (Cutout.SOLID, 0.0),
    ],
)
@pytest.mark.parametrize("lying", [False, True])
def test_share_of_holes(kind: Cutout, share: float, lying: bool) -> None:
    rows = cut_rows(square(lying), (Material("m", (0.5, 0.5, 0.5), cutout=kind, cutout_m=0.2),))
    uv = places(60_000)
    for face in (0, 1):
        found = holes(rows[np.full(len(uv), face)], uv).mean()
        assert found == pytest.approx(share, abs=0.02)  # 2,500 cells a face, each of its own look


def test_holes_do_not_care_how_a_plane_is_cut_into_faces() -> None:
    """A point on the edge that two triangles share lies in a hole of both or of none."""
    rows = cut_rows(square(), (Material("m", (0.5, 0.5, 0.5), cutout=Cutout.LEAVES, cutout_m=0.3),))
    t = np.linspace(0.001, 0.999, 2000)
    of_first = holes(rows[np.zeros(2000, int)], np.stack([0 * t, t], -1))  # from corner 0 to 2: weight of its third
    of_second = holes(rows[np.ones(2000, int)], np.stack([t, 0 * t], -1))
    assert (of_first == of_second).mean() > 0.995  # float32 at the very edge of a leaf


def test_wires_are_where_the_diagonals_are() -> None:
    rows = cut_rows(square(size_m=1.0), (Material("m", (0.5, 0.5, 0.5), cutout=Cutout.CHAIN_LINK, cutout_m=0.5),))
    # places x + y and x - y a half off whole numbers: x = 0.125 m is a quarter of a cell, z = 0.125 m another
    on, off = (0.125, 0.125), (0.25, 0.25)
    uv = np.array([(x - z, z) for x, z in (on, off)])  # corner 1 is (1, 0), corner 2 (1, 1)
    assert holes(rows[[0, 0]], uv).tolist() == [False, True]


def test_solid_meshes_need_no_rows() -> None:
    mesh = square()
    assert not is_cut(mesh, (Material("m", (0.5, 0.5, 0.5)),))
    assert is_cut(mesh, (Material("m", (0.5, 0.5, 0.5), cutout=Cutout.NEEDLES),))
