"""Writes one episode: frames are encoded and stored by a few threads, and the folder appears when it is complete."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future, wait
from pathlib import Path
from threading import BoundedSemaphore, Lock
from types import TracebackType
from typing import Any, TypeAlias

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.datasets import layout
from simengine.datasets.calibration import calibration_of, entities_of
from simengine.datasets.channels import DETECTIONS_FOLDER, FORMATS, POINTS_FOLDER, Encoder, encode_channel, encode_scan
from simengine.datasets.measures import Measures
from simengine.datasets.parquet import TableWriter
from simengine.datasets.plain_json import digestible, dumps
from simengine.datasets.schema import FRAME_COLUMNS, IMAGE_TABLES, LABEL_COLUMNS, MEASURE_COLUMNS
from simengine.datasets.signals import Signal, signals_json, write_signal
from simengine.datasets.storage import Buffer, disk_errors, publish_folder, remove_tree, sync, write_new
from simengine.datasets.surfaces import Surfaces
from simengine.datasets.variants import VariantRow
from simengine.errors import DatasetError
from simengine.geometry.transforms import pose_from_matrix
from simengine.render.labels import AmodalMasks, Boxes2D, Keypoints, Objects3D, Poses6D
from simengine.render.protocol import CameraReading, LidarReading, RadarReading
from simengine.sensors.specs import SensorSpec
from simengine.sensors.tuning import Tuning
from simengine.world.scene import Entity

__all__ = ["EpisodeContent", "EpisodeWriter", "Reading"]

Reading: TypeAlias = CameraReading | LidarReading | RadarReading
_PENDING = 24


@dataclasses.dataclass(frozen=True)
class EpisodeContent:
    """What is known of an episode before its first frame.

    Attributes:
        row: the variant's row; its ``frames`` are filled in.
        scenario: content of ``scenario.json``.
        sensors: all sensors, for ``calibration.json``.
        entities: ``Scene.entities``, for ``entities.json``.
        record: channels to store by sensor ("points" for a LiDAR, "detections" for a radar); None: everything
            that is given. A sensor that is not named stores nothing but its pose.
        signals: samples of inertial units and GNSS receivers.
        weather: settings (SI) by the time from which they hold, rising.
        tunings: of sensors during the run.
        surfaces: for ``surfaces.json``; None: nothing is recorded that needs it.
    """

    row: VariantRow
    scenario: bytes
    sensors: Sequence[SensorSpec] = ()
    entities: Sequence[Entity] = ()
    record: Mapping[str, Sequence[str]] | None = None
    weather: Sequence[tuple[int, Mapping[str, float | str]]] = ()
    signals: Sequence[Signal] = ()
    tunings: Sequence[Tuning] = ()
    surfaces: Surfaces | None = None


class EpisodeWriter:
    """A context manager; leaving it without an error completes the episode, with one removes every trace.

    Files go to ``episodes/.partial-<id>-<pid>-<node>/``, are flushed to the disk and become ``episodes/<id>/`` by one
    rename.
    """

    def __init__(
        self, episodes: Path, content: EpisodeContent, pool: Executor | None = None, *, small: bool = False
    ) -> None:
        name = layout.number(content.row.variant)
        self.content = content
        self.final = episodes / name
        self.partial = episodes / f"{layout.PARTIAL}{name}-{os.getpid()}-{_node()}"
        self.frames = 0
        self._pool, self._small = pool, small
        self._last = -1
        self._room = BoundedSemaphore(_PENDING)
        self._pending: list[Future[None]] = []
        self._lock = Lock()
        self._sums: dict[str, str] = {}
        self._folders: set[Path] = set()
        self._channels: dict[str, dict[str, str]] = {s.name: {} for s in content.sensors}
        self._boxed: set[str] = set()
        self._image_tables: dict[str, TableWriter] = {}
        self._tabled: dict[str, set[str]] = {word: set() for word in IMAGE_TABLES}
        self._objects = False
        self._labels: TableWriter | None = None
        self._poses: TableWriter | None = None
        self._measures: TableWriter | None = None
        self._ego = ""

    def __enter__(self) -> EpisodeWriter:
        if self.final.exists():
            raise DatasetError(
                f"episode '{self.final}' is already there; it is never replaced: delete the folder first"
            )
        remove_tree(self.partial)
        for spec in (*self.content.sensors, *(s.spec for s in self.content.signals)):
            layout.checked_sensor_name(spec.name)
        if len(self._channels) != len(self.content.sensors):
            raise DatasetError("two sensors of an episode have the same name; give each its own")
        try:
            with disk_errors("create", self.partial):
                self.partial.mkdir()
            self._labels = TableWriter(self.partial / layout.LABELS, LABEL_COLUMNS)
            self._poses = TableWriter(self.partial / layout.FRAMES, FRAME_COLUMNS)
        except BaseException:
            self._discard()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._discard()
            return
        try:
            with disk_errors("complete", self.partial):
                self._complete()
        except BaseException:
            self._discard()
            raise

    # ---- frames ------------------------------------------------------------------------------------------------

    def write_frame(
        self, frame: int, time_ns: int, readings: Mapping[str, Reading], *, objects: Objects3D | None = None,
        boxes: Mapping[str, Boxes2D] | None = None, bodies: Mapping[str, F64Array] | None = None, copy: bool = True,
        shown: Mapping[str, Sequence[str]] | None = None,
        tables: Mapping[str, Mapping[str, AmodalMasks | Keypoints | Poses6D]] | None = None,
        measures: Measures | None = None,
    ) -> None:  # fmt: skip
        """Store all readings and labels of one instant. Returns when the work is handed to the writer threads.

        Args:
            frame: index, higher than the last one's.
            time_ns: time of the frame.
            readings: by sensor name; sensors that did not fire are left out.
            objects: 3D boxes, in the world.
            boxes: 2D boxes by camera.
            bodies: world_from_body (4, 4) by name, for the carriers of sensors.
            copy: False where the caller promises that it never changes the readings' arrays again.
            shown: channels to store of each reading ("points" of a LiDAR), where frames differ in that; None: all that
                the episode records.
            tables: other labels of images, by camera and word of ``IMAGE_TABLES``.
            measures: of the instant, always about the same entity.

        Raises:
            DatasetError: a reading or table has a wrong shape, the order is wrong, or storing failed earlier.
        """
        if frame <= self._last:
            raise DatasetError(f"frames must come in rising order; frame {frame} came after frame {self._last}")
        if not readings and not bodies:
            raise DatasetError(f"frame {frame} has neither a reading nor a body; leave it out")
        self._last = frame
        self._raise_first_failure()
        for name in sorted(readings):
            self._submit_reading(frame, name, readings[name], copy, None if shown is None else shown[name])
        here = None if shown is None else _here(shown, boxes or {}, objects is not None, tables or {})
        self._add_poses(frame, time_ns, readings, bodies or {}, here)
        self._objects |= objects is not None
        self._boxed |= set(boxes or {})
        if objects is not None:
            self._add_labels(frame, time_ns, "box3d", None, objects)
        for camera, table in sorted((boxes or {}).items()):
            self._add_labels(frame, time_ns, "box2d", camera, table)
        for camera, words in sorted((tables or {}).items()):
            for word in sorted(words):
                self._add_table(frame, time_ns, word, camera, words[word])
        if measures is not None:
            self._add_measures(frame, measures)
        self.frames += 1

    def _submit_reading(
        self, frame: int, name: str, reading: Reading, copy: bool, shown: Sequence[str] | None
    ) -> None:  # fmt: skip
        if name not in self._channels or reading.spec.name != name:
            raise DatasetError(
                f"a reading of '{name}' (sensor '{reading.spec.name}') fits none of the episode's sensors: "
                f"{', '.join(self._channels) or 'none'}"
            )
        record = self.content.record
        wanted = shown if shown is not None else None if record is None else tuple(record.get(name, ()))
        if not isinstance(reading, CameraReading):
            word, scan = _scan(reading)
            if wanted is None or word in wanted:
                points = {k: _own(v, copy) for k, v in scan.items()}
                self._submit(name, word, frame, ".ply", lambda: encode_scan(word, points))
            return
        size = (reading.spec.width_px, reading.spec.height_px)
        for channel in reading.channels:
            if wanted is None or channel in wanted:
                self._submit_channel(name, channel, frame, _own(reading.channels[channel], copy), size)

    def _submit_channel(self, sensor: str, channel: str, frame: int, array: Array, size: tuple[int, int]) -> None:
        if channel not in FORMATS:
            raise DatasetError(f"'{channel}' is no camera channel; the channels are {', '.join(FORMATS)}")
        small = self._small

        def encode() -> Sequence[Buffer]:
            return encode_channel(channel, array, size, small=small)

        self._submit(sensor, channel, frame, FORMATS[channel].suffix, encode)

    def _submit(self, sensor: str, channel: str, frame: int, suffix: str, encode: Encoder) -> None:
        path = layout.frame_file(sensor, channel, frame, suffix)
        folder = self.partial / path.parent
        if folder not in self._folders:
            with disk_errors("create", folder):
                folder.parent.mkdir(exist_ok=True)  # not its parents: a folder that was deleted stays deleted
                folder.mkdir()
            self._folders |= {folder, folder.parent}
            self._channels[sensor][channel] = suffix
        if self._pool is None:
            self._store(path, encode)
            return
        self._room.acquire()  # memory stays bounded: the caller waits for the disk
        try:
            future = self._pool.submit(self._store, path, encode)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        self._pending = [f for f in self._pending if not f.done() or f.exception() is not None]
        self._pending.append(future)

    def _store(self, path: Path, encode: Encoder) -> None:
        parts = encode()
        digest = hashlib.sha256()
        for part in parts:
            digest.update(part)
        write_new(self.partial / path, parts)
        with self._lock:
            self._sums[path.as_posix()] = digest.hexdigest()

    def _raise_first_failure(self) -> None:
        for future in self._pending:
            if future.done():
                future.result()

    # ---- tables ------------------------------------------------------------------------------------------------

    def _add_poses(
        self, frame: int, time_ns: int, readings: Mapping[str, Reading], bodies: Mapping[str, F64Array],
        here: Mapping[str, str] | None,
    ) -> None:  # fmt: skip
        assert self._poses is not None
        for name in sorted(bodies):
            self._poses.add(1, _pose_row(frame, time_ns, "body", name, time_ns, bodies[name]))
        for name in sorted(readings):
            reading = readings[name]
            if isinstance(reading, CameraReading):
                row = _pose_row(frame, time_ns, "camera", name, reading.time_ns, reading.world_from_camera)
                row |= {"exposure_ev": [float(reading.exposure_ev)]}
            else:
                lidar = isinstance(reading, LidarReading)
                pose = reading.world_from_lidar if lidar else reading.world_from_radar
                row = _pose_row(frame, time_ns, "lidar" if lidar else "radar", name, reading.time_ns, pose)
                row |= {"points": [len(_scan(reading)[1]["range"])]}
            cells: dict[str, list[Any]] = {} if here is None else {"channels": [here[name]]}
            self._poses.add(1, row | _fault_cells(reading) | cells)

    def _add_labels(self, frame: int, time_ns: int, kind: str, sensor: str | None, table: Objects3D | Boxes2D) -> None:
        assert self._labels is not None
        columns: dict[str, Sequence[Any]] = {
            k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in table.columns().items()
        }
        count = len(columns["instance"])
        key = {"frame": frame, "time_ns": time_ns, "kind": kind, "sensor": sensor}
        self._labels.add(count, {**{k: [v] * count for k, v in key.items()}, **columns})

    def _add_measures(self, frame: int, measures: Measures) -> None:
        """Rows of ``measures.parquet``, which is opened with the first ones."""
        if self._measures is None:
            self._measures = TableWriter(self.partial / layout.MEASURES, MEASURE_COLUMNS)
            self._ego = measures.ego
        if measures.ego != self._ego:
            raise DatasetError(f"the measures of an episode are about one entity; got '{self._ego}', '{measures.ego}'")
        columns = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in measures.columns().items()}
        count = len(measures)
        self._measures.add(count, {"frame": [frame] * count, "time_ns": [measures.time_ns] * count, **columns})

    def _add_table(
        self, frame: int, time_ns: int, word: str, camera: str, table: AmodalMasks | Keypoints | Poses6D
    ) -> None:
        """Rows of a table of its own, which is opened when it is first needed."""
        self._tabled[word].add(camera)
        if word not in self._image_tables:
            self._image_tables[word] = TableWriter(self.partial / layout.table_file(word), IMAGE_TABLES[word])
        columns = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in table.columns().items()}
        count = len(columns["instance"])
        key = {"frame": frame, "time_ns": time_ns, "sensor": camera}
        self._image_tables[word].add(count, {**{k: [v] * count for k, v in key.items()}, **columns})

    # ---- the end -----------------------------------------------------------------------------------------------

    def _complete(self) -> None:
        wait(self._pending)
        self._raise_first_failure()
        assert self._labels is not None and self._poses is not None
        self._labels.close()
        self._poses.close()
        for table in self._image_tables.values():
            table.close()
        if self._measures is not None:
            self._measures.close()
        own = [] if self._measures is None else [layout.MEASURES]
        for name in (layout.LABELS, layout.FRAMES, *(layout.table_file(word) for word in self._image_tables), *own):
            self._sums[name] = hashlib.sha256((self.partial / name).read_bytes()).hexdigest()
        self._add_signals()
        self._small_files()
        sums = "".join(f"{digest}  {path}\n" for path, digest in sorted(self._sums.items()))
        write_new(self.partial / layout.CHECKSUMS, [sums.encode()])
        with disk_errors("flush", self.partial):
            for path in sorted(self._sums):
                sync(self.partial / path)
            for folder in [self.partial / layout.CHECKSUMS, *sorted(self._folders, reverse=True), self.partial]:
                sync(folder)
        publish_folder(self.partial, self.final)

    def _add_signals(self) -> None:
        if not self.content.signals:
            return
        data = dumps(signals_json(self.content.signals))
        write_new(self.partial / layout.SIGNALS, [data])
        self._sums[layout.SIGNALS] = hashlib.sha256(data).hexdigest()
        for signal in self.content.signals:
            folder = self.partial / signal.name
            with disk_errors("create", folder):
                folder.mkdir()
            self._folders.add(folder)
            write_signal(folder / layout.SAMPLES, signal)
            path = Path(signal.name) / layout.SAMPLES
            self._sums[path.as_posix()] = hashlib.sha256((self.partial / path).read_bytes()).hexdigest()

    def _small_files(self) -> None:
        content = self.content
        kinds = {
            s.name: t["type"] for s, t in zip(content.sensors, calibration_of(content.sensors).values(), strict=True)
        }
        sensors = {n: {"type": kinds[n], "channels": dict(sorted(c.items()))} for n, c in self._channels.items()}
        row = dataclasses.replace(content.row, frames=self.frames)
        files: dict[str, bytes] = {
            layout.EPISODE: dumps(
                {
                    "variant": row.variant,
                    "frames": self.frames,
                    "sensors": sensors,
                    "box2d": sorted(self._boxed),
                    "box3d": self._objects,
                    **{word: sorted(cameras) for word, cameras in self._tabled.items() if cameras},
                    **({"measures": self._ego} if self._measures is not None else {}),
                    **({"tunings": [dataclasses.asdict(t) for t in content.tunings]} if content.tunings else {}),
                    "weather": [{"since_ns": t, "settings": dict(sorted(s.items()))} for t, s in content.weather],
                }
            ),
            layout.VARIANT: dumps(row.to_json()),
            layout.SCENARIO: content.scenario,
            layout.CALIBRATION: dumps(calibration_of(content.sensors)),
            layout.ENTITIES: dumps(entities_of(content.entities)),
        }
        if content.surfaces is not None:
            files[layout.SURFACES] = dumps(content.surfaces.to_json())
        for name, data in files.items():
            write_new(self.partial / name, [data])
            self._sums[name] = hashlib.sha256(data).hexdigest()

    def _discard(self) -> None:
        for future in self._pending:
            future.cancel()
        wait(self._pending)
        for table in (self._labels, self._poses, self._measures, *self._image_tables.values()):
            if table is not None:
                table.abandon()
        remove_tree(self.partial)


def _here(
    shown: Mapping[str, Sequence[str]], boxes: Mapping[str, Boxes2D], objects: bool,
    tables: Mapping[str, Mapping[str, object]],
) -> dict[str, str]:  # fmt: skip
    """What a frame holds of each sensor, as ``frames.parquet`` says it."""
    labels = ["box3d"] if objects else []
    return {
        name: ",".join([*sorted(words), *(["box2d"] if name in boxes else []), *sorted(tables.get(name, {})), *labels])
        for name, words in shown.items()
    }


def _scan(reading: LidarReading | RadarReading) -> tuple[str, Mapping[str, Array]]:
    """The folder of a scan, and its fields."""
    if isinstance(reading, LidarReading):
        return POINTS_FOLDER, reading.points
    return DETECTIONS_FOLDER, reading.detections


def _node() -> str:
    """This machine, as a part of a file name: workers of several may write into one folder."""
    return "".join(c for c in platform.node() if c.isalnum() or c == "-")[:63]


def _own(array: Array, copy: bool) -> Array:
    return np.array(array, order="C") if copy else array


def _pose_row(
    frame: int, time_ns: int, kind: str, sensor: str, sensor_time_ns: int, world_from_body: F64Array
) -> dict[str, list[Any]]:
    position, q = pose_from_matrix(world_from_body)
    values = [frame, time_ns, kind, sensor, sensor_time_ns, *position.tolist(), *q.tolist()]
    return {name: [value] for name, value in zip(list(FRAME_COLUMNS)[: len(values)], values, strict=True)}


def _fault_cells(reading: Reading) -> dict[str, list[Any]]:
    """What a row of ``frames.parquet`` says of the sensor's fault."""
    fault = reading.fault
    if fault is None:
        return {"shown_time_ns": [reading.time_ns]}
    settings = digestible(fault.settings).decode()
    return {
        "shown_time_ns": [fault.shown_ns], "fault": [fault.kind], "fault_settings": [settings],
        "fault_since_ns": [fault.since_ns],
    }  # fmt: skip
