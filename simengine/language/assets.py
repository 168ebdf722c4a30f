"""Draws of assets: ``library("household", size = 3 cm)`` is the set of the names in a family that pass its filters."""

from __future__ import annotations

from collections.abc import Mapping

from simengine.errors import LimitError, SceneError, an, did_you_mean
from simengine.language.kinds import number_text
from simengine.language.program import Choice, Definition
from simengine.language.scope import Context, EntityInfo
from simengine.language.supports import constant, constant_word
from simengine.language.terms import Const, Expr, Span
from simengine.units import DIMENSIONS
from simengine.world.library import AssetName, ValueType

__all__ = ["SPLITS", "assets", "known_assets"]

SPLITS = ("all", "train", "held_out")
_STRING = ValueType("string")
_LENGTH = DIMENSIONS["length"]
_SLACK = 1.0 + 1e-9


def assets(ctx: Context, args: Mapping[str, Expr], span: Span) -> Choice | None:
    """The names of a family, each as often; None after reporting that there is none.

    ``size`` is the largest longest side that a thing may have, ``min_size`` the smallest one; ``split = train`` leaves
    out what is held out for tests, ``split = held_out`` takes only that.
    """
    families = {family: library.assets for library in ctx.libraries.values() for family in library.assets}
    name = constant_word(args["name"])
    if name not in families:
        near = did_you_mean(name or "", list(families))
        ctx.sink.error(
            "E0201", args["name"].span, f"no library in use has a family of assets '{name}'",
            help=f"did you mean '{near}'?" if near else "",
            note=f"families: {', '.join(families) or 'none; some libraries bring them: use warehouse'}",
        )  # fmt: skip
        return None
    for key in ("size", "min_size"):
        if key in args and constant(args[key]) is None:
            ctx.sink.error("E0212", args[key].span, f"'{key}' of a library is a fixed length", help="write a number")
            return None
    low, high = (constant(args.get(key)) for key in ("min_size", "size"))
    split = constant_word(args["split"]) if "split" in args else "all"
    try:
        family = families[name][name]
    except (SceneError, LimitError) as error:  # a mesh of a user's folder
        _unreadable(ctx, span, error)
        return None
    part = [a for a in family if split == "all" or a.held_out == (split == "held_out")]
    kept = [a for a in part if (low or 0.0) <= a.longest_m * _SLACK and (high is None or a.longest_m <= high * _SLACK)]
    if not kept:
        _nothing_left(ctx, name, part, span)
        return None
    return Choice(tuple(Const(a.name, _STRING, span) for a in kept), (1.0,) * len(kept), span)


def _unreadable(ctx: Context, span: Span, error: Exception) -> None:
    ctx.sink.error(
        "E0201", span, f"a thing of the library cannot be read: {error}",
        help="repair its file, or take it out of 'library.toml'; 'simengine assets FOLDER' looks at all of them",
    )  # fmt: skip


def _nothing_left(ctx: Context, name: str, part: list[AssetName], span: Span) -> None:
    sizes = sorted(a.longest_m for a in part)
    note = f"the longest sides there are {number_text(sizes[0], _LENGTH)} to {number_text(sizes[-1], _LENGTH)}"
    ctx.sink.error(
        "E0212", span, f"nothing in '{name}' passes these filters",
        help="'size' is the largest longest side, 'min_size' the smallest", note=note if sizes else "",
    )  # fmt: skip


def known_assets(ctx: Context, info: EntityInfo) -> None:
    """Report names of assets that the kind of an entity does not know."""
    kind = info.kind
    made = ctx.definitions.get(f"{info.name}.{kind.sized_by}") if kind.sized_by != "model" else None
    for word, span in _words(made) if made else ():
        if word not in kind.size_m:
            near = did_you_mean(word, list(kind.size_m))
            ctx.sink.error(
                "E0201", span, f"{an(kind.name)} has no asset '{word}'", help=f"did you mean '{near}'?" if near else "",
                note=f"assets: {', '.join(n for n in kind.size_m if n)}",
            )  # fmt: skip
            continue
        try:
            kind.size_m[word]
        except (SceneError, LimitError) as error:
            _unreadable(ctx, span, error)


def _words(made: Definition) -> list[tuple[str, Span]]:
    values = made.binding.values if isinstance(made.binding, Choice) else (made.binding,)
    return [(v.value, v.span) for v in values if isinstance(v, Const) and isinstance(v.value, str)]
