"""Bounds of every definition and expression of a program, before any constraint; sound to the last bit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property, reduce

from simengine.language.components import component
from simengine.language.dependencies import Graph
from simengine.language.distributions import Table
from simengine.language.drawn import Laws
from simengine.language.evaluate import encode
from simengine.language.intervals import (
    ANYTHING,
    EITHER,
    FUNCTIONS,
    REAL,
    Interval,
    add,
    compare,
    condition,
    exactly,
    negate,
    over,
    times,
)  # fmt: skip
from simengine.language.program import Choice, Definition, Family, Program, Range
from simengine.language.terms import ByElement, Call, Const, Expr, Op, Quantifier, Ref, Vector
from simengine.language.wholes import Wholes

__all__ = ["Bounds"]


class Bounds:
    """Bounds of expressions over the supports of definitions.

    Attributes:
        known: bounds of each definition (of a property of an array: of all its elements), by path.

    Args:
        laws: of the program.
        known: to start from, where they are known already.
    """

    def __init__(self, laws: Laws, known: Mapping[str, Interval] | None = None) -> None:
        self.program, self.graph, self.laws = laws.program, laws.graph, laws
        self.known: dict[str, Interval] = {} if known is None else dict(known)
        for path, definition in self.program.definitions.items() if known is None else ():
            self.known[path] = self._definition(path, definition)

    @staticmethod
    def of_program(program: Program) -> Bounds:
        """Bounds of a checked program.

        Raises:
            ProgramError: parameters that make no distribution.
            NotRunnableError: a distribution that does not run yet.
        """
        return Bounds(Laws(program, Graph(program)))

    @cached_property
    def wholes(self) -> Wholes:
        """Which expressions are whole numbers."""
        return Wholes(self.program.definitions.values())

    def _definition(self, path: str, definition: Definition) -> Interval:
        binding = definition.binding
        if not isinstance(binding, Range | Choice | Family):
            return self.of(binding)
        law = self.laws.static.get(path)
        if isinstance(law, Table):
            kept = law.values[law.keep]
            if kept.ndim > 1 or kept.dtype.kind not in "fb":
                return ANYTHING
            return exactly(*(float(v) for v in kept))
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
            }.get(binding.name, REAL)
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
                return exactly(float(value)) if value.dtype.kind in "fb" else ANYTHING
            case Ref():
                return self._reference(expr)
            case Op():
                return self._operation(expr)
            case Call():
                function = FUNCTIONS.get(expr.function)
                if function is None or expr.receiver is not None or expr.state:
                    return EITHER if expr.type.kind == "bool" else ANYTHING
                return function(*(self.of(a) for a in expr.args.values()))
            case Quantifier():
                return self._quantifier(expr)
            case ByElement():
                return self.of(expr.question)
            case _:
                return EITHER if expr.type.kind == "bool" else ANYTHING

    def _reference(self, ref: Ref) -> Interval:
        if ref.state or ref.path not in self.known:
            return EITHER if ref.type.kind == "bool" else ANYTHING
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
            return exactly(*(float(v) for v in law.values[law.keep, k]))
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
                return add(args[0], args[1])
            case "-":
                return add(args[0], negate(args[1]))
            case "neg":
                return negate(args[0])
            case "*":
                return times(args[0], args[1])
            case "/":
                return over(args[0], args[1])
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
                return compare(expr.op, args[0], args[1])

    def _quantifier(self, expr: Quantifier) -> Interval:
        count, body = self.known[self.graph.counts[expr.array]], self.of(expr.body)
        some, none = count.high >= 1.0, count.low < 1.0
        can_fail, can_hold = body.low == 0.0, body.high == 1.0
        if expr.kind == "all":
            return condition(can_fail and some, can_hold or none, body.nan)
        if expr.kind == "any":
            return condition(can_fail or none, can_hold and some, body.nan)
        return Interval(0.0 if can_fail else count.low, count.high if can_hold else 0.0)
