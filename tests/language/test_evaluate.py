"""Evaluation of expressions: against plain Python, row by row, and its laws."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simengine.arrays import Array
from simengine.language.evaluate import EntityOperand, Operand, evaluate, robustness
from simengine.language.terms import Call, EntityRef, EventRef, Expr, Op, Ref, Vector
from simengine.world.library import BOOL, INT, NUMBER, ValueType, enum

from . import builder as b
from .builder import SPAN, num, op, quantifier, ref


class Table:
    """An environment from plain arrays; calls are recorded and answered with a constant."""

    def __init__(self, values: Mapping[str, Any], arrays: Mapping[str, tuple[str, int]] | None = None) -> None:
        self.values = {k: np.asarray(v) for k, v in values.items()}
        self.arrays = dict(arrays or {})  # path -> (array, capacity)
        self.calls: list[tuple[str, Operand | None, Mapping[str, Operand]]] = []

    def value(self, ref: Ref) -> Array:
        return self.values[ref.path]

    def array_of(self, path: str) -> str | None:
        return self.arrays[path][0] if path in self.arrays else None

    def capacity(self, array: str) -> int:
        return next(n for name, n in self.arrays.values() if name == array)

    def count(self, array: str) -> Array:
        return self.values[f"{array}.count"]

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        self.calls.append((call.function, receiver, args))
        return np.asarray(self.values[call.function])

    def event(self, ref: EventRef) -> Array:
        return self.values[f"{ref.phase}.{ref.edge}"]


# ---- random expressions against Python ---------------------------------------------------------------------------

_SPECIAL = (0.0, -0.0, 1.0, math.inf, -math.inf, math.nan, 5e-324, 1e308)


class Grower:
    """Random expressions over a, b, c, and rows of values for them, special ones often among them."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def number(self, depth: int = 3) -> Expr:
        r = self.random
        kind = r.randrange(8) if depth else r.randrange(2)
        if kind == 0:
            return num(r.choice([0.0, 1.0, -2.5, 1e300]))
        if kind == 1:
            return ref(r.choice("abc"))
        if kind == 2:
            return op("neg", self.number(depth - 1))
        if kind == 3:
            args = {"a": self.number(depth - 1), "b": self.number(depth - 1)}
            return Call(r.choice(["min", "max"]), None, args, NUMBER, SPAN)
        if kind == 4:
            return op("if", self.condition(depth - 1), self.number(depth - 1), self.number(depth - 1))
        return op(r.choice("+-*/"), self.number(depth - 1), self.number(depth - 1))

    def condition(self, depth: int = 3) -> Expr:
        r = self.random
        kind = r.randrange(4) if depth else 0
        if kind == 1:
            return op("not", self.condition(depth - 1))
        if kind == 2:
            return op(r.choice(["and", "or"]), self.condition(depth - 1), self.condition(depth - 1))
        names = ["<", "<=", ">", ">=", "==", "!="]
        return op(r.choice(names), self.number(max(depth - 1, 0)), self.number(max(depth - 1, 0)))

    def rows(self, n: int) -> Array:
        r = self.random
        values = [r.choice(_SPECIAL) if r.random() < 0.3 else r.uniform(-9, 9) for _ in range(3 * n)]
        return np.array(values).reshape(3, n)


def oracle(expr: Expr, row: Mapping[str, float]) -> Any:
    """The same expression in plain Python; None for an undefined condition (a comparison with nan)."""
    if isinstance(expr, Ref):
        return row[expr.path]
    if isinstance(expr, Call):
        x, y = (oracle(a, row) for a in expr.args.values())
        if math.isnan(x) or math.isnan(y):
            return math.nan
        return min(x, y) if expr.function == "min" else max(x, y)
    if not isinstance(expr, Op):
        return expr.value  # type: ignore[union-attr,return-value]
    if expr.op in ("and", "or"):
        found, decisive = [oracle(a, row) for a in expr.args], expr.op == "or"
        return decisive if decisive in found else None if None in found else not decisive
    args = [oracle(a, row) for a in expr.args]
    match expr.op:
        case "neg":
            return -args[0]
        case "not":
            return None if args[0] is None else not args[0]
        case "<" | "<=" | ">" | ">=" | "==" | "!=" if math.isnan(args[0]) or math.isnan(args[1]):
            return None
        case "if":
            return args[1] if args[0] else args[2]
        case "/":
            if args[1] == 0.0:
                sign = math.copysign(1.0, args[0]) * math.copysign(1.0, args[1])
                return math.nan if args[0] == 0.0 or math.isnan(args[0]) else sign * math.inf
            return args[0] / args[1]
        case "!=":
            return args[0] != args[1]
        case _:
            functions = {
                "+": lambda x, y: x + y, "-": lambda x, y: x - y, "*": lambda x, y: x * y, "<": lambda x, y: x < y,
                "<=": lambda x, y: x <= y, ">": lambda x, y: x > y, ">=": lambda x, y: x >= y,
                "==": lambda x, y: x == y,
            }  # fmt: skip
            return functions[expr.op](*args)


SEEDS = st.integers(0, 2**32)


def _named(rows: Array) -> dict[str, Array]:
    return {name: np.ascontiguousarray(row) for name, row in zip("abc", rows, strict=True)}


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_arithmetic_equals_python(seed: int) -> None:
    """Python floats are IEEE 754 doubles with the same operations, so every row must agree to the last bit."""
    grow = Grower(seed)
    expr, rows = grow.number(), grow.rows(6)
    found = evaluate(expr, Table(_named(rows)), 6)
    for k in range(6):
        want = oracle(expr, dict(zip("abc", rows[:, k].tolist(), strict=True)))
        assert (math.isnan(want) and math.isnan(found[k])) or found[k] == want


@given(SEEDS)
@settings(max_examples=300, deadline=None)
def test_conditions_equal_python_and_robustness_agrees(seed: int) -> None:
    """A condition equals Python's; its margin is never positive where it fails nor negative where it holds, nan exactly
    where it is undefined, and never -0.0."""
    grow = Grower(seed)
    expr, rows = grow.condition(), grow.rows(6)
    holds, margin = evaluate(expr, Table(_named(rows)), 6), robustness(expr, Table(_named(rows)), 6)
    assert holds.dtype == np.bool_ and not (np.signbit(margin) & (margin == 0.0)).any()
    for k in range(6):
        want = oracle(expr, dict(zip("abc", rows[:, k].tolist(), strict=True)))
        assert holds[k] == (want is True)
        assert np.isnan(margin[k]) == (want is None)
        assert want is None or (margin[k] >= 0 if want else margin[k] <= 0)


@given(SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_batch_equals_its_rows(seed: int) -> None:
    """Elementwise operations know nothing of their neighbours: n rows equal n times one row, bit for bit."""
    grow = Grower(seed)
    expr, rows = grow.number(), grow.rows(19)
    whole = evaluate(expr, Table(_named(rows)), 19).copy()
    ones = np.array([evaluate(expr, Table(_named(rows[:, k : k + 1])), 1)[0] for k in range(19)])
    whole[np.isnan(whole)], ones[np.isnan(ones)] = np.nan, np.nan  # there is one nan: its sign bit says nothing
    assert whole.tobytes() == ones.tobytes()


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "exp", "log", "sqrt"])
def test_functions_do_not_depend_on_the_batch(name: str) -> None:
    """NumPy's vector kernels differ from its scalar ones in the last bit on some machines; a batch must not."""
    x = np.random.default_rng(1).uniform(0.01, 30.0, 1003)
    call = Call(name, None, {"x": ref("x")}, NUMBER, SPAN)
    whole = evaluate(call, Table({"x": x}), x.size)
    strided = np.repeat(x, 2)[::2]
    assert whole.tobytes() == evaluate(call, Table({"x": strided}), x.size).tobytes()
    alone = np.array([evaluate(call, Table({"x": x[k : k + 1]}), 1)[0] for k in range(0, 1003, 17)])
    assert whole[::17].tobytes() == alone.tobytes()
    assert np.allclose(whole, [getattr(math, name)(v) for v in x], rtol=1e-14)


# ---- words, vectors ----------------------------------------------------------------------------------------------

MODEL = enum("sedan", "suv", "van")


def test_words_compare_by_their_code() -> None:
    """Code 2 is the third word."""
    model = ref("model", MODEL)
    found = evaluate(op("==", model, b.const("van", MODEL)), Table({"model": [0.0, 2.0, 1.0]}), 3)
    assert found.tolist() == [False, True, False]
    margin = robustness(op("!=", model, b.const("van", MODEL)), Table({"model": [0.0, 2.0]}), 2)
    assert margin.tolist() == [math.inf, -math.inf]  # words are not near or far


def test_text_compares_as_text() -> None:
    """Regions and strings are no enums: they stay text."""
    text = ValueType("region")
    found = evaluate(op("==", b.const("road", text), b.const("road", text)), Table({}), 2)
    assert found.tolist() == [True, True]


def test_vectors_add_and_scale_by_component() -> None:
    """(1, 2) * x + (0, 10) with x = 3, 4 is (3, 16) and (4, 18)."""
    kind = ValueType("vector", length=2)
    a, c = Vector((num(1), num(2)), kind, SPAN), Vector((num(0), num(10)), kind, SPAN)
    found = evaluate(op("+", op("*", a, ref("x")), c), Table({"x": [3.0, 4.0]}), 2)
    assert found.tolist() == [[3.0, 16.0], [4.0, 18.0]]


# ---- arrays ------------------------------------------------------------------------------------------------------

GAPS = {
    "parked.gap": np.array([[1.0, 2.0, 9.0], [5.0, 0.5, 0.1]]),
    "parked.count": np.array([2.0, 1.0]),
    "x": np.array([1.5, 5.0]),
}
PARKED = {"parked.gap": ("parked", 3)}


def test_quantifiers_see_existing_elements_only() -> None:
    """Rows have 2 and 1 elements: gaps {1, 2} and {5}; the numbers beyond the count never decide."""
    table = Table(GAPS, PARKED)
    element = ref("parked.gap", variable="p")
    beyond = op(">", element, ref("x"))
    assert evaluate(quantifier("any", "p", "parked", beyond), table, 2).tolist() == [True, False]
    assert evaluate(quantifier("all", "p", "parked", beyond), table, 2).tolist() == [False, False]
    assert evaluate(quantifier("count", "p", "parked", beyond), table, 2).tolist() == [1.0, 0.0]
    assert robustness(quantifier("any", "p", "parked", beyond), table, 2).tolist() == [0.5, 0.0]
    assert robustness(quantifier("all", "p", "parked", beyond), table, 2).tolist() == [-0.5, 0.0]


def test_quantifiers_over_nothing() -> None:
    """All of nothing holds, any of nothing does not: +inf and -inf are the neutral margins."""
    table = Table({**GAPS, "parked.count": np.array([0.0, 0.0])}, PARKED)
    body = op(">", ref("parked.gap", variable="p"), num(0))
    assert evaluate(quantifier("all", "p", "parked", body), table, 2).tolist() == [True, True]
    assert evaluate(quantifier("any", "p", "parked", body), table, 2).tolist() == [False, False]
    assert robustness(quantifier("all", "p", "parked", body), table, 2).tolist() == [math.inf] * 2
    assert robustness(quantifier("any", "p", "parked", body), table, 2).tolist() == [-math.inf] * 2


def test_pairs_of_elements() -> None:
    """all(p: all(q: p.gap + q.gap > 2)): the smallest sum is twice the smallest gap, 2 in row 0 and 10 in row 1."""
    table = Table(GAPS, PARKED)
    pair = op(">", op("+", ref("parked.gap", variable="p"), ref("parked.gap", variable="q")), num(2))
    found = evaluate(quantifier("all", "p", "parked", quantifier("all", "q", "parked", pair)), table, 2)
    assert found.tolist() == [False, True]


def test_elements_count_from_one() -> None:
    """``parked[1]`` is the first; an index may differ by row; outside the array is nan, and compares false."""
    table = Table({**GAPS, "k": np.array([2.0, 1.0])}, PARKED)
    first = ref("parked.gap", index=num(1, INT))
    assert evaluate(first, table, 2).tolist() == [1.0, 5.0]
    assert evaluate(ref("parked.gap", index=ref("k", INT)), table, 2).tolist() == [2.0, 5.0]
    outside = ref("parked.gap", index=num(4, INT))
    assert np.isnan(evaluate(outside, table, 2)).all()
    assert not evaluate(op("<", outside, num(1e9)), table, 2).any()


def test_inside_each_every_element_has_its_value() -> None:
    """Within the array's own definition the result has one column an element; variant values spread over it."""
    found = evaluate(op("*", ref("parked.gap"), ref("x")), Table(GAPS, PARKED), 2, (("", "parked"),))
    assert found.tolist() == [[1.5, 3.0, 13.5], [25.0, 2.5, 0.5]]


# ---- calls -------------------------------------------------------------------------------------------------------


def test_the_engine_gets_entities_and_numbers() -> None:
    """``distance(ego, parked[2])`` hands over the entities with rows from 0 and takes the answer."""
    entity = ValueType("entity")
    call = Call(
        "distance", None,
        {"a": EntityRef("ego", entity, SPAN), "b": EntityRef("parked", entity, SPAN, num(2, INT))}, NUMBER, SPAN,
    )  # fmt: skip
    table = Table({**GAPS, "distance": np.array([3.0, 7.0])}, PARKED)
    assert evaluate(op("<", call, num(5)), table, 2).tolist() == [True, False]
    _, _, args = table.calls[0]
    assert args["a"] == EntityOperand("ego")
    second = args["b"]
    assert isinstance(second, EntityOperand) and second.index is not None and second.index.tolist() == 1


def test_the_engine_is_asked_about_all_elements_at_once() -> None:
    """Inside a quantifier a receiver is a row of elements, and the answer has a column for each."""
    entity = ValueType("entity")
    call = Call("still", EntityRef("parked", entity, SPAN, None, "p"), {}, BOOL, SPAN, state=True)
    table = Table({**GAPS, "still": np.array([[True, False, True], [True, True, False]])}, PARKED)
    assert evaluate(quantifier("count", "p", "parked", call), table, 2).tolist() == [1.0, 1.0]
    receiver = table.calls[0][1]
    assert isinstance(receiver, EntityOperand) and receiver.index is not None
    assert receiver.index.shape == (1, 3) and receiver.index.ravel().tolist() == [0, 1, 2]


def test_event_times() -> None:
    """An event that has not happened has no time: comparing it is false."""
    event = EventRef("dart", "started", b.TIME, SPAN)
    found = evaluate(op("<", event, num(2)), Table({"dart.started": np.array([1.0, math.nan, 3.0])}), 3)
    assert found.tolist() == [True, False, False]
