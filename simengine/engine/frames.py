"""Frames of one simulated variant: readings and labels of one instant, made one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from time import perf_counter
from typing import Protocol

from simengine.arrays import Array, F64Array
from simengine.engine.lanes import Lanes
from simengine.errors import ReadingError, did_you_mean
from simengine.render.labels import Boxes2D, Objects3D, amodal_boxes, camera_labels, objects3d
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["Firings", "Frame", "Recording", "States", "Stopwatch", "frame_times", "frames"]


class States(Protocol):
    """Where states come from: a trace, or anything that knows the world at a time."""

    def state_at(self, time_ns: int) -> WorldState:
        """State at a time, in rows of the scene's actors: exact at ticks, between two of them interpolated."""
        ...


@dataclass(frozen=True)
class Firings:
    """When a sensor fires and records.

    Attributes:
        rate_hz: exact rate.
        window_ns: (start, stop) of the recording, stop exclusive; None: the whole run.
    """

    rate_hz: Fraction
    window_ns: tuple[int, int] | None = None

    def time_ns(self, firing: int) -> int:
        """When the sensor fires for the k-th time, from 0, rounded down to whole nanoseconds."""
        return firing * 1_000_000_000 * self.rate_hz.denominator // self.rate_hz.numerator

    def count(self, time_ns: int) -> int:
        """How often it has fired before this time."""
        return -(-time_ns * self.rate_hz.numerator // (1_000_000_000 * self.rate_hz.denominator))

    def times_ns(self, duration_ns: int) -> list[int]:
        """When it fires and records, up to and including ``duration_ns``."""
        every = (self.time_ns(k) for k in range(self.count(duration_ns) + 1))
        return [t for t in every if t <= duration_ns and self.due(t)]

    def due(self, time_ns: int) -> bool:
        """It fires and records at this time."""
        inside = self.window_ns is None or self.window_ns[0] <= time_ns < self.window_ns[1]
        return inside and self.time_ns(self.count(time_ns)) == time_ns


@dataclass(frozen=True)
class Recording:
    """One sensor and what is rendered for it.

    Attributes:
        spec: the sensor.
        channels: image channels to render; ignored for LiDARs.
        stored: channels that a dataset keeps ("points" for LiDARs).
        boxes2d: 2D boxes are asked for.
        boxes3d: 3D boxes are asked for.
        window_ns: (start, stop) of the recording, stop exclusive; None: the whole run.
        rate_hz: exact rate of the sensor; None: one firing a period, to the nanosecond.
    """

    spec: SensorSpec
    channels: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    boxes2d: bool = False
    boxes3d: bool = False
    window_ns: tuple[int, int] | None = None
    rate_hz: Fraction | None = None

    @property
    def firings(self) -> Firings:
        """When the sensor fires and records."""
        return Firings(self.rate_hz or Fraction(1_000_000_000, self.spec.period_ns), self.window_ns)

    def firing(self, time_ns: int) -> int:
        """How often it has fired before this time."""
        return self.firings.count(time_ns)

    def times_ns(self, duration_ns: int) -> list[int]:
        """When it fires and records, up to and including ``duration_ns``."""
        return self.firings.times_ns(duration_ns)

    def due(self, time_ns: int) -> bool:
        """It fires and records at this time."""
        return self.firings.due(time_ns)


@dataclass(frozen=True, eq=False)
class Frame:
    """All readings and labels of one instant; every one comes from the same states.

    Attributes:
        index: counts from 0.
        time_ns: since the start of the variant.
        state: the world when shutters open and scans start.
        readings: by sensor; only sensors that fire at this time.
        labels: 2D boxes by camera.
        objects: 3D boxes in the world.
        bodies: world_from_entity of the sensors' carriers, by name.
    """

    index: int
    time_ns: int
    state: WorldState
    readings: Mapping[str, CameraReading | LidarReading]
    labels: Mapping[str, Boxes2D]
    objects: Objects3D
    bodies: Mapping[str, F64Array]

    def __getitem__(self, sensor: str) -> Mapping[str, Array]:
        """Image channels of a camera, or point fields of a LiDAR, by name."""
        if sensor not in self.readings:
            near = did_you_mean(sensor, list(self.readings))
            hint = f"did you mean '{near}'?" if near else f"it has {', '.join(self.readings) or 'none'}"
            raise ReadingError(f"frame {self.index} has no reading of '{sensor}'; {hint}")
        return self._arrays(sensor)

    def _arrays(self, sensor: str) -> Mapping[str, Array]:
        reading = self.readings[sensor]
        return reading.channels if isinstance(reading, CameraReading) else reading.points


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
    variant: int, clock: Stopwatch | None = None,
) -> Iterator[Frame]:  # fmt: skip
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
    """
    watch = clock or Stopwatch()
    take = _Take(scene, states, recordings, seed, variant)
    if lanes.count == 1:
        for index, time_ns in enumerate(times_ns):
            with lanes.renderer() as renderer:
                frame = take.frame(index, time_ns, renderer, watch)
            yield frame
        return

    def make(index: int, time_ns: int) -> tuple[Frame, Stopwatch]:
        own = Stopwatch()
        with lanes.renderer() as renderer:
            return take.frame(index, time_ns, renderer, own), own

    waiting: deque[Future[tuple[Frame, Stopwatch]]] = deque()
    pool = ThreadPoolExecutor(lanes.count, "frame")
    try:
        for index, time_ns in enumerate(times_ns):
            waiting.append(pool.submit(make, index, time_ns))
            if len(waiting) > lanes.count:
                yield _finished(waiting, watch)
        while waiting:
            yield _finished(waiting, watch)
    finally:
        pool.shutdown(cancel_futures=True)


def _finished(waiting: deque[Future[tuple[Frame, Stopwatch]]], watch: Stopwatch) -> Frame:
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

    def frame(self, index: int, time_ns: int, renderer: Renderer, watch: Stopwatch) -> Frame:
        """Make one frame."""
        watch.start()
        scene, states = self.scene, self.states
        start = states.state_at(time_ns)
        readings: dict[str, CameraReading | LidarReading] = {}
        labels: dict[str, Boxes2D] = {}
        poses = scene.part_transforms(start)
        watch.lap("state")
        for recording in self.recordings:
            if not recording.due(time_ns):
                continue
            spec = recording.spec
            later = states.state_at(time_ns + spec.period_ns)
            instants = Instants(start, later, later)
            # the sensor's own count: another sensor's rate must not change this one's noise
            noise = NoiseKey(self.seed, self.variant, recording.firing(time_ns))
            watch.lap("state")
            if isinstance(spec, LidarSpec):
                readings[spec.name] = renderer.lidar(spec, instants, noise)
                watch.lap("lidar")
                continue
            image = renderer.camera(spec, instants, recording.channels, noise)
            readings[spec.name] = image
            watch.lap("camera")
            if recording.boxes2d:
                labels[spec.name] = _boxes(scene, spec, start, poses, image, renderer)
                watch.lap("labels")
        scans = [r for r in readings.values() if isinstance(r, LidarReading)]
        objects = objects3d(scene, start, scans, world_from_mesh=poses)
        carried = {r.spec.entity for r in self.recordings if r.spec.entity >= 0}
        bodies = {scene.entities[k].name: scene.entity_pose(start, k) for k in sorted(carried)}
        watch.lap("labels")
        return Frame(index, time_ns, start, readings, labels, objects, bodies)


def _boxes(
    scene: Scene, spec: CameraSpec, state: WorldState, poses: F64Array, image: CameraReading, renderer: Renderer
) -> Boxes2D:
    amodal = amodal_boxes(scene, spec, state, poses)
    silhouettes = renderer.silhouettes(spec, state, amodal.windows())
    return camera_labels(scene, spec, state, image, silhouettes, amodal)
