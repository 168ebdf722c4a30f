"""What each sensor renders and stores: the ``record`` statements of a program, bound to sensors."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from simengine.engine.clock import Firings, rate_of, record_rate
from simengine.engine.frames import Part, Recording
from simengine.language.program import Program, RecordDecl
from simengine.sensors.specs import CameraSpec, SensorSpec

__all__ = ["ALL_IMAGES", "NEEDED_BY_BOXES", "due_with", "firings", "recordings"]

ALL_IMAGES = ("rgb", "depth", "range", "normal", "semantic", "instance", "flow", "box2d", "box3d")
"""Every recorded word of a camera that makes a file or a label of its own."""

_LABELS = ("box2d", "box3d")
NEEDED_BY_BOXES = ("instance", "depth")
"""Channels that 2D boxes are made from."""


Phases = Mapping[str, tuple[int, int]]


def firings(program: Program, sensor: str, phases: Phases | None = None) -> Firings:
    """When a sensor fires and records: at its rate, all the time unless all its statements name a phase.

    Args:
        program: its ``record`` statements count.
        sensor: name.
        phases: start and end of named phases, for ``record ... during PHASE``; one that never ran records nothing.
    """
    named = {r.during for r in program.records if r.sensor == sensor}
    window = None
    if named and None not in named:
        spans = [(phases or {}).get(str(p), (0, 0)) for p in named]
        window = (min(s[0] for s in spans), max(s[1] for s in spans))
    return Firings(record_rate(program, sensor), window)


def recordings(program: Program, sensors: Sequence[SensorSpec], events_ns: Phases | None = None) -> list[Recording]:
    """One recording a sensor that is recorded, in the order of the program.

    Args:
        program: its ``record`` statements count.
        sensors: specifications by name.
        events_ns: start and end of named phases, for ``record ... during PHASE``; a phase that never ran records
            nothing.
    """
    out: list[Recording] = []
    for spec in sensors:
        statements = [r for r in program.records if r.sensor == spec.name]
        if statements:
            due = firings(program, spec.name, events_ns)
            made = _recording(spec, statements)
            parts = _parts(spec, statements, due.rate_hz, events_ns or {})
            out.append(replace(made, rate_hz=due.rate_hz, window_ns=due.window_ns, parts=parts))
    return out


def due_with(program: Program, sensor: str, words: Collection[str], phases: Phases) -> Callable[[int], bool]:
    """Tells whether a sensor that fires at a time then records all of some words; those of no statement always are."""
    known = [r for r in program.records if r.sensor == sensor]
    base = record_rate(program, sensor)

    def due(time_ns: int) -> bool:
        number = Firings(base).count(time_ns)
        for word in words:
            its = [_when(r, base, phases) for r in known if word in r.channels]
            if its and not any(number % every == 0 and (w is None or w[0] <= time_ns < w[1]) for every, w in its):
                return False
        return True

    return due


def _when(statement: RecordDecl, base: Fraction, phases: Phases) -> tuple[int, tuple[int, int] | None]:
    """One in how many firings a statement records, and from when to when."""
    window = None if statement.during is None else phases.get(statement.during, (0, 0))
    return round(base / rate_of(statement)), window


def _parts(spec: SensorSpec, statements: Sequence[RecordDecl], base: Fraction, phases: Phases) -> tuple[Part, ...]:
    """The channels of each time, where there are several."""
    groups: dict[tuple[int, tuple[int, int] | None], list[RecordDecl]] = {}
    for statement in statements:
        groups.setdefault(_when(statement, base, phases), []).append(statement)
    if len(groups) == 1:
        return ()
    out: list[Part] = []
    for (every, window), its in groups.items():
        made = _recording(spec, its)
        stored = made.shown
        if not isinstance(spec, CameraSpec) and all(w in _LABELS for s in its for w in s.channels):
            stored = ()  # the boxes alone
        out.append(Part(made.channels, stored, made.boxes2d, made.boxes3d, every, window))
    return tuple(out)


def _recording(spec: SensorSpec, statements: Sequence[RecordDecl]) -> Recording:
    words = list(dict.fromkeys(word for s in statements for word in s.channels))
    if not isinstance(spec, CameraSpec):
        return Recording(spec, (), ("points",), boxes3d="box3d" in words)
    stored = tuple(w for w in words if w not in _LABELS)
    boxes = "box2d" in words
    rendered = tuple(dict.fromkeys([*stored, *(NEEDED_BY_BOXES if boxes else ())]))
    return Recording(spec, rendered, stored, boxes, "box3d" in words)
