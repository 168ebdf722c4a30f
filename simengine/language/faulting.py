"""Which settings a fault of a sensor takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from simengine.errors import an
from simengine.language.program import Choice, Definition
from simengine.language.scope import Context
from simengine.language.terms import Const, Expr, Ref, SensorRef, Span
from simengine.sensors.faults import FAULTS, FaultKind

__all__ = ["fits_sensor"]


def fits_sensor(ctx: Context, sensor: SensorRef, args: Mapping[str, Expr], span: Span) -> bool:
    """Report a fault that the sensor cannot have, and settings that it needs or does not take."""
    sort = ctx.sensors[sensor.name].kind.name
    if sort not in FAULTS:  # the sensor itself does not run yet
        return True
    known, words = FAULTS[sort], possible_words(ctx.definitions, args["kind"])
    wrong = next((w for w in words if w not in known), None)
    if wrong is not None:
        note = f"faults of {an(sort)}: {', '.join(known)}"
        ctx.sink.error("E0205", args["kind"].span, f"{an(sort)} has no fault '{wrong}'", note=note)
        return False
    kinds = [known[w] for w in words]
    if not _settings(ctx, words, kinds, args, span):
        return False
    if "rolling_shutter" in words:
        ctx.shutters.append((sensor.name, args["delay"]))
    for word, kind in zip(words, kinds, strict=True):
        if not kind.runs:
            ctx.later(args["kind"].span, f"the fault '{word}'")
    return True


def _settings(
    ctx: Context, words: Sequence[str], kinds: Sequence[FaultKind], args: Mapping[str, Expr], span: Span
) -> bool:
    """A fault that is drawn takes what any of its kinds takes, and needs what any of them needs."""
    given = [name for name in args if name != "kind"]
    what = f"'fault({' or '.join(words)})'"
    for word, kind in zip(words, kinds, strict=True):
        missing = [name for name in kind.needs if name not in given]
        if kind.one_of and not set(kind.one_of) & set(given):
            missing = [" or ".join(kind.one_of)]
        if missing:
            ctx.sink.error("E0205", span, f"'fault({word})' needs {missing[0]}", help=f"it is {kind.doc}")
            return False
    for name in given:
        if not any(name in kind.settings for kind in kinds):
            takes = list(dict.fromkeys(s for kind in kinds for s in kind.settings))
            ctx.sink.error(
                "E0205", args[name].span, f"{what} takes no '{name}'", help=f"it takes {', '.join(takes) or 'nothing'}"
            )  # fmt: skip
            return False
    return True


def possible_words(definitions: Mapping[str, Definition], expr: Expr) -> tuple[str, ...]:
    """The words that an enum-valued expression can be."""
    if isinstance(expr, Const) and isinstance(expr.value, str):
        return (expr.value,)
    if isinstance(expr, Ref) and (definition := definitions.get(expr.path)) is not None:
        binding = definition.binding
        if isinstance(binding, Choice):
            values = [v.value for v, weight in zip(binding.values, binding.weights, strict=True)
                      if isinstance(v, Const) and weight > 0]  # fmt: skip
            return tuple(str(v) for v in values)
        if isinstance(binding, Const | Ref):
            return possible_words(definitions, binding)
    return expr.type.choices
