"""What each sensor renders and stores: the ``record`` statements of a program, bound to sensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from simengine.engine.frames import Recording
from simengine.engine.sensing import record_rate
from simengine.language.program import Program, RecordDecl
from simengine.sensors.specs import CameraSpec, SensorSpec

__all__ = ["ALL_IMAGES", "recordings"]

ALL_IMAGES = ("rgb", "depth", "range", "normals", "semantic", "instance", "flow", "box2d", "box3d")
"""Every recorded word of a camera that makes a file or a label of its own."""

_CHANNEL = {"normals": "normal"}
_LABELS = ("box2d", "box3d")
_NEEDED_BY_BOXES = ("instance", "depth")


def recordings(
    program: Program, sensors: Sequence[SensorSpec], events_ns: Mapping[str, tuple[int, int]] | None = None
) -> list[Recording]:
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
            made = _recording(spec, statements, events_ns or {})
            out.append(replace(made, rate_hz=record_rate(program, spec.name)))
    return out


def _recording(
    spec: SensorSpec, statements: Sequence[RecordDecl], events_ns: Mapping[str, tuple[int, int]]
) -> Recording:
    words = list(dict.fromkeys(word for s in statements for word in s.channels))
    phases = {s.during for s in statements}
    window = None
    if None not in phases:
        spans = [events_ns.get(str(p), (0, 0)) for p in phases]
        window = (min(s[0] for s in spans), max(s[1] for s in spans))
    if not isinstance(spec, CameraSpec):
        return Recording(spec, (), ("points",), boxes3d="box3d" in words, window_ns=window)
    stored = tuple(_CHANNEL.get(w, w) for w in words if w not in _LABELS)
    boxes = "box2d" in words
    rendered = tuple(dict.fromkeys([*stored, *(_NEEDED_BY_BOXES if boxes else ())]))
    return Recording(spec, rendered, stored, boxes, "box3d" in words, window)
