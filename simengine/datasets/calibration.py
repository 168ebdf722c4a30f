"""What ``calibration.json`` and ``entities.json`` of an episode say, and the sensors read back from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any, cast

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.datasets.fields import Fields
from simengine.datasets.frame import EntityInfo
from simengine.datasets.plain_json import Json, shown
from simengine.errors import DatasetError, SensorError
from simengine.sensors.imaging import Imager, Infrared, Optics, Processing, Shutter
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec, SensorSpec
from simengine.world.scene import Entity
from simengine.world.taxonomy import CLASSES

__all__ = ["calibration_of", "checked_entities", "entities_of", "infos_of", "matrix_of", "sensors_from"]

_CAMERA_FIELDS = ("entity", "width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px", "distortion", "period_ns",
                  "exposure_auto", "exposure_ev", "droplets", "samples", "baseline_m",
                  "readout_ns", "readout", "link", "lens", "circle_rad", "band")  # fmt: skip
_Imaging = Optics | Shutter | Imager | Processing | Infrared
_IMAGING: Mapping[str, type[_Imaging]] = {
    "optics": Optics, "shutter": Shutter, "imager": Imager, "processing": Processing, "infrared": Infrared,
}  # fmt: skip
_LIDAR_FIELDS = ("entity", "model", "columns", "period_ns", "range_min_m", "range_max_m", "divergence_rad",
                 "range_noise_m", "reference_reflectance", "reference_range_m", "options", "link")  # fmt: skip
_RADAR_FIELDS = ("range_min_m", "range_max_m", "range_resolution_m", "fov_rad", "elevation_fov_rad",
                 "azimuth_resolution_rad", "elevation_resolution_rad", "speed_max_mps", "speed_resolution_mps",
                 "frequency_hz", "power_dbm", "noise_figure_db", "losses_db", "false_alarm")  # fmt: skip
_BEAMS = ("elevation_rad", "azimuth_offset_rad", "firing_offset_ns")


def calibration_of(sensors: Sequence[SensorSpec]) -> dict[str, Json]:
    """Intrinsics, distortion, mounts and beam tables by sensor name."""
    out: dict[str, Json] = {}
    for spec in sensors:
        if isinstance(spec, CameraSpec):
            pose = {"entity_from_camera": spec.entity_from_camera.tolist()}
            out[spec.name] = {"type": "camera", **pose, **{f: getattr(spec, f) for f in _CAMERA_FIELDS}}
            out[spec.name] |= {part: _plain(getattr(spec, part)) for part in _IMAGING}
        elif isinstance(spec, RadarSpec):
            numbers = {f: getattr(spec, f) for f in ("entity", "period_ns", *_RADAR_FIELDS, "fluctuates", "link")}
            out[spec.name] = {"type": "radar", "entity_from_radar": spec.entity_from_radar.tolist(), **numbers}
        else:
            pose = {"entity_from_lidar": spec.entity_from_lidar.tolist()}
            beams = {f: getattr(spec, f).tolist() for f in _BEAMS}
            out[spec.name] = {"type": "lidar", **pose, **{f: getattr(spec, f) for f in _LIDAR_FIELDS}, **beams}
            if spec.band != "nir":
                out[spec.name]["band"] = spec.band
    return out


def _plain(part: _Imaging) -> dict[str, Json]:
    values: dict[str, Any] = {f.name: getattr(part, f.name) for f in fields(part)}
    return {name: [*v] if isinstance(v, tuple) else v for name, v in values.items()}  # pyright: ignore[reportUnknownVariableType]


def _part(made: type[_Imaging], entry: Fields) -> _Imaging:
    """A part of a camera from what :func:`_plain` made of it; what is not there is as by default."""
    values: dict[str, Any] = {}
    for f in fields(made):
        if f.name in entry.data:
            default = f.default
            match default:
                case bool():
                    values[f.name] = entry.flag(f.name)
                case int():
                    values[f.name] = entry.whole(f.name)
                case str():
                    values[f.name] = entry.text(f.name)
                case tuple():
                    values[f.name] = tuple(entry.numbers(f.name, len(cast("tuple[float, ...]", default))))
                case _:
                    values[f.name] = entry.number(f.name)
    return made(**values)


def infos_of(entities: Sequence[Entity]) -> tuple[EntityInfo, ...]:
    """Names, classes and sizes by instance id (the position)."""
    return tuple(
        EntityInfo(i, e.name, e.kind, e.model, CLASSES[e.semantic].name, e.semantic, e.size_m, e.actor >= 0)
        for i, e in enumerate(entities)
    )


def entities_of(entities: Sequence[Entity]) -> list[Json]:
    """The same for ``entities.json``."""
    return [
        {
            "instance": e.instance, "name": e.name, "kind": e.kind, "model": e.model, "class": e.class_name,
            "semantic": e.semantic, "size_m": list(e.size_m), "moves": e.moves,
        }
        for e in infos_of(entities)
    ]  # fmt: skip


def matrix_of(entry: Fields, key: str) -> F64Array:
    """A 4x4 matrix of a JSON object."""
    rows = entry.list(key)
    if len(rows) != 4 or not all(isinstance(r, list) and len(cast("list[Json]", r)) == 4 for r in rows):
        raise entry.wrong(key, "a 4x4 matrix")
    flat = Fields({key: [v for row in rows for v in row]}, entry.where).numbers(key, 16)
    return frozen(np.array(flat, np.float64).reshape(4, 4), np.float64)


def _camera(name: str, entry: Fields) -> CameraSpec:
    number, whole = entry.number, entry.whole
    return CameraSpec(
        name, whole("entity", -1), matrix_of(entry, "entity_from_camera"), whole("width_px", 1), whole("height_px", 1),
        number("fx_px"), number("fy_px"), number("cx_px"), number("cy_px"), tuple(entry.numbers("distortion")),
        whole("period_ns", 1), entry.flag("exposure_auto"), number("exposure_ev"), number("droplets"),
        whole("samples", 1), **_newer(entry),
    )  # fmt: skip


def _newer(entry: Fields) -> dict[str, Any]:
    """What datasets of earlier versions do not have."""
    out: dict[str, Any] = {n: entry.number(n) for n in ("baseline_m", "circle_rad") if n in entry.data}
    out |= {name: _part(made, entry.fields(name)) for name, made in _IMAGING.items() if name in entry.data}
    if "noise_gain" in entry.data:
        out["imager"] = Imager(gain=entry.number("noise_gain"))
    out |= {"readout_ns": entry.whole("readout_ns", 0)} if "readout_ns" in entry.data else {}
    out |= {name: entry.text(name) for name in ("lens", "band", "readout") if name in entry.data}
    return out | _link(entry)


def _link(entry: Fields) -> dict[str, Any]:
    return {"link": entry.text("link")} if "link" in entry.data else {}


def _band(entry: Fields) -> dict[str, Any]:
    """Light of a LiDAR; nothing is written of the usual one."""
    if "band" not in entry.data:
        return {}
    if entry.text("band") not in ("nir", "swir"):
        raise entry.wrong("band", "'nir' or 'swir'")
    return {"band": entry.text("band")}


def _lidar(name: str, entry: Fields) -> LidarSpec:
    number, whole = entry.number, entry.whole
    beams = len(entry.numbers("elevation_rad"))
    options = entry.fields("options")
    if any(abs(v) > 1e15 for v in entry.numbers("firing_offset_ns", beams)):
        raise entry.wrong("firing_offset_ns", "nanoseconds within one column")
    elevation, azimuth = entry.numbers("elevation_rad"), entry.numbers("azimuth_offset_rad", beams)
    return LidarSpec(
        name, whole("entity", -1), matrix_of(entry, "entity_from_lidar"), entry.text("model"),
        frozen(elevation, np.float64), frozen(azimuth, np.float64),
        frozen(entry.numbers("firing_offset_ns", beams), np.int64), whole("columns", 1), whole("period_ns", 1),
        number("range_min_m"), number("range_max_m", finite=False), number("divergence_rad"), number("range_noise_m"),
        number("reference_reflectance"), number("reference_range_m"), {k: options.number(k) for k in options.data},
        **_link(entry), **_band(entry),
    )  # fmt: skip


def _radar(name: str, entry: Fields) -> RadarSpec:
    numbers = {f: entry.number(f) for f in _RADAR_FIELDS}
    wrong = [f for f, v in numbers.items() if not v > 0.0 and f.rpartition("_")[2] in ("rad", "mps", "hz", "alarm")]
    if wrong or not numbers["range_resolution_m"] > 0.0 or not numbers["false_alarm"] < 1.0:
        raise entry.wrong((wrong or ["range_resolution_m"])[0], "a positive number")
    return RadarSpec(
        name, entry.whole("entity", -1), matrix_of(entry, "entity_from_radar"), entry.whole("period_ns", 1),
        **cast("dict[str, Any]", numbers), fluctuates=entry.flag("fluctuates"), **_link(entry),
    )  # fmt: skip


def sensors_from(calibration: Mapping[str, Json], where: str) -> dict[str, SensorSpec]:
    """The sensors of :func:`calibration_of`, by name.

    Raises:
        DatasetError: the data describes no sensors.
    """
    out: dict[str, SensorSpec] = {}
    for name, data in calibration.items():
        entry = Fields(data, f"'{where}', sensor {shown(name)}")
        kind = entry.text("type")
        made = {"camera": _camera, "lidar": _lidar, "radar": _radar}
        if kind not in made:
            raise entry.wrong("type", "'camera', 'lidar' or 'radar'")
        try:
            out[name] = made[kind](name, entry)
        except SensorError as error:
            raise DatasetError(f"'{where}': {error}; the file is damaged") from error
    return out


def checked_entities(data: Json, where: str) -> tuple[EntityInfo, ...]:
    """The entries of :func:`entities_of`.

    Raises:
        DatasetError: they are not what it writes.
    """
    if not isinstance(data, list):
        raise DatasetError(f"'{where}' should hold a list of objects, found {shown(data)}; the file is damaged")
    return tuple(_entity(Fields(entry, f"'{where}', entry {i}"), i) for i, entry in enumerate(cast("list[Json]", data)))


def _entity(fields: Fields, i: int) -> EntityInfo:
    length, width, height = fields.numbers("size_m", 3)
    return EntityInfo(
        fields.whole("instance", i, i), fields.text("name"), fields.text("kind"), fields.text("model"),
        fields.text("class"), fields.whole("semantic", 0, 2**31 - 1), (length, width, height), fields.flag("moves"),
    )  # fmt: skip
