"""Amodal masks: the pixels of the image that each thing would have if nothing stood before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np

from simengine.arrays import Array, BoolArray, I32Array
from simengine.errors import DatasetError
from simengine.render.labels.rows import row_of, shown
from simengine.render.protocol import Silhouette
from simengine.render.rle import Runs, compressed, decoded
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASSES

__all__ = ["AmodalMasks", "mask_labels"]


@dataclass(frozen=True, eq=False, repr=False)
class AmodalMasks:
    """The things in view of one camera at one instant, hidden ones included. N rows, ascending by instance id.

    Attributes:
        camera: sensor name.
        time_ns: of the image.
        size_px: width and height of the image.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        semantic: (N,), class id.
        pixels: (N,), how many the mask has; ``Boxes2D.amodal_px``.
        counts: COCO's compressed run-length code of each mask.
    """

    camera: str
    time_ns: int
    size_px: tuple[int, int]
    instance: I32Array
    name: tuple[str, ...]
    semantic: I32Array
    pixels: I32Array
    counts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("camera", "time_ns", "name", "size_px")]
        return shown(f"amodal masks of '{self.camera}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, thing: str | int) -> int:
        """Row of a thing, by name or instance id.

        Raises:
            ReadingError: it is not in view.
        """
        return row_of(thing, self.instance, self.name, f"in view of '{self.camera}' at {self.time_ns / 1e9:.3f} s")

    def mask(self, thing: str | int) -> BoolArray:
        """The mask of a thing, (H, W).

        Raises:
            ReadingError: it is not in view.
            DatasetError: the code is none of a mask of this size.
        """
        width, height = self.size_px
        return decoded(self.counts[self.find(thing)], (height, width))

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table."""
        width, height = (np.full(len(self), n, np.int32) for n in self.size_px)
        return {
            "instance": self.instance, "name": list(self.name), "semantic": self.semantic,
            "class": [CLASSES[int(c)].name for c in self.semantic],
            "width_px": width, "height_px": height, "pixels": self.pixels, "counts": list(self.counts),
        }  # fmt: skip

    @classmethod
    def of_columns(cls, camera: str, time_ns: int, columns: Mapping[str, Array]) -> AmodalMasks:
        """The table of :meth:`columns`, from arrays of the same types.

        Raises:
            DatasetError: the masks are of several sizes, or of one that no image has.
        """
        sizes = set(zip(columns["width_px"].tolist(), columns["height_px"].tolist(), strict=True))
        if len(sizes) > 1 or any(not 1 <= n <= 8192 for size in sizes for n in size):
            raise DatasetError(f"amodal masks of '{camera}' must be of one size of 1 to 8192 px; the file is damaged")
        return cls(
            camera, time_ns, next(iter(sizes), (0, 0)), columns["instance"], tuple(columns["name"].tolist()),
            columns["semantic"], columns["pixels"], tuple(columns["counts"].tolist()),
        )  # fmt: skip


def mask_labels(scene: Scene, spec: CameraSpec, time_ns: int, silhouettes: Sequence[Silhouette]) -> AmodalMasks:
    """The masks of silhouettes that lie inside the image, in their order."""
    height, width = spec.height_px, spec.width_px
    some = [s for s in silhouettes if s.mask.any()]
    counts = tuple(compressed(Runs.of_window(s.mask, s.x0, s.y0, (height, width)).counts()) for s in some)
    ids = np.array([s.entity for s in some], np.int32)
    return AmodalMasks(
        spec.name, time_ns, (width, height), ids, tuple(scene.entities[int(i)].name for i in ids),
        np.array([scene.entities[int(i)].semantic for i in ids], np.int32),
        np.array([int(s.mask.sum()) for s in some], np.int32), counts,
    )  # fmt: skip
