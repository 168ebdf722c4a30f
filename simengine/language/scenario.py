"""One concrete draw of a program: plain values with units, an exact JSON form and an identity."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias, cast

import numpy as np

from simengine.arrays import Array
from simengine.errors import UsageError
from simengine.language.decimals import in_unit
from simengine.language.display import column_names, display_units
from simengine.language.followed import followed_paths
from simengine.language.program import Definition, Program
from simengine.units import NONE, UNITS, Dimension, Unit, dimension_name
from simengine.world.library import ValueType

__all__ = ["Scenario", "Value", "canonical_json", "decode", "si_unit", "source_digest"]

Value: TypeAlias = "float | bool | str | tuple[Value, ...]"
"""SI number, flag, word, vector, or the values of an array's elements."""

_FORMAT = "simengine.scenario/1"


def source_digest(program: Program) -> str:
    """sha256 of the source text, and of the texts of the installed scenarios that it extends."""
    made = hashlib.sha256(program.source.encode())
    for name, text in sorted(program.parents.items()):
        made.update(f"\0{name}\0{text}".encode())
    return made.hexdigest()


@cache
def si_unit(dimension: Dimension) -> str:
    """Symbol of the SI unit of a dimension ("m/s"); "" for plain numbers."""
    if dimension == NONE:
        return ""
    for unit in UNITS.values():
        if unit.dimension == dimension and unit.scale == 1.0 and unit.offset == 0.0:
            return unit.symbol
    product = dimension_name(dimension)
    known = {"area": "m2", "volume": "m3", "force": "kg m/s2", "density": "kg/m3"}
    return known.get(product, product)


def canonical_json(content: Any) -> bytes:
    """The one byte string of a JSON value: sorted keys, no spaces, shortest floats that read back exactly."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.encode("ascii")


def decode(value: Array, definition: Definition, program: Program) -> Value:
    """A value of one variant from its array form: enum codes become words, arrays tuples."""
    components = definition.components
    kind = definition.type
    if components:
        kinds = [program.definitions[c].type if c in program.definitions else kind for c in components]
        if definition.array is not None:
            return tuple(tuple(_plain(v, k) for v, k in zip(row, kinds, strict=True)) for row in value)
        return tuple(_plain(v, k) for v, k in zip(value, kinds, strict=True))
    return _nested(value, kind)


def _nested(value: Any, kind: ValueType) -> Value:
    if np.ndim(value):
        return tuple(_nested(v, kind) for v in value)
    return _plain(value, kind)


def _plain(value: Any, kind: ValueType) -> float | bool | str:
    if isinstance(value, str):
        return str(value)
    if kind.kind == "bool" or isinstance(value, bool) or getattr(value, "dtype", None) == np.bool_:
        return bool(value)
    if kind.kind == "enum" and kind.choices:
        return kind.choices[round(float(value))]
    return float(value)


@dataclass(frozen=True)
class Scenario:
    """One concrete draw.

    Attributes:
        program: name of the scenario program.
        source: sha256 of the program's text.
        seed, plan, index: what was drawn.
        attempt: how many draws of the variant the constraints rejected.
        values: by definition path, in SI; a tuple of elements for properties of entity arrays.
        units: SI symbol by path, where the value has a dimension.
        drawn: paths that are random variables (components of joint tables included), in the order of the program.
        followed: paths that are computed from them, in the order of the program; no part of the identity and not
            stored.
        display: unit for tables by path, where it is not SI's; as ``followed``.
        names: name for tables by path, where it is not the path; as ``followed``.
        vectors: paths whose values are one vector, not one value an element; as ``followed``.
    """

    program: str
    source: str
    seed: int
    plan: str
    index: int
    attempt: int
    values: Mapping[str, Value]
    units: Mapping[str, str]
    drawn: tuple[str, ...]
    followed: tuple[str, ...] = field(default=(), compare=False, repr=False)
    display: Mapping[str, Unit] = field(default_factory=dict[str, Unit], compare=False, repr=False)
    names: Mapping[str, str] = field(default_factory=dict[str, str], compare=False, repr=False)
    vectors: frozenset[str] = field(default_factory=frozenset[str], compare=False, repr=False)

    @staticmethod
    def of(program: Program, seed: int, plan: str, index: int, attempt: int, values: Mapping[str, Value]) -> Scenario:
        """The scenario of drawn values."""
        units = {p: si_unit(d.type.dimension) for p, d in program.definitions.items() if p in values}
        drawn, followed = drawn_paths(program), followed_paths(program)
        shown = (*drawn, *followed)
        return Scenario(
            program.name, source_digest(program), seed, plan, index, attempt, dict(values),
            {p: u for p, u in units.items() if u}, drawn, followed, display_units(program, shown),
            column_names(program, shown), frozenset(p for p in shown if program.definitions[p].array is None),
        )  # fmt: skip

    @property
    def digest(self) -> str:
        """sha256 over the canonical JSON: the identity of a run."""
        return hashlib.sha256(self.to_json()).hexdigest()

    def to_json(self) -> bytes:
        """Canonical JSON; floats are exact, infinities and nan are ``{"float": "inf"}``."""
        return canonical_json({
            "format": _FORMAT, "program": self.program, "source": self.source, "seed": self.seed, "plan": self.plan,
            "index": self.index, "attempt": self.attempt, "units": dict(self.units), "drawn": list(self.drawn),
            "values": {path: _to_json(value) for path, value in self.values.items()},
        })  # fmt: skip

    @staticmethod
    def from_json(data: bytes | str) -> Scenario:
        """The scenario of :meth:`to_json`.

        Raises:
            UsageError: not such a text.
        """
        try:
            content: Any = json.loads(data)
            if content["format"] != _FORMAT:
                raise UsageError(f"expected a scenario in the format '{_FORMAT}'; found '{content['format']}'")
            return Scenario(
                str(content["program"]), str(content["source"]), int(content["seed"]), str(content["plan"]),
                int(content["index"]), int(content["attempt"]),
                {str(p): _from_json(v) for p, v in content["values"].items()},
                {str(p): str(u) for p, u in content["units"].items()}, tuple(str(p) for p in content["drawn"]),
            )  # fmt: skip
        except UsageError:
            raise
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise UsageError(f"this is no scenario: {type(error).__name__} {error}; write it with to_json") from error

    def row(self, followed: bool = True) -> dict[str, float | bool | str]:
        """Values for a table: one column each, in the unit of the program's text ("ego.speed [km/h]").

        First what is drawn, then what follows from it (``param rain = 20 mm/h - k * sun``, ``world.rain = rain``), both
        in the order of the program; constants have no column. ``followed=False`` leaves the second part out.

        Elements of arrays get a column each ("parked[1].gap [m]"), components of vectors one in brackets. Numbers are
        those that the unit turns into the SI values of :attr:`values`. What the text has no name for is called after
        its phase or line ("dart: speed", "L42: for"). Read back with :meth:`from_json`, a scenario knows no text: its
        columns are the paths of
        what is drawn, in SI.
        """
        out: dict[str, float | bool | str] = {}
        for path in (*self.drawn, *(self.followed if followed else ())):
            if path in self.values:
                unit = self.display.get(path)
                symbol = self.units.get(path, "") if unit is None else unit.symbol
                name, value, label = self.names.get(path, path), self.values[path], f" [{symbol}]" if symbol else ""
                if path in self.vectors and isinstance(value, tuple):
                    for k, item in enumerate(value):
                        _flatten(f"{name}[{k + 1}]", item, label, unit, out)
                    continue
                _flatten(name, value, label, unit, out)
        return out


def drawn_paths(program: Program) -> tuple[str, ...]:
    """Random variables of a program; a joint table is shown by its components."""
    joint = {c for d in program.definitions.values() if d.drawn for c in d.components}
    return tuple(p for p, d in program.definitions.items() if p in joint or (d.drawn and not d.components))


def _flatten(path: str, value: Value, label: str, unit: Unit | None, out: dict[str, float | bool | str]) -> None:
    if not isinstance(value, tuple):
        shown = in_unit(value, unit) if unit is not None and isinstance(value, float) else value
        out[path + label] = shown
        return
    array, dot, rest = path.partition(".")
    for k, item in enumerate(value):
        _flatten(f"{array}[{k + 1}]{dot}{rest}", item, label, unit, out)


def _to_json(value: Value) -> Any:
    if isinstance(value, tuple):
        return [_to_json(v) for v in value]
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": repr(value)}
    return value


def _from_json(value: Any) -> Value:
    if isinstance(value, list):
        return tuple(_from_json(v) for v in cast(list[Any], value))
    if isinstance(value, dict):
        return float(cast(dict[str, str], value)["float"])
    if isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return float(value)
    raise ValueError(f"a value may be a number, flag, word or list, found {value!r}")
