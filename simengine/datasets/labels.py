"""The label table of an episode, read once and cut into the boxes of frames."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.datasets.measures import Measures
from simengine.datasets.parquet import read_parquet
from simengine.datasets.plain_json import shown
from simengine.datasets.schema import (
    BOX2D_COLUMNS,
    BOX3D_COLUMNS,
    IMAGE_TABLES,
    LABEL_COLUMNS,
    MEASURE_COLUMNS,
    THING_COLUMNS,
)
from simengine.errors import DatasetError
from simengine.render.labels import AmodalMasks, Boxes2D, Keypoints, Objects3D, Poses6D
from simengine.world.taxonomy import CLASSES

__all__ = ["EpisodeLabels", "ImageTable", "MeasureTable"]


class EpisodeLabels:
    """Boxes of all frames; ``labels.parquet`` is read when the first one is asked for.

    Args:
        path: the file.
        limit: rows at most.
        cameras: which of them have boxes.
    """

    def __init__(self, path: Path, limit: int, cameras: Collection[str]) -> None:
        self._path, self._limit, self._cameras = path, limit, cameras
        self._columns: dict[str, dict[str, Array]] = {}

    def boxes3d(self, frame: int, time_ns: int) -> Objects3D:
        """The boxes of one instant, in the world."""
        columns = self._of("box3d")
        return Objects3D.of_columns(time_ns, _rows(columns, np.flatnonzero(columns["frame"] == frame)))

    def boxes2d(self, frame: int, camera: str, time_ns: int) -> Boxes2D:
        """The boxes of one image."""
        columns = self._of("box2d")
        rows = np.flatnonzero((columns["frame"] == frame) & (columns["sensor"] == camera))
        return Boxes2D.of_columns(camera, time_ns, _rows(columns, rows))

    def pixels2d(self) -> dict[str, Array]:
        """Frame, instance, class id and visible pixels of all boxes in images."""
        return {name: self._of("box2d")[name] for name in ("frame", "instance", "semantic", "visible_pixels")}

    def _of(self, kind: str) -> dict[str, Array]:
        """The columns of one kind of boxes as arrays."""
        if kind not in self._columns:
            own = BOX3D_COLUMNS if kind == "box3d" else BOX2D_COLUMNS
            table = read_parquet(self._path, {"kind": kind}, self._limit, LABEL_COLUMNS)
            names = ["frame", *THING_COLUMNS, *own, *(["sensor"] if kind == "box2d" else [])]
            columns = {name: _column(self._path, table[name], name) for name in names}
            _check_classes(self._path, columns["semantic"])
            if kind == "box2d":
                _check_cameras(self._path, columns["sensor"], self._cameras)
            self._columns[kind] = columns
        return self._columns[kind]


_TABLES: Mapping[str, type[AmodalMasks] | type[Keypoints] | type[Poses6D]] = {
    "keypoints": Keypoints, "amodal": AmodalMasks, "pose6d": Poses6D,
}  # fmt: skip


class ImageTable:
    """Keypoints or poses of all images; the file is read when the first of them is asked for.

    Args:
        path: the file.
        word: of ``IMAGE_TABLES``.
        limit: rows at most.
        cameras: which of them have such labels.
    """

    def __init__(self, path: Path, word: str, limit: int, cameras: Collection[str]) -> None:
        self._path, self._word, self._limit, self._cameras = path, word, limit, cameras
        self._columns: dict[str, Array] | None = None

    def of(self, frame: int, camera: str, time_ns: int) -> AmodalMasks | Keypoints | Poses6D:
        """What belongs to one image."""
        if self._columns is None:
            schema = IMAGE_TABLES[self._word]
            table = read_parquet(self._path, None, self._limit, schema)
            self._columns = {name: _column(self._path, table[name], name) for name in schema}
            _check_classes(self._path, self._columns["semantic"])
            _check_cameras(self._path, self._columns["sensor"], self._cameras)
        rows = np.flatnonzero((self._columns["frame"] == frame) & (self._columns["sensor"] == camera))
        return _TABLES[self._word].of_columns(camera, time_ns, _rows(self._columns, rows))


class MeasureTable:
    """Measures of all frames; ``measures.parquet`` is read when the first ones are asked for.

    Args:
        path: the file.
        ego: whom they are about.
        limit: rows at most.
    """

    def __init__(self, path: Path, ego: str, limit: int) -> None:
        self._path, self._ego, self._limit = path, ego, limit
        self._columns: dict[str, Array] | None = None

    def of(self, frame: int, time_ns: int) -> Measures:
        """The measures of one instant."""
        if self._columns is None:
            table = read_parquet(self._path, None, self._limit, MEASURE_COLUMNS)
            self._columns = {name: _column(self._path, table[name], name) for name in MEASURE_COLUMNS}
        rows = np.flatnonzero(self._columns["frame"] == frame)
        return Measures.of_columns(time_ns, self._ego, _rows(self._columns, rows))


def _column(path: Path, column: Any, name: str) -> Array:
    if column.null_count:
        raise DatasetError(f"'{path}' has a row without '{name}'; it is damaged")
    return column.to_numpy()


def _check_classes(path: Path, semantic: Array) -> None:
    if ((semantic < 0) | (semantic >= len(CLASSES))).any():
        raise DatasetError(f"'{path}' has a class id that is none of ours; it is damaged")


def _check_cameras(path: Path, sensor: Array, cameras: Collection[str]) -> None:
    wrong = sorted(set(sensor.tolist()) - set(cameras))
    if wrong:
        raise DatasetError(
            f"'{path}': 'sensor' should be one of {', '.join(sorted(cameras)) or 'none'}, as in 'episode.json', found "
            f"{shown(wrong[0])}; it is damaged"
        )


def _rows(columns: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}
