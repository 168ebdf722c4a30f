"""COCO's instance format: images, and one JSON file a part with boxes and run-length coded masks of every pixel.

Format: cocodataset.org, "Data format". Category ids are the class ids of this library's taxonomy, or COCO's own
(``names`` "coco"), of which a detector that was trained on COCO can be scored as it is. Where keypoints are
recorded, things are written a second time, into a file of the keypoint format for each set of points: people with
COCO's one category "person", others with a category a class. Coordinates count pixel centres from 0 there, so that 0.5
is taken off ours; joints outside of the image are 0, 0, 0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from simengine.arrays import Array
from simengine.datasets import layout
from simengine.datasets.exports.protocol import Job
from simengine.datasets.exports.selection import (
    LabelledFrame,
    chosen,
    complete,
    finite,
    named,
    plain_name,
    rgb_file,
    thing_class,
)
from simengine.datasets.plain_json import Json
from simengine.errors import UsageError
from simengine.render.labels import Keypoints
from simengine.render.rle import Runs, compressed
from simengine.sensors.specs import CameraSpec
from simengine.world.categories import COCO_IDS
from simengine.world.skeletons import SKELETONS, Skeleton
from simengine.world.taxonomy import CLASS_ID, CLASSES

__all__ = ["MIN_PIXELS", "CocoExporter"]

MIN_PIXELS = 10
"""Things of fewer visible pixels are too small to be told apart: those of one class make one crowd."""

_CHANNELS = ("rgb", "instance")
_GROUPS = {"vehicle": ("car", "van", "truck", "bus", "motorcycle", "bicycle", "trailer", "tram", "e_scooter"),
           "person": ("adult", "child", "rider"), "animal": ("animal", "bird")}  # fmt: skip
_PERSON = SKELETONS["person"]
_SUPER = {name: group for group, names in _GROUPS.items() for name in names}
_POINTED = {name: skeleton for skeleton in SKELETONS.values() for name in skeleton.classes}
"""The set of points that things of a class are written with."""
_OWN = [
    {"id": CLASS_ID[c.name], "name": c.name, "supercategory": _SUPER.get(c.name, "object")} for c in CLASSES if c.thing
]
_COCO = [{"id": number, "name": name, "supercategory": group} for name, (number, group) in COCO_IDS.items()]


class CocoExporter:
    """Every camera that is recorded with rgb and instance, or those that were named."""

    def __init__(self, job: Job) -> None:
        if job.lidars:
            raise UsageError("COCO holds images only; leave --lidar out")
        self._cameras = chosen(job.dataset, "camera", job.cameras, _CHANNELS)
        if not self._cameras:
            raise UsageError(
                f"COCO needs a camera recorded with {' and '.join(_CHANNELS)}; the dataset has none: add them to its "
                "'record' statement and run again"
            )
        self._folder = job.folder
        self._images: dict[str, list[str]] = {part: [] for part in job.parts or ("",)}
        self._annotations: dict[str, list[str]] = {part: [] for part in self._images}
        self._pointed = {s.name: {part: list[str]() for part in self._images} for s in SKELETONS.values()}
        self._jointed = any(c in e.info.get("keypoints", ()) for e in job.dataset.episodes for c in self._cameras)
        self._last_image = self._last_annotation = 0
        self._crowds = 0
        self._coco = job.names == "coco"

    def add(self, part: str, found: LabelledFrame) -> bool:
        """Write the images of one frame; their annotations are kept as text until the end."""
        fired = [c for c in self._cameras if complete(found, c, ("rgb", "instance"))]
        for camera in fired:
            view, spec = found.frame[camera], found.episode.sensors[camera]
            assert isinstance(spec, CameraSpec)
            name = f"{layout.number(found.variant)}_{plain_name(camera)}_{layout.number(found.frame.index)}.png"
            self._folder.write("/".join(["images", *([part] if part else []), name]), [rgb_file(found, camera)])
            self._last_image += 1
            image = {
                "id": self._last_image, "file_name": name, "width": spec.width_px, "height": spec.height_px,
                "variant": found.variant, "frame": found.frame.index, "time_ns": found.frame.time_ns, "camera": camera,
            }  # fmt: skip
            self._images[part].append(_compact(image))
            rows = {row["instance"]: row for row in found.boxes2d.get(camera, [])}
            joints = _joints(view.keypoints) if "keypoints" in view.tables else None
            for class_id, annotation in self._annotated(found, view["instance"], rows):
                self._last_annotation += 1
                self._crowds += annotation["iscrowd"]
                own = {"id": self._last_annotation, "image_id": self._last_image, **annotation}
                self._annotations[part].append(_compact(own))
                skeleton = _POINTED.get(CLASSES[class_id].name)
                if joints is not None and skeleton is not None:
                    self._pointed[skeleton.name][part].append(_compact(_with_points(own, class_id, skeleton, joints)))
        return bool(fired)

    def _annotated(
        self, found: LabelledFrame, instance: Array, rows: Mapping[int, Mapping[str, Any]]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Class id and annotation, without its id, of each thing that the categories have, by instance id; then crowds,
        those of one class together."""
        runs = Runs.of_image(instance)
        small: dict[tuple[int, int], list[Runs]] = {}
        for number in runs.ids():
            class_id, category = CLASS_ID[thing_class(found.episode, number)], self._category(found, number)
            if category is None:
                continue
            mask = runs.of(number)
            if mask.area < MIN_PIXELS:
                small.setdefault((class_id, category), []).append(mask)
                continue
            own = {"category_id": category, "iscrowd": 0, **_shape(mask), "instance": number}
            yield class_id, {**own, "name": found.episode.entities[number].name, **_amodal(rows, number)}
        for class_id, category in sorted(small):
            yield class_id, {"category_id": category, "iscrowd": 1, **_shape(Runs.union(small[class_id, category]))}

    def _category(self, found: LabelledFrame, number: int) -> int | None:
        """Id of the category of a thing; None: it has none."""
        class_id = CLASS_ID[thing_class(found.episode, number)]
        if not CLASSES[class_id].thing:
            return None
        if not self._coco:
            return class_id
        name = named(found.episode, number, "coco")
        return COCO_IDS[name][0] if name is not None else None

    def finish(self) -> Mapping[str, Json]:
        """Write the JSON files."""
        categories = _COCO if self._coco else _OWN
        info = {"description": "Made by simengine; exact masks of rendered images.", "version": "1.0"}
        for part in self._images:
            self._write("instances", part, info, categories, self._annotations[part])
        counts = {"images": self._last_image, "annotations": self._last_annotation, "crowds": self._crowds}
        for word, found in self._pointed.items():
            if any(found.values()) or (self._jointed and word == "person"):
                for part in self._images:
                    self._write(f"{word}_keypoints", part, info, _categories(SKELETONS[word]), found[part])
                counts[f"{word}_keypoints"] = sum(map(len, found.values()))
        return {"cameras": list(self._cameras), **counts}

    def _write(self, name: str, part: str, info: Json, categories: Json, annotations: Sequence[str]) -> None:
        head = f'{{"info": {_compact(info)}, "licenses": [], "categories": {_compact(categories)},\n"images": [\n'
        file = self._folder.open(f"annotations/{name}{'_' + part if part else ''}.json")
        file.write(head.encode())
        file.write(",\n".join(self._images[part]).encode())
        file.write(b'\n], "annotations": [\n')
        file.write(",\n".join(annotations).encode())
        file.write(b"\n]}\n")
        file.close()


def _joints(things: Keypoints) -> dict[tuple[int, str], list[float]]:
    """COCO's list x, y, v, ... by instance and set of points."""
    out: dict[tuple[int, str], list[float]] = {}
    for k, key in enumerate(zip(things.instance.tolist(), things.skeleton, strict=True)):
        flat: list[float] = []
        wide = len(SKELETONS[key[1]].joints)
        for (u, v), seen in zip(things.px[k, :wide].tolist(), things.visibility[k, :wide].tolist(), strict=True):
            flat += [round(u - 0.5, 3), round(v - 0.5, 3), seen] if seen else [0, 0, 0]
        out[key] = flat
    return out


def _with_points(
    own: Mapping[str, Any], class_id: int, skeleton: Skeleton, joints: Mapping[tuple[int, str], list[float]]
) -> dict[str, Any]:
    """An annotation with its keypoints: none where the thing is a crowd, or none of them lies in the image."""
    flat = joints.get((own.get("instance", -1), skeleton.name), [0] * (3 * len(skeleton.joints)))
    category = 1 if skeleton is _PERSON else class_id
    return {**own, "category_id": category, "keypoints": flat, "num_keypoints": sum(v > 0 for v in flat[2::3])}


def _categories(skeleton: Skeleton) -> list[dict[str, Any]]:
    """Categories with their points; of people COCO's one."""
    bones = [[a + 1, b + 1] for a, b in skeleton.bones]
    points = {"keypoints": list(skeleton.joints), "skeleton": bones}
    if skeleton is _PERSON:
        return [{"id": 1, "name": "person", "supercategory": "person", **points}]
    return [
        {"id": CLASS_ID[n], "name": n, "supercategory": _SUPER.get(n, "object"), **points} for n in skeleton.classes
    ]


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _shape(mask: Runs) -> dict[str, Any]:
    code = {"size": list(mask.shape), "counts": compressed(mask.counts())}
    return {"bbox": mask.box(), "area": mask.area, "segmentation": code}


def _amodal(rows: Mapping[int, Mapping[str, Any]], number: int) -> dict[str, Any]:
    """What the 2D boxes add, if they are recorded: the whole thing's box and how much of it is hidden."""
    row = rows.get(number)
    if row is None:
        return {}
    x0, y0, x1, y1 = (finite(row.get(f"amodal_{edge}_px")) for edge in ("x0", "y0", "x1", "y1"))
    box = None if x0 is None or y0 is None or x1 is None or y1 is None else [x0, y0, x1 - x0, y1 - y0]
    return {
        "amodal_bbox": box, "amodal_area": finite(row.get("amodal_pixels")), "occlusion": finite(row.get("occlusion")),
        "truncation": finite(row.get("truncation")), "occluded_by": finite(row.get("occluded_by")),
    }  # fmt: skip
