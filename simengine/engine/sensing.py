"""Sensors of a variant: from the definitions of the program to frozen specifications."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.engine.clock import record_rate
from simengine.engine.variants import Variants
from simengine.errors import NotRunnableError, SensorError
from simengine.geometry import transforms as tf
from simengine.language.program import Program, SensorDecl
from simengine.language.scenario import Scenario
from simengine.language.supports import constant
from simengine.sensors.beams import DEFAULT_COLUMNS, beam_table, uniform_beams
from simengine.sensors.mounting import mounting_turn
from simengine.sensors.specs import BODY_FROM_OPTICAL, DISTORTION, CameraSpec, LidarSpec, SensorSpec
from simengine.sensors.vocabulary import default
from simengine.world.scene import Scene

__all__ = [
    "carrier_slots", "placed_specs", "sensor_specs",
]  # fmt: skip

_ROOF_M = 0.2
_APART_M = 1.0
"""A sensor so far outside its carrier's box looks at it from outside: a chase camera."""


def _period_ns(program: Program, sensor: str) -> int:
    rate = record_rate(program, sensor)
    return 1_000_000_000 * rate.denominator // rate.numerator


def carrier_slots(variants: Variants, sensor: SensorDecl) -> int:
    """Slot of the entity that carries a sensor.

    Raises:
        NotRunnableError: the carrier is an element of an array that is chosen by an expression.
    """
    return [slot.name for slot in variants.roster.slots].index(_carrier(sensor))


def placed_specs(variants: Variants, sensor: SensorDecl) -> list[SensorSpec]:
    """A sensor in every variant, with ``entity`` -1 (the scene's instance ids are not needed for sight lines)."""
    slot = carrier_slots(variants, sensor)
    sizes = [(float(s[0]), float(s[1]), float(s[2])) for s in variants.size_m[:, slot]]
    return [
        _spec(variants.program, sensor, variants.properties(sensor.name, row, None), size)
        for row, size in enumerate(sizes)
    ]


def sensor_specs(program: Program, scenario: Scenario, scene: Scene) -> tuple[SensorSpec, ...]:
    """All sensors of one variant, mounted on the entities of its scene.

    Args:
        program: the checked program.
        scenario: the drawn values.
        scene: as :func:`simengine.engine.cast.build_scene` makes it.

    Raises:
        NotRunnableError: a kind of sensor that checks and does not run yet, or a carrier that is not always the same.
        SensorError: parameters that make no sensor.
    """
    ids = {entity.name: k for k, entity in enumerate(scene.entities)}
    out: list[SensorSpec] = []
    for sensor in program.sensors:
        entity = ids[_carrier(sensor)]
        start = f"{sensor.name}."
        values = {p.removeprefix(start): v for p, v in scenario.values.items() if p.startswith(start)}
        out.append(replace(_spec(program, sensor, values, scene.entities[entity].size_m), entity=entity))
    return tuple(out)


def _carrier(sensor: SensorDecl) -> str:
    """Name of the entity or element that carries a sensor: "ego", "parked[1]"."""
    carrier = sensor.carrier
    if carrier.index is None:
        return carrier.name
    index = constant(carrier.index)
    if index is None:
        raise NotRunnableError(
            f"{sensor.span.where}: sensor '{sensor.name}' is carried by an element that is not always the same; "
            "name one by its number"
        )
    return f"{carrier.name}[{round(index)}]"


def _spec(
    program: Program, sensor: SensorDecl, values: Mapping[str, Any], size_m: tuple[float, float, float]
) -> SensorSpec:
    period_ns = _period_ns(program, sensor.name)
    if sensor.kind == "camera":
        camera = _camera(sensor.name, values, size_m, period_ns)
        return replace(camera, sees_carrier=_apart(camera.entity_from_camera, size_m))
    if sensor.kind == "lidar":
        lidar = _lidar(sensor.name, values, size_m, period_ns)
        return replace(lidar, sees_carrier=_apart(lidar.entity_from_lidar, size_m))
    raise NotRunnableError(f"{sensor.span.where}: a {sensor.kind} checks and does not run in this version")


def _apart(mount: F64Array, size_m: tuple[float, float, float]) -> bool:
    """Whether a sensor is mounted outside its carrier: 1 m or more from its box, which stands on the ground."""
    size = np.array(size_m)
    beyond = np.maximum(np.abs(mount[:3, 3] - (0.0, 0.0, 0.5 * size_m[2])) - 0.5 * size, 0.0)
    return float(np.sqrt((beyond * beyond).sum())) >= _APART_M


def _mount(values: Mapping[str, Any], default_m: tuple[float, float, float]) -> F64Array:
    """carrier_from_body: yaw to the left, then pitch down, then roll about the viewing direction."""
    yaw, pitch, roll = (float(values.get(prop, 0.0)) for prop in ("yaw", "pitch", "roll"))
    return tf.compose(tf.translation(values.get("mount") or default_m), mounting_turn(yaw, pitch, roll))


def _whole(sensor: str, prop: str, value: Any) -> int:
    number = float(value)
    if number != math.floor(number):
        raise SensorError(
            f"'{prop}' of the sensor '{sensor}' takes whole numbers, found {number:g}; round it, for example with "
            "floor(...)"
        )
    return int(number)


def _camera(name: str, values: Mapping[str, Any], size_m: tuple[float, float, float], period_ns: int) -> CameraSpec:
    length, _, height = size_m
    width_px, height_px = (_whole(name, "size", v) for v in values.get("size", default("camera", "size")))
    ahead = math.cos(float(values.get("yaw", 0.0))) > -1e-9  # else it looks back, and past its carrier's own body
    place = (0.25 * length, 0.0, 0.85 * height) if ahead else (-0.5 * length, 0.0, 0.6 * height)
    mount = tf.compose(_mount(values, place), BODY_FROM_OPTICAL)
    spec = CameraSpec.from_fov(
        name, -1, (0.0, 0.0, 0.0), (width_px, height_px), float(values.get("fov", default("camera", "fov")))
    )
    return replace(
        spec,
        entity_from_camera=frozen(mount, np.float64),
        distortion=tuple(float(values.get(f"distortion.{k}", 0.0)) for k in DISTORTION),
        period_ns=period_ns,
        exposure_auto=values.get("exposure", "auto") == "auto",
        exposure_ev=float(values.get("exposure_ev", 0.0)),
        droplets=float(values.get("lens.droplets", 0.0)),
    )


def _lidar(name: str, values: Mapping[str, Any], size_m: tuple[float, float, float], period_ns: int) -> LidarSpec:
    model = values.get("model")
    beams = beam_table(str(model)) if model else uniform_beams(_whole(name, "channels", values.get("channels", 64.0)))
    columns = _whole(name, "columns", values.get("columns", beams.columns if model else DEFAULT_COLUMNS))
    range_m = float(values.get("range", 120.0))
    range_min_m = float(values.get("range_min", 0.5))
    if range_min_m >= range_m:
        raise SensorError(f"LiDAR '{name}': range_min must be below range, got {range_min_m:g} m and {range_m:g} m")
    return LidarSpec(
        name, -1, frozen(_mount(values, (0.0, 0.0, size_m[2] + _ROOF_M)), np.float64), beams.name,
        beams.elevation_rad, beams.azimuth_offset_rad, beams.firing_offset_ns, columns, period_ns,
        range_min_m=range_min_m, range_max_m=range_m, reference_range_m=0.5 * range_m,
    )  # fmt: skip
