"""Proposals for the word at a place, from what the grammar takes there and what the scenario knows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from simengine.language.lexer import CONTEXTUAL, RESERVED
from simengine.language.reading import read
from simengine.lsp import describe, items
from simengine.lsp.analysis import Analysis
from simengine.lsp.cursor import Cursor, cursor_at, header_word
from simengine.lsp.items import Item
from simengine.lsp.scope import Scope, scope_at
from simengine.lsp.wanted import Place, owner_properties, path_before, place_of
from simengine.world.library import Property
from simengine.world.vocabulary import ACTIONS, CONTROLLERS, FAMILIES, FUNCTIONS, MATH, PLACES

__all__ = ["complete", "proposals"]

_LABELS = {"class": "class of the entity", "instance": "its identity", "part": "its parts", "pose6d": "its pose"}
_QUANTIFIERS = {
    "all": ("all(x in ARRAY: CONDITION)", "it holds of every element"),
    "any": ("any(x in ARRAY: CONDITION)", "it holds of some element"),
    "count": ("count(x in ARRAY: CONDITION)", "the number of elements of which it holds"),
}


def complete(analysis: Analysis, line: int, column: int) -> tuple[Cursor, list[Item]]:
    """The cursor with the word that is being typed, and proposals for it, best first; never an error."""
    cursor = cursor_at(analysis.layout, line, column)
    if cursor.quiet:
        return cursor, []
    return cursor, list(_best(proposals(cursor, scope_at(analysis, line, cursor), analysis)).values())


def _best(found: Iterator[Item]) -> Mapping[tuple[str, bool], Item]:
    """Each word once, and once more as the name of an argument."""
    out: dict[tuple[str, bool], Item] = {}
    for item in sorted(found, key=lambda i: i.rank):
        out.setdefault((item.label, item.insert.endswith(" = ")), item)
    return out


def proposals(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    """Everything that may stand at the cursor."""
    words = cursor.words
    if cursor.after_number:
        wanted = place_of(_before_number(cursor), scope).wanted
        yield from items.units(wanted.dimension if wanted else None)
        yield from items.keywords(_spoken(cursor, scope), 3)
        return
    if words and words[-1] == ".":
        extending = words[0] == "scenario" and "extends" in words and "(" not in words[words.index("extends") :]
        yield from _scenarios(cursor, scope, analysis) or () if extending else _members(cursor, scope)
        return
    accepts = cursor.accepts
    if not accepts and words and words[-1] == ":":
        return  # the block begins on the next line
    head = not words
    yield from items.keywords(_spoken(cursor, scope), 0 if head else 2)
    if "UNIT" in accepts:
        yield from items.units(None)
    if "NAME" not in accepts and accepts:
        return
    if head:
        yield from _starts(cursor, scope)
    else:
        yield from _names(cursor, scope, analysis)


def _spoken(cursor: Cursor, scope: Scope) -> list[str]:
    """Words of the grammar that fit; those of time only where verdicts are written, none where a word is asked for."""
    found = [w for w in sorted(RESERVED | CONTEXTUAL) if w.upper() in cursor.accepts]
    if not cursor.words or not cursor.accepts & {"ALWAYS"}:
        return found
    wanted = place_of(cursor, scope).wanted
    if wanted is not None and wanted.kind != "bool":
        return []
    timed = cursor.words[0] in ("ensure", "expect")
    return [w for w in found if timed or w not in ("always", "eventually")]


def _before_number(cursor: Cursor) -> Cursor:
    """The cursor in front of the number or range that a unit belongs to."""
    tokens = list(cursor.tokens)
    while tokens and (tokens[-1].type in ("NUMBER", "__ANON_0", "MINUS") or str(tokens[-1]) == "step"):
        tokens.pop()
    return Cursor(cursor.start, cursor.owners, tuple(tokens), frozenset(), cursor.word, False, False)


# ---- the first word of a line -------------------------------------------------------------------------------------


def _starts(cursor: Cursor, scope: Scope) -> Iterator[Item]:
    """What a line starts with, besides statement words."""
    if cursor.start == "body_line":
        for name, where, kind in scope.kinds():
            yield Item(name, "type", kind.category, describe.entity_kind(name, kind, where), rank=1)
        yield from (replace(i, rank=2) for i in scope.named("entity", "sensor"))
    elif cursor.start == "time_line":
        yield from scope.named("entity", "sensor")
        yield from items.signatures((a for a in ACTIONS if not a.receiver), "action")
        yield from items.properties(scope.world_properties(), 2)  # set while running
    elif cursor.start == "set_line":
        yield from items.properties(owner_properties(cursor, scope))
        owner = header_word(cursor.owner)
        info = scope.entities.get(cursor.owner[1]) if owner == "entity" and len(cursor.owner) > 1 else None
        if info is not None and info.kind.category == "vehicle":
            yield Item("controller", "property", "controller", describe.document("controller = aeb()"), rank=0)
        if owner == "each":
            yield from (Item(v, "variable", f"element of {a}", rank=0) for v, a in scope.variables.items())
        if owner == "case":
            yield from scope.named("entity", "sensor")
            yield from items.properties(scope.world_properties(), 1)


# ---- behind a dot -------------------------------------------------------------------------------------------------


def _members(cursor: Cursor, scope: Scope) -> Iterator[Item]:
    """What follows ``base.``."""
    words = cursor.words
    path = path_before(words[:-1])
    if not path:
        return
    own = {p.name: p for p in owner_properties(cursor, scope)}
    if cursor.start == "set_line" and len(path) == len(words) // 2:  # nothing stands before the path
        yield from _inner(path, own)
    base = path[0]
    declared = scope.table.get(base)
    if declared is not None and declared.kind == "phase":
        for edge in ("started", "ended"):
            doc = describe.document(f"{base}.{edge}", f"The event that the phase has {edge}.")
            yield Item(edge, "event", "event", doc, rank=0)
        return
    acting = cursor.start == "time_line" and not {"=", "~", "until", "(", "for"} & set(words)
    if base in scope.sensors and len(path) == 1:
        if acting:
            yield from items.signatures((a for a in ACTIONS if a.receiver == "sensor"), "action", 0)
        yield from items.properties(scope.sensors[base].properties.values())
    elif (entity := scope.entity(base)) is not None:
        if len(path) > 1:
            yield from _inner(path[1:], entity.properties)
            return
        category = entity.kind.category
        if words[0] == "sensor" and "(" not in words:  # a point that carries it
            yield from (Item(name, "place", f"point of the {entity.kind.name}") for name in entity.kind.point_names)
            return
        if acting:
            fits = (a for a in ACTIONS if a.receiver in (category, "entity"))
            yield from items.signatures(fits, "action", 0)
        if category == "vehicle" and cursor.start in ("body_line", "time_line") and len(words) == 2:
            yield Item("controller", "property", "controller", rank=0)
        yield from items.questions(category, entity.properties.values())
    else:
        table = {p.name: p for p in scope.world_properties()}
        yield from items.properties(table.values()) if path == ("world",) else _inner(path, table)


def _inner(path: tuple[str, ...], table: Mapping[str, Property]) -> Iterator[Item]:
    """The rest of properties with a dot in their name: ``sun.`` of ``sun.elevation``."""
    head = ".".join(path) + "."
    for name, p in table.items():
        if name.startswith(head):
            yield Item(name[len(head) :], "property", describe.kind_of(p.type), describe.property_(p), rank=0)


# ---- anywhere else ------------------------------------------------------------------------------------------------


def _names(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    words = cursor.words
    first, last = words[0], words[-1]
    if last == "during":
        yield from scope.named("phase")
        return
    special = _SPECIAL.get(first)
    if special is not None and (found := special(cursor, scope, analysis)) is not None:
        yield from found
        return
    if cursor.start == "time_line" and len(words) == 2 and last == ":":
        yield from scope.named("entity", "sensor")
        return
    if cursor.start == "body_line" and len(words) == 1 and any(k == first for k, _, _ in scope.kinds()):
        return  # a new name
    place = place_of(cursor, scope)
    yield from _values(cursor, scope, place)


def _values(cursor: Cursor, scope: Scope, place: Place) -> Iterator[Item]:
    """Names and calls that can be a value."""
    wanted, call = place.wanted, place.call
    if call is not None:
        yield from items.argument_names(call.parameters, set(call.given))
    if wanted is not None and wanted.kind == "controller":
        yield from items.signatures(CONTROLLERS, "controller", 0)
        return
    if wanted is not None and wanted.kind == "sensor":
        yield from scope.named("sensor")
        return
    if wanted is not None and wanted.kind in ("enum", "bool"):
        yield from items.enum_words(wanted)
        if wanted.kind == "enum":
            yield from (i for i in scope.named("param", "let", "choice") if _holds_word(scope, i.label))
            return
    if place.drawn:
        for name, parameters in FAMILIES.items():
            yield Item(name, "function", f"{name}({', '.join(parameters)})", describe.family(name, parameters),
                       f"{name}($0)")  # fmt: skip
    yield from (Item(v, "variable", f"element of {a}", rank=0) for v, a in scope.variables.items())
    yield from scope.named("entity", "param", "let", "choice", "phase")
    placing = bool(wanted and wanted.kind in ("place", "region", "entity")) or _placing(cursor)
    if placing:
        yield from items.signatures(PLACES, "place", 0)
        yield from (Item(r, "place", "region", describe.document(r, "A region of the world."), rank=0)
                    for r in scope.regions)  # fmt: skip
        yield from items.signatures((f for f in FUNCTIONS if f.returns.kind == "entity"), "function")
        if wanted is not None:
            return
    yield from scope.named("sensor", "cover")
    if cursor.words[:1] != ("world",):
        yield from items.properties(scope.world_properties(), 2)
    yield from items.signatures((*FUNCTIONS, *MATH), "function", 2)
    for name, (head, meaning) in _QUANTIFIERS.items():
        yield Item(name, "function", head, describe.document(head, meaning), f"{name}($0)", 2)
    yield Item("time", "value", "time", describe.document("time", "The time since the start."), rank=2)


def _holds_word(scope: Scope, name: str) -> bool:
    found = scope.types.get(name)
    return found is not None and found.kind == "enum"


def _placing(cursor: Cursor) -> bool:
    """A clause of a placement is being written."""
    words = cursor.words
    clauses = {"at", "on", "in", "of", "behind", "between", "and", "along", "above", "beyond", "facing"}
    return cursor.start == "body_line" and len(words) > 2 and words[-1] in clauses and words[1].isidentifier() and (
        words[0] not in RESERVED
    )  # fmt: skip


def _libraries(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    for name, found in analysis.libraries.items():
        yield Item(name, "library", found.doc, describe.library(found), rank=0)


def _scenarios(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    words = cursor.words
    if "extends" not in words:
        return items.types() if words[-1] == ":" else iter(())
    base = words[words.index("extends") + 1 :]
    if "(" in base:
        at = base.index("(")
        fresh = base[-1] in ("(", ",")
        return _base_parameters("".join(base[:at]), set(base[at:]), analysis) if fresh else None
    return _bases("".join(base), words[1], analysis)


def _bases(typed: str, own: str, analysis: Analysis) -> Iterator[Item]:
    """What can be extended; ``typed``: the topic with its dot, or nothing."""
    if typed and not typed.endswith("."):
        return
    for name in analysis.names.tables if not typed else ():
        if name != own:
            yield Item(name, "scenario", "of this file", rank=0)
    for key in analysis.scenarios:
        if key.startswith(typed):
            yield Item(key[len(typed) :], "scenario", "installed", rank=1)


def _base_parameters(base: str, given: set[str], analysis: Analysis) -> Iterator[Item]:
    """Parameters of a scenario that is extended, as far as it has them itself."""
    found = [s for s in analysis.examination.statements if s.kind == "scenario" and s.names[0].id == base]
    if not found:
        keys = [k for k in analysis.scenarios if base in (k, k.rpartition(".")[2])]
        text = analysis.scenarios[keys[0]] if keys else ""
        found = [s for s in read(text).statements if s.kind == "scenario"]
    for s in found[:1]:
        for p in (p for p in s.body if p.kind == "param"):
            for n in p.names:
                if n.id not in given:
                    yield Item(n.id, "param", p.type_name.id if p.type_name else "", p.text, f"{n.id} = ", 0)


def _types(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    words = cursor.words
    if words[-1] == ":" and not {"=", "~"} & set(words):
        return items.types()
    return None if {"=", "~"} & set(words) else iter(())


def _worlds(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    if len(cursor.words) > 1:
        return None
    return (
        Item(name, "world", kind.doc, describe.world_kind(name, kind, where), f"{name}($0)", 0)
        for where, content in scope.used.items()
        for name, kind in content.worlds.items()
    )


def _sensors(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    words = cursor.words
    if words[-1] == "on":
        return scope.named("entity")
    if words[-1] == "=" and "(" not in words:
        return items.sensor_kinds()
    return iter(()) if len(words) == 1 else None


def _arrays(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    if cursor.words[-1] == "in":
        yield from (i for i in scope.named("entity") if i.detail.endswith("[]"))


def _recorded(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    words = cursor.words
    if len(words) == 1:
        return scope.named("sensor")
    if words[-1] == "during":
        return scope.named("phase")
    if "at" in words or words[1] not in scope.sensors:
        return None
    kind, taken = scope.sensors[words[1]].kind, set(words[3:])
    return (
        Item(c.name, "channel", c.doc, describe.channel(c, kind.name), rank=0 if c.runs else 1)
        for c in kind.channels
        if c.name not in taken
    )


def _labels(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    if cursor.words[-1] == "as":
        yield from (Item(k, "value", d, describe.document(f"label ... as {k}", d), rank=0) for k, d in _LABELS.items())
    else:
        yield from scope.named("entity")


def _crossed(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    yield from scope.named("cover", "param", "choice", "entity")
    yield from items.properties(scope.world_properties(), 2)


def _nothing(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item]:
    return iter(())


def _named(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    return iter(()) if len(cursor.words) == 1 else None


def _covered(cursor: Cursor, scope: Scope, analysis: Analysis) -> Iterator[Item] | None:
    last = cursor.words[-1]
    if last == "as":
        return iter(())
    return scope.named("phase") if last == "at" else None


_SPECIAL = {
    "use": _libraries, "scenario": _scenarios, "tags": _nothing, "cite": _nothing, "param": _types, "let": _named,
    "world": _worlds, "sensor": _sensors, "each": _arrays, "choose": _nothing, "case": _nothing,
    "record": _recorded, "label": _labels, "cross": _crossed, "cover": _covered,
}  # fmt: skip
"""First word of a line -> what is special about its places; None: values as anywhere."""
