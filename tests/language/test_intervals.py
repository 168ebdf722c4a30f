"""Proofs about constraints: sound against sampling, and strong enough for what people get wrong."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.errors import BudgetError
from simengine.language.bounds import Bounds
from simengine.language.program import Program
from simengine.language.proofs import check_constraints, prove, supports
from simengine.language.sample import Budget, Sampler
from simengine.language.terms import Call, Expr
from simengine.world.library import BOOL, NUMBER, enum

from . import builder as b
from .builder import Maker, num, op, quantifier, ref
from .test_sample import any_program

SEEDS = st.integers(0, 2**32)


def random_constraints(seed: int) -> Program:
    """A random program whose constraints compare random arithmetic: some always hold, some never, most do both."""
    program = any_program(seed, False)
    r = random.Random(seed)
    names = [p for p, d in program.definitions.items() if d.array is None and d.type == NUMBER]

    def number(depth: int) -> Expr:
        kind = r.randrange(7) if depth else r.randrange(2)
        if kind == 0:
            return num(r.choice([-3.0, 0.0, 1.0, 2.5, 7.0]))
        if kind < 3:
            return ref(r.choice(names))
        if kind == 3:
            return Call(
                r.choice(["min", "max"]), None, {"a": number(depth - 1), "b": number(depth - 1)}, NUMBER, b.SPAN
            )
        if kind == 4:
            name = r.choice(["abs", "sqrt", "floor", "exp", "log", "sin", "round"])
            return Call(name, None, {"x": number(depth - 1)}, NUMBER, b.SPAN)
        if kind == 5:
            return op("if", condition(depth - 1), number(depth - 1), number(depth - 1))
        return op(r.choice("+-*/"), number(depth - 1), number(depth - 1))

    def condition(depth: int) -> Expr:
        kind = r.randrange(6) if depth else 0
        if kind == 1:
            return op("not", condition(depth - 1))
        if kind == 2:
            return op(r.choice(["and", "or"]), condition(depth - 1), condition(depth - 1))
        if kind == 3:
            body = op("<", ref("parked.gap", variable="p"), number(0))
            return quantifier(r.choice(["all", "any"]), "p", "parked", body)
        return op(r.choice(["<", "<=", ">", ">=", "==", "!="]), number(depth), number(depth))

    m = Maker()
    m.requires = []
    for _ in range(r.randint(1, 3)):
        m.require(condition(2))
    return replace(program, requires=tuple(m.requires))


@given(SEEDS)
@settings(max_examples=250, deadline=None)
def test_bounds_hold_for_samples(seed: int) -> None:
    """Every sampled value lies within the bounds of its definition, and is nan only where that was allowed."""
    program = replace(random_constraints(seed), requires=())
    bounds = supports(program)
    values, _ = Sampler(program, seed).propose(range(64))
    values.compute(program.definitions, {})
    for path, array in values.arrays.items():
        if array.dtype.kind == "f":
            known = np.isnan(array)
            assert bounds[path].nan or not known.any()
            inside = (array >= bounds[path].low) & (array <= bounds[path].high)
            assert (inside | known).all(), path


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_proofs_are_sound(seed: int) -> None:
    """Said to hold always: in all samples; said never to hold (or never with the others): in none."""
    from simengine.language.evaluate import evaluate

    program = random_constraints(seed)
    values, _ = Sampler(program, seed).propose(range(200))
    holds = [evaluate(r.expr, values.compute(program.definitions, {}), 200) for r in program.requires]
    together = np.logical_and.reduce(holds)
    for proof in prove(Bounds.of_program(program)):
        mine = holds[proof.require.span.line - 1]
        if proof.verdict == "always":
            assert mine.all()
        else:
            assert not (together if proof.others else mine).any()


def proofs(m: Maker) -> list[tuple[str, int]]:
    return [(p.verdict, p.require.span.line) for p in prove(Bounds.of_program(m.program()))]


def test_what_can_never_hold_is_proved_with_its_bounds() -> None:
    """20..60 km/h is 5.56..16.7 m/s, so it is never above 20 m/s; the message shows both sides."""
    m = Maker()
    speed = m.let("ego.speed", b.kmh(20, 60), b.SPEED)
    m.require(op(">", speed, b.num(20, b.SPEED)), "ego.speed > 20 m/s")
    (found,) = check_constraints(Bounds.of_program(m.program()))
    assert (found.code, found.severity) == ("E0218", "error")
    assert "5.55556..16.6667 m/s against 20 m/s" in found.message


def test_what_can_never_fail_is_a_warning() -> None:
    """It costs nothing but is probably not what was meant."""
    m = Maker()
    speed = m.let("ego.speed", b.kmh(20, 60), b.SPEED)
    m.require(op(">", speed, b.num(1, b.SPEED)), "ego.speed > 1 m/s")
    (found,) = check_constraints(Bounds.of_program(m.program()))
    assert (found.code, found.severity) == ("W0310", "warning") and "5.55556..16.6667 m/s" in found.message


def test_ends_count_exactly() -> None:
    """x in [1, 2] can be 2: x >= 2 is possible, x > 2 is not, x <= 2 never fails; likewise after exact arithmetic."""
    m = Maker()
    x = m.let("x", b.span(1, 2, 0.5))
    for k, (sign, limit) in enumerate([(">=", 2), (">", 2), ("<=", 2), ("<", 1)]):
        m.require(op(sign, x, num(limit)), f"{k}")
        m.require(op(sign, op("*", x, num(4)), num(4 * limit)))
    assert proofs(m) == [("never", 3), ("never", 4), ("always", 5), ("always", 6), ("never", 7), ("never", 8)]


def test_constraints_that_exclude_each_other() -> None:
    """x < 3 and y > 5 and x > y: each can hold, not all three; narrowing finds it, also through definitions."""
    m = Maker()
    x, y = m.let("x", b.span(0, 10)), m.let("y", b.span(0, 10))
    half = m.let("half", op("/", x, num(2)))
    m.require(op("<", half, num(1.5)))
    m.require(op(">", y, num(5)))
    assert proofs(m) == []
    m.require(op(">", x, y))
    (proof,) = prove(Bounds.of_program(m.program()))
    assert proof.verdict == "never" and len(proof.others) == 2
    (found,) = check_constraints(Bounds.of_program(m.program()))
    assert found.code == "E0218" and "together with the others" in found.message
    with pytest.raises(BudgetError):  # the sampler agrees
        Sampler(m.program(), 0, budget=Budget(4096, 4)).draw([0])


def test_words_that_are_not_drawn() -> None:
    """model is sedan or suv, so it is never a van; weight 0 is not drawn either."""
    kind = enum("sedan", "suv", "van")
    m = Maker()
    model = m.let("model", b.choice({"sedan": 1, "suv": 1, "van": 0}, kind), kind)
    m.require(op("==", model, b.const("van", kind)), "model == van")
    m.require(op("!=", model, b.const("van", kind)), "model != van")
    m.require(op("==", model, b.const("suv", kind)), "model == suv")
    assert proofs(m) == [("never", 1), ("always", 2)]


def test_gaps_between_steps() -> None:
    """0, 10, 20 holds no 15 in a set, though 15 lies between its ends."""
    m = Maker()
    x = m.let("x", b.choice([0.0, 10.0, 20.0]))
    m.require(op("==", x, num(15)))
    assert proofs(m) == [("never", 1)]


def test_joint_tables_have_bounds_by_component() -> None:
    """ve is 30..130 km/h, vt 20..70 km/h."""
    program = b.ccrm()
    m = Maker()
    m.require(op(">", ref("vt", b.SPEED), b.num(71 * b.KMH, b.SPEED)))
    m.require(op("<", ref("ve", b.SPEED), b.num(29 * b.KMH, b.SPEED)))
    found = prove(Bounds.of_program(replace(program, requires=tuple(m.requires))))
    assert [(p.verdict, p.require.span.line) for p in found] == [("never", 1), ("never", 2)]


def test_the_scene_is_never_guessed() -> None:
    """Nothing is known of sight lines: no proof either way, also under "not"."""
    m = Maker()
    sees = Call("sees", None, {}, BOOL, b.SPAN)
    m.require(sees, geometric=True)
    m.require(op("not", sees), geometric=True)
    assert proofs(m) == []


def test_nan_spoils_always_and_not_never() -> None:
    """x / x with x in [0, 1] may be nan: x / x <= 1e9 is not certain; sqrt(x - 2) is always nan, so never > 0."""
    m = Maker()
    x = m.let("x", b.span(0, 1))
    m.require(op("<=", op("/", x, x), num(1e9)))
    m.require(op(">", Call("sqrt", None, {"x": op("-", x, num(2))}, NUMBER, b.SPAN), num(0)))
    assert proofs(m) == [("never", 2)]


def test_examples_have_possible_constraints() -> None:
    """The cut-in's two constraints both can fail and can hold."""
    assert prove(Bounds.of_program(b.cut_in())) == ()
