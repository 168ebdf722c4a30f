"""What expressions about the initial scene read: drawn values, sizes, and (once placed) poses."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.engine.variants import Slot, Variants
from simengine.errors import NotRunnableError, ProgramError
from simengine.language.dependencies import number_of
from simengine.language.distributions import make_law
from simengine.language.drawn import constant_value, is_constant
from simengine.language.evaluate import Env, Operand, evaluate
from simengine.language.program import Choice, Definition, Family, Range
from simengine.language.terms import Call, Const, EventRef, Expr, Ref
from simengine.world.vocabulary import READ_ONLY_SIZES

__all__ = ["InitialEnv", "enum_words"]


class InitialEnv:
    """The drawn values of a batch of variants as an ``Env`` of ``simengine.language.evaluate``."""

    def __init__(self, variants: Variants) -> None:
        self.variants = variants

    def value(self, ref: Ref) -> Array:
        """A definition, or the length, width or height of an entity."""
        values, definition = self.variants.values, self.variants.program.definitions.get(ref.path)
        if ref.path in values:
            return values[ref.path]
        if definition is not None and (not definition.drawn or number_of(ref.path) in values):
            return self.followed(definition)
        name, _, prop = ref.path.partition(".")
        if name in self.variants.roster.first and prop in READ_ONLY_SIZES:
            size = self.variants.size_m[..., READ_ONLY_SIZES.index(prop)]
            members = self.variants.roster.members(name)
            single = self.variants.roster.slots[members.start].decl.count is None
            picked = size[:, members.start] if single else size[:, members.start : members.stop]
            return np.ascontiguousarray(picked)
        if ref.type.kind in ("place", "region"):
            return np.zeros(())  # looked at by name where it is used
        raise NotRunnableError(f"{ref.span.where}: '{ref.path}' has no value at the start in this version")

    def followed(self, definition: Definition) -> Array:
        """A definition that is not among the values: computed, or drawn by the number that is."""
        count, kind, binding = self.variants.count, definition.type, definition.binding
        scope = () if definition.array is None else (("", definition.array),)
        if not isinstance(binding, Range | Choice | Family):
            return evaluate(binding, self, count, scope)

        def parameter(expr: Expr) -> Array:
            return constant_value(expr, kind) if is_constant(expr) else evaluate(expr, self, count, scope)

        with np.errstate(all="ignore"):
            return make_law(binding, kind, parameter).quantile(self.variants.values[number_of(definition.path)])

    def column(self, path: str, slot: Slot, default: float = 0.0) -> F64Array:
        """A number of one slot, (B,), also where its definition needs sizes or the placed scene."""
        definition = self.variants.program.definitions.get(path)
        if definition is None:
            return np.full(self.variants.count, default)
        value = np.asarray(self.value(Ref(path, definition.type, definition.span)), np.float64)
        if definition.array is not None:
            value = value[:, slot.element]
        return np.ascontiguousarray(np.broadcast_to(value, (self.variants.count,)), np.float64)

    def array_of(self, path: str) -> str | None:
        """The entity array whose elements have their own value of a path."""
        definition = self.variants.program.definitions.get(path)
        if definition is not None:
            return definition.array
        name = path.partition(".")[0]
        first = self.variants.roster.first.get(name)
        return name if first is not None and self.variants.roster.slots[first].decl.count is not None else None

    def capacity(self, array: str) -> int:
        """Static maximum of an array's size."""
        return len(self.variants.roster.members(array))

    def count(self, array: str) -> Array:
        """Number of active elements, (B,)."""
        members = self.variants.roster.members(array)
        return self.variants.active[:, members.start : members.stop].sum(-1).astype(np.float64)

    def call(self, call: Call, receiver: Operand | None, args: Mapping[str, Operand]) -> Array:
        """Nothing is placed yet."""
        raise NotRunnableError(
            f"{call.span.where}: '{call.function}' needs the placed scene and cannot be used to place it"
        )

    def event(self, ref: EventRef) -> Array:
        """No phase has started: nan."""
        return np.full(self.variants.count, np.nan)


def enum_words(expr: Expr, env: Env, count: int) -> list[str]:
    """The words of an enum-valued expression, one a variant."""
    if isinstance(expr, Const) and isinstance(expr.value, str):
        return [expr.value] * count
    choices = expr.type.choices
    if not choices:
        raise ProgramError(f"{expr.span.where}: expected a word here; the program was not checked")
    codes = np.asarray(evaluate(expr, env, count), np.float64)
    return [choices[int(c)] if 0 <= c < len(choices) else choices[0] for c in codes]
