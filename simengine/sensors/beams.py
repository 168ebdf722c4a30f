"""Beam tables of real LiDAR units, and uniform fans."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from simengine.arrays import F64Array, I64Array, frozen
from simengine.errors import SensorError, did_you_mean

__all__ = ["DEFAULT_COLUMNS", "BeamTable", "beam_names", "beam_table", "uniform_beams"]

DEFAULT_COLUMNS = 1024
"""Firings of a LiDAR a revolution where neither the program nor a model says how many."""
_UNIFORM_TOP_DEG, _UNIFORM_BOTTOM_DEG = 2.0, -24.8


@dataclass(frozen=True, eq=False)
class BeamTable:
    """Where and when the channels of a spinning LiDAR fire, in the order of the unit's own channel numbers.

    Attributes:
        name: of the unit.
        elevation_rad: (C,).
        azimuth_offset_rad: (C,), counter-clockwise seen from above, like the LiDAR frame.
        firing_offset_ns: (C,), after the start of the column; 0 for units whose channels fire together.
        columns: firings a revolution at 10 Hz (from the firing cycle or the resolution of the data sheet).
        source: where the numbers come from.
    """

    name: str
    elevation_rad: F64Array
    azimuth_offset_rad: F64Array
    firing_offset_ns: I64Array
    columns: int
    source: str = ""

    @property
    def channels(self) -> int:
        """Number of beams."""
        return len(self.elevation_rad)


@cache
def _tables() -> dict[str, dict[str, Any]]:
    text = resources.files("simengine.sensors").joinpath("beam_tables.json").read_text("utf-8")
    return json.loads(text)


def beam_names() -> list[str]:
    """Names of all units, in alphabetical order."""
    return sorted(_tables())


def beam_table(name: str) -> BeamTable:
    """The beam table of a unit; names are compared without case, spaces and underscores.

    Angles are facts of the makers' calibration files (``source``); Hesai and Ouster count azimuth offsets clockwise,
    so their signs are turned here.

    Raises:
        SensorError: no such unit (with the nearest name).
    """
    plain = {_plain(known): known for known in beam_names()}
    found = plain.get(_plain(name))
    if found is None:
        near = did_you_mean(_plain(name), list(plain))
        hint = f"did you mean '{plain[near]}'?" if near else f"known: {', '.join(beam_names())}"
        raise SensorError(f"no LiDAR model '{name}'; {hint}")
    row = _tables()[found]
    return BeamTable(
        found,
        frozen(np.radians(np.array(row["elevation_deg"], np.float64)), np.float64),
        frozen(np.radians(np.array(row["azimuth_offset_deg"], np.float64)), np.float64),
        frozen(row["firing_offset_ns"], np.int64),
        int(row["columns"]),
        str(row["source"]),
    )


def uniform_beams(channels: int) -> BeamTable:
    """Channels evenly spaced from +2 deg (channel 0) to -24.8 deg, firing together, 1024 columns.

    The span is that of common 64-channel units; a single channel looks straight ahead.

    Raises:
        SensorError: fewer than 1 or more than 1024 channels.
    """
    if not 1 <= channels <= 1024:
        raise SensorError(f"a LiDAR has 1..1024 channels, got {channels}")
    top, bottom = math.radians(_UNIFORM_TOP_DEG), math.radians(_UNIFORM_BOTTOM_DEG)
    fan = np.linspace(top, bottom, channels) if channels > 1 else np.zeros(1)
    zero = frozen(np.zeros(channels), np.float64)
    return BeamTable(f"uniform-{channels}", frozen(fan, np.float64), zero, frozen(np.zeros(channels), np.int64), 1024)


def _plain(name: str) -> str:
    return name.lower().replace(" ", "").replace("_", "").replace("-", "")
