"""The pictures of thermal cameras: from what renderers know of surfaces to radiance, numbers and grey values.

A renderer gives no light for them but labels, of 2 x 2 rays a pixel: which surface, how it lies and how far away. So
any renderer will do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.render.protocol import CameraReading, NoiseKey
from simengine.render.temperatures import NEEDED, incoming_radiance
from simengine.rng import stream
from simengine.sensors import thermal
from simengine.sensors.planck import radiance_of
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene

__all__ = ["MADE_HERE", "thermogram"]

MADE_HERE = ("rgb", "raw", "radiance")
_FINE = 2
_LARGEST_PX = 4096  # finer pictures would leave what cameras may have


def thermogram(
    spec: CameraSpec, scene: Scene, channels: Sequence[str], noise: NoiseKey,
    take: Callable[[CameraSpec, Sequence[str]], CameraReading],
) -> CameraReading:  # fmt: skip
    """A thermal camera's reading.

    Args:
        spec: the camera.
        scene: the world.
        channels: what is wanted.
        noise: key of the sensor's noise.
        take: what a renderer gives of a camera.
    """
    labels = take(spec, [c for c in channels if c not in MADE_HERE])
    wanted = [*NEEDED, "lens_occlusion"] if spec.droplets > 0.0 else NEEDED
    fine = take(_finer(spec), wanted)
    radiance = incoming_radiance(scene, fine)
    if spec.droplets > 0.0:  # water is black, and as warm as the air
        cover = fine.channels["lens_occlusion"]
        radiance = radiance * (1.0 - cover) + cover * radiance_of(np.array(scene.environment.air_k))
    light = _binned(radiance, spec)
    random = stream(noise.seed, "sensor noise", spec.name, noise.variant, noise.frame)
    numbers = thermal.counted(spec, light, random)
    made: Mapping[str, Array] = {
        "radiance": np.repeat(light.astype(np.float32)[..., None], 3, -1), "raw": numbers,
        "rgb": thermal.shown(spec, thermal.radiance_from(spec, numbers)),
    }  # fmt: skip
    return replace(labels, channels={c: made[c] if c in made else labels.channels[c] for c in channels})


@lru_cache(maxsize=64)
def _finer(spec: CameraSpec) -> CameraSpec:
    return spec.finer(_FINE) if max(spec.width_px, spec.height_px) <= _LARGEST_PX else spec


def _binned(values: F64Array, spec: CameraSpec) -> F64Array:
    """Means over the rays of each pixel."""
    times = values.shape[0] // spec.height_px
    return values.reshape(spec.height_px, times, spec.width_px, times).mean((1, 3))
