"""Goods and an arm in programs: timeline, conditions, events, traces; a batch and its singles."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.trace import Trace
from simengine.engine.variation import Failed, Simulated, Variation
from simengine.language import parse_text
from simengine.physics.rigid import bodies

HEAD = """use warehouse
scenario t:
    world station()
    arm picker at base
"""
GOODS = """    item goods[3] above bench by ~ 1..3 cm:
        asset = "carton"
        size = 12 cm
        mass = 0.2 kg
        yaw ~ 0..360 deg
    require distance(picker, goods[1]) < 0.6 m and distance(picker, goods[1]) > 0.2 m
"""


def _variation(text: str) -> Variation:
    return Variation(parse_text(HEAD + text, "t.scn", libraries=libraries())[0], 0, "random")


def _traces(text: str, indices: list[int]) -> list[Trace]:
    return [s.trace for s in _variation(text).simulate(indices)]


PICKS = (
    GOODS
    + """    do:
        rest: settle(goods) until still(goods) for 2 s
        grab: picker.pick(nearest(goods, to = picker)) until picker.holding
        back: picker.retreat()
    stop after 6.5 s
    ensure eventually within 1 s still(goods)
    expect eventually picker.holding
    expect always not picker.dropped
"""
)


@pytest.fixture(scope="module")
def picked() -> Simulated:
    (simulated,) = _variation(PICKS).simulate([0])
    return simulated


def test_settles_picks_and_retreats_with_what_it_holds(picked: Simulated):
    """Events come in the order of the timeline; ``settle`` is over when all have been at rest for 0.15 s, well before
    its 2 s; what is picked hangs below the tool at the end, as high as the arm at rest carries it."""
    trace = picked.trace
    names = [e.name for e in trace.events]
    order = ["rest.started", "rest.ended", "grab.started", "grab.ended", "back.started", "back.ended"]
    assert [n for n in names if n in order] == order
    assert [v.holds for v in trace.verdicts] == [True, True, True]
    rested = trace.time_of("rest.ended")
    assert rested is not None and 0.15e9 <= rested < 1.5e9
    heights = [trace.track(f"goods[{k}]")[-1, 2] for k in (1, 2, 3)]
    assert sum(h > 1.2 for h in heights) == 1  # the bench is 0.85 m high
    assert trace.arms == ("picker",)
    assert trace.joints.shape == (len(trace.moved), 6)
    assert np.abs(np.diff(trace.joints, axis=0)).max() > 0.01


def test_a_batch_is_its_singles_bit_for_bit():
    """Each variant has a world of its own: company changes no bit of poses, joints, events or verdicts."""
    short = PICKS.replace("6.5 s", "2.5 s")
    together = _traces(short, [0, 1])
    for k in (1, 0):
        (alone,) = _traces(short, [k])
        other = together[k]
        assert np.array_equal(alone.moved[: alone.stop_tick + 1], other.moved[: other.stop_tick + 1])
        assert np.array_equal(alone.joints[: alone.stop_tick + 1], other.joints[: other.stop_tick + 1])
        assert (alone.events, alone.verdicts) == (other.events, other.verdicts)


def test_what_a_robot_cannot_do_is_an_event_that_says_why():
    """Nothing to put down: the action is over at once, and the timeline goes on."""
    text = GOODS + "    do:\n        put: picker.place(bench)\n        picker.retreat()\n    stop after 0.5 s\n"
    (trace,) = _traces(text, [0])
    (failed,) = [e for e in trace.events if e.name.endswith(".failed")]
    assert (failed.name, failed.detail) == ("picker.place.failed", "it holds nothing")
    assert failed.time_ns <= 20_000_000
    assert trace.time_of("put.ended") is not None


def test_loose_things_fall_without_settle_and_states_have_their_speed():
    """From 2 cm a thing meets the bench after sqrt(2 h / g); its velocity and the change of its position agree."""
    text = GOODS.replace("~ 1..3 cm", "50 cm") + "    do:\n        wait 0.4 s\n    stop after 0.4 s\n"
    (trace,) = _traces(text, [0])
    states = trace.states_of("goods[1]")
    moved = np.diff(states[:20, 2]) * trace.rate_hz
    assert states[:, 2][20] - states[:, 2][0] == pytest.approx(-0.5 * 9.80665 * 0.2**2, rel=0.02)
    assert 0.5 * (states[1:20, 9] + states[:19, 9]) == pytest.approx(moved, abs=0.015)


def test_the_scene_moves_as_the_trace_does(picked: Simulated):
    """Links of the arm get their angles, and things their poses, at ticks and between them."""
    scene, trace = build_scene(_variation(PICKS).program, picked.scenario, libraries(), 0), picked.trace
    states = trace.on(scene)
    state = states.state_at(2_005_000_000)
    joints = [k for k, link in enumerate(scene.links) if link.name.startswith("joint_")]
    between = 0.5 * (trace.joints[200] + trace.joints[201])
    assert state.joint_rad[joints] == pytest.approx(between, abs=1e-12)
    row = next(e.actor for e in scene.entities if e.name == "goods[1]")
    assert state.position_m[row] == pytest.approx(trace.track("goods[1]")[200:202].mean(0), abs=1e-12)


def test_what_goes_astray_fails_alone(monkeypatch: pytest.MonkeyPatch):
    """Where nothing may move faster than 2 m/s, what falls 50 cm does (3.1 m/s) and what falls 1 cm does not: the one
    is a failed variant that names the thing and the tick, the other is what it is alone."""
    monkeypatch.setattr(bodies, "_FASTEST_MPS", 2.0)
    text = GOODS.replace("~ 1..3 cm", "fall").replace("    item", "    param fall: length ~ {1 cm, 50 cm}\n    item", 1)
    variation = _variation(text + "    do:\n        settle(goods)\n    stop after 0.6 s\n")
    found = variation.attempt([0, 1, 2, 3, 4, 5])
    falls = {s.scenario.values["fall"]: s for s in found if s.scenario is not None}
    high, low = falls[0.5], falls[0.01]
    assert isinstance(high, Failed) and not isinstance(low, Failed)
    assert "tick" in high.reason and "'goods[" in high.reason and "m/s" in high.reason


@pytest.mark.parametrize("asset", ["can", *(pytest.param(a, marks=pytest.mark.slow) for a in ("book", "bowl"))])
@pytest.mark.parametrize("into", ["bench", "box"])
def test_what_is_placed_is_not_pressed_into_what_it_stands_on(asset: str, into: str, monkeypatch: pytest.MonkeyPatch):
    """The descent ends where it touches: nothing sinks 2 mm into a bench or a tote, and it is let go standing."""
    deepest: list[float] = [0.0]
    step = bodies.RigidBodies.step

    def seen(self: bodies.RigidBodies, links: np.ndarray | None = None) -> None:
        step(self, links)
        for c in range(int(self.data.ncon)):
            pair = [int(self.model.geom_bodyid[g]) for g in self.data.contact[c].geom]
            if 1 in pair and min(pair) == 0:  # it is the only loose thing: 1, on what is fixed: 0
                deepest[0] = min(deepest[0], float(self.data.contact[c].dist))

    monkeypatch.setattr(bodies.RigidBodies, "step", seen)
    text = f"""    item g on bench:
        asset = "{asset}"
    tote box on bench
    require distance(picker, g) < 0.6 m and distance(picker, box) < 0.6 m
    do:
        picker.pick(g) until picker.holding
        put: picker.place({into})
    stop after 7.6 s
"""
    (trace,) = _traces(text, [0])
    assert not [e.name for e in trace.events if "fail" in e.name]
    assert trace.track("g")[:, 2].max() > 0.95  # it was carried
    assert trace.time_of("put.ended") is not None
    assert deepest[0] > -2e-3


def test_what_lies_far_off_stays_on_the_floor():
    """The floor goes on as far as physics does: 60 m and 900 m from the bench nothing falls through it."""
    for at in ("50 m, 30 m", "-900 m, 20 m"):
        text = f"    item far at ({at}):\n        asset = 'can'\n    do:\n        settle(far)\n    stop after 0.5 s\n"
        (trace,) = _traces(text.replace("'", '"'), [0])
        assert np.abs(trace.track("far")[:, 2]).max() < 1e-3


def test_what_is_about_to_be_picked_lies_still_until_it_is_moved():
    """``still`` is about motion: it holds while the arm comes down to a thing, and no longer when it is lifted."""
    text = """    item g on bench:
        asset = "can"
    require distance(picker, g) < 0.6 m
    do:
        settle(g) until still(g)
        grab: picker.pick(g) until not still(g)
    stop after 3.6 s
"""
    (trace,) = _traces(text, [0])
    begun, ended = trace.time_of("grab.started"), trace.time_of("grab.ended")
    assert begun is not None and ended is not None and ended > begun + 1e9
    moved = np.abs(trace.track("g")[round(ended / 1e7)] - trace.track("g")[round(begun / 1e7)]).max()
    assert 1e-3 < moved < 0.01
