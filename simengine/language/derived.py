"""Properties whose values follow from others: where the sun stands, of place and time (``library.Follows``)."""

from __future__ import annotations

from collections.abc import Mapping

from simengine.language.diagnostics import Label
from simengine.language.program import Definition
from simengine.language.scope import Context
from simengine.language.terms import Call, Expr, Ref, Span
from simengine.world.library import Property

__all__ = ["derive", "derived_from"]


def derive(ctx: Context, prefix: str, title: str, properties: Mapping[str, Property], span: Span) -> None:
    """Plan the properties of one owner that follow from those that are set; reports what is missing and what is set
    beside them.

    Args:
        ctx: everything that is set is planned, no default is.
        prefix: of the paths of the owner ("world").
        title: of the owner, for messages.
        properties: of the owner, by name.
        span: of the owner, where the planned ones have their place.
    """
    asked = set[str]()
    for prop in properties.values():
        rule = prop.follows
        given = [n for n in rule.of if f"{prefix}.{n}" in ctx.pending] if rule else []
        if rule is None or not given:
            continue
        first = ctx.pending[f"{prefix}.{given[0]}"][0]
        missing = [n for n in rule.of if n not in given and properties[n].default is None and n not in asked]
        if missing:
            words = ", ".join(f"'{n}'" for n in missing)
            ctx.sink.error(
                "E0205", first, f"'{given[0]}' counts only together with {words}",
                help=f"set {'them' if len(missing) > 1 else 'it'} for {title}, too",
            )  # fmt: skip
            asked.update(missing)
        if any(properties[n].default is None and n not in given for n in rule.of):
            ctx.failed.add(f"{prefix}.{prop.name}")
            continue
        path = f"{prefix}.{prop.name}"
        if path in ctx.pending:
            ctx.sink.error(
                "E0202", ctx.pending[path][0], f"'{prop.name}' is set twice: it follows from '{given[0]}' already",
                labels=[Label(first, "set here")], caret_text="set again here",
                help=f"keep one of the two: take '{prop.name}' out, or " + ", ".join(f"'{n}'" for n in given),
            )  # fmt: skip
            continue
        ctx.plan(path, span, lambda prop=prop, path=path: _made(ctx, prefix, properties, prop, path, span))


def derived_from(ctx: Context, path: str) -> tuple[str, ...]:
    """Names of the properties from which the value of a path follows; none where it has one of its own."""
    made = ctx.demand(path, ctx.world_span)
    if made is None or not isinstance(made.binding, Call):
        return ()
    known = {f"world.{name}" for name, prop in ctx.world_properties().items() if prop.follows is not None}
    return tuple(made.binding.args) if path in known else ()


def _made(
    ctx: Context, prefix: str, properties: Mapping[str, Property], prop: Property, path: str, span: Span
) -> Definition | None:  # fmt: skip
    """The definition by which a property follows; None where one of its arguments has an error."""
    assert prop.follows is not None
    args: dict[str, Expr] = {}
    for name in prop.follows.of:
        made = ctx.demand(f"{prefix}.{name}", span)
        if made is None:
            return None
        args[name] = Ref(made.path, properties[name].type, span)
    return Definition(path, Call(prop.follows.function, None, args, prop.type, span), prop.type, span)
