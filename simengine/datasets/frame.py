"""Frames and episodes as who uses them sees them: the same whether they are being rendered or come from a dataset.

    for frame in episode:                                  # of simengine.episodes(...) or of Dataset.open(...).episodes
        front, roof = frame["front"], frame["roof"]
        rgb, depth, mask = front["rgb"], front["depth"], front["instance"]
        things, boxes = frame.boxes3d, front.boxes2d
        xyz, pose, matrix = roof["xyz"], roof.pose, front.intrinsics

What a frame has is what the scenario's ``record`` statements name. Arrays are equal, bit for bit, on both ways: poses
and the channels that files hold rounded (``normal``, ``albedo``) are rounded in the same way while they are live.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from simengine.arrays import Array, F64Array
from simengine.datasets.measures import Measures
from simengine.datasets.surfaces import Surfaces
from simengine.datasets.variants import VariantRow
from simengine.errors import ReadingError, counted, did_you_mean
from simengine.render.labels import AmodalMasks, Boxes2D, Keypoints, Objects3D, Poses6D
from simengine.sensors.faults import ReadingFault
from simengine.sensors.specs import CameraSpec, RadarSpec, SensorSpec, kind_of
from simengine.world.categories import categories

if TYPE_CHECKING:  # it needs what is below
    from simengine.datasets.signals import Signal

__all__ = ["EntityInfo", "Episode", "Frame", "Named", "SensorView", "no_such"]

T = TypeVar("T")
_TITLES = {"lidar": "LiDAR", "radar": "radar"}


@dataclass(frozen=True)
class EntityInfo:
    """One entry of ``entities.json``: what an instance id stands for.

    Attributes:
        instance: the id, in masks, boxes, tracks and points alike.
        name, kind, model: as in the scenario and its library ("kid", "pedestrian", "child_6y").
        class_name, semantic: class, and its id.
        size_m: nominal length, width, height.
        moves: it is an actor.
    """

    instance: int
    name: str
    kind: str
    model: str
    class_name: str
    semantic: int
    size_m: tuple[float, float, float]
    moves: bool

    @property
    def categories(self) -> dict[str, str | None]:
        """What "coco", "nuscenes", "kitti" and "cityscapes" call it; None: they have no name for it."""
        return categories(self.class_name, self.kind, self.model)


class Named(dict[str, T]):
    """A dictionary by name that answers a wrong name with the nearest right one.

    Args:
        what: the message about a name that is not there, with {} for the name ("no sensor {}").
        items: the entries.
    """

    def __init__(self, what: str, items: Mapping[str, T]) -> None:
        super().__init__(items)
        self.what = what

    def __getitem__(self, name: str) -> T:
        if not _is_name(name) or name not in self:
            raise no_such(self.what, name, list(self))
        return super().__getitem__(name)


def _is_name(value: object) -> bool:
    return isinstance(value, str)


def no_such(what: str, name: object, known: Sequence[str]) -> ReadingError:
    """The error for a name that is not there; ``what`` has {} in its place."""
    near = did_you_mean(str(name), list(known))
    hint = f"did you mean '{near}'?" if near else f"there is {', '.join(known) or 'none'}"
    return ReadingError(f"{what.replace('{}', repr(str(name)[:80]), 1)}; {hint}")


class SensorView(Mapping[str, Array]):
    """What one sensor gave in one frame: a mapping from names to arrays, with calibration, pose and boxes.

    A camera has the channels that are recorded, of ``simengine.render.protocol.CAMERA_CHANNELS`` (a stereo pair, whose
    ``spec.baseline_m`` is not 0, of ``STEREO_CHANNELS``, too); a LiDAR has all of ``POINT_FIELDS``, a radar
    all of ``DETECTION_FIELDS``.
    An array is read or made when it is first asked for, and kept as long as its frame is.

    Attributes:
        name: the sensor.
        spec: what it is: size and lens, or beams; mount.
        time_ns: shutter opens, or scan starts; since the start of the variant.
        pose: (4, 4) float64, world_from_sensor at ``time_ns`` (cameras: optical axes x right, y down, z forward).
        fault: what was wrong with the sensor, or None; in ``rgb``, ``lens_occlusion`` and points, never in labels.
    """

    def __init__(
        self, spec: SensorSpec, time_ns: int, pose: F64Array, names: Sequence[str], load: Callable[[str], Array],
        boxes2d: Callable[[], Boxes2D] | None = None, boxes3d: Callable[[], Objects3D] | None = None,
        exposure_ev: float | None = None, count: int | None = None, fault: ReadingFault | None = None,
        tables: Mapping[str, Callable[[], AmodalMasks | Keypoints | Poses6D]] | None = None,
    ) -> None:  # fmt: skip
        self.name, self.spec, self.time_ns, self.pose, self.fault = spec.name, spec, time_ns, pose, fault
        self._names, self._load = tuple(names), load
        self._boxes2d, self._boxes3d, self._exposure_ev, self._count = boxes2d, boxes3d, exposure_ev, count
        self._arrays: dict[str, Array] = {}
        self._tables = dict(tables or {})
        self._made: dict[str, AmodalMasks | Keypoints | Poses6D] = {}
        self._table: Boxes2D | None = None
        self._things: Objects3D | None = None

    @property
    def kind(self) -> Literal["camera", "lidar", "radar"]:
        """ "camera", "lidar" or "radar"."""
        return kind_of(self.spec)

    def __getitem__(self, name: str) -> Array:
        if not _is_name(name) or name not in self._names:
            kind = "channel" if self.kind == "camera" else "field"
            raise no_such(f"'{self.name}' has no {kind} {{}}", name, self._names)
        if name not in self._arrays:
            self._arrays[name] = self._load(name)
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _camera(self, what: str) -> CameraSpec:
        if not isinstance(self.spec, CameraSpec):
            raise ReadingError(f"'{self.name}' is a {_TITLES[self.kind]} and has no {what}; only cameras have")
        return self.spec

    @property
    def intrinsics(self) -> F64Array:
        """Camera matrix (3, 3): focal lengths and centre in pixels. Lens distortion is in ``spec.distortion``."""
        return self._camera("intrinsics").matrix()

    @property
    def exposure_ev(self) -> float:
        """Exposure of the image."""
        self._camera("exposure")
        return float(self._exposure_ev or 0.0)

    @property
    def has_boxes2d(self) -> bool:
        """2D boxes of this camera are recorded."""
        return self._boxes2d is not None

    @property
    def boxes2d(self) -> Boxes2D:
        """The things in the image: visible, amodal and clipped boxes, pixels, occlusion, truncation."""
        self._camera("2D boxes")
        if self._boxes2d is None:
            raise ReadingError(f"2D boxes of '{self.name}' were not recorded; add box2d to 'record {self.name}: ...'")
        if self._table is None:
            self._table = self._boxes2d()
        return self._table

    @property
    def tables(self) -> tuple[str, ...]:
        """Which of "keypoints", "amodal" and "pose6d" are recorded."""
        return tuple(self._tables)

    @property
    def keypoints(self) -> Keypoints:
        """Joints of the people in the image: pixels, visibility, positions in the camera's frame."""
        made = self._labels("keypoints")
        assert isinstance(made, Keypoints)
        return made

    @property
    def amodal(self) -> AmodalMasks:
        """Amodal masks of the things in the image."""
        made = self._labels("amodal")
        assert isinstance(made, AmodalMasks)
        return made

    @property
    def poses6d(self) -> Poses6D:
        """Poses of the things in the image, in the camera's frame."""
        made = self._labels("pose6d")
        assert isinstance(made, Poses6D)
        return made

    def _labels(self, word: str) -> AmodalMasks | Keypoints | Poses6D:
        self._camera(word)
        if word not in self._tables:
            raise ReadingError(f"{word} of '{self.name}' was not recorded; add {word} to 'record {self.name}: ...'")
        if word not in self._made:
            self._made[word] = self._tables[word]()
        return self._made[word]

    @property
    def boxes3d(self) -> Objects3D:
        """The 3D boxes of the frame in this sensor's axes, at ``pose``."""
        if self._boxes3d is None:
            raise _no_boxes3d()
        if self._things is None:
            self._things = self._boxes3d().in_frame(self.name, self.pose)
        return self._things

    def __repr__(self) -> str:
        return f"<{self._shown()}, at {self.time_ns / 1e9:.3f} s>"

    def _shown(self) -> str:
        """One line, without reading a file."""
        fault = f", fault {self.fault.kind}" if self.fault is not None else ""
        if isinstance(self.spec, CameraSpec):
            of = ", ".join([*self._names, *(["boxes2d"] if self._boxes2d else []), *self._tables]) or "nothing recorded"
            return f"{self.name}: camera {self.spec.width_px} x {self.spec.height_px}, {of}{fault}"
        if isinstance(self.spec, RadarSpec):
            seen = "" if self._count is None else f", {self._count} detections"
            return f"{self.name}: radar{seen}, {', '.join(self._names)}{fault}"
        points = "" if self._count is None else f", {self._count} points"
        return f"{self.name}: LiDAR {self.spec.channels} x {self.spec.columns}{points}, {', '.join(self._names)}{fault}"


def _no_boxes3d() -> ReadingError:
    return ReadingError("3D boxes were not recorded; add box3d to a 'record' statement of the scenario")


class Frame(Mapping[str, SensorView]):
    """All that is known of one instant: a mapping from the sensors that made a reading to what they gave.

    Attributes:
        variant: of which variant.
        index: of the episode's frames, from 0.
        time_ns: since the start of the variant.
        bodies: world_from_entity (4, 4) of the sensors' carriers, by name.
        measured: how :attr:`measures` are found, or None: nothing drives in this scenario.
        weather: settings of the world's light and air at this instant, SI, by the names of the language ("rain"), and
            the words that signals show ("signal.own").
    """

    def __init__(
        self, variant: int, index: int, time_ns: int, views: Sequence[SensorView], bodies: Mapping[str, F64Array],
        boxes3d: Callable[[], Objects3D] | None,
    ) -> None:  # fmt: skip
        self.variant, self.index, self.time_ns = variant, index, time_ns
        self.bodies: Mapping[str, F64Array] = Named(f"no body {{}} in frame {index}", bodies)
        self._views = Named(f"no sensor {{}} has a reading in frame {index}", {v.name: v for v in views})
        self.weather: Mapping[str, float | str] = {}
        self.measured: Callable[[], Measures] | None = None
        self._measures: Measures | None = None
        self._boxes3d = boxes3d
        self._table: Objects3D | None = None

    def __getitem__(self, sensor: str) -> SensorView:
        return self._views[sensor]

    def __iter__(self) -> Iterator[str]:
        return iter(self._views)

    def __len__(self) -> int:
        return len(self._views)

    @property
    def has_boxes3d(self) -> bool:
        """3D boxes are recorded."""
        return self._boxes3d is not None

    @property
    def boxes3d(self) -> Objects3D:
        """3D boxes of all things in the world, seen or not, with velocities; the instance id is the track id."""
        if self._boxes3d is None:
            raise _no_boxes3d()
        if self._table is None:
            self._table = self._boxes3d()
        return self._table

    @property
    def measures(self) -> Measures:
        """Distance, time to collision, headway and their like between ego and everything else, at this instant."""
        if self.measured is None:
            raise ReadingError("this episode has no measures: no vehicle takes part, or an older version wrote it")
        if self._measures is None:
            self._measures = self.measured()
        return self._measures

    def __repr__(self) -> str:
        lines = [f"  {view._shown()}" for view in self._views.values()]  # pyright: ignore[reportPrivateUsage]
        lines += ["  boxes3d"] if self._boxes3d else []
        return "\n".join([f"<Frame {self.index} of variant {self.variant} at {self.time_ns / 1e9:.3f} s", *lines]) + ">"


class Episode(ABC):
    """The frames of one variant, and what is the same in all of them. Iterate it, or index ``frames``."""

    @property
    @abstractmethod
    def variant(self) -> int:
        """Index of the variant: the same scenario everywhere."""

    @property
    @abstractmethod
    def sensors(self) -> Mapping[str, SensorSpec]:
        """Calibration of all sensors by name."""

    @property
    @abstractmethod
    def entities(self) -> Sequence[EntityInfo]:
        """What each instance id stands for: its position."""

    @property
    @abstractmethod
    def surfaces(self) -> Surfaces:
        """What the values of the channels ``part`` and ``material`` stand for."""

    @property
    @abstractmethod
    def row(self) -> VariantRow:
        """Its row of ``variants.parquet``: drawn values, verdicts, results."""

    @property
    @abstractmethod
    def frames(self) -> Sequence[Frame]:
        """All frames; one is made or read when it is taken out."""

    @abstractmethod
    def channels(self, sensor: str) -> list[str]:
        """What is recorded of a sensor: channels of a camera, ["points"] or ["detections"]; nothing of one that is not
        recorded."""

    @property
    @abstractmethod
    def signals(self) -> Mapping[str, Signal]:
        """What inertial units and GNSS receivers measured, by sensor: whole tables, at rates of their own."""

    @abstractmethod
    def scenario_json(self) -> bytes:
        """The concrete scenario: content of ``scenario.json``."""

    def times_ns(self) -> list[int]:
        """Times of the frames."""
        return [frame.time_ns for frame in self.frames]

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)

    def __bool__(self) -> bool:
        return True

    def __repr__(self) -> str:
        recorded = [f"{name} ({', '.join(self.channels(name))})" for name in self.sensors if self.channels(name)]
        row = self.row
        judged = [v for v in row.verdicts if v.kind == "expect" and v.passed is not None]
        held = f"; expect: {sum(v.passed is True for v in judged)} of {len(judged)} hold" if judged else ""
        of = f"{counted(len(self), 'frame')} of"
        return f"<Episode of variant {self.variant}: {of} {', '.join(recorded) or 'nothing'}{held}>"
