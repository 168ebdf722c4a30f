"""Which sensors and frames go into an export, and what is known of each frame."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from simengine.arrays import F64Array
from simengine.datasets import layout
from simengine.datasets.channels import FORMATS
from simengine.datasets.decode import FILE_LIMIT_BYTES
from simengine.datasets.frame import Frame
from simengine.datasets.reader import Dataset, StoredEpisode
from simengine.datasets.schema import IMAGE_TABLES
from simengine.datasets.storage import read_limited
from simengine.errors import DatasetError, UsageError, did_you_mean
from simengine.sensors.specs import CameraSpec
from simengine.world.categories import category
from simengine.world.taxonomy import CLASS_ID

__all__ = [
    "LabelledFrame", "chosen", "complete", "finite", "labelled_frames", "named", "number", "one_of", "plain_name",
    "pose", "rgb_file", "sensors_of", "thing_class",
]  # fmt: skip

Kind = Literal["camera", "lidar"]
_TITLE: Mapping[Kind, str] = {"camera": "camera", "lidar": "LiDAR"}


@dataclass(frozen=True)
class LabelledFrame:
    """A frame with its label rows, which are read once an episode.

    Attributes:
        episode, frame: where it is from.
        boxes3d: rows of all things.
        boxes2d: rows by camera.
    """

    episode: StoredEpisode
    frame: Frame
    boxes3d: Sequence[Mapping[str, Any]]
    boxes2d: Mapping[str, Sequence[Mapping[str, Any]]]

    @property
    def variant(self) -> int:
        """The episode's variant."""
        return self.episode.variant


def labelled_frames(episode: StoredEpisode) -> Iterator[LabelledFrame]:
    """All frames of an episode in order."""
    boxes3d: dict[int, list[Mapping[str, Any]]] = {}
    boxes2d: dict[int, dict[str, list[Mapping[str, Any]]]] = {}
    for row in episode.labels().to_pylist():
        if not isinstance(row.get("frame"), int) or not isinstance(row.get("instance"), int):
            raise DatasetError(f"'{episode.root / layout.LABELS}' has a row without frame or instance; it is damaged")
        if row.get("kind") == "box3d":
            boxes3d.setdefault(row["frame"], []).append(row)
        elif row.get("kind") == "box2d":
            boxes2d.setdefault(row["frame"], {}).setdefault(str(row.get("sensor")), []).append(row)
    for frame in episode.frames:
        yield LabelledFrame(episode, frame, boxes3d.get(frame.index, []), boxes2d.get(frame.index, {}))


def complete(found: LabelledFrame, sensor: str, channels: Sequence[str] = ()) -> bool:
    """A sensor has a reading in the frame with these channels and all boxes that are ever recorded.

    A frame without boxes that others have would teach that nothing is there.
    """
    view = found.frame.get(sensor)
    if view is None or not set(channels) <= set(view) or len(view) == 0:
        return False
    boxed = view.has_boxes2d or sensor not in found.episode.info["box2d"]
    boxed = boxed and all(w in view.tables for w in IMAGE_TABLES if sensor in found.episode.info.get(w, ()))
    return boxed and (found.frame.has_boxes3d or not found.episode.info["box3d"])


def pose(found: LabelledFrame, name: str) -> F64Array:
    """world_from_sensor (4, 4).

    Raises:
        DatasetError: it has numbers that are not finite.
    """
    matrix = found.frame[name].pose
    if not bool(np.isfinite(matrix).all()):
        raise DatasetError(f"episode {found.variant}: the pose of '{name}' in frame {found.frame.index} is not finite")
    return matrix


def sensors_of(dataset: Dataset, kind: Kind, channels: Sequence[str] = ()) -> list[str]:
    """Names of the cameras or LiDARs that are recorded with all of these channels in at least one episode."""
    found: dict[str, None] = {}
    for episode in dataset.episodes:
        for name, entry in episode.info["sensors"].items():
            layout.checked_sensor_name(name)
            recorded = episode.channels(name)
            if isinstance(entry, dict) and entry.get("type") == kind and recorded and set(channels) <= set(recorded):  # pyright: ignore[reportUnknownMemberType]
                found[name] = None
    return list(found)


def chosen(dataset: Dataset, kind: Kind, wanted: Sequence[str], channels: Sequence[str] = ()) -> list[str]:
    """The wanted sensors, or all that have the channels.

    Raises:
        UsageError: a name is not there, or not with these channels.
    """
    there = sensors_of(dataset, kind, channels)
    for name in wanted:
        if name in there:
            continue
        near = did_you_mean(name, there)
        hint = f"did you mean '{near}'?" if near else f"there is: {', '.join(there) or 'none'}"
        need = f" recorded with {', '.join(channels)}" if channels else ""
        raise UsageError(f"the dataset has no {_TITLE[kind]} '{name}'{need}; {hint}")
    return list(dict.fromkeys(wanted)) or there


def one_of(dataset: Dataset, kind: Kind, wanted: Sequence[str], channels: Sequence[str], needed_by: str) -> str | None:
    """The one camera or LiDAR of a format that takes one; None if there is none.

    Raises:
        UsageError: there are several and none or more than one was named.
    """
    found = chosen(dataset, kind, wanted, channels)
    if len(found) > 1:
        raise UsageError(
            f"{needed_by} holds one {_TITLE[kind]} and the dataset has {len(found)}: {', '.join(found)}; choose one "
            f"with --{kind} {found[0]}"
        )
    return found[0] if found else None


def plain_name(sensor: str) -> str:
    """A sensor's name as part of a file name: ``cam[2]`` becomes ``cam-2``, which no other sensor can be called."""
    return layout.checked_sensor_name(sensor).replace("[", "-").replace("]", "")


def rgb_file(found: LabelledFrame, camera: str, channel: str = "rgb") -> bytes:
    """The PNG file of a camera's image (or of the right one of a pair) as it is, after a look at its header.

    Raises:
        DatasetError: it is no 8-bit RGB PNG of the camera's size.
    """
    spec = found.episode.sensors[camera]
    assert isinstance(spec, CameraSpec)
    path = found.episode.inside(layout.frame_file(camera, channel, found.frame.index, FORMATS["rgb"].suffix))
    data = read_limited(path, FILE_LIMIT_BYTES)
    size = (spec.width_px, spec.height_px)
    start, head = data[:8] + data[12:16], data[16:26]
    if start != b"\x89PNG\r\n\x1a\nIHDR" or len(head) < 10 or struct.unpack(">IIBB", head) != (*size, 8, 2):
        raise DatasetError(f"'{path}' is no 8-bit RGB PNG of {size[0]} x {size[1]} px")
    return data


def thing_class(episode: StoredEpisode, instance: int) -> str:
    """The class of an instance id.

    Raises:
        DatasetError: the id or its class is unknown.
    """
    entities = episode.entities
    name = entities[instance].class_name if 0 <= instance < len(entities) else None
    if name not in CLASS_ID:
        raise DatasetError(
            f"episode {episode.variant}: instance {instance} has no known class in {layout.ENTITIES}; it is damaged, "
            "or of another version"
        )
    return name


def named(episode: StoredEpisode, instance: int, dataset: str) -> str | None:
    """What another dataset calls a thing (``simengine.world.categories``); None: nothing.

    Raises:
        DatasetError: as for :func:`thing_class`.
    """
    own = thing_class(episode, instance)
    entity = episode.entities[instance]
    return category(dataset, own, entity.kind, entity.model)


def number(row: Mapping[str, Any], column: str) -> float:
    """A finite number of a label row.

    Raises:
        DatasetError: it is missing or not finite.
    """
    value = row.get(column)
    if not isinstance(value, int | float) or not math.isfinite(value):
        raise DatasetError(
            f"label of instance {row.get('instance')}: '{column}' must be a finite number, found {value}"
        )
    return float(value)


def finite(value: object) -> float | int | None:
    """A number for a JSON file; None for what is not one (NaN: not known)."""
    return value if isinstance(value, int | float) and math.isfinite(value) else None
