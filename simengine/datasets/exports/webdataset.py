"""WebDataset shards: tar files of samples, one a frame, whose members share a key before the first dot.

    000007-000012.boxes.json       2D and 3D boxes, poses, times
    000007-000012.calibration.json cameras and LiDARs
    000007-000012.front.depth.npz  any channel: member "depth"
    000007-000012.front.rgb.png
    000007-000012.roof.points.npz  one member a field

Tar headers hold no time, owner or machine, so that equal samples make equal bytes.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.datasets import layout
from simengine.datasets.encode import encode_npz
from simengine.datasets.exports.folder import ExportFile
from simengine.datasets.exports.protocol import Job
from simengine.datasets.exports.selection import LabelledFrame, chosen, finite, plain_name, pose, rgb_file
from simengine.datasets.plain_json import Json
from simengine.errors import UsageError
from simengine.sensors.specs import CameraSpec, LidarSpec

__all__ = ["SHARD_BYTES", "SHARD_SAMPLES", "WebDatasetExporter"]

SHARD_SAMPLES = 1000
"""Samples of a shard at most."""

SHARD_BYTES = 256 * 1024 * 1024
"""A shard that is larger takes no more samples."""

_IDS = ("semantic", "instance", "part", "material")

_TABLES = {"amodal": "amodal", "keypoints": "keypoints", "pose6d": "poses6d"}
"""Attribute of ``SensorView`` that holds the table of each word of ``SensorView.tables``."""


class _Shards:
    """The shards of one part, one open at a time."""

    def __init__(self, job: Job, prefix: str) -> None:
        self._folder, self._prefix = job.folder, prefix
        self._file: ExportFile | None = None
        self._samples = 0
        self.count = 0

    def add(self, members: Mapping[str, bytes]) -> None:
        """Append a sample: its files by name, in this order."""
        if self._file is not None and (self._samples >= SHARD_SAMPLES or self._file.size >= SHARD_BYTES):
            self.close()
        if self._file is None:
            self._file = self._folder.open(f"{self._prefix}-{layout.number(self.count)}.tar")
            self._samples, self.count = 0, self.count + 1
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), 0o644
            self._file.write(entry.tobuf(tarfile.PAX_FORMAT, "utf-8", "strict"))
            self._file.write(data)
            self._file.write(bytes(-len(data) % tarfile.BLOCKSIZE))
        self._samples += 1

    def close(self) -> None:
        """Finish the open shard."""
        if self._file is not None:
            self._file.write(bytes(2 * tarfile.BLOCKSIZE))  # the end of an archive
            self._file.close()
        self._file = None


class WebDatasetExporter:
    """All sensors, or all those that were named, with all channels on disk."""

    def __init__(self, job: Job) -> None:
        every = not job.cameras and not job.lidars
        self._cameras = chosen(job.dataset, "camera", job.cameras) if every or job.cameras else []
        self._lidars = chosen(job.dataset, "lidar", job.lidars) if every or job.lidars else []
        if not self._cameras and not self._lidars:
            raise UsageError("the dataset has no recorded sensor, so there is nothing to put into shards")
        self._shards = {part: _Shards(job, part or "samples") for part in job.parts or ("",)}
        self._calibration: tuple[int, bytes] = (-1, b"")

    def add(self, part: str, found: LabelledFrame) -> bool:
        """Append one frame as a sample."""
        members: dict[str, bytes] = {}
        for camera in (c for c in self._cameras if c in found.frame):
            members |= _image_files(found, camera)
        for lidar in (n for n in self._lidars if found.frame.get(n)):
            members[f"{plain_name(lidar)}.points.npz"] = b"".join(encode_npz(found.frame[lidar]))
        if not members:
            return False
        members["boxes.json"] = self._boxes(found)
        members["calibration.json"] = self._sensors(found)
        key = f"{layout.number(found.variant)}-{layout.number(found.frame.index)}"
        self._shards[part].add({f"{key}.{name}": members[name] for name in sorted(members)})
        return True

    def finish(self) -> Mapping[str, Json]:
        """Close the shards."""
        for shards in self._shards.values():
            shards.close()
        counts = {part or "samples": shards.count for part, shards in self._shards.items()}
        return {"cameras": list(self._cameras), "lidars": list(self._lidars), "shards": counts}

    def _boxes(self, found: LabelledFrame) -> bytes:
        """Label rows without empty columns, and world_from_sensor of each sensor."""
        frame = found.frame
        here = [name for name in (*self._cameras, *self._lidars) if name in frame]
        boxes2d = {c: [_filled(r) for r in found.boxes2d.get(c, [])] for c in self._cameras if c in here}
        return _json(
            {
                "variant": found.variant, "frame": frame.index, "time_ns": frame.time_ns,
                "world_from": {name: pose(found, name).tolist() for name in here},
                "boxes2d": boxes2d, "boxes3d": [_filled(r) for r in found.boxes3d],
                **_tables(found, [c for c in self._cameras if c in here]), **_measures(found),
            }
        )  # fmt: skip

    def _sensors(self, found: LabelledFrame) -> bytes:
        """Intrinsics and mounts; the same for all frames of an episode."""
        if self._calibration[0] == found.variant:
            return self._calibration[1]
        out: dict[str, Any] = {}
        for name in (*self._cameras, *self._lidars):
            spec = found.episode.sensors.get(name)
            if isinstance(spec, CameraSpec):
                out[name] = {
                    "type": "camera", "width_px": spec.width_px, "height_px": spec.height_px,
                    "matrix": spec.matrix().tolist(), "baseline_m": spec.baseline_m,
                    "lens": spec.lens,
                    "distortion": list(spec.distortion),
                    "entity_from_camera": spec.entity_from_camera.tolist(),
                }  # fmt: skip
            elif isinstance(spec, LidarSpec):
                out[name] = {
                    "type": "lidar", "model": spec.model, "channels": spec.channels, "columns": spec.columns,
                    "entity_from_lidar": spec.entity_from_lidar.tolist(),
                }  # fmt: skip
        self._calibration = (found.variant, _json(out))
        return self._calibration[1]


def _tables(found: LabelledFrame, cameras: Sequence[str]) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """Rows of label tables, by word and camera; a camera that does not record a word is left out of it."""
    out: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for camera in cameras:
        view = found.frame[camera]
        for word in view.tables:
            columns = getattr(view, _TABLES[word]).columns()
            lists = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in columns.items()}
            rows = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
            out.setdefault(word, {})[camera] = [_filled(r) for r in rows]
    return out


def _measures(found: LabelledFrame) -> dict[str, Any]:
    """Rows of measures, and whom they are about; nothing where the episode has none."""
    if found.frame.measured is None:
        return {}
    measures = found.frame.measures
    lists = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in measures.columns().items()}
    rows = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    return {"measures": {"ego": measures.ego, "rows": [_filled(r) for r in rows]}}


def _image_files(found: LabelledFrame, camera: str) -> dict[str, bytes]:
    """The channels of an image: rgb as it is, all others as NumPy archives that need no knowledge of ours."""
    view, name = found.frame[camera], plain_name(camera)
    out: dict[str, bytes] = {}
    for channel in view:
        if channel in ("rgb", "rgb_right"):
            out[f"{name}.{channel}.png"] = rgb_file(found, camera, channel)
            continue
        array: Array = view[channel].astype(np.uint8) if channel == "semantic" else view[channel]
        out[f"{name}.{channel}.npz"] = b"".join(encode_npz({channel: array}, deflate=channel in _IDS))
    return out


def _filled(row: Mapping[str, Any]) -> dict[str, Any]:
    """A label row as JSON can hold it; what is not known or belongs to the other kind of box is left out."""
    out: dict[str, Any] = {}
    for key, value in row.items():
        kept = value if isinstance(value, str) else finite(value)
        if kept is not None and key not in ("frame", "time_ns", "kind", "sensor"):
            out[key] = kept
    return out


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
