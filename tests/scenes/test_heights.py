"""Roads with crests, dips and banked bends: the surface of the lane graph, what is drawn, and what stands beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import trimesh

from simengine.arrays import Array
from simengine.geometry import transforms as tf
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.roads.bends import bend
from simengine_scenes.roads.ground import ribbon
from simengine_scenes.roads.lay import swept
from simengine_scenes.roads.line import STRAIGHT
from simengine_scenes.roads.profile import Profile, bank_rows, hill, profile_of, rolling
from simengine_scenes.roads.ramp import Ramp, highway_ramp
from simengine_scenes.roads.section import RoadSection, highway_section, rural_section
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish
from tests.scenes.scenery import first_hits, soup
from tests.scenes.test_worlds import build

CASES: dict[str, dict[str, Any]] = {
    "crest": {"length": 500.0, "curviness": 0.0, "crest.height": 5.0, "crest.at": 250.0, "crest.radius": 800.0},
    "winding": {"length": 500.0, "curviness": 1.0, "layout": 3, "hilliness": 1.0, "superelevation": 0.07,
                "crest.radius": 600.0, "grade": 0.1},
    "motorway": {"length": 400.0, "lanes": 2, "radius": 400.0, "superelevation": 0.06, "crest.height": 3.0,
                 "crest.at": 200.0, "crest.radius": 2000.0},
    "ramp": {"length": 620.0, "lanes": 2, "radius": -500.0, "superelevation": 0.06, "crest.height": -4.0,
             "crest.at": 330.0, "crest.radius": 2000.0, "ramp": "exit", "ramp.at": 400.0, "ramp.length": 100.0},
}  # fmt: skip


def section_of(case: str) -> RoadSection:
    if case == "ramp":
        return ramp_of(case).section
    return highway_section(CASES[case]) if case == "motorway" else rural_section(CASES[case])


def ramp_of(case: str) -> Ramp:
    ramp = highway_ramp(CASES[case])
    assert ramp is not None
    return ramp


@lru_cache(maxsize=4)
def scene_of(case: str) -> Scene:
    return build("highway" if case in ("motorway", "ramp") else "rural", CASES[case], 4)


@lru_cache(maxsize=4)
def hard_of(case: str) -> tuple[trimesh.Trimesh, Array]:
    """Everything but plants and what stands over the road as one mesh, and the class of each of its faces."""
    scene = scene_of(case)
    hidden = [CLASS_ID[c] for c in ("vegetation", "pole", "traffic_sign", "barrier")]
    keep = [k for k, p in enumerate(scene.parts) if p.semantic not in hidden]
    count = [len(scene.meshes[scene.parts[k].mesh].faces) for k in keep]
    return soup(scene, keep), np.repeat([scene.parts[k].semantic for k in keep], count)


def profile_with(top_m: float, height_m: float, grade: float, crest_m: float, sag_m: float) -> Profile:
    profile = profile_of([hill(top_m, height_m, grade, crest_m, sag_m)], [], (-4.0, 4.0), 40.0)
    assert profile is not None
    return profile


@pytest.mark.parametrize(("height", "grade"), [(5.0, 0.06), (5.0, 0.5), (-3.0, 0.04)])
def test_a_crest_is_as_high_as_steep_and_as_round_as_it_is_asked_for(height: float, grade: float) -> None:
    """Its top is at its station and height; the second derivative there and at its feet (differences, 1 m) is one
    over the radius of the crest and of the sag (a dip: the other way round); nothing is steeper than the grade, and
    without a straight part the grade follows from the height: g^2 (R + R') / 2 = h."""
    crest, sag = 1500.0, 1000.0
    profile = profile_with(400.0, height, grade, crest, sag)
    s = np.arange(0.0, 801.0)
    z = profile.lift(s, 0.0).z_m
    bend_ = np.diff(z, 2)
    assert z[400] == pytest.approx(height, abs=1e-9) and abs(z).max() == pytest.approx(abs(height))
    assert bend_.min() == pytest.approx(-1.0 / crest, rel=1e-6) and bend_.max() == pytest.approx(1.0 / sag, rel=1e-6)
    steepest = min(grade, math.sqrt(2.0 * abs(height) / (crest + sag)))
    assert np.abs(np.diff(z)).max() == pytest.approx(steepest, rel=0.01)
    assert z[0] == z[-1] == 0.0


def test_a_crest_hides_as_the_textbook_says() -> None:
    """A ray from 1.1 m that grazes a parabola of radius R reaches the height h behind it after
    sqrt(2 R) (sqrt(1.1) + sqrt(h)): AASHTO's sight distance, where both ends are on the crest."""
    radius, eye, seen = 1000.0, 1.1, 0.6
    reach = math.sqrt(2.0 * radius) * (math.sqrt(eye) + math.sqrt(seen))
    profile = profile_with(300.0, 6.0, 0.08, radius, 700.0)
    begin = 300.0 - math.sqrt(2.0 * radius * eye)
    s = np.linspace(begin, begin + reach, 2001)
    road = profile.lift(s, 0.0).z_m
    ray = np.linspace(road[0] + eye, road[-1] + seen, 2001)
    assert (ray - road).min() == pytest.approx(0.0, abs=1e-3)


def test_bends_lean_inwards_by_their_curvature() -> None:
    """A left bend of 400 m where 300 m has 6 %: tangent of 3/4 of atan(0.06), its left side the lower one; half way
    through the clothoid half of it; on the straight nothing."""
    line = bend(400.0, 500.0, 60.0, 2.4)
    banks = bank_rows(line, 0.06, 300.0)
    profile = profile_of([], banks, (-4.0, 4.0), 40.0)
    assert profile is not None
    ease = line.elements[0].length_m
    lean = profile.lift([-1.0, 0.5 * ease, ease, 0.5 * line.length_m, line.length_m + 1.0], 0.0).left
    full = -0.75 * math.atan(0.06)
    assert lean == pytest.approx([0.0, math.tan(0.5 * full), math.tan(full), math.tan(full), 0.0], abs=1e-12)
    tight = bank_rows(bend(-100.0, 400.0, 60.0, 2.4), 0.06, 300.0)
    assert max(angle for _, angle in tight) == math.atan(0.06)


@pytest.mark.parametrize("back", [False, True])
def test_what_lies_on_the_road_leans_with_it_and_what_stands_is_upright(back: bool) -> None:
    """z of a lying frame is square to differences of the surface along and across the road (1 mm), x runs along the
    road, and all is orthonormal; a standing frame keeps the world's z. The normals of a flat plate that is swept
    along the road are the z of lying frames."""
    lay = rural_section(CASES["winding"]).lay.moved(210.0, 1.0, back)
    plate = finish("plate", Draft().add(ribbon((0.0, 40.0), (-1.0, 1.0), 0.0), palette.ASPHALT), smooth=True)
    bent = swept(plate, lay, "bent").mesh
    assert bent.vertex_normals is not None
    for k, (u, v, _) in enumerate(plate.mesh.vertices_m.tolist()):
        frame = lay.lying(u, v)
        turn = frame[:3, :3]
        assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-12) and np.linalg.det(turn) == pytest.approx(1.0)
        h = 1e-3
        ahead = lay.points(u + h, v, 0.0) - lay.points(u - h, v, 0.0)
        left = lay.points(u, v + h, 0.0) - lay.points(u, v - h, 0.0)
        assert abs(turn[:, 2] @ ahead) / (2.0 * h) < 1e-6 and abs(turn[:, 2] @ left) / (2.0 * h) < 1e-6
        assert turn[:2, 0] @ ahead[:2] > 0.99 * np.linalg.norm(ahead)
        assert np.allclose(bent.vertex_normals[k], turn[:, 2], atol=1e-6)
        assert np.array_equal(lay.pose(u, v)[:3, 2], [0.0, 0.0, 1.0])


def test_chords_keep_to_the_heights() -> None:
    """Between the stations of ``cut`` straight chords at both edges and the diagonals of the quads between them are
    nowhere farther than 3 mm above or below the surface: less than paint is thick."""
    section = rural_section(CASES["winding"])
    profile, lay = section.profile, section.lay
    assert profile is not None
    s = lay.cut([-100.0, 600.0])
    share = np.linspace(0.0, 1.0, 9)
    at = s[:-1, None] + np.diff(s)[:, None] * share
    for a, b in ((-4.5, -4.5), (4.5, 4.5), (-4.5, 4.5), (4.5, -4.5), (0.0, 0.06)):
        ends = lay.points(s[:-1], a, 0.0)[:, 2], lay.points(s[1:], b, 0.0)[:, 2]
        chord = ends[0][:, None] + (ends[1] - ends[0])[:, None] * share
        assert np.abs(chord - profile.lift(at, a + (b - a) * share).z_m).max() < 0.003


def test_hills_are_drawn_by_the_layout_and_fit_the_road() -> None:
    """Equal numbers give equal hills; they begin and end on the road, one behind the other; at 0 there are none."""
    hills = rolling(7, 1.0, 2000.0, 0.065, 1500.0, 1000.0)
    assert hills == rolling(7, 1.0, 2000.0, 0.065, 1500.0, 1000.0) != rolling(8, 1.0, 2000.0, 0.065, 1500.0, 1000.0)
    ends = [(begin, begin + sum(length for length, _ in pieces)) for begin, pieces in hills]
    assert ends[0][0] >= 0.0 and ends[-1][1] <= 2000.0 and len(ends) > 2
    assert all(a[1] < b[0] for a, b in pairwise(ends))
    assert rolling(7, 0.0, 2000.0, 0.065, 1500.0, 1000.0) == []


def test_level_roads_have_no_surface() -> None:
    """What is not asked for is absent, not zero, and a bank on a straight road is nothing."""
    for values in ({}, {"superelevation": 0.05, "curviness": 0.0}, {"grade": 0.1, "crest.radius": 500.0}):
        section = rural_section(values)
        assert section.profile is None and section.lane_graph().surface is None
    assert bank_rows(STRAIGHT, 0.06, 300.0) == []


@pytest.mark.parametrize("case", CASES)
def test_plan_views_keep_their_lengths(case: str) -> None:
    """Stations are those of the plan: lanes of the same road, level and not, are equally long to the last bit where
    they are arcs, and their arcs are equal."""
    flat = {k: v for k, v in CASES[case].items() if k not in ("crest.height", "hilliness", "superelevation")}
    make = highway_section if case in ("motorway", "ramp") else rural_section
    for level, up in zip(make(flat).lane_graph().lanes, make(CASES[case]).lane_graph().lanes, strict=True):
        assert up.centre.length_m == pytest.approx(level.centre.length_m, abs=1e-9)
        if level.centre.arcs is not None:
            assert np.array_equal(level.centre.arcs, up.centre.arcs)


@pytest.mark.parametrize("case", CASES)
def test_the_road_is_drawn_where_the_surface_is(case: str) -> None:
    """4,000 rays down on the lanes meet road or paint 4 mm below to 11 mm above the lane graph's own surface (chords
    of 3 mm, paint of 6 mm); within 150 m to both sides they meet something; between the asphalt and 8 m beside it no
    ground lies more than 12 cm above the line from edge to edge, so nothing pokes through."""
    section, scene = section_of(case), scene_of(case)
    surface = scene.lanes.surface
    assert surface is not None
    mesh, semantic = hard_of(case)
    rng, down = np.random.default_rng(1), np.broadcast_to([0.0, 0.0, -1.0], (4000, 3))
    s = rng.uniform(0.0, section.length_m, 4000)
    for low, high, soft in ((section.kerb_right_m + 0.01, section.kerb_left_m - 0.01, False), (-150.0, 150.0, True)):
        xy, _ = section.line.at(s, rng.uniform(low, high, 4000))
        road = surface.height_m(xy[:, 0], xy[:, 1])
        face, distance = first_hits(mesh, np.column_stack([xy, road + (300.0 if soft else 3.0)]), down)
        assert (face >= 0).all()
        if not soft:
            assert (3.0 - distance > -0.004).all() and (3.0 - distance < 0.011).all()
            assert set(semantic[face]) == {CLASS_ID["road"], CLASS_ID["lane_marking"]}


@pytest.mark.parametrize("case", CASES)
def test_there_is_no_gap_between_road_verge_and_land(case: str) -> None:
    """A scan line across the road's edges, every 2 cm from 1.5 m inside to 3 m beyond: heights never step by more than
    6 cm (the edges of verges lie 1 to 5 cm above what they lie on)."""
    section = section_of(case)
    scene = scene_of(case)
    ground = [CLASS_ID[c] for c in ("road", "lane_marking", "terrain")]
    mesh = soup(scene, [k for k, p in enumerate(scene.parts) if p.semantic in ground])
    across = np.arange(-1.5, 3.0, 0.02)
    s = np.random.default_rng(2).uniform(0.0, section.length_m, 30)[:, None]
    for edge in (section.kerb_right_m, section.kerb_left_m):
        points = section.lay.points(s, edge + math.copysign(1.0, edge) * across, 5.0)
        flat = points.reshape(-1, 3)
        face, distance = first_hits(mesh, flat, np.broadcast_to([0.0, 0.0, -1.0], flat.shape))
        z = (flat[:, 2] - distance).reshape(points.shape[:2])
        assert (face >= 0).all() and np.abs(np.diff(z)).max() < 0.06


def test_the_lint_sees_lanes_that_leave_the_ground() -> None:
    """A lane graph whose surface is another one than is drawn, and a road drawn with heights that has none."""
    values = {
        "length": 120.0,
        "curviness": 0.0,
        "crest.height": 5.0,
        "crest.at": 60.0,
        "crest.radius": 300.0,
        "grade": 0.12,
    }
    scene = build("rural", values, 1)
    scene = replace(scene, entities=scene.entities[:3], parts=tuple(p for p in scene.parts if p.entity < 3))
    lanes = scene.lanes
    assert lint(scene) == []
    assert lanes.surface is not None
    lower = replace(lanes.surface, rows=lanes.surface.rows * [1, 0.9, 0.9, 0.9, 1, 1])
    found = [str(f) for f in lint(replace(scene, lanes=replace(lanes, surface=lower)))]
    assert found == [f"lane {k} lane: its height is 0.500 m off the ground (surface)" for k in (1, 2)]
    flat = rural_section({**values, "crest.height": 0.0}).lane_graph()
    found = [str(f) for f in lint(replace(scene, lanes=flat))]
    assert len(found) == 2 and all("off the ground (drawn)" in f for f in found)


def test_a_ramp_lies_in_the_plane_of_its_road() -> None:
    """The height of its lane is that of the road's axis and its offset by the tangent of the bank; 3,000 rays down on
    its asphalt, the gore and the grass beside meet something at the height of that plane (chords of 3 mm, paint of
    6 mm; grass 2 cm below, gravel 1.5 cm), and on its lane they meet road or paint."""
    ramp, scene = ramp_of("ramp"), scene_of("ramp")
    profile, lay = ramp.section.profile, ramp.section.lay
    assert profile is not None and scene.lanes.surface is not None
    s = np.linspace(*ramp.span_m, 60)
    axis = profile.lift(s, 0.0)
    points = lay.points(s, ramp.centre_m(s), 0.0)
    lane = scene.lanes.lanes[0].centre
    station, left = lane.project(points)
    assert np.abs(left).max() < 0.01
    assert np.allclose(lane.at(station)[0][:, 2], axis.z_m + ramp.centre_m(s) * axis.left, atol=0.004)
    mesh, semantic = hard_of("ramp")
    s = np.random.default_rng(3).uniform(*ramp.span_m, 3000)
    across = np.random.default_rng(4).uniform(-0.45, 0.45, 3000) * ramp.section.lane_width_m
    own, beside = ramp.centre_m(s) + across, np.random.default_rng(5).uniform(ramp.verge_m, -8.0, 3000)
    on = own > ramp.narrowed_m(s)
    for y, low, high, taken in ((own, -0.004, 0.011, on), (beside, -0.025, 0.011, np.ones(3000, bool))):
        down = np.broadcast_to([0.0, 0.0, -1.0], (3000, 3))
        face, distance = first_hits(mesh, lay.points(s, y, 3.0), down)
        assert (face >= 0).all()
        assert (3.0 - distance[taken] > low).all() and (3.0 - distance[taken] < high).all()
        if low == -0.004:
            assert set(semantic[face[taken]]) == {CLASS_ID["road"], CLASS_ID["lane_marking"]}


def test_rails_and_gantries_stand_on_leaning_ground() -> None:
    """Posts of guard rails reach 3 to 5 cm into the ground that is drawn (gravel and grass lie lower than asphalt),
    within 4 cm: chords are 3 cm off at most; every foot of a gantry reaches 20 cm into the ground, within 15 cm, for
    the land falls beside the road."""
    scene = scene_of("ramp")
    mesh, _ = hard_of("ramp")
    frames = scene.part_transforms(WorldState.at_rest(scene.actors, len(scene.links)))
    depths: dict[str, list[float]] = {"guard_rail": [], "gantry": []}
    for part, frame in zip(scene.parts, frames, strict=True):
        kind = scene.entities[part.entity].kind
        if kind in depths:
            vertices = tf.apply(frame, scene.meshes[part.mesh].vertices_m.astype(np.float64))
            up = np.broadcast_to([0.0, 0.0, 3.0], vertices.shape)
            face, distance = first_hits(mesh, vertices + up, -up / 3.0)
            height = np.where(face >= 0, distance - 3.0, np.nan)  # of the vertex above the ground
            depths[kind] += (-height[height < 0.0]).tolist()
            if kind == "gantry":
                posts = vertices[:, 1] > vertices[:, 1].mean(), vertices[:, 1] < vertices[:, 1].mean()
                assert all(abs(float(np.nanmin(height[side])) + 0.2) < 0.15 for side in posts)
    assert len(depths["guard_rail"]) > 500 and max(abs(d - 0.04) for d in depths["guard_rail"]) < 0.04


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 11))
def test_motorways_with_heights_are_sound(seed: int) -> None:
    """As below."""
    rng = np.random.default_rng(seed)
    values = {
        "length": rng.uniform(300.0, 600.0), "lanes": 1 + seed % 3, "superelevation": rng.uniform(0.02, 0.07),
        "radius": rng.choice([-1, 1]) * rng.uniform(250.0, 2000.0), "crest.height": rng.uniform(-6.0, 8.0),
        "crest.at": rng.uniform(100.0, 300.0), "crest.radius": rng.uniform(1500.0, 6000.0),
        **({"length": 1000.0, "ramp": ("entrance", "exit")[seed // 2 % 2], "ramp.at": rng.uniform(420.0, 560.0),
            "ramp.length": rng.uniform(60.0, 200.0)} if seed % 2 else {}),
    }  # fmt: skip
    assert lint(build("highway", values, seed), 200_000) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1, 21))
def test_roads_with_heights_are_sound(seed: int) -> None:
    """The lint finds nothing wrong wherever hills, bends and banks meet."""
    rng = np.random.default_rng(seed)
    values = {
        "length": rng.uniform(300.0, 900.0), "layout": seed, "curviness": rng.uniform(),
        "hilliness": rng.uniform(0.3, 1.0),
        "superelevation": rng.uniform(0.0, 0.08), "crest.radius": rng.uniform(500.0, 4000.0),
        "grade": rng.uniform(0.03, 0.1), "lane_width": rng.uniform(2.75, 4.0),
        **({"crest.height": rng.uniform(-7.0, 7.0), "crest.at": rng.uniform(0.0, 600.0)} if seed % 2 else {}),
        **({"radius": rng.choice([-1, 1]) * rng.uniform(70.0, 800.0)} if seed % 3 == 0 else {}),
    }  # fmt: skip
    assert lint(build("rural", values, seed)) == []
