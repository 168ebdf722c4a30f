"""Places over areas: even, reproducible, inside; standing on and above things; values that follow from the scene."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import ConvexHull
from scipy.stats import chisquare

from simengine.engine.areas import Areas, area
from simengine.engine.cast import scene_of
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.placed import Placement
from simengine.engine.placement import place
from simengine.engine.scenes import InitialScenes
from simengine.engine.standing import REST_GAP_M, clear_height
from simengine.engine.variants import Variants
from simengine.engine.variation import Variation
from simengine.errors import BudgetError, SceneError
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.regions import Region, areas_m2, beside, between, polygon

HEAD = "use driving\n\nscenario s:\n    world street(lanes = 2, parking = right, length = 100 m)\n"
EGO = "    car ego on lane(1) at s(20 m)\n"


def program(body: str, head: str = HEAD):
    return parse_text(head + body, "<text>", libraries=libraries())[0]


def placed(body: str, count: int, head: str = HEAD, seed: int = 0) -> tuple[Variants, Placement]:
    made = program(body, head)
    scenes = InitialScenes(made, libraries(), seed)
    variants = Variants.of(Sampler(made, seed).draw(range(count), scenes), libraries())
    return variants, place(variants)


def at(pair: tuple[Variants, Placement], name: str):
    variants, placement = pair
    k = [s.name for s in variants.roster.slots].index(name)
    return placement.x_m[:, k], placement.y_m[:, k], placement.z_m[:, k], placement.yaw_rad[:, k]


# ---- areas -----------------------------------------------------------------------------------------------------------


def strip(region: Region, count: int) -> Areas:
    graph = LaneGraph(regions={"r": region})
    return Areas.of([graph] * count, ["r"] * count, area)


def test_an_annulus_is_drawn_evenly():
    """Half a ring of radii 10 and 14 m (a lane in a bend): equal sectors and rings of equal area (r^2 evenly spaced)
    are hit equally often; chi-square over 8 x 4 cells, p > 0.001 with a fixed seed. Its polygon of 1-degree chords
    misses the ring by less than 1e-3 of the area."""
    angle = np.radians(np.linspace(0.0, 180.0, 181))
    points = np.stack([12.0 * np.cos(angle), 12.0 * np.sin(angle), 0.0 * angle], -1)
    region = beside(Curve(points), -2.0, 2.0)
    assert region.area_m2 == pytest.approx(0.5 * np.pi * (14.0**2 - 10.0**2), rel=1e-3)
    rng = np.random.default_rng(1)
    n = 20_000
    x, y = strip(region, 1)._take(np.zeros(n, np.int64)).points(rng.random(n), rng.random(n))
    r2, theta = x * x + y * y, np.arctan2(y, x) % (2 * np.pi)
    rings = np.clip(((r2 - 100.0) / 96.0 * 4).astype(int), 0, 3)
    sectors = np.clip((theta / np.pi * 8).astype(int), 0, 7)
    assert chisquare(np.bincount(rings * 8 + sectors, minlength=32)).pvalue > 1e-3


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(-50, 50)), min_size=3, max_size=12, unique=True))
def test_polygons_keep_their_area_and_hold_their_draws(cloud):
    """A convex polygon has the area that Qhull finds, in either sense of rotation; every drawn point is inside, and
    points beyond its corners are not."""
    try:
        hull = ConvexHull(np.array(cloud))
    except Exception:
        return
    if hull.volume < 1.0:
        return
    corners = [cloud[k] for k in hull.vertices]
    for ring in (corners, corners[::-1]):
        region = polygon(ring)
        assert region.area_m2 == pytest.approx(hull.volume, rel=1e-9)
        rng = np.random.default_rng(0)
        areas = strip(region, 50)
        assert areas.holds(*areas.points(rng.random(50), rng.random(50))).all()
        middle = np.mean(corners, axis=0)
        out = middle + 1.01 * (np.array(corners[0]) - middle)
        assert not areas.holds(np.full(50, out[0]), np.full(50, out[1])).any()


def test_a_polygon_with_a_notch_and_a_crossed_one():
    """An L of two unit squares and a corner square: 3 m2 whatever corner comes first; a bow tie is no polygon."""
    ring = [(0, 0), (2, 0), (2, 1), (1, 1), (1, 2), (0, 2)]
    for k in range(6):
        assert polygon(ring[k:] + ring[:k]).area_m2 == pytest.approx(3.0)
    with pytest.raises(SceneError, match="cross"):
        polygon([(0, 0), (3, 3), (3, 0), (0, 3), (-5, 1)])


def test_neighbouring_strips_share_their_edge():
    """Two lanes beside each other in a bend of corners: their areas add up to that of both as one strip."""
    bend = Curve(np.array([[0.0, 0, 0], [10, 0, 0], [18, 5, 0], [20, 15, 0]]))
    whole = beside(bend, -3.0, 3.0).area_m2
    assert beside(bend, -3.0, 0.0).area_m2 + beside(bend, 0.0, 3.0).area_m2 == pytest.approx(whole)
    assert areas_m2(between(bend.points_m, bend.points_m + 1.0).triangles_m).shape == (6,)


def test_road_and_lanes_of_a_lane_graph():
    """Between kerbs 8 m apart and 50 m long, of unlike points: 400 m2; a lane of 3 m: 150 m2; others are none."""
    right = Curve(np.array([[0.0, -4, 0], [50, -4, 0]]))
    left = Curve(np.array([[0.0, 4, 0], [20, 4, 0], [50, 4, 0]]))
    lane = Lane(Curve(np.array([[0.0, 0, 0], [50, 0, 0]])), 3.0)
    graph = LaneGraph((lane,), {"curb.right": right, "curb.left": left})
    assert graph.area("road").area_m2 == pytest.approx(400.0)
    assert graph.lane_area(0).area_m2 == pytest.approx(150.0)
    assert graph.area("moon") is None


# ---- in regions ------------------------------------------------------------------------------------------------------


def test_places_on_a_street_are_even_over_the_region():
    """Lane 2 of 3.25 m from y = 0 to 3.25, the right pavement from the kerb at -5.45 m, 3 m deep: 10 x 4 equal cells,
    chi-square p > 0.001 (fixed seed); vehicles head as the lane (here against x), people face the road."""
    scene = placed(EGO + "    car a in lane(2)\n    pedestrian p in pavement(right)\n    pedestrian q in road\n", 4000)
    for name, low, high, yaw in (("a", 0.0, 3.25, np.pi), ("p", -8.45, -5.45, 0.5 * np.pi)):
        x, y, _, heading = at(scene, name)
        cells = (x / 10.0).astype(int) * 4 + np.clip((y - low) / (high - low) * 4, 0, 3).astype(int)
        assert chisquare(np.bincount(cells, minlength=40)).pvalue > 1e-3
        assert np.allclose(np.abs(heading), yaw)
    _, y, _, heading = at(scene, "q")
    assert y.min() > -5.45 and y.max() < 3.25 and np.allclose(np.sin(heading), np.where(y < -1.625, 1, np.sin(heading)))


def test_a_batch_equals_singles_and_adding_entities_moves_nobody():
    """The draws of ``p`` are streams of its own name."""
    body = EGO + "    pedestrian p[~ 2..3] in pavement(right)\n"
    several = at(placed(body, 6), "p[2]")[0]
    made = program(body)
    for k in range(6):
        draws = Sampler(made, 0).draw([k], InitialScenes(made, libraries(), 0))
        assert place(Variants.of(draws, libraries())).x_m[0, 2] == several[k]
    more = at(placed(EGO + "    pedestrian z in pavement(left)\n" + body.removeprefix(EGO), 6), "p[2]")[0]
    assert (more == several).all()


def test_inside_is_told_of_the_initial_scene_and_while_running():
    """What is drawn in a region is inside of it; a car that leaves lane 1 is off it then, not before."""
    body = (
        EGO.rstrip()
        + ":\n        speed = 10 m/s\n"
        + (
            "    pedestrian p in pavement(right)\n    car a in lane(2)\n"
            "    require p.inside(pavement(right)) and p.off(road) and a.inside(lane(2)) and a.off(lane(1))\n"
            "    do:\n        ego.offset(to = 3 m, lateral_speed = 3 m/s)\n"
            "    stop when ego.off(lane(1))\n    stop after 8 s\n"
        )
    )
    made = program(body)
    assert Sampler(made, 0).draw(range(50), InitialScenes(made, libraries(), 0)).attempts.sum() <= 5  # overlaps only
    (run,) = Variation(made, 0, "random").simulate([0])
    track = run.trace.track("ego")
    assert run.trace.stop_reason.startswith("stop when")
    assert track[-2, 1] <= 0.0 < track[-1, 1]  # the edge of lane 1 is the middle of the road


def test_inside_of_each_element():
    """A thing in the second of two totes is inside of one of them and off the other, whichever the loop is at."""
    text = (
        "use warehouse\nscenario t:\n    world station(bench_height = 0.8 m)\n    tote bins[2] on bench\n"
        "    item it in bins[2]\n    stop after 0.02 s\n    expect always any(b in bins: it.inside(b))\n"
        "    expect always all(b in bins: it.inside(b))\n    expect always count(b in bins: it.off(b)) == 1\n"
        "    expect always it.inside(bins[2])\n"
    )
    (made,) = parse_text(text, libraries=libraries())
    (run,) = Variation(made, 0, "random").simulate([0])
    assert [v.passed for v in run.verdicts] == [True, False, True, True]


def test_draws_are_part_of_the_table():
    """Named, so that provenance, spaces and coverage have them."""
    made = program(EGO + "    pedestrian p in road\n")
    assert {"p.@u", "p.@v"} <= set(Sampler(made, 0).draw(range(2)).u)


# ---- on, in and above ------------------------------------------------------------------------------------------------


def test_heights():
    """On a truck's top, a millimetre clear of it, and above it by 2 m; physics and the scene agree."""
    body = EGO + "    truck t on lane(2)\n    pedestrian p on t\n    drone d above t by 2 m\n"
    scene = placed(body, 20)
    variants, placement = scene
    top = variants.size_m[:, 1, 2]
    assert np.array_equal(at(scene, "p")[2], top + REST_GAP_M) and np.array_equal(at(scene, "d")[2], top + 2.0)
    assert (np.abs(at(scene, "p")[0] - at(scene, "t")[0]) <= 0.5 * variants.size_m[:, 1, 0]).all()
    assert np.array_equal(at(scene, "d")[0], at(scene, "t")[0]) and not placement.refusals
    made = program(EGO + "    truck t on lane(2)\n    pedestrian p on t\n    stop after 0.1 s\n")
    (run,) = Variation(made, 0, "random").simulate([0])
    assert run.trace.track("p")[-1, 2] == pytest.approx(top[0] + REST_GAP_M)
    assert not run.trace.summary.overlaps
    entity = next(e for e in scene_of(*_row(made)).entities if e.name == "p")
    assert entity.world_from_entity is not None
    assert entity.world_from_entity[2, 3] == pytest.approx(top[0] + REST_GAP_M)


def _row(made):
    variants = Variants.of(Sampler(made, 0).draw([0], InitialScenes(made, libraries(), 0)), libraries())
    return variants, 0, place(variants)


def test_people_on_a_pavement_stand_on_it():
    """0.12 m above the road, as everybody there."""
    made = program(EGO + "    pedestrian p in pavement(right)\n    stop after 0.1 s\n")
    (run,) = Variation(made, 0, "random").simulate([0])
    assert run.trace.track("p")[0, 2] == pytest.approx(0.12)


@pytest.mark.parametrize("name", ["bin_pick", "table_pick", "tote_transfer"])
def test_the_warehouse_is_placed(name: str):
    """Every draw is placed, goods hang wholly over what they are above, no two boxes meet, sizes are the assets'."""
    made = load(name)
    draws = Sampler(made, 0).draw(range(30), InitialScenes(made, libraries(), 0))
    variants = Variants.of(draws, libraries())
    placement = place(variants)
    assert not placement.refusals and draws.attempts.mean() < 5
    under = [s.name for s in variants.roster.slots].index(
        {"bin_pick": "bin", "tote_transfer": "source"}.get(name, "picker")
    )
    for k, slot in enumerate(variants.roster.slots):
        if slot.decl.name == "goods" and name != "table_pick":
            there = variants.active[:, k]
            assert (placement.z_m[there, k] > placement.z_m[there, under] + 0.32).all()
    batch = placement.z_m[7]
    alone = place(Variants.of(Sampler(made, 0).draw([7], InitialScenes(made, libraries(), 0)), libraries())).z_m[0]
    assert (alone == batch)[variants.active[7]].all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 2), st.floats(0.1, 1)), min_size=2, max_size=8)
)
def test_lifting_is_the_lowest_clear_height(rows):
    """Against trying every top, lowest first: the first height at which no circle-and-interval pair meets."""
    x, y, z, h = (np.array([[r[k] for r in rows[1:]]]) for k in range(4))
    size = np.stack([h, h, h], -1)
    x0, y0, z0, h0 = rows[0]
    found = clear_height(np.array([z0]), np.array([x0]), np.array([y0]), np.full((1, 3), h0), (x, y, z, size, h > 0))
    reach = 0.5 * np.sqrt(2.0) * (h + h0)
    near = (x - x0) ** 2 + (y - y0) ** 2 < reach**2

    def clear(low: float) -> bool:
        return not (near & (low < z + h + REST_GAP_M) & (z < low + h0 + REST_GAP_M)).any()

    tops = sorted([z0, *(t for t in (z + h + REST_GAP_M)[near].tolist() if t > z0)])
    assert found[0] == next(t for t in tops if clear(t))


# ---- rows, ends, curves ----------------------------------------------------------------------------------------------


def test_a_row_behind_somebody_leads_away():
    """Bumper to bumper 1 m apart, all behind ego, on the strip beside it."""
    body = "    car ego on lane(1) at s(60 m)\n    car a[3] along curb(right) behind ego by 1 m\n"
    scene = placed(body, 1)
    ego = at(scene, "ego")[0][0] - 0.5 * scene[0].size_m[0, 0, 0]
    for k in (1, 2, 3):
        x, half = at(scene, f"a[{k}]")[0][0], 0.5 * scene[0].size_m[0, k, 0]
        assert ego - (x + half) == pytest.approx(1.0)
        ego = x - half


def test_points_beyond_the_road_are_redrawn_or_told():
    """x ~ 90..110 m on a road of 100 m: none beyond; a fixed one says why it has no place."""
    x = at(placed(EGO + "    param x: length ~ 90..110 m\n    pedestrian p at (x, -7 m)\n", 200), "p")[0]
    assert x.max() <= 100.0 and np.ptp(x) > 8.0
    with pytest.raises(BudgetError, match="'p' is beyond the end of the road"):
        placed(EGO + "    pedestrian p at (101 m, -7 m)\n", 1)


def test_curves_and_areas_that_a_world_does_not_have_are_errors():
    """A station has no kerb, a highway no pavement; the message says what there is."""
    head = "use warehouse\n\nscenario s:\n    world station()\n"
    for text, said in (
        (head + "    tote t along curb(right)\n", "it has no curves"),
        (HEAD.replace("street(lanes = 2, parking = right, length = 100 m)", "highway()")
         + "    pedestrian p in pavement(right)\n", "areas here: road, any_lane"),
        (HEAD + "    pedestrian p in far_curb\n",
         "areas here: road, any_lane, any_pavement, pavement(left), pavement(right), crosswalk, cycle_lane(left), "
         "cycle_lane(right)"),
    ):  # fmt: skip
        (error,) = check_text(text, "<text>", libraries=libraries()).diagnostics
        assert error.code == "E0209" and error.note == said


# ---- what follows from the placed scene ------------------------------------------------------------------------------


def test_a_place_that_follows_from_others():
    """``a`` is declared first and placed last: its gap to ego is the distance of two that come later."""
    body = (
        "    car a ahead of ego by d + 12 m\n    let d = distance(ego, last)\n"
        "    car last on lane(1) at s(40 m)\n" + EGO
    )
    scene = placed(body, 1)
    ego, last, a = (at(scene, n)[0][0] for n in ("ego", "last", "a"))
    half = 0.5 * scene[0].size_m[0, :, 0]
    assert a - half[0] - (ego + half[2]) == pytest.approx((last - half[1]) - (ego + half[2]) + 12.0)


def test_nearest_and_position():
    """The element whose box is nearest, by SciPy-free sums; left of it, and where it is."""
    body = (
        EGO + "    car row[3] along curb(right) at s(50 m) by 3 m\n    pedestrian kid at (75 m, 6 m)\n"
        "    pedestrian p left of nearest(row, to = kid) by 1 m\n"
        "    pedestrian q at ego.position:\n        lateral = 5 m\n"
        "    require nearest(row, to = kid).position.x > nearest(row, to = ego).position.x + 1 m\n"
        "    require distance(ego, nearest(row)) > 20 m\n"
    )
    scene = placed(body, 1)
    row = [(at(scene, f"row[{k}]")[0][0], at(scene, f"row[{k}]")[1][0]) for k in (1, 2, 3)]
    away = [max(abs(75.0 - x) - 2.2, 0.0) for x, _ in row]
    assert at(scene, "p")[0][0] == pytest.approx(row[int(np.argmin(away))][0])
    assert at(scene, "q")[0][0] == pytest.approx(at(scene, "ego")[0][0] - 5.0)  # it faces the road: left is -x


# ---- assets ----------------------------------------------------------------------------------------------------------

STATION = "use warehouse\n\nscenario s:\n    world station()\n    item a at bench:\n        asset ~ library({})\n"


def drawn(arguments: str) -> set[str]:
    made = parse_text(STATION.format(arguments), "<text>", libraries=libraries())[0]
    return set(Sampler(made, 0).draw(range(400)).values["a.asset"].tolist())


def test_families_filters_and_the_held_out_part():
    """Train and held-out parts are disjoint and make up all; sizes are the longest sides of what is announced."""
    every, train, kept = (drawn(f'"household"{more}') for more in ("", ", split = train", ", split = held_out"))
    assert train | kept == every and not train & kept and len(kept) > 4
    longest = {a.name: a.longest_m for a in libraries()["warehouse"].assets["household"]}
    assert drawn('"household", size = 3 cm') == {n for n, m in longest.items() if m <= 0.03}
    assert drawn('"household", min_size = 10 cm, size = 20 cm') == {n for n, m in longest.items() if 0.1 <= m <= 0.2}


@pytest.mark.parametrize(
    ("arguments", "code"),
    [('"houshold"', "E0201"), ('"household", size = 1 mm', "E0212"), ('"household", split = test', "E0201"),
     ('"household", size = 3 kg', "E0203")],
)  # fmt: skip
def test_mistakes_with_assets(arguments: str, code: str):
    """A family that nobody announced (with the near one), filters that leave nothing, words and units."""
    found = check_text(STATION.format(arguments), "<text>", libraries=libraries()).diagnostics
    assert code in {d.code for d in found if d.severity == "error"}


def test_an_asset_that_nobody_knows():
    """Sets of names are looked up too."""
    text = STATION.replace("library({})", '{{"mug", "cann"}}').format()
    (error,) = (d for d in check_text(text, "<text>", libraries=libraries()).diagnostics if d.severity == "error")
    assert error.code == "E0201" and "'can'" in error.help


def test_the_size_of_an_asset_is_that_of_its_box():
    """A mug is 12 cm long; ``size`` scales it with its proportions."""
    text = STATION.replace("~ library({})", '= "mug"')
    for more, length in (("", 0.12), ("        size = 6 cm\n", 0.06)):
        made = parse_text(text + more, "<text>", libraries=libraries())[0]
        size = Variants.of(Sampler(made, 0).draw([0]), libraries()).size_m[0, 0]
        assert size == pytest.approx(np.array([0.12, 0.085, 0.095]) * length / 0.12)
