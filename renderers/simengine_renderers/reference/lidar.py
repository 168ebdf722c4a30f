"""The LiDAR's firings and its link budget, ray by ray."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.sensors.specs import LidarSpec
from simengine.world.scene import Scene
from simengine.world.wetness import damp, film_depth, open_sky, wet_shares, wetness_at
from simengine_renderers.reference.snow import snow_on
from simengine_renderers.reference.tracing import Hits

__all__ = ["FiringTable", "firing_table", "points"]


@dataclass(frozen=True, eq=False)
class FiringTable:
    """All shots of a revolution, column by column, ring by ring within a column. N = columns * channels.

    Attributes:
        ring, column: (N,).
        time_offset_ns: (N,), after the start of the scan.
        fraction: (N,), the same as a share of the period.
        directions: (N, 3), unit, in the LiDAR frame at the shot's own time.
    """

    ring: I64Array
    column: I64Array
    time_offset_ns: I64Array
    fraction: F64Array
    directions: F64Array


def firing_table(spec: LidarSpec) -> FiringTable:
    """When and where each shot goes: azimuth -pi + 2 pi column / columns + the beam's own offset."""
    column, ring = (a.reshape(-1) for a in np.mgrid[0 : spec.columns, 0 : spec.channels])
    time = (column * spec.period_ns) // spec.columns + spec.firing_offset_ns[ring]
    azimuth = -np.pi + 2.0 * np.pi * column / spec.columns + spec.azimuth_offset_rad[ring]
    elevation = spec.elevation_rad[ring]
    level = np.cos(elevation)
    directions = np.stack([level * np.cos(azimuth), level * np.sin(azimuth), np.sin(elevation)], -1)
    return FiringTable(ring, column, time, time / spec.period_ns, directions)


def points(
    spec: LidarSpec,
    scene: Scene,
    table: FiringTable,
    hits: Hits,
    cosine: F64Array,
    up: F64Array,
    ids: dict[str, Array],
    sensor_start: F64Array,
    sensor: F64Array,
) -> dict[str, Array]:
    """The detected returns as ``POINT_FIELDS``.

    Link budget of an extended Lambertian target: P = C rho cos(theta) exp(-2 alpha R) / R^2. C follows from the data
    sheet: a target of ``reference_reflectance``, met head on, is just detected at ``reference_range_m`` in clear air.
    A retroreflector returns ``retro`` times as much again. A shot is detected where P reaches the threshold; its
    intensity is P R^2 / C in percent: the air's loss is in it, for the sensor does not know it.
    Wet ground sends back less (``simengine.world.wetness``); what lies under snow sends back what snow does.

    Args:
        spec, scene, table: the sensor, the scene and the shots.
        hits: nearest hits of the N shots.
        cosine: (N,), of the angle of incidence, >= 0.
        up: (N,), upward components of the normals, towards the sensor.
        ids: channels of the hits.
        sensor_start: (4, 4), world_from_lidar at the start of the scan.
        sensor: (N, 4, 4), world_from_lidar at each shot.
    """
    nir = np.array([m.nir for m in scene.materials] or [0.0])[ids["material"]]
    retro = np.array([m.retro for m in scene.materials] or [0.0])[ids["material"]]
    r = np.where(np.isfinite(hits.range_m), hits.range_m, 1.0)
    place = tf.apply(sensor, table.directions * r[:, None])
    patterns = np.array([int(m.pattern) for m in scene.materials] or [0])[ids["material"]]
    wetness = wetness_at(scene, sensor_start[:3, 3])
    under = damp(wetness, patterns, np.where(hits.part >= 0, up, 0.0), place[:, 0], place[:, 1])
    under = under * open_sky(scene, place) if wetness > 0.0 else under
    lying = snow_on(scene, hits.part, ids["material"], place, up)
    white, bright = lying.share, lying.tone * (scene.materials[scene.fallen.material].nir if scene.fallen else 0.0)
    matt, beads = wet_shares(under * (1.0 - white), cosine, nir, film_depth(spec.band))
    sent = nir * (matt + retro * beads)
    echo = (sent + white * (bright - sent)) * cosine * np.exp(-2.0 * scene.environment.extinction_per_m() * r)
    snr = (echo / (r * r)) / (spec.reference_reflectance / spec.reference_range_m**2)
    kept = (hits.part >= 0) & (r >= spec.range_min_m) & (r <= spec.range_max_m) & (snr >= 1.0)
    xyz = table.directions * r[:, None]
    deskewed = tf.apply(tf.inverse(sensor_start), tf.apply(sensor, xyz))
    fields: dict[str, tuple[Array, type]] = {
        "xyz": (xyz, np.float32),
        "xyz_deskewed": (deskewed, np.float32),
        "range": (r, np.float32),
        "intensity": (np.minimum(100.0 * echo, 255.0), np.float32),
        "ring": (table.ring, np.int32),
        "column": (table.column, np.int32),
        "time_offset_ns": (table.time_offset_ns, np.int32),
        "instance": (ids["instance"], np.int32),
        "semantic": (ids["semantic"], np.int32),
    }
    return {name: values[kept].astype(dtype) for name, (values, dtype) in fields.items()}
