"""Frames of one simulated variant: readings and labels of one instant, made one at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol

from simengine.arrays import Array, F64Array
from simengine.errors import ReadingError, did_you_mean
from simengine.render.labels import Boxes2D, Objects3D, amodal_boxes, camera_labels, objects3d
from simengine.render.protocol import CameraReading, Instants, LidarReading, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec, LidarSpec, SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["Frame", "Recording", "States", "Stopwatch", "frame_times", "frames"]


class States(Protocol):
    """Where states come from: a trace, or anything that knows the world at a time."""

    def state_at(self, time_ns: int) -> WorldState:
        """State at a time of the base tick, in rows of the scene's actors."""
        ...


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
    """

    spec: SensorSpec
    channels: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    boxes2d: bool = False
    boxes3d: bool = False
    window_ns: tuple[int, int] | None = None

    def due(self, time_ns: int) -> bool:
        """It fires at this time."""
        inside = self.window_ns is None or self.window_ns[0] <= time_ns < self.window_ns[1]
        return inside and _is_due(self.spec.period_ns, time_ns)


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
        self.seconds[stage] = self.seconds.get(stage, 0.0) + now - self._since
        self._since = now


def _is_due(period_ns: int, time_ns: int) -> bool:
    """A sensor fires at k * period; as a period is rounded to nanoseconds, its multiples may be off by k/2 ns."""
    k = round(time_ns / period_ns)
    return abs(time_ns - k * period_ns) <= k + 1


def frame_times(recordings: Sequence[Recording], duration_ns: int, ticks_ns: Sequence[int]) -> list[int]:
    """Times at which at least one sensor fires, up to and including ``duration_ns``, out of the times of the ticks."""
    return [t for t in ticks_ns if t <= duration_ns and any(r.due(t) for r in recordings)]


def frames(
    scene: Scene, states: States, recordings: Sequence[Recording], times_ns: Sequence[int], renderer: Renderer,
    seed: int, variant: int, clock: Stopwatch | None = None,
) -> Iterator[Frame]:  # fmt: skip
    """Render the frames of one variant, one at a time.

    Args:
        scene, states: the world and its states; states reach one sensor period beyond the last time.
        recordings: sensors and what is asked of them.
        times_ns: times of the frames, rising.
        renderer: opened on ``scene``.
        seed, variant: key of all sensor noise.
        clock: adds up the time of the stages "camera", "lidar" and "labels".
    """
    watch = clock or Stopwatch()
    carriers = {scene.entities[r.spec.entity].name: r.spec.entity for r in recordings if r.spec.entity >= 0}
    for index, time_ns in enumerate(times_ns):
        watch.start()
        start = states.state_at(time_ns)
        due = [r for r in recordings if r.due(time_ns)]
        readings: dict[str, CameraReading | LidarReading] = {}
        labels: dict[str, Boxes2D] = {}
        poses = scene.part_transforms(start)
        watch.lap("state")
        for recording in due:
            spec = recording.spec
            later = states.state_at(time_ns + spec.period_ns)
            instants = Instants(start, later, later)
            # the sensor's own count: another sensor's rate must not change this one's noise
            noise = NoiseKey(seed, variant, round(time_ns / spec.period_ns))
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
        bodies = {name: scene.entity_pose(start, entity) for name, entity in carriers.items()}
        watch.lap("labels")
        yield Frame(index, time_ns, start, readings, labels, objects, bodies)


def _boxes(
    scene: Scene, spec: CameraSpec, state: WorldState, poses: F64Array, image: CameraReading, renderer: Renderer
) -> Boxes2D:
    amodal = amodal_boxes(scene, spec, state, poses)
    silhouettes = renderer.silhouettes(spec, state, amodal.windows())
    return camera_labels(scene, spec, state, image, silhouettes, amodal)
