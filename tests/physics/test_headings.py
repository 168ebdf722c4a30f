"""The ways that people choose: cases on paper, and what many of them make together."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.physics.headings import HORIZON_M, Boxes, Discs, Strip, View, choose

APART_M = 0.6


def row(*values: float) -> F64Array:
    return np.array([values])


def nobody(people: int) -> Discs:
    return Discs(*(np.zeros((1, 0)) for _ in range(4)), np.zeros((1, people, 0)))


def boxes(*rows: tuple[float, ...]) -> Boxes:
    """Rows of x, y, heading, speed along it, half length and half width."""
    x, y, yaw, v, length, width = (np.array([[r[k] for r in rows]]) for k in range(6))
    return Boxes(
        x, y, np.cos(yaw), np.sin(yaw), v * np.cos(yaw), v * np.sin(yaw), length, width, np.ones(x.shape, bool)
    )


def strip(left: F64Array, limit: float = 50.0, things: tuple[tuple[float, ...], ...] = ()) -> Strip:
    table = np.broadcast_to(np.array(things).reshape(1, 1, -1, 4), (*left.shape, len(things), 4))
    return Strip(left, np.ones(left.shape), np.zeros(left.shape), np.full(left.shape, limit), table)


def alone(discs: Discs | None = None, cars: Boxes | None = None, pavement: Strip | None = None) -> View:
    """Somebody at the origin of a pavement along +x."""
    return View(row(0.0), row(0.0), discs or nobody(1), cars or boxes(*[]), pavement or strip(row(0.0)))


AHEAD = (row(1.0), row(0.0), row(np.inf))
PACE = row(1.4)


def free(view: View, degrees: float = 0.0) -> float:
    a = np.radians(degrees)
    return float(view.free_m(row(np.cos(a)), row(np.sin(a)), PACE)[0, 0])


def test_how_far_somebody_can_walk() -> None:
    """One who stands 4 m ahead is met after 3.4 m; one who comes at 1.4 m/s as well after half of that; one who goes
    ahead as fast never; the side of a car 3 m ahead, grown, after 2 m; its bumper, when it comes across at 2 m/s from
    2.4 m, after 0.7 s on which 0.98 m are walked; a kerb 0.5 m beside after 1 m at 30 degrees; a bin after 2 m."""
    for v, expected in ((0.0, 3.4), (-1.4, 1.7), (1.4, HORIZON_M)):
        one = Discs(row(4.0), row(0.0), row(v), row(0.0), np.array([[[APART_M]]]))
        assert free(alone(one)) == pytest.approx(expected)
    assert free(alone(cars=boxes((3.0, 0.0, 0.0, 0.0, 1.0, 2.0)))) == pytest.approx(2.0)
    crossing = boxes((1.5, -2.4, np.pi / 2, 2.0, 1.0, 1.0))
    assert free(alone(cars=crossing)) == pytest.approx(0.7 * 1.4)
    assert free(alone(pavement=strip(row(0.0), 0.5)), 30.0) == pytest.approx(1.0)
    assert free(alone(pavement=strip(row(0.0), 5.0, ((2.0, 3.0, -0.5, 0.5),)))) == pytest.approx(2.0)


def test_who_touches_may_go_away() -> None:
    """At 0.5 m of 0.6 m apart the way towards the other one is closed, that away and that beside are open; in a car's
    grown box, the way out by the nearer side is."""
    one = Discs(row(0.5), row(0.0), row(0.0), row(0.0), np.array([[[APART_M]]]))
    assert [free(alone(one), a) for a in (0.0, 60.0, 91.0, 180.0)] == [0.0, 0.0, HORIZON_M, HORIZON_M]
    inside = boxes((-0.9, 0.0, 0.0, 0.0, 1.0, 1.0))
    assert [free(alone(cars=inside), a) for a in (0.0, 180.0)] == [HORIZON_M, 0.0]


def test_the_straight_way_is_taken_where_it_is_free_and_the_right_one_round_what_stands_there() -> None:
    """Nothing is gained by a turn where all 8 m are free. Past one who stands 3 m ahead leads asin(0.6 / 3) = 11.5
    degrees: the next way looked at is 12, to the right of two equal ones."""
    assert choose(alone(), AHEAD, PACE, row(0.0))[0, 0] == 0.0
    one = Discs(row(3.0), row(0.0), row(0.0), row(0.0), np.array([[[APART_M]]]))
    assert np.degrees(choose(alone(one), AHEAD, PACE, row(0.0))[0, 0]) == pytest.approx(-12.0)
    beside = Discs(row(3.0), row(-0.3), row(0.0), row(0.0), np.array([[[APART_M]]]))
    assert np.degrees(choose(alone(beside), AHEAD, PACE, row(0.0))[0, 0]) == pytest.approx(6.0)


LONG_M, HALF_M, COUNT = 24.0, 1.75, 20
EAST = np.where(np.arange(COUNT) % 2 == 0, 1.0, -1.0)


def laning(y: F64Array) -> float:
    """Order parameter of A. Nowak and A. Schadschneider (Physical Review E 85, 066128, 2012): of everybody, the squared
    difference of shares of both directions among those in their row (here: within 0.3 m to both sides)."""
    near = np.abs(y[:, None] - y[None]) < 0.3
    share = (near * (EAST[:, None] * EAST[None])).sum(1) / near.sum(1)
    return float(np.mean(share * share))


def corridor(minds: bool, seconds: float) -> tuple[float, float, float, float]:
    """Two flows of ten people each in a corridor that goes round: laning at first and in the
    mean of the last 10 s, the share of the pace walked then, and the nearest that two came."""
    rng, dt = np.random.default_rng(3), 0.1
    x = (np.arange(COUNT) * LONG_M / COUNT)[rng.permutation(COUNT)]
    y = rng.uniform(-HALF_M + 0.3, HALF_M - 0.3, COUNT)
    vx, vy, taken, before = 1.3 * EAST, np.zeros(COUNT), np.zeros((1, COUNT)), laning(y)
    orders, paces, nearest = [], [], np.inf
    for k in range(round(seconds / dt)):
        around = np.concatenate([x + shift for shift in (-LONG_M, 0.0, LONG_M)])
        apart = np.where(np.tile(np.eye(COUNT), 3) > 0.0, 0.0, APART_M if minds else 0.0)
        discs = Discs(around[None], np.tile(y, 3)[None], np.tile(vx, 3)[None], np.tile(vy, 3)[None], apart[None])
        view = View(x[None], y[None], discs, boxes(*[]), strip(y[None], HALF_M - 0.25))
        goal = EAST[None], np.zeros((1, COUNT)), np.full((1, COUNT), np.inf)
        taken = choose(view, goal, np.full((1, COUNT), 1.3), taken)
        ux, uy = EAST * np.cos(taken[0]), EAST * np.sin(taken[0])
        pace = np.minimum(1.3, view.free_m(ux[None], uy[None], np.full((1, COUNT), 1.3))[0] / 0.5)
        vx, vy = vx + (pace * ux - vx) * dt / 0.3, vy + (pace * uy - vy) * dt / 0.3
        x, y = (x + vx * dt) % LONG_M, np.clip(y + vy * dt, -HALF_M + 0.25, HALF_M - 0.25)
        if k * dt >= seconds - 10.0:
            orders.append(laning(y))
            paces.append(float(np.mean(vx * EAST)) / 1.3)
        gap = np.hypot((x[:, None] - x + 0.5 * LONG_M) % LONG_M - 0.5 * LONG_M, y[:, None] - y) + 9.0 * np.eye(COUNT)
        nearest = min(nearest, float(gap.min()))
    return before, float(np.mean(orders)), float(np.mean(paces)), nearest


def test_two_flows_in_a_corridor_part_into_lanes() -> None:
    """D. Helbing and P. Molnar (1995) and all who counted since: mixed flows of two directions sort themselves into
    lanes of one direction each, and then walk nearly as fast as alone. Of people who do not see each other the order
    stays that of chance (about one by the number of those in a row: 0.2 for five)."""
    before, after, pace, nearest = corridor(True, 40.0)
    assert before < 0.4 and after > 0.9 and pace > 0.9 and nearest > 0.5
    start, blind, _, through = corridor(False, 12.0)
    assert blind == pytest.approx(start, abs=1e-9) and through < 0.3
