"""Temperatures of what cameras see, and the heat radiation that reaches them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F32Array, F64Array
from simengine.geometry import transforms as tf
from simengine.render.heat import (
    MATTER,
    dew_point_c,
    emissivity,
    insolation,
    own_heat_k,
    solar_absorptance,
)
from simengine.render.protocol import CameraReading
from simengine.sensors import projection
from simengine.sensors.planck import radiance_of, temperature_of
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine.world.substances import substance_of
from simengine.world.taxonomy import CLASSES
from simengine.world.weather import Environment

__all__ = ["NEEDED", "air_extinction_per_m", "incoming_radiance", "sky_radiance", "temperatures"]

NEEDED = ("material", "part", "range", "normal", "position")
"""Channels that temperatures are made from."""

_MOTORS = ("car", "van", "truck", "bus", "motorcycle")
_BONNET_K, _EXHAUST_K = 9.0, 25.0
_ROUGH = 0.5  # from this roughness on emissivity is the same in all directions
_LOWEST = 0.02  # sine of the elevation below which the air is as good as endless
_LAYER_M = 60.0  # fog lies so high
_DIFFUSIVITY = 1.66
_WINDOW = 0.33  # share of a black body's radiation in 8 to 14 micrometres, at 290 K


def temperatures(scene: Scene, image: CameraReading) -> F32Array:
    """Kelvin, (H, W): of each surface itself; of the sky the apparent one.

    Args:
        scene: the world.
        image: with the channels of ``NEEDED``.
    """
    return _surface_k(scene, image)


def incoming_radiance(scene: Scene, image: CameraReading) -> F64Array:
    """Radiance at the lens in 8 to 14 micrometres, W / (m2 sr), (H, W).

    A surface sends e B(T) and mirrors 1 - e of what comes from there; of smooth ones e falls towards grazing views as
    Schlick's law has it. The air in between takes 1 - t of it and sends the same share of its own.
    """
    channels, environment = image.channels, scene.environment
    toward, normal = _toward(image), _upright(image)
    material = channels["material"]
    kelvin = _surface_k(scene, image)
    out = radiance_of(kelvin)
    cosine = np.clip(-np.einsum("...k,...k", normal, toward), 0.0, 1.0)
    plain, smooth = _emissivities(scene)[:, material]
    e = plain * (1.0 - smooth * (1.0 - cosine) ** 5)
    mirrored = toward[..., 2] + 2.0 * cosine * normal[..., 2]
    air = float(radiance_of(np.array(environment.air_k)))
    around = np.where(mirrored > 0.0, sky_radiance(environment, np.maximum(mirrored, 0.0)), air)
    hit = material >= 0
    kept = np.exp(-air_extinction_per_m(environment) * np.where(hit, channels["range"], 0.0))
    return np.where(hit, (e * out + (1.0 - e) * around) * kept + air * (1.0 - kept), out)


def air_extinction_per_m(environment: Environment) -> float:
    """Of clear air, 0.05 / km and 0.0155 / km for each g / m3 of water (0.90 and 0.77 of a kilometre pass in middle
    latitudes, winter and summer); of fog, in shares of what it takes of visible light that grow with its droplets
    (Beier and Gemperlein 2004: 0.2 at a visibility of 1.2 km, all from 300 m on downwards); of rain, the same as of
    visible light."""
    t = environment.air_k - 273.15
    pressure_hpa = 6.112 * math.exp(17.62 * t / (243.12 + t)) * environment.humidity
    water_gpm3 = 216.7 * pressure_hpa / environment.air_k
    fog = environment.scattering_per_m()
    rain = environment.extinction_per_m() - fog
    share = float(
        np.interp(math.log10(min(environment.fog_visibility_m, 1e6)), np.log10([305, 610, 1220]), [1, 0.25, 0.2])
    )
    clear = 0.0 if environment.interior is not None else (0.05 + 0.0155 * water_gpm3) * 1e-3
    return clear + share * fog + rain


def sky_radiance(environment: Environment, up: F64Array) -> F64Array:
    """Radiance of the sky in the band by the sine of the elevation, any shape; indoors that of the ceiling.

    The air is a grey layer, 1 - exp(-d / sine). Its depth d is such that it sends what Berdahl and Martin's emissivity
    of the whole sky leaves for the window, 1 - (1 - emissivity) / 0.33, with a mean way of 1.66 (Elsasser). Clouds fill
    the rest, at five sixths.
    """
    air = float(radiance_of(np.array(environment.air_k)))
    if environment.interior is not None:
        return np.full(np.shape(up), air)
    d = dew_point_c(environment) / 100.0
    whole = min(0.99, 0.711 + 0.56 * d + 0.73 * d * d)
    window = min(max(1.0 - (1.0 - whole) / _WINDOW, 0.08), 0.98)
    depth = -math.log(1.0 - window) / _DIFFUSIVITY + air_extinction_per_m(environment) * _LAYER_M
    share = 1.0 - np.exp(-depth / np.maximum(up, _LOWEST))
    cloud = min(1.0, max(environment.cloud, 0.75 if environment.precipitation_mmph() > 0.0 else 0.0))
    return air * (share + (1.0 - share) * cloud * 5.0 / 6.0)


def _upright(image: CameraReading) -> F64Array:
    """Normals in the world, (H, W, 3)."""
    return image.channels["normal"].astype(np.float64) @ image.world_from_camera[:3, :3].T


def _toward(image: CameraReading) -> F64Array:
    """Directions of the pixels in the world, (H, W, 3)."""
    return _rays(image.spec) @ image.world_from_camera[:3, :3].T


@lru_cache(maxsize=8)
def _rays(spec: CameraSpec) -> F64Array:
    return projection.rays(spec)


def _surface_k(scene: Scene, image: CameraReading) -> F32Array:
    channels, environment = image.channels, scene.environment
    material, shape = channels["material"].ravel(), channels["material"].shape
    light, up = insolation(environment), image.world_from_camera[2, :3]
    sun = light.sun @ image.world_from_camera[:3, :3]
    facing = channels["normal"].reshape(-1, 3) @ np.stack([up, sun], -1).astype(np.float32)
    absorbed, loss, store, own = (np.take(table, material) for table in _tables(scene))
    upward: F32Array = np.float32(0.5) * facing[:, 0] + np.float32(0.5)
    kelvin: F32Array = np.float32(light.direct) * np.maximum(facing[:, 1], np.float32(0.0))
    kelvin += light.diffuse * upward
    kelvin *= absorbed
    kelvin -= loss * (light.sky_loss * upward)
    kelvin += store * (light.exchange * light.day)
    kelvin *= light.kept / light.exchange if environment.interior is None else 0.0
    kelvin += own
    kelvin += environment.air_k - light.wet_k
    running = np.flatnonzero(np.take(_running(scene), channels["part"].ravel()))
    if running.size:
        part, place = channels["part"].ravel()[running], channels["position"].reshape(-1, 3)[running]
        kelvin[running] += _driven_k(scene)[material[running]] + _engine_k(scene, part, place)
    sky = np.flatnonzero(material < 0)
    toward = _rays(image.spec).reshape(-1, 3)[sky] @ up
    kelvin[sky] = temperature_of(sky_radiance(environment, np.maximum(toward, 0.0)))
    return kelvin.reshape(shape)


@lru_cache(maxsize=4)
def _tables(scene: Scene) -> tuple[F32Array, F32Array, F32Array, F32Array]:
    """By material: what it takes of the sun, loses to the sky and stores, and own heat of what rests. The last row is
    that of nothing."""
    matter = [MATTER[substance_of(m)] for m in scene.materials]
    columns = (
        [solar_absorptance(m) * x.response for m, x in zip(scene.materials, matter, strict=True)],
        [emissivity(m) * x.loss for m, x in zip(scene.materials, matter, strict=True)],
        [x.store_k for x in matter],
        [own_heat_k(m, scene.environment, False) for m in scene.materials],
    )
    absorbed, loss, store, own = (np.array([*column, 0.0], np.float32) for column in columns)
    return absorbed, loss, store, own


@lru_cache(maxsize=4)
def _driven_k(scene: Scene) -> F64Array:
    """By material: how much warmer it is on a vehicle in use."""
    heat = [[own_heat_k(m, scene.environment, on) for m in scene.materials] for on in (True, False)]
    return np.array([*(a - b for a, b in zip(*heat, strict=True)), 0.0])


@lru_cache(maxsize=4)
def _emissivities(scene: Scene) -> F64Array:
    """Of every material, and how smooth it is, (2, M + 1); the last column is that of nothing."""
    smooth = [max(0.0, 1.0 - m.roughness / _ROUGH) for m in scene.materials]
    return np.array([[*(emissivity(m) for m in scene.materials), 1.0], [*smooth, 0.0]])


@lru_cache(maxsize=4)
def _running(scene: Scene) -> Array:
    """Which parts belong to motor vehicles in use; the last one is that of nothing."""
    motors = {k for k, c in enumerate(CLASSES) if c.name in _MOTORS}
    found = [p.semantic in motors and scene.entities[p.entity].actor >= 0 for p in scene.parts]
    return np.array([*found, False], np.bool_)


@lru_cache(maxsize=4)
def _entity_from_mesh(scene: Scene) -> F64Array:
    """Of every part as its joints rest, (P, 4, 4)."""
    frames: list[F64Array] = []
    for link in scene.links:
        frames.append(
            link.parent_from_link if link.parent < 0 else tf.compose(frames[link.parent], link.parent_from_link)
        )
    identity = np.eye(4)
    placed = [tf.compose(frames[p.link] if p.link >= 0 else identity, p.frame_from_mesh) for p in scene.parts]
    return np.stack(placed)


def _engine_k(scene: Scene, part: Array, position: Array) -> F64Array:
    """What an engine adds to the body around it, (N,): a bell over the bonnet, and a small one at the exhaust."""
    place = tf.apply(_entity_from_mesh(scene)[part], position.astype(np.float64))
    size = np.array([scene.entities[p.entity].size_m for p in scene.parts])[part]
    along, across, up = (place / size).T
    bonnet = ((along - 0.4) / 0.1) ** 2 + (across / 0.35) ** 2 + ((up - 0.4) / 0.3) ** 2
    exhaust = ((place[:, 0] + 0.48 * size[:, 0]) / 0.15) ** 2 + ((place[:, 1] - 0.28 * size[:, 1]) / 0.12) ** 2
    exhaust += ((place[:, 2] - 0.3) / 0.1) ** 2
    return _BONNET_K * np.exp(-bonnet) + _EXHAUST_K * np.exp(-exhaust)
