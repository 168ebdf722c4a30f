"""What a radar hears of a scene: rays that stand for its beam, and what comes back from where they end.

A renderer traces the rays of ``beam`` and gives their hits to a ``Listener``; everything else is here, the same for
all. How surfaces scatter is in ``scattering``, what becomes of echoes in ``simengine.sensors.radar_detector``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.render.protocol import DETECTION_FIELDS, Instants, NoiseKey, RadarReading
from simengine.render.scattering import Facets
from simengine.sensors.attenuation import air_db_per_m
from simengine.sensors.mounting import world_from_sensor
from simengine.sensors.radar import RadarSpec
from simengine.sensors.radar_detector import Echoes, detect
from simengine.world.scene import Scene

__all__ = ["BeamHits", "Listener", "beam"]

_EDGE_RAD, _LOBE = 0.7, 0.6


@dataclass(frozen=True, eq=False)
class BeamHits:
    """Nearest hits of the rays of ``beam``, N of them.

    Attributes:
        range_m: (N,), any number where nothing was hit.
        part, face: (N,), part -1 where nothing was hit.
        uv: (N, 2), weights of the face's second and third corner.
    """

    range_m: Array
    part: Array
    face: Array
    uv: Array


def beam(spec: RadarSpec) -> tuple[F64Array, int, int]:
    """Directions (rows * columns, 3) of the rays in the radar's frame, row by row, and the size of the grid."""
    azimuth, elevation, _ = spec.ray_grid()
    up, across = np.meshgrid(elevation, azimuth, indexing="ij")
    level = np.cos(up)
    out = np.stack([level * np.cos(across), level * np.sin(across), np.sin(up)], -1)
    return out.reshape(-1, 3), len(elevation), len(azimuth)


class Listener:
    """Makes readings of radars in one scene from hits."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._facets = Facets(scene)
        self._entity: I64Array = np.array([p.entity for p in scene.parts], np.int64)
        self._semantic: I64Array = np.array([p.semantic for p in scene.parts], np.int64)

    def reading(self, spec: RadarSpec, instants: Instants, hits: BeamHits, noise: NoiseKey) -> RadarReading:
        """The detections of a scan."""
        pose, stop = (world_from_sensor(spec, self._scene, s) for s in (instants.start, instants.stop))
        found = detect(spec, self.echoes(spec, instants, hits), noise.seed, noise.variant, noise.frame)
        own = tf.rotate(tf.inverse(pose), (stop[:3, 3] - pose[:3, 3]) / _seconds(instants))
        return RadarReading(spec, instants.start.time_ns, pose, _fields(spec, found, own))

    def echoes(self, spec: RadarSpec, instants: Instants, hits: BeamHits) -> Echoes:
        """What comes back from each patch that a ray stands for, of those that hit anything in range."""
        scene, weather = self._scene, self._scene.environment
        directions, rows, columns = beam(spec)
        met = (hits.part >= 0) & (hits.range_m < spec.range_max_m + spec.range_resolution_m) & (hits.range_m > 0.0)
        hit = np.flatnonzero(met)
        r, part, face = hits.range_m[hit].astype(np.float64), hits.part[hit].astype(np.int64), hits.face[hit]
        pose, local = world_from_sensor(spec, scene, instants.start), directions[hit]
        world, begin = tf.rotate(pose, local), scene.part_transforms(instants.start)
        azimuth, elevation = np.arctan2(local[:, 1], local[:, 0]), np.arcsin(local[:, 2])
        solid = (spec.fov_rad / columns) * (spec.elevation_fov_rad / rows) * np.cos(elevation)
        normal = self._facets.normals(part, face, hits.uv[hit], begin)
        cosine = np.abs((normal * world).sum(-1))
        between = _between(normal, part, hit, (rows, columns), spec.ray_grid()[2])
        sigma = solid * r * r * self._facets.scattered(part, face, cosine, between)
        loss = air_db_per_m(weather.rain_mmph, weather.snow_mmph, weather.fog_visibility_m, spec.frequency_hz)
        snr = spec.gain * spec.pattern(azimuth, elevation) * sigma / r**4 * 10.0 ** (-0.2 * loss * r)
        speed = self._range_rates(spec, instants, part, pose[:3, 3] + world * r[:, None], world)
        return Echoes(r, local[:, 1], local[:, 2], speed, snr, self._entity[part], self._semantic[part])

    def _range_rates(
        self, spec: RadarSpec, instants: Instants, part: I64Array, points: F64Array, directions: F64Array
    ) -> F64Array:
        """Speeds along the rays of the points that were hit, each moving as its part does, less the radar's own."""
        scene, start, stop, seconds = self._scene, instants.start, instants.stop, _seconds(instants)
        before, after = (world_from_sensor(spec, scene, s)[:3, 3] for s in (start, stop))
        velocity = np.broadcast_to((before - after) / seconds, points.shape).copy()
        begin, end = scene.part_transforms(start), scene.part_transforms(stop)
        rows = np.flatnonzero((begin != end).any((1, 2))[part]) if len(begin) else np.zeros(0, np.int64)
        moved = tf.apply(end[part[rows]], tf.apply(tf.inverse(begin[part[rows]]), points[rows]))
        velocity[rows] += (moved - points[rows]) / seconds
        return (velocity * directions).sum(-1)


def _between(
    normal: F64Array, part: I64Array, hit: I64Array, grid: tuple[int, int], spacing_rad: float
) -> F64Array:  # fmt: skip
    """Variance of the angle of incidence between neighbouring rays: they turn, and so does a curved surface.

    Edges (over 40 degrees from ray to ray) are no curves. A ray stands for a step of the normal when its lobe is 0.6
    of that wide: sampled Gaussians then add up to 2 in 1,000.
    """
    whole = np.zeros((*grid, 3))
    owner = np.full(grid, -1, np.int64)
    whole.reshape(-1, 3)[hit], owner.reshape(-1)[hit] = normal, part
    steps: list[F64Array] = []
    for axis in (0, 1):
        turn = np.diff(whole, axis=axis)
        square = (turn * turn).sum(-1)
        same = (np.diff(owner, axis=axis) == 0) & (square < _EDGE_RAD**2)
        square = np.where(same, square, 0.0)
        pad = [(0, 0), (0, 0)]
        pad[axis] = (1, 1)
        both = np.pad(square, pad)
        steps.append(np.maximum(np.delete(both, 0, axis), np.delete(both, -1, axis)).reshape(-1)[hit])
    return spacing_rad**2 + _LOBE**2 * np.maximum(steps[0], steps[1])


def _seconds(instants: Instants) -> float:
    return (instants.stop.time_ns - instants.start.time_ns) / 1e9


def _fields(spec: RadarSpec, found: Mapping[str, Array], own_mps: F64Array) -> dict[str, Array]:
    """Detections as they are reported; ``own_mps`` is the radar's velocity in its own frame."""
    r, snr = found["range_m"], found["snr"]
    up = math.sin(0.5 * spec.elevation_fov_rad)
    u, w = found["u"], np.clip(found["w"], -up, up)
    ahead = np.sqrt(np.maximum(1.0 - u * u - w * w, 0.0))
    unit = np.stack([ahead, u, w], -1)
    azimuth, elevation = np.arctan2(u, ahead), np.arcsin(w)
    rcs = snr * r**4 / (spec.gain * spec.pattern(azimuth, elevation))
    values = {
        "xyz": unit * r[:, None], "range": r, "azimuth": azimuth, "elevation": elevation,
        "radial_speed": found["speed_mps"], "radial_speed_ground": found["speed_mps"] + (unit * own_mps).sum(-1),
        "rcs": 10.0 * np.log10(np.maximum(rcs, 1e-12)), "snr": 10.0 * np.log10(snr), "instance": found["entity"],
        "semantic": found["semantic"],
    }  # fmt: skip
    return {name: values[name].astype(text.split()[0]) for name, text in DETECTION_FIELDS.items()}
