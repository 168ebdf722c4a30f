"""Ways through points: rounded corners, vehicles, people and drones that follow them, and how drones fly."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.errors import ProgramError
from simengine.geometry.arcs import arc_ends
from simengine.physics.flying import ACCELERATION_MPS2, TOP_SPEED_MPS
from simengine.physics.paths import PathTable, project
from simengine.physics.routes import _unmixed, point_on, rounded
from tests.engine.driving import run


def _off(points: list[tuple[float, float]], radius: float, track: np.ndarray) -> np.ndarray:
    """How far points are beside a rounded line."""
    table = PathTable.of([[rounded(np.array(points), radius)]]).packed[:, 0]
    return np.array([abs(float(project(table, np.array([x]), np.array([y])).left_m[0])) for x, y in track[:, :2]])


def test_a_right_angle_is_rounded_by_a_quarter_circle():
    """Lines of 20 m with a corner of radius 5 m: 5 m of each are cut off, a quarter circle of 5 pi / 2 is put in; all
    rows join without a gap, and where there is no room for the radius the corner takes half of the shorter line."""
    curve = rounded(np.array([[0.0, 0.0], [20.0, 0.0], [20.0, 20.0]]), 5.0)
    assert curve.arcs is not None and curve.length_m == pytest.approx(30.0 + 2.5 * math.pi)
    ends, headings = arc_ends(curve.arcs)
    assert ends[:-1] == pytest.approx(curve.arcs[1:, :2]) and headings[-1] == pytest.approx(math.pi / 2)
    assert ends[-1] == pytest.approx([20.0, 20.0])
    tight = rounded(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 20.0]]), 5.0)
    assert tight.arcs is not None and 1.0 / tight.arcs[1, 4] == pytest.approx(2.0)


def test_points_on_a_way_by_station():
    """On the quarter circle about (15, 5), half of its angle from its start, it is at (15 + 5 sin 45, 5 - 5 cos 45)."""
    packed = PathTable.of([[rounded(np.array([[0.0, 0.0], [20.0, 0.0], [20.0, 20.0]]), 5.0)]]).packed[:, 0]
    x, y = point_on(packed, np.array([15.0 + 1.25 * math.pi]))
    assert (x[0], y[0]) == pytest.approx((15.0 + 5.0 * math.sqrt(0.5), 5.0 - 5.0 * math.sqrt(0.5)))


CAR = "world street(lanes = 3, length = 200 m)\ncar ego on lane(1) at s(20 m):\n    speed = 5 m/s\n"


def test_a_car_follows_a_line_through_points_and_then_its_lane():
    """The rear axle keeps within 25 cm of the rounded line (corners begin at once, wheels take 0.3 s to turn),
    which dies out along the straights; at its end the action is over, and the car goes on."""
    (trace,) = run(
        CAR + "do:\n    way: ego.follow_path(path = [(40 m, -2 m), (60 m, 1 m), (90 m, 1 m)], speed = 6 m/s)\n"
        "    wait 2 s\nstop after 20 s"
    )
    over = trace.time_of("way.ended")
    assert over is not None
    last = over // 10_000_000
    track, q = trace.track("ego")[:last, :2], trace.states_of("ego")[:last]
    yaw = 2.0 * np.arctan2(q[:, 6], q[:, 3])
    rear = track - 1.33 * np.stack([np.cos(yaw), np.sin(yaw)], -1)
    start = rear[0]
    off = _off([tuple(start), (40.0, -2.0), (60.0, 1.0), (90.0, 1.0)], 1.4 * 2.8 / math.tan(0.6), rear)
    assert off.max() < 0.25 and np.median(off) < 0.12 and off[-1] < 0.02
    assert abs(trace.track("ego")[-1, 1] - 1.0) < 0.2


def test_somebody_walks_round_a_corner():
    """Through (60, -5) and (64, -5) to (64, -2): never farther than 30 cm from the lines with corners of 60 cm, and the
    action is over when the end is reached."""
    (trace,) = run(
        "world street(lanes = 3, length = 200 m)\npedestrian ego at (58 m, -5 m)\n"
        "do:\n    way: ego.follow_path(path = [(60 m, -5 m), (64 m, -5 m), (64 m, -2 m)], speed = 1.5 m/s)\n"
        "stop after 20 s"
    )
    track = trace.track("ego")
    assert _off([(58.0, -5.0), (60.0, -5.0), (64.0, -5.0), (64.0, -2.0)], 0.6, track).max() < 0.3
    assert trace.time_of("way.ended") is not None and track[-1, :2] == pytest.approx([64.0, -2.0], abs=0.15)


def drone(body: str, speed: str = "0 m/s"):
    (trace,) = run(
        "world street(lanes = 3, length = 200 m)\ncar ego on lane(1) at s(20 m):\n    speed = 8 m/s\n"
        f"drone eye above ego by 10 m:\n    speed = {speed}\ndo:\n    {body}\nstop after 12 s"
    )
    return trace


def test_a_drone_flies_a_path_within_its_limits():
    """It keeps within 40 cm of the rounded line once it flies, arrives and hovers at its end, at the height asked for;
    speed and acceleration stay within 15 m/s and 6 m/s2, and the body tilts into the acceleration."""
    trace = drone("way: eye.follow_path(path = [(60 m, 0 m), (60 m, 20 m)], speed = 7 m/s, height = 20 m)")
    states, track = trace.states_of("eye"), trace.track("eye")
    assert _off([tuple(track[0, :2]), (60.0, 0.0), (60.0, 20.0)], 6.0, track).max() < 0.4
    assert track[-1] == pytest.approx([60.0, 20.0, 20.0], abs=0.35) and trace.time_of("way.ended") is not None
    velocity = states[:, 7:10]
    acceleration = np.diff(velocity[:, :2], axis=0) * 100.0
    assert np.hypot(velocity[:, 0], velocity[:, 1]).max() < TOP_SPEED_MPS
    assert np.hypot(acceleration[:, 0], acceleration[:, 1]).max() < ACCELERATION_MPS2 + 1e-6
    pitch = states[:, 14]
    assert pitch[60] > 0.05 and abs(pitch[-1]) < 0.05


def test_a_drone_stays_above_what_it_follows():
    """From a standing start it catches up with a car at 8 m/s and is within 10 cm above it after 10 s; with a headway
    of 2 s it stays 16 m behind."""
    for headway, gap in (("0 s", 0.0), ("2 s", 16.0)):
        trace = drone(f"eye.follow(ego, headway = {headway})")
        assert trace.track("ego")[-1, 0] - trace.track("eye")[-1, 0] == pytest.approx(gap, abs=0.15)
        assert trace.track("eye")[-1, 2] == pytest.approx(trace.track("eye")[0, 2], abs=1e-6)


def test_a_drone_climbs_and_hovers():
    """Nothing acts: it hangs where it is; ``climb`` ends at the height."""
    trace = drone("wait 2 s\n    up: eye.climb(30 m)")
    assert np.ptp(trace.track("eye")[:200], axis=0) == pytest.approx([0.0, 0.0, 0.0], abs=1e-9)
    assert trace.track("eye")[-1, 2] == pytest.approx(30.0, abs=0.1) and trace.time_of("up.ended") is not None


def test_a_path_that_ends_where_it_begins_is_refused():
    """Nothing is left to follow."""
    with pytest.raises(ProgramError, match="stands where its path ends"):
        run("world street(lanes = 3, length = 200 m)\npedestrian ego at (58 m, -5 m)\n"
            "do:\n    ego.follow_path(path = [(58 m, -5 m)])\nstop after 1 s")  # fmt: skip


BACK = {
    "square": "[(70 m, -3.5 m), (70 m, 30 m), (40 m, 30 m), (40 m, -3.5 m), (25 m, -3.5 m)]",
    "back": "[(60 m, -3.5 m), (40 m, -3.5 m)]",
    "eight": "[(80 m, 0 m), (80 m, 30 m), (60 m, 30 m), (60 m, -30 m)]",
}


@pytest.mark.parametrize("name", BACK)
def test_a_way_that_comes_back_to_itself_is_refused(name: str):
    """A square that closes, there and back (the car starts in the middle of its lane, at y = -3.5 m), and a crossing of
    itself: where the car is on such a way cannot be told from its nearest point, and it would leave a part out."""
    with pytest.raises(
        ProgramError, match=r"'ego' cannot follow this path: it meets itself.* near \(.*; split it into"
    ):
        run(CAR + f"do:\n    ego.follow_path(path = {BACK[name]}, speed = 5 m/s)\nstop after 2 s")


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("[(5 m, 6 m), (0 m, 20 m)]", r"its first point lies behind it, at 1\d\d deg to its heading; begin ahead"),
        ("(-60 m, -3 m)", r"its first point lies behind it, at 180 deg"),
        (
            "[(24 m, -3.5 m), (24 m, 0 m), (60 m, 0 m)]",
            r"near \(.* its points leave room for a corner of 1\.\d m, and it turns with [45]\.\d m at least",
        ),
    ],
)
def test_a_way_that_a_vehicle_cannot_get_onto_is_refused(path: str, why: str):
    """Behind the car, which heads along +x, and round a square corner with 3.5 m from one point to the next."""
    with pytest.raises(ProgramError, match=rf"line 8: 'ego' cannot follow this path: {why}.*variant 0, tick 0"):
        run(CAR + f"do:\n    ego.follow_path(path = {path}, speed = 5 m/s)\nstop after 1 s")


@pytest.mark.parametrize("turn_deg", [30.0, 90.0, 120.0, 145.0])
@pytest.mark.parametrize("radius_m", [0.6, 5.7])
def test_ways_with_sharp_corners_are_not(turn_deg: float, radius_m: float):
    """Lines of 20 m with one corner of up to 145 deg: beside it the nearest point jumps by 2 x 0.25 m / tan(17.5 deg) =
    1.6 m at most where the corner is cut, less than the 2 m from which on a way counts as coming back."""
    turn = math.radians(turn_deg)
    points = np.array([[0.0, 0.0], [20.0, 0.0], [20.0 + 20.0 * math.cos(turn), 20.0 * math.sin(turn)]])
    _unmixed("ego", rounded(points, radius_m), points[0])


END = {
    "across": "[(45 m, -3.5 m), (60 m, -1 m), (60 m, 7 m)]",
    "off": "[(40 m, -3.5 m), (55 m, -12 m), (80 m, -12 m)]",
}


@pytest.mark.parametrize("name", END)
def test_a_drawn_line_that_leads_nowhere_is_braked_at(name: str) -> None:
    """It ends across the lanes, or 8.5 m beside the last one: nothing says where to go on to, so the car comes to a
    stand, straight ahead, in what braking from 5 m/s takes."""
    do = f"do:\n    way: ego.follow_path(path = {END[name]}, speed = 5 m/s)\n    wait 6 s\nstop after 20 s"
    (trace,) = run(CAR.replace("street(lanes = 3", "rural(curviness = 0") + do)  # there are no houses beside it
    over = trace.time_of("way.ended")
    assert over is not None
    track = trace.track("ego")[over // 10_000_000 :, :2]
    assert trace.speed_mps("ego")[-1] == 0.0
    assert np.hypot(*(track[-1] - track[0])) < 5.0**2 / (2.0 * 1.0)
