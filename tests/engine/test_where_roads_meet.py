"""Places, stations and conditions where two roads cross: on the world ``junction``, whose lanes are straight."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.cast import cast_of
from simengine.engine.catalogue import libraries
from simengine.engine.placement import place
from simengine.engine.scenes import SceneEnv, initial_state
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.errors import ProgramError
from simengine.language import check_text, parse_text
from simengine.language.sample import Sampler

LENGTH, WIDE = 80.0, 3.0
HALF = 0.5 * WIDE


def text(body: str, world: str = "") -> str:
    inside = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    options = f"length = {LENGTH:g} m, lane_width = {WIDE:g} m{world}"
    return f"use driving\n\nscenario t:\n    world junction({options})\n{inside}\n"


def variants(body: str, world: str = "", count: int = 1) -> Variants:
    program = parse_text(text(body, world), libraries=libraries())[0]
    return Variants.of(Sampler(program, 0).draw(range(count)), libraries())


def poses(body: str, world: str = "") -> dict[str, tuple[float, float, float]]:
    """x, y and heading in degrees of everything."""
    v = variants(body, world)
    placed = place(v)
    placed.check(v)
    names = [s.name for s in v.roster.slots]
    return {
        n: (float(placed.x_m[0, k]), float(placed.y_m[0, k]), float(np.degrees(placed.yaw_rad[0, k])))
        for k, n in enumerate(names)
    }


def test_on_an_arm_is_its_right_hand_lane_a_quarter_of_the_way_in():
    """The arms are 80 m long: 20 m from their outer ends, heading for the middle (80, 0), on the right-hand side. The
    right-hand arm comes from y = -80."""
    found = poses("car a on own_arm\ncar b on right_arm\ncar c on far_arm\ncar d on left_arm")
    expected = {
        "a": (20.0, -HALF, 0.0), "b": (80.0 + HALF, -60.0, 90.0), "c": (140.0, HALF, 180.0),
        "d": (80.0 - HALF, 60.0, -90.0),
    }  # fmt: skip
    for name, pose in expected.items():
        turn = (found[name][2] - pose[2] + 180.0) % 360.0 - 180.0
        assert found[name][:2] == pytest.approx(pose[:2]) and turn == pytest.approx(0.0, abs=1e-9), name


def test_a_station_on_an_arm_is_counted_from_its_outer_end():
    """70 m along the right-hand arm is 10 m before the middle; of four lanes it is the right-hand one, 4.5 m out."""
    assert poses("car b on right_arm at s(70 m)")["b"] == pytest.approx((81.5, -10.0, 90.0))
    assert poses("car b on right_arm at s(70 m)", ", lanes = 4")["b"] == pytest.approx((84.5, -10.0, 90.0))


def test_ahead_beside_and_behind_stay_on_the_road_of_the_other_one():
    """Also in the middle, where the nearest centre line may be that of the other road."""
    found = poses(
        "car a on right_arm at s(78 m)\ncar b behind a by 10 m\ncar c on lane_beside(a, left) at s(50 m)\n"
        "car d at (81 m, -2.5 m) facing 90 deg:\n    lateral = 30 m\ncar e on lane(1) at s(10 m)"
    )
    assert found["b"][0] == pytest.approx(81.5) and found["b"][2] == pytest.approx(90.0)
    assert found["c"] == pytest.approx((78.5, 30.0, -90.0))  # oncoming: its station counts from the left-hand arm
    assert found["e"] == pytest.approx((10.0, -1.5, 0.0))


def test_facing_a_kerb_is_square_to_it_and_facing_an_area_heads_for_its_nearest_point():
    """The own arm runs along x, so that its kerbs face +-90 degrees. From (20, -1), on the right-hand lane, the nearer
    kerb is the right one and the farther the left one; from beyond a kerb the near one is that. The arm's strip lies
    straight to the left of (35, -20), and who stands in it keeps the heading of the lane (oncoming: 180 degrees)."""
    found = poses(
        "pedestrian a at (20 m, -1 m) facing near_curb\npedestrian b at (22 m, -1 m) facing far_curb\n"
        "pedestrian c at (20 m, -8 m) facing near_curb\npedestrian d at (22 m, -8 m) facing far_curb\n"
        "pedestrian e at (24 m, 8 m) facing far_curb\npedestrian f at (35 m, -20 m) facing own_arm\n"
        "car g at (35 m, 1 m) facing own_arm\npedestrian h at (25 m, 0.5 m) facing pavement(right)"
    )
    for name, degrees in {"a": -90, "b": 90, "c": 90, "d": 90, "e": -90, "f": 90, "g": 180, "h": -90}.items():
        assert abs((found[name][2] - degrees + 180.0) % 360.0 - 180.0) < 1e-6, name


def test_the_nearest_point_of_an_area_is_that_of_a_dense_search():
    """Against the nearest of a grid of points of all triangles, 2 cm apart: headings differ by its step at most."""
    at = (110.0, -31.0)
    v = variants(f"pedestrian a at ({at[0]} m, {at[1]} m) facing crosswalk")
    (region,) = [g.area("crosswalk") for g in v.lane_graphs]
    assert region is not None
    s = np.linspace(0.0, 1.0, 500)
    shares = np.array([(u, w) for u in s for w in s if u + w <= 1.0])
    a, b, c = (region.triangles_m[:, k, None] for k in range(3))
    points = (a + shares[:, :1] * (b - a) + shares[:, 1:] * (c - a)).reshape(-1, 2)
    d = points - np.array(at)
    x, y = d[np.argmin((d * d).sum(-1))]
    assert place(v).yaw_rad[0, 0] == pytest.approx(np.arctan2(y, x), abs=2e-3)


def test_a_point_heads_as_the_nearest_lane_that_is_there():
    """Lanes end: beside the main road, 40 m from the middle, no lane of the other road is near, whatever line it lies
    on; 'facing' counts from the direction of the main road, also on the other road."""
    found = poses("car a at (82 m, -40 m)\ncar b at (40 m, -1.5 m)\ncar c at (78 m, 40 m) facing 90 deg")
    assert found["a"][2] == pytest.approx(90.0) and found["b"][2] == pytest.approx(0.0)
    assert found["c"][2] == pytest.approx(90.0)


def test_in_an_arm_is_anywhere_over_it():
    """Uniformly over the rectangle of the arm's lanes, without the middle: 6 m wide, from y = -80 to y = -3."""
    v = variants("car b in right_arm", count=200)
    placed = place(v)
    x, y = placed.x_m[:, 0], placed.y_m[:, 0]
    assert 77.0 <= x.min() < 78.0 and 82.0 < x.max() <= 83.0
    assert -80.0 <= y.min() < -76.0 and -8.0 < y.max() <= -3.0


def test_lanes_are_counted_on_the_main_road():
    """lane(3) of a junction of two lanes would be the other road's."""
    result = check_text(text("car a on lane(3)"), libraries=libraries())
    assert "E0214" in {d.code for d in result.diagnostics}


def test_an_arm_that_is_not_there_is_named():
    """Of three arms one is missing; nothing can stand on it."""
    with pytest.raises(ProgramError, match="this junction has no left_arm"):
        poses("car a on left_arm", ", arms = 3, missing = left_arm")


@pytest.mark.parametrize("arm", ["own_arm", "right_arm", "left_arm", "far_arm"])
def test_a_station_is_reached_on_the_own_lane(arm: str):
    """s(70 m) is 10 m before the middle for everybody: the front, half a length ahead, is level with it then."""
    v = variants(f"car ego on {arm}:\n    speed = 10 m/s\nstop when ego.reached(s(70 m))\nstop after 9 s")
    (trace,) = simulate(v)
    x, y = trace.track("ego")[-1, :2]
    front = np.hypot(x - LENGTH, y) - 0.5 * v.size_m[0, 0, 0]
    assert trace.stop_reason.startswith("stop when")
    assert np.sqrt(front * front) == pytest.approx(10.0, abs=0.3)


def test_synchronise_meets_at_the_middle_from_any_arm():
    """at = s(length) is the middle for each of them: both fronts are level with it at once, or apart by a lead: here
    1.5 s, so that they do not run into each other. From 60 m away at 10 m/s and 30 m away at 8 m/s: the second slows
    down."""
    v = variants(
        "car ego on lane(1) at s(20 m):\n    speed = 10 m/s\ncar other on left_arm at s(50 m):\n    speed = 8 m/s\n"
        "do:\n    meet: other.synchronise(at = s(80 m), target = ego, lead = 1.5 s)\n"
        "stop when ego.reached(s(80 m))\nstop after 9 s"
    )
    (trace,) = simulate(v)
    arrived = trace.duration_ns / 1e9
    assert trace.time_of("meet.ended") / 1e9 == pytest.approx(arrived - 1.5, abs=0.05)


def test_time_to_collision_of_crossing_vehicles_is_that_of_their_boxes():
    """Both at 10 m/s; their ways cross at (81.5, -1.5), 31.5 m ahead of a's centre and 28.5 m ahead of b's. They touch
    when a's front comes to b's side, half a length and half a width before a's centre is there. Along a's lane nobody
    would be ahead of the other."""
    v = variants(
        "car a on lane(1) at s(50 m):\n    speed = 10 m/s\ncar b on right_arm at s(50 m):\n    speed = 10 m/s\n"
        "stop when a.ttc(b) < 1 s\nstop after 9 s"
    )
    (trace,) = simulate(v)
    length, width = v.size_m[0, 0, :2]
    way = 31.5 - 0.5 * width - 0.5 * length
    assert trace.duration_ns / 1e9 == pytest.approx(way / 10.0 - 1.0, abs=0.011)


def test_a_car_in_the_corner_of_a_turn_is_on_the_road():
    """Turns lead over asphalt that belongs to no lane; the ground beside it is off the road."""
    ego = "car ego on lane(1) at s(10 m):\n    speed = 8 m/s\n"
    (trace,) = simulate(variants(ego + "do:\n    ego.turn(right)\nstop when ego.offroad\nstop after 15 s"))
    assert trace.stop_reason.startswith("stop after")
    v = variants("car ego at (70 m, -20 m):\n    speed = 1 m/s")
    env = SceneEnv(v, cast_of(v), initial_state(place(v), cast_of(v)))
    assert env.off_lanes(0)[0]


@pytest.mark.parametrize(
    ("world", "edge"), [(", arms = 3, missing = far_arm", LENGTH + WIDE), ("", 2.0 * LENGTH)], ids=["three", "four"]
)
def test_the_road_ends_where_it_ends(world: str, edge: float):
    """Lanes do not go on beyond their ends. Where the far arm is missing, a car that goes straight on is on the other
    road until that one's far edge, a lane beyond the middle at x = 80; of four arms the main road is 160 m long."""
    v = variants("car ego on lane(1) at s(60 m):\n    speed = 20 m/s\nstop when ego.offroad\nstop after 8 s", world)
    (trace,) = simulate(v)
    assert trace.stop_reason.startswith("stop when")
    assert edge < trace.track("ego")[-1, 0] <= edge + 0.41


def test_a_bicycle_is_no_car():
    """15 m/s is a sprint; more is refused by the checker, at the start and while running."""
    for body in ("cyclist r:\n    speed = 16 m/s", "cyclist r:\n    speed = 5 m/s\ndo:\n    r.speed = 16 m/s"):
        assert "E0208" in {d.code for d in check_text(text(body), libraries=libraries()).diagnostics}


def test_a_lane_change_in_a_bend_is_refused_clearly():
    """60 m on from station 20 is the middle of the left turn: the error names what to do."""
    v = variants(
        "car ego on lane(2) at s(20 m):\n    speed = 8 m/s\ndo:\n    parallel:\n        ego.turn(left)\n"
        "        serial:\n            wait until ego.travelled > 60 m\n            ego.change_lane(to = lane(1))\n"
        "stop after 15 s", ", lanes = 4",
    )  # fmt: skip
    with pytest.raises(ProgramError, match="in the bend of a turn"):
        simulate(v)


def test_what_is_teleported_goes_on_from_there():
    """In the tick after it is asked for, a car stands in the middle of the other arm's lane, heads along it and drives
    10 m/s x 1 s further in a second; a turn that it was about to take is over. A person stands where it was put."""
    v = variants(
        "car ego on lane(1) at s(10 m):\n    speed = 10 m/s\npedestrian kid at (30 m, -5 m)\ndo:\n    parallel:\n"
        "        ego.turn(left)\n        serial:\n            wait 1 s\n"
        "            ego.teleport(to = (81.5 m, -60 m))\n            kid.teleport(to = (50 m, 5 m))\nstop after 2.01 s"
    )
    (trace,) = simulate(v)
    ego, kid = trace.track("ego"), trace.track("kid")
    assert ego[100, :2] == pytest.approx((20.0, -HALF)) and ego[101, 0] == 81.5
    assert ego[201, :2] == pytest.approx((81.5, -50.0), abs=0.11)
    assert kid[-1, :2] == pytest.approx((50.0, 5.0)) and kid[-1, 2] == kid[0, 2]
