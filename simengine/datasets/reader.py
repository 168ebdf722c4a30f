"""Reads a dataset back: episodes, frames, arrays, tables. The folder may come from anywhere; nothing in it is trusted.

Names are checked before they become paths, links must not lead out of the folder, sizes are limited before memory is
taken, and nothing is ever unpickled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast, overload

from simengine.arrays import Array, F64Array
from simengine.datasets import layout
from simengine.datasets.calibration import sensors_from
from simengine.datasets.channels import FORMATS, POINTS_FOLDER, decode_channel, decode_points
from simengine.datasets.decode import FILE_LIMIT_BYTES
from simengine.datasets.parquet import read_parquet, stream_parquet
from simengine.datasets.plain_json import JSON_LIMIT_BYTES, Json, loads, read_json
from simengine.datasets.storage import read_limited
from simengine.datasets.variants import VariantRow
from simengine.datasets.writer import read_manifest, stored_variants
from simengine.errors import DatasetError, did_you_mean
from simengine.geometry.transforms import matrix_from_pose
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec

__all__ = ["CameraView", "Dataset", "Episode", "Frame"]

_EPISODE_ROWS = 50_000_000


class _NoChannelError(DatasetError, KeyError):
    """A channel that the image does not have; also what ``Mapping`` expects to be raised."""

    __str__ = DatasetError.__str__


def _unknown(what: str, name: str, known: Sequence[str]) -> DatasetError:
    near = did_you_mean(name, tuple(known))
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
        if name not in self._rows:
            raise _unknown(f"reading or body in frame {self.index}", name, list(self._rows))
        return self._rows[name]

    def world_from(self, name: str) -> F64Array:
        """Pose (4, 4) of a sensor (cameras: optical frame) or body at its ``sensor_time_ns``."""
        row = self._row(name)
        return matrix_from_pose([row[k] for k in ("x_m", "y_m", "z_m")], [row[k] for k in ("qw", "qx", "qy", "qz")])

    def exposure_ev(self, camera: str) -> float:
        """Exposure of an image."""
        return float(self._row(camera)["exposure_ev"])

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
        return _inside(self.root, path)

    @cached_property
    def info(self) -> dict[str, Json]:
        """Content of ``episode.json``: number of frames, sensors and channels."""
        data = read_json(self.inside(Path(layout.EPISODE)))
        sensors = data.get("sensors")
        if data.get("variant") != self.variant or not isinstance(sensors, dict):
            raise DatasetError(
                f"'{self.root / layout.EPISODE}' does not describe episode {self.variant}; it is damaged"
            )
        return data

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
        if name not in self.sensors:
            raise _unknown("sensor", name, list(self.sensors))
        return self.sensors[name]

    def channels(self, sensor: str) -> list[str]:
        """Channels on disk of a camera, or ["points"]."""
        entry: Any = self.info["sensors"].get(sensor)
        found: Any = cast("dict[str, Json]", entry).get("channels") if isinstance(entry, dict) else None
        if not isinstance(found, dict):
            raise _unknown("sensor", sensor, list(self.info["sensors"]))
        return [c for c in (*FORMATS, POINTS_FOLDER) if c in found]

    @cached_property
    def entities(self) -> list[dict[str, Json]]:
        """Name, kind, class and size by instance id."""
        path = self.inside(Path(layout.ENTITIES))
        data: Any = loads(read_limited(path, JSON_LIMIT_BYTES), str(path))
        if not isinstance(data, list) or not all(isinstance(e, dict) for e in cast("list[object]", data)):
            raise DatasetError(f"'{path}' should hold a list of objects; it is damaged")
        return cast("list[dict[str, Json]]", data)

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
        return read_parquet(self.inside(Path(layout.LABELS)), equal, _EPISODE_ROWS)

    def poses(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of times and poses: ``frames.parquet``."""
        return read_parquet(self.inside(Path(layout.FRAMES)), equal, _EPISODE_ROWS)

    @cached_property
    def frames(self) -> list[Frame]:
        """All frames in order."""
        rows: dict[int, dict[str, dict[str, Any]]] = {}
        for row in stream_parquet(self.inside(Path(layout.FRAMES)), limit=_EPISODE_ROWS):
            index, name = row.get("frame"), row.get("sensor")
            if not isinstance(index, int) or not isinstance(name, str) or index < 0:
                raise DatasetError(f"'{self.root / layout.FRAMES}' has a row without frame and sensor; it is damaged")
            rows.setdefault(index, {})[name] = row
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
        return self._episode(self._variants[index])

    def _episode(self, variant: int) -> Episode:
        return Episode(self._folder / layout.number(variant), variant)


class Dataset:
    """A dataset on disk.

    Example:
        >>> rgb = Dataset.open("out/first").episodes[0].frames[3].camera("front")["rgb"]  # doctest: +SKIP
    """

    def __init__(self, root: Path, manifest: dict[str, Json]) -> None:
        self.root, self.manifest = root, manifest

    @classmethod
    def open(cls, path: Path | str) -> Dataset:
        """Open a folder that holds a dataset, finished or not.

        Raises:
            DatasetError: it holds none, or one of another format version.
        """
        root = Path(path)
        if not root.is_dir():
            raise DatasetError(f"'{root}' is no folder; give the folder of a dataset")
        return cls(root, read_manifest(root))

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
        return _Episodes(_inside(self.root, Path(layout.EPISODES)))

    def episode(self, variant: int) -> Episode:
        """The episode of a variant."""
        folder = _inside(self.root, Path(layout.EPISODES) / layout.number(variant))
        if not folder.is_dir():
            raise DatasetError(f"'{self.root}' has no episode of variant {variant}; it was discarded, or never run")
        return Episode(folder, variant)

    def variants(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of all variants, or of those with ``status="kept"``, ....

        Raises:
            DatasetError: the run has not finished yet, so there is no table.
        """
        return read_parquet(_inside(self.root, Path(layout.VARIANTS)), equal)

    def digest(self) -> str:
        """The digest of all content, as the finished run stored it: equal digests mean equal bytes.

        Raises:
            DatasetError: the run has not finished yet.
        """
        if not self.complete:
            raise DatasetError(f"'{self.root}' is unfinished and has no digest yet; finish it with --resume")
        return str(self.manifest["digest"])


def _inside(root: Path, path: Path) -> Path:
    """``root / path``, if it lies in ``root`` when links are followed.

    Raises:
        DatasetError: it does not.
    """
    full = root / path
    if path.is_absolute() or not full.resolve().is_relative_to(root.resolve()):
        raise DatasetError(f"'{full}' leads out of '{root}'; it is not followed")
    return full
