"""What value a place asks for: an argument of a call, the value of a property, the other side of a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simengine.lsp.cursor import Cursor, header_word
from simengine.lsp.scope import Scope
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.units import DIMENSIONS
from simengine.world.library import Property, Signature, ValueType, quantity
from simengine.world.vocabulary import (
    ACTIONS,
    ATTRIBUTES,
    CONTROLLERS,
    FUNCTIONS,
    MATH,
    METHODS,
    PLACES,
    find,
)

__all__ = ["Call", "Place", "path_before", "place_of"]

_OPENS, _CLOSES = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
_COMPARES = frozenset(["<", "<=", ">", ">=", "==", "!=", "in"])
_TIME = quantity("time")
_BY_WORD = {
    ("stop", "after"): _TIME, ("wait", "wait"): _TIME, ("", "for"): _TIME, ("when", "holds"): _TIME,
    ("ensure", "within"): _TIME, ("ensure", "after"): _TIME, ("expect", "within"): _TIME, ("expect", "after"): _TIME,
    ("record", "at"): quantity("frequency"),
}  # fmt: skip
"""What stands after a word of the grammar in a statement ("": in any)."""
_CONTROLLER = ValueType("controller")


@dataclass(frozen=True)
class Call:
    """A call around a place.

    Attributes:
        name: what is called.
        parameters: what it takes.
        given: names of arguments that stand before.
        fresh: the place begins an argument.
    """

    name: str
    parameters: tuple[Property, ...]
    given: frozenset[str]
    fresh: bool


@dataclass(frozen=True)
class Place:
    """What a value is for.

    Attributes:
        wanted: the type that is asked for, where it is known.
        call: the call of which it is an argument.
        drawn: a distribution may stand there.
    """

    wanted: ValueType | None = None
    call: Call | None = None
    drawn: bool = False


def path_before(words: Sequence[str]) -> tuple[str, ...]:
    """The names of the path that ends some tokens, indices left out: ``parked[1].model`` is (parked, model)."""
    found: list[str] = []
    k = len(words) - 1
    while k >= 0:
        if words[k] == "]":
            depth = 0
            while k >= 0:
                depth += (words[k] == "]") - (words[k] == "[")
                if depth == 0:
                    break
                k -= 1
            k -= 1
            continue
        if not (words[k][:1].isalpha() or words[k][:1] == "_"):
            break
        found.insert(0, words[k])
        if k < 1 or words[k - 1] != ".":
            break
        k -= 2
    return tuple(found)


def _opened(words: Sequence[str]) -> int | None:
    """The index of the innermost bracket that is open at the end."""
    depth = 0
    for k in range(len(words) - 1, -1, -1):
        if words[k] in _CLOSES:
            depth += 1
        elif words[k] in _OPENS:
            if depth == 0:
                return k
            depth -= 1
    return None


def _segments(words: Sequence[str]) -> list[list[str]]:
    """Arguments as far as they are written."""
    out: list[list[str]] = [[]]
    depth = 0
    for w in words:
        depth += (w in _OPENS) - (w in _CLOSES)
        if w == "," and depth == 0:
            out.append([])
        else:
            out[-1].append(w)
    return out


def place_of(cursor: Cursor, scope: Scope) -> Place:
    """What the cursor's place is for."""
    return _place(list(cursor.words), cursor, scope)


def _place(words: list[str], cursor: Cursor, scope: Scope) -> Place:
    compared = _compared(words, cursor, scope)
    if compared is not None:
        return Place(compared)
    at = _opened(words)
    if at is None:
        return _assigned(words, cursor, scope)
    before, inside = words[:at], words[at + 1 :]
    if words[at] == "(" and before and (found := _parameters(before, cursor, scope)) is not None:
        return _argument(path_before(before)[-1], found, inside)
    if words[at] == "{" and inside and inside[-1] == ":":
        return Place()  # a weight
    if words[at] in "{(" and (before[-1:] in (["~"], ["="]) or before[-1:] == ["in"] or before[-1:] == ["{"]):
        return Place(_place(before, cursor, scope).wanted)
    return Place()


def _compared(words: list[str], cursor: Cursor, scope: Scope) -> ValueType | None:
    """The words that the left-hand side of a comparison can be."""
    k = len(words) - 1
    if k >= 1 and words[k] in ("{", ",") and (at := _opened(words)) is not None and words[at] == "{":
        k = at - 1
    if k < 1 or words[k] not in _COMPARES or (words[k] == "in" and cursor.words[0] == "each"):
        return None
    return type_of(path_before(words[:k]), cursor, scope)


def _argument(name: str, parameters: tuple[Property, ...], inside: list[str]) -> Place:
    segments = _segments(inside)
    given = {s[0] for s in segments[:-1] if len(s) > 1 and s[1] in "=~"}
    now = segments[-1]
    by_name = {p.name: p for p in parameters}
    if len(now) > 1 and now[1] in "=~":
        prop = by_name.get(now[0])
        return Place(prop.type if prop and len(now) == 2 else None, drawn=now[1] == "~" and len(now) == 2)
    k = len(segments) - 1
    positional = parameters[k] if not given and k < len(parameters) and "." not in parameters[k].name else None
    fresh = not now
    taken = frozenset(given | {p.name for p in parameters[: len(segments) - 1 - len(given)]})
    return Place(positional.type if positional and fresh else None, Call(name, parameters, taken, fresh))


def _parameters(before: list[str], cursor: Cursor, scope: Scope) -> tuple[Property, ...] | None:
    """What is called takes; None where nothing is known to be called."""
    path = path_before(before)
    if not path:
        return None
    first = cursor.words[0] if cursor.words else ""
    if first == "world" and len(path) == 1:
        kinds = [w for lib in scope.used.values() for name, w in lib.worlds.items() if name == path[0]]
        return kinds[0].properties if kinds else None
    if first == "sensor" and len(path) == 1 and path[0] in SENSOR_KINDS:
        return SENSOR_KINDS[path[0]].properties
    if len(path) == 1:
        found = find((*FUNCTIONS, *PLACES, *MATH), path[0]) or find(CONTROLLERS, path[0], "vehicle")
        return found.parameters if found else None
    found = method_of(path, scope)
    return found.parameters if found else None


def method_of(path: Sequence[str], scope: Scope) -> Signature | None:
    """The question or action that a path names."""
    if path[0] in scope.sensors:
        return find(ACTIONS, path[-1], "sensor")
    entity = scope.entity(path[0])
    category = entity.kind.category if entity else "entity"
    return find((*METHODS, *ACTIONS), path[-1], category)


def _assigned(words: list[str], cursor: Cursor, scope: Scope) -> Place:
    """The value of a setting, parameter or clause."""
    last = words[-1] if words else ""
    if (spoken := _BY_WORD.get((words[0], last)) or _BY_WORD.get(("", last)) if words else None) is not None:
        return Place(spoken)
    signs = [k for k, w in enumerate(words) if w in "=~"]
    first = words[0] if words else ""
    if last == "else" and signs:  # the other value of 'a if condition else b'
        last = "="
    if not signs or last not in ("=", "~"):
        return Place(drawn=last == "~")
    left = words[: signs[-1]]
    drawn = last == "~"
    if first == "param":
        name = left[-1] if len(left) > 1 and left[-2] == ":" else ""
        return Place(quantity(name) if name in DIMENSIONS else None, drawn=drawn)
    if first == "sensor":
        return Place(ValueType("sensor"), drawn=False)
    left = left[1:] if first == "override" else left
    return Place(type_of(path_before(left), cursor, scope), drawn=drawn)


def type_of(path: Sequence[str], cursor: Cursor, scope: Scope) -> ValueType | None:
    """The type of a path as it stands at the cursor."""
    if not path:
        return None
    table = {p.name: p for p in owner_properties(cursor, scope)}
    word = ".".join(path)
    if word in table:
        return table[word].type
    if word == "controller" and header_word(cursor.owner) == "entity":
        return _CONTROLLER
    for properties in ({p.name: p for p in scope.world_properties()},):
        short = ".".join(path[1:] if path[0] == "world" else path)
        if short in properties:
            return properties[short].type
    entity = scope.entity(path[0])
    if entity is not None and len(path) > 1:
        rest = ".".join(path[1:])
        if rest == "controller":
            return _CONTROLLER
        if rest in entity.properties:
            return entity.properties[rest].type
        found = find(ATTRIBUTES, rest, entity.kind.category)
        return found.returns if found else None
    if path[0] in scope.sensors and len(path) > 1:
        found_property = scope.sensors[path[0]].properties.get(".".join(path[1:]))
        return found_property.type if found_property else None
    return scope.types.get(word)


def owner_properties(cursor: Cursor, scope: Scope) -> tuple[Property, ...]:
    """What the lines of the block around the cursor set."""
    owner = cursor.owner
    match header_word(owner):
        case "world":
            return scope.world_properties()
        case "sensor" if len(owner) > 1 and owner[1] in scope.sensors:
            return tuple(scope.sensors[owner[1]].properties.values())
        case "entity" if len(owner) > 1:
            info = scope.entities.get(owner[1])
            return tuple(info.properties.values()) if info is not None else ()
        case _:
            return ()
