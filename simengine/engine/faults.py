"""Readings of sensors that have a fault: made from the true reading, or rendered again where that is not enough.

What is frozen or late is the reading of an earlier firing, noise included, so that each frame still depends on nothing
but its own time. Labels are those of the true scene: only ``rgb``, ``lens_occlusion`` and points change.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, TypeVar, cast

import numpy as np

from simengine.arrays import Array, F64Array, frozen
from simengine.engine.darkroom import Meter
from simengine.engine.shutter import exposed
from simengine.errors import SensorError, UsageError
from simengine.geometry import transforms as tf
from simengine.render.protocol import MOMENT_NS, CameraReading, Instants, LidarReading, NoiseKey, RadarReading, Renderer
from simengine.rng import stream
from simengine.sensors import image_faults, radar_faults, scan_faults
from simengine.sensors.faults import Fault, ReadingFault
from simengine.sensors.mounting import mounting_turn, world_from_sensor
from simengine.sensors.specs import BODY_FROM_OPTICAL, CameraSpec, LidarSpec, RadarSpec, SensorSpec
from simengine.world.scene import Scene
from simengine.world.state import WorldState

__all__ = ["FaultyReadings", "Firing"]


_S = TypeVar("_S", CameraSpec, LidarSpec, RadarSpec)
_Reading: TypeAlias = CameraReading | LidarReading | RadarReading


class _States(Protocol):
    def state_at(self, time_ns: int) -> WorldState: ...


class _Firings(Protocol):
    def time_ns(self, firing: int) -> int: ...
    def count(self, time_ns: int) -> int: ...


@dataclass(frozen=True, eq=False)
class Firing:
    """A firing of a sensor: when, its number, and all its other firings."""

    time_ns: int
    number: int
    all: _Firings

    def before(self, time_ns: int) -> Firing:
        """The last firing before a time; the first one where there is none."""
        number = max(0, self.all.count(time_ns) - 1)
        return Firing(self.all.time_ns(number), number, self.all)


@dataclass(eq=False)
class FaultyReadings:
    """What the sensors of one variant report while they have a fault.

    Attributes:
        scene, states: the world.
        faults: of all sensors, in the order of time.
        seed, variant: key of all noise.
        meter: what cameras' exposure remembers.
    """

    scene: Scene
    states: _States
    faults: Sequence[Fault]
    seed: int
    variant: int
    meter: Meter | None = None
    _specs: dict[tuple[str, str, int, tuple[float, ...]], SensorSpec] = field(
        default_factory=dict["tuple[str, str, int, tuple[float, ...]]", SensorSpec]
    )
    _last: dict[int, tuple[SensorSpec, int, _Reading]] = field(
        default_factory=dict[int, "tuple[SensorSpec, int, _Reading]"]
    )

    def at(self, sensor: str, time_ns: int) -> Fault | None:
        """The fault of a sensor at a time."""
        found = (f for f in self.faults if f.sensor == sensor and f.start_ns <= time_ns < f.stop_ns)
        return next(found, None)

    # ---- cameras -----------------------------------------------------------------------------------------------

    def camera(self, fault: Fault, true: CameraReading, firing: Firing, renderer: Renderer) -> CameraReading:
        """The image that is reported in place of the true one."""
        images = dict(true.channels)
        note = self._note(fault, firing, lost=self._lost(fault, firing))
        if "rgb" not in images:
            return replace(true, fault=note)
        ev, rgb = true.exposure_ev, _on_processor(images["rgb"])
        if note.shown_ns is None:
            images["rgb"] = np.zeros_like(rgb)
        elif (again := self._rendered(fault, true, firing, renderer)) is not None:
            ev = again.exposure_ev
            images |= again.channels
        else:
            images |= self._developed(fault, rgb, images.get("lens_occlusion"), firing, true.spec.name)
        return replace(true, channels=images, exposure_ev=ev, fault=note)

    def _rendered(self, fault: Fault, true: CameraReading, firing: Firing, renderer: Renderer) -> CameraReading | None:
        """What another image than the true one takes its place, if it must be rendered."""
        spec = true.spec
        match fault.kind:
            case "freeze" | "delay":
                return self._image(spec, self._source(fault, firing), ("rgb",), renderer)
            case "stuck_exposure" if spec.exposure_auto:
                before = self._image(spec, firing.before(fault.since_ns), ("rgb",), renderer)
                ev = before.exposure_ev
                changed = self._once(fault, replace(spec, exposure_auto=False, exposure_ev=ev))
                return self._image(changed, firing, ("rgb",), renderer)
            case "rolling_shutter":
                changed = self._once(fault, replace(spec, readout_ns=_readout_ns(fault, spec)))
                return self._image(changed, firing, ("rgb",), renderer)
            case "noise":
                changed = self._once(fault, _noisier(spec, fault.settings["gain"]))
                wanted = tuple(c for c in true.channels if c in ("rgb", "raw"))
                return self._image(changed, firing, wanted, renderer)
            case "droplets":
                changed = self._once(fault, replace(spec, droplets=fault.settings["area"]))
                wanted = tuple(c for c in true.channels if c in ("rgb", "lens_occlusion"))
                return self._image(changed, firing, wanted, renderer)
            case "miscalibrate":
                optical = tf.compose(tf.compose(tf.inverse(BODY_FROM_OPTICAL), _turn(fault)), BODY_FROM_OPTICAL)
                mount = frozen(tf.compose(spec.entity_from_camera, optical), np.float64)
                changed = self._once(fault, replace(spec, entity_from_camera=mount))
                return self._image(changed, firing, ("rgb",), renderer)
            case _:
                return None

    def _developed(
        self, fault: Fault, rgb: Array, occlusion: Array | None, firing: Firing, camera: str
    ) -> Mapping[str, Array]:  # fmt: skip
        """What becomes of the true image."""
        settings = fault.settings
        match fault.kind:
            case "saturate":
                return {"rgb": image_faults.saturated(rgb, settings["gain"])}
            case "blur":
                return {"rgb": image_faults.blurred(rgb, settings["radius"])}
            case "blackout":
                return {"rgb": image_faults.blackened(rgb, settings["area"], self._random(fault, None, camera))}
            case "lens_dirt":
                size = (rgb.shape[0], rgb.shape[1])
                cover = image_faults.blots(size, settings["area"], self._random(fault, None, camera))
                images = {"rgb": image_faults.dimmed(rgb, cover)}
                if occlusion is not None:
                    images["lens_occlusion"] = np.maximum(occlusion, cover.astype(np.float32))
                return images
            case _:  # drop: this one was not lost; stuck_exposure of a fixed exposure
                return {}

    def _image(
        self, spec: CameraSpec, firing: Firing, channels: tuple[str, ...], renderer: Renderer
    ) -> CameraReading:  # fmt: skip
        found = self._known(spec, firing)
        if not isinstance(found, CameraReading):
            noise = NoiseKey(self.seed, self.variant, firing.number)
            instants = self._instants(spec, firing.time_ns)
            found = exposed(renderer, self.states, spec, instants, channels, noise, self.meter)
            self._last[id(spec)] = spec, firing.number, found
        return found

    # ---- LiDARs ------------------------------------------------------------------------------------------------

    def lidar(self, fault: Fault, true: LidarReading, firing: Firing, renderer: Renderer) -> LidarReading:
        """The scan that is reported in place of the true one."""
        note = self._note(fault, firing, lost=fault.kind == "blackout")
        for values in true.points.values():
            _on_processor(values)
        if note.shown_ns is None:
            points = scan_faults.emptied(true.points)
        else:
            points = self._points(fault, true, firing, renderer)
        return replace(true, points=points, fault=note)

    def _points(
        self, fault: Fault, true: LidarReading, firing: Firing, renderer: Renderer
    ) -> Mapping[str, Array]:  # fmt: skip
        spec, settings, points = true.spec, fault.settings, true.points
        limits = (spec.range_min_m, spec.range_max_m)

        def turns() -> F64Array:
            return self._turns(spec, firing.time_ns, points["time_offset_ns"])

        match fault.kind:
            case "freeze" | "delay":
                return self._scan(spec, self._source(fault, firing), renderer).points
            case "miscalibrate":
                mount = frozen(tf.compose(spec.entity_from_lidar, _turn(fault)), np.float64)
                changed = self._once(fault, replace(spec, entity_from_lidar=mount))
                return self._scan(changed, firing, renderer).points
            case "drop":
                return scan_faults.dropped(points, settings["rate"], self._random(fault, firing))
            case "noise":
                return scan_faults.noisy(points, settings["range"], self._random(fault, firing), turns, limits)
            case "missing_sector":
                return scan_faults.without_sector(points, settings["angle"], settings["yaw"])
            case "range_bias":
                return scan_faults.shifted(points, settings["range"], turns, limits)
            case _:
                return scan_faults.ghosted(points, settings["rate"], self._random(fault, firing), turns, limits)

    def _scan(self, spec: LidarSpec, firing: Firing, renderer: Renderer) -> LidarReading:
        found = self._known(spec, firing)
        if not isinstance(found, LidarReading):
            noise = NoiseKey(self.seed, self.variant, firing.number)
            found = renderer.lidar(spec, self._instants(spec, firing.time_ns), noise)
            self._last[id(spec)] = spec, firing.number, found
        return found

    def _turns(self, spec: LidarSpec, time_ns: int, offset_ns: Array) -> F64Array:
        """What the LiDAR has turned since the start of its scan, (N, 4, 4)."""
        start, stop = (
            world_from_sensor(spec, self.scene, self.states.state_at(t)) for t in (time_ns, time_ns + spec.period_ns)
        )
        share = np.clip(offset_ns.astype(np.float64) / spec.period_ns, 0.0, 1.0)
        return tf.interpolate(np.eye(4), tf.compose(tf.inverse(start), stop), share)

    # ---- radars ------------------------------------------------------------------------------------------------

    def radar(self, fault: Fault, true: RadarReading, firing: Firing, renderer: Renderer) -> RadarReading:
        """The scan that is reported in place of the true one."""
        note = self._note(fault, firing, lost=fault.kind == "blackout")
        if note.shown_ns is None:
            found = radar_faults.emptied(true.detections)
        else:
            found = self._detections(fault, true, firing, renderer)
        return replace(true, detections=found, fault=note)

    def _detections(
        self, fault: Fault, true: RadarReading, firing: Firing, renderer: Renderer
    ) -> Mapping[str, Array]:  # fmt: skip
        spec, settings, found = true.spec, fault.settings, true.detections
        limits = (spec.range_min_m, spec.range_max_m)
        match fault.kind:
            case "freeze" | "delay":
                return self._echo(spec, self._source(fault, firing), renderer).detections
            case "miscalibrate":
                mount = frozen(tf.compose(spec.entity_from_radar, _turn(fault)), np.float64)
                changed = self._once(fault, replace(spec, entity_from_radar=mount))
                return self._echo(changed, firing, renderer).detections
            case "noise":
                louder = spec.noise_figure_db + 10.0 * math.log10(max(settings["gain"], 1e-6))
                changed = self._once(fault, replace(spec, noise_figure_db=louder))
                return self._echo(changed, firing, renderer).detections
            case "drop":
                return radar_faults.dropped(found, settings["rate"], self._random(fault, firing))
            case "missing_sector":
                return radar_faults.without_sector(found, settings["angle"], settings["yaw"])
            case "range_bias":
                return radar_faults.shifted(found, settings["range"], limits)
            case _:
                own = self._own_speed(spec, firing.time_ns)
                random = self._random(fault, firing)
                return radar_faults.ghosted(found, settings["rate"], random, own, spec.speed_max_mps, limits)

    def _echo(self, spec: RadarSpec, firing: Firing, renderer: Renderer) -> RadarReading:
        found = self._known(spec, firing)
        if not isinstance(found, RadarReading):
            noise = NoiseKey(self.seed, self.variant, firing.number)
            found = renderer.radar(spec, self._instants(spec, firing.time_ns), noise)
            self._last[id(spec)] = spec, firing.number, found
        return found

    def _own_speed(self, spec: RadarSpec, time_ns: int) -> F64Array:
        """Velocity of a radar in its own frame."""
        start, stop = (
            world_from_sensor(spec, self.scene, self.states.state_at(t)) for t in (time_ns, time_ns + MOMENT_NS)
        )
        return tf.rotate(tf.inverse(start), (stop[:3, 3] - start[:3, 3]) / (MOMENT_NS / 1e9))

    # ---- all --------------------------------------------------------------------------------------------------

    def _source(self, fault: Fault, firing: Firing) -> Firing:
        """The firing whose reading is reported: the last one before the fault, or so long ago."""
        if fault.kind == "freeze":
            return firing.before(fault.since_ns)
        late = round(fault.settings["delay"] * 1e9)
        return firing.before(max(0, firing.time_ns - late) + 1)

    def _note(self, fault: Fault, firing: Firing, *, lost: bool) -> ReadingFault:
        late = fault.kind in ("freeze", "delay")
        shown_ns = self._source(fault, firing).time_ns if late else firing.time_ns
        return ReadingFault(fault.kind, fault.settings, fault.since_ns, None if lost else shown_ns)

    def _lost(self, fault: Fault, firing: Firing) -> bool:
        """Whether a whole image is lost (points are lost one by one)."""
        if fault.kind == "drop":  # of a pair both images
            return bool(self._random(fault, firing).random() < fault.settings["rate"])
        return fault.kind == "blackout" and fault.settings["area"] >= 1.0

    def _known(self, spec: SensorSpec, firing: Firing) -> _Reading | None:
        """The last reading that was rendered for a fault, if it is this one: frozen ones come again and again."""
        found = self._last.get(id(spec))
        return found[2] if found is not None and found[0] is spec and found[1] == firing.number else None

    def _once(self, fault: Fault, changed: _S) -> _S:
        """The same specification all the time that a fault lasts: renderers keep what they have made for one."""
        return cast(
            "_S", self._specs.setdefault((changed.name, fault.kind, fault.since_ns, _settings(changed)), changed)
        )

    def _instants(self, spec: SensorSpec, time_ns: int) -> Instants:
        later = self.states.state_at(time_ns + (MOMENT_NS if isinstance(spec, RadarSpec) else spec.period_ns))
        return Instants(self.states.state_at(time_ns), later, later)

    def _random(self, fault: Fault, firing: Firing | None = None, camera: str = "") -> np.random.Generator:
        """Numbers of a fault, or of a fault in one reading; those of the second camera of a pair are its own."""
        number = -1 if firing is None else firing.number
        return stream(self.seed, "fault", camera or fault.sensor, fault.kind, self.variant, fault.since_ns, number)


def _readout_ns(fault: Fault, spec: CameraSpec) -> int:
    wanted = round(fault.settings["delay"] * 1e9)
    if not 0 <= wanted <= spec.period_ns:
        raise SensorError(
            f"camera '{spec.name}': the delay of the fault 'rolling_shutter' must be 0 s to the time between two "
            f"images ({spec.period_ns / 1e9:g} s), got {wanted / 1e9:g} s; shorten it, or record fewer images a second"
        )
    return wanted


def _noisier(spec: CameraSpec, gain: float) -> CameraSpec:
    """The camera at this gain of its sensor; a thermal one with so many times its noise."""
    if spec.band == "lwir":
        return replace(spec, infrared=replace(spec.infrared, netd_k=min(100.0, gain * spec.infrared.netd_k)))
    return replace(spec, imager=replace(spec.imager, gain=gain))


def _settings(spec: SensorSpec) -> tuple[float, ...]:
    """What may be set while a fault lasts."""
    if isinstance(spec, CameraSpec):
        noise = spec.imager.gain, spec.infrared.netd_k
        return float(spec.exposure_auto), spec.exposure_ev, spec.droplets, *noise
    return (spec.power_dbm,) if isinstance(spec, RadarSpec) else ()


def _turn(fault: Fault) -> F64Array:
    s = fault.settings
    return mounting_turn(s["yaw"], s["pitch"], s["roll"])


def _on_processor(values: Array) -> Array:
    if not isinstance(cast("object", values), np.ndarray):
        raise UsageError("faults of sensors are computed on the processor; ask for frames without on_device")
    return values
