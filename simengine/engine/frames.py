"""Frames of one simulated variant, rendered one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from fractions import Fraction
from time import perf_counter
from typing import Protocol, TypeVar, cast

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.datasets.channels import FORMATS, as_stored
from simengine.datasets.frame import Frame, SensorView
from simengine.engine.clock import Firings
from simengine.engine.faults import FaultyReadings, Firing
from simengine.engine.lanes import Lanes
from simengine.geometry.transforms import matrix_from_pose, pose_from_matrix
from simengine.render.labels import Boxes2D, Objects3D, amodal_boxes, camera_labels, objects3d
from simengine.render.protocol import POINT_FIELDS, CameraReading, Instants, LidarReading, NoiseKey, Renderer
from simengine.sensors.faults import Fault
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["LiveFrame", "Part", "Recording", "States", "Stopwatch", "frame_times", "frames"]


_R = TypeVar("_R", CameraReading, LidarReading)


class States(Protocol):
    """Where states come from: a trace, or anything that knows the world at a time."""

    def state_at(self, time_ns: int) -> WorldState:
        """State at a time, in rows of the scene's actors: exact at ticks, between two of them interpolated."""
        ...


@dataclass(frozen=True)
class Part:
    """Some channels of a sensor that are recorded at a rate or in a time of their own; fields as of ``Recording``.

    Attributes:
        every: of the sensor's firings one in so many is recorded.
    """

    channels: tuple[str, ...]
    stored: tuple[str, ...]
    boxes2d: bool
    boxes3d: bool
    every: int = 1
    window_ns: tuple[int, int] | None = None


@dataclass(frozen=True)
class Recording:
    """One sensor and what is rendered for it.

    Attributes:
        spec: the sensor.
        channels: image channels to render; ignored for LiDARs.
        stored: channels that frames show and a dataset keeps ("points" for LiDARs); None: all that are rendered.
        boxes2d: 2D boxes are asked for.
        boxes3d: 3D boxes are asked for.
        window_ns: (start, stop) of the recording, stop exclusive; None: the whole run.
        rate_hz: exact rate of the sensor; None: one firing a period, to the nanosecond.
        parts: where not all channels are recorded at the same times.
    """

    spec: SensorSpec
    channels: tuple[str, ...] = ()
    stored: tuple[str, ...] | None = None
    boxes2d: bool = False
    boxes3d: bool = False
    window_ns: tuple[int, int] | None = None
    rate_hz: Fraction | None = None
    parts: tuple[Part, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """Channels that frames show and a dataset keeps."""
        return self.channels if self.stored is None else self.stored

    @property
    def firings(self) -> Firings:
        """When the sensor fires and records."""
        return Firings(self.rate_hz or Fraction(1_000_000_000, self.spec.period_ns), self.window_ns)

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
            if number % p.every == 0 and (p.window_ns is None or p.window_ns[0] <= time_ns < p.window_ns[1])
        ]  # fmt: skip

    def at(self, time_ns: int) -> Recording:
        """What is recorded at a time at which it is due."""
        if not self.parts:
            return self
        parts = self._parts(time_ns)
        return replace(
            self, channels=_each_once(p.channels for p in parts), stored=_each_once(p.stored for p in parts),
            boxes2d=any(p.boxes2d for p in parts), boxes3d=any(p.boxes3d for p in parts), parts=(),
        )  # fmt: skip


def _each_once(words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for some in words for word in some))


class LiveFrame(Frame):
    """A frame that was rendered just now.

    Attributes:
        shown: the channels that it shows of each sensor, ("points",) of a LiDAR, where they are not the same in every
            frame; else None.
        state: the world when shutters open and scans start.
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
        self.readings: Mapping[str, CameraReading | LidarReading] = {s.recording.spec.name: s.reading for s in shots}


@dataclass(frozen=True, eq=False)
class _Shot:
    """A reading, the boxes in it, and what was asked for."""

    recording: Recording
    reading: CameraReading | LidarReading
    boxes: Boxes2D | None = None
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
        names = [c for c in FORMATS if c in self.recording.shown]
        return SensorView(
            spec, reading.time_ns, _as_stored(reading.world_from_camera), names,
            lambda name: _shown(name, reading.channels[name]), None if boxes is None else lambda: boxes, boxes3d,
            exposure_ev=float(reading.exposure_ev), fault=reading.fault,
        )  # fmt: skip


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
        clock: adds up the time of the stages "state", "camera", "lidar" and "labels", of all threads.
        first: index of the first frame.
        faults: of the sensors.
    """
    watch = clock or Stopwatch()
    faulty = FaultyReadings(scene, states, faults, seed, variant) if faults else None
    take = _Take(scene, states, recordings, seed, variant, faulty)
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
            recording, spec = whole.at(time_ns), whole.spec
            later = states.state_at(time_ns + spec.period_ns)
            instants = Instants(start, later, later)
            # the sensor's own count: another sensor's rate must not change this one's noise
            noise = NoiseKey(self.seed, self.variant, recording.firing(time_ns))
            fault = self.faulty.at(spec.name, time_ns) if self.faulty else None
            watch.lap("state")
            if isinstance(spec, LidarSpec):
                scan = renderer.lidar(spec, instants, noise)
                shots.append(_Shot(recording, self._shown(scan, fault, recording, renderer), true=scan))
                watch.lap("lidar")
                continue
            image = renderer.camera(spec, instants, recording.channels, noise)
            shown = self._shown(image, fault, recording, renderer)
            watch.lap("camera")
            boxes = _boxes(scene, spec, start, poses, image, renderer) if recording.boxes2d else None
            shots.append(_Shot(recording, shown, boxes))
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

    def _shown(self, true: _R, fault: Fault | None, recording: Recording, renderer: Renderer) -> _R:
        """What a sensor reports: the true reading, or that of a fault."""
        if fault is None or self.faulty is None:
            return true
        firing = Firing(true.time_ns, recording.firing(true.time_ns), recording.firings)
        if isinstance(true, LidarReading):
            return self.faulty.lidar(fault, true, firing, renderer)
        return self.faulty.camera(fault, true, firing, renderer)


def _boxes(
    scene: Scene, spec: CameraSpec, state: WorldState, poses: F64Array, image: CameraReading, renderer: Renderer
) -> Boxes2D:
    amodal = amodal_boxes(scene, spec, state, poses)
    silhouettes = renderer.silhouettes(spec, state, amodal.windows())
    return camera_labels(scene, spec, state, image, silhouettes, amodal)
