"""Drivers where roads meet: who goes first, which gaps are long enough, signs, and that nobody is stuck."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.catalogue import libraries
from simengine.engine.simulate import simulation_of
from simengine.physics.boxes import Boxes, overlap
from simengine.physics.crossings import CRITICAL_GAPS_S, Crossings
from simengine.physics.giving_way import _travel_s  # pyright: ignore[reportPrivateUsage]
from simengine.physics.simulation import Simulation
from tests.engine.driving import run, variants_of

LENGTH = 100.0
LINE = LENGTH - 13.25  # 1 m before a crossing of 3 m that ends 1 m behind the corner: 3.25 + 8 + 2 m from the middle
DRIVER = "controller = driver(headway = 1.2 s, turn ~ {left, right, straight})"


def graph(**values: object):
    lanes = libraries()["driving"].worlds["junction"].lanes
    assert lanes is not None
    return lanes({"length": LENGTH, **values})


def ways(**values: object) -> tuple[Crossings, dict[tuple[int, str], int]]:
    """The ways of a junction, and their indices by (lane, direction)."""
    g = graph(**values)
    made = Crossings.of_graphs([g])
    assert made is not None
    index = {(t.start, t.direction): k for k, t in enumerate(g.turns)}
    index |= {(k, "straight"): made.turns + k for k in range(len(g.lanes))}
    return made, index


OWN, FAR, RIGHT, LEFT = 0, 1, 2, 3  # lanes in: along +x, -x, +y, -y


def test_ways_meet_where_their_lines_cross() -> None:
    """Lanes of 3.25 m: the line along +x at y = -1.625 and that along +y at x = 101.625 cross there. Middles 2.6 m
    apart and less are 2.6 m to both sides of it; sampled each metre, with a metre more, that is within 4.6 m."""
    made, index = ways()
    own = made.own_m[0, 0, 0, index[OWN, "straight"], index[RIGHT, "straight"]]
    assert own.mean() == pytest.approx(LENGTH + 1.625, abs=1.0) and 2.6 <= 0.5 * (own[1] - own[0]) <= 4.6
    assert np.isinf(made.own_m[0, 0, 0, index[OWN, "straight"], index[FAR, "straight"]]).all()
    assert made.line_m[0, index[OWN, "straight"]] == pytest.approx(LINE)


@pytest.mark.parametrize(
    ("control", "first", "second"),
    [
        ("give_way", (OWN, "straight"), (RIGHT, "straight")),  # the main road
        ("give_way", (FAR, "left"), (LEFT, "straight")),
        ("give_way", (FAR, "straight"), (OWN, "left")),  # oncoming traffic before who turns left
        ("give_way", (LEFT, "straight"), (RIGHT, "left")),
        ("none", (RIGHT, "straight"), (OWN, "straight")),  # from the right
        ("none", (OWN, "straight"), (LEFT, "straight")),
        ("none", (LEFT, "straight"), (FAR, "straight")),
        ("none", (FAR, "straight"), (RIGHT, "straight")),
        ("all_way_stop", (OWN, "right"), (FAR, "left")),
    ],
)
def test_who_goes_first(control: str, first: tuple[int, str], second: tuple[int, str]) -> None:
    """By hand from the rules of the road; never both."""
    made, index = ways(control=control)
    p, q = index[first], index[second]
    assert made.first[0, p, q] and not made.first[0, q, p]


def test_the_time_for_a_way_is_that_of_constant_acceleration() -> None:
    """From rest 12 m at 1.5 m/s2: sqrt(2 * 12 / 1.5) = 4 s; at 6 m/s already: 2 s; at 3 m/s up to 6 m/s: 2 s for 9 m,
    and 3 m more at 6 m/s: 2.5 s."""
    found = _travel_s(np.full(3, 12.0), np.array([0.0, 6.0, 3.0]), np.array([20.0, 6.0, 6.0]), 1.5)
    assert found == pytest.approx([4.0, 2.0, 2.5])


def crossing_time(trace, slot: int, station: float, axis: int = 0) -> float:
    """When a coordinate of a vehicle passes a value."""
    at = trace.motion[:, slot, axis]
    later = np.flatnonzero((at - station)[1:] * (at - station)[:-1] <= 0.0)
    return float(later[0] + 1) / 100.0 if later.size else np.inf


def test_who_gives_way_takes_the_first_gap_that_is_long_enough() -> None:
    """Three cars come along the main road at 10 m/s, 30 m behind each other: 3 s are less than the 6.5 s that who
    crosses from a minor road waits for. A car on the side road, which would be there first but for that, is across
    within 4 s of the third one. It stands before the line meanwhile, with at most 1.5 m to it."""
    body = "\n".join([
        f"world junction(length = {LENGTH:g} m, control = give_way)",
        *(f"car a{k} on lane(1) at s({s} m):\n    speed = 10 m/s" for k, s in enumerate((62, 32, 2))),
        "car minor on right_arm at s(55 m):\n    speed = 10 m/s\n    controller = driver()",
        "stop after 15 s",
    ])  # fmt: skip
    (trace,) = run(body)
    mine = crossing_time(trace, 3, 0.0, axis=1)
    third = crossing_time(trace, 2, LENGTH + 1.625)
    assert third < mine < third + 4.0
    early = trace.motion[: int(third * 100) - 300, 3, 1]
    front = early + 0.5 * 4.9  # a sedan is 4.5 m to 5 m long
    assert front.max() < -13.25 + 0.5 and front.max() > -13.25 - 1.5
    assert CRITICAL_GAPS_S["straight from minor"] == 6.5


def test_red_is_waited_for_and_green_is_not() -> None:
    """Green for the own arm, red for the right one until 7 s: the one passes its line at 10 m/s at about 3 s, the other
    stands before its line until then."""
    body = "\n".join([
        f"world junction(length = {LENGTH:g} m, control = signals)",
        "car own on lane(1) at s(55 m):\n    speed = 10 m/s\n    controller = driver()",
        "car other on right_arm at s(55 m):\n    speed = 10 m/s\n    controller = driver()",
        "do:\n    wait 7 s\n    signal.cross = green\n    signal.own = red\n    wait 6 s",
        "expect always not other.ran_red",
        "expect always not own.ran_red",
    ])  # fmt: skip
    (trace,) = run(body)
    assert crossing_time(trace, 0, LINE) < 4.0
    assert trace.motion[700, 1, 1] + 2.5 < -13.0
    assert 7.0 < crossing_time(trace, 1, -9.0, axis=1) < 12.0
    assert all(v.holds for v in trace.verdicts)


def test_a_stop_sign_is_stopped_at_though_nobody_comes() -> None:
    body = "\n".join([
        f"world junction(length = {LENGTH:g} m, control = stop_signs)",
        "car c on right_arm at s(60 m):\n    speed = 8 m/s\n    controller = driver()",
        "stop after 14 s",
    ])  # fmt: skip
    (trace,) = run(body)
    y = trace.motion[:, 0, 1]
    speed = np.diff(y, prepend=y[0] - 0.08) * 100.0
    assert speed.min() < 0.3 and y[np.argmin(speed)] < -13.25 and y[-1] > 0.0


def test_who_moves_off_keeps_its_turn() -> None:
    """One car on each of four arms comes to the ring at the same time: each would have to let the one from its left
    pass. They stop, and go one after the other, some 8 s apart: who has begun to move is not overtaken by the rule
    again. So after 25 s three are on their way."""
    arms = ("own_arm", "right_arm", "far_arm", "left_arm")
    cars = [
        f"car c{k} on {arm} at s(40 m):\n    speed = 8 m/s\n    controller = driver()" for k, arm in enumerate(arms)
    ]
    (trace,) = run("\n".join(["world roundabout(length = 80 m, radius = 18 m)", *cars, "stop after 25 s"]))
    assert all(trace.speed_mps(f"c{k}")[-1] > 3.0 for k in range(3)) and not trace.impacts


def hits(sim: Simulation) -> list[tuple[int, int, int]]:
    """Pairs of vehicles whose boxes overlap: variant and slots."""
    m, size = sim.motion, sim.cast.body.size_m
    i, j = np.triu_indices(m.x.shape[1], 1)

    def boxes(k: np.ndarray) -> Boxes:
        zero = np.zeros((len(m.x), k.size))
        half = 0.5 * size[:, k]
        return Boxes(m.x[:, k], m.y[:, k], m.cos[:, k], m.sin[:, k], half[..., 0], half[..., 1], zero, zero + 1.0)

    b, n = np.nonzero(overlap(boxes(i), boxes(j), 0.0))
    return [(int(row), int(i[k]), int(j[k])) for row, k in zip(b, n, strict=True)]


def drive(
    world: str, cars: int, seconds: float, count: int, first_m: float, models: str = "sedan, van, bus, motorbike"
) -> tuple[Simulation, np.ndarray]:
    """Random traffic; makes sure that nobody meets anybody. Returns who is beyond a distance from the middle."""
    text = f"car t[{cars}] on any_lane:\n    model ~ {{{models}}}\n    speed ~ 8..12 m/s\n    {DRIVER}"
    sim = simulation_of(variants_of(f"world {world}\n{text}\nstop after 1 h", count))
    for tick in range(round(seconds / sim.dt_s)):
        sim.step()
        if tick % 20 == 0:
            assert not hits(sim), (world, tick)
    return sim, sim.motion.travelled > first_m


def test_random_traffic_gets_over_a_junction() -> None:
    """Five vehicles on arms of 80 m where who comes from the right goes first: after 22 s everybody has travelled more
    than the 80 m that are between the outer end and the middle."""
    _, over = drive("junction(length = 80 m)", 5, 22.0, 1, 80.0)
    assert over.all()


def test_random_traffic_gets_over_a_t_junction() -> None:
    """The same where the road ends at another one, whose traffic goes first."""
    world = "junction(arms = 3, missing = far_arm, length = 80 m, control = give_way)"
    _, over = drive(world, 4, 24.0, 2, 80.0, "sedan, van, motorbike")
    assert over.all()


@pytest.mark.slow
@pytest.mark.parametrize("missing", ["left_arm", "right_arm", "far_arm"])
@pytest.mark.parametrize("control", ["none", "give_way", "stop_signs", "all_way_stop"])
def test_many_seeds_of_traffic_get_over_t_junctions(control: str, missing: str) -> None:
    """Six vehicles in each of six variants: after a minute all are past the middle, 150 m from where roads begin,
    and no two have met."""
    world = f"junction(arms = 3, missing = {missing}, length = 150 m, control = {control})"
    _, over = drive(world, 6, 60.0, 6, 150.0, "sedan, van, motorbike")
    assert over.all()


@pytest.mark.slow
def test_many_seeds_of_traffic_get_round_two_lanes() -> None:
    """Ten vehicles in each of four variants round a ring of two lanes: after a minute all have gone round."""
    _, over = drive("roundabout(lanes = 2, radius = 28 m, length = 150 m)", 10, 60.0, 4, 120.0)
    assert over.all()


ROADS = {
    "street(lanes = 2, length = 400 m)": 10, "highway(lanes = 3, length = 1 km)": 30, "rural(length = 600 m)": 10,
    "tunnel()": 10, "bridge()": 10, "construction(length = 600 m)": 8,
    "junction(control = give_way)": 14, "junction(control = stop_signs)": 14, "junction(control = all_way_stop)": 14,
    "junction(arms = 3, missing = far_arm, control = give_way)": 10, "roundabout()": 10, "roundabout(lanes = 2)": 10,
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("world", ROADS)
def test_traffic_flows(world: str) -> None:
    """A minute of traffic in four variants of each of these worlds: no two meet, and in its last 20 s nobody stands."""
    sim, _ = drive(world, ROADS[world], 40.0, 4, 0.0)
    before = sim.travelled_m
    for _ in range(2000):
        sim.step()
    assert not hits(sim)
    assert ((sim.travelled_m - before > 0.5) | ~sim.cast.body.valid).all()


@pytest.mark.slow
@pytest.mark.parametrize("control", ["none", "give_way", "stop_signs", "all_way_stop"])
def test_five_minutes_of_random_arrivals(control: str) -> None:
    """20 vehicles on arms of 900 m arrive for a minute and a half and longer. In 5 minutes all of them get over the
    junction (nobody waits for ever), and no two meet."""
    _, over = drive(f"junction(length = 900 m, control = {control})", 20, 300.0, 1, 900.0)
    assert over.all()


@pytest.mark.slow
def test_random_traffic_gets_round() -> None:
    """Ten vehicles on arms of 200 m: after 75 s everybody has travelled more than the 180 m to the ring and through."""
    _, over = drive("roundabout(length = 200 m)", 10, 75.0, 1, 180.0)
    assert over.all()
