"""What constraints leave of the supports.

A constraint that must hold narrows the supports of what it reads (hull consistency in the manner of HC4: Benhamou,
Goualard, Granvilliers and Puget, "Revising hull and box consistency", ICLP 1999), with inverse operations rounded
outward. A round asks each constraint once and then goes through the computed definitions once, from the last one to
the first: its time grows with the size of the program and not with the length of its chains.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

from simengine.language.bounds import Bounds
from simengine.language.intervals import (
    FALSE,
    TRUE,
    Interval,
    add,
    exactly,
    factor,
    negate,
    times,
)  # fmt: skip
from simengine.language.program import Choice, Family, Range, Require
from simengine.language.terms import Call, Expr, Op, Quantifier, Ref

__all__ = ["Narrowing"]

_ROUNDS = 20
_VISITS = 200_000  # definitions and constraints that the rounds of one contraction look at
_TRIALS = 50_000  # expressions that one contraction looks at to try the sides of an 'or'
_DEPTH = 4  # an 'or' within an 'or', through definitions
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}


class Narrowing(Bounds):
    """Bounds that constraints narrow: :attr:`known` is what they leave.

    What it does not find out is left to rejection, so it may stop at any point: it looks at a limited number of
    expressions.

    Attributes:
        sure: what is left to those elements of an array that exist in every draw, of each property of an array.

    Args:
        bounds: before any constraint.
    """

    def __init__(self, bounds: Bounds) -> None:
        super().__init__(bounds.laws, bounds.known)
        self.sure = {p: i for p, i in self.known.items() if self.program.definitions[p].array is not None}
        self._wanted: dict[str, Interval] = {}  # computed definitions whose narrowing has not reached their parts
        self._ranks: list[int] = []  # of those, as a heap, the last one first
        self._paths = tuple(self.program.definitions)
        self._emptied = False  # the last narrowing has left some definition no value
        self._elements = False  # what is looked at speaks of each element that exists
        self._trail: list[tuple[dict[str, Interval], str, Interval]] | None = None  # what a side of an 'or' has changed
        self._depth, self._trials = 0, _TRIALS

    @property
    def empty(self) -> bool:
        """Some definition is left no value at all."""
        return any(i.empty for table in (self.known, self.sure) for i in table.values())

    def contract(self, requires: Iterable[Require]) -> Require | None:
        """Narrows the supports by constraints that all must hold, again and again until nothing moves.

        Returns:
            The first constraint that cannot hold together with those before it, or None. What those leave is then in
            :attr:`known`.
        """
        every = tuple(requires)
        start, sure = dict(self.known), dict(self.sure)
        if self.meet(every):
            return None
        possible, impossible = 0, len(every)  # so many of the first ones
        while impossible - possible > 1:
            middle = (possible + impossible) // 2
            self.known, self.sure = dict(start), dict(sure)
            if self.meet(every[:middle]):
                possible = middle
            else:
                impossible = middle
        self.known, self.sure = dict(start), dict(sure)
        self.meet(every[:possible])
        return every[impossible - 1] if every else None

    def meet(self, requires: Sequence[Require]) -> bool:
        """Narrows by constraints; False: they cannot all hold."""
        self._emptied, self._trials = self.empty, _TRIALS
        for _ in range(max(2, min(_ROUNDS, _VISITS // (len(self.known) + len(requires) + 1)))):
            before, sure = dict(self.known), dict(self.sure)
            for require in requires:
                if self._emptied or self.of(require.expr).high == 0.0:
                    self._wanted, self._ranks = {}, []
                    return False
                self._narrow(require.expr, TRUE)
            self._pass_on()
            if self._emptied:
                return False
            if self.known == before and self.sure == sure:
                break
        return True

    def narrow(self, expr: Expr, to: Interval) -> None:
        """Removes values from the supports with which ``expr`` cannot lie in ``to``."""
        self._narrow(expr, to)
        self._pass_on()

    def _pass_on(self) -> None:
        while self._ranks:  # definitions refer to earlier ones: each is taken up once, the last first
            path = self._paths[-heapq.heappop(self._ranks)]
            definition = self.program.definitions[path]
            assert not isinstance(definition.binding, Range | Choice | Family)
            around, self._elements = self._elements, definition.array is not None
            self._narrow(definition.binding, self._wanted.pop(path))
            self._elements = around

    def _put(self, table: dict[str, Interval], path: str, left: Interval) -> None:
        if self._trail is not None:
            self._trail.append((table, path, table[path]))
        table[path] = left
        self._emptied |= left.empty

    def _narrow(self, expr: Expr, to: Interval) -> None:
        if self._depth:
            self._trials -= 1
            if self._trials < 0:
                return
        match expr:
            case Ref():
                self._narrow_reference(expr, to)
            case Op():
                self._narrow_operation(expr, to)
            case Call() if expr.receiver is None and not expr.state:
                self._narrow_call(expr, to)
            case Quantifier() if (expr.kind == "all" and to.low == 1.0) or (expr.kind == "any" and to.high == 0.0):
                self._narrow_each(expr)
            case _:
                pass

    def _narrow_reference(self, ref: Ref, to: Interval) -> None:
        if ref.state or ref.index is not None or ref.path not in self.known:
            return
        definition = self.program.definitions[ref.path]
        if definition.array is not None and not self._elements:
            return
        table = self.known if definition.array is None else self.sure
        self._put(table, ref.path, replace(table[ref.path], nan=False) & replace(to, nan=False))
        if not isinstance(definition.binding, Range | Choice | Family):
            if ref.path not in self._wanted:
                heapq.heappush(self._ranks, -self.graph.rank[ref.path])
            self._wanted[ref.path] = to & self._wanted[ref.path] if ref.path in self._wanted else to

    def _narrow_each(self, expr: Quantifier) -> None:
        """A condition of every element: those that exist in every draw, if there are any, all meet it."""
        if self.known[self.graph.counts[expr.array]].low >= 1.0:
            around, self._elements = self._elements, True
            self._narrow(expr.body, TRUE if expr.kind == "all" else FALSE)
            self._elements = around

    def _reference(self, ref: Ref) -> Interval:
        if self._elements and ref.index is None and not ref.state and ref.path in self.sure:
            return self.sure[ref.path]
        return super()._reference(ref)

    def _quantifier(self, expr: Quantifier) -> Interval:
        around, self._elements = self._elements, False  # also elements that do not always exist are asked
        found = super()._quantifier(expr)
        self._elements = around
        return found

    def _narrow_operation(self, expr: Op, to: Interval) -> None:
        args = expr.args
        match expr.op:
            case "and" if to.low == 1.0:
                for a in args:
                    self._narrow(a, TRUE)
            case "or" if to.high == 0.0:
                for a in args:
                    self._narrow(a, FALSE)
            case "or" if to.low == 1.0:
                self._narrow_either([a for a in args if self.of(a).high == 1.0], TRUE)
            case "and" if to.high == 0.0:
                self._narrow_either([a for a in args if self.of(a).low == 0.0], FALSE)
            case "<" | "<=" | ">" | ">=" | "==" | "!=" if to.high == 0.0:  # certainly false: its opposite is true
                self._narrow_operation(replace(expr, op=_OPPOSITE[expr.op]), TRUE)
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
                self._narrow(args[0], negate(to))
            case "+":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(add(to, negate(ib))))
                self._narrow(args[1], _outward(add(to, negate(ia))))
            case "-":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(add(to, ib)))
                self._narrow(args[1], _outward(add(ia, negate(to))))
            case "*":
                ia, ib = self.of(args[0]), self.of(args[1])
                self._narrow(args[0], _outward(factor(to, ib)))
                self._narrow(args[1], _outward(factor(to, ia)))
            case "/":
                self._narrow(args[0], _outward(times(to, self.of(args[1]))))
            case _:
                pass

    def _narrow_either(self, branches: list[Expr], to: Interval) -> None:
        """One of several conditions holds (or fails): what any of them leaves (their hull)."""
        if len(branches) == 1:
            return self._narrow(branches[0], to)
        if self._depth >= _DEPTH:
            return None
        around = self._wanted, self._ranks, self._trail, self._emptied
        self._depth += 1
        sides = [side for side in (self._tried(branch, to) for branch in branches) if side is not None]
        self._depth -= 1
        self._wanted, self._ranks, self._trail, self._emptied = around
        if not sides:
            self._emptied = True
            return None
        for key, (table, first) in sides[0].items():
            if all(key in side for side in sides[1:]):
                joined, now = first, table[key[1]]
                for side in sides[1:]:
                    joined = joined | side[key][1]
                self._put(table, key[1], replace(joined, nan=now.nan and joined.nan))
        return None

    def _tried(self, branch: Expr, to: Interval) -> dict[tuple[bool, str], tuple[dict[str, Interval], Interval]] | None:
        """What one condition would change, by table and path; None: it cannot hold."""
        trail: list[tuple[dict[str, Interval], str, Interval]] = []
        self._wanted, self._ranks, self._trail, self._emptied = {}, [], trail, False
        self.narrow(branch, to)
        left = {(table is self.sure, path): (table, table[path]) for table, path, _ in trail}
        for table, path, old in reversed(trail):
            table[path] = old
        return None if self._emptied else left

    def _narrow_apart(self, expr: Expr, from_: Interval) -> None:
        """A value drawn from a few is not a certain one."""
        now = self.of(expr)
        if now.points is not None and from_.low == from_.high and not now.nan:
            rest = now.points - {from_.low}
            self._narrow(expr, exactly(*rest) if rest else Interval(math.inf, -math.inf))

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
