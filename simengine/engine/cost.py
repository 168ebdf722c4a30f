"""What a variant of a program costs at most, before any is drawn: simulated time, frames, pixels and rays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from simengine.engine.clock import (
    DEFAULT_LIMIT_S,
    LONGEST_S,
    TICK_RATE_HZ,
    Firings,
    duration_ticks,
    record_rate,
    tick_time_ns,
)
from simengine.errors import SensorError, counted
from simengine.language.program import Act, Block, Choice, Program, SensorDecl, Timeline
from simengine.language.supports import support
from simengine.language.terms import Const, Expr, Ref, Vector
from simengine.sensors.beams import DEFAULT_COLUMNS, beam_table
from simengine.sensors.radar import most_rays
from simengine.sensors.signals import FIELDS
from simengine.sensors.vocabulary import SENSOR_KINDS, default

__all__ = ["Cost", "SensorCost", "cost"]

_IMAGES = {"camera": 1, "stereo": 2}
"""Images of a reading, by kind of sensor."""
_RAYS = {"lidar": "LiDAR", "radar": "radar"}
_WORDS = ("", "thousand", "million", "billion", "trillion")


@dataclass(frozen=True)
class SensorCost:
    """Upper bounds of one recorded sensor.

    Attributes:
        name, kind: of the sensor.
        rate_hz: of the recording.
        readings: images or scans of a variant.
        pixels, rays: of a variant; 0 for kinds of sensors without.
    """

    name: str
    kind: str
    rate_hz: float
    readings: int
    pixels: int
    rays: int


@dataclass(frozen=True)
class Cost:
    """Upper bounds for one variant: no draw exceeds them, and most stay below.

    Attributes:
        variables: random variables.
        entities: with all elements of arrays.
        phases: named ones.
        simulated_s: until it stops at the latest.
        frames: instants at which any sensor fires.
        pixels, rays: of all cameras, and of all LiDARs and radars (primary ones).
        sensors: those that are recorded.
    """

    variables: int
    entities: int
    phases: int
    simulated_s: float
    frames: int
    pixels: int
    rays: int
    sensors: tuple[SensorCost, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {**asdict(self), "sensors": [asdict(s) for s in self.sensors]}

    def __str__(self) -> str:
        """One line for a person."""
        parts = [f"{self.simulated_s:g} s simulated", counted(self.frames, "frame")]
        if self.pixels:
            parts.append(f"{_large(self.pixels)} pixels")
        if self.rays:
            kinds = [word for kind, word in _RAYS.items() if any(s.rays and s.kind == kind for s in self.sensors)]
            parts.append(f"{_large(self.rays)} {' and '.join(kinds)} rays")
        return "a variant at most: " + ", ".join(parts)


def cost(program: Program) -> Cost:
    """Upper bounds of what a variant costs, from the supports of the program alone.

    Pixels are those of images (width times height times images); channels, samples a pixel and light paths are not
    counted. A sensor that is recorded only during a phase counts as if it recorded all the time.
    """
    ticks = _last_tick(program)
    duration_ns = tick_time_ns(ticks, TICK_RATE_HZ)
    recorded = {r.sensor for r in program.records}
    sensors = [s for s in program.sensors if s.name in recorded]
    found = tuple(_sensor(program, s, duration_ns) for s in sensors)
    return Cost(
        sum(d.drawn for d in program.definitions.values()),
        sum(e.count_max for e in program.entities),
        len(_phases(program)),
        ticks / TICK_RATE_HZ,
        _frames({record_rate(program, s.name) for s in sensors if s.kind not in FIELDS}, duration_ns),
        sum(s.pixels for s in found),
        sum(s.rays for s in found),
        found,
    )


def _last_tick(program: Program) -> int:
    """When a run ends at the latest: the first 'stop after', or the limit of runs without one."""
    ends = [program.supports.get(stop.duration, (0.0, math.inf))[1] for stop in program.stop_after]
    longest = min([LONGEST_S, *ends]) if ends else DEFAULT_LIMIT_S
    return int(duration_ticks(np.array([longest]), TICK_RATE_HZ)[0])


def _readings(rate_hz: Fraction, duration_ns: int) -> int:
    return Firings(rate_hz).count(duration_ns + 1)


def _frames(rates: set[Fraction], duration_ns: int) -> int:
    """Instants at most: a rate that divides another adds none, and all rates share the first one."""
    alone = [r for r in rates if not any(s != r and (s / r).denominator == 1 for s in rates)]
    return sum(_readings(r, duration_ns) - 1 for r in alone) + 1 if alone else 0


def _sensor(program: Program, sensor: SensorDecl, duration_ns: int) -> SensorCost:
    rate = record_rate(program, sensor.name)
    readings = _readings(rate, duration_ns)
    images = _IMAGES.get(sensor.kind, 0)
    return SensorCost(
        sensor.name, sensor.kind, float(rate), readings,
        readings * images * _image_px(program, sensor) if images else 0,
        readings * _SCANS[sensor.kind](program, sensor) if sensor.kind in _SCANS else 0,
    )  # fmt: skip


def _image_px(program: Program, sensor: SensorDecl) -> int:
    """Pixels of an image at most."""
    limit = _highest(sensor, "size")
    sizes = [v for v in _values(program, f"{sensor.name}.size") if isinstance(v, Vector)]
    if f"{sensor.name}.size" not in program.definitions:
        return math.prod(map(int, default("camera", "size")))
    if not sizes:
        return int(limit * limit)
    return max(math.prod(_whole(support(i, program.supports)[1], limit) for i in size.items) for size in sizes)


def _scan_rays(program: Program, sensor: SensorDecl) -> int:
    """Rays of a scan at most."""
    columns = _most(program, sensor, "columns")
    models = [v.value for v in _values(program, f"{sensor.name}.model") if isinstance(v, Const)]
    tables = [beam_table(m) for m in models if isinstance(m, str) and _known(m)]
    if tables:
        return max(t.channels * (columns or t.columns) for t in tables)
    return (_most(program, sensor, "channels") or 64) * (columns or DEFAULT_COLUMNS)


def _beam_rays(program: Program, sensor: SensorDecl) -> int:
    """Rays of a radar's scan at most: those of the widest fields and the narrowest beams."""
    widths = {
        name: program.supports.get(f"{sensor.name}.{name}", (default("radar", name),) * 2)
        for name in ("fov", "elevation_fov", "resolution.azimuth")
    }  # fmt: skip
    return most_rays(
        min(widths["fov"][1], _highest(sensor, "fov")),
        min(widths["elevation_fov"][1], _highest(sensor, "elevation_fov")), widths["resolution.azimuth"][0],
    )  # fmt: skip


_SCANS: Mapping[str, Callable[[Program, SensorDecl], int]] = {"lidar": _scan_rays, "radar": _beam_rays}


def _known(model: str) -> bool:
    try:
        beam_table(model)
    except SensorError:
        return False
    return True


def _most(program: Program, sensor: SensorDecl, name: str) -> int | None:
    """The largest value of a property; None where it is not set."""
    path = f"{sensor.name}.{name}"
    if path not in program.definitions:
        return None
    return _whole(program.supports.get(path, (0.0, math.inf))[1], _highest(sensor, name))


def _highest(sensor: SensorDecl, name: str) -> float:
    return next(p.high for p in SENSOR_KINDS[sensor.kind].properties if p.name == name)


def _whole(value: float, limit: float) -> int:
    return math.floor(min(max(value, 0.0), limit))


def _values(program: Program, path: str) -> list[Expr]:
    """The expressions that a definition can be: itself, or the values of its choice; names are followed."""
    for _ in range(8):
        definition = program.definitions.get(path)
        if definition is None:
            return []
        binding = definition.binding
        if isinstance(binding, Choice):
            return list(binding.values)
        if isinstance(binding, Ref) and binding.index is None:
            path = binding.path
            continue
        return [binding] if isinstance(binding, Const | Vector) else []
    return []


def _phases(program: Program) -> list[str]:
    stack: list[Timeline] = [*program.timeline, *(s for when in program.whens for s in when.body)]
    found: list[str] = []
    while stack:
        node = stack.pop()
        if isinstance(node, Act | Block) and node.label:
            found.append(node.label)
        if isinstance(node, Block):
            stack += [*node.body, *(s for case in node.cases for s in case.body)]
    return found


def _large(number: int) -> str:
    """ "51.2 million": three digits, never less than the number."""
    if number < 1000:
        return str(number)
    last = 10 ** (len(str(number)) - 3)
    rounded = -(-number // last) * last  # first, or 999,999 would be 1000 thousand
    power = min((len(str(rounded)) - 1) // 3, len(_WORDS) - 1)
    return f"{rounded / 1000**power:g} {_WORDS[power]}"
