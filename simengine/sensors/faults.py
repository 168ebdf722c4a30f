"""Faults of sensors: which there are, what they take, and what a reading says of the one that it suffered.

A fault changes what a sensor reports, never the world or its labels: see ``image_faults``, ``scan_faults`` and
``radar_faults`` for what each one does to an image or a scan.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FAULTS", "Fault", "FaultKind", "ReadingFault"]


@dataclass(frozen=True)
class FaultKind:
    """A fault that a kind of sensor can have.

    Attributes:
        doc: one line.
        needs: settings that must be given.
        takes: settings that may be given, with what they are where they are not (SI).
        one_of: settings of which at least one must be given (they are in ``takes``, too).
        runs: False: it checks and is not simulated by this version.
    """

    doc: str
    needs: tuple[str, ...] = ()
    takes: Mapping[str, float] = field(default_factory=dict[str, float])
    one_of: tuple[str, ...] = ()
    runs: bool = True

    @property
    def settings(self) -> tuple[str, ...]:
        """Everything that may be given."""
        return (*self.needs, *self.takes)


_TURN = {"yaw": 0.0, "pitch": 0.0, "roll": 0.0}
_TURNED = FaultKind("it is mounted turned; calibration and labels do not know", (), _TURN, tuple(_TURN))

_CAMERA = {
    "blackout": FaultKind("a black image, or a black rectangle of that share of it", (), {"area": 1.0}),
    "freeze": FaultKind("the last image before the fault, again and again"),
    "drop": FaultKind("each image is lost (black) with this probability", ("rate",)),
    "noise": FaultKind(
        "its sensor at this gain; of a thermal camera so many times its noise",
        ("gain",),
    ),
    "delay": FaultKind("the image of that long ago", ("delay",)),
    "stuck_exposure": FaultKind("the exposure of the last image before the fault"),
    "saturate": FaultKind("so many times too bright, clipped at white", ("gain",)),
    "lens_dirt": FaultKind("blots on that share of the image take nine tenths of the light", ("area",)),
    "droplets": FaultKind("rain drops on that share of the lens", ("area",)),
    "miscalibrate": _TURNED,
    "blur": FaultKind("out of focus: a Gaussian of this standard deviation in pixels", ("radius",)),
    "rolling_shutter": FaultKind("the rows are read one after the other, over this time", ("delay",)),
}

_SIGNAL = {
    "blackout": FaultKind("no samples (NaN)"),
    "freeze": FaultKind("the last sample before the fault, again and again"),
    "drop": FaultKind("each sample is lost (NaN) with this probability", ("rate",)),
    "noise": FaultKind("white noise is so many times as strong", ("gain",)),
    "delay": FaultKind("the sample of that long ago", ("delay",)),
}

FAULTS: Mapping[str, Mapping[str, FaultKind]] = {
    "imu": _SIGNAL,
    "gnss": _SIGNAL,
    "camera": _CAMERA,
    "stereo": _CAMERA,
    "radar": {
        "blackout": FaultKind("no detections"),
        "freeze": FaultKind("the last scan before the fault, again and again"),
        "drop": FaultKind("each detection is lost with this probability", ("rate",)),
        "noise": FaultKind("thermal noise is so many times as strong", ("gain",)),
        "delay": FaultKind("the scan of that long ago", ("delay",)),
        "miscalibrate": _TURNED,
        "missing_sector": FaultKind("no detections in a sector of this width about 'yaw'", ("angle",), {"yaw": 0.0}),
        "range_bias": FaultKind("ranges are so much too long", ("range",)),
        "ghost": FaultKind("each detection has with this probability another one at twice its range", ("rate",)),
    },
    "lidar": {
        "blackout": FaultKind("no points"),
        "freeze": FaultKind("the last scan before the fault, again and again"),
        "drop": FaultKind("each point is lost with this probability", ("rate",)),
        "noise": FaultKind("ranges scatter by this standard deviation", ("range",)),
        "delay": FaultKind("the scan of that long ago", ("delay",)),
        "miscalibrate": _TURNED,
        "missing_sector": FaultKind("no points in a sector of this width about 'yaw'", ("angle",), {"yaw": 0.0}),
        "range_bias": FaultKind("ranges are so much too long", ("range",)),
        "ghost": FaultKind("each point has with this probability another one along its ray", ("rate",)),
    },
}
"""Faults by kind of sensor and word; those of a pair befall both of its cameras."""


@dataclass(frozen=True)
class Fault:
    """A fault of a sensor during a part of a run: [start, stop).

    Attributes:
        sensor, kind: names.
        settings: SI, by name; everything that the kind takes.
        since_ns: when the action began (it may have been covered by a later one for a while).
        start_ns, stop_ns: when it decides what the sensor reports.
    """

    sensor: str
    kind: str
    settings: Mapping[str, float]
    since_ns: int
    start_ns: int
    stop_ns: int


@dataclass(frozen=True)
class ReadingFault:
    """What a reading says of the fault that was in force.

    Attributes:
        kind: its word.
        settings: SI, by name.
        since_ns: when it began.
        shown_ns: time that ``rgb`` or the points are of, another one than the reading's own where they are frozen or
            late; None: the reading was lost, and what stands in its place is black or empty.
    """

    kind: str
    settings: Mapping[str, float]
    since_ns: int
    shown_ns: int | None
