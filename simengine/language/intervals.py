"""Interval arithmetic over static supports: bounds of expressions, and what constraints leave of them.

Forward: bounds of every expression. The arithmetic of the sampler is rounded monotonically (IEEE 754), so bounds made
by the same operations on the ends hold for the sampled numbers to the last bit. Backward: a constraint that must hold
narrows the supports of what it reads (hull consistency in the manner of HC4: Benhamou, Goualard, Granvilliers and
Puget, "Revising hull and box consistency", ICLP 1999), with inverse operations rounded outward.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from simengine.language.components import component
from simengine.language.dependencies import Graph
from simengine.language.distributions import Table
from simengine.language.drawn import Laws
from simengine.language.evaluate import encode
from simengine.language.program import Choice, Definition, Family, Program, Range, Require
from simengine.language.terms import Call, Const, Expr, Op, Quantifier, Ref, Vector

__all__ = ["ANYTHING", "Bounds", "Interval"]

_ROUNDS = 20
_FEW = 64


@dataclass(frozen=True)
class Interval:
    """All values that an expression can take; conditions are intervals of 0 and 1.

    Attributes:
        low, high: bounds, inclusive; low > high: no number.
        nan: it may be nan.
        points: the only possible numbers, where they are few.
    """

    low: float
    high: float
    nan: bool = False
    points: frozenset[float] | None = None

    @property
    def empty(self) -> bool:
        """No value at all."""
        return not self.low <= self.high and not self.nan

    def __and__(self, other: Interval) -> Interval:
        low, high = max(self.low, other.low), min(self.high, other.high)
        points = self.points
        if points is not None:
            points = frozenset(p for p in points if low <= p <= high)
            low, high = (min(points), max(points)) if points else (math.inf, -math.inf)
        return Interval(low, high, self.nan and other.nan, points)

    def __or__(self, other: Interval) -> Interval:
        points = None
        if self.points is not None and other.points is not None and len(self.points | other.points) <= _FEW:
            points = self.points | other.points
        return Interval(min(self.low, other.low), max(self.high, other.high), self.nan or other.nan, points)


ANYTHING = Interval(-math.inf, math.inf, True)
_REAL = Interval(-math.inf, math.inf)
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_TRUE, _FALSE, _EITHER = Interval(1.0, 1.0), Interval(0.0, 0.0), Interval(0.0, 1.0)


def _exactly(*values: float) -> Interval:
    if any(math.isnan(v) for v in values):
        return ANYTHING
    return Interval(min(values), max(values), False, frozenset(values) if len(values) <= _FEW else None)


def _condition(can_fail: bool, can_hold: bool, nan: bool = False) -> Interval:
    """Whether a condition holds; ``nan``: it may be undefined, and then neither it nor its negation holds."""
    return Interval(0.0 if can_fail or nan else 1.0, 1.0 if can_hold else 0.0, nan)


def _corners(a: Interval, b: Interval, function: Callable[[float, float], float]) -> Interval:
    """Bounds of a function that is monotone in each argument, from its corners; nan corners widen to everything."""
    with np.errstate(all="ignore"):
        ends = [
            float(function(np.float64(x), np.float64(y)))
            for x, y in itertools.product((a.low, a.high), (b.low, b.high))
        ]
    if any(math.isnan(e) for e in ends):
        return ANYTHING
    return Interval(min(ends), max(ends), a.nan or b.nan)


def _add(a: Interval, b: Interval) -> Interval:
    low, high = a.low + b.low, a.high + b.high
    opposite = (a.high == math.inf and b.low == -math.inf) or (a.low == -math.inf and b.high == math.inf)
    nan = a.nan or b.nan or opposite
    return Interval(-math.inf if math.isnan(low) else low, math.inf if math.isnan(high) else high, nan)


def _negate(a: Interval) -> Interval:
    return Interval(-a.high, -a.low, a.nan, None if a.points is None else frozenset(-p for p in a.points))


def _times(a: Interval, b: Interval) -> Interval:
    return _corners(a, b, lambda x, y: x * y)


def _over(a: Interval, b: Interval) -> Interval:
    if b.low <= 0.0 <= b.high:
        return ANYTHING
    return _corners(a, b, lambda x, y: x / y)


def _factor(product: Interval, other: Interval) -> Interval:
    """What times ``other`` can lie in ``product``.

    A quotient; where ``other`` ends at 0 and ``product`` does not hold 0, by extended division (Hansen and Walster,
    "Global Optimization Using Interval Analysis", 2004).
    """
    if product.low <= 0.0 <= product.high or not other.low <= 0.0 <= other.high or other.low < 0.0 < other.high:
        return _over(product, other)
    if other.low == other.high:
        return ANYTHING  # 0 times infinity is no number either: left to what proves that it never holds
    far = other.high if other.low == 0.0 else other.low
    ends = [x / far if math.isfinite(far) else 0.0 for x in (product.low, product.high) if math.isfinite(x)]
    if (product.low > 0.0) == (far > 0.0):
        return Interval(min(map(abs, ends), default=0.0), math.inf)
    return Interval(-math.inf, -min(map(abs, ends), default=0.0))


def _monotone(function: Callable[[float], float], domain: float = -math.inf, slack: int = 0) -> Callable[..., Interval]:
    def apply(a: Interval) -> Interval:
        if a.high < domain:
            return Interval(math.inf, -math.inf, True)
        with np.errstate(all="ignore"):
            low, high = float(function(np.float64(max(a.low, domain)))), float(function(np.float64(a.high)))
        for _ in range(slack):
            low, high = math.nextafter(low, -math.inf), math.nextafter(high, math.inf)
        return Interval(low, high, a.nan or a.low < domain)

    return apply


def _absolute(a: Interval) -> Interval:
    inner = 0.0 if a.low <= 0.0 <= a.high else min(abs(a.low), abs(a.high))
    return Interval(inner, max(abs(a.low), abs(a.high)), a.nan)


def _smaller(a: Interval, b: Interval) -> Interval:
    return Interval(min(a.low, b.low), min(a.high, b.high), a.nan or b.nan)


def _larger(a: Interval, b: Interval) -> Interval:
    return Interval(max(a.low, b.low), max(a.high, b.high), a.nan or b.nan)


def _wave(a: Interval) -> Interval:
    return Interval(-1.0, 1.0, a.nan or math.isinf(a.low) or math.isinf(a.high))


_FUNCTIONS: dict[str, Callable[..., Interval]] = {
    "abs": _absolute, "min": _smaller, "max": _larger, "floor": _monotone(np.floor), "ceil": _monotone(np.ceil),
    "round": _monotone(np.rint), "sqrt": _monotone(np.sqrt, 0.0), "exp": _monotone(np.exp, slack=4),
    "log": _monotone(np.log, 0.0, slack=4), "sin": _wave, "cos": _wave,
}  # fmt: skip


def _compare(op: str, a: Interval, b: Interval) -> Interval:
    if not a.low <= a.high or not b.low <= b.high:
        return _condition(True, False, True)  # nan on one side always
    if op in (">", ">="):
        return _compare("<" if op == ">" else "<=", b, a)
    nan = a.nan or b.nan
    if op == "<":
        return _condition(a.high >= b.low, a.low < b.high, nan)
    if op == "<=":
        return _condition(a.high > b.low, a.low <= b.high, nan)
    meet = a.low <= b.high and b.low <= a.high
    if a.points is not None and b.points is not None:
        meet = bool(a.points & b.points)
    same = a.low == a.high == b.low == b.high
    return _condition(not same, meet, nan) if op == "==" else _condition(meet, not same, nan)


class Bounds:
    """Bounds of expressions over the current supports of definitions."""

    def __init__(self, program: Program, graph: Graph, laws: Laws) -> None:
        self.program, self.graph, self.laws = program, graph, laws
        self.known: dict[str, Interval] = {}
        self._wanted: dict[str, Interval] = {}  # computed definitions whose narrowing has not reached their parts
        self._emptied = False  # the last narrowing has left some definition no value
        for path, definition in program.definitions.items():
            self.known[path] = self._definition(path, definition)

    # ---- forward -------------------------------------------------------------------------------------------------

    def _definition(self, path: str, definition: Definition) -> Interval:
        binding = definition.binding
        if not isinstance(binding, Range | Choice | Family):
            return self.of(binding)
        law = self.laws.static.get(path)
        if isinstance(law, Table):
            kept = law.values[law.keep]
            if kept.ndim > 1 or kept.dtype.kind not in "fb":
                return ANYTHING
            return _exactly(*(float(v) for v in kept))
        if law is not None:
            return Interval(*law.support)
        return self._dependent(binding)

    def _dependent(self, binding: Range | Choice | Family) -> Interval:
        """A distribution whose parameters depend on other variables."""
        if isinstance(binding, Choice):
            found = self.of(binding.values[0])
            for value in binding.values[1:]:
                found = found | self.of(value)
            return found
        if isinstance(binding, Range):
            low, high = self.of(binding.low), self.of(binding.high)
            found = Interval(low.low, high.high + 1e-6 * (abs(high.high) + 1.0))  # a last step may pass it by rounding
        else:
            found = {
                "beta": Interval(0.0, 1.0),
                "lognormal": Interval(0.0, math.inf),
                "poisson": Interval(0.0, math.inf),
            }.get(binding.name, _REAL)
            if binding.name == "triangular" and len(binding.args) == 3:
                found = Interval(self.of(binding.args[0]).low, self.of(binding.args[2]).high)
            if binding.name == "histogram" and isinstance(binding.args[0], Vector):
                ends = binding.args[0].items
                found = Interval(self.of(ends[0]).low, self.of(ends[-1]).high)
        if binding.within is not None and not isinstance(binding, Range):
            found = Interval(
                max(found.low, self.of(binding.within[0]).low), min(found.high, self.of(binding.within[1]).high)
            )
        return replace(found, nan=True)

    def of(self, expr: Expr) -> Interval:
        """Bounds of an expression."""
        match expr:
            case Const():
                value = encode(expr.value, expr.type)
                return _exactly(float(value)) if value.dtype.kind in "fb" else ANYTHING
            case Ref():
                return self._reference(expr)
            case Op():
                return self._operation(expr)
            case Call():
                function = _FUNCTIONS.get(expr.function)
                if function is None or expr.receiver is not None or expr.state:
                    return _EITHER if expr.type.kind == "bool" else ANYTHING
                return function(*(self.of(a) for a in expr.args.values()))
            case Quantifier():
                return self._quantifier(expr)
            case _:
                return ANYTHING

    def _reference(self, ref: Ref) -> Interval:
        if ref.state or ref.path not in self.known:
            return _EITHER if ref.type.kind == "bool" else ANYTHING
        definition = self.program.definitions[ref.path]
        if definition.array is None and ref.index is not None:
            return self._component(ref)
        found = self.known[ref.path]
        return found if ref.index is None or isinstance(ref.index, Const) else replace(found, nan=True)

    def _component(self, ref: Ref) -> Interval:
        law = self.laws.static.get(ref.path)
        if not isinstance(ref.index, Const):
            return ANYTHING
        k = int(ref.index.value)
        if isinstance(law, Table):
            return _exactly(*(float(v) for v in law.values[law.keep, k]))
        binding = self.program.definitions[ref.path].binding
        if isinstance(binding, Choice):  # a table whose values depend on other variables
            rows = [v for v, weight in zip(binding.values, binding.weights, strict=True) if weight > 0]
        elif isinstance(binding, Range | Family):
            return ANYTHING
        else:
            rows = [binding]
        found = [ANYTHING if part is None else self.of(part) for part in (component(row, k) for row in rows)]
        return reduce(lambda a, b: a | b, found)

    def _operation(self, expr: Op) -> Interval:
        args = [self.of(a) for a in expr.args]
        match expr.op:
            case "+":
                return _add(args[0], args[1])
            case "-":
                return _add(args[0], _negate(args[1]))
            case "neg":
                return _negate(args[0])
            case "*":
                return _times(args[0], args[1])
            case "/":
                return _over(args[0], args[1])
            case "not":
                low = 0.0 if args[0].nan else 1.0 - args[0].high
                return Interval(low, 1.0 - args[0].low, args[0].nan)
            case "and":
                return Interval(min(a.low for a in args), min(a.high for a in args), any(a.nan for a in args))
            case "or":
                return Interval(max(a.low for a in args), max(a.high for a in args), any(a.nan for a in args))
            case "if":
                if args[0].low == args[0].high and not args[0].nan:
                    return args[1] if args[0].low == 1.0 else args[2]
                both = args[1] | args[2]
                if args[0].nan and expr.type.kind == "bool":  # an undefined choice between conditions is undefined
                    return Interval(0.0, both.high, True)
                return both
            case _:
                return _compare(expr.op, args[0], args[1])

    def _quantifier(self, expr: Quantifier) -> Interval:
        count, body = self.known[self.graph.counts[expr.array]], self.of(expr.body)
        some, none = count.high >= 1.0, count.low < 1.0
        can_fail, can_hold = body.low == 0.0, body.high == 1.0
        if expr.kind == "all":
            return _condition(can_fail and some, can_hold or none, body.nan)
        if expr.kind == "any":
            return _condition(can_fail or none, can_hold and some, body.nan)
        return Interval(0.0 if can_fail else count.low, count.high if can_hold else 0.0)

    # ---- backward ------------------------------------------------------------------------------------------------

    @property
    def empty(self) -> bool:
        """Some definition is left no value at all."""
        return any(i.empty for i in self.known.values())

    def contract(self, requires: Iterable[Require]) -> Require | None:
        """Narrows the supports by constraints that all must hold, again and again until nothing moves.

        Returns:
            A constraint that cannot hold together with the others, or None. :attr:`known` then is as it was narrowed
            before it.
        """
        if self.empty:
            return next(iter(requires), None)
        for _ in range(_ROUNDS):
            before = dict(self.known)
            for require in requires:
                if self.of(require.expr).high == 0.0:
                    return require
                last, self._emptied = dict(self.known), False
                self.narrow(require.expr, _TRUE)
                if self._emptied:
                    self.known = last
                    return require
            if self.known == before:
                break
        return None

    def narrow(self, expr: Expr, to: Interval) -> None:
        """Removes values from the supports with which ``expr`` cannot lie in ``to``."""
        self._narrow(expr, to)
        self._pass_on()

    def _pass_on(self) -> None:
        while self._wanted:  # definitions refer to earlier ones: each is taken up once, the last first
            path = max(self._wanted, key=self.graph.rank.__getitem__)
            binding = self.program.definitions[path].binding
            assert not isinstance(binding, Range | Choice | Family)
            self._narrow(binding, self._wanted.pop(path))

    def _narrow(self, expr: Expr, to: Interval) -> None:
        match expr:
            case Ref():
                self._narrow_reference(expr, to)
            case Op():
                self._narrow_operation(expr, to)
            case Call() if expr.receiver is None and not expr.state:
                self._narrow_call(expr, to)
            case _:
                pass

    def _narrow_reference(self, ref: Ref, to: Interval) -> None:
        if ref.state or ref.index is not None or ref.path not in self.known:
            return
        definition = self.program.definitions[ref.path]
        if definition.array is not None:  # one element need not speak for all
            return
        now = self.known[ref.path]
        left = self.known[ref.path] = replace(now, nan=False) & replace(to, nan=False)
        self._emptied |= left.empty
        if not isinstance(definition.binding, Range | Choice | Family):
            self._wanted[ref.path] = to & self._wanted[ref.path] if ref.path in self._wanted else to

    def _narrow_operation(self, expr: Op, to: Interval) -> None:
        args = expr.args
        match expr.op:
            case "and" if to.low == 1.0:
                for a in args:
                    self._narrow(a, _TRUE)
            case "or" if to.high == 0.0:
                for a in args:
                    self._narrow(a, _FALSE)
            case "or" if to.low == 1.0:
                self._narrow_either([a for a in args if self.of(a).high == 1.0], _TRUE)
            case "and" if to.high == 0.0:
                self._narrow_either([a for a in args if self.of(a).low == 0.0], _FALSE)
            case "<" | "<=" | ">" | ">=" | "==" | "!=" if to.high == 0.0:  # certainly false: its opposite is true
                self._narrow_operation(replace(expr, op=_OPPOSITE[expr.op]), _TRUE)
            case "!=" if to.low == 1.0:
                self._narrow_apart(args[0], self.of(args[1]))
                self._narrow_apart(args[1], self.of(args[0]))
            case "if":
                condition = self.of(args[0])
                if condition.low == condition.high and not condition.nan:
                    self._narrow(args[1] if condition.low == 1.0 else args[2], to)
            case "not" if to.low == to.high:
                self._narrow(args[0], Interval(1.0 - to.high, 1.0 - to.low))
            case "<" | "<=" | ">" | ">=" | "==" if to.low == 1.0:
                a, b = (args[1], args[0]) if expr.op in (">", ">=") else args
                ia, ib = self.of(a), self.of(b)
                self._narrow(a, ib if expr.op == "==" else Interval(-math.inf, ib.high))
                self._narrow(b, ia if expr.op == "==" else Interval(ia.low, math.inf))
            case "neg":
                self._narrow(args[0], _negate(to))
            case "+":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(_add(to, _negate(ib))))
                self._narrow(args[1], _outward(_add(to, _negate(ia))))
            case "-":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(_add(to, ib)))
                self._narrow(args[1], _outward(_add(ia, _negate(to))))
            case "*":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(_factor(to, ib)))
                self._narrow(args[1], _outward(_factor(to, ia)))
            case "/":
                self._narrow(args[0], _outward(_times(to, self.of(args[1]))))
            case _:
                pass

    def _narrow_either(self, branches: list[Expr], to: Interval) -> None:
        """One of several conditions holds (or fails): what any of them leaves (their hull)."""
        if len(branches) == 1:
            return self._narrow(branches[0], to)
        known, wanted, emptied = self.known, self._wanted, self._emptied
        left: list[dict[str, Interval]] = []
        for branch in branches:
            self.known, self._wanted, self._emptied = dict(known), {}, False
            self.narrow(branch, to)
            if not self._emptied:
                left.append(self.known)
        self.known, self._wanted, self._emptied = known, wanted, emptied
        for path, now in known.items() if left else ():
            joined = left[0][path]
            for other in left[1:]:
                joined = joined | other[path]
            self.known[path] = replace(joined, nan=now.nan and joined.nan)
        return None

    def _narrow_apart(self, expr: Expr, from_: Interval) -> None:
        """A value drawn from a few is not a certain one."""
        now = self.of(expr)
        if now.points is not None and from_.low == from_.high and not now.nan:
            rest = now.points - {from_.low}
            self._narrow(expr, _exactly(*rest) if rest else Interval(math.inf, -math.inf))

    def _narrow_call(self, call: Call, to: Interval) -> None:
        args = tuple(call.args.values())
        match call.function:
            case "abs":
                reach = Interval(-to.high, to.high)
                inside = self.of(args[0])
                if inside.low > -to.low:
                    reach = Interval(max(to.low, -to.high), to.high)
                elif inside.high < to.low:
                    reach = Interval(-to.high, min(-to.low, to.high))
                self._narrow(args[0], _outward(reach))
            case "min" | "max":
                self._narrow_extreme(call.function == "min", args, to)
            case "sqrt":
                low, high = max(to.low, 0.0), max(to.high, 0.0)
                self._narrow(args[0], _outward(Interval(low * low, high * high)))
            case "exp" if to.high >= 0.0:
                low = math.log(to.low) if 0.0 < to.low < math.inf else -math.inf
                high = math.log(to.high) if 0.0 < to.high < math.inf else math.inf
                self._narrow(args[0], _outward(Interval(low, high)))
            case "floor" | "ceil" | "round":
                self._narrow(args[0], _outward(Interval(to.low - 1.0, to.high + 1.0)))
            case _:
                pass

    def _narrow_extreme(self, least: bool, args: tuple[Expr, ...], to: Interval) -> None:
        """``min`` is at most ``high``: one of them is; at least ``low``: all of them are. ``max`` mirrors that."""
        every = Interval(to.low, math.inf) if least else Interval(-math.inf, to.high)
        for a in args:
            self._narrow(a, every)
        one = Interval(-math.inf, to.high) if least else Interval(to.low, math.inf)
        able = [a for a in args if not (self.of(a) & one).empty]
        if len(able) == 1:
            self._narrow(able[0], one)


def _outward(a: Interval) -> Interval:
    """Room for the rounding of the sampler's own operation, relative to the size of its numbers."""
    size = max(abs(a.low) if math.isfinite(a.low) else 0.0, abs(a.high) if math.isfinite(a.high) else 0.0)
    room = 1e-12 * size + 1e-12
    return Interval(a.low - room, a.high + room)
