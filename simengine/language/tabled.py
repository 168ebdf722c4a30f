"""Drawn values and what follows from them as columns: the table of ``Scenario.row`` for many variants at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from simengine.arrays import Array, BoolArray, I64Array
from simengine.language.decimals import in_units
from simengine.language.display import column_names, display_units
from simengine.language.followed import followed_paths
from simengine.language.sample import Draws
from simengine.language.scenario import drawn_paths, si_unit
from simengine.language.side_by_side import side_by_side
from simengine.units import Unit
from simengine.world.library import ValueType

__all__ = ["Column", "columns_of"]

_PIECE = 1 << 9
_EXACT = 2.0**53  # whole numbers below are exact in float64


@dataclass(frozen=True, eq=False)
class Column:
    """One column of a table of draws.

    Attributes:
        name: as in ``Scenario.row``: "ego.speed [km/h]", "parked[1].model".
        values: one for each variant: float64 in the unit of the program's text, int64 for whole numbers, bool, or text.
        there: which variants have the value (an element of an array may not exist); None: all.
    """

    name: str
    values: Array
    there: BoolArray | None = None

    def cells(self, first: int = 0, last: int | None = None) -> list[float | bool | str | None]:
        """Plain values of the rows from ``first`` to before ``last``; None where there is none."""
        plain: list[float | bool | str | None] = self.values[first:last].tolist()
        if self.there is None:
            return plain
        return [v if there else None for v, there in zip(plain, self.there[first:last].tolist(), strict=True)]


def columns_of(draws: Draws) -> list[Column]:
    """The random variables of draws and then what follows from them, one column each.

    Elements of arrays and components of vectors have one each.
    """
    program = draws.program
    paths = [p for p in (*drawn_paths(program), *followed_paths(program)) if p in draws.values]
    units, names = display_units(program, paths), column_names(program, paths)
    sizes = {e.name: draws.values[e.count] for e in program.entities if e.count is not None}
    inside = [p for p in paths if program.definitions[p].array is not None]
    many = sum(draws.values[p].size for p in inside)
    turned = side_by_side(lambda p: _by_element(np.asarray(draws.values[p])), inside, many)
    by_element = dict(zip(inside, turned, strict=True))
    existing = {name: _existing(count) for name, count in sizes.items()}
    wanted: list[tuple[str, str, Array, _There | None, ValueType, Unit | None]] = []
    for path in paths:
        definition, value = program.definitions[path], np.asarray(draws.values[path])
        name, unit = names.get(path, path), units.get(path)
        symbol = si_unit(definition.type.dimension) if unit is None else unit.symbol
        label = f" [{symbol}]" if symbol else ""
        if definition.array is None and value.ndim > 1:
            parts = ((f"{name}[{k + 1}]", value[:, k]) for k in range(value.shape[1]))
            wanted += [(part, label, v, None, definition.type, unit) for part, v in parts]
            continue
        if definition.array is None:
            wanted.append((name, label, value, None, definition.type, unit))
            continue
        value = by_element[path]
        for k, there in enumerate(existing[definition.array]):
            wanted.append((_element(name, k), label, value[k], there, definition.type, unit))
    made = side_by_side(lambda column: list(_spread(*column)), wanted, len(wanted) * len(draws))
    return [column for columns in made for column in columns]


class _There(NamedTuple):
    """Which variants have an element: as flags and as rows."""

    flags: BoolArray
    rows: I64Array


def _existing(count: Array) -> list[_There | None]:
    """For each element of an array which variants have it; None: all."""
    flags = [k < count for k in range(int(count.max(initial=0)))]
    return [None if f.all() else _There(f, np.flatnonzero(f)) for f in flags]


def _by_element(value: Array) -> Array:
    """The same with the elements first, some rows at a time, which stay in the cache."""
    out = np.empty((value.shape[1], len(value), *value.shape[2:]), value.dtype)
    for at in range(0, len(value), _PIECE):
        out[:, at : at + _PIECE] = np.moveaxis(value[at : at + _PIECE], 1, 0)
    return out


def _element(name: str, k: int) -> str:
    array, dot, rest = name.partition(".")
    return f"{array}[{k + 1}]{dot}{rest}"


def _spread(
    name: str, label: str, value: Array, there: _There | None, kind: ValueType, unit: Unit | None
) -> Iterator[Column]:  # fmt: skip
    if value.ndim > 1:
        for k in range(value.shape[1]):
            yield from _spread(_element(name, k), label, value[:, k], there, kind, unit)
        return
    if there is None or kind.kind == "enum":
        flags = None if there is None else there.flags
        yield Column(name + label, _shown(np.ascontiguousarray(value), kind, unit), flags)
        return
    some = _shown(value.take(there.rows), kind, unit)  # what is not there is not written in any unit
    shown = np.zeros(len(value), some.dtype)
    shown[there.rows] = some
    yield Column(name + label, shown, there.flags)


def _shown(value: Array, kind: ValueType, unit: Unit | None) -> Array:
    if value.dtype.kind != "f":
        return value
    if kind.kind == "enum" and kind.choices:
        codes = np.where(np.isfinite(value), np.rint(value), 0.0).astype(np.int64)
        return np.array(kind.choices).take(codes, mode="clip")
    if kind.kind == "bool":
        return value == 1.0
    if kind.kind == "int" and np.all(np.abs(value) < _EXACT):
        return value.astype(np.int64)
    return value if unit is None else in_units(value, unit)
