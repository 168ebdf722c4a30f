"""Monitors against a brute-force reading of the semantics. One tick is 0.1 s everywhere."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.engine.monitors import compile_monitor
from simengine.language.program import Always, And, Atom, Eventually, Monitor, Not, Or
from tests.engine.fakes import SPAN, always, eventually, ref, seconds

RATE_HZ = 10
INF = float("inf")


class Tape:
    """Signals by name, shape (T, B); an atom holds where its signal is > 0 (or >= 0 for names ending in "=")."""

    def __init__(self, signals, phases=None):
        self.signals = {k: np.asarray(v, float) for k, v in signals.items()}
        self.phases = {k: np.asarray(v, bool) for k, v in (phases or {}).items()}
        self.tick = 0

    def judge(self, atom):
        value = self.signals[atom.path][self.tick]
        return (value >= 0 if atom.path.endswith("=") else value > 0), value

    def seconds(self, duration):
        return np.full(next(iter(self.signals.values())).shape[1], duration.value)

    def during(self, phase):
        return self.phases[phase][self.tick]


def run(formula, tape, lengths, about_event=lambda _: False):
    monitor = Monitor("expect", formula, "", "", SPAN)
    state = compile_monitor(monitor, len(lengths), RATE_HZ, about_event)
    for tick in range(max(lengths)):
        tape.tick = tick
        state.push(tick, tick < np.asarray(lengths), tape)
    return state.result()


def brute(formula, t, tape, row, count):
    """(truth, margin) straight from the definition, by enumerating the window; truth None and nan: undefined."""
    if isinstance(formula, Atom):
        value = tape.signals[formula.expr.path][t, row]
        if np.isnan(value):
            return None, value
        return bool(value >= 0 if formula.expr.path.endswith("=") else value > 0), value
    if isinstance(formula, Not):
        truth, margin = brute(formula.item, t, tape, row, count)
        return None if truth is None else not truth, -margin
    if isinstance(formula, And | Or):
        parts = [brute(i, t, tape, row, count) for i in formula.items]
        return joined(parts, isinstance(formula, And))
    window = []
    for u in range(t, count):
        if formula.bound == "within" and u - t > round(formula.duration.value * RATE_HZ):
            continue
        if formula.bound == "after" and u - t < round(formula.duration.value * RATE_HZ):
            continue
        if formula.bound == "during" and not tape.phases[formula.phase][u, row]:
            continue
        window.append(brute(formula.item, u, tape, row, count))
    return joined(window, isinstance(formula, Always))


def joined(parts, every):
    """Kleene: one false part makes ``and`` false whatever is undefined, one true part makes ``or`` true."""
    margins = [m for t, m in parts if t is not None]
    margin = min(margins, default=INF) if every else max(margins, default=-INF)
    decisive = not every
    if decisive in [t for t, _ in parts]:
        return decisive, margin
    return (None, np.nan) if None in [t for t, _ in parts] else (every, margin)


ORDER = (False, None, True)


def possible(formula, t, seen, tape, row):
    """The values that a formula can have at tick t (undefined: None) when the ticks up to ``seen`` are known: any, of a
    condition of a later tick; windows enumerated, with one tick for all those to come, which may or may not be."""
    if isinstance(formula, Atom):
        return {brute(formula, t, tape, row, seen + 1)[0]} if t <= seen else set(ORDER)
    if isinstance(formula, Not):
        return {None if v is None else not v for v in possible(formula.item, t, seen, tape, row)}
    if isinstance(formula, And | Or):
        sets = [possible(i, t, seen, tape, row) for i in formula.items]
        return combined(sets, isinstance(formula, And))
    sets, length = [], round(formula.duration.value * RATE_HZ) if formula.duration else 0
    for u in range(t, seen + 1):
        outside = (formula.bound == "within" and u - t > length) or (formula.bound == "after" and u - t < length)
        if not outside and (formula.bound != "during" or tape.phases[formula.phase][u, row]):
            sets.append(possible(formula.item, u, seen, tape, row))
    every = isinstance(formula, Always)
    if formula.bound != "within" or t + length > seen:
        sets.append({*possible(formula.item, seen + 1, seen, tape, row), every})
    return combined(sets, every)


def combined(sets, every):
    """All that ``and`` (the least of F < undefined < T) or ``or`` (the greatest) makes of one of each set."""
    out = {every}
    for values in sets:
        out = {(min if every else max)(a, b, key=ORDER.index) for a in out for b in values}
    return out


def lost(formula, tape, row, count):
    """First tick with whose knowledge the formula can no longer hold; the last tick, where only the end decides."""
    if brute(formula, 0, tape, row, count)[0] is True:
        return -1
    return next((p for p in range(count - 1) if True not in possible(formula, 0, p, tape, row)), count - 1)


BOUNDS = st.one_of(
    st.just((None, None, None)),
    st.tuples(st.sampled_from(["within", "after"]), st.integers(0, 9).map(lambda n: seconds(n / RATE_HZ)), st.none()),
    st.just(("during", None, "p")),
)
ATOMS = st.sampled_from(["a", "b="]).map(lambda n: Atom(ref(n), SPAN))
FORMULAS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        inner.map(lambda f: Not(f, SPAN)),
        st.lists(inner, min_size=2, max_size=3).map(lambda f: And(tuple(f), SPAN)),
        st.lists(inner, min_size=2, max_size=3).map(lambda f: Or(tuple(f), SPAN)),
        st.tuples(inner, BOUNDS).map(lambda t: Always(t[0], *t[1], SPAN)),
        st.tuples(inner, BOUNDS).map(lambda t: Eventually(t[0], *t[1], SPAN)),
    ),
    max_leaves=6,
)
VALUES = st.lists(st.sampled_from([-2.0, -1.0, 0.0, 1.0, 3.0, np.nan]), min_size=24, max_size=24)


@settings(max_examples=150, deadline=None)
@given(FORMULAS, VALUES, VALUES, st.integers(0, 2**24 - 1), st.integers(1, 12), st.integers(1, 12))
def test_equals_brute_force(formula, a, b, mask, first, second):
    """Random formulas, nested up to any depth, on two random traces of unequal lengths: truth and robustness are those
    of the definition, evaluated by enumerating every window. (Integers as margins: min and max are exact.) Where an
    atom is nan, three-valued logic decides, and what stays undefined does not hold."""
    phase = np.array([mask >> i & 1 for i in range(24)]).reshape(12, 2)
    tape = Tape({"a": np.reshape(a, (12, 2)), "b=": np.reshape(b, (12, 2))}, {"p": phase})
    result = run(formula, tape, [first, second])
    for row, count in enumerate([first, second]):
        truth, margin = brute(formula, 0, tape, row, count)
        assert bool(result.holds[row]) == (truth is True)
        assert np.array_equal(result.robustness[row], margin, equal_nan=True)
        assert not (result.robustness[row] == 0.0 and np.signbit(result.robustness[row]))
        assert result.violated_tick[row] == lost(formula, tape, row, count)


def test_robustness_sign_agrees_with_truth():
    """always (x > 0) over 3, 1, 2: smallest margin 1, holds. Over 3, 0, 2: margin 0, and 0 > 0 is false."""
    result = run(always("x"), Tape({"x": [[3, 3], [1, 0], [2, 2]]}), [3, 3])
    assert result.holds.tolist() == [True, False]
    assert result.robustness.tolist() == [1.0, 0.0]


def test_time_of_first_violation():
    """``always`` is broken at its first false tick (2); ``eventually within 0.3 s`` is lost when its window has
    closed (tick 3); ``eventually`` without a bound at the end of the trace (tick 5)."""
    x = np.array([1, 1, -1, -2, 1, -1.0])[:, None]
    tape = Tape({"x": x, "y": -np.abs(x)})
    assert run(always("x"), tape, [6]).violated_tick[0] == 2
    assert run(eventually("y", "within", 0.3), tape, [6]).violated_tick[0] == 3
    assert run(eventually("y"), tape, [6]).violated_tick[0] == 5
    assert run(And((always("x"), eventually("y")), SPAN), tape, [6]).violated_tick[0] == 2
    assert run(Or((always("x"), eventually("y", "within", 0.3)), SPAN), tape, [6]).violated_tick[0] == 3


def test_time_of_violation_of_nested_operators():
    """x turns false at tick 3. ``always within 0.5 always within 0.5`` is broken by that tick; ``always eventually
    within 0.2`` when the window of tick 3 closes, at tick 5; ``eventually within 0.3 always within 0.3`` when the last
    of its starts, tick 3, is broken, at tick 3: those before it broke no later. The trace is 20 ticks long."""
    x = np.where(np.arange(20) < 3, 1.0, -1.0)[:, None]
    for formula, tick in (
        (Always(always("x", "within", 0.5), "within", seconds(0.5), None, SPAN), 3),
        (Always(eventually("x", "within", 0.2), None, None, None, SPAN), 5),
        (Eventually(always("x", "within", 0.3), "within", seconds(0.3), None, SPAN), 3),
        (Eventually(always("x"), None, None, None, SPAN), 19),
    ):
        assert run(formula, Tape({"x": x}), [20]).violated_tick[0] == tick


def test_what_comes_after_the_end_of_a_variant_does_not_count():
    """The second variant's trace ends at tick 1: the later -5 is not its own."""
    result = run(always("x"), Tape({"x": [[1, 1], [1, 2], [-5, -5]]}), [3, 2])
    assert result.robustness.tolist() == [-5.0, 1.0]


def test_atoms_about_events_are_read_at_the_end():
    """A plain atom is judged at tick 0 (value -1), one about an event at the last tick (value 4)."""
    tape = Tape({"x": [[-1.0], [2.0], [4.0]]})
    formula = Atom(ref("x"), SPAN)
    assert run(formula, tape, [3]).robustness[0] == -1.0
    assert run(formula, tape, [3], lambda _: True).robustness[0] == 4.0


def test_windows_between_ticks():
    """within 0.25 s reaches tick 2 (0.2 s), not tick 3; after 0.25 s begins at tick 3."""
    x = np.array([0, 1, 2, 3, 4, 5.0])[:, None]
    assert run(eventually("x", "within", 0.25), Tape({"x": x}), [6]).robustness[0] == 2.0
    assert run(always("x", "after", 0.25), Tape({"x": x}), [6]).robustness[0] == 3.0


def test_long_unnested_monitors_keep_no_history():
    """After 2000 ticks an unnested operator holds as many numbers as after 2: one extreme a variant."""
    tape = Tape({"x": np.ones((2000, 3))})
    state = compile_monitor(Monitor("ensure", always("x"), "", "", SPAN), 3, RATE_HZ)
    sizes = []
    for tick in range(2000):
        tape.tick = tick
        state.push(tick, np.ones(3, bool), tape)
        if tick in (1, 1999):
            kept = vars(state._operator).values()
            sizes.append(sum(len(v) for v in kept if isinstance(v, list | dict | np.ndarray)))
    assert sizes[0] == sizes[1]
