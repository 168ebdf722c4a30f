"""Which expressions are whole numbers in every draw."""

from __future__ import annotations

from collections.abc import Iterable

from simengine.language.program import Binding, Choice, Definition, Family, Range
from simengine.language.terms import Call, Const, Expr, Op, Quantifier, Ref, Vector

__all__ = ["Wholes"]


class Wholes:
    """Whole numbers among the definitions and expressions of a program.

    Each definition is looked at once, however often it is read and however long the chain of definitions is.

    Args:
        definitions: each after what it reads.
    """

    def __init__(self, definitions: Iterable[Definition] = ()) -> None:
        self._whole = set[str]()
        self._tables: dict[str, Choice] = {}  # joint ones
        for definition in definitions:
            self.add(definition)

    def add(self, definition: Definition) -> None:
        """One more definition, after what it reads."""
        binding = definition.binding
        if definition.type.kind == "int" or self._bound(binding):
            self._whole.add(definition.path)
        elif definition.components and isinstance(binding, Choice):
            self._tables[definition.path] = binding

    def is_whole(self, expr: Expr) -> bool:
        """Whether an expression is certain to be a whole number."""
        match expr:
            case Const():
                return isinstance(expr.value, int | float) and float(expr.value).is_integer()
            case Ref():
                return not expr.state and (expr.path in self._whole or self._component(expr))
            case Op():
                parts = expr.args[1:] if expr.op == "if" else expr.args
                return expr.op in ("+", "-", "*", "neg", "if") and all(self.is_whole(a) for a in parts)
            case Call():
                if expr.function in ("floor", "ceil", "round"):
                    return True
                return expr.function in ("min", "max", "abs") and all(self.is_whole(a) for a in expr.args.values())
            case Quantifier():
                return expr.kind == "count"
            case _:
                return False

    def _component(self, ref: Ref) -> bool:
        """A component of a joint table."""
        table = self._tables.get(ref.path)
        if table is None or not isinstance(ref.index, Const):
            return False
        rows = [v.items[int(float(ref.index.value))] for v in table.values if isinstance(v, Vector)]
        return all(self.is_whole(item) for item in rows)

    def _bound(self, binding: Binding) -> bool:
        match binding:
            case Range():
                return binding.step is not None and all(self.is_whole(e) for e in (binding.low, binding.step))
            case Choice():
                return all(self.is_whole(v) for v in binding.values)
            case Family():
                return binding.name == "poisson"
            case _:
                return self.is_whole(binding)
