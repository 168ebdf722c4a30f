"""From the light of a scene to the picture of a camera with a lens and a sensor of its own.

Renderers give linear light; then come, in this order, the lens (``sensors.optics``), exposure (``sensors.exposure``),
the sensor (``sensors.imager``) and the tone curve. Cameras without any of these (``CameraSpec.physical``) leave their
picture to the renderer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import lru_cache
from typing import Protocol, cast

import numpy as np

from simengine.arrays import Array, F32Array, F64Array, I64Array
from simengine.engine.clock import Firings
from simengine.engine.readout import line_times_ns
from simengine.errors import SensorError, UsageError
from simengine.render.dimming import DIMMED_FROM, dimmed
from simengine.render.near_infrared import LIT_FROM, near_infrared_light
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer
from simengine.rng import stream
from simengine.sensors import exposure, imager, optics, projection
from simengine.sensors.imaging import Imager, Optics, Processing, Shutter
from simengine.sensors.processing import pictured
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState
from simengine.world.weather import Environment

__all__ = ["Meter", "bare", "developed", "needed"]

_METERED_PX = 160  # width or height of the small picture by which exposure follows the light


class _States(Protocol):
    def state_at(self, time_ns: int) -> WorldState: ...


@lru_cache(maxsize=128)
def bare(spec: CameraSpec) -> CameraSpec:
    """The same camera without lens and sensor: what a renderer is asked for."""
    return replace(
        spec, optics=Optics(), shutter=Shutter(), imager=Imager(), processing=Processing(), exposure_auto=False,
        exposure_ev=0.0,
    )  # fmt: skip


def needed(spec: CameraSpec, environment: Environment) -> tuple[str, ...]:
    """Channels that a picture is made of."""
    distance = ("depth" if spec.lens == "pinhole" else "range",) if spec.optics.blurs else ()
    lamps = DIMMED_FROM if _dims(spec, environment) else ()
    return tuple(dict.fromkeys(["radiance", *distance, *(LIT_FROM if spec.lit else ()), *lamps]))


def _dims(spec: CameraSpec, environment: Environment) -> bool:
    """Exposures are so short that they may miss a lamp that is dimmed by switching."""
    return environment.lamp_pwm_hz > 0.0 and spec.shutter.longest_ns > 0 and spec.band == "visible"


@dataclass(eq=False)
class Meter:
    """What the light of earlier images of a variant was metered as, so that exposure can follow it.

    Each value is a function of its instant alone, whoever asks first: frames may be made in any order.
    """

    states: _States
    firings: Mapping[str, Firings] = field(default_factory=dict[str, Firings])
    _known: dict[tuple[str, int], float] = field(default_factory=dict[tuple[str, int], float])

    def followed(self, spec: CameraSpec, renderer: Renderer, noise: NoiseKey, last: int) -> float:
        """Exposure value of image ``last`` of a camera whose exposure remembers, without compensation."""
        own = self.firings.get(spec.name, Firings(Fraction(1_000_000_000, spec.period_ns)))
        metered = [self._metered(spec, renderer, noise, own, k) for k in range(last + 1)]
        return exposure.followed_ev(metered, spec.period_ns / 1e9, spec.shutter)

    def _metered(self, spec: CameraSpec, renderer: Renderer, noise: NoiseKey, own: Firings, number: int) -> float:
        key = (spec.name, number)
        if key not in self._known:
            state = self.states.state_at(own.time_ns(number))
            small = _small(spec)
            made = renderer.camera(
                small, Instants(state, state), needed(small, renderer.scene.environment), replace(noise, frame=number)
            )
            light, seen = made.channels["radiance"], made.channels
            light = (
                near_infrared_light(small, renderer.scene, light, seen, made.world_from_camera)
                if small.band == "nir"
                else light
            )
            self._known[key] = _metered_ev(spec, small, renderer, light)
        return self._known[key]


def developed(
    spec: CameraSpec, bare: CameraReading, wanted: tuple[str, ...], renderer: Renderer, noise: NoiseKey, meter: Meter,
    moment: Callable[[int], CameraReading],
) -> CameraReading:  # fmt: skip
    """The reading of a camera, from that of its bare twin (with the channels of :func:`needed`).

    Args:
        spec: the camera.
        bare: the reading of its bare twin, which exposure is metered by.
        wanted: channels.
        renderer, noise: as of ``Renderer.camera``.
        meter: of the variant.
        moment: the channels of :func:`needed` so many nanoseconds later.

    Raises:
        SensorError: raw numbers of a camera that has no pixels with colour filters, or no gain.
        UsageError: images that stay on a device.
    """
    light = bare.channels["radiance"]
    if not isinstance(cast("object", light), np.ndarray):
        raise UsageError(
            f"camera '{spec.name}' has a lens or a sensor that is computed on the processor; ask for frames without "
            "on_device"
        )
    depth = "depth" if spec.lens == "pinhole" else "range"
    distance = bare.channels[depth] if spec.optics.blurs else None
    light = (
        near_infrared_light(spec, renderer.scene, light, bare.channels, bare.world_from_camera)
        if spec.band == "nir"
        else light
    )
    before = light
    light = optics.through_lens(spec, light, distance)
    ev = spec.exposure_ev
    if spec.exposure_auto and spec.shutter.remembers:
        ev = meter.followed(spec, renderer, noise, noise.frame) - spec.exposure_ev
    elif spec.exposure_auto:
        ev = _metered_ev(spec, spec, renderer, light) - spec.exposure_ev
    pixel_m = spec.optics.focal_length_m / projection.focal_px(spec)
    time_s, gain = exposure.shot(ev, pixel_m, spec.optics, spec.shutter, spec.imager)
    if time_s > 0.0 and (spec.shutter.samples > 1 or _dims(spec, renderer.scene.environment)):
        light = optics.through_lens(spec, _collected(spec, bare, renderer, meter, moment, time_s), distance)
    lines = _flicker(spec, bare, renderer, time_s) * np.float32(exposure.gain_of(ev))
    exposed = (light * lines[..., None]).astype(np.float32, copy=False)
    made: dict[str, Array] = {"radiance": before}
    if gain > 0.0:
        random = stream(noise.seed, "sensor noise", spec.name, noise.variant, noise.frame)
        numbers, exposed = imager.imaged(spec, exposed, gain, time_s, random)
        made["raw"] = numbers
    if "raw" in wanted and not spec.counts:
        raise SensorError(
            f"camera '{spec.name}' has no raw numbers: they need an 'imager.cfa' other than none, and 'noise.gain' or "
            "'exposure.time'"
        )
    if "rgb" in wanted:
        made["rgb"] = pictured(spec.processing, exposed)
    channels = {name: made[name] if name in made else bare.channels[name] for name in wanted}
    return replace(bare, spec=spec, channels=channels, exposure_ev=ev)


def _collected(
    spec: CameraSpec, bare: CameraReading, renderer: Renderer, meter: Meter, moment: Callable[[int], CameraReading],
    time_s: float,
) -> F32Array:  # fmt: skip
    """Mean light of an exposure, (H, W, 3): of its instants, with lamps as they are switched meanwhile."""
    scene, count = renderer.scene, spec.shutter.samples
    state = meter.states.state_at(bare.time_ns)
    begin_s = _line_times_ns(spec, bare).astype(np.float64) * 1e-9 - 0.5 * time_s
    total: F64Array = np.zeros((spec.height_px, spec.width_px, 3))
    for k in range(count):
        later_ns = round(1e9 * time_s * ((k + 0.5) / count - 0.5))
        made = moment(later_ns) if later_ns else bare
        seen, light = made.channels, made.channels["radiance"]
        if spec.band == "nir":
            light = near_infrared_light(spec, scene, light, seen, made.world_from_camera)
        if _dims(spec, scene.environment):
            part, range_m = (seen[c] for c in DIMMED_FROM)
            light = dimmed(scene, state, light, part, range_m, begin_s + time_s * (k / count), time_s / count)
        total += light
    return (total / count).astype(np.float32)


def _flicker(spec: CameraSpec, bare: CameraReading, renderer: Renderer, time_s: float) -> F32Array:
    """What lamps that flicker give to each line in its exposure against their mean, (H, 1) or (1, W) or (1, 1)."""
    times, half = _line_times_ns(spec, bare), round(0.5e9 * time_s)
    brightness = renderer.scene.environment.brightness
    shares = [brightness(t - half, time_s) for t in times.ravel().tolist()]
    return np.array(shares, np.float32).reshape(times.shape)


def _line_times_ns(spec: CameraSpec, bare: CameraReading) -> I64Array:
    return line_times_ns(spec, bare.time_ns - spec.readout_ns // 2)


def _metered_ev(spec: CameraSpec, of: CameraSpec, renderer: Renderer, light: F32Array) -> float:
    """Exposure value of light without compensation; ``of`` has its pixels."""
    indoors = renderer.scene.environment.interior is not None
    covered = None if spec.lens == "pinhole" else projection.covered(of)
    return exposure.metered_ev(light, 0.0, indoors, covered)


@lru_cache(maxsize=64)
def _small(spec: CameraSpec) -> CameraSpec:
    """The bare camera with fewer pixels."""
    parts = -(-max(spec.width_px, spec.height_px) // _METERED_PX)
    width, height = -(-spec.width_px // parts), -(-spec.height_px // parts)
    return replace(
        bare(spec), name=f"{spec.name}.meter", width_px=width, height_px=height, fx_px=spec.fx_px / parts,
        fy_px=spec.fy_px / parts, cx_px=spec.cx_px / parts, cy_px=spec.cy_px / parts, samples=1, readout_ns=0,
        baseline_m=0.0,
    )  # fmt: skip
