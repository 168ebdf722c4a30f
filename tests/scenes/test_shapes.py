"""Mesh building: solids against closed-form volumes, winding, normals."""

from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.arrays import F64Array
from simengine_scenes import palette
from simengine_scenes.shapes import solids
from simengine_scenes.shapes.draft import Draft, Surface, crease_normals
from simengine_scenes.shapes.parting import inside_outline, parted


def _solid(surface: Surface) -> trimesh.Trimesh:
    return trimesh.Trimesh(*Draft().add(surface, palette.KERB).arrays(), process=True)  # without the slivers at poles


CLOSED = {
    "box": (solids.box((1, 2, 3), (2.0, 3.0, 4.0)), 24.0),
    "tapered": (solids.tapered((0, 0, 0), (2.0, 3.0, 4.0), (0.5, 0.5)), 4.0 / 3 * (6.0 + 1.5 + 3.0)),
    "prism": (solids.prism([(0, 0), (2, 0), (2, 1), (0, 1)], -1.0, 2.0), 6.0),
    "cylinder": (solids.lathe([(0, 0), (1, 0), (1, 2), (0, 2)], 64), 2 * math.pi),
    "ellipsoid": (solids.ellipsoid((0, 0, 1), (1.0, 2.0, 0.5), 48, 64), 4 / 3 * math.pi),
    "tube": (solids.tube([(0, 0, 0), (0, 0, 1), (0, 0, 3)], 0.5, 64), 0.75 * math.pi),
}


@pytest.mark.parametrize("name", CLOSED)
def test_solids_are_closed_outward_and_as_large_as_the_formula_says(name: str) -> None:
    """A closed mesh wound outward has a positive volume; polygons of 64 sides miss a circle's area by 0.16 %
    (1 - sin(t)/t with t = 2 pi / 64), the ellipsoid's 48 rows a little more. The frustum's volume is
    h / 3 (A + a + sqrt(A a)) = 4 / 3 (6 + 1.5 + 3)."""
    surface, volume = CLOSED[name]
    mesh = _solid(surface)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.volume == pytest.approx(volume, rel=0.005)


@pytest.mark.parametrize("name", CLOSED)
def test_a_mirror_image_is_still_wound_outward(name: str) -> None:
    """Reflection turns the winding over; the volume of the image must be positive and the same."""
    mesh = _solid(solids.mirrored(CLOSED[name][0]))
    assert mesh.volume == pytest.approx(_solid(CLOSED[name][0]).volume)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-3, 3)] * 3), min_size=2, max_size=6), st.floats(0.02, 0.2))
def test_tubes_do_not_twist(points: list[tuple[float, float, float]], radius: float) -> None:
    """Two neighbouring rings of a tube are joined vertex by vertex; a twist would pull the walls through the axis.
    The frame is carried without turning about the line, so equal columns stay within a quarter turn."""
    line = np.array(points)
    if (np.sqrt((np.diff(line, axis=0) ** 2).sum(-1)) < 0.3).any():
        return
    step = np.gradient(line, axis=0)
    length = np.sqrt((step**2).sum(-1))
    if (length < 0.1).any():
        return
    way = step / length[:, None]
    if ((way[1:] * way[:-1]).sum(-1) < 0.2).any():
        return
    vertices, _ = solids.tube(line, radius, 8)
    spoke = vertices[: 8 * len(line)].reshape(len(line), 8, 3) - line[:, None]
    assert np.allclose(np.sqrt((spoke**2).sum(-1)), radius)
    assert (np.abs((spoke * way[:, None]).sum(-1)) < 1e-9 + 1e-9 * radius).all()
    assert ((spoke[1:] * spoke[:-1]).sum(-1) > 0.0).all()


def test_box_keeps_its_edges_and_a_ball_is_round() -> None:
    """Faces of a box meet at 90 deg, beyond the 46 deg crease: its 24 corner normals are the axes. Those of a fine
    ball are nowhere beyond it: its normals point along the radius to within half a facet (7.5 deg)."""
    mesh = Draft().add(solids.box((0, 0, 0), (1, 2, 3)), palette.KERB).mesh("box")
    assert len(mesh.vertices_m) == 24
    assert mesh.vertex_normals is not None
    assert np.allclose(np.sort(np.abs(mesh.vertex_normals), -1), [0, 0, 1])
    ball = Draft().add(solids.ellipsoid((0, 0, 0), (1, 1, 1), 12, 24), palette.KERB).mesh("ball")
    assert ball.vertex_normals is not None
    assert ((ball.vertex_normals * ball.vertices_m).sum(-1) > math.cos(math.radians(7.5))).all()


def test_normals_do_not_cross_groups() -> None:
    """Two coplanar-ish quads that share an edge (20 deg apart) are smoothed in one group and not in two."""
    rise = math.tan(math.radians(20.0))
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [2, 0, rise], [2, 1, rise]], float)
    faces = np.array([[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2]])
    flat = np.array([0.0, 0.0, 1.0])
    _, f, n = crease_normals(vertices, faces, np.zeros(4, np.int64))
    assert (np.abs(n[f[0]] - flat).max(-1) > 0.05).any()
    _, f, n = crease_normals(vertices, faces, np.array([0, 0, 1, 1]))
    assert np.allclose(n[f[0]], flat) and not np.allclose(n[f[2]], flat)


def test_cutting_a_draft_by_material_keeps_every_face_once() -> None:
    """``only`` and ``without`` of the same names must split the faces into two sets that make up the whole."""
    draft = Draft().add(solids.box((0, 0, 0), (1, 1, 1)), [palette.KERB, palette.ASPHALT], [0, 1] * 6)
    whole, one, rest = draft.mesh("w"), draft.mesh("a", only=["kerb"]), draft.mesh("b", without=["kerb"])
    assert len(one.faces) == 6 and len(rest.faces) == 6
    corners = [m.vertices_m[m.faces].reshape(-1, 9) for m in (whole, one, rest)]
    together = np.concatenate(corners[1:])
    assert {tuple(r) for r in corners[0]} == {tuple(r) for r in together}


def test_srgb_codes_become_linear() -> None:
    """IEC 61966-2-1: code 188 is 0.5029 linear (mid grey of a print is half the light), 10 is 10 / 255 / 12.92."""
    assert palette.rgb("bc0aff") == pytest.approx((0.5029, 0.0030, 1.0), abs=1e-4)


def test_paint_shares_are_a_distribution_over_known_paints() -> None:
    """Shares name existing paints and sum to one, so that none is drawn more often than stated."""
    assert set(palette.PAINT_SHARE) == set(palette.PAINTS)
    assert sum(palette.PAINT_SHARE.values()) == pytest.approx(1.0)


def test_near_infrared_reflectances_lie_in_the_published_ranges() -> None:
    """Asphalt 0.1..0.2, concrete 0.3..0.5, vegetation 0.4..0.6, black paint 0.02..0.1, white paint 0.6..0.8,
    plates and signs retroreflect 50..1000 times (LiDAR literature at 905 nm)."""
    assert 0.1 <= palette.ASPHALT.nir <= 0.2
    assert all(0.3 <= m.nir <= 0.5 for m in (palette.CONCRETE, palette.KERB, palette.PAVING))
    assert all(0.4 <= m.nir <= 0.6 for m in (*palette.LEAVES, palette.GRASS))
    assert 0.02 <= palette.PAINTS["black"].nir <= 0.1 and 0.6 <= palette.PAINTS["white"].nir <= 0.8
    assert all(50 <= m.retro <= 1000 for m in (palette.PLATE, palette.SIGN_BLUE, palette.SIGN_WHITE, palette.REFLECTOR))


def _areas(surface: Surface) -> F64Array:
    a, b, c = (surface[0][surface[1][:, k]] for k in range(3))
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=-1)


@pytest.mark.parametrize("seed", range(4))
def test_faces_are_cut_where_a_level_is_nought(seed: int) -> None:
    """A plane through a sphere's mesh: the area stays, no new face lies on both sides (corners within the snap of a
    fiftieth of an edge aside), it is still closed and wound outward, and of a plane at height h a share (1 - h) / 2 of
    the sphere lies above (Archimedes), to the 1 % that the facets leave."""
    rng = np.random.default_rng(seed)
    way, height = rng.normal(size=3), float(rng.uniform(-0.8, 0.8))
    way /= np.linalg.norm(way)
    ball = solids.ellipsoid((0, 0, 0), (1.0, 1.0, 1.0), 24, 36)
    level = ball[0] @ way - height
    cut, origin, above = parted(ball, level)
    assert _areas(cut).sum() == pytest.approx(_areas(ball).sum(), rel=1e-9)
    corner = (cut[0] @ way - height)[cut[1]]
    longest = 2.0 * math.pi / 24
    assert corner[above].min() > -0.02 * longest and corner[~above].max() < 0.02 * longest
    assert _solid(cut).is_watertight and _solid(cut).is_winding_consistent and origin.max() < len(ball[1])
    assert _areas(cut)[above].sum() / _areas(cut).sum() == pytest.approx(0.5 * (1.0 - height), abs=0.01)


def test_an_outline_is_cut_out_however_coarse_the_mesh() -> None:
    """A square of 4 x 4 m in two faces, and a pentagon on it: what is inside has the pentagon's area, n / 2 r^2
    sin(2 pi / n); the faces that are not meant stay whole."""
    sheet = solids.joined([
        solids.quad((-2, -2, 0), (2, -2, 0), (2, 2, 0), (-2, 2, 0)),
        solids.quad((-2, -2, -1), (-2, 2, -1), (2, 2, -1), (2, -2, -1)),
    ])  # fmt: skip
    outline = [(0.3 + 0.5 * math.cos(t), 0.2 + 0.5 * math.sin(t)) for t in np.arange(5) * 2.0 * math.pi / 5]
    among = np.array([True, True, False, False])
    cut, origin, inside = inside_outline(sheet, outline, (0, 1), among)
    assert _areas(cut)[inside].sum() == pytest.approx(2.5 * 0.25 * math.sin(2.0 * math.pi / 5), rel=0.02)
    assert (origin[inside] < 2).all() and (origin >= 2).sum() == 2
