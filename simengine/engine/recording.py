"""What each sensor renders and stores: the ``record`` statements of a program, bound to sensors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from simengine.datasets.schema import IMAGE_TABLES
from simengine.engine.clock import Firings, Spans, rate_of, record_rate, within
from simengine.engine.frames import Part, Recording
from simengine.language.program import Program, RecordDecl
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec

__all__ = ["ALL_IMAGES", "NEEDED_BY", "NEEDED_BY_BOXES", "due_with", "firings", "recordings", "signal_words"]

ALL_IMAGES = ("rgb", "depth", "range", "normal", "semantic", "instance", "flow", "box2d", "box3d")
"""Every recorded word of a camera that makes a file or a label of its own."""

_LABELS = ("box2d", "box3d", *IMAGE_TABLES)
NEEDED_BY: Mapping[str, tuple[str, ...]] = {
    "keypoints": ("instance", "depth", "range"), "pose6d": ("instance",), "rgb_right": ("rgb",),
    "panoptic": ("semantic", "instance"), "scene_flow": ("part", "range"),
    "time_to_collision": ("part", "range"), "disparity": ("depth",), "disparity_mask": ("depth",),
    "flow_mask": ("flow", "part", "range"), "flow_back_mask": ("part", "range"),
    "temperature": ("material", "part", "range", "normal", "position"),
}  # fmt: skip
"""Channels that the other labels of images and the channels of pairs are made from."""
NEEDED_BY_BOXES = ("instance", "depth")
"""Channels that 2D boxes are made from."""


Phases = Mapping[str, Spans]
"""When each named phase ran: once a pass of the 'repeat's around it."""


def firings(program: Program, sensor: str, phases: Phases | None = None) -> Firings:
    """When a sensor fires and records: at its rate, all the time unless all its statements name a phase.

    Args:
        program: its ``record`` statements count.
        sensor: name.
        phases: when named phases ran, for ``record ... during PHASE``; one that never ran records nothing.
    """
    named = {r.during for r in program.records if r.sensor == sensor}
    spans = None
    if named and None not in named:
        spans = tuple(sorted(span for p in named for span in (phases or {}).get(str(p), ())))
    return Firings(record_rate(program, sensor), spans)


def recordings(program: Program, sensors: Sequence[SensorSpec], events_ns: Phases | None = None) -> list[Recording]:
    """One recording a sensor that is recorded, in the order of the program.

    Args:
        program: its ``record`` statements count.
        sensors: specifications by name.
        events_ns: when named phases ran, for ``record ... during PHASE``; one that never ran records nothing.
    """
    out: list[Recording] = []
    for spec in sensors:
        statements = [r for r in program.records if r.sensor == spec.name]
        if statements:
            due = firings(program, spec.name, events_ns)
            made = _recording(spec, statements)
            parts = _parts(spec, statements, due.rate_hz, events_ns or {})
            out.append(replace(made, rate_hz=due.rate_hz, spans_ns=due.spans_ns, parts=parts))
    return out


def signal_words(program: Program, sensor: str, phases: Phases) -> tuple[tuple[str, ...], Firings]:
    """What is recorded of a sensor without frames, and when."""
    words = dict.fromkeys(word for r in program.records if r.sensor == sensor for word in r.channels)
    return tuple(words), firings(program, sensor, phases)


def due_with(program: Program, sensor: str, words: Collection[str], phases: Phases) -> Callable[[int], bool]:
    """Tells whether a sensor that fires at a time then records all of some words; those of no statement always are."""
    known = [r for r in program.records if r.sensor == sensor]
    base = record_rate(program, sensor)

    def due(time_ns: int) -> bool:
        number = Firings(base).count(time_ns)
        for word in words:
            its = [_when(r, base, phases) for r in known if word in r.channels]
            if its and not any(number % every == 0 and within(spans, time_ns) for every, spans in its):
                return False
        return True

    return due


def _when(statement: RecordDecl, base: Fraction, phases: Phases) -> tuple[int, Spans | None]:
    """One in how many firings a statement records, and when."""
    spans = None if statement.during is None else phases.get(statement.during, ())
    return round(base / rate_of(statement)), spans


def _parts(spec: SensorSpec, statements: Sequence[RecordDecl], base: Fraction, phases: Phases) -> tuple[Part, ...]:
    """The channels of each time, where there are several."""
    groups: dict[tuple[int, Spans | None], list[RecordDecl]] = {}
    for statement in statements:
        groups.setdefault(_when(statement, base, phases), []).append(statement)
    if len(groups) == 1:
        return ()
    out: list[Part] = []
    for (every, spans), its in groups.items():
        made = _recording(spec, its)
        stored = made.shown
        if not isinstance(spec, CameraSpec) and all(w in _LABELS for s in its for w in s.channels):
            stored = ()  # the boxes alone
        out.append(Part(made.channels, stored, made.boxes2d, made.boxes3d, every, spans, made.tables))
    return tuple(out)


def _recording(spec: SensorSpec, statements: Sequence[RecordDecl]) -> Recording:
    words = list(dict.fromkeys(word for s in statements for word in s.channels))
    if not isinstance(spec, CameraSpec):
        shown = "points" if isinstance(spec, LidarSpec) else "detections"
        return Recording(spec, (), (shown,), boxes3d="box3d" in words)
    stored = tuple(w for w in words if w not in _LABELS)
    boxes = "box2d" in words
    tables = tuple(w for w in words if w in IMAGE_TABLES)
    needed = [c for w in words for c in NEEDED_BY.get(w, ())]
    rendered = tuple(dict.fromkeys([*stored, *(NEEDED_BY_BOXES if boxes else ()), *needed]))
    return Recording(spec, rendered, stored, boxes, "box3d" in words, tables=tables)
