"""The label table of an episode, read once and cut into the boxes of frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.datasets.parquet import read_parquet
from simengine.datasets.schema import BOX2D_COLUMNS, BOX3D_COLUMNS, LABEL_COLUMNS, THING_COLUMNS
from simengine.errors import DatasetError
from simengine.render.labels import Boxes2D, Objects3D
from simengine.world.taxonomy import CLASSES

__all__ = ["EpisodeLabels"]


class EpisodeLabels:
    """Boxes of all frames; ``labels.parquet`` is read when the first one is asked for.

    Args:
        path: the file.
        limit: rows at most.
    """

    def __init__(self, path: Path, limit: int) -> None:
        self._path, self._limit = path, limit
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
            columns = {name: self._column(table[name], name) for name in names}
            if ((columns["semantic"] < 0) | (columns["semantic"] >= len(CLASSES))).any():
                raise DatasetError(f"'{self._path}' has a class id that is none of ours; it is damaged")
            self._columns[kind] = columns
        return self._columns[kind]

    def _column(self, column: Any, name: str) -> Array:
        if column.null_count:
            raise DatasetError(f"'{self._path}' has a row without '{name}'; it is damaged")
        return column.to_numpy()


def _rows(columns: dict[str, Array], rows: Array) -> dict[str, Array]:
    return {name: values[rows] for name, values in columns.items()}
