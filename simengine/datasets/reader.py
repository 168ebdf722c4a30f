"""Reads a dataset back: episodes, frames, arrays, tables. The folder may come from anywhere; nothing in it is trusted.

Names are checked before they become paths, links must not lead out of the folder, sizes are limited before memory is
taken, and nothing is ever unpickled.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, cast, overload

from simengine.arrays import Array, F64Array
from simengine.datasets import layout
from simengine.datasets.calibration import checked_entities, sensors_from
from simengine.datasets.channels import (
    DETECTIONS_FOLDER,
    FORMATS,
    POINTS_FOLDER,
    SCAN_FIELDS,
    decode_channel,
    decode_scan,
)
from simengine.datasets.decode import FILE_LIMIT_BYTES
from simengine.datasets.fields import Fields
from simengine.datasets.frame import EntityInfo, Episode, Frame, Named, SensorView, no_such
from simengine.datasets.labels import EpisodeLabels, ImageTable, MeasureTable
from simengine.datasets.measures import Measures
from simengine.datasets.parquet import read_parquet, stream_parquet
from simengine.datasets.plain_json import JSON_LIMIT_BYTES, Json, loads, read_json, shown
from simengine.datasets.schema import FRAME_COLUMNS, IMAGE_TABLES, LABEL_COLUMNS, MEASURE_COLUMNS
from simengine.datasets.signals import Signal, read_signal, specs_from
from simengine.datasets.storage import checked_folder, inside, read_limited
from simengine.datasets.surfaces import Surfaces
from simengine.datasets.variants import CORE_COLUMNS, VariantRow
from simengine.datasets.writer import read_manifest, stored_variants
from simengine.errors import DatasetError, ReadingError, SensorError, counted
from simengine.geometry.transforms import matrix_from_pose
from simengine.render.labels import AmodalMasks, Keypoints, Objects3D, Poses6D
from simengine.sensors.faults import FAULTS, ReadingFault
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec, kind_of
from simengine.sensors.tuning import Tuning, spec_at, tuned

__all__ = ["Dataset", "StoredEpisode"]

_EPISODE_ROWS = 50_000_000
_POSES = 2_000_000  # each is a Python dict
_BOXES = ("box2d", "box3d")  # kinds of rows of labels.parquet
_POSED = ("camera", "lidar", "radar", "body")
_NOT_ALWAYS = ("exposure_ev", "points", "shown_time_ns", "fault", "fault_settings", "fault_since_ns", "channels")
_POSE = [name for name in FRAME_COLUMNS if name not in _NOT_ALWAYS]


class NoPositionError(DatasetError, IndexError):
    """A position past the end; also what ``Sequence`` expects to be raised."""


class _Frames(Sequence[Frame]):
    """The frames of an episode; each is made when it is taken out and holds what was read of it."""

    def __init__(self, episode: StoredEpisode) -> None:
        self._episode = episode
        self._rows: dict[int, dict[str, dict[str, Any]]] = {}
        path = episode.inside(Path(layout.FRAMES))
        for row in stream_parquet(path, limit=_POSES, schema=FRAME_COLUMNS):
            if not all(_known(row[key]) for key in _POSE) or row["frame"] < 0:
                raise DatasetError(f"'{path}' has a row without frame, sensor, time or pose; it is damaged")
            self._rows.setdefault(row["frame"], {})[row["sensor"]] = row
        self.indices = sorted(self._rows)

    def __len__(self) -> int:
        return len(self.indices)

    @overload
    def __getitem__(self, index: int) -> Frame: ...
    @overload
    def __getitem__(self, index: slice) -> list[Frame]: ...
    def __getitem__(self, index: int | slice) -> Frame | list[Frame]:
        if isinstance(index, slice):
            return [self._frame(k) for k in self.indices[index]]
        return self._frame(self.indices[checked_position(index, len(self), "frame")])

    def times_ns(self) -> list[int]:
        return [next(iter(self._rows[k].values()))["time_ns"] for k in self.indices]

    def _frame(self, index: int) -> Frame:
        episode, rows = self._episode, self._rows[index]
        time_ns = int(next(iter(rows.values()))["time_ns"])
        told = [row["channels"] for row in rows.values() if row["channels"] is not None]
        there = not told or any("box3d" in words.split(",") for words in told)
        boxes3d = episode.boxes3d(index, time_ns) if there else None
        views = [episode.view(index, row, boxes3d) for _, row in sorted(rows.items()) if row["kind"] != "body"]
        bodies = {name: _pose_of(row) for name, row in sorted(rows.items()) if row["kind"] == "body"}
        made = Frame(episode.variant, index, time_ns, views, bodies, boxes3d)
        weather = [sky for since, sky in episode.weather if since <= time_ns]
        made.weather = dict(weather[-1]) if weather else {}
        made.measured = episode.measures(index, time_ns)
        return made


def _pose_of(row: Mapping[str, Any]) -> F64Array:
    return matrix_from_pose([row[k] for k in ("x_m", "y_m", "z_m")], [row[k] for k in ("qw", "qx", "qy", "qz")])


class StoredEpisode(Episode):
    """One kept variant on disk.

    Attributes:
        root: its folder.
    """

    def __init__(self, root: Path, variant: int) -> None:
        self.root, self._variant = root, variant
        self._image_tables: dict[str, ImageTable] = {}

    @property
    def variant(self) -> int:
        """Index of the variant."""
        return self._variant

    def inside(self, path: Path) -> Path:
        """A file of the episode as a path that surely lies in it."""
        return inside(self.root, path)

    @cached_property
    def info(self) -> dict[str, Json]:
        """Content of ``episode.json``: number of frames, sensors, channels and boxes."""
        path = self.inside(Path(layout.EPISODE))
        fields = Fields(read_json(path), f"'{path}'")
        fields.whole("variant", self.variant, self.variant)
        fields.whole("frames", 0)
        fields.flag("box3d")
        fields.texts("box2d")
        for word in IMAGE_TABLES:
            if word in fields.data:
                fields.texts(word)
        if "measures" in fields.data:
            fields.text("measures")
        sensors = fields.fields("sensors")
        for name in sensors.data:
            sensors.fields(name).fields("channels")
        fields.each("weather")
        if "tunings" in fields.data:
            fields.each("tunings")
        return fields.data

    @property
    def sensors(self) -> Mapping[str, SensorSpec]:
        """All sensors by name."""
        return self._sensors

    @cached_property
    def _sensors(self) -> Mapping[str, SensorSpec]:
        path = self.inside(Path(layout.CALIBRATION))
        specs = sensors_from(read_json(path), str(path))
        for name in specs:
            layout.checked_sensor_name(name)
        return Named("no sensor {}", specs)

    def channels(self, sensor: str) -> list[str]:
        """Channels on disk of a camera, ["points"] or ["detections"]."""
        sensors = Named("no sensor {}", self.info["sensors"])
        return [c for c in (*FORMATS, *SCAN_FIELDS) if c in sensors[sensor]["channels"]]

    @cached_property
    def weather(self) -> list[tuple[int, dict[str, float | str]]]:
        """Settings of the weather (SI) and of signals (words) by the time from which they hold."""
        out: list[tuple[int, dict[str, float | str]]] = []
        for fields in Fields(self.info, f"'{self.inside(Path(layout.EPISODE))}'").each("weather"):
            settings = fields.fields("settings")
            out.append((fields.whole("since_ns", 0), {name: _setting(settings, name) for name in settings.data}))
        return out

    @cached_property
    def tunings(self) -> Sequence[Tuning]:
        """How properties of sensors changed during the run."""
        if "tunings" not in self.info:
            return ()
        out: list[Tuning] = []
        for fields in Fields(self.info, f"'{self.inside(Path(layout.EPISODE))}'").each("tunings"):
            values = fields.fields("values")
            known = {name: _setting(values, name) for name in values.data}
            out.append(Tuning(fields.text("sensor"), fields.whole("since_ns", 0), known))
        return out

    @cached_property
    def _later(self) -> Mapping[str, Sequence[tuple[int, SensorSpec]]]:
        """What each sensor becomes when."""
        out: dict[str, list[tuple[int, SensorSpec]]] = {}
        for t in sorted(self.tunings, key=lambda t: t.since_ns):
            try:
                out.setdefault(t.sensor, []).append((t.since_ns, tuned(self.sensors[t.sensor], t.values)))
            except SensorError as error:
                raise DatasetError(f"'{self.inside(Path(layout.EPISODE))}': {error}; it is damaged") from error
        return out

    @property
    def entities(self) -> Sequence[EntityInfo]:
        """What each instance id stands for."""
        return self._entities

    @cached_property
    def _entities(self) -> Sequence[EntityInfo]:
        path = self.inside(Path(layout.ENTITIES))
        return checked_entities(loads(read_limited(path, JSON_LIMIT_BYTES), str(path)), str(path))

    @property
    def surfaces(self) -> Surfaces:
        """What the values of the channels ``part`` and ``material`` stand for.

        Raises:
            ReadingError: neither of them was recorded.
        """
        path = self.inside(Path(layout.SURFACES))
        if not path.is_file():
            raise ReadingError(
                "neither 'part' nor 'material' was recorded in this episode, so their names are not there"
            )
        return Surfaces.from_json(read_json(path), str(path))

    @property
    def row(self) -> VariantRow:
        """The variant's row."""
        return self._row

    @cached_property
    def _row(self) -> VariantRow:
        path = self.inside(Path(layout.VARIANT))
        return VariantRow.from_json(read_json(path), str(path))

    @property
    def signals(self) -> Mapping[str, Signal]:
        """Samples of inertial units and GNSS receivers, by sensor."""
        return self._signals

    @cached_property
    def _signals(self) -> Mapping[str, Signal]:
        path = self.inside(Path(layout.SIGNALS))
        specs = specs_from(read_json(path), str(path)) if path.is_file() else {}
        files = {name: self.inside(Path(name) / layout.SAMPLES) for name in specs}
        for found in sorted(self.root.glob(f"*/{layout.SAMPLES}")):
            if found.parent.name not in specs:
                raise DatasetError(
                    f"'{path}' {'should name' if path.is_file() else 'is missing; it should name'} the sensor "
                    f"{shown(found.parent.name)} whose '{layout.SAMPLES}' is there; one of the two was changed"
                )
        return Named("no signal {}", {n: read_signal(files[n], *known) for n, known in specs.items()})

    def scenario_json(self) -> bytes:
        """Content of ``scenario.json``."""
        return read_limited(self.inside(Path(layout.SCENARIO)), JSON_LIMIT_BYTES)

    def labels(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of label rows, of all or of those with ``kind=``, ``frame=``, ``sensor=``, ....

        Raises:
            ReadingError: no such kind or sensor, or 2D boxes of the sensor were not recorded.
        """
        kind, sensor = equal.get("kind"), equal.get("sensor")
        if isinstance(kind, str) and kind not in _BOXES:
            raise no_such("no kind {} of labels", kind, _BOXES)
        if isinstance(sensor, str):
            self._require_recorded("box2d", sensor)
            if kind == "box3d":
                raise ReadingError("box3d rows are of the world and have no sensor; leave 'sensor=' out")
        return read_parquet(self.inside(Path(layout.LABELS)), equal, _EPISODE_ROWS, LABEL_COLUMNS)

    def _require_recorded(self, word: str, sensor: str) -> None:
        """Refuse a sensor that is not there, or of which such labels were not recorded: its table would be empty."""
        sensors, having = list(self.info["sensors"]), list(self.info.get(word, ()))
        if sensor not in sensors:
            raise no_such("no sensor {}", sensor, having or sensors)
        if sensor not in having:
            there = f"recorded of {', '.join(having)}" if having else "nothing in this episode has it"
            raise ReadingError(f"no {word} was recorded of sensor '{sensor}'; {there}")

    def poses(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of times and poses, of all or of those with ``kind=``, ``sensor=`` (or carrier), ....

        Raises:
            ReadingError: no such kind, or neither a sensor nor a carrier of one is called so.
        """
        path, kind, sensor = self.inside(Path(layout.FRAMES)), equal.get("kind"), equal.get("sensor")
        if isinstance(kind, str) and kind not in _POSED:
            raise no_such("no kind {} of poses", kind, _POSED)
        table: Any = read_parquet(path, equal, _EPISODE_ROWS, FRAME_COLUMNS)
        if isinstance(sensor, str) and not table.num_rows:
            rows: Any = read_parquet(path, {}, _EPISODE_ROWS, FRAME_COLUMNS)
            known = sorted({*self.info["sensors"], *rows.column("sensor").unique().to_pylist()})
            if sensor not in known:
                raise no_such("no sensor or carrier {}", sensor, known)
        return table

    @cached_property
    def _frames(self) -> _Frames:
        return _Frames(self)

    @property
    def frames(self) -> Sequence[Frame]:
        """All frames in order."""
        return self._frames

    @property
    def indices(self) -> Sequence[int]:
        """``Frame.index`` of each frame."""
        return self._frames.indices

    def times_ns(self) -> list[int]:
        """Times of the frames."""
        return self._frames.times_ns()

    @cached_property
    def boxes(self) -> EpisodeLabels:
        """The boxes of all frames."""
        return EpisodeLabels(self.inside(Path(layout.LABELS)), _EPISODE_ROWS, Fields(self.info, "").texts("box2d"))

    def boxes3d(self, frame: int, time_ns: int) -> Callable[[], Objects3D] | None:
        """How the 3D boxes of a frame are read; None where none were recorded."""
        return (lambda: self.boxes.boxes3d(frame, time_ns)) if self.info["box3d"] else None

    def measures(self, frame: int, time_ns: int) -> Callable[[], Measures] | None:
        """How the measures of a frame are read; None where there are none."""
        return (lambda: self._measures.of(frame, time_ns)) if "measures" in self.info else None

    @cached_property
    def _measures(self) -> MeasureTable:
        return MeasureTable(self.inside(Path(layout.MEASURES)), str(self.info["measures"]), _EPISODE_ROWS)

    def view(
        self, frame: int, row: Mapping[str, Any], boxes3d: Callable[[], Objects3D] | None
    ) -> SensorView:  # fmt: skip
        """What a sensor gave in a frame, by its row of ``frames.parquet``."""
        spec = self.sensors.get(row["sensor"])
        if spec is None or spec.name not in self.info["sensors"] or kind_of(spec) != row["kind"]:
            raise DatasetError(
                f"'{self.root}': its files do not agree on what sensor {shown(row['sensor'])} is; they are damaged"
            )
        time_ns, fault = int(row["sensor_time_ns"]), self._fault(row)
        spec = spec_at(spec, self._later.get(spec.name, ()), int(row["time_ns"]))
        here = None if row["channels"] is None else row["channels"].split(",")
        names = [c for c in self.channels(spec.name) if here is None or c in here]
        if not isinstance(spec, CameraSpec):
            word = POINTS_FOLDER if isinstance(spec, LidarSpec) else DETECTIONS_FOLDER
            fields = tuple(SCAN_FIELDS[word]) if names else ()
            return SensorView(
                spec, time_ns, _pose_of(row), fields, _Scan(self, spec.name, word, frame), None, boxes3d,
                count=row["points"], fault=fault,
            )  # fmt: skip
        boxes2d = spec.name in self.info["box2d"] and (here is None or "box2d" in here)
        return SensorView(
            spec, time_ns, _pose_of(row), names, lambda name: self._image(spec, frame, name),
            (lambda: self.boxes.boxes2d(frame, spec.name, time_ns)) if boxes2d else None, boxes3d,
            exposure_ev=row["exposure_ev"], fault=fault, tables=self._tables(frame, spec.name, time_ns, here),
        )  # fmt: skip

    def _tables(
        self, frame: int, camera: str, time_ns: int, here: Sequence[str] | None
    ) -> dict[str, Callable[[], AmodalMasks | Keypoints | Poses6D]]:  # fmt: skip
        """How the other labels of an image are read, by word."""
        words = [w for w in IMAGE_TABLES if camera in self.info.get(w, ()) and (here is None or w in here)]
        return {word: lambda word=word: self._table_of(word).of(frame, camera, time_ns) for word in words}

    def _table_of(self, word: str) -> ImageTable:
        if word not in self._image_tables:
            path, cameras = self.inside(Path(layout.table_file(word))), Fields(self.info, "").texts(word)
            self._image_tables[word] = ImageTable(path, word, _EPISODE_ROWS, cameras)
        return self._image_tables[word]

    def table(self, word: str, **equal: object) -> Any:
        """A ``pyarrow.Table`` of all rows of a word of ``IMAGE_TABLES`` or "measures", or of those with ``frame=``, ...

        Raises:
            ReadingError: nothing of the sort was recorded, of any sensor or of the named one, or there is no such one.
        """
        schemas = {**IMAGE_TABLES, "measures": MEASURE_COLUMNS}
        known = [w for w in schemas if w in self.info]
        if word not in known:
            raise no_such("no table {} in this episode", word, known)
        sensor = equal.get("sensor")
        if isinstance(sensor, str):
            self._require_recorded(word, sensor)
        return read_parquet(self.inside(Path(layout.table_file(word))), equal, _EPISODE_ROWS, schemas[word])

    def read_tables(self) -> None:
        """Read boxes, other labels of images, measures and samples once.

        Raises:
            DatasetError: one of them is not what this episode can have.
        """
        _ = self.signals
        self.boxes.pixels2d()
        for word in IMAGE_TABLES:
            if word in self.info:
                self._table_of(word).of(-1, "", 0)
        if "measures" in self.info:
            self._measures.of(-1, 0)

    def _fault(self, row: Mapping[str, Any]) -> ReadingFault | None:
        if row["fault"] is None:
            return None
        where = f"{self.root / layout.FRAMES}: fault_settings"
        settings = Fields(loads((row["fault_settings"] or "").encode(), where), where)
        since = row["fault_since_ns"]
        if since is None:
            raise DatasetError(f"'{self.root / layout.FRAMES}' has a fault without 'fault_since_ns'; it is damaged")
        known = FAULTS[row["kind"]]
        if row["fault"] not in known:
            raise DatasetError(
                f"'{self.root / layout.FRAMES}': 'fault' should be one of {', '.join(known)}, found "
                f"{shown(row['fault'])}; it is damaged"
            )
        values = {str(name): settings.number(str(name)) for name in settings.data}
        return ReadingFault(str(row["fault"]), values, int(since), row["shown_time_ns"])

    def _image(self, spec: CameraSpec, frame: int, channel: str) -> Array:
        path = layout.frame_file(spec.name, channel, frame, FORMATS[channel].suffix)
        data = read_limited(self.inside(path), FILE_LIMIT_BYTES)
        return decode_channel(channel, data, (spec.width_px, spec.height_px), str(path))


class _Scan:
    """The fields of a scan; the file is read when the first one is asked for."""

    def __init__(self, episode: StoredEpisode, sensor: str, word: str, frame: int) -> None:
        self._episode, self._path = episode, layout.frame_file(sensor, word, frame, ".ply")
        self._word = word
        self._fields: dict[str, Array] | None = None

    def __call__(self, name: str) -> Array:
        if self._fields is None:
            data = read_limited(self._episode.inside(self._path), FILE_LIMIT_BYTES)
            self._fields = decode_scan(self._word, data, str(self._path))
        return self._fields[name]


def checked_position(index: object, count: int, what: str) -> int:
    """A position in a sequence.

    Raises:
        DatasetError: there is none (also an IndexError, as a ``Sequence`` promises).
    """
    if not isinstance(index, int) or not -count <= index < count:
        raise NoPositionError(f"no {what} at position {str(index)[:80]}: there are {count}, from 0")
    return index


class _Episodes(Sequence[StoredEpisode]):
    """Episodes by position, in the order of their variants."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._variants = stored_variants(folder, "")

    def __len__(self) -> int:
        return len(self._variants)

    @overload
    def __getitem__(self, index: int) -> StoredEpisode: ...
    @overload
    def __getitem__(self, index: slice) -> list[StoredEpisode]: ...
    def __getitem__(self, index: int | slice) -> StoredEpisode | list[StoredEpisode]:
        if isinstance(index, slice):
            return [self._episode(v) for v in self._variants[index]]
        return self._episode(self._variants[checked_position(index, len(self), "episode")])

    def _episode(self, variant: int) -> StoredEpisode:
        return StoredEpisode(self._folder / layout.number(variant), variant)


def _known(value: object) -> bool:
    return math.isfinite(value) if isinstance(value, float) else value is not None


class Dataset:
    """A dataset on disk.

    Example:
        >>> rgb = Dataset.open("out/first").episodes[0].frames[3]["front"]["rgb"]  # doctest: +SKIP
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
    def episodes(self) -> Sequence[StoredEpisode]:
        """All episodes, in the order of their variants."""
        return _Episodes(inside(self.root, Path(layout.EPISODES)))

    def episode(self, variant: int) -> StoredEpisode:
        """The episode of a variant."""
        known = isinstance(cast("object", variant), int) and variant >= 0
        folder = inside(self.root, Path(layout.EPISODES) / (layout.number(variant) if known else "none"))
        if not known or not folder.is_dir():
            raise DatasetError(f"'{self.root}' has no episode of variant {variant}; it was discarded, or never run")
        return StoredEpisode(folder, variant)

    def variants(self, **equal: object) -> Any:
        """A ``pyarrow.Table`` of all variants, or of those with ``status="kept"``, ....

        Raises:
            DatasetError: the run has not finished yet, so there is no table.
        """
        if not self.complete:
            raise DatasetError(
                f"'{self.root}' is unfinished and has no {layout.VARIANTS} yet; finish it with --resume, or read the "
                "rows of the episodes that are there: [e.row for e in dataset.episodes]"
            )
        return read_parquet(inside(self.root, Path(layout.VARIANTS)), equal, schema=CORE_COLUMNS)

    def digest(self) -> str:
        """The digest of all content, as the finished run stored it: equal digests mean equal bytes.

        Raises:
            DatasetError: the run has not finished yet.
        """
        if not self.complete:
            raise DatasetError(f"'{self.root}' is unfinished and has no digest yet; finish it with --resume")
        return str(self.manifest["digest"])

    def __repr__(self) -> str:
        state = "complete" if self.complete else "unfinished"
        made = [f"{k} {self.identity[k]}" for k in ("scenario", "seed", "plan", "renderer") if k in self.identity]
        return f"<Dataset '{self.root}', {state}: {counted(len(self.episodes), 'episode')}; {', '.join(made)}>"


def _setting(settings: Fields, name: str) -> float | str:
    """A number, or a word."""
    return settings.text(name) if isinstance(settings.data[name], str) else settings.number(name)
