"""What monitors measure at the instant of a frame: how near the ego is to everything else, in space and in time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I32Array, I64Array
from simengine.render.labels.rows import row_of, shown

__all__ = ["Measures"]

_UNITS = {
    "distance_m": "float64", "gap_m": "float64", "headway_s": "float64", "ttc_s": "float64",
    "required_deceleration_mps2": "float64", "pet_s": "float64", "contact": "bool", "contact_time_ns": "int64",
    "off_road": "bool", "ran_red": "bool",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of one instant. N rows, ascending by instance id: the ego and everything that it could meet.

    In the row of the ego itself what is between two is nan, False or -1.

    Attributes:
        time_ns: of the instant.
        ego: name of the entity that the measures are about.
        instance: (N,), index into ``Scene.entities``: the track id.
        name: entity names.
        distance_m: (N,), between the boxes; negative where they overlap.
        gap_m: (N,), free distance along the ego's lane, whoever is ahead; negative while level with each other.
        headway_s: (N,), the gap by the ego's speed; inf where it stands.
        ttc_s: (N,), time to collision as the language's ``ttc`` counts it; inf: never.
        required_deceleration_mps2: (N,), as the language's ``required_deceleration``.
        pet_s: (N,), post-encroachment time of the pair in the whole run, the same in all its frames; inf where their
            ways do not cross.
        contact: (N,), they touch now.
        contact_time_ns: (N,), when they first touch in the run, between ticks; -1: never.
        off_road: (N,), the centre is on no lane or turn.
        ran_red: (N,), it has crossed a stop line at red.
    """

    time_ns: int
    ego: str
    instance: I32Array
    name: tuple[str, ...]
    distance_m: F64Array
    gap_m: F64Array
    headway_s: F64Array
    ttc_s: F64Array
    required_deceleration_mps2: F64Array
    pet_s: F64Array
    contact: BoolArray
    contact_time_ns: I64Array
    off_road: BoolArray
    ran_red: BoolArray

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        return shown(f"measures of '{self.ego}' at {self.time_ns / 1e9:.3f} s", self.name, list(_UNITS))

    def find(self, thing: str | int) -> int:
        """Row of a thing, by name or instance id: ``measures.ttc_s[measures.find("kid")]``.

        Raises:
            ReadingError: it is not among them.
        """
        return row_of(thing, self.instance, self.name, f"at {self.time_ns / 1e9:.3f} s")

    @classmethod
    def of_columns(cls, time_ns: int, ego: str, columns: Mapping[str, Array]) -> Measures:
        """The table of :meth:`columns` from arrays of the same types."""
        names = tuple(columns["name"].tolist())
        return cls(time_ns, ego, columns["instance"], names, *(columns[name] for name in _UNITS))

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table, units in the names."""
        own = {f.name: getattr(self, f.name) for f in fields(self)}
        return {"instance": self.instance, "name": list(self.name), **{name: own[name] for name in _UNITS}}


COLUMNS: Mapping[str, str] = {"instance": "int32", "name": "string", **_UNITS}
"""Columns of a row and their types."""


def empty(rows: int) -> dict[str, Array]:
    """Columns of so many rows in which nothing is measured."""
    nothing: dict[str, object] = {"float64": np.nan, "bool": False, "int64": -1}
    return {name: np.full(rows, nothing[kind], kind) for name, kind in _UNITS.items()}
