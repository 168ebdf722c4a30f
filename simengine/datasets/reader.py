"""Reads a dataset back: episodes, frames, arrays, tables. The folder may come from anywhere; nothing in it is trusted.

Names are checked before they become paths, links must not lead out of the folder, sizes are limited before memory is
taken, and nothing is ever unpickled.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast, overload

from simengine.arrays import Array, F64Array
from simengine.datasets import layout
from simengine.datasets.calibration import checked_entities, sensors_from
from simengine.datasets.channels import FORMATS, POINTS_FOLDER, decode_channel, decode_points
from simengine.datasets.decode import FILE_LIMIT_BYTES
from simengine.datasets.fields import Fields
from simengine.datasets.parquet import read_parquet, stream_parquet
from simengine.datasets.plain_json import JSON_LIMIT_BYTES, Json, loads, read_json
from simengine.datasets.schema import FRAME_COLUMNS, LABEL_COLUMNS
from simengine.datasets.storage import checked_folder, inside, read_limited
from simengine.datasets.variants import CORE_COLUMNS, VariantRow
from simengine.datasets.writer import read_manifest, stored_variants
from simengine.errors import DatasetError, did_you_mean
from simengine.geometry.transforms import matrix_from_pose
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec

__all__ = ["CameraView", "Dataset", "Episode", "Frame"]

_EPISODE_ROWS = 50_000_000
_POSES = 2_000_000  # each is a Python dict
_POSE = [name for name in FRAME_COLUMNS if name not in ("exposure_ev", "points")]


class _NoChannelError(DatasetError, KeyError):
    """A channel that the image does not have; also what ``Mapping`` expects to be raised."""

    __str__ = DatasetError.__str__


class _NoEpisodeError(DatasetError, IndexError):
    """A position past the last episode; also what ``Sequence`` expects to be raised."""


def _unknown(what: str, name: object, known: Sequence[str]) -> DatasetError:
    near = did_you_mean(str(name), tuple(known))
    hint = f"; did you mean '{near}'?" if near else ""
    return DatasetError(f"no {what} '{name}'{hint} (there is: {', '.join(known) or 'none'})")


class CameraView(Mapping[str, Array]):
    """The channels of one image by name; each is read from its file when it is asked for."""

    def __init__(self, episode: Episode, spec: CameraSpec, frame: int) -> None:
        self.spec = spec
        self._episode, self._frame = episode, frame

    def __getitem__(self, channel: str) -> Array:
        if channel not in list(self):
            raise _NoChannelError(str(_unknown("channel", channel, list(self))))
        path = self.path(channel)
        size = (self.spec.width_px, self.spec.height_px)
        return decode_channel(channel, read_limited(self._episode.inside(path), FILE_LIMIT_BYTES), size, str(path))

    def __iter__(self) -> Iterator[str]:
        return iter(self._episode.channels(self.spec.name))

    def __len__(self) -> int:
        return len(self._episode.channels(self.spec.name))

    def path(self, channel: str) -> Path:
        """File of a channel, relative to the episode."""
        return layout.frame_file(self.spec.name, channel, self._frame, FORMATS[channel].suffix)


class Frame:
    """One instant of an episode."""

    def __init__(self, episode: Episode, index: int, rows: Mapping[str, Mapping[str, Any]]) -> None:
        self.episode, self.index = episode, index
        self._rows = rows

    @property
    def time_ns(self) -> int:
        """Time of the frame."""
        return int(next(iter(self._rows.values()))["time_ns"])

    @property
    def sensors(self) -> list[str]:
        """Sensors that fired, by name."""
        return [name for name, row in self._rows.items() if row["kind"] != "body"]

    def _row(self, name: str) -> Mapping[str, Any]:
        if name not in list(self._rows):
            raise _unknown(f"reading or body in frame {self.index}", name, list(self._rows))
        return self._rows[name]

    def world_from(self, name: str) -> F64Array:
        """Pose (4, 4) of a sensor (cameras: optical frame) or body at its ``sensor_time_ns``."""
        row = self._row(name)
        return matrix_from_pose([row[k] for k in ("x_m", "y_m", "z_m")], [row[k] for k in ("qw", "qx", "qy", "qz")])

    def exposure_ev(self, camera: str) -> float:
        """Exposure of an image."""
        value = self._row(camera)["exposure_ev"]
        if value is None:
            raise DatasetError(f"'{camera}' has no exposure in frame {self.index}; only cameras have one")
        return float(value)

    def camera(self, name: str) -> CameraView:
        """The channels of a camera's image."""
        self._row(name)
        spec = self.episode.sensor(name)
        if not isinstance(spec, CameraSpec):
            raise DatasetError(f"'{name}' is no camera; use lidar('{name}')")
        return CameraView(self.episode, spec, self.index)

    def lidar(self, name: str) -> dict[str, Array]:
        """The fields of ``POINT_FIELDS`` of a scan."""
        self._row(name)
        if not isinstance(self.episode.sensor(name), LidarSpec):
            raise DatasetError(f"'{name}' is no LiDAR; use camera('{name}')")
        path = layout.frame_file(name, POINTS_FOLDER, self.index, ".ply")
        return decode_points(read_limited(self.episode.inside(path), FILE_LIMIT_BYTES), str(path))

    def boxes3d(self) -> list[dict[str, Any]]:
        """Label rows of the things in the world."""
        return self.episode.labels(frame=self.index, kind="box3d").to_pylist()

    def boxes2d(self, camera: str) -> list[dict[str, Any]]:
        """Label rows of the things in a camera's image."""
        return self.episode.labels(frame=self.index, kind="box2d", sensor=camera).to_pylist()


class Episode:
    """One kept variant."""

    def __init__(self, root: Path, variant: int) -> None:
        self.root, self.variant = root, variant

    def inside(self, path: Path) -> Path:
        """A file of the episode as a path that surely lies in it."""
        return inside(self.root, path)

    @cached_property
    def info(self) -> dict[str, Json]:
        """Content of ``episode.json``: number of frames, sensors and channels."""
        path = self.inside(Path(layout.EPISODE))
        fields = Fields(read_json(path), f"'{path}'")
        fields.whole("variant", self.variant, self.variant)
        fields.whole("frames", 0)
        sensors = fields.fields("sensors")
        for name in sensors.data:
            sensors.fields(name).fields("channels")
        return fields.data

    @cached_property
    def sensors(self) -> dict[str, SensorSpec]:
        """All sensors by name."""
        path = self.inside(Path(layout.CALIBRATION))
        specs = sensors_from(read_json(path), str(path))
        for name in specs:
            layout.checked_sensor_name(name)
        return specs

    def sensor(self, name: str) -> SensorSpec:
        """A sensor by name."""
        if name not in list(self.sensors):  # (it may be of any kind)
            raise _unknown("sensor", name, list(self.sensors))
        return self.sensors[name]

    def channels(self, sensor: str) -> list[str]:
        """Channels on disk of a camera, or ["points"]."""
        sensors = self.info["sensors"]
        if sensor not in list(sensors):
            raise _unknown("sensor", sensor, list(sensors))
        return [c for c in (*FORMATS, POINTS_FOLDER) if c in sensors[sensor]["channels"]]

    @cached_property
    def entities(self) -> list[dict[str, Json]]:
        """Name, kind, class and size by instance id."""
        path = self.inside(Path(layout.ENTITIES))
        return checked_entities(loads(read_limited(path, JSON_LIMIT_BYTES), str(path)), str(path))

    @cached_property
    def row(self) -> VariantRow:
        """The variant's row."""
        path = self.inside(Path(layout.VARIANT))
        return VariantRow.from_json(read_json(path), str(path))

    def scenario(self) -> bytes:
        """Content of ``scenario.json``."""
        return read_limited(self.inside(Path(layout.SCENARIO)), JSON_LIMIT_BYTES)

    def labels(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of label rows, of all or of those with ``kind=``, ``frame=``, ``sensor=``, ...."""
        return read_parquet(self.inside(Path(layout.LABELS)), equal, _EPISODE_ROWS, LABEL_COLUMNS)

    def poses(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of times and poses: ``frames.parquet``."""
        return read_parquet(self.inside(Path(layout.FRAMES)), equal, _EPISODE_ROWS, FRAME_COLUMNS)

    @cached_property
    def frames(self) -> list[Frame]:
        """All frames in order."""
        rows: dict[int, dict[str, dict[str, Any]]] = {}
        path = self.inside(Path(layout.FRAMES))
        for row in stream_parquet(path, limit=_POSES, schema=FRAME_COLUMNS):
            if not all(_known(row[key]) for key in _POSE) or row["frame"] < 0:
                raise DatasetError(f"'{path}' has a row without frame, sensor, time or pose; it is damaged")
            rows.setdefault(row["frame"], {})[row["sensor"]] = row
        return [Frame(self, index, rows[index]) for index in sorted(rows)]


class _Episodes(Sequence[Episode]):
    """Episodes by position, in the order of their variants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._variants = stored_variants(folder, "")

    def __len__(self) -> int:
        return len(self._variants)

    @overload
    def __getitem__(self, index: int) -> Episode: ...
    @overload
    def __getitem__(self, index: slice) -> list[Episode]: ...
    def __getitem__(self, index: int | slice) -> Episode | list[Episode]:
        if isinstance(index, slice):
            return [self._episode(v) for v in self._variants[index]]
        if not isinstance(cast("object", index), int) or not -len(self) <= index < len(self):
            raise _NoEpisodeError(
                f"no episode at position {index}: there are {len(self)}, from 0; for a variant use episode(variant)"
            )
        return self._episode(self._variants[index])

    def _episode(self, variant: int) -> Episode:
        return Episode(self._folder / layout.number(variant), variant)


def _known(value: object) -> bool:
    return math.isfinite(value) if isinstance(value, float) else value is not None


class Dataset:
    """A dataset on disk.

    Example:
        >>> rgb = Dataset.open("out/first").episodes[0].frames[3].camera("front")["rgb"]  # doctest: +SKIP
    """

    def __init__(self, path: Path | str) -> None:
        """Open a folder that holds a dataset, finished or not.

        Raises:
            DatasetError: it holds none, or one of another format version.
        """
        self.root = checked_folder(path)
        self.manifest: dict[str, Json] = read_manifest(self.root)

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """The same as ``Dataset(path)``."""
        return cls(path)

    @property
    def complete(self) -> bool:
        """The run that wrote it has finished."""
        return self.manifest.get("state") == "complete"

    @property
    def identity(self) -> dict[str, Json]:
        """What decided the bytes: source, seed, plan, renderer, options, versions."""
        return self.manifest["identity"]

    @property
    def about(self) -> dict[str, Json]:
        """What else is known: title, scenario, ...."""
        about = self.manifest.get("about")
        return cast("dict[str, Json]", about) if isinstance(about, dict) else {}

    @cached_property
    def episodes(self) -> Sequence[Episode]:
        """All episodes, in the order of their variants."""
        return _Episodes(inside(self.root, Path(layout.EPISODES)))

    def episode(self, variant: int) -> Episode:
        """The episode of a variant."""
        known = isinstance(cast("object", variant), int) and variant >= 0
        folder = inside(self.root, Path(layout.EPISODES) / (layout.number(variant) if known else "none"))
        if not known or not folder.is_dir():
            raise DatasetError(f"'{self.root}' has no episode of variant {variant}; it was discarded, or never run")
        return Episode(folder, variant)

    def variants(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of all variants, or of those with ``status="kept"``, ....

        Raises:
            DatasetError: the run has not finished yet, so there is no table.
        """
        return read_parquet(inside(self.root, Path(layout.VARIANTS)), equal, schema=CORE_COLUMNS)

    def digest(self) -> str:
        """The digest of all content, as the finished run stored it: equal digests mean equal bytes.

        Raises:
            DatasetError: the run has not finished yet.
        """
        if not self.complete:
            raise DatasetError(f"'{self.root}' is unfinished and has no digest yet; finish it with --resume")
        return str(self.manifest["digest"])
