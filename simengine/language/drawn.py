"""The definitions of a program over a batch of variants: from numbers u in [0, 1) to values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.errors import ProgramError
from simengine.language.dependencies import Graph, expressions, walk
from simengine.language.distributions import Law, make_law
from simengine.language.evaluate import Operand, Scope, encode, evaluate
from simengine.language.program import Choice, Definition, Family, Program, Range
from simengine.language.side_by_side import side_by_side
from simengine.language.terms import Awaited, Call, Const, EntityRef, EventRef, Expr, Quantifier, Ref, SensorRef
from simengine.world.library import ValueType

__all__ = ["Laws", "Values", "constant_value", "is_constant"]

_PIECE = 1 << 16  # numbers that stay in the cache; smaller ones let threads wait for each other


class Laws:
    """What does not depend on the variant: laws with constant parameters, and constant definitions.

    Args:
        program: a checked program.
        graph: its dependencies.

    Raises:
        ProgramError: parameters that make no distribution.
        NotRunnableError: a distribution that does not run yet.
    """

    def __init__(self, program: Program, graph: Graph) -> None:
        self.program, self.graph = program, graph
        self.static: dict[str, Law] = {}
        self.constants: dict[str, Array] = {}
        for path in graph.order:
            definition = program.definitions[path]
            if not all(is_constant(e) for e in expressions(definition)):
                continue
            binding = definition.binding
            if isinstance(binding, Range | Choice | Family):
                kind = definition.type
                self.static[path] = make_law(binding, kind, lambda e, kind=kind: constant_value(e, kind))
            else:
                self.constants[path] = constant_value(binding, definition.type)


def _quantile(law: Law, u: F64Array) -> Array:
    """The law's values, of many numbers some rows at a time: what stays in the cache is done sooner."""
    if u.size <= _PIECE:
        return law.quantile(u)
    rows = max(1, _PIECE * len(u) // u.size)
    first = law.quantile(u[:rows])
    out: Array = np.empty((len(u), *first.shape[1:]), first.dtype)
    out[:rows] = first

    def fill(at: int) -> None:
        out[at : at + rows] = law.quantile(u[at : at + rows])

    side_by_side(fill, range(rows, len(u), rows), u.size)
    return out


def _scope(definition: Definition) -> Scope:
    return () if definition.array is None else (("", definition.array),)


def is_constant(expr: Expr) -> bool:
    """It holds no names, so its value is known."""
    return not any(isinstance(n, Awaited | Ref | EventRef | EntityRef | SensorRef | Quantifier) for n in walk(expr))


def constant_value(expr: Expr, kind: ValueType) -> Array:
    """The value of such an expression, shape () or (components,)."""
    if isinstance(expr, Const):
        return encode(expr.value, kind if kind.kind == "enum" and isinstance(expr.value, str) else expr.type)
    return evaluate(expr, _NOWHERE, 1)[0]


class Values:
    """An ``Env`` of definitions for n variants.

    Attributes:
        arrays: values by path: shape (n,), (n, Nmax) for properties of arrays, components last; float64 (enums are
            codes), bool or text. Constants may be read-only views of one number.
    """

    def __init__(self, laws: Laws, n: int) -> None:
        self.laws, self.graph, self.n = laws, laws.graph, n
        self.arrays: dict[str, Array] = {}

    def take(self, rows: I64Array) -> Values:
        """Some of the variants."""
        some = Values(self.laws, rows.size)
        for path, array in self.arrays.items():
            constant = array.size and array.strides[0] == 0
            some.arrays[path] = np.broadcast_to(array[:1], (rows.size, *array.shape[1:])) if constant else array[rows]
        return some

    def compute(self, order: Iterable[str], u: Mapping[str, F64Array]) -> Values:
        """Adds the definitions of ``order`` (each after what it needs).

        Args:
            order: paths.
            u: numbers in [0, 1) of the random variables among them: (n,), or (n, Nmax) for properties of arrays.
        """
        for path in order:
            if path not in self.arrays:
                self.arrays[path] = self._definition(path, u)
        return self

    def _definition(self, path: str, u: Mapping[str, F64Array]) -> Array:
        definition = self.graph.program.definitions[path]
        constant = self.laws.constants.get(path)
        scope = _scope(definition)
        if constant is not None:
            shape = (self.n, *(self.capacity(array) for _, array in scope))
            spread = constant.reshape((1,) * len(shape) + constant.shape)
            return np.broadcast_to(spread, shape + constant.shape)
        binding = definition.binding
        if isinstance(binding, Range | Choice | Family):
            law = self.laws.static.get(path)
            return self.law(path).quantile(u[path]) if law is None else _quantile(law, u[path])
        return evaluate(binding, self, self.n, scope)

    def law(self, path: str) -> Law:
        """The law of a drawn definition, from the values that are there."""
        known = self.laws.static.get(path)
        if known is not None:
            return known
        definition = self.graph.program.definitions[path]
        kind, binding, scope = definition.type, definition.binding, _scope(definition)
        assert isinstance(binding, Range | Choice | Family)

        def parameter(expr: Expr) -> Array:
            return constant_value(expr, kind) if is_constant(expr) else evaluate(expr, self, self.n, scope)

        return make_law(binding, kind, parameter)

    # ---- Env -----------------------------------------------------------------------------------------------------

    def value(self, ref: Ref) -> Array:
        """The values of a definition."""
        return self.arrays[ref.path]

    def array_of(self, path: str) -> str | None:
        """The entity array that the definition is a property of."""
        return self.graph.program.definitions[path].array

    def capacity(self, array: str) -> int:
        """Largest possible size of an array."""
        return self.graph.capacity[array]

    def count(self, array: str) -> Array:
        """Sizes of an array."""
        return self.arrays[self.graph.counts[array]]

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        """No engine here: never asked, as such definitions are left out."""
        raise ProgramError(f"{call.function}(...) needs the placed scene")

    def event(self, ref: EventRef) -> Array:
        """No events here: never asked."""
        raise ProgramError(f"{ref.phase}.{ref.edge} needs the running simulation")


class _Nowhere(Values):
    def __init__(self) -> None:
        self.n, self.arrays = 1, {}


_NOWHERE = _Nowhere()
