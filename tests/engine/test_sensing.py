"""Sensors of a variant, and the base tick. The test car is 4 x 2 x 1.5 m."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.cast import build_scene
from simengine.engine.sensing import base_rate_hz, sensor_specs, tick_time_ns
from simengine.errors import NotRunnableError, SensorError, UsageError
from simengine.sensors.beams import beam_table
from simengine.sensors.specs import CameraSpec, LidarSpec
from tests.engine.worlds import LIBRARIES, draw, read

EGO = "car ego on lane(1) at s(20 m)\n"


def specs(body):
    program = read(EGO + body)
    scenario = draw(program).scenario(0)
    scene = build_scene(program, scenario, LIBRARIES, 0)
    return scene, sensor_specs(program, scenario, scene)


@pytest.mark.parametrize(
    ("rates", "base"),
    [((10,), 100), ((10, 20), 100), ((30,), 120), ((10, 30), 120), ((7,), 105), ((12.5,), 100), ((25, 40), 200),
     ((120,), 120), ((11, 13), 143), ((400,), 400)],
)  # fmt: skip
def test_base_rate_is_the_smallest_common_multiple_from_100_hz(rates, base):
    """By hand: lcm(10, 30) = 30, times 4 is 120; 12.5 hz fires every 8th tick of 100; lcm(25, 40) = 200."""
    body = "".join(f"sensor c{k} on ego = camera()\nrecord c{k}: rgb at {rate} hz\n" for k, rate in enumerate(rates))
    program = read(EGO + body)
    assert base_rate_hz(program) == base
    for rate in rates:
        assert base / rate == int(base / rate)


def test_base_rate_above_1000_hz_is_refused():
    """lcm(97, 89) = 8633 hz."""
    body = "".join(f"sensor c{r} on ego = camera()\nrecord c{r}: rgb at {r} hz\n" for r in (97, 89))
    with pytest.raises(UsageError, match="8633 hz"):
        base_rate_hz(read(EGO + body))


def test_tick_times_are_exact_integers():
    """Tick 120 of 120 hz is exactly one second; tick 1 is rounded down to whole nanoseconds."""
    assert tick_time_ns(120, 120) == 1_000_000_000
    assert tick_time_ns(1, 120) == 8_333_333
    assert tick_time_ns(7_200_000, 120) == 60_000 * 1_000_000_000


def test_camera_from_its_definitions():
    """90 deg horizontally over 800 px: f = 400 px. Mounted at (1, 0.5, 1.2), it looks along +x: the optical axis (0, 0,
    1) is (1, 0, 0) of the car, image right (1, 0, 0) is -y, image down (0, 1, 0) is -z."""
    scene, (camera,) = specs(
        "sensor front on ego = camera(size = (800, 600), fov = 90 deg, mount = (1 m, 0.5 m, 1.2 m)):\n"
        "    exposure = fixed\n    exposure_ev = -2\n    lens.droplets = 0.2\n    distortion.k1 = -0.1\n"
        "record front: rgb at 20 hz\n"
    )
    assert isinstance(camera, CameraSpec)
    assert camera.fx_px == pytest.approx(400.0)
    assert (camera.cx_px, camera.cy_px, camera.width_px, camera.height_px) == (400.0, 300.0, 800, 600)
    assert scene.entities[camera.entity].name == "ego"
    expected = np.array([[0, 0, 1, 1], [-1, 0, 0, 0.5], [0, -1, 0, 1.2], [0, 0, 0, 1.0]])
    assert camera.entity_from_camera == pytest.approx(expected)
    assert (camera.exposure_auto, camera.exposure_ev, camera.droplets) == (False, -2.0, 0.2)
    assert camera.distortion == (-0.1, 0, 0, 0, 0, 0, 0, 0)
    assert camera.period_ns == 50_000_000


def test_default_mounts():
    """Behind the windscreen: 0.25 of the length ahead of the middle, 0.85 of the height up. LiDAR: the middle of the
    roof plus 0.2 m."""
    _, (camera, lidar) = specs("sensor front on ego = camera()\nsensor roof on ego = lidar()\n")
    assert camera.entity_from_camera[:3, 3] == pytest.approx([1.0, 0.0, 0.85 * 1.5])
    assert lidar.entity_from_lidar[:3, 3] == pytest.approx([0.0, 0.0, 1.7])
    assert camera.period_ns == lidar.period_ns == 100_000_000


@pytest.mark.parametrize(
    ("angle", "axis"),
    [("yaw", [math.cos(0.5), math.sin(0.5), 0]), ("pitch", [math.cos(0.5), 0, -math.sin(0.5)]), ("roll", [1, 0, 0])],
)
def test_turned_mounts(angle, axis):
    """0.5 rad to the left looks towards +y, 0.5 rad down towards -z, a roll keeps the viewing direction."""
    _, (camera,) = specs(f"sensor front on ego = camera():\n    {angle} = 0.5 rad\n")
    assert camera.entity_from_camera[:3, 2] == pytest.approx(axis)
    assert np.linalg.det(camera.entity_from_camera[:3, :3]) == pytest.approx(1.0)


def test_uniform_and_real_lidars():
    """Channels alone give a uniform fan from +2 to -24.8 deg; a model gives the unit's own table."""
    _, (fan, unit) = specs(
        'sensor a on ego = lidar(channels = 32, range = 80 m)\nsensor b on ego = lidar(model = "OS1-128")\n'
    )
    assert isinstance(fan, LidarSpec)
    assert fan.channels == 32
    assert np.degrees(fan.elevation_rad[[0, -1]]) == pytest.approx([2.0, -24.8])
    assert (fan.range_max_m, fan.columns) == (80.0, 1024)
    assert isinstance(unit, LidarSpec)
    assert (unit.elevation_rad == beam_table("OS1-128").elevation_rad).all()


def test_sensors_that_make_no_sense_say_so():
    """Unknown units, an empty range, kinds and carriers that do not run."""
    with pytest.raises(SensorError, match="did you mean 'OS1-128'"):
        specs('sensor b on ego = lidar(model = "OS1-12")\n')
    with pytest.raises(SensorError, match="range_min must be below range"):
        specs("sensor b on ego = lidar(range = 5 m):\n    range_min = 9 m\n")
    with pytest.raises(NotRunnableError, match="a radar checks and does not run"):
        specs("sensor b on ego = radar()\n")
