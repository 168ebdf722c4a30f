"""Sensors of a variant: from the definitions of the program to frozen specifications."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.arrays import F64Array, I64Array, frozen
from simengine.engine.clock import record_rate
from simengine.engine.variants import Variants
from simengine.engine.weather_log import WeatherChange
from simengine.errors import NotRunnableError, SensorError, an
from simengine.geometry import transforms as tf
from simengine.language.evaluate import INDEX_BASE
from simengine.language.program import Program, SensorDecl
from simengine.language.scenario import Scenario
from simengine.language.supports import constant
from simengine.sensors.beams import DEFAULT_COLUMNS, beam_table, uniform_beams
from simengine.sensors.equipment import equipment
from simengine.sensors.lenses import LENSES, WHOLE_RAD, complete, refuse_view
from simengine.sensors.mounting import mounting_turn
from simengine.sensors.signals import FIELDS, GnssSpec, ImuSpec, SignalSpec
from simengine.sensors.specs import (
    BODY_FROM_OPTICAL,
    CameraSpec,
    LidarSpec,
    RadarSpec,
    SensorSpec,
    mount_of,
    mounted,
)
from simengine.sensors.tuning import Tuning
from simengine.sensors.vocabulary import SENSOR_KINDS, default
from simengine.world.bodies import ArmChain
from simengine.world.scene import Scene

__all__ = [
    "carrier_slots", "placed_specs", "sensor_specs", "signal_specs", "tunings_of",
]  # fmt: skip

_IMU = {f"{a}.{b}": f"{a}_{b}" for a in ("noise", "walk") for b in ("acceleration", "gyro")}
_GNSS = {
    "origin.latitude": "latitude_rad", "origin.longitude": "longitude_rad", "origin.altitude": "altitude_m",
    "origin.heading": "heading_rad", "noise.horizontal": "noise_horizontal_m", "noise.vertical": "noise_vertical_m",
    "noise.velocity": "noise_velocity_mps", "drift": "drift_m", "drift_time": "drift_time_s", "dropout": "dropout",
}  # fmt: skip
"""Properties of the language, and what they are called in specifications."""
_RADAR = {
    "range": "range_max_m", "range_min": "range_min_m", "fov": "fov_rad", "elevation_fov": "elevation_fov_rad",
    "resolution.range": "range_resolution_m", "resolution.azimuth": "azimuth_resolution_rad",
    "resolution.elevation": "elevation_resolution_rad", "resolution.speed": "speed_resolution_mps",
    "speed_max": "speed_max_mps", "frequency": "frequency_hz", "power": "power_dbm", "noise_figure": "noise_figure_db",
    "losses": "losses_db", "false_alarm": "false_alarm",
}  # fmt: skip
_Points = Mapping[str, tuple[float, float, float]]
"""Named points of a carrier, in its frame."""
_ROOF_M = 0.2
_BUMPER_M = 0.5
_APART_M = 1.0
"""A sensor so far outside its carrier's box looks at it from outside: a chase camera."""


def _period_ns(program: Program, sensor: str) -> int:
    rate = record_rate(program, sensor)
    return 1_000_000_000 * rate.denominator // rate.numerator


def carrier_slots(variants: Variants, sensor: SensorDecl) -> I64Array:
    """Slots of the entity that carries a sensor, one a variant, (B,)."""
    if sensor.on is None:
        slot = [slot.name for slot in variants.roster.slots].index(_carrier(sensor, {}))
        return np.full(variants.count, slot, np.int64)
    members = variants.roster.members(sensor.carrier.name)
    number = np.broadcast_to(np.asarray(variants.values[sensor.on], np.float64), (variants.count,))
    at = np.rint(np.where(np.isfinite(number), number, 1.0)).astype(np.int64) - INDEX_BASE
    return members.start + np.clip(at, 0, len(members) - 1)


def placed_specs(variants: Variants, sensor: SensorDecl) -> list[SensorSpec]:
    """A sensor in every variant, with ``entity`` -1 (the scene's instance ids are not needed for sight lines)."""
    slots = carrier_slots(variants, sensor)
    sizes = [(float(s[0]), float(s[1]), float(s[2])) for s in variants.size_m[np.arange(variants.count), slots]]
    chains: list[ArmChain | None] = [None] * len(sizes)
    owners: list[int] = slots.tolist()
    points: list[_Points] = []
    for row, slot in enumerate(owners):
        carrier = variants.roster.slots[slot]
        points.append(carrier.kind.points.get(variants.models[row][slot], {}))
        if carrier.kind.chain is not None:
            chains[row] = carrier.kind.chain("", variants.properties(carrier.decl.name, row, carrier.element))
    return [
        _spec(
            variants.program, sensor, _at_point(sensor, variants.properties(sensor.name, row, None), named), size, chain
        )
        for row, (size, chain, named) in enumerate(zip(sizes, chains, points, strict=True))
    ]


def sensor_specs(program: Program, scenario: Scenario, scene: Scene) -> tuple[SensorSpec, ...]:
    """All sensors of one variant, mounted on the entities of its scene.

    Args:
        program: the checked program.
        scenario: the drawn values.
        scene: as :func:`simengine.engine.cast.build_scene` makes it.

    Raises:
        NotRunnableError: a kind of sensor that checks and does not run yet.
        SensorError: parameters that make no sensor.
    """
    ids = {entity.name: k for k, entity in enumerate(scene.entities)}
    out: list[SensorSpec] = []
    for sensor in program.sensors:
        if sensor.kind in FIELDS:
            continue
        entity = ids[_carrier(sensor, scenario.values)]
        start = f"{sensor.name}."
        values = {p.removeprefix(start): v for p, v in scenario.values.items() if p.startswith(start)}
        on = scene.entities[entity]
        values = _at_point(sensor, values, dict(on.points))
        out.append(replace(_spec(program, sensor, values, on.size_m, on.chain), entity=entity))
    return tuple(out)


def signal_specs(program: Program, scenario: Scenario, scene: Scene) -> tuple[SignalSpec, ...]:
    """All inertial units and GNSS receivers of one variant."""
    sizes = {entity.name: entity.size_m for entity in scene.entities}
    points = {entity.name: dict(entity.points) for entity in scene.entities}
    out: list[SignalSpec] = []
    for sensor in program.sensors:
        if sensor.kind not in FIELDS:
            continue
        start, carrier = f"{sensor.name}.", _carrier(sensor, scenario.values)
        given = {p.removeprefix(start): v for p, v in scenario.values.items() if p.startswith(start)}
        given = _at_point(sensor, given, points[carrier])
        height = sizes[carrier][2]
        place = (0.0, 0.0, 0.4 * height if sensor.kind == "imu" else height)
        mount, rate = frozen(_mount(given, place), np.float64), float(record_rate(program, sensor.name))
        called = _IMU if sensor.kind == "imu" else _GNSS
        values: dict[str, Any] = {ours: given.get(word, default(sensor.kind, word)) for word, ours in called.items()}
        numbers = {name: float(value) for name, value in values.items()}
        made = ImuSpec if sensor.kind == "imu" else GnssSpec
        out.append(made(sensor.name, carrier, mount, rate, **numbers))
    return tuple(out)


def tunings_of(program: Program, changes: Sequence[WeatherChange]) -> tuple[Tuning, ...]:
    """Properties of sensors by the times from which they have them, in the order of the program and of time."""
    out: list[Tuning] = []
    for sensor in program.sensors:
        choices = {p.name: p.type.choices for p in SENSOR_KINDS[sensor.kind].properties if p.type.kind == "enum"}
        now: dict[str, float | str] = {}
        for change in changes:
            owner, _, prop = change.name.partition(".")
            if owner == sensor.name:
                now[prop] = choices[prop][round(change.value)] if prop in choices else change.value
                out = [t for t in out if (t.sensor, t.since_ns) != (owner, change.time_ns)]
                out.append(Tuning(owner, change.time_ns, dict(now)))
    return tuple(out)


def _at_point(sensor: SensorDecl, values: Mapping[str, Any], points: _Points) -> Mapping[str, Any]:
    """The values of a sensor, its mount counted from its carrier, not from the named point that it sits on.

    Raises:
        SensorError: a model of the carrier has no such point.
    """
    if not sensor.point or sensor.point == "tool":
        return values
    if sensor.point not in points:
        has = ", ".join(points) or "none"
        raise SensorError(
            f"sensor '{sensor.name}' sits on '{sensor.carrier.name}.{sensor.point}', which this model of "
            f"'{sensor.carrier.name}' has not; its points: {has}. Set 'mount = (x, y, z)' instead"
        )
    x, y, z = values.get("mount") or (0.0, 0.0, 0.0)
    px, py, pz = points[sensor.point]
    return {**values, "mount": (px + float(x), py + float(y), pz + float(z))}


def _carrier(sensor: SensorDecl, values: Mapping[str, Any]) -> str:
    """Name of the entity or element that carries a sensor: "ego", "parked[1]"."""
    carrier = sensor.carrier
    if carrier.index is None:
        return carrier.name
    index = constant(carrier.index) if sensor.on is None else float(values[sensor.on])
    return f"{carrier.name}[{round(index or 0.0)}]"


def _spec(
    program: Program, sensor: SensorDecl, values: Mapping[str, Any], size_m: tuple[float, float, float],
    chain: ArmChain | None,
) -> SensorSpec:  # fmt: skip
    period_ns = _period_ns(program, sensor.name)
    if sensor.kind in ("camera", "stereo"):
        baseline = float(values.get("baseline", default("stereo", "baseline"))) if sensor.kind == "stereo" else 0.0
        if chain is not None and sensor.point:  # a pair has its middle there
            values = {**values, "mount": values.get("mount") or (0.0, 0.5 * baseline, 0.0)}
        camera = replace(_camera(sensor.name, values, size_m, period_ns), baseline_m=baseline)
        if chain is None:
            return replace(camera, sees_carrier=_apart(camera.entity_from_camera, size_m))
        mount, link = _on_arm(sensor.point, chain, camera.entity_from_camera)
        return replace(camera, entity_from_camera=mount, link=link, sees_carrier=True)
    scanner = {"lidar": _lidar, "radar": _radar}.get(sensor.kind)
    if scanner is not None:
        if chain is not None and sensor.point:
            values = {**values, "mount": values.get("mount") or (0.0, 0.0, 0.0)}
        made = scanner(sensor.name, values, size_m, period_ns)
        if chain is None:
            return replace(made, sees_carrier=_apart(mount_of(made), size_m))
        mount, link = _on_arm(sensor.point, chain, mount_of(made))
        return replace(mounted(made, mount), link=link, sees_carrier=True)
    raise NotRunnableError(f"{sensor.span.where}: {an(sensor.kind)} checks and does not run in this version")


def _on_arm(point: str, chain: ArmChain, mount: F64Array) -> tuple[F64Array, str]:
    """A mount on an arm's tool, or on its foot, and the link that carries it: arms see themselves."""
    if not point:
        return mount, ""
    return frozen(tf.compose(chain.link_from_mount, mount), np.float64), chain.joints[-1].name


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
    spec = _through_lens(name, (width_px, height_px), values)
    return replace(
        spec,
        entity_from_camera=frozen(mount, np.float64),
        period_ns=period_ns,
        exposure_auto=values.get("exposure", "auto") == "auto",
        exposure_ev=float(values.get("exposure_ev", 0.0)),
        droplets=float(values.get("lens.droplets", 0.0)),
        readout_ns=round(float(values.get("rolling_shutter", 0.0)) * 1e9),
        readout=str(values.get("rolling_shutter.direction", "down")),
        **equipment(values),
    )


def _through_lens(name: str, size_px: tuple[int, int], values: Mapping[str, Any]) -> CameraSpec:
    """A camera of a size with the lens and the view that it is given."""
    lens, width_m = str(values.get("lens", "pinhole")), values.get("lens.width")
    options: dict[str, Any] = {
        "distortion": _distortion(name, lens, values), "circle_rad": float(values.get("lens.circle") or WHOLE_RAD),
    }  # fmt: skip
    usual = default("camera", "fov")
    fov_rad = float(values.get("fov", usual))
    refuse_view(name, lens, fov_rad != usual, width_m is not None)
    if width_m is not None:
        return CameraSpec.from_width(name, -1, (0.0, 0.0, 0.0), size_px, float(width_m), **options)
    return CameraSpec.from_fov(name, -1, (0.0, 0.0, 0.0), size_px, fov_rad, lens=lens, **options)


def _distortion(name: str, lens: str, values: Mapping[str, Any]) -> tuple[float, ...]:
    """The coefficients of a lens; others must not be set."""
    given = {w.removeprefix("distortion."): v for w, v in values.items() if w.startswith("distortion.")}
    given = {k: float(v) for k, v in given.items() if v is not None}
    strange = [k for k, v in given.items() if v and k not in LENSES[lens]]
    if strange:
        takes = ", ".join(LENSES[lens]) or "none"
        raise SensorError(f"camera '{name}': a lens '{lens}' has no coefficient '{strange[0]}'; it takes {takes}")
    return complete(lens, given)


def _radar(name: str, values: Mapping[str, Any], size_m: tuple[float, float, float], period_ns: int) -> RadarSpec:
    length, width, height = size_m
    turn = float(values.get("yaw", 0.0))
    ahead, left = math.cos(turn), math.sin(turn)  # behind the bumper that it looks out of
    reach = min(0.5 * length / max(abs(ahead), 1e-9), 0.5 * width / max(abs(left), 1e-9))
    place = (reach * ahead, reach * left, min(_BUMPER_M, 0.5 * height))
    numbers: dict[str, Any] = {our: float(values.get(word, default("radar", word))) for word, our in _RADAR.items()}
    return RadarSpec(
        name, -1, frozen(_mount(values, place), np.float64), period_ns, **numbers,
        fluctuates=values.get("fluctuation", "swerling1") == "swerling1",
    )  # fmt: skip


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
        band=str(values.get("band", default("lidar", "band"))),
    )  # fmt: skip
