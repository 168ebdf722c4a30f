"""Every action of the language does what it says: one row an action, checked on the recorded tracks.

A row knows the action's closed form or geometry, not the code that makes it. A word of the vocabulary without a row
fails. Rows share a few programs, in which each actor has a stretch of road or pavement of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simengine.engine.trace import SWIVEL
from simengine.world.lamps import Lamp
from simengine.world.vocabulary import ACTIONS
from tests.engine.told import RATE, SPEED, Told, told, yaw_of

ROAD = """use driving
scenario road:
    world highway(lanes = 3, length = 3 km)
    car first on lane(1) at s(40 m):
        speed = 10 m/s
    car a[13] on lane(1) ahead of first by 170 m:
        speed = 10 m/s
    car lead on lane(1) ahead of a[7] by 40 m:
        speed = 12 m/s
    car head on lane(1) ahead of a[8] by 50 m:
        speed = 8 m/s
    car rival on lane(2) ahead of a[9] by 3 m:
        speed = 8 m/s
    do:
        parallel:
            drive: a[1].drive(speed = 14 m/s)
            serial:
                wait 1 s
                keep: a[2].keep_speed()
            change_speed: a[3].change_speed(to = 4 m/s, rate = 2 m/s2)
            change_lane: a[4].change_lane(to = lane(2), lateral_speed = 1 m/s)
            halt: a[5].stop(rate = 4 m/s2)
            offset: a[6].offset(to = 0.5 m)
            follow: a[7].follow(lead, headway = 1.5 s)
            keep_gap: a[8].keep_gap(head, distance = 20 m)
            synchronise: a[9].synchronise(at = s(1640 m), target = rival)
            lights: a[10].lights(hazard)
            open_door: a[11].open_door(left, angle = 60 deg)
            teleport: a[12].teleport(to = s(2900 m))
            path: a[13].follow_path(path = [(2330 m, -1 m), (2350 m, 1 m), (2420 m, 1 m)], speed = 10 m/s)
    when time > 0.5 s:
        a[2].speed = 7 m/s
    stop after 16 s
"""
STREET = """use driving
scenario street:
    world street(lanes = 2, length = 300 m, pavement_width = 8 m)
    car ego on lane(1) at s(290 m)
    pedestrian p[7] along curb(right) at s(20 m) by 20 m:
        speed = 1.5 m/s
    pedestrian q[3] along curb(left) at s(20 m) by 20 m:
        speed = 1.5 m/s
    animal deer at (230 m, -12 m) facing 90 deg
    cargo crate at (250 m, -12 m)
    drone d[6] above ego by 20 m:
        lateral = 20 m
    sensor front on ego = camera(size = (16, 16))
    record front: rgb at 10 hz
    do:
        parallel:
            run: p[1].run(across = road, speed = 3 m/s)
            walk: p[2].walk(to = (45 m, -11 m))
            over: p[3].cross(across = road)
            path: p[4].follow_path(path = [(84 m, -7 m), (84 m, -11 m)])
            serial:
                p[5].walk(to = (130 m, -7 m)) for 2 s
                freeze: p[5].freeze() for 1 s
                halt: p[5].stop()
            serial:
                p[6].walk(to = (140 m, -7 m)) for 3 s
                back: p[6].turn_back()
            look: p[7].look(at = crate)
            teleport: q[1].teleport(to = (30 m, 12 m))
            bolt: deer.bolt(danger = ego, freeze = 0.5 s, angle = 0 deg, speed = 8 m/s, distance = 80 m)
            moved: crate.teleport(to = (255 m, -15 m))
            fault: front.fault(blackout) for 2 s
    stop after 9 s
"""
SKY = """use driving
scenario sky:
    world street(lanes = 2, parking = right, length = 300 m)
    car ego on lane(1) at s(140 m):
        speed = 5 m/s
    car post[7] along curb(right) at s(30 m) by 30 m
    drone one above post[1] by 20 m
    drone two above post[2] by 20 m:
        speed = 8 m/s
    drone three above post[3] by 20 m:
        speed = 8 m/s
    drone four above post[4] by 20 m
    drone five above post[5] by 20 m
    drone six above post[6] by 20 m
    drone seven above post[7] by 20 m
    do:
        parallel:
            drive: one.drive(speed = 6 m/s)
            change_speed: two.change_speed(to = 4 m/s, rate = 2 m/s2)
            halt: three.stop(rate = 2 m/s2)
            climb: four.climb(height = 30 m)
            follow: five.follow(ego, headway = 1 s)
            path: six.follow_path(path = [(200 m, 10 m)], speed = 6 m/s)
            teleport: seven.teleport(to = (100 m, 5 m))
    stop after 20 s
"""
JUNCTION = """use driving
scenario meet:
    world junction(length = 80 m)
    car ego on lane(1) at s(40 m):
        speed = 6 m/s
    do:
        turn: ego.turn(direction = left)
    stop after 14 s
"""
KERB = """use driving
scenario kerb:
    world street(lanes = 2, parking = right, length = 120 m)
    car ego on lane(1) at s(20 m):
        speed = 4 m/s
    car beside along curb(right) at s(90 m)
    do:
        park: ego.park(at = (60 m, -4 m))
    stop after 40 s
"""
LOT = """use driving
scenario lot:
    world parking_lot(aisles = 2, row_bays = 8, free_bays = 8)
    car ego at bay(2):
        model = hatchback
    do:
        back: ego.back_out()
        ego.drive(speed = 2 m/s)
    stop after 25 s
"""
BENCH = """use warehouse
scenario bench:
    world station()
    arm picker at base
    tote bin at bench
    item goods above bin by 2 cm:
        asset = "carton"
        size = 12 cm
        mass = 0.2 kg
    do:
        settle: settle(goods) until still(goods) for 3 s
        look: picker.look(goods)
        pick: picker.pick(goods) until picker.holding for 8 s
        place: picker.place(bench)
        retreat: picker.retreat()
        away: goods.teleport(to = (0.2 m, 0.1 m))
    stop after 30 s
"""


# ---- vehicles ------------------------------------------------------------------------------------------------------


def drive(t: Told) -> None:
    """Reaches 14 m/s and stays there, straight on."""
    s = t.at("a[1]")
    assert s[-300:, SPEED] == pytest.approx(14.0, abs=0.05) and np.ptp(s[:, 1]) < 1e-6


def keep_speed(t: Told) -> None:
    """Holds the 7 m/s that it has when it begins: so many metres in the 14 s that follow."""
    s = t.at("a[2]")
    assert s[1600, 0] - s[200, 0] == pytest.approx(14.0 * 7.0, abs=0.05)


def change_speed(t: Told) -> None:
    """From 10 to 4 m/s at 2 m/s2: 3 s, and 21 m by the mean speed; a build-up of jerk costs tenths."""
    s, over = t.at("a[3]"), t.over("change_speed")
    assert over / RATE == pytest.approx(3.0, abs=0.3) and s[over, SPEED] == pytest.approx(4.0, abs=0.02)
    assert s[over, 0] - s[0, 0] == pytest.approx(21.0, abs=1.5)


def change_lane(t: Told) -> None:
    """Into the middle of the lane 3.75 m to the left at no more than 1 m/s sideways, which it reaches."""
    s, over = t.at("a[4]"), t.over("change_lane")
    width = t.variants.lane_graphs[0].lanes[0].width_m
    assert s[-1, 1] - s[0, 1] == pytest.approx(width, abs=0.03) and over / RATE > width / 1.0
    assert np.max(np.diff(s[:, 1])) * RATE == pytest.approx(1.0, abs=0.08)


def stop(t: Told) -> None:
    """v^2 / 2a = 12.5 m from 10 m/s at 4 m/s2, and the way of the build-up (0.4 s at most); then it stands."""
    s = t.at("a[5]")
    assert 12.4 < s[-1, 0] - s[0, 0] < 12.5 + 4.0 and np.all(s[t.over("halt") :, SPEED] == 0.0)


def offset(t: Told) -> None:
    """Half a metre to the left of where it was."""
    s = t.at("a[6]")
    assert s[-1, 1] - s[0, 1] == pytest.approx(0.5, abs=0.02)


def follow(t: Told) -> None:
    """2 m and 1.5 s at 12 m/s behind: 20 m, box to box."""
    free = t.at("lead")[-1, 0] - t.at("a[7]")[-1, 0] - 0.5 * (t.size("lead") + t.size("a[7]"))[0]
    assert free == pytest.approx(20.0, abs=0.5)


def keep_gap(t: Told) -> None:
    """20 m box to box, at the speed of the other."""
    free = t.at("head")[-1, 0] - t.at("a[8]")[-1, 0] - 0.5 * (t.size("head") + t.size("a[8]"))[0]
    assert free == pytest.approx(20.0, abs=0.3) and t.at("a[8]")[-1, SPEED] == pytest.approx(8.0, abs=0.1)


def synchronise(t: Told) -> None:
    """Both fronts are at the station in one tenth of a second."""
    arrived = [
        int(np.argmax(t.at(n)[:, 0] + 0.5 * t.size(n)[0] >= 1640.0)) for n in ("a[9]", "rival")
    ]  # fmt: skip
    assert min(arrived) > 100 and abs(arrived[0] - arrived[1]) <= 10


def lights(t: Told) -> None:
    """Both indicators are switched on for good (what blinks is in the pictures)."""
    lamps = t.trace.lamps[:1600, t.trace.movers.tolist().index(t.trace.names.index("a[10]"))]
    left, right = (lamps & Lamp.LEFT) > 0, (lamps & Lamp.RIGHT) > 0
    assert left.all() and right.all()


def open_door(t: Told) -> None:
    """The left front door stands at 60 degrees, the right one is shut."""
    door = t.at("a[11]")[t.over("open_door"), SWIVEL]
    assert door == pytest.approx([math.radians(60.0), 0.0], abs=0.02)


def teleport(t: Told) -> None:
    """At the station in the next tick, in its lane, at its speed."""
    s = t.at("a[12]")
    assert s[1, 0] == pytest.approx(2900.0, abs=0.2) and s[1, SPEED] == pytest.approx(10.0, abs=0.1)
    assert s[1, 1] == pytest.approx(s[0, 1], abs=1e-6)


def follow_path(t: Told) -> None:
    """On the last straight, which runs along y = 1 m, it is there within 10 cm, as fast as asked."""
    s = t.at("a[13]")
    last = (s[:, 0] > 2380.0) & (s[:, 0] < 2415.0)
    assert last.any() and np.abs(s[last, 1] - 1.0).max() < 0.1 and s[last, SPEED] == pytest.approx(10.0, abs=0.1)


def turn(t: Told) -> None:
    """Heads a quarter turn further left, and is over then."""
    s = t.at("ego")
    assert yaw_of(s[-1]) - yaw_of(s[0]) == pytest.approx(math.pi / 2, abs=0.03)
    assert abs(yaw_of(s[t.over("turn")]) - math.pi / 2) < 0.1


def park(t: Told) -> None:
    """Stands along the kerb, as far from it as the car beside that was placed there, 25 cm."""
    s, beside = t.at("ego"), t.at("beside")
    assert s[-1, SPEED] == 0.0 and yaw_of(s[-1]) == pytest.approx(0.0, abs=0.03)
    edge = [v[-1, 1] - 0.5 * t.size(n)[1] for n, v in (("ego", s), ("beside", beside))]
    assert edge[0] == pytest.approx(edge[1], abs=0.06) and s[-1, 0] == pytest.approx(60.0, abs=1.5)


def back_out(t: Told) -> None:
    """It rolls backwards, out of the bay by its own length, and stands; then it drives along the lane, which runs
    square to the bay."""
    s, over = t.at("ego"), t.over("back")
    assert s[: over + 1, SPEED].max() <= 0.0 and s[over, SPEED] == 0.0
    assert np.linalg.norm(s[over, :2] - s[0, :2]) > t.size("ego")[0]
    assert abs(abs(yaw_of(s[-1]) - yaw_of(s[0])) - math.pi / 2) < 0.05


# ---- people and things ---------------------------------------------------------------------------------------------


def straight_over(t: Told, name: str, speed: float, phase: str) -> None:
    """Over in the middle of the first lane, which is the right-hand one, and on to beyond the other one's."""
    s, over = t.at(name), t.over(phase)
    right, left = (lane.centre.points_m[0, 1] for lane in t.variants.lane_graphs[0].lanes[:2])
    assert np.ptp(s[:, 0]) < 0.01 and s[over, 1] == pytest.approx(right, abs=0.05) and s[-1, 1] > left + 1.0
    assert np.median(np.diff(s[over : over + 100, 1])) * RATE == pytest.approx(speed, rel=0.03)


def run(t: Told) -> None:
    """Square across, at 3 m/s."""
    straight_over(t, "p[1]", 3.0, "run")


def walk(t: Told) -> None:
    """Straight to the point: 3 cm, at the pace of its own."""
    s, over = t.at("p[2]"), t.over("walk")
    assert s[over, :2] == pytest.approx([45.0, -11.0], abs=0.05)
    assert np.linalg.norm(s[200, :2] - s[100, :2]) == pytest.approx(1.5, rel=0.02)


def cross(t: Told) -> None:
    """Square across, at the pace of its own."""
    straight_over(t, "p[3]", 1.5, "over")


def walk_path(t: Told) -> None:
    """Past the corner (it is cut by less than 60 cm) to the end."""
    s, over = t.at("p[4]"), t.over("path")
    assert s[over, :2] == pytest.approx([84.0, -11.0], abs=0.1)
    assert np.hypot(s[:over, 0] - 84.0, s[:over, 1] + 7.0).min() < 0.6


def freeze(t: Told) -> None:
    """Stands after a step of 30 cm at most, which takes less than half a second, and until it is over."""
    s = t.at("p[5]")
    assert np.linalg.norm(s[250, :2] - s[200, :2]) < 0.3 and np.all(s[250 : t.over("freeze"), SPEED] == 0.0)


def halt(t: Told) -> None:
    """Stands, and stays."""
    assert np.all(t.at("p[5]")[t.over("halt") :, SPEED] == 0.0)


def turn_back(t: Told) -> None:
    """Ends where its way began."""
    s = t.at("p[6]")
    assert np.linalg.norm(s[300, :2] - s[0, :2]) > 3.0
    assert s[t.over("back"), :2] == pytest.approx(s[0, :2], abs=0.06)


def look(t: Told) -> None:
    """The face points at the crate, as near to it as 75 degrees to the side let it."""
    s, to = t.at("p[7]")[-1], t.at("crate")[-1, :2]
    bearing = math.atan2(to[1] - s[1], to[0] - s[0]) - yaw_of(s)
    bearing = (bearing + math.pi) % (2 * math.pi) - math.pi
    limit = math.radians(75.0)
    assert s[SWIVEL][0] == pytest.approx(min(max(bearing, -limit), limit), abs=0.02)


def teleport_person(t: Told) -> None:
    """There in the next tick, and it stands."""
    s = t.at("q[1]")
    assert s[1:, :2] == pytest.approx(np.broadcast_to([30.0, 12.0], s[1:, :2].shape), abs=1e-6)


def bolt(t: Told) -> None:
    """Stands for half a second, then runs straight off the danger until that is 80 m away."""
    s, ego = t.at("deer"), t.at("ego")[0, :2]
    away = np.linalg.norm(s[:, :2] - ego, axis=1)
    assert np.all(s[:50, :2] == s[0, :2]) and away[t.over("bolt")] >= 79.0
    assert np.all(np.diff(away[150 : t.over("bolt")]) > 0.0) and s[:, SPEED].max() == pytest.approx(8.0, abs=0.2)


def teleport_thing(t: Told) -> None:
    """There in the next tick."""
    assert t.at("crate")[1, :2] == pytest.approx([255.0, -15.0])


def fault(t: Told) -> None:
    """In force from the start for 2 s."""
    (seen,) = t.trace.faults
    assert seen.kind == "blackout" and t.over("fault") == pytest.approx(2 * RATE, abs=1)


# ---- drones --------------------------------------------------------------------------------------------------------


def fly(t: Told) -> None:
    """6 m/s straight ahead, at one height."""
    s = t.at("one")
    assert s[-1, SPEED] == pytest.approx(6.0, abs=0.05) and np.ptp(s[:, 1:3], axis=0).max() < 0.01


def fly_slower(t: Told) -> None:
    """From 8 to 4 m/s at 2 m/s2 at most: 2 s and what the tilt takes."""
    assert 2.0 <= t.over("change_speed") / RATE < 3.5 and t.at("two")[-1, SPEED] == pytest.approx(4.0, abs=0.05)


def hover(t: Told) -> None:
    """v^2 / 2a = 16 m from 8 m/s at 2 m/s2, and what the tilt takes; then it hangs there."""
    s = t.at("three")
    assert 15.9 < s[-1, 0] - s[0, 0] < 21.0 and np.linalg.norm(s[-1, :3] - s[-200, :3]) < 0.05


def climb(t: Told) -> None:
    """30 m high, where it was."""
    s = t.at("four")
    assert s[-1, 2] == pytest.approx(30.0, abs=0.02) and np.ptp(s[:, :2], axis=0).max() < 1e-6


def fly_behind(t: Told) -> None:
    """1 s at 5 m/s behind: 5 m."""
    assert t.at("five")[-1, :2] == pytest.approx(t.at("ego")[-1, :2] - [5.0, 0.0], abs=0.1)


def fly_path(t: Told) -> None:
    """Hovers at the end of the line."""
    assert t.at("six")[-1, :2] == pytest.approx([200.0, 10.0], abs=0.4)


def teleport_drone(t: Told) -> None:
    """There in the next tick, as high as before."""
    s = t.at("seven")
    assert s[1, :3] == pytest.approx([100.0, 5.0, s[0, 2]], abs=1e-6)


# ---- goods and arms ------------------------------------------------------------------------------------------------


def settled(t: Told) -> None:
    """At rest when it is over: 0.1 s later the thing is where it was."""
    s, k = t.at("goods"), t.over("settle")
    assert np.linalg.norm(s[k, :3] - s[k - 10, :3]) < 2e-3 and s[k, 2] < s[0, 2]


def picked(t: Told) -> None:
    """Lifted by 2 cm and more."""
    s = t.at("goods")
    assert s[t.over("pick"), 2] > s[t.over("look"), 2] + 0.015


def placed(t: Told) -> None:
    """Put down: as low as before, at rest, and out of the tote."""
    s, k = t.at("goods"), t.over("place")
    bin_at, size = t.at("bin")[0], t.size("bin")
    assert abs(s[k, 0] - bin_at[0]) > 0.5 * size[0] or abs(s[k, 1] - bin_at[1]) > 0.5 * size[1]
    assert np.linalg.norm(s[k + 5, :3] - s[k, :3]) < 5e-3


def arm_moves(phase: str, before: str) -> Callable[[Told], None]:
    def moves(t: Told) -> None:
        """Its joints are elsewhere when it is over."""
        assert np.abs(t.trace.joints[t.over(phase)] - t.trace.joints[t.over(before)]).max() > 0.05

    return moves


def arm_rests(t: Told) -> None:
    """Back where it was at the start."""
    assert t.trace.joints[t.over("retreat")] == pytest.approx(t.trace.joints[0], abs=0.03)


ROWS: dict[tuple[str, str], tuple[str, Callable[[Told], None]]] = {
    ("vehicle", "drive"): (ROAD, drive), ("vehicle", "keep_speed"): (ROAD, keep_speed),
    ("vehicle", "change_speed"): (ROAD, change_speed), ("vehicle", "change_lane"): (ROAD, change_lane),
    ("vehicle", "stop"): (ROAD, stop), ("vehicle", "offset"): (ROAD, offset), ("vehicle", "follow"): (ROAD, follow),
    ("vehicle", "keep_gap"): (ROAD, keep_gap), ("vehicle", "synchronise"): (ROAD, synchronise),
    ("vehicle", "lights"): (ROAD, lights), ("vehicle", "open_door"): (ROAD, open_door),
    ("vehicle", "teleport"): (ROAD, teleport), ("vehicle", "follow_path"): (ROAD, follow_path),
    ("vehicle", "turn"): (JUNCTION, turn), ("vehicle", "park"): (KERB, park), ("vehicle", "back_out"): (LOT, back_out),
    ("person", "run"): (STREET, run), ("person", "walk"): (STREET, walk), ("person", "cross"): (STREET, cross),
    ("person", "follow_path"): (STREET, walk_path), ("person", "freeze"): (STREET, freeze),
    ("person", "stop"): (STREET, halt), ("person", "turn_back"): (STREET, turn_back),
    ("person", "look"): (STREET, look),
    ("person", "teleport"): (STREET, teleport_person), ("person", "bolt"): (STREET, bolt),
    ("object", "teleport"): (STREET, teleport_thing), ("sensor", "fault"): (STREET, fault),
    ("drone", "drive"): (SKY, fly), ("drone", "change_speed"): (SKY, fly_slower), ("drone", "stop"): (SKY, hover),
    ("drone", "climb"): (SKY, climb), ("drone", "follow"): (SKY, fly_behind), ("drone", "follow_path"): (SKY, fly_path),
    ("drone", "teleport"): (SKY, teleport_drone),
    ("", "settle"): (BENCH, settled), ("robot", "look"): (BENCH, arm_moves("look", "settle")),
    ("robot", "pick"): (BENCH, picked), ("robot", "place"): (BENCH, placed), ("robot", "retreat"): (BENCH, arm_rests),
}  # fmt: skip


def test_no_action_is_without_a_row():
    """The rows are those of the vocabulary."""
    assert set(ROWS) == {(a.receiver, a.name) for a in ACTIONS if a.runs}


@pytest.mark.parametrize("row", ROWS, ids=lambda r: f"{r[0] or 'free'}.{r[1]}")
def test_an_action_does_what_it_says(row: tuple[str, str]):
    """What its check says, on a run of its program."""
    text, check = ROWS[row]
    check(told(text))
