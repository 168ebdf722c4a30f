"""Frames of one simulated variant, rendered one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fractions import Fraction
from time import perf_counter
from typing import Protocol, TypeVar, cast

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.datasets.channels import FORMATS, as_stored
from simengine.datasets.frame import Frame, SensorView
from simengine.engine.clock import Firings, Spans, within
from simengine.engine.darkroom import Meter
from simengine.engine.faults import FaultyReadings, Firing
from simengine.engine.lanes import Lanes
from simengine.engine.motion import motion_labels
from simengine.engine.rolling_motion import labels_by_lines
from simengine.engine.shutter import exposed
from simengine.engine.stereo import disparity_mask, disparity_px, right_camera
from simengine.geometry.transforms import matrix_from_pose, pose_from_matrix
from simengine.render.labels import (
    FROM_PERIOD,
    AmodalMasks,
    Boxes2D,
    Keypoints,
    Objects3D,
    Poses6D,
    amodal_boxes,
    camera_labels,
    keypoint_labels,
    label_images,
    mask_labels,
    objects3d,
    pose_labels,
)
from simengine.render.protocol import (
    BETWEEN_FRAMES,
    DETECTION_FIELDS,
    LABEL_CHANNELS,
    MOMENT_NS,
    MOTION_CHANNELS,
    POINT_FIELDS,
    STEREO_CHANNELS,
    CameraReading,
    Instants,
    LidarReading,
    NoiseKey,
    RadarReading,
    Renderer,
)
from simengine.sensors.faults import Fault
from simengine.sensors.specs import CameraSpec, LidarSpec, RadarSpec, SensorSpec
from simengine.sensors.tuning import spec_at
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["LiveFrame", "Part", "Recording", "States", "Stopwatch", "frame_times", "frames"]


_R = TypeVar("_R", CameraReading, LidarReading, RadarReading)


class States(Protocol):
    """Where states come from: a trace, or anything that knows the world at a time."""

    def state_at(self, time_ns: int) -> WorldState:
        """State at a time, in rows of the scene's actors: exact at ticks, between two of them interpolated."""
        ...


@dataclass(frozen=True)
class Part:
    """Some channels of a sensor that are recorded at a rate or in a time of their own; fields as of ``Recording``.

    Attributes:
        tables: as of ``Recording``.
        every: of the sensor's firings one in so many is recorded.
    """

    channels: tuple[str, ...]
    stored: tuple[str, ...]
    boxes2d: bool
    boxes3d: bool
    every: int = 1
    spans_ns: Spans | None = None
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recording:
    """One sensor and what is rendered for it.

    Attributes:
        spec: the sensor.
        channels: image channels to render; ignored for others.
        stored: channels that frames show and a dataset keeps ("points" for LiDARs, "detections" for
            radars); None: all that are rendered.
        boxes2d: 2D boxes are asked for.
        boxes3d: 3D boxes are asked for.
        tables: other labels of images that are asked for, words of ``simengine.datasets.schema.IMAGE_TABLES``.
        spans_ns: when it records; None: the whole run.
        rate_hz: exact rate of the sensor; None: one firing a period, to the nanosecond.
        parts: where not all channels are recorded at the same times.
        later: what the sensor becomes when, rising.
    """

    spec: SensorSpec
    channels: tuple[str, ...] = ()
    stored: tuple[str, ...] | None = None
    boxes2d: bool = False
    boxes3d: bool = False
    spans_ns: Spans | None = None
    rate_hz: Fraction | None = None
    parts: tuple[Part, ...] = ()
    tables: tuple[str, ...] = ()
    later: tuple[tuple[int, SensorSpec], ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Channels that frames show and a dataset keeps."""
        return self.channels if self.stored is None else self.stored

    @property
    def firings(self) -> Firings:
        """When the sensor fires and records."""
        return Firings(self.rate_hz or Fraction(1_000_000_000, self.spec.period_ns), self.spans_ns)

    @property
    def reach_ns(self) -> int:
        """Time after the start of a frame for which states are needed: a period, and for motion seen by a rolling
        shutter the readout of the next image."""
        motion = set(BETWEEN_FRAMES) & set(self.channels)
        return self.spec.period_ns + (self.spec.readout_ns if isinstance(self.spec, CameraSpec) and motion else 0)

    def firing(self, time_ns: int) -> int:
        """How often it has fired before this time."""
        return self.firings.count(time_ns)

    def times_ns(self, duration_ns: int) -> list[int]:
        """When it fires and records, up to and including ``duration_ns``."""
        return [t for t in self.firings.times_ns(duration_ns) if self.due(t)]

    def due(self, time_ns: int) -> bool:
        """It fires and records at this time."""
        return self.firings.due(time_ns) and (not self.parts or bool(self._parts(time_ns)))

    def _parts(self, time_ns: int) -> list[Part]:
        number = self.firing(time_ns)
        return [
            p for p in self.parts
            if number % p.every == 0 and within(p.spans_ns, time_ns)
        ]  # fmt: skip

    def at(self, time_ns: int) -> Recording:
        """What is recorded at a time at which it is due, of the sensor as it is then."""
        spec = spec_at(self.spec, self.later, time_ns)
        if not self.parts:
            return self if spec is self.spec else replace(self, spec=spec)
        parts = self._parts(time_ns)
        return replace(
            self, spec=spec, channels=_each_once(p.channels for p in parts), stored=_each_once(p.stored for p in parts),
            boxes2d=any(p.boxes2d for p in parts), boxes3d=any(p.boxes3d for p in parts), parts=(),
            tables=_each_once(p.tables for p in parts),
        )  # fmt: skip


def _each_once(words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for some in words for word in some))


class LiveFrame(Frame):
    """A frame that was rendered just now.

    Attributes:
        shown: the channels that it shows of each sensor, ("points",) of a LiDAR, ("detections",) of a radar, where
            they are not the same in every frame; else None.
        state: the world when shutters open and scans start.
        tables: keypoints and poses, by camera and word.
        readings: what the renderer gave, by sensor; more than the frame shows, where labels were made from it.
    """

    def __init__(
        self, variant: int, index: int, state: WorldState, bodies: Mapping[str, F64Array], objects: Objects3D | None,
        shots: Sequence[_Shot],
    ) -> None:  # fmt: skip
        boxes3d = None if objects is None else lambda: objects
        views = [shot.view(boxes3d) for shot in sorted(shots, key=lambda s: s.recording.spec.name)]
        rounded = {name: _as_stored(bodies[name]) for name in sorted(bodies)}
        super().__init__(variant, index, state.time_ns, views, rounded, boxes3d)
        self.state = state
        self.shown: Mapping[str, tuple[str, ...]] | None = None
        self.tables = {s.recording.spec.name: s.tables for s in shots if s.tables}
        self.readings: Mapping[str, CameraReading | LidarReading | RadarReading] = {
            s.recording.spec.name: s.reading for s in shots
        }


@dataclass(frozen=True, eq=False)
class _Shot:
    """A reading, the boxes in it, and what was asked for."""

    recording: Recording
    reading: CameraReading | LidarReading | RadarReading
    boxes: Boxes2D | None = None
    tables: Mapping[str, AmodalMasks | Keypoints | Poses6D] = field(
        default_factory=dict[str, "AmodalMasks | Keypoints | Poses6D"]
    )
    true: LidarReading | None = None  # what labels are made from

    def view(self, boxes3d: Callable[[], Objects3D] | None) -> SensorView:
        """As a frame shows it."""
        spec, reading, boxes = self.recording.spec, self.reading, self.boxes
        if isinstance(reading, LidarReading):
            points, fields = reading.points, tuple(POINT_FIELDS) if self.recording.shown != () else ()
            return SensorView(
                spec, reading.time_ns, _as_stored(reading.world_from_lidar), fields, points.__getitem__,
                None, boxes3d, count=len(points["range"]), fault=reading.fault,
            )  # fmt: skip
        if isinstance(reading, RadarReading):
            found, fields = reading.detections, tuple(DETECTION_FIELDS) if self.recording.shown != () else ()
            return SensorView(
                spec, reading.time_ns, _as_stored(reading.world_from_radar), fields, found.__getitem__,
                None, boxes3d, count=len(found["range"]), fault=reading.fault,
            )  # fmt: skip
        names = [c for c in FORMATS if c in self.recording.shown]
        return SensorView(
            spec, reading.time_ns, _as_stored(reading.world_from_camera), names,
            lambda name: _shown(name, reading.channels[name]), None if boxes is None else lambda: boxes, boxes3d,
            exposure_ev=float(reading.exposure_ev), fault=reading.fault, tables=_ready(self.tables),
        )  # fmt: skip


def _ready(
    tables: Mapping[str, AmodalMasks | Keypoints | Poses6D],
) -> dict[str, Callable[[], AmodalMasks | Keypoints | Poses6D]]:
    return {word: lambda table=table: table for word, table in tables.items()}


def _shown(name: str, values: Array) -> Array:
    """A channel as it comes back from a file; what stays on a device (``RenderOptions.on_device``) as it is."""
    return as_stored(name, values) if isinstance(cast("object", values), np.ndarray) else values


def _as_stored(pose: F64Array) -> F64Array:
    """A pose as it comes back from a file, which holds its quaternion: equal to about 1e-16."""
    return matrix_from_pose(*pose_from_matrix(pose))


class Stopwatch:
    """Adds up where the time goes, by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = perf_counter()

    def start(self) -> None:
        """What comes next is timed from here."""
        self._since = perf_counter()

    def lap(self, stage: str) -> None:
        """Time since the last call belongs to ``stage``."""
        now = perf_counter()
        self.spend(stage, now - self._since)
        self._since = now

    def spend(self, stage: str, seconds: float) -> None:
        """Time that was measured elsewhere belongs to ``stage``."""
        self.seconds[stage] = self.seconds.get(stage, 0.0) + seconds

    def add(self, other: Stopwatch) -> None:
        """Add what another one has measured."""
        for stage, seconds in other.seconds.items():
            self.spend(stage, seconds)


def frame_times(recordings: Sequence[Recording], duration_ns: int) -> list[int]:
    """Times at which at least one sensor fires, up to and including ``duration_ns``, rising."""
    return sorted({t for r in recordings for t in r.times_ns(duration_ns)})


def frames(
    scene: Scene, states: States, recordings: Sequence[Recording], times_ns: Sequence[int], lanes: Lanes, seed: int,
    variant: int, clock: Stopwatch | None = None, first: int = 0, faults: Sequence[Fault] = (),
) -> Iterator[LiveFrame]:  # fmt: skip
    """Render the frames of one variant; they come out in order.

    With several lanes as many frames are made at once, ahead of the one that is asked for, each in a thread of its
    own: a frame depends on nothing but its states and the key of its noise.

    Args:
        scene, states: the world and its states; states reach one sensor period beyond the last time.
        recordings: sensors and what is asked of them.
        times_ns: times of the frames, rising.
        lanes: renderers opened on ``scene``.
        seed, variant: key of all sensor noise.
        clock: adds up the time of the stages "state", "camera", "lidar", "radar" and "labels", of all threads.
        first: index of the first frame.
        faults: of the sensors.
    """
    watch = clock or Stopwatch()
    meter = Meter(states, {r.spec.name: r.firings for r in recordings})
    faulty = FaultyReadings(scene, states, faults, seed, variant, meter) if faults else None
    take = _Take(scene, states, recordings, seed, variant, meter, faulty)
    if lanes.count == 1:
        for index, time_ns in enumerate(times_ns, first):
            with lanes.renderer() as renderer:
                frame = take.frame(index, time_ns, renderer, watch)
            yield frame
        return

    def make(index: int, time_ns: int) -> tuple[LiveFrame, Stopwatch]:
        own = Stopwatch()
        with lanes.renderer() as renderer:
            return take.frame(index, time_ns, renderer, own), own

    waiting: deque[Future[tuple[LiveFrame, Stopwatch]]] = deque()
    pool = ThreadPoolExecutor(lanes.count, "frame")
    try:
        for index, time_ns in enumerate(times_ns, first):
            waiting.append(pool.submit(make, index, time_ns))
            if len(waiting) > lanes.count:
                yield _finished(waiting, watch)
        while waiting:
            yield _finished(waiting, watch)
    finally:
        pool.shutdown(cancel_futures=True)


def _finished(waiting: deque[Future[tuple[LiveFrame, Stopwatch]]], watch: Stopwatch) -> LiveFrame:
    frame, own = waiting.popleft().result()
    watch.add(own)
    return frame


@dataclass(frozen=True, eq=False)
class _Take:
    """What the frames of one variant have in common."""

    scene: Scene
    states: States
    recordings: Sequence[Recording]
    seed: int
    variant: int
    meter: Meter
    faulty: FaultyReadings | None = None

    def frame(self, index: int, time_ns: int, renderer: Renderer, watch: Stopwatch) -> LiveFrame:
        """Make one frame."""
        watch.start()
        scene, states = self.scene, self.states
        start = states.state_at(time_ns)
        shots: list[_Shot] = []
        poses = scene.part_transforms(start)
        watch.lap("state")
        for whole in self.recordings:
            if not whole.due(time_ns):
                continue
            recording = whole.at(time_ns)
            spec = recording.spec
            later = states.state_at(time_ns + (MOMENT_NS if isinstance(spec, RadarSpec) else spec.period_ns))
            instants = Instants(start, later, later)
            # the sensor's own count: another sensor's rate must not change this one's noise
            noise = NoiseKey(self.seed, self.variant, recording.firing(time_ns))
            fault = self.faulty.at(spec.name, time_ns) if self.faulty else None
            watch.lap("state")
            if isinstance(spec, LidarSpec):
                scan = renderer.lidar(spec, instants, noise)
                shown = self._shown(scan, time_ns, fault, recording, renderer)
                shots.append(_Shot(recording, shown, true=scan))
                watch.lap("lidar")
                continue
            if isinstance(spec, RadarSpec):
                heard = renderer.radar(spec, instants, noise)
                shots.append(_Shot(recording, self._shown(heard, time_ns, fault, recording, renderer)))
                watch.lap("radar")
                continue
            own = [c for c in recording.channels if c in STEREO_CHANNELS]
            derived = [c for c in recording.channels if c in LABEL_CHANNELS]
            beside = [c for c in recording.channels if c in MOTION_CHANNELS]
            rendered = [c for c in recording.channels if c not in (*own, *derived, *beside)]
            image = exposed(renderer, states, spec, instants, rendered, noise, self.meter)
            shown = self._shown(image, time_ns, fault, recording, renderer)
            if derived:
                by_lines = [c for c in derived if spec.readout_ns and c in FROM_PERIOD]
                made = label_images(scene, image, [c for c in derived if c not in by_lines], start, later)
                if by_lines:
                    made |= labels_by_lines(scene, states, image, by_lines, time_ns)
                shown = replace(shown, channels={**shown.channels, **made})
            if beside:
                made = motion_labels(renderer, states, image, instants, beside, noise)
                shown = replace(shown, channels={**shown.channels, **made})
            if own:
                shown = self._paired(own, image, shown, instants, noise, fault, recording, renderer)
            watch.lap("camera")
            when, placed = start, poses
            if spec.readout_ns and (recording.boxes2d or recording.tables):  # labels are of the middle of the readout
                when = states.state_at(image.time_ns)
                placed = scene.part_transforms(when)
            shots.append(_labelled(scene, recording, when, placed, image, shown, renderer))
            watch.lap("labels")
        scans = [s.true for s in shots if s.true is not None]
        wanted = any(r.boxes3d for r in self.recordings if not r.parts) or any(s.recording.boxes3d for s in shots)
        objects = objects3d(scene, start, scans, world_from_mesh=poses) if wanted else None
        carried = {r.spec.entity for r in self.recordings if r.spec.entity >= 0}
        bodies = {scene.entities[k].name: scene.entity_pose(start, k) for k in sorted(carried)}
        watch.lap("labels")
        made = LiveFrame(self.variant, index, start, bodies, objects, shots)
        if any(r.parts for r in self.recordings):
            made.shown = {s.recording.spec.name: s.recording.shown for s in shots}
        return made

    def _paired(
        self, own: Sequence[str], image: CameraReading, shown: CameraReading, instants: Instants, noise: NoiseKey,
        fault: Fault | None, recording: Recording, renderer: Renderer,
    ) -> CameraReading:  # fmt: skip
        """The reading of a pair's left camera with the channels of the pair."""
        made: dict[str, Array] = {}
        spec = image.spec
        wanted = [c for c, word in (("rgb", "rgb_right"), ("depth", "disparity_mask")) if word in own]
        if wanted:
            right = right_camera(spec, shown.exposure_ev if "rgb" in wanted else None)
            other = exposed(renderer, self.states, right, instants, wanted, noise, self.meter)
            if "rgb" in wanted:
                made["rgb_right"] = self._shown(other, instants.start.time_ns, fault, recording, renderer).channels[
                    "rgb"
                ]
            if "depth" in wanted:
                made["disparity_mask"] = disparity_mask(spec, image.channels["depth"], other.channels["depth"])
        if "disparity" in own:
            made["disparity"] = disparity_px(spec, image.channels["depth"])
        return replace(shown, channels={**shown.channels, **made})

    def _shown(self, true: _R, time_ns: int, fault: Fault | None, recording: Recording, renderer: Renderer) -> _R:
        """What a sensor reports: the true reading, or that of a fault."""
        if fault is None or self.faulty is None:
            return true
        firing = Firing(time_ns, recording.firing(time_ns), recording.firings)
        if isinstance(true, LidarReading):
            return self.faulty.lidar(fault, true, firing, renderer)
        if isinstance(true, RadarReading):
            return self.faulty.radar(fault, true, firing, renderer)
        return self.faulty.camera(fault, true, firing, renderer)


def _labelled(
    scene: Scene, recording: Recording, state: WorldState, poses: F64Array, image: CameraReading, shown: CameraReading,
    renderer: Renderer,
) -> _Shot:  # fmt: skip
    """What is reported, with the labels of the true image."""
    spec = image.spec
    boxes: Boxes2D | None = None
    tables: dict[str, AmodalMasks | Keypoints | Poses6D] = {}
    amodal = None
    if recording.boxes2d or {"amodal", "pose6d"} & set(recording.tables):
        amodal = amodal_boxes(scene, spec, state, poses)
    if amodal is not None and (recording.boxes2d or "amodal" in recording.tables):
        silhouettes = renderer.silhouettes(spec, state, amodal.windows())
        if recording.boxes2d:
            boxes = camera_labels(scene, spec, state, image, silhouettes, amodal)
        if "amodal" in recording.tables:
            tables["amodal"] = mask_labels(scene, spec, image.time_ns, silhouettes)
    if "keypoints" in recording.tables:
        tables["keypoints"] = keypoint_labels(scene, spec, state, image)
    if "pose6d" in recording.tables:
        tables["pose6d"] = pose_labels(scene, spec, state, image, amodal)
    return _Shot(recording, shown, boxes, tables)
