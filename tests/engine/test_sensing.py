"""Sensors of a variant, and the base tick. The test car is 4 x 2 x 1.5 m."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from simengine.engine.api import episodes
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.clock import record_rate, tick_time_ns
from simengine.engine.frames import frame_times
from simengine.engine.recording import recordings
from simengine.engine.sensing import sensor_specs
from simengine.errors import ProgramError
from simengine.language import parse_text
from simengine.sensors.beams import beam_table
from simengine.sensors.specs import CameraSpec, LidarSpec
from tests.engine.worlds import LIBRARIES, draw, read, run

EGO = "car ego on lane(1) at s(20 m)\n"


def specs(body):
    program = read(EGO + body)
    scenario = draw(program).scenario(0)
    scene = build_scene(program, scenario, LIBRARIES, 0)
    return scene, sensor_specs(program, scenario, scene)


@pytest.mark.parametrize("rate", [10, 20, 25, 50, 100, 30, 7, 12.5, 29.97, 1000, 0.1])
def test_sensors_fire_at_multiples_of_their_period(rate):
    """k / rate seconds, rounded down to nanoseconds, from exact fractions; at the rates that divide 100 every one of
    these is a tick."""
    program = read(EGO + f"sensor c on ego = camera()\nrecord c: rgb at {rate} hz\n")
    (recording,) = recordings(program, [spec_of("c", record_rate(program, "c"))])
    times = frame_times([recording], 20_000_000_000)
    exact = Fraction(str(rate))
    assert times == [int(k * 10**9 / exact) for k in range(int(20 * exact) + 1)]
    assert [recording.firing(t) for t in times] == list(range(len(times)))
    assert all(not recording.due(t + 1) for t in times[:50])
    if 100 % rate == 0:
        assert all(t % 10_000_000 == 0 for t in times)


def test_frames_are_where_any_sensor_fires():
    """30 and 10 hz meet at every third frame of the faster one, to the nanosecond."""
    program = read(EGO + "".join(f"sensor c{r} on ego = camera()\nrecord c{r}: rgb at {r} hz\n" for r in (30, 10)))
    both = recordings(program, [spec_of(f"c{r}", Fraction(r)) for r in (30, 10)])
    times = frame_times(both, 1_000_000_000)
    assert times == both[0].times_ns(1_000_000_000) and len(times) == 31
    assert [t for t in times if both[1].due(t)] == [k * 100_000_000 for k in range(11)]


def spec_of(name, rate):
    period_ns = 10**9 * rate.denominator // rate.numerator
    return replace(CameraSpec.from_fov(name, -1, (0.0, 0.0, 0.0), (4, 4), 1.0), period_ns=period_ns)


@pytest.mark.parametrize("rate", [30, 7, 97, 1000])
def test_what_is_recorded_changes_nothing(rate):
    """A car brakes behind another one, with reaction times and monitors. With another camera at any rate, the states
    of all ticks, the events, the verdicts, and what the first sensor sees stay the same to the last bit."""
    body = EGO.replace("\n", ":\n") + (
        "    speed = 20 m/s\n    controller = aeb(reaction = 0.37 s)\n"
        "car other ahead of ego by 30 m:\n    speed = 9 m/s\n"
        "do:\n    wait 0.31 s\n    slow: other.change_speed(to = 2 m/s, rate = 5 m/s2)\n"
        "expect always distance(ego, other) > 0.3 m\nstop after 4 s\nsensor front on ego = camera()\n"
        "record front: rgb at 20 hz\n"
    )
    more = f"sensor extra on ego = camera()\nrecord extra: rgb at {rate} hz\n"
    (alone,), (accompanied,) = run(body), run(body + more)
    ticks = alone.stop_tick + 1
    assert alone.rate_hz == accompanied.rate_hz == 100 and accompanied.stop_tick == alone.stop_tick
    assert alone.moved[:ticks].tobytes() == accompanied.moved[:ticks].tobytes()
    assert alone.events == accompanied.events and alone.verdicts == accompanied.verdicts
    assert alone.summary == accompanied.summary
    program = read(body + more)
    front = next(r for r in recordings(program, [spec_of("front", Fraction(20))]))
    scene = build_scene(program, draw(program).scenario(0), LIBRARIES, 0)
    for time_ns in front.times_ns(alone.duration_ns):
        for t in (time_ns, time_ns + front.spec.period_ns):  # what a reading of the sensor is made of
            one, two = (trace.on(scene).state_at(t) for trace in (alone, accompanied))
            assert one.position_m.tobytes() == two.position_m.tobytes()
            assert one.orientation.tobytes() == two.orientation.tobytes()


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
        "    exposure = fixed\n    exposure_ev = -2\n    lens.droplets = 0.2\n    distortion.k1 = -0.05\n"
        "record front: rgb at 20 hz\n"
    )
    assert isinstance(camera, CameraSpec)
    assert camera.fx_px == pytest.approx(400.0)
    assert (camera.cx_px, camera.cy_px, camera.width_px, camera.height_px) == (400.0, 300.0, 800, 600)
    assert scene.entities[camera.entity].name == "ego"
    expected = np.array([[0, 0, 1, 1], [-1, 0, 0, 0.5], [0, -1, 0, 1.2], [0, 0, 0, 1.0]])
    assert camera.entity_from_camera == pytest.approx(expected)
    assert (camera.exposure_auto, camera.exposure_ev, camera.droplets) == (False, -2.0, 0.2)
    assert camera.distortion == (-0.05, 0, 0, 0, 0, 0, 0, 0)
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
    with pytest.raises(ProgramError, match=r"(?s)unknown LiDAR model 'OS1-12'.*did you mean 'OS1-128'"):
        specs('sensor b on ego = lidar(model = "OS1-12")\n')
    with pytest.raises(ProgramError, match="'range_min' of 'b' is not below its 'range'"):
        specs("sensor b on ego = lidar(range = 5 m):\n    range_min = 9 m\n")
    with pytest.raises(ProgramError, match="'range_min' of 'b' may be not below its 'range'"):
        specs("param r ~ {5 m: 1, 6 m: 0}\nsensor b on ego = lidar(range = r):\n    range_min = 5.5 m\n")
    with pytest.raises(ProgramError, match=r"'size' takes whole numbers, and this may be none"):
        specs("param w ~ {32.5}\nsensor b on ego = camera(size = (w, 24))\n")
    with pytest.raises(ProgramError, match=r"(?s)E0204 'size' takes whole numbers, found 64.5.*:6:38.*write 64 or 65"):
        specs("sensor b on ego = camera(size = (64.5, 48))\n")
    with pytest.raises(ProgramError, match=r"'resolution\.azimuth' of 'b' is not below its 'fov'"):
        specs("sensor b on ego = radar(fov = 5 deg):\n    resolution.azimuth = 10 deg\n")
    with pytest.raises(ProgramError, match=r"'b' would have .* cells of range, azimuth and speed; at most 1e\+10"):
        specs("sensor b on ego = radar(range = 1 km):\n    resolution.speed = 0.01 m/s\n    resolution.range = 3 cm\n")
    noise = r"(?s)would report 81,200 false detections a scan \(8.1e\+07 cells x false_alarm 0.001\); at most 20,000"
    with pytest.raises(ProgramError, match=noise + ".*lower 'false_alarm' to 0.0002"):
        specs("sensor b on ego = radar(false_alarm = 1e-3):\n    resolution.range = 0.1 m\n")


@pytest.mark.parametrize(
    ("mount", "sees"),
    [((1.0, 0.0, 1.2), False), ((0.0, 0.0, 2.4), False), ((0.0, 0.0, 2.6), True), ((-2.9, 0.0, 1.0), False),
     ((-3.1, 0.0, 1.0), True), ((-2.7, 1.8, 1.0), True), ((-8.0, 0.0, 4.0), True)],
)  # fmt: skip
def test_a_chase_camera_sees_its_carrier(mount, sees):
    """The car's box ends at x = +-2, y = +-1, z = 1.5 m; a sensor is outside from 1 m on; (-2.7, 1.8) is 1.06 m off."""
    at = ", ".join(f"{v} m" for v in mount)
    _, found = specs(f"sensor c on ego = camera(mount = ({at}))\nsensor l on ego = lidar(mount = ({at}))\n")
    for spec in found:
        assert spec.sees_carrier == sees and spec.unseen == (-1 if sees else spec.entity) and spec.entity >= 0


def test_the_carrier_is_labelled_where_it_is_seen():
    """From 8 m behind and 4 m up the ego is in the middle of the picture; both renderers and the boxes agree on it."""
    program = parse_text(
        """
use driving

scenario chased:
    world highway(lanes = 2, length = 200 m)
    car ego on lane(1) at s(60 m):
        speed = 80 km/h
    stop after 0.5 s
    sensor chase on ego = camera(size = (64, 48), mount = (-8 m, 0 m, 4 m), pitch = 20 deg)
    sensor own on ego = camera(size = (64, 48))
    record chase: instance, box2d at 1 hz
    record own: instance, box2d at 1 hz
""",
        libraries=libraries(),
    )[0]
    pictures = []
    for renderer in ("raytrace", "reference"):
        (episode,) = episodes(program, variants=1, renderer=renderer)
        frame = next(iter(episode))
        ego = next(k for k, e in enumerate(episode.entities) if e.name == "ego")
        assert ego not in frame["own"]["instance"] and len(frame["own"].boxes2d) == 0
        seen = frame["chase"]["instance"] == ego
        rows, columns = np.nonzero(seen)
        boxes = frame["chase"].boxes2d
        assert boxes.instance.tolist() == [ego] and seen[24, 32] and rows.size > 100
        assert boxes.visible_box_px[0].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        pictures.append(seen)
    assert (pictures[0] != pictures[1]).mean() < 0.01


def test_what_holds_nothing_suggests_places_that_it_has():
    """'at' would put both into the same place, which is refused then, so only 'on' and 'above' are named."""
    with pytest.raises(ProgramError, match=r"(?s)a car holds nothing.*on other. or .above other") as told:
        specs("car other on lane(1) at s(60 m)\npedestrian man in other\n")
    assert "at other" not in str(told.value)
