"""Lane changes by MOBIL: whether each follows from the two criteria of the paper, and that nobody meets in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simengine.engine.bench_physics import highway
from simengine.physics import Simulation
from simengine.physics.following import idm_equilibrium_gap_m, idm_mps2
from simengine.physics.reflexes import Reflexes
from simengine.world.lanes import LaneGraph
from tests.physics.stage import LANE_M, Actor, car, child, road, run, simulation

WISH_MPS, HEADWAY_S, LENGTH_M = 30.0, 1.5, 4.5


def side_by_side(lanes: int, oncoming: int = 0) -> LaneGraph:
    """A road whose lanes know both of their neighbours."""
    graph = road(lanes, oncoming, length_m=2000.0)
    return replace(
        graph, lanes=tuple(replace(x, left=k + 1) for k, x in enumerate(graph.lanes[:-1])) + graph.lanes[-1:]
    )


def at(name: str, x: float, lane: int, v: float) -> Actor:
    return car(name), "vehicle", x, LANE_M * lane, 0.0, v


def idm(v: float, gap: float, ahead: float, wish: float = WISH_MPS) -> float:
    return float(idm_mps2(*(np.array([x]) for x in (v, wish, HEADWAY_S, gap, v - ahead)))[0])


def lane_of(sim: Simulation, slot: int = 0) -> int:
    return int(sim.motion.path[0, slot]) // 2


def scene(behind_m: float, politeness: float = 0.0, safe_mps2: float = 4.0, threshold: float = 0.1) -> Simulation:
    """The driver at 25 m/s, 40 m behind a car at 20 m/s; in the lane to the left one at 28 m/s so far behind it."""
    me, slow, fast = at("me", 200.0, 0, 25.0), at("slow", 244.5, 0, 20.0), at("fast", 195.5 - behind_m, 1, 28.0)
    args = {"set_speed": WISH_MPS, "politeness": politeness, "safe_braking": safe_mps2, "threshold": threshold}
    sim = simulation([[me, slow, fast]], [side_by_side(2)], {0: ("driver", args)})
    sim.step()
    return sim


GAIN = idm(25.0, np.inf, 0.0) - idm(25.0, 40.0, 20.0)


@pytest.mark.parametrize("behind_m", [30.0, 45.0, 80.0])
def test_nobody_has_to_brake_harder_than_is_safe(behind_m: float) -> None:
    """An egoist changes exactly where the braking of the one behind, by the following model, stays below the limit."""
    needed = -idm(28.0, behind_m, 25.0, wish=28.0)
    for limit in (0.9 * needed, 1.1 * needed):
        assert lane_of(scene(behind_m, safe_mps2=limit)) == int(limit > needed)


@pytest.mark.parametrize("behind_m", [-6.0, -2.0, 1.0, 12.0])
def test_the_boldest_does_not_squeeze_in(behind_m: float) -> None:
    """Beside somebody, or so near before them that they could not brake (9 m/s2), it stays, whatever is called safe."""
    assert lane_of(scene(behind_m, safe_mps2=9.0)) == 0


def test_a_change_must_gain_more_than_the_threshold() -> None:
    """With nobody near behind it the gain is its own: acceleration on the free lane, less that behind the slow one."""
    assert 1.0 < GAIN < 6.0
    assert lane_of(scene(400.0, threshold=0.98 * GAIN)) == 1
    assert lane_of(scene(400.0, threshold=1.02 * GAIN)) == 0


def test_the_polite_count_what_others_lose() -> None:
    """The one behind loses what the following model gives it now less what it gives it then, times the politeness."""
    lost = idm(28.0, np.inf, 0.0, wish=28.0) - idm(28.0, 30.0, 25.0, wish=28.0)
    even = (GAIN - 0.1) / lost  # where gain and loss cancel
    assert 0.0 < even < 1.0
    assert lane_of(scene(30.0, politeness=0.95 * even, safe_mps2=9.0)) == 1
    assert lane_of(scene(30.0, politeness=1.05 * even, safe_mps2=9.0)) == 0


def test_who_keeps_right_goes_back() -> None:
    """Alone in the left lane no change gains anything: only a bias beyond the threshold takes it to the right."""
    for bias, lane in ((0.0, 1), (0.05, 1), (0.2, 0)):
        args = {"set_speed": WISH_MPS, "keep_right": bias}
        sim = simulation([[at("me", 50.0, 1, 25.0)]], [side_by_side(2)], {0: ("driver", args)})
        sim.step()
        assert lane_of(sim) == lane


def test_nobody_changes_into_what_is_not_there() -> None:
    """One lane, or a left lane whose traffic comes the other way: the driver stays behind."""
    for lanes in (side_by_side(1), side_by_side(2, oncoming=1)):
        actors = [at("me", 200.0, 0, 25.0), at("slow", 244.5, 0, 20.0)]
        sim = run(simulation([actors], [lanes], {0: ("driver", {"set_speed": WISH_MPS})}), 3.0)
        assert lane_of(sim) == 0
        assert sim.motion.v[0, 0] < 25.0


def test_what_stands_beside_the_lane_is_not_in_it() -> None:
    """Somebody on the pavement and a car parked in a bay, 1 m clear of the lane, have it as their nearest path; the
    lane to the left gains nothing, all the more with a slow one ahead in it."""
    kid = child(), "person", 230.0, -0.5 * LANE_M - 1.3, 0.0, 0.0
    parked = car("parked"), "vehicle", 240.0, -0.5 * LANE_M - 2.0, 0.0, 0.0
    me, slow = at("me", 200.0, 0, 10.0), at("slow", 250.0, 1, 6.0)
    sim = simulation([[me, slow, kid, parked]], [side_by_side(2)], {0: ("driver", {"set_speed": 10.0})})
    assert (sim.motion.path[0] // 2).tolist() == [0, 1, 0, 0]
    run(sim, 4.0)
    assert lane_of(sim) == 0 and sim.motion.v[0, 0] == pytest.approx(10.0, abs=0.01)


def test_overtaking_ends_in_the_middle_of_the_lane_at_the_wanted_speed() -> None:
    """Past the slow one within the time that the closed form of a free lane allows, and in the middle of the lane."""
    sim = run(scene(400.0), 20.0)
    m = sim.motion
    assert m.x[0, 0] > m.x[0, 1] + LENGTH_M
    assert abs(m.y[0, 0] - LANE_M) < 0.1
    assert 25.0 < m.v[0, 0] <= WISH_MPS
    assert not sim.impacts.log


def test_highways_flow_without_a_collision_and_are_the_same_alone() -> None:
    """Twelve seconds of four highways of the benchmark: many changes, nobody meets, no braking beyond the comfortable;
    a variant alone gives the same bits."""
    together, alone = highway(0, 4), highway(2, 1)
    before = together.motion.path.copy()
    for _ in range(1200):
        together.step()
        alone.step()
        assert together.motion.a.min() >= -3.5 - 1e-9
    assert not together.impacts.log
    assert int((together.motion.path != before).sum()) >= 4
    assert together.motion.data[:, 2].tobytes() == alone.motion.data[:, 0].tobytes()


def notices_at(reaction_s: float) -> int:
    """The tick at which a driver moves otherwise for the first time because the one ahead brakes."""
    gap = idm_equilibrium_gap_m(20.0, WISH_MPS, HEADWAY_S)
    actors = [at("me", 100.0, 0, 20.0), at("ahead", 100.0 + LENGTH_M + gap, 0, 20.0)]
    args = {"set_speed": WISH_MPS, "reaction": reaction_s}
    calm, braked = (simulation([actors], [side_by_side(1)], {0: ("driver", args)}) for _ in range(2))
    braked.start("stop", 1, {"rate": 4.0}, np.ones(1, np.bool_))
    for tick in range(300):
        calm.step()
        braked.step()
        if calm.motion.v[0, 0] != braked.motion.v[0, 0]:
            return tick
    raise AssertionError("never")


@pytest.mark.parametrize("reaction_s", [0.2, 1.2])
def test_the_distracted_brake_exactly_their_reaction_later(reaction_s: float) -> None:
    """Until then they do, bit for bit, what they would have done behind one who does not brake."""
    assert notices_at(reaction_s) == notices_at(0.0) + round(reaction_s / 0.01)


def test_who_takes_over_has_decided_nothing_yet_and_others_go_on() -> None:
    """Delays of 2 and 0 ticks; then the second becomes one of 3 in the first variant. What is done is what was decided
    so much before, or first; a batch and its variants alone agree."""
    late, decided = np.array([[2, 0], [1, 4]]), np.arange(1.0, 11.0)

    def done(rows: list[int]) -> np.ndarray:
        reflexes, out = Reflexes(late[rows]), []
        for k, value in enumerate(decided):
            if k == 5 and 0 in rows:
                changed = late[rows].copy()
                changed[0, 1] = 3
                reflexes = reflexes.changed(changed, 1, np.arange(len(rows)) == 0)
            out.append(reflexes.act(np.full((len(rows), 2), value)).copy())
        return np.array(out)

    both = done([0, 1])
    np.testing.assert_array_equal(both[:, 0, 0], [1, 1, 1, 2, 3, 4, 5, 6, 7, 8])
    np.testing.assert_array_equal(both[:, 0, 1], [1, 2, 3, 4, 5, 6, 6, 6, 6, 7])
    np.testing.assert_array_equal(both[:, 1, 1], [1, 1, 1, 1, 1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(both[:, :1], done([0]))
    np.testing.assert_array_equal(both[:, 1:], done([1]))
