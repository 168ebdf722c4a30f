"""Properties of sensors that may change during a run: what is set, not what is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from simengine.errors import SensorError
from simengine.sensors.specs import CameraSpec, RadarSpec, SensorSpec

__all__ = ["SETTABLE", "Tuning", "spec_at", "tuned"]

_CAMERA = {"exposure_ev": "exposure_ev", "lens.droplets": "droplets"}
SETTABLE: Mapping[str, tuple[str, ...]] = {
    "camera": ("exposure", *_CAMERA, "noise.gain"), "stereo": ("exposure", *_CAMERA, "noise.gain"), "radar": ("power",),
}  # fmt: skip
"""By kind of sensor. Sizes, lenses, mounts, beams and rates are fixed for a run."""


@dataclass(frozen=True)
class Tuning:
    """Properties of a sensor that have other values from a time on.

    Attributes:
        sensor: its name.
        since_ns: from when on, since the start of the variant.
        values: SI, or a word ("exposure": "fixed"), by the names of the language; all that are set by then.
    """

    sensor: str
    since_ns: int
    values: Mapping[str, float | str]


def tuned(spec: SensorSpec, values: Mapping[str, float | str]) -> SensorSpec:
    """A sensor with other values of settable properties.

    Raises:
        SensorError: it has no such property, or the property is fixed.
    """
    for name, value in values.items():
        if isinstance(spec, CameraSpec) and name == "exposure" and value in ("auto", "fixed"):
            spec = replace(spec, exposure_auto=value == "auto")
        elif isinstance(spec, CameraSpec) and name in _CAMERA and not isinstance(value, str):
            spec = replace(spec, **{_CAMERA[name]: float(value)})
        elif isinstance(spec, CameraSpec) and name == "noise.gain" and not isinstance(value, str):
            spec = replace(spec, imager=replace(spec.imager, gain=float(value)))
        elif isinstance(spec, RadarSpec) and name == "power" and not isinstance(value, str):
            spec = replace(spec, power_dbm=float(value))
        else:
            raise SensorError(f"'{name}' of '{spec.name}' is fixed for a run, or no '{value}'")
    return spec


def spec_at(spec: SensorSpec, later: Sequence[tuple[int, SensorSpec]], time_ns: int) -> SensorSpec:
    """What a sensor is at a time, given what it becomes when, rising: always the same object between two changes."""
    return next((made for since, made in reversed(later) if since <= time_ns), spec)
