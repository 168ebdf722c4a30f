"""Values of expressions over a batch of variants: elementwise float64, no side effects, no exceptions for numbers.

Shapes: a result has shape (n,); inside ``each`` or a quantifier every enclosing array adds one axis of its capacity,
(n, Nmax); vectors have their components last. Division by zero gives inf or nan without a warning. Enums are codes,
entities count from 1 in the language (``parked[1]`` is row 0).

A comparison with nan (0 / 0, the time of an event that has not happened) is undefined, in Kleene's strong logic: so is
its negation, ``and`` with anything but a false condition, ``or`` with anything but a true one. A condition holds only
where it is certainly true, so an undefined one does not hold, with or without a ``not``; a choice between values takes
the second one then. ``time >= event`` asks whether the event has happened and is always defined.

:func:`robustness` is the signed margin of a condition in the sense of signal temporal logic (Donzé and Maler, FORMATS
2010): ``a < b`` has b - a, ``and`` is min, ``or`` is max, ``not`` negates. Conditions without a margin (collisions,
words, flags) are +inf or -inf: the neutral elements of min and max, so that they decide and never mix their own
number with metres or seconds. The margin of an undefined condition is nan.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.errors import ProgramError
from simengine.language.terms import (
    Awaited,
    ByElement,
    Call,
    Const,
    EntityRef,
    EventRef,
    Expr,
    Op,
    Quantifier,
    Ref,
    SensorRef,
    Vector,
)
from simengine.language.unrolled import of_element
from simengine.language.walk import children
from simengine.world import ephemeris
from simengine.world.library import ValueType

__all__ = [
    "FUNCTIONS", "INDEX_BASE", "EntityOperand", "Env", "Operand", "Scope", "SensorOperand", "breadth", "encode",
    "evaluate",    "greater", "lesser", "robustness",
]  # fmt: skip

INDEX_BASE = 1
"""The first element of an array is ``parked[1]``, as the first lane is ``lane(1)``."""


@dataclass(frozen=True)
class EntityOperand:
    """An entity as an argument or receiver of a call.

    Attributes:
        name: of the entity or array.
        index: int64 rows (from 0), broadcastable to the shape of the result; None for a single entity or all.
    """

    name: str
    index: Array | None = None


@dataclass(frozen=True)
class SensorOperand:
    """A sensor as an argument or receiver of a call."""

    name: str


Operand: TypeAlias = Array | EntityOperand | SensorOperand
Scope: TypeAlias = tuple[tuple[str, str], ...]
"""The enclosing (variable, array) pairs, outermost first; the variable of an array's own definition is ""."""


class Env(Protocol):
    """Where an expression finds its values: a batch of n variants."""

    def value(self, ref: Ref) -> Array:
        """A definition or (``ref.state``) a state property.

        Returns:
            Shape (n,) or (), for properties of an array (n, Nmax); vectors and joint tables have components last.
        """
        ...

    def array_of(self, path: str) -> str | None:
        """The entity array whose elements each have their own value of this path, or None."""
        ...

    def capacity(self, array: str) -> int:
        """Nmax: the static maximum of an array's size."""
        ...

    def count(self, array: str) -> Array:
        """Number of elements of an array, shape (n,) or ()."""
        ...

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        """A function that only the engine knows (distance, ttc, sees, visible), broadcastable to the result."""
        ...

    def event(self, ref: EventRef) -> Array:
        """Time in seconds at which a phase last started or ended, nan before, shape (n,)."""
        ...


_CELLS = 1 << 22
"""Elements of arrays times variants that are looked at together: what a temporary array may hold."""


@runtime_checkable
class Divisible(Protocol):
    """Values that are known for some of the variants alone."""

    def take(self, rows: I64Array) -> Env:
        """Some of the variants."""
        ...


def breadth(expr: Expr, capacity: Callable[[str], int]) -> int:
    """Combinations of elements that one variant's value of an expression looks at: the largest product of the arrays
    of quantifiers in one another."""
    own = capacity(expr.array) if isinstance(expr, Quantifier) else 1
    return own * max((breadth(part, capacity) for part in children(expr)), default=1)


def evaluate(expr: Expr, env: Env, n: int, scope: Scope = ()) -> Array:
    """The value of an expression for each of n variants.

    Where there are many combinations of array elements, some variants at a time: values by variant do not depend on it.

    Args:
        expr: a checked expression.
        env: definitions, state and engine functions.
        n: number of variants.
        scope: enclosing arrays, for an expression inside ``each``.

    Returns:
        Contiguous, shape (n, *capacities of the scope), vectors with their components last; float64, bool, or text.
    """
    if n > 1 and isinstance(env, Divisible):
        wide = breadth(expr, env.capacity) * math.prod(env.capacity(array) for _, array in scope)
        if n * wide > _CELLS:
            step = max(1, _CELLS // wide)
            pieces = (np.arange(at, min(at + step, n)) for at in range(0, n, step))
            return np.concatenate([_evaluate(expr, env.take(rows), rows.size, scope) for rows in pieces])
    return _evaluate(expr, env, n, scope)


def _evaluate(expr: Expr, env: Env, n: int, scope: Scope) -> Array:
    with np.errstate(all="ignore"):
        value = _Evaluation(env, n, scope).array(expr)
    length = value.shape[-1:] if expr.type.kind == "vector" else ()
    shape = (n, *(env.capacity(array) for _, array in scope), *length)
    return np.ascontiguousarray(np.broadcast_to(value, shape))


def robustness(expr: Expr, env: Env, n: int, scope: Scope = ()) -> F64Array:
    """The signed margin of a condition for each of n variants: > 0 only if it holds, < 0 only if it does not.

    Returns:
        Shape (n, *capacities of the scope), float64, SI units of the deciding comparison; +-inf without a margin, nan
        where the condition is undefined; never -0.0.
    """
    with np.errstate(all="ignore"):
        at = _Evaluation(env, n, scope)
        value = _margin(at, expr)
        if np.isnan(value).any():  # a margin of 0 holds for "<=" and not for "<": only truth tells what it leaves open
            value = np.where(np.isnan(value) & (at.decided(expr, True) | at.decided(expr, False)), 0.0, value)
    shape = (n, *(env.capacity(array) for _, array in scope))
    return np.ascontiguousarray(np.broadcast_to(value, shape), dtype=np.float64) + 0.0  # no -0.0


def encode(value: float | bool | str, kind: ValueType) -> Array:
    """A constant as an array of shape (): codes for enums, text for other words."""
    if isinstance(value, bool):
        return np.array(value)
    if isinstance(value, str):
        if kind.kind != "enum":
            return np.array(value)
        if value not in kind.choices:
            raise ProgramError(f"'{value}' is none of {', '.join(kind.choices)}; the program was not checked")
        return np.array(float(kind.choices.index(value)))
    return np.array(float(value))


def _contiguous(function: Callable[[Array], Array]) -> Callable[..., Array]:
    """NumPy may round transcendental functions differently for strided and for contiguous memory."""

    def apply(x: Array) -> Array:
        return function(np.ascontiguousarray(x))

    return apply


def _minimum(a: Array, b: Array) -> Array:
    # np.minimum takes one zero or the other of (0.0, -0.0) depending on where in the batch they stand.
    return np.where((a <= b) | np.not_equal(a, a), a, b)


def _maximum(a: Array, b: Array) -> Array:
    return np.where((a >= b) | np.not_equal(a, a), a, b)


FUNCTIONS: dict[str, Callable[..., Array]] = {
    "abs": np.abs, "sqrt": np.sqrt, "floor": np.floor, "ceil": np.ceil, "round": np.rint, "min": _minimum,
    "max": _maximum, "sin": _contiguous(np.sin), "cos": _contiguous(np.cos), "tan": _contiguous(np.tan),
    "exp": _contiguous(np.exp), "log": _contiguous(np.log), **ephemeris.FUNCTIONS,
}  # fmt: skip
"""Arithmetic functions of the language, and those by which properties follow from others (``library.Follows``): pure
and elementwise, arguments by position."""

_ARITHMETIC: dict[str, Callable[[Array, Array], Array]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide,
}  # fmt: skip
_ORDER: dict[str, Callable[[Array, Array], Array]] = {
    "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal,
}  # fmt: skip


class _Evaluation:
    """One walk over an expression. Arrays have ndim 0 (constants) or 1 + len(scope), plus components."""

    def __init__(self, env: Env, n: int, scope: Scope) -> None:
        self.env, self.n, self.scope = env, n, scope

    def inside(self, quantifier: Quantifier) -> _Evaluation:
        return _Evaluation(self.env, self.n, (*self.scope, (quantifier.variable, quantifier.array)))

    def array(self, expr: Expr) -> Array:
        value = self.operand(expr)
        if isinstance(value, EntityOperand | SensorOperand):
            raise ProgramError(f"'{value.name}' is no value here; the program was not checked")
        return value

    def operand(self, expr: Expr) -> Operand:
        match expr:
            case Const():
                return encode(expr.value, expr.type)
            case Ref():
                return self.reference(expr)
            case Op():
                return self.operation(expr)
            case Call():
                return self.function(expr)
            case Quantifier():
                return self.quantified(expr)
            case ByElement():
                return self.by_element(expr)
            case EntityRef():
                return EntityOperand(expr.name, self.rows(expr))
            case SensorRef():
                return SensorOperand(expr.name)
            case EventRef():
                return self.lift(self.env.event(expr), 0)
            case Awaited():
                raise ProgramError(f"{expr.span.where}: this parameter has no value; the scenario is a template")
            case Vector():
                items = [self.array(item) for item in expr.items]
                return np.stack(np.broadcast_arrays(*items), -1)

    def lift(self, value: Array, components: int) -> Array:
        """A value of the variant, shape (n,) or (n, components), with an axis of 1 for each enclosing array."""
        if value.ndim == components:
            return value
        return value.reshape(value.shape[:1] + (1,) * len(self.scope) + value.shape[1:])

    def axis(self, variable: str | None, array: str) -> int | None:
        """Which enclosing array a reference means; the innermost where it does not say."""
        for at in range(len(self.scope) - 1, -1, -1):
            name, kind = self.scope[at]
            if kind == array and (variable is None or name in ("", variable)):
                return at
        return None

    def rows(self, ref: EntityRef | Ref) -> Array | None:
        """Rows (from 0) of the meant elements, or None."""
        if ref.index is not None:
            index = self.array(ref.index)
            whole = np.where(np.isfinite(index), index, 0.0)  # a nan index reads row "-1": see pick
            return np.where(np.isfinite(index), np.rint(whole), 0.0).astype(np.int64) - INDEX_BASE
        name = ref.name if isinstance(ref, EntityRef) else self.env.array_of(ref.path)
        at = None if name is None else self.axis(ref.variable, name)
        if at is None or name is None:
            return None
        return np.arange(self.env.capacity(name)).reshape((1,) * (1 + at) + (-1,) + (1,) * (len(self.scope) - 1 - at))

    def reference(self, ref: Ref) -> Array:
        value = self.env.value(ref)
        if value.ndim == 0:  # a place, which is looked at by name where it is used
            return value
        array = self.env.array_of(ref.path)
        components = 1 if ref.type.kind == "vector" else 0
        if array is None:
            if ref.index is None:
                return self.lift(value, components)
            at = int(self.array(ref.index))  # component of a joint table: a constant
            return self.lift(np.ascontiguousarray(value[..., at]), components)
        if ref.index is not None:
            return self.pick(value, self.rows(ref), components, self.env.capacity(array))
        at = self.axis(ref.variable, array)
        if at is None:
            raise ProgramError(f"'{ref.path}' has a value for each of '{array}'; say which: {array}[1]")
        before, after = (1,) * at, (1,) * (len(self.scope) - 1 - at)
        return value.reshape(value.shape[:1] + before + value.shape[1:2] + after + value.shape[2:])

    def pick(self, value: Array, rows: Array | None, components: int, capacity: int) -> Array:
        """Elements of an array property by row; rows outside the array read nan (false, code nan)."""
        assert rows is not None
        valid = (rows >= 0) & (rows < capacity)
        safe = np.where(valid, rows, 0)
        if rows.ndim == 0:
            picked = self.lift(np.ascontiguousarray(value[:, int(safe)]), components)
        else:
            batch = np.arange(int(value.shape[0])).reshape((-1,) + (1,) * (rows.ndim - 1))
            picked = value[batch, safe]
        missing = False if picked.dtype == np.bool_ else np.nan
        return np.where(valid[..., None] if components else valid, picked, missing)

    def decided(self, expr: Expr, want: bool) -> Array:
        """Where a condition is certainly true (or, not ``want``, certainly false)."""
        if isinstance(expr, Quantifier) and expr.kind != "count":
            return self.quantified(expr) if want else self.quantified(_opposite(expr), False)
        if not isinstance(expr, Op):
            value = self.array(expr)
            return np.equal(value, 1.0 if want else 0.0) if value.dtype.kind == "f" else np.equal(value, want)
        match expr.op:
            case "not":
                return self.decided(expr.args[0], not want)
            case "and" | "or":
                join = np.logical_and if (expr.op == "and") == want else np.logical_or
                out = self.decided(expr.args[0], want)
                for arg in expr.args[1:]:
                    out = join(out, self.decided(arg, want))
                return out
            case "if":
                yes, no = self.decided(expr.args[0], True), self.decided(expr.args[0], False)
                return (yes & self.decided(expr.args[1], want)) | (no & self.decided(expr.args[2], want))
            case _:
                holds = self.operation(expr)
                if want:
                    return holds
                if _asks_whether(expr):
                    return np.logical_not(holds)
                values = [self.array(a) for a in expr.args]
                known = [np.equal(v, v) for v in values if v.dtype.kind == "f"]
                return np.logical_not(holds) & (known[0] & known[1] if len(known) == 2 else np.True_)

    def operation(self, expr: Op) -> Array:
        if expr.op in ("not", "and", "or") or (expr.op == "if" and expr.type.kind == "bool"):
            return self.decided(expr, True)
        values = [self.array(a) for a in expr.args]
        if any(a.type.kind == "vector" for a in expr.args):  # scalars act on every component
            values = [
                v if a.type.kind == "vector" or v.ndim == 0 else v[..., None]
                for a, v in zip(expr.args, values, strict=True)
            ]
        match expr.op:
            case "neg":
                return np.negative(values[0])
            case "if":
                return np.where(values[0], values[1], values[2])
            case "!=":
                return _different(values[0], values[1])
            case _:
                function = _ARITHMETIC.get(expr.op) or _ORDER[expr.op]
                return function(values[0], values[1])

    def function(self, call: Call) -> Array:
        known = FUNCTIONS.get(call.function) if call.receiver is None and not call.state else None
        if known is not None:
            return known(*(self.array(a) for a in call.args.values()))
        receiver = None if call.receiver is None else self.operand(call.receiver)
        value = self.env.call(call, receiver, {name: self.operand(a) for name, a in call.args.items()})
        components = 1 if call.type.kind == "vector" else 0
        return value if value.ndim > 1 + components else self.lift(value, components)

    def by_element(self, expr: ByElement) -> Array:
        at = self.axis(expr.variable, expr.array)
        assert at is not None  # it stands inside of the array's 'each' or quantifier
        answers = [self.array(of_element(expr, k)) for k in range(self.env.capacity(expr.array))]
        return np.concatenate(np.broadcast_arrays(*answers), 1 + at)

    def quantified(self, expr: Quantifier, want: bool = True) -> Array:
        """Of the elements whose body is certainly ``want``: is there any, are all, how many."""
        body = self.inside(expr)
        holds = np.broadcast_to(body.decided(expr.body, want), body.full_shape())
        if expr.kind == "any":
            return np.any(holds & body.active(), axis=-1)
        if expr.kind == "all":
            return np.logical_not(np.any(~holds & body.active(), axis=-1))
        return (holds & body.active()).sum(-1).astype(np.float64)

    def full_shape(self) -> tuple[int, ...]:
        return (self.n, *(self.env.capacity(array) for _, array in self.scope))

    def active(self) -> BoolArray:
        """Which elements of the innermost array exist."""
        array = self.scope[-1][1]
        count = np.broadcast_to(self.env.count(array), (self.n,)).reshape((-1,) + (1,) * len(self.scope))
        return np.arange(self.env.capacity(array)) < count


def _opposite(expr: Quantifier) -> Quantifier:
    """``all`` is false where any element's body is; ``any`` where all are."""
    return replace(expr, kind="any" if expr.kind == "all" else "all")


def _asks_whether(expr: Op) -> bool:
    """``time >= event``: whether it has happened, which is known although its time is not."""
    left, right = expr.args[0], expr.args[-1]
    return expr.op == ">=" and isinstance(right, EventRef) and isinstance(left, Ref) and left.path == "time"


def _different(a: Array, b: Array) -> Array:
    return np.not_equal(a, b) & np.equal(a, a) & np.equal(b, b)  # nan equals nothing, not even itself


_MARGIN: dict[str, Callable[[Array, Array], Array]] = {
    "<": lambda a, b: b - a, "<=": lambda a, b: b - a, ">": lambda a, b: a - b, ">=": lambda a, b: a - b,
    "==": lambda a, b: -np.abs(a - b), "!=": lambda a, b: np.abs(a - b),
}  # fmt: skip


def _margin(at: _Evaluation, expr: Expr) -> Array:
    if isinstance(expr, Quantifier) and expr.kind != "count":
        return _margin_of_all(at, expr)
    if isinstance(expr, Op):
        args = expr.args
        match expr.op:
            case "not":
                return -_margin(at, args[0])
            case "and" | "or":
                join = lesser if expr.op == "and" else greater
                out = _margin(at, args[0])
                for arg in args[1:]:
                    out = join(out, _margin(at, arg))
                return out
            case "if":
                condition, yes, no = (_margin(at, a) for a in args)
                return greater(lesser(condition, yes), lesser(-condition, no))
            case _ if expr.op in _MARGIN and args[0].type.kind in ("real", "int"):
                a, b = at.array(args[0]), at.array(args[1])
                value = np.where(np.equal(a, b), 0.0, _MARGIN[expr.op](a, b))  # inf - inf is no margin
                return np.where(np.isnan(value), -np.inf, value) if _asks_whether(expr) else value
            case _:
                pass
    return np.where(at.decided(expr, True), np.inf, np.where(at.decided(expr, False), -np.inf, np.nan))


def _margin_of_all(at: _Evaluation, expr: Quantifier) -> Array:
    body = at.inside(expr)
    every, empty = expr.kind == "all", np.inf if expr.kind == "all" else -np.inf
    value = np.where(body.active(), np.broadcast_to(_margin(body, expr.body), body.full_shape()), empty)
    extreme: Any = np.fmin if every else np.fmax
    found = extreme.reduce(value, -1, initial=empty)
    open_ = np.isnan(value).any(-1) & (found >= 0.0 if every else found <= 0.0)
    return np.where(open_, np.nan, found)


def lesser(a: Array, b: Array) -> Array:
    """The margin of ``and``: nan where one side is undefined and the other one not false."""
    value = np.fmin(a, b)
    return np.where((np.isnan(a) | np.isnan(b)) & ~(value < 0.0), np.nan, value)


def greater(a: Array, b: Array) -> Array:
    """The margin of ``or``: nan where one side is undefined and the other one not true."""
    value = np.fmax(a, b)
    return np.where((np.isnan(a) | np.isnan(b)) & ~(value > 0.0), np.nan, value)
