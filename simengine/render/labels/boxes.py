"""Boxes, occlusion and truncation of the things in one image.

Definitions (KITTI's, computed exactly instead of annotated): truncation is the share of the amodal box outside the
image; occlusion is the share of the amodal pixels *inside* the image that something else covers. KITTI's occlusion
levels are 0 (at least 80 % visible), 1 (50 to 80 %), 2 (less than 50 %), 3 (unknown); the thresholds are our choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from simengine.arrays import Array, F64Array, I32Array
from simengine.errors import UsageError
from simengine.render.labels.amodal import AmodalBoxes, amodal_boxes
from simengine.render.labels.pixels import instance_pixels
from simengine.render.labels.rows import row_of, shown
from simengine.render.protocol import CameraReading, Silhouette
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES

__all__ = ["Boxes2D", "camera_labels", "occlusion_level"]

_EDGES = ("x0", "y0", "x1", "y1")


@dataclass(frozen=True, eq=False, repr=False)
class Boxes2D:
    """The things in view of one camera at one instant, hidden ones included. N rows, ascending by instance id.

    Attributes:
        camera: sensor name.
        time_ns: of the image.
        instance: (N,), index into ``Scene.entities``.
        name: entity names.
        semantic: (N,), class id.
        visible_box_px: (N, 4), tight bounds of the visible pixels in pixel edges; NaN where none is visible.
        amodal_box_px: (N, 4), bounds of the whole projected mesh, also beyond the image.
        clipped_box_px: (N, 4), ``amodal_box_px`` clipped to the image.
        visible_px: (N,), visible pixels.
        amodal_px: (N,), pixels inside the image that the thing would cover if it were alone; -1: not asked for.
        occlusion: (N,), 1 - visible_px / amodal_px; NaN where ``amodal_px`` is not positive.
        truncation: (N,), 1 - area(clipped box) / area(amodal box).
        occlusion_level: (N,), 0..3.
        occluded_by: (N,), the instance that covers most of the hidden amodal pixels, -1 for none.
        depth_min_m, depth_max_m: (N,), of the visible pixels; NaN without any, or without the depth channel.
    """

    camera: str
    time_ns: int
    instance: I32Array
    name: tuple[str, ...]
    semantic: I32Array
    visible_box_px: F64Array
    amodal_box_px: F64Array
    clipped_box_px: F64Array
    visible_px: I32Array
    amodal_px: I32Array
    occlusion: F64Array
    truncation: F64Array
    occlusion_level: I32Array
    occluded_by: I32Array
    depth_min_m: F64Array
    depth_max_m: F64Array

    def __len__(self) -> int:
        return len(self.instance)

    def __repr__(self) -> str:
        names = [f.name for f in fields(self) if f.name not in ("camera", "time_ns", "name")]
        return shown(f"2D boxes of '{self.camera}' at {self.time_ns / 1e9:.3f} s", self.name, names)

    def find(self, thing: str | int) -> int:
        """Row of a thing, by name or instance id.

        Raises:
            ReadingError: it is not in view.
        """
        return row_of(thing, self.instance, self.name, f"in view of '{self.camera}' at {self.time_ns / 1e9:.3f} s")

    @classmethod
    def of_columns(cls, camera: str, time_ns: int, columns: Mapping[str, Array]) -> Boxes2D:
        """The table of :meth:`columns`, from arrays of the same types."""
        box = {k: np.stack([columns[f"{k}_{e}_px"] for e in _EDGES], -1) for k in ("visible", "amodal", "clipped")}
        return cls(
            camera, time_ns, columns["instance"], tuple(columns["name"].tolist()), columns["semantic"], box["visible"],
            box["amodal"], box["clipped"], columns["visible_pixels"], columns["amodal_pixels"], columns["occlusion"],
            columns["truncation"], columns["occlusion_level"], columns["occluded_by"], columns["depth_min_m"],
            columns["depth_max_m"],
        )  # fmt: skip

    def columns(self) -> dict[str, Array | list[str]]:
        """Flat columns for a table, units in the names, boxes as four columns each."""
        out: dict[str, Array | list[str]] = {
            "instance": self.instance,
            "name": list(self.name),
            "semantic": self.semantic,
            "class": [CLASSES[int(c)].name for c in self.semantic],
        }
        for label, box in (
            ("visible", self.visible_box_px),
            ("amodal", self.amodal_box_px),
            ("clipped", self.clipped_box_px),
        ):
            out.update({f"{label}_{edge}_px": box[:, k] for k, edge in enumerate(_EDGES)})
        out.update(visible_pixels=self.visible_px, amodal_pixels=self.amodal_px, occlusion=self.occlusion)
        out.update(truncation=self.truncation, occlusion_level=self.occlusion_level, occluded_by=self.occluded_by)
        out.update(depth_min_m=self.depth_min_m, depth_max_m=self.depth_max_m)
        return out


def occlusion_level(occlusion: F64Array) -> I32Array:
    """KITTI's level 0..3 of occlusion shares (...); NaN gives 3 (unknown)."""
    visible = 1.0 - occlusion
    level = np.where(visible >= 0.8, 0, np.where(visible >= 0.5, 1, 2))
    return np.where(np.isnan(occlusion), 3, level).astype(np.int32)


def camera_labels(
    scene: Scene,
    spec: CameraSpec,
    state: WorldState,
    reading: CameraReading,
    silhouettes: Iterable[Silhouette] = (),
    amodal: AmodalBoxes | None = None,
) -> Boxes2D:
    """Labels of one image.

    Args:
        scene, spec, state: what the image was rendered from (``state`` at the shutter's opening).
        reading: needs the channel ``instance``; with ``depth`` the depth range is filled in.
        silhouettes: amodal masks, from ``renderer.silhouettes(spec, state, amodal.windows())``.
        amodal: ``amodal_boxes(scene, spec, state)``, where the caller has them already.

    Raises:
        UsageError: the reading has no channel ``instance``.
    """
    if "instance" not in reading.channels:
        raise UsageError("2D boxes need the channel 'instance'; render it too")
    image = reading.channels["instance"]
    boxes = amodal_boxes(scene, spec, state) if amodal is None else amodal
    ids = boxes.instance
    wanted = np.zeros(len(scene.entities) + 1, np.bool_)
    wanted[ids] = True
    seen = instance_pixels(image, len(scene.entities) + 1, reading.channels.get("depth"), wanted)
    visible = seen.count[ids]
    hidden = _hidden(image, silhouettes, len(scene.entities))
    covered = np.array([hidden.get(int(i), (-1, -1))[0] for i in ids], np.int64)
    known = covered >= 0
    total = np.where(known, visible + covered, -1)
    occlusion = np.full(len(ids), np.nan)
    some = total > 0
    occlusion[some] = covered[some] / total[some]
    semantic = np.array([scene.entities[int(i)].semantic for i in ids], np.int32)
    return Boxes2D(
        spec.name, reading.time_ns, ids.astype(np.int32), tuple(scene.entities[int(i)].name for i in ids), semantic,
        seen.box_px[ids], boxes.box_px, boxes.clipped_px, visible.astype(np.int32), total.astype(np.int32), occlusion,
        boxes.truncation(), occlusion_level(occlusion),
        np.array([hidden.get(int(i), (-1, -1))[1] for i in ids], np.int32), seen.depth_min_m[ids],
        seen.depth_max_m[ids],
    )  # fmt: skip


def _hidden(image: Array, silhouettes: Iterable[Silhouette], n: int) -> dict[int, tuple[int, int]]:
    """By instance: how many of its amodal pixels are not its own in the image, and who has most of them (or -1)."""
    out: dict[int, tuple[int, int]] = {}
    for s in silhouettes:
        h, w = s.mask.shape
        window = image[s.y0 : s.y0 + h, s.x0 : s.x0 + w]
        others = window[s.mask & (window != s.entity)]
        votes = np.bincount(others[others >= 0], minlength=n + 1)
        out[s.entity] = (int(others.size), int(np.argmax(votes)) if votes.any() else -1)
    return out
