"""Which expressions are whole numbers in every draw."""

from __future__ import annotations

from collections.abc import Mapping

from simengine.language.program import Binding, Choice, Definition, Family, Range
from simengine.language.terms import Call, Const, Expr, Op, Quantifier, Ref, Vector

__all__ = ["is_whole"]


def is_whole(expr: Expr, definitions: Mapping[str, Definition]) -> bool:
    """Whether an expression is certain to be a whole number."""
    match expr:
        case Const():
            return isinstance(expr.value, int | float) and float(expr.value).is_integer()
        case Ref():
            known = definitions.get(expr.path)
            return known is not None and not expr.state and _defined(known, expr, definitions)
        case Op():
            parts = expr.args[1:] if expr.op == "if" else expr.args
            return expr.op in ("+", "-", "*", "neg", "if") and all(is_whole(a, definitions) for a in parts)
        case Call():
            if expr.function in ("floor", "ceil", "round"):
                return True
            return expr.function in ("min", "max", "abs") and all(is_whole(a, definitions) for a in expr.args.values())
        case Quantifier():
            return expr.kind == "count"
        case _:
            return False


def _defined(known: Definition, ref: Ref, definitions: Mapping[str, Definition]) -> bool:
    if known.type.kind == "int":
        return True
    if known.components and isinstance(ref.index, Const) and isinstance(known.binding, Choice):
        rows = [v.items[int(float(ref.index.value))] for v in known.binding.values if isinstance(v, Vector)]
        return all(is_whole(item, definitions) for item in rows)
    return _bound(known.binding, definitions)


def _bound(binding: Binding, definitions: Mapping[str, Definition]) -> bool:
    match binding:
        case Range():
            return binding.step is not None and all(is_whole(e, definitions) for e in (binding.low, binding.step))
        case Choice():
            return all(is_whole(v, definitions) for v in binding.values)
        case Family():
            return binding.name == "poisson"
        case _:
            return is_whole(binding, definitions)
