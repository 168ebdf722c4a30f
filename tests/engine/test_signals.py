"""Inertial units and GNSS receivers: closed forms of motion, noise by its Allan deviation, geodesy, faults, files."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import simengine
from simengine.datasets import Dataset
from simengine.engine.catalogue import libraries
from simengine.engine.clock import Firings
from simengine.engine.requested import requested
from simengine.engine.signals import GRAVITY_MPS2, measure
from simengine.errors import DatasetError, ReadingError, SensorError, UsageError
from simengine.geometry.geodesy import ecef_from_geodetic, enu_rotation, geodetic_from_ecef
from simengine.language import parse_text
from simengine.sensors.signals import GnssSpec, ImuSpec

PLAIN = "noise.acceleration = 0\n        noise.gyro = 0\n        walk.acceleration = 0\n        walk.gyro = 0"
TEXT = """use driving
scenario t:
    world {world}
    car ego on lane(1) at s(10 m):
        speed = 36 km/h
    sensor imu on ego = imu({imu}):
        {noise}
    sensor gps on ego = gnss(drift = 0 m):
        origin.heading = 0 deg
        noise.horizontal = 0 m
        noise.vertical = 0 m
        noise.velocity = 0 m/s
        dropout = {dropout}
    stop after 3 s
    record imu: acceleration, gyro at 100 hz
    record gps: position, velocity at 5 hz
"""


def text_of(world: str = "street(length = 150 m)", imu: str = "", noise: str = PLAIN, dropout: str = "0") -> str:
    return TEXT.format(world=world, imu=imu, noise=noise, dropout=dropout)


def episode(body: str = "", **given: str) -> Any:
    text = text_of(**given)
    return next(iter(simengine.episodes(parse_text(text + body, libraries=libraries())[0], 1, seed=3)))


BRAKE = "    do:\n        wait 1 s\n        ego.stop(rate = 2 m/s2)\n"


def test_braking_and_gravity() -> None:
    """At constant speed an accelerometer feels gravity alone, upwards; braking by 2 m/s2 it feels -2 m/s2 forwards as
    well. Turned down by 30 deg, x and z of the sensor mix by sine and cosine."""
    level = episode(BRAKE).signals["imu"]
    assert np.allclose(level["acceleration"][:90], [0.0, 0.0, GRAVITY_MPS2], atol=1e-6)
    assert np.allclose(level["acceleration"][130:280], [-2.0, 0.0, GRAVITY_MPS2], atol=1e-6)
    turned = episode(BRAKE, imu="pitch = 30 deg").signals["imu"]
    sine, cosine = np.sin(np.radians(30.0)), np.cos(np.radians(30.0))
    expected = [-2.0 * cosine - GRAVITY_MPS2 * sine, 0.0, -2.0 * sine + GRAVITY_MPS2 * cosine]
    assert np.allclose(turned["acceleration"][130:280], expected, atol=1e-6)


def test_a_bend_presses_to_the_side() -> None:
    """On a circle of 60 m at 10 m/s the lateral acceleration is v^2 / r and the yaw rate v / r, within what a car that
    steers along a lane swings; the integral of the gyro is the change of heading of the simulated car."""
    made = episode(world="street(length = 150 m, radius = 60 m)")
    imu = made.signals["imu"]
    states = made.trace.states_of("ego")
    radius = 10.0 / imu["gyro"][100:, 2].mean()
    assert imu["acceleration"][100:, 1].mean() == pytest.approx(100.0 / radius, rel=0.03) and 50 < radius < 70
    yaw = np.unwrap(2.0 * np.arctan2(states[:, 6], states[:, 3]))
    assert np.trapezoid(imu["gyro"][:, 2], imu.time_ns / 1e9) == pytest.approx(yaw[-1] - yaw[0], abs=0.01)


def test_a_mount_ahead_of_the_middle_moves_with_the_turn() -> None:
    """Velocities of two mounts d apart differ by the yaw rate times d across (rigid bodies): read off two receivers."""
    text = text_of(world="street(length = 150 m, radius = 60 m)")
    head, tail = text.split("    sensor gps")[0], "    record imu: gyro at 5 hz\n"
    gnss = "    sensor {n} on ego = gnss(mount = ({x} m, 0 m, 0 m), drift = 0 m):\n        noise.velocity = 0 m/s\n"
    body = head + gnss.format(n="a", x=3) + gnss.format(n="b", x=0) + "    stop after 2 s\n"
    body += tail + "    record a: velocity at 5 hz\n    record b: velocity at 5 hz\n"
    made = next(iter(simengine.episodes(parse_text(body, libraries=libraries())[0], 1)))
    a, b, spin = (made.signals[n] for n in ("a", "b", "imu"))
    apart = np.linalg.norm(a["velocity"] - b["velocity"], axis=1)
    assert np.allclose(apart, 3.0 * np.abs(spin["gyro"][:, 2]), atol=1e-9) and apart.max() > 0.3


def allan(rates: np.ndarray, rate_hz: float, spans: np.ndarray) -> np.ndarray:
    """Overlapping Allan deviation (IEEE Std 952, annex C) from the integral of the rate."""
    angle = np.concatenate([[0.0], np.cumsum(rates)]) / rate_hz
    out = []
    for m in spans:
        second = angle[2 * m :] - 2.0 * angle[m:-m] + angle[: -2 * m]
        out.append(np.sqrt((second**2).mean() / (2.0 * (m / rate_hz) ** 2)))
    return np.array(out)


def still(seconds: float) -> Any:
    """The trace of a car that stands, for so long."""
    trace = episode("").trace
    count = round(seconds * trace.rate_hz)
    moved = np.repeat(trace.moved[:1], count + 2, axis=0)
    moved[..., 7:13] = 0.0
    return replace(trace, moved=moved, stop_tick=count, faults=())


def test_noise_has_the_allan_deviation_that_was_asked_for() -> None:
    """White noise of density n: n / sqrt(t), slope -1/2 and n at 1 s. A bias that walks with k: k sqrt(t / 3), slope
    +1/2. 400 s at 100 Hz; the estimates scatter by about sqrt(t / 400 s)."""
    trace = still(400.0)
    spans = np.array([10, 30, 100, 300])
    every = Firings(Fraction(100))
    white = ImuSpec("imu", "ego", np.eye(4), 100.0, 0.02, 0.003)
    sample = measure(white, trace, ("acceleration", "gyro"), every, 400_000_000_000)
    for word, density in (("acceleration", 0.02), ("gyro", 0.003)):
        error = sample[word] - sample[f"true_{word}"]
        for axis in range(3):
            deviation = allan(error[:, axis], 100.0, spans)
            assert np.allclose(deviation, density / np.sqrt(spans / 100.0), rtol=0.2)
            assert np.polyfit(np.log(spans), np.log(deviation), 1)[0] == pytest.approx(-0.5, abs=0.06)
        assert np.abs(np.corrcoef(error.T) - np.eye(3)).max() < 0.03
    walk = measure(ImuSpec("imu", "ego", np.eye(4), 100.0, 0, 0, 0, 0.01), trace, ("gyro",), every, 400_000_000_000)
    error = walk["gyro"] - walk["true_gyro"]
    spans = np.array([100, 300, 1000])
    mean = np.mean([allan(error[:, k], 100.0, spans) for k in range(3)], axis=0)
    assert np.allclose(mean, 0.01 * np.sqrt(spans / 100.0 / 3.0), rtol=0.25) and (error[0] == 0).all()


def test_geodesy_by_closed_forms() -> None:
    """Equator, pole, a meridian's radius of curvature; and there and back to a nanometre, up to 100 km."""
    assert np.allclose(ecef_from_geodetic(0.0, 0.0, 10.0), [6378147.0, 0.0, 0.0])
    assert np.allclose(ecef_from_geodetic(np.pi / 2, 0.3, 0.0), [0.0, 0.0, 6356752.314245], atol=1e-5)
    rng = np.random.default_rng(4)
    lat, lon = rng.uniform(-np.pi / 2, np.pi / 2, 2000), rng.uniform(-np.pi, np.pi, 2000)
    height = rng.uniform(-5e3, 1e5, 2000)
    back = geodetic_from_ecef(ecef_from_geodetic(lat, lon, height))
    assert np.abs(back[0] - lat).max() < 1e-15 * 6 and np.abs(back[2] - height).max() < 1e-8
    assert np.abs(np.angle(np.exp(1j * (back[1] - lon)))).max() < 1e-14
    step, at = 1e-5, 0.8
    along = ecef_from_geodetic(at + step, 0.2, 0.0) - ecef_from_geodetic(at - step, 0.2, 0.0)
    e2 = 0.00669437999014
    meridian = 6378137.0 * (1 - e2) / (1 - e2 * np.sin(at) ** 2) ** 1.5
    assert np.linalg.norm(along) / (2 * step) == pytest.approx(meridian, rel=1e-8)
    north = enu_rotation(at, 0.2)[:, 1]
    assert np.allclose(along / np.linalg.norm(along), north, atol=1e-9)


def test_a_drive_north_changes_latitude_by_its_way() -> None:
    """With x to the north 30 m of way at 10 m/s are 30 m / (M + h) of latitude, M the meridian's radius of curvature,
    and no longitude; the velocity is (0, 10, 0)."""
    gps = episode().signals["gps"]
    e2, lat, height = 0.00669437999014, np.radians(48.0), 500.0
    meridian = 6378137.0 * (1 - e2) / (1 - e2 * np.sin(lat) ** 2) ** 1.5 + height
    way = np.radians(gps["position"][-1, 0] - gps["position"][0, 0]) * meridian
    assert way == pytest.approx(30.0, abs=1e-3)
    assert np.abs(np.diff(gps["position"][:, 1])).max() < 1e-9
    assert np.allclose(gps["velocity"], [0.0, 10.0, 0.0], atol=1e-6)


def test_slow_errors_forget_at_their_time() -> None:
    """A Gauss-Markov error of 2 m and 5 s: deviation 2 m (4 m upwards), correlation exp(-1) after 5 s."""
    spec = GnssSpec("gps", "ego", np.eye(4), 2.0, drift_m=2.0, drift_time_s=5.0)
    sample = measure(spec, still(4000.0), ("position",), Firings(Fraction(2)), 4_000_000_000_000)
    metres = np.radians(sample["position"] - sample["true_position"])[:, :2] * 6.36e6
    assert np.allclose(metres.std(0), 2.0, rtol=0.15)
    assert (sample["position"] - sample["true_position"])[:, 2].std() == pytest.approx(4.0, rel=0.15)
    lag = [np.corrcoef(metres[:-10, k], metres[10:, k])[0, 1] for k in range(2)]
    assert np.mean(lag) == pytest.approx(np.exp(-1.0), abs=0.1)


def test_longer_runs_begin_with_the_same_and_sensors_differ() -> None:
    """Sample k depends on nothing after it; another sensor has another stream."""
    trace, every = still(20.0), Firings(Fraction(100))
    spec = ImuSpec("imu", "ego", np.eye(4), 100.0, 0.02, 0.003, 0.1, 0.1)
    short, long = (measure(spec, trace, ("gyro",), every, t) for t in (5_000_000_000, 20_000_000_000))
    assert np.array_equal(short["gyro"], long["gyro"][: len(short.time_ns)]) and len(short.time_ns) == 501
    other = measure(replace(spec, name="other"), trace, ("gyro",), every, 5_000_000_000)
    assert not np.array_equal(short["gyro"], other["gyro"])


def test_faults_and_dropouts() -> None:
    """Frozen samples repeat the last one before, late ones are those of then, lost ones NaN; truth knows of none."""
    body = """    do:
        wait 0.5 s
        imu.fault(freeze) for 0.2 s
        imu.fault(blackout) for 0.2 s
        imu.fault(delay, delay = 0.1 s) for 0.2 s
        imu.fault(drop, rate = 0.5) for 0.5 s
        imu.fault(noise, gain = 50) for 0.5 s
    when time > 0.1 s:
        ego.stop(rate = 3 m/s2)
"""
    brakes = body[body.index("    when") :]
    noisy, plain = (episode(b, noise="noise.gyro = 0.001") for b in (body, brakes))
    a, b = noisy.signals["imu"], plain.signals["imu"]
    start = next(k for k, f in enumerate(a.fault) if f == "freeze")
    assert (a["acceleration"][start : start + 20] == a["acceleration"][start - 1]).all()
    assert np.isnan(a["gyro"][start + 20 : start + 40]).all()
    late = slice(start + 42, start + 58)
    assert np.array_equal(a["gyro"][late], b["gyro"][start + 32 : start + 48])
    lost = np.isnan(a["gyro"][start + 60 : start + 110]).any(1).mean()
    assert 0.25 < lost < 0.75
    loud = a["gyro"][start + 112 : start + 155, :2].std() / b["gyro"][start + 112 : start + 155, :2].std()
    assert loud == pytest.approx(50.0, rel=0.05)
    for word in ("true_acceleration", "true_gyro"):
        assert np.array_equal(a[word], b[word])
    fixes = episode(dropout="50 %").signals["gps"]
    assert 2 < np.isnan(fixes["position"]).all(1).sum() < 14 and np.isfinite(fixes["true_position"]).all()


def test_to_disk_and_back(tmp_path: Path) -> None:
    """Tables come back bit for bit with NaN and faults; a run that records no images has no frames, and is whole."""
    text = text_of(dropout="40 %")
    text += "    do:\n        imu.fault(drop, rate = 0.5) for 1 s\n"
    (tmp_path / "t.scn").write_text(text)
    simengine.run(simengine.RunOptions(str(tmp_path / "t.scn"), tmp_path / "data", variants=2, seed=3))
    dataset = Dataset.open(tmp_path / "data")
    assert simengine.datasets.verify(dataset) == []
    live = list(simengine.episodes(simengine.load(str(tmp_path / "t.scn")), 2, seed=3))
    for a, b in zip(live, dataset.episodes, strict=True):
        assert len(b) == 0 and list(a.signals) == list(b.signals) == ["imu", "gps"]
        for name, one in a.signals.items():
            two = b.signals[name]
            assert one.fault == two.fault and np.array_equal(one.time_ns, two.time_ns) and one.kind == two.kind
            assert list(one) == list(two) and one.spec.rate_hz == two.spec.rate_hz
            assert np.array_equal(one.spec.carrier_from_sensor, two.spec.carrier_from_sensor)
            for word in one:
                assert np.array_equal(one[word], two[word], equal_nan=True)
    with pytest.raises(ReadingError, match="did you mean 'gyro'"):
        _ = live[0].signals["imu"]["gyros"]
    path = dataset.episodes[0].root / "signals.json"
    path.write_text(path.read_text().replace('"gyro"', '"spin"'))
    with pytest.raises(DatasetError, match="imu or a gnss"):
        _ = Dataset.open(tmp_path / "data").episodes[0].signals


def test_samples_that_were_changed_are_refused(tmp_path: Path) -> None:
    """Each change is one error that names the file: no list of sensors, one that leaves a sensor out, times that go
    back, a fault that no sensor has. Checksums cannot tell: whoever changes a file can make them anew."""
    (tmp_path / "t.scn").write_text(text_of())
    simengine.run(simengine.RunOptions(str(tmp_path / "t.scn"), tmp_path / "data", variants=1, seed=3))
    root = Dataset.open(tmp_path / "data").episodes[0].root
    samples, listed = root / "imu" / "samples.parquet", root / "signals.json"
    table, text = pq.read_table(samples), listed.read_text()

    def said() -> str:
        with pytest.raises(DatasetError) as error:
            _ = Dataset.open(tmp_path / "data").episodes[0].signals
        assert str(error.value) in " ".join(simengine.datasets.verify(tmp_path / "data"))
        return str(error.value)

    pq.write_table(table.take(list(range(table.num_rows))[::-1]), samples)
    assert "imu/samples.parquet" in said() and "'time_ns' should rise" in said()
    fault = table.schema.get_field_index("fault")
    pq.write_table(table.set_column(fault, "fault", pa.array(["nonsense"] * table.num_rows)), samples)
    assert "imu/samples.parquet" in said() and "one of blackout, freeze, drop, noise, delay, found" in said()
    pq.write_table(table, samples)
    listed.unlink()
    assert "signals.json' is missing" in said()
    kept = json.loads(text)
    del kept["gps"]
    listed.write_text(json.dumps(kept))
    assert "signals.json' should name the sensor" in said() and "gps" in said()


def test_wrong_numbers_are_refused() -> None:
    """Noise is not negative, a latitude ends at the pole."""
    with pytest.raises(SensorError, match="noise_gyro"):
        ImuSpec("imu", "ego", np.eye(4), 100.0, 0.0, -1.0)
    with pytest.raises(SensorError, match="latitude"):
        GnssSpec("gps", "ego", np.eye(4), 5.0, latitude_rad=2.0)
    program = parse_text(text_of(), libraries=libraries())[0]
    with pytest.raises(UsageError, match="records nothing"):
        requested(program, None)
