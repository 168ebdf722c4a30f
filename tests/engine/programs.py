"""Hand-made programs on a straight road, independent of the parser and of the shipped scene library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.engine.variants import Variants
from simengine.language.program import Clause, Definition, EntityDecl, Program, WorldDecl
from simengine.language.terms import Call, Const, EntityRef, Expr, Ref
from simengine.units import DIMENSIONS
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.library import EntityKind, Library, ValueType, WorldKind, enum, quantity
from tests.engine.fakes import SPAN

PLACE, ENTITY = ValueType("place"), ValueType("entity")
LENGTH = quantity("length")
SIDES = enum("left", "right")
SIZES = {"sedan": (4.0, 2.0, 1.5), "van": (6.0, 2.2, 2.0)}
KIDS = {"child": (0.3, 0.4, 1.2)}


def lanes(values: Mapping[str, Any]) -> LaneGraph:
    """``lanes`` lanes of 3 m along +x from (0, 0), the leftmost one oncoming if ``oncoming``; kerbs 2 m outside."""
    count, length = round(float(values.get("lanes", 2))), float(values.get("length", 200.0))
    out: list[Lane] = []
    for k in range(count):
        forward = not (values.get("oncoming") and k == count - 1)
        ends = [0.0, length] if forward else [length, 0.0]
        line = Curve(np.array([[x, 3.0 * k + 1.5, 0.0] for x in ends]))
        out.append(Lane(line, 3.0, forward, k + 1 if k + 1 < count else -1, k - 1))
    kerbs = {
        "curb.right": Curve(np.array([[0.0, -2.0, 0.0], [length, -2.0, 0.0]])),
        "curb.left": Curve(np.array([[0.0, 3.0 * count + 2.0, 0.0], [length, 3.0 * count + 2.0, 0.0]])),
    }
    return LaneGraph(tuple(out), kerbs)


LIBRARY = Library(
    "test",
    {"road": WorldKind("road", (), (), lanes)},
    {
        "car": EntityKind("car", "vehicle", (), tuple(SIZES), None, SIZES),
        "pedestrian": EntityKind("pedestrian", "person", (), tuple(KIDS), None, KIDS),
    },
)


def number(value: float) -> Const:
    return Const(value, LENGTH, SPAN)


def entity(name: str, index: float | None = None) -> EntityRef:
    return EntityRef(name, ENTITY, SPAN, None if index is None else number(index))


def lane(index: float | Expr) -> Call:
    return Call("lane", None, {"index": index if not isinstance(index, float | int) else number(index)}, PLACE, SPAN)


def s(station: float | Expr) -> Call:
    return Call(
        "s", None, {"station": station if not isinstance(station, float | int) else number(station)}, PLACE, SPAN
    )


def curb(side: str) -> Call:
    return Call("curb", None, {"side": Const(side, SIDES, SPAN)}, PLACE, SPAN)


def beside(name: str, side: str | Expr) -> Call:
    word = Const(side, SIDES, SPAN) if isinstance(side, str) else side
    return Call("lane_beside", None, {"target": entity(name), "side": word}, PLACE, SPAN)


def clause(kind: str, place: Expr, by: str | None = None, second: Expr | None = None) -> Clause:
    return Clause(kind, place, second, by, SPAN)


def car(name: str, *clauses: Clause, count_max: int | None = None, kind: str = "car") -> EntityDecl:
    category = "person" if kind == "pedestrian" else "vehicle"
    count = None if count_max is None else f"{name}.count"
    return EntityDecl(name, kind, "test", category, clauses, SPAN, count, count_max or 1)


def program(
    entities: Sequence[EntityDecl],
    types: Mapping[str, ValueType] | None = None,
    arrays: Mapping[str, str] | None = None,
) -> Program:
    """A program of entities; ``types`` lists its definitions, ``arrays`` which of them elements have of their own."""
    definitions = {
        path: Definition(path, number(0.0), kind, SPAN, (arrays or {}).get(path))
        for path, kind in (types or {}).items()
    }
    return Program(
        "test", "", "", "<test>", ("test",), (), (), WorldDecl("road", "test", SPAN), definitions, tuple(entities),
        (), (), (), (), (), (), (), (), (), (), (),
    )  # fmt: skip


MODEL = enum(*SIZES)


def variants(prog: Program, values: Mapping[str, Any], count: int) -> Variants:
    return Variants(
        prog, {"test": LIBRARY}, {k: np.asarray(v, float) for k, v in values.items()}, count, 0, np.arange(count)
    )


__all__ = [
    "DIMENSIONS", "LENGTH", "LIBRARY", "MODEL", "Ref", "beside", "car", "clause", "curb", "entity", "lane", "number",
    "program", "s", "variants",
]  # fmt: skip
