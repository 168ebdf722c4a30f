"""The timeline machine against hand-made runs. One tick is 0.1 s everywhere."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.engine.clock import duration_ticks
from simengine.engine.timeline import CANCELLED, DONE, RUNNING, TimelineMachine
from simengine.language.program import When
from tests.engine.fakes import SPAN, FakeWorld, act, assign, block, ref, seconds, wait

RATE_HZ = 10


def run(timeline, world, ticks=40, whens=(), values=None):
    """Run a machine; returns it and the events of variant 0 as "name.edge@tick"."""
    table = {k: np.asarray(v, float) for k, v in (values or {}).items()}
    machine = TimelineMachine(timeline, whens, world.rows, RATE_HZ, lambda path: table[path])
    events = []
    for tick in range(ticks):
        world.tick = tick
        for event in machine.tick(tick, world):
            events += [f"{event.phase}.{event.edge}@{event.tick}"] if event.rows[0] else []
    return machine, events


def log(world, row=0):
    return [f"{text}@{tick}" for tick, r, text in world.log if r == row]


def test_serial_chains_without_losing_ticks():
    """Two waits of 1 s and an action of 3 ticks: 10 + 10 ticks of waiting, the action starts at 20 and ends at 23; the
    next phase starts in the same tick."""
    world = FakeWorld(1, {}, {"run": 3})
    _, events = run(
        [wait(duration="d"), wait(duration="d"), act("run", "dart"), act("walk", "after")], world, values={"d": [1.0]}
    )
    assert events == ["dart.started@20", "dart.ended@23", "after.started@23"]


def test_condition_true_from_the_start_takes_one_tick():
    """Idle to running at tick 0, running to done at tick 1: one transition per phase per tick."""
    world = FakeWorld(1, {"c": [0], "later": [7]})
    _, events = run([wait("c"), act("a", "a", until="later"), act("b", "b")], world)
    assert events == ["a.started@1", "a.ended@7", "b.started@7"]


def test_variants_advance_on_their_own():
    """Each row of the table only looks at its own condition."""
    world = FakeWorld(3, {"c": [2, 5, 10**6]}, {"run": 4})
    machine, _ = run([wait("c"), act("run", "dart")], world, ticks=8)
    assert world.log == [(2, 0, "start run"), (5, 1, "start run"), (6, 0, "release run")]
    assert machine.phase[2].tolist() == [DONE, RUNNING, 0]
    assert machine.finished().tolist() == [True, False, False]


def test_parallel_ends_with_its_last_child():
    """Children of 3 and 5 ticks started at tick 0: both end on their own, the block in tick 5."""
    world = FakeWorld(1, {}, {"short": 3, "long": 5})
    _, events = run([block("parallel", act("long", "l"), act("short", "s"), label="both"), act("x", "next")], world)
    assert events == [
        "both.started@0", "l.started@0", "s.started@0", "s.ended@3", "l.ended@5", "both.ended@5", "next.started@5",
    ]  # fmt: skip


def test_until_cancels_the_whole_subtree():
    """``until`` of a block at tick 4: what runs is cancelled inside out and its actors are let go; what had not
    started stays idle; the statement after the block starts in the same tick."""
    world = FakeWorld(1, {"c": [4]}, {"short": 2})
    body = block("serial", act("short", "one"), block("parallel", act("a"), act("b"), label="two"), act("z", "never"))
    machine, events = run([block("serial", body, label="outer", until="c"), act("x", "next")], world)
    assert events == [
        "outer.started@0", "one.started@0", "one.ended@2", "two.started@2", "two.ended@4", "outer.ended@4",
        "next.started@4",
    ]  # fmt: skip
    assert log(world) == [
        "start short@0", "release short@2", "start a@2", "start b@2", "release b@4", "release a@4", "start x@4",
    ]  # fmt: skip
    assert CANCELLED in machine.phase[:, 0]


def test_for_ends_and_until_cancels_an_action():
    """``for 0.5 s`` is 5 ticks; an ``until`` that comes first cancels."""
    world = FakeWorld(2, {"c": [10**6, 3]})
    machine, _ = run([act("freeze", "f", until="c", duration="d")], world, values={"d": [0.5, 0.5]})
    assert log(world, 0) == ["start freeze@0", "release freeze@5"]
    assert log(world, 1) == ["start freeze@0", "release freeze@3"]
    assert machine.phase[1].tolist() == [DONE, CANCELLED]


def test_one_of_takes_the_drawn_branch():
    """Branch indices 0 and 1 were drawn for the two variants; only the chosen branch runs."""
    world = FakeWorld(2, {}, {"a": 2, "b": 3})
    run([block("one_of", act("a"), act("b"), choice="k"), act("x")], world, values={"k": [0, 1]})
    assert log(world, 0) == ["start a@0", "release a@2", "start x@2"]
    assert log(world, 1) == ["start b@0", "release b@3", "start x@3"]


def test_repeat_starts_each_pass_a_tick_later():
    """Passes of 2 ticks: started at 0, 3 and 6; the third ends at 8 and the repeat with it."""
    world = FakeWorld(1, {}, {"a": 2})
    _, events = run([block("repeat", act("a"), label="r", times=3), act("x", "next")], world)
    assert [e for e in log(world) if e.startswith("start")] == ["start a@0", "start a@3", "start a@6", "start x@8"]
    assert events == ["r.started@0", "r.ended@8", "next.started@8"]


def test_setting_a_property_takes_no_time_but_repeats_do():
    """Assignments are done in the tick they start; a repeat of assignments alone still takes a tick a pass, so that
    three of them happen at 0, 2 and 4 (done, counted, restarted) and never in one tick."""
    world = FakeWorld(1, {})
    run([assign("a"), assign("b"), block("repeat", assign("c"), times=3), act("x")], world)
    assert log(world) == ["set a@0", "set b@0", "set c@0", "set c@2", "set c@4", "start x@5"]


def test_when_fires_once_after_it_held():
    """True at ticks 3..: held for 0.2 s at tick 5. It fires there, once, beside the running timeline."""
    world = FakeWorld(1, {"c": [3]}, {"brake": 4})
    when = When(ref("c"), seconds(0.2), (act("brake", "b"),), SPAN)
    _, events = run([act("drive", "d")], world, whens=[when])
    assert events == ["d.started@0", "b.started@5", "b.ended@9"]


def test_when_fires_on_a_rising_edge():
    """True at 0..2, false at 3 and 4, true from 5 on: the first rising edge is at 5, and with "holds 0.2 s" it fires at
    7. What is true all the time never rises."""

    class Broken(FakeWorld):
        def holds(self, condition):
            return np.array([not 3 <= self.tick <= 4, True])

    for holds, fires in ((None, 5), (seconds(0.2), 7)):
        world = Broken(2, {}, {"brake": 2})
        run([act("drive", "d")], world, whens=[When(ref("c"), holds, (act("brake", "b"),), SPAN)], ticks=15)
        started = [(tick, row) for tick, row, text in world.log if text == "start brake"]
        assert started == [(fires, 0)]


def test_when_needs_the_condition_without_a_break():
    """The clock starts anew when the condition breaks: true at 1..2 and from 6 on, held for 3 ticks only at 9."""

    class Broken(FakeWorld):
        def holds(self, condition):
            return np.array([self.tick in (1, 2) or self.tick >= 6])

    world = Broken(1, {})
    _, events = run([wait("c")], world, whens=[When(ref("c"), seconds(0.3), (act("a", "a"),), SPAN)], ticks=15)
    assert events == ["a.started@9"]


def test_empty_timeline_is_finished():
    """Without statements the root starts at tick 0 and is done at tick 1."""
    machine, _ = run([], FakeWorld(2, {}), ticks=2)
    assert machine.finished().all()


@pytest.mark.parametrize(("seconds_", "ticks"), [(0.0, 0), (0.07, 7), (0.3, 30), (1 / 3, 34), (1.001, 101)])
def test_durations_round_up_but_not_from_rounding_errors(seconds_, ticks):
    """0.07 * 100 is 7.000000000000001 in binary: it means 7 ticks."""
    assert duration_ticks(np.array([seconds_]), 100)[0] == ticks


def test_endless_duration_never_ends():
    """An infinite duration must neither overflow nor end."""
    assert duration_ticks(np.array([np.inf, np.nan]), 100).min() > 10**17


STATEMENTS = st.recursive(
    st.one_of(
        st.sampled_from(["c0", "c1", "c2"]).map(lambda c: wait(c)),
        st.just(wait(duration="d")),
        st.tuples(st.sampled_from("ab"), st.sampled_from([None, "c0", "c2"]), st.sampled_from([None, "d"])).map(
            lambda t: act(t[0], None, t[1], t[2])
        ),
        st.just(assign("p")),
    ),
    lambda inner: st.tuples(
        st.sampled_from(["serial", "parallel", "repeat", "one_of"]),
        st.lists(inner, min_size=1, max_size=3),
        st.sampled_from([None, "c1"]),
    ).map(lambda t: block(t[0], *t[1], until=t[2], times=2, choice="k")),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(STATEMENTS, max_size=4),
    st.lists(st.tuples(*[st.integers(0, 12)] * 3, st.floats(0, 0.6), st.integers(0, 2)), min_size=2, max_size=4),
)
def test_batch_equals_singles_and_transitions_are_legal(timeline, variants):
    """Any timeline gives each variant of a batch the phases that it has alone, and in one tick no phase goes through
    more than one transition (idle phases may start, running ones may end, ended ones may only become idle or running
    again inside a repeat)."""

    def phases(rows):
        world = FakeWorld(len(rows), {f"c{i}": [r[i] for r in rows] for i in range(3)}, {"a": 2, "b": 3})
        table = {"d": np.array([r[3] for r in rows]), "k": np.array([float(r[4]) for r in rows])}
        machine = TimelineMachine(timeline, (), len(rows), RATE_HZ, lambda p: table[p])
        out = []
        for tick in range(25):
            world.tick = tick
            machine.tick(tick, world)
            out.append(machine.phase.copy())
        return np.array(out), world.log

    together, logged = phases(variants)
    for row, variant in enumerate(variants):
        alone, own = phases([variant])
        assert (alone[:, :, 0] == together[:, :, row]).all()
        assert [(t, s) for t, r, s in logged if r == row] == [(t, s) for t, r, s in own]
    before, after = together[:-1], together[1:]
    assert not ((before == 0) & (after == CANCELLED)).any()
