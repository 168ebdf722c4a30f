"""Channels that somebody asks for, whatever the scenario records: words like ``rgb`` or ``roof.points``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from simengine.engine.clock import Firings
from simengine.engine.frames import Recording
from simengine.engine.options import words
from simengine.engine.recording import NEEDED_BY, NEEDED_BY_BOXES, Phases, due_with, firings
from simengine.errors import UsageError, did_you_mean
from simengine.language.program import Program
from simengine.render.protocol import (
    CAMERA_CHANNELS,
    FINE_CHANNELS,
    LABEL_CHANNELS,
    MOTION_CHANNELS,
    SENSOR_CHANNELS,
    STEREO_CHANNELS,
)
from simengine.sensors.signals import FIELDS
from simengine.sensors.specs import SensorSpec

__all__ = [
    "AMODAL",
    "BOXES2D",
    "BOXES3D",
    "DETECTIONS",
    "INTRINSICS",
    "KEYPOINTS",
    "POINTS",
    "POSE",
    "POSES6D",
    "Requested",
    "requested",
]

BOXES2D, BOXES3D, POINTS, POSE, INTRINSICS = "boxes2d", "boxes3d", "points", "pose", "intrinsics"
KEYPOINTS, AMODAL, POSES6D, DETECTIONS = "keypoints", "amodal", "poses6d", "detections"

_MADE = (*LABEL_CHANNELS, *MOTION_CHANNELS, *SENSOR_CHANNELS, *FINE_CHANNELS)
_IMAGES = (*CAMERA_CHANNELS, *STEREO_CHANNELS, *_MADE)
_OF_IMAGES = (BOXES2D, BOXES3D, KEYPOINTS, AMODAL, POSES6D, POSE, INTRINSICS)
_WORDS = {
    "camera": (*CAMERA_CHANNELS, *_MADE, *_OF_IMAGES),
    "stereo": (*CAMERA_CHANNELS, *STEREO_CHANNELS, *_MADE, *_OF_IMAGES),
    "lidar": (POINTS, BOXES3D, POSE),
    "radar": (DETECTIONS, BOXES3D, POSE),
}
_RECORDED = {"box2d": BOXES2D, "box3d": BOXES3D, "intensity": POINTS, "pose6d": POSES6D}
"""Words of ``record`` statements that are called otherwise here."""
_TABLES = {"keypoints": KEYPOINTS, "amodal": AMODAL, "pose6d": POSES6D}


@dataclass(frozen=True)
class Requested:
    """What is asked of one sensor.

    Attributes:
        sensor: name.
        kind: "camera", "stereo", "lidar" or "radar".
        channels: words, each once, in the order in which they were asked for.
    """

    sensor: str
    kind: str
    channels: tuple[str, ...]

    def firings(self, program: Program, phases: Phases) -> Firings:
        """When the sensor makes a reading."""
        return firings(program, self.sensor, phases)

    def due(self, program: Program, phases: Phases) -> Callable[[int], bool]:
        """Tells whether a reading has all that is asked for; what nothing records is in every one."""
        recorded = {shown: word for word, shown in _RECORDED.items() if shown != POINTS}
        fires = self.firings(program, phases)
        has = due_with(program, self.sensor, [recorded.get(c, c) for c in self.channels], phases)
        return lambda time_ns: fires.due(time_ns) and has(time_ns)

    def recording(self, program: Program, spec: SensorSpec, phases: Phases) -> Recording:
        """What must be rendered for it."""
        due = self.firings(program, phases)
        boxes = BOXES2D in self.channels
        images = tuple(c for c in self.channels if c in _IMAGES)
        tables = tuple(word for word, shown in _TABLES.items() if shown in self.channels)
        needed = [c for word in (*tables, *images) for c in NEEDED_BY.get(word, ())]
        rendered = tuple(dict.fromkeys([*images, *(NEEDED_BY_BOXES if boxes else ()), *needed]))
        stored = {"lidar": (POINTS,), "radar": (DETECTIONS,)}.get(self.kind, images)
        things = BOXES3D in self.channels
        return Recording(spec, rendered, stored, boxes, things, due.spans_ns, due.rate_hz, tables=tables)


def requested(program: Program, channels: Sequence[str] | None) -> tuple[Requested, ...]:
    """What is asked of each sensor, in the order of the program; sensors of which nothing is asked are left out.

    Args:
        program: a checked program.
        channels: ``"rgb"`` asks every camera, ``"front.rgb"`` one; None: what the program records.

    Raises:
        UsageError: no such sensor or channel (with the nearest one), or nothing at all.
    """
    asked: dict[str, list[str]] = {s.name: [] for s in program.sensors}
    for word in _recorded(program) if channels is None else words("channels", channels):
        for sensor, channel in _matches(program, word):
            asked[sensor].append(channel)
    out = tuple(
        Requested(s.name, s.kind, tuple(dict.fromkeys(asked[s.name]))) for s in program.sensors if asked[s.name]
    )
    if not out:
        raise UsageError(f"scenario '{program.name}' records nothing and no channels were asked for; name some")
    return out


def _recorded(program: Program) -> list[str]:
    kinds = {s.name: s.kind for s in program.sensors}
    return [
        f"{r.sensor}.{_RECORDED.get(word, word)}"
        for r in program.records
        if kinds[r.sensor] not in FIELDS
        for word in r.channels
    ]


def _matches(program: Program, word: str) -> list[tuple[str, str]]:
    """Sensor and channel of a word; a channel alone is asked of every sensor that has it."""
    kinds = {s.name: s.kind for s in program.sensors}
    name, _, channel = word.rpartition(".")
    if name and name not in kinds:
        raise UsageError(f"'{word}': the scenario has no sensor '{name}'; {_hint(name, list(kinds))}")
    found = [(s, channel) for s, kind in kinds.items() if name in ("", s) and channel in _WORDS.get(kind, ())]
    if not found:
        known = _WORDS.get(kinds[name], ()) if name else tuple(dict.fromkeys(w for k in _WORDS.values() for w in k))
        if not name and channel in known:
            raise UsageError(f"no sensor of the scenario has a channel '{channel}'; its sensors: {_sensors(program)}")
        raise UsageError(f"'{word}': there is no such channel{f' of {name}' if name else ''}; {_hint(channel, known)}")
    return found


def _hint(word: str, known: Sequence[str]) -> str:
    near = did_you_mean(_RECORDED.get(word, word), list(known))
    return f"did you mean '{near}'?" if near else f"choose from {', '.join(known) or 'none'}"


def _sensors(program: Program) -> str:
    return ", ".join(f"{s.name} ({s.kind})" for s in program.sensors) or "none"
