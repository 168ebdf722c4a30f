"""Every condition of the language is true when it should be: one row a condition, against the recorded tracks.

Each row is a condition of a ``when``; it fires in the first tick in which an oracle over the tracks, made of the sizes
and places alone, is true. A word of the vocabulary without a row fails.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simengine.world.vocabulary import ATTRIBUTES, FUNCTIONS, METHODS
from tests.engine.told import RATE, SPEED, Told, told

WORLD = """use driving
scenario road:
    world junction(lanes = 4, control = signals, length = 200 m):
        signal.own = red
        signal.cross = red
    car ego on lane(1) at s(30 m):
        speed = 10 m/s
    car lead on lane(1) ahead of ego by 60 m:
        speed = 5 m/s
    car other on lane(2) at s(10 m):
        speed = 16 m/s
    car runaway on lane(2) at s(175 m):
        speed = 10 m/s
    car still_one on left_arm at s(20 m)
    car stray on lane(1) at s(8 m):
        speed = 3 m/s
        dynamics = single_track
    pedestrian kid at (70 m, -12 m)
    van wall at (60 m, -9.5 m)
    cargo block on lane(2) at s(120 m)
    cone post[3] along curb(right) at s(70 m) by 10 m
    drone eye above lead by 30 m
    sensor front on ego = camera(size = (32, 24), fov = 40 deg)
    record front: rgb at 10 hz
    do:
        parallel:
            lead.keep_speed() for 20 s
            phase: kid.walk(to = (70 m, 3 m), speed = 1.5 m/s)
            serial:
                wait 6 s
                ego.stop(rate = 3 m/s2)
            serial:
                wait 7.8 s
                stray.follow_path(path = [(36.5 m, -8 m), (38.5 m, -20 m)], speed = 3 m/s)
            serial:
                wait 3 s
                still_one.teleport(to = (30 m, 40 m))
            serial:
                wait 1 s
                runaway.change_speed(to = 14 m/s, rate = 2 m/s2)
{whens}
    stop after 13 s
"""


def gap(t: Told, a: str, b: str) -> np.ndarray:
    """Free distance along the straight road from a to b ahead of it."""
    return t.at(b)[:, 0] - t.at(a)[:, 0] - 0.5 * (t.size(a) + t.size(b))[0]


def front(t: Told, name: str) -> np.ndarray:
    return t.at(name)[:, 0] + 0.5 * t.size(name)[0]


def apart(t: Told, a: str, b: str) -> np.ndarray:
    """Distance of two boxes that head along x."""
    away = np.abs(t.at(a)[:, :2] - t.at(b)[:, :2]) - 0.5 * (t.size(a) + t.size(b))[:2]
    return np.linalg.norm(np.maximum(away, 0.0), axis=1)


def closing(t: Told) -> np.ndarray:
    return t.at("ego")[:, SPEED] - t.at("lead")[:, SPEED]


def after(t: Told, phase: str) -> np.ndarray:
    return np.arange(len(t.at("ego"))) >= t.over(phase)


def moved(t: Told, name: str) -> np.ndarray:
    steps = np.linalg.norm(np.diff(t.at(name)[:, :2], axis=0), axis=1)
    return np.concatenate([[0.0], np.cumsum(steps)])


def slowing(t: Told) -> np.ndarray:
    v = t.at("ego")[:, SPEED]
    return np.concatenate([[0.0], np.diff(v) * RATE])


def of_lane(t: Told, name: str) -> np.ndarray:
    lane = t.variants.lane_graphs[0].lanes[0]
    return np.abs(t.at(name)[:, 1] - lane.centre.points_m[0, 1]) <= 0.5 * lane.width_m


def lowest_y(t: Told, name: str) -> np.ndarray:
    """Of the corners of a box on the map; fronts of houses are half a road and a pavement from its middle."""
    yaw = 2.0 * np.arctan2(t.at(name)[:, 6], t.at(name)[:, 3])
    length, width, _ = t.size(name)
    return t.at(name)[:, 1] - 0.5 * (length * np.abs(np.sin(yaw)) + width * np.abs(np.cos(yaw)))


def line_x(t: Told) -> float:
    """Where the stop line before the signals lies, along the road."""
    graph = t.variants.lane_graphs[0]
    return min(line.x_m for line in graph.stop_lines if line.signal == "signal.own")


def clear(t: Told) -> np.ndarray:
    """The line from the middle of ego to that of the kid misses the box of the van."""
    eye, to, van = t.at("ego")[:, :2], t.at("kid")[:, :2], t.at("wall")[0, :2]
    s = np.linspace(0.0, 1.0, 400)[:, None, None]
    points = np.abs(eye + s * (to - eye) - van) - 0.5 * t.size("wall")[:2]
    return ~(points.max(-1) < 0.0).any(0)


def in_view(t: Told) -> np.ndarray:
    """The front right corner of the car to the left of ego is within 20 degrees of ahead, from the middle of ego."""
    beside = t.at("other")[:, 1] - 0.5 * t.size("other")[1] - t.at("ego")[:, 1]
    return front(t, "other") - t.at("ego")[:, 0] > beside / math.tan(math.radians(20.0))


LOOSE = {"sees": 60, "visible": 60, "visible of all": 60}
"""Ticks by which rows may be off whose oracle knows neither eyes nor the place of the camera."""


ROWS: dict[str, tuple[str, Callable[[Told], np.ndarray]]] = {
    "time": ("time > 2.5 s", lambda t: np.arange(len(t.at("ego"))) / RATE > 2.5),
    "speed": ("lead.speed < 9 m/s and ego.speed < 9 m/s", lambda t: t.at("ego")[:, SPEED] < 9.0),
    "relative speed": ("ego.speed - lead.speed < 2 m/s", lambda t: closing(t) < 2.0),
    "phase": ("phase.ended", lambda t: after(t, "phase")),
    "position": ("ego.position.x > 55 m", lambda t: t.at("ego")[:, 0] > 55.0),
    "ground_speed": ("ego.ground_speed < 8 m/s", lambda t: np.linalg.norm(t.at("ego")[:, 7:10], axis=1) < 8.0),
    "acceleration": ("ego.acceleration < -2 m/s2", lambda t: slowing(t) < -2.0),
    "standstill": ("ego.standstill", lambda t: t.at("ego")[:, SPEED] == 0.0),
    "travelled": ("kid.travelled > 3 m", lambda t: moved(t, "kid") > 3.0),
    "distance": ("distance(ego, lead) < 40 m", lambda t: apart(t, "ego", "lead") < 40.0),
    "gap": ("ego.gap(lead) < 45 m", lambda t: gap(t, "ego", "lead") < 45.0),
    "headway": ("ego.headway(lead) < 4 s", lambda t: gap(t, "ego", "lead") < 4.0 * t.at("ego")[:, SPEED]),
    "ttc": ("ego.ttc(lead) < 8 s", lambda t: (closing(t) > 0) & (gap(t, "ego", "lead") < 8.0 * closing(t))),
    "required_deceleration": (
        "ego.required_deceleration(lead) > 0.3 m/s2",
        lambda t: (closing(t) > 0) & (closing(t) ** 2 > 0.6 * gap(t, "ego", "lead")),
    ),
    "time_to": (
        "ego.time_to(kid.crossing) < 2 s",
        lambda t: 70.0 - front(t, "ego") < 2.0 * t.at("ego")[:, SPEED],
    ),
    "passed": (
        "other.passed(ego)",
        lambda t: t.at("other")[:, 0] - 0.5 * t.size("other")[0] > front(t, "ego"),
    ),
    "reached": ("ego.reached((62 m, 0 m))", lambda t: front(t, "ego") >= 62.0),
    "inside": ("kid.inside(lane(1))", lambda t: of_lane(t, "kid")),
    "off": ("time > 5 s and kid.off(lane(1))", lambda t: (np.arange(len(t.at("kid"))) > 500) & ~of_lane(t, "kid")),
    "offroad": ("still_one.offroad", lambda t: (t.at("still_one")[:, 1] == 40.0)),
    "hit_wall": ("stray.hit_wall", lambda t: lowest_y(t, "stray") <= -(0.5 * 4 * 3.25 + 3.0)),
    "ran_red": ("runaway.ran_red", lambda t: front(t, "runaway") > line_x(t)),
    "collision": ("collision(other, block)", lambda t: apart(t, "other", "block") <= 0.0),
    "nearest": (
        "distance(ego, nearest(post, to = ego)) < 8 m",
        lambda t: np.min([apart(t, "ego", f"post[{k}]") for k in (1, 2, 3)], axis=0) < 8.0,
    ),
    "sees": ("ego.sees(kid)", clear),
    "visible": ("visible(other, front) > 0", in_view),
    "visible of all": ("other.visible > 0", in_view),
    "still": (
        "still(kid) and time > 1 s",
        lambda t: (t.at("kid")[:, SPEED] == 0.0) & (np.arange(len(t.at("kid"))) > 100),
    ),
}  # fmt: skip


WHENS = "".join(f"    when {text}:\n        w{k}: still_one.lights(low)\n" for k, (text, _) in enumerate(ROWS.values()))


@pytest.mark.parametrize("name", ROWS)
def test_a_condition_fires_when_it_comes_true(name: str):
    """In the first tick in which the oracle says so (one either way, where a value rests on the bound)."""
    t, k = told(WORLD.format(whens=WHENS)), list(ROWS).index(name)
    true = ROWS[name][1](t)
    assert true.any() and not true[0]
    fired = t.trace.time_of(f"w{k}.started")
    assert fired is not None
    assert round(fired * RATE / 1e9) == pytest.approx(int(np.argmax(true)), abs=LOOSE.get(name, 1))


def test_no_condition_is_without_a_row():
    """The rows are those of the vocabulary, but for what is fixed (sizes), what is a place, and what is asked of arms
    (tests/engine/test_station.py)."""
    fixed = {"length", "width", "height", "lane", "crossing", "holding", "dropped"}
    words = {a.name for a in ATTRIBUTES} - fixed | {m.name for m in METHODS} | {f.name for f in FUNCTIONS}
    assert set(ROWS) == words | {"time", "speed", "relative speed", "phase", "visible of all"}
