"""What ``calibration.json`` and ``entities.json`` of an episode say, and the sensors read back from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np

from simengine.arrays import frozen
from simengine.datasets.plain_json import Json
from simengine.errors import DatasetError, SensorError
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec
from simengine.world.scene import Entity
from simengine.world.taxonomy import CLASSES

__all__ = ["calibration_of", "entities_of", "sensors_from"]

_CAMERA_FIELDS = ("entity", "width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px", "distortion", "period_ns",
                  "exposure_auto", "exposure_ev", "droplets", "samples")  # fmt: skip
_LIDAR_FIELDS = ("entity", "model", "columns", "period_ns", "range_min_m", "range_max_m", "divergence_rad",
                 "range_noise_m", "reference_reflectance", "reference_range_m", "options")  # fmt: skip
_BEAMS = ("elevation_rad", "azimuth_offset_rad", "firing_offset_ns")


def calibration_of(sensors: Sequence[SensorSpec]) -> dict[str, Json]:
    """Intrinsics, distortion, mounts and beam tables by sensor name."""
    out: dict[str, Json] = {}
    for spec in sensors:
        if isinstance(spec, CameraSpec):
            pose = {"entity_from_camera": spec.entity_from_camera.tolist()}
            out[spec.name] = {"type": "camera", **pose, **{f: getattr(spec, f) for f in _CAMERA_FIELDS}}
        else:
            pose = {"entity_from_lidar": spec.entity_from_lidar.tolist()}
            beams = {f: getattr(spec, f).tolist() for f in _BEAMS}
            out[spec.name] = {"type": "lidar", **pose, **{f: getattr(spec, f) for f in _LIDAR_FIELDS}, **beams}
    return out


def entities_of(entities: Sequence[Entity]) -> list[Json]:
    """Names, classes and sizes by instance id (the position in the list)."""
    return [
        {
            "instance": i, "name": e.name, "kind": e.kind, "model": e.model, "class": CLASSES[e.semantic].name,
            "semantic": e.semantic, "size_m": list(e.size_m), "moves": e.actor >= 0,
        }
        for i, e in enumerate(entities)
    ]  # fmt: skip


def _matrix(value: Json, name: str) -> Any:
    array = np.asarray(value, np.float64)
    if array.shape != (4, 4) or not bool(np.isfinite(array).all()):
        raise DatasetError(f"calibration of '{name}': the mount must be a finite 4x4 matrix, found shape {array.shape}")
    return frozen(array, np.float64)


def _sensor(name: str, entry: Mapping[str, Json]) -> SensorSpec:
    if entry["type"] == "camera":
        fields: dict[str, Any] = {f: entry[f] for f in _CAMERA_FIELDS}
        fields["distortion"] = tuple(entry["distortion"])
        return CameraSpec(name=name, entity_from_camera=_matrix(entry["entity_from_camera"], name), **fields)
    fields = {f: entry[f] for f in _LIDAR_FIELDS}
    beams: dict[str, Any] = {
        "elevation_rad": frozen(entry["elevation_rad"], np.float64),
        "azimuth_offset_rad": frozen(entry["azimuth_offset_rad"], np.float64),
        "firing_offset_ns": frozen(entry["firing_offset_ns"], np.int64),
    }
    if any(b.ndim != 1 or len(b) != len(beams["elevation_rad"]) for b in beams.values()):
        raise DatasetError(f"calibration of '{name}': the beam table's columns must be lists of one length")
    return LidarSpec(name=name, entity_from_lidar=_matrix(entry["entity_from_lidar"], name), **fields, **beams)


def sensors_from(calibration: Mapping[str, Json], where: str) -> dict[str, SensorSpec]:
    """The sensors of :func:`calibration_of`, by name.

    Raises:
        DatasetError: the data describes no sensors.
    """
    out: dict[str, SensorSpec] = {}
    for name, entry in calibration.items():
        try:
            found = cast("dict[str, Json]", entry if isinstance(entry, dict) else {})
            if found.get("type") not in ("camera", "lidar"):
                raise DatasetError(f"'{where}': sensor '{name}' is neither a camera nor a LiDAR")
            out[name] = _sensor(name, found)
        except (KeyError, TypeError, ValueError, SensorError) as error:
            raise DatasetError(f"'{where}': sensor '{name}' has missing or wrong fields: {error}") from error
    return out
