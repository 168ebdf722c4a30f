"""What inertial units and GNSS receivers measure: from the simulated states of their carriers, without a renderer.

An accelerometer measures specific force, the acceleration of its mount less gravity: at rest it says +9.80665 m/s2
upwards. Accelerations are differences of the mount's velocity over the ticks before and after; between ticks everything
is interpolated. Noise model: D. Titterton and J. Weston, "Strapdown Inertial Navigation Technology", and IEEE Std 952:
white noise of density n has the deviation n * sqrt(rate) a sample, a bias that walks with k has k / sqrt(rate) a step.
All noise is drawn from streams by sensor and variant, sample after sample, so that longer runs begin with the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.datasets.signals import Signal
from simengine.engine.clock import Firings, tick_time_ns
from simengine.engine.trace import Trace
from simengine.geometry import transforms as tf
from simengine.geometry.geodesy import ecef_from_geodetic, enu_rotation, geodetic_from_ecef
from simengine.rng import stream
from simengine.sensors.faults import Fault
from simengine.sensors.signals import FIELDS, GnssSpec, ImuSpec, SignalSpec, kind_of

__all__ = ["GRAVITY_MPS2", "measure"]

GRAVITY_MPS2 = 9.80665
"""Standard gravity (CGPM 1901), straight down everywhere."""


def measure(spec: SignalSpec, trace: Trace, words: Sequence[str], firings: Firings, until_ns: int) -> Signal:
    """All samples of one sensor in one variant.

    Args:
        spec: the sensor.
        trace: what happened.
        words: what is recorded, of ``FIELDS``.
        firings: when it measures.
        until_ns: last time, of the run at most.
    """
    every = Firings(firings.rate_hz)
    numbers = np.arange(every.count(until_ns + 1), dtype=np.int64)
    times = np.array([every.time_ns(int(k)) for k in numbers], np.int64)
    mount = _Mount(spec, trace)
    true = mount.felt(times) if isinstance(spec, ImuSpec) else _fixes(spec, *mount.moved(times))
    errors = (
        _imu_errors(spec, trace, len(times)) if isinstance(spec, ImuSpec) else _gnss_errors(spec, trace, len(times))
    )
    sample = _reported(spec, trace, times, true, errors)
    columns: dict[str, Array] = {}
    for word, names in FIELDS[kind_of(spec)].items():
        if word in words:
            columns |= {name: sample.values[word][:, k] for k, name in enumerate(names)}
            columns |= {f"true_{name}": true[word][:, k] for k, name in enumerate(names)}
    recorded = np.array([firings.due(int(t)) for t in times], np.bool_)
    rows = {name: np.ascontiguousarray(v[recorded]) for name, v in columns.items()}
    faults = tuple(f for f, kept in zip(sample.fault, recorded.tolist(), strict=True) if kept)
    return Signal(spec, tuple(w for w in FIELDS[kind_of(spec)] if w in words), times[recorded], faults, rows)


class _Mount:
    """The way of a sensor's mount, at all ticks of a run and a little beyond."""

    def __init__(self, spec: SignalSpec, trace: Trace) -> None:
        states = trace.laid_states_of(spec.carrier)
        self._times = np.array([tick_time_ns(k, trace.rate_hz) for k in range(len(states))], np.float64)
        body = tf.matrix_from_pose(states[:, 0:3], states[:, 3:7])
        self.pose = tf.compose(body, spec.carrier_from_sensor)
        self.spin = np.ascontiguousarray(states[:, 10:13])
        self.velocity = states[:, 7:10] + np.cross(self.spin, self.pose[:, :3, 3] - states[:, 0:3])

    def _at(self, values: F64Array, times_ns: I64Array) -> F64Array:
        return np.stack([np.interp(times_ns, self._times, values[:, k]) for k in range(values.shape[1])], -1)

    def moved(self, times_ns: I64Array) -> tuple[F64Array, F64Array]:
        """Position and velocity in the world, (N, 3) each."""
        return self._at(self.pose[:, :3, 3], times_ns), self._at(self.velocity, times_ns)

    def felt(self, times_ns: I64Array) -> dict[str, F64Array]:
        """Specific force and angular velocity in the sensor's frame, (N, 3) each."""
        seconds = self._times / 1e9
        acceleration = np.gradient(self.velocity, seconds, axis=0) if len(seconds) > 1 else np.zeros_like(self.velocity)
        force = acceleration + np.array([0.0, 0.0, GRAVITY_MPS2])
        to_sensor = tf.inverse(self.pose)
        return {
            "acceleration": self._at(tf.rotate(to_sensor, force), times_ns),
            "gyro": self._at(tf.rotate(to_sensor, self.spin), times_ns),
        }


def _fixes(spec: GnssSpec, position_m: F64Array, velocity_mps: F64Array) -> dict[str, F64Array]:
    """Latitude, longitude (degrees), altitude and the velocity east, north, up of points of the world."""
    return {"position": _geodetic(spec, _enu(spec, position_m)), "velocity": _enu(spec, velocity_mps)}


def _enu(spec: GnssSpec, vector: F64Array) -> F64Array:
    """A vector of the world's axes in those of the tangent plane: east, north, up."""
    s, c = np.sin(spec.heading_rad), np.cos(spec.heading_rad)
    x, y, z = np.moveaxis(vector, -1, 0)
    return np.stack([x * s - y * c, x * c + y * s, z], -1)


def _geodetic(spec: GnssSpec, enu_m: F64Array) -> F64Array:
    origin = ecef_from_geodetic(spec.latitude_rad, spec.longitude_rad, spec.altitude_m)
    turn = enu_rotation(spec.latitude_rad, spec.longitude_rad)
    ecef = origin + (turn[None] * enu_m[:, None, :]).sum(-1)
    lat, lon, height = geodetic_from_ecef(ecef)
    return np.stack([np.degrees(lat), np.degrees(lon), height], -1)


class _Errors:
    """Errors of all samples by word: slow ones, and white ones that a fault can make larger; ``lost`` has no value."""

    def __init__(self, slow: Mapping[str, F64Array], white: Mapping[str, F64Array], lost: BoolArray) -> None:
        self.slow, self.white, self.lost = slow, white, lost


def _normals(trace: Trace, name: str, what: str, count: int) -> F64Array:
    return stream(trace.seed, "signal", name, what, trace.index).standard_normal((count, 3))


def _imu_errors(spec: ImuSpec, trace: Trace, count: int) -> _Errors:
    rate = spec.rate_hz
    slow: dict[str, F64Array] = {}
    white: dict[str, F64Array] = {}
    for word, density, walk in (
        ("acceleration", spec.noise_acceleration, spec.walk_acceleration), ("gyro", spec.noise_gyro, spec.walk_gyro),
    ):  # fmt: skip
        steps = _normals(trace, spec.name, f"walk {word}", count) * (walk / np.sqrt(rate))
        steps[:1] = 0.0  # the bias is 0 at the start
        slow[word] = np.cumsum(steps, axis=0)
        white[word] = _normals(trace, spec.name, f"noise {word}", count) * (density * np.sqrt(rate))
    return _Errors(slow, white, np.zeros(count, np.bool_))


def _gnss_errors(spec: GnssSpec, trace: Trace, count: int) -> _Errors:
    """Errors east, north and up in metres (and m/s)."""
    keep = np.exp(-1.0 / (spec.rate_hz * spec.drift_time_s))
    steps = _normals(trace, spec.name, "drift", count) * np.array([1.0, 1.0, 2.0]) * spec.drift_m
    drift = np.empty_like(steps)
    last = np.zeros(3)
    for k in range(count):  # the first one has the deviation of all others: the receiver has been on for long
        last = steps[k] if k == 0 else keep * last + np.sqrt(1.0 - keep * keep) * steps[k]
        drift[k] = last
    sigma = np.array([spec.noise_horizontal_m, spec.noise_horizontal_m, spec.noise_vertical_m])
    white = {
        "position": _normals(trace, spec.name, "noise position", count) * sigma,
        "velocity": _normals(trace, spec.name, "noise velocity", count) * spec.noise_velocity_mps,
    }
    lost = stream(trace.seed, "signal", spec.name, "dropout", trace.index).random(count) < spec.dropout
    return _Errors({"position": drift, "velocity": np.zeros_like(drift)}, white, lost)


class _Sample:
    """What is reported: values by word, and the fault that was in force, if any."""

    def __init__(self, values: dict[str, F64Array], fault: list[str | None]) -> None:
        self.values, self.fault = values, fault


def _reported(
    spec: SignalSpec, trace: Trace, times_ns: I64Array, true: Mapping[str, F64Array], errors: _Errors
) -> _Sample:  # fmt: skip
    """Truth, errors and faults together."""
    faults = [f for f in trace.faults if f.sensor == spec.name]
    gain, source = np.ones(len(times_ns)), np.arange(len(times_ns))
    lost = np.zeros(len(times_ns), np.bool_)
    words: list[str | None] = [None] * len(times_ns)
    for fault in faults:
        rows = np.flatnonzero((times_ns >= fault.start_ns) & (times_ns < fault.stop_ns))
        for k in rows.tolist():
            words[k] = fault.kind
        match fault.kind:
            case "blackout":
                lost[rows] = True
            case "drop":
                lost[rows] |= _chance(trace, fault, len(times_ns))[rows] < fault.settings["rate"]
            case "noise":
                gain[rows] = fault.settings["gain"]
            case "freeze":
                source[rows] = max(0, int(np.searchsorted(times_ns, fault.since_ns, "left")) - 1)
            case _:  # delay
                late = times_ns[rows] - round(fault.settings["delay"] * 1e9)
                source[rows] = np.maximum(np.searchsorted(times_ns, late, "right") - 1, 0)
    values: dict[str, F64Array] = {}
    for word in true:
        error = errors.slow[word] + errors.white[word] * gain[:, None]
        made = _shifted(spec, true[word], error) if word == "position" else true[word] + error
        made = made[source]
        made[lost | errors.lost[source]] = np.nan
        values[word] = made
    return _Sample(values, words)


def _shifted(spec: SignalSpec, position: F64Array, error_m: F64Array) -> F64Array:
    """Fixes that are so many metres off, east, north and up."""
    assert isinstance(spec, GnssSpec)
    lat, lon, height = np.radians(position[:, 0]), np.radians(position[:, 1]), position[:, 2]
    s, c, sl, cl = np.sin(lat), np.cos(lat), np.sin(lon), np.cos(lon)
    east, north, up = np.moveaxis(error_m, -1, 0)
    off = np.stack(
        [-sl * east - s * cl * north + c * cl * up, cl * east - s * sl * north + c * sl * up, c * north + s * up], -1
    )
    lat, lon, height = geodetic_from_ecef(ecef_from_geodetic(lat, lon, height) + off)
    return np.stack([np.degrees(lat), np.degrees(lon), height], -1)


def _chance(trace: Trace, fault: Fault, count: int) -> F64Array:
    return stream(trace.seed, "fault", fault.sensor, fault.kind, trace.index, fault.since_ns).random(count)
