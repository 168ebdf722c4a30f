"""Settings inside ``do`` and ``when``: the weather of frames from then on, controllers, and what keeps its value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.variation import Variation
from simengine.errors import SimEngineError
from simengine.language import Program, check_text, parse_text

HEAD = """use driving

scenario s:
    world street(lanes = 2, length = 200 m):
        rain = {rain}
        fog.visibility = {fog}
        cloud = 0.5
    car ego on lane(1) at s(20 m):
        speed = 10 m/s
    car other on lane(1) at s(60 m)
"""
SEE = """    sensor front on ego = camera(size = (64, 48))
    sensor roof on ego = lidar(channels = 16, columns = 128)
    record front: rgb, depth, box2d at 20 hz
    record roof: points at 20 hz
    stop after 150 ms
"""
CHANGE = """    do:
        wait 100 ms
        rain = 30 mm/h
        fog.visibility = 60 m
"""


def made(body: str, rain: str = "0 mm/h", fog: str = "20 km") -> Program:
    return parse_text(HEAD.format(rain=rain, fog=fog) + body, libraries=libraries())[0]


def test_weather_changes_for_camera_and_lidar_in_the_same_frame():
    """Before the change frames are those of the clear world, from it on those of the wet one, bit for bit: image and
    points; labels are the same in both."""
    programs = (made(CHANGE + SEE), made(SEE), made(SEE, "30 mm/h", "60 m"))
    (changed,), (clear,), (wet,) = (simengine.episodes(p, variants=1, samples=1) for p in programs)
    with changed, clear, wet:
        every = list(zip(changed, clear, wet, strict=True))
    assert [f.time_ns for f, _, _ in every] == [0, 50_000_000, 100_000_000, 150_000_000]
    for k, (frame, dry, rainy) in enumerate(every):
        same, other = (dry, rainy) if k < 2 else (rainy, dry)
        assert frame["front"]["rgb"].tobytes() == same["front"]["rgb"].tobytes()
        assert frame["front"]["rgb"].tobytes() != other["front"]["rgb"].tobytes()
        for field in frame["roof"]:
            assert frame["roof"][field].tobytes() == same["roof"][field].tobytes()
        assert len(frame["roof"]["range"]) != len(other["roof"]["range"])
        assert frame["front"]["depth"].tobytes() == dry["front"]["depth"].tobytes()
        assert frame.weather == same.weather and frame.weather["cloud"] == 0.5
    assert every[3][0].weather["rain"] == pytest.approx(30e-3 / 3600) and every[3][0].weather["fog.visibility"] == 60.0


def test_frames_on_disk_and_by_index_tell_the_weather(tmp_path: Path):
    """``frame.weather`` is that of the instant, live, from the disk, and where one frame is taken out alone."""
    program = made(CHANGE + SEE)
    simengine.run(simengine.RunOptions("s", tmp_path / "out", variants=1, samples=1), program=program)
    stored = simengine.Dataset.open(tmp_path / "out").episodes[0]
    (live,) = simengine.episodes(program, variants=1, samples=1)
    with live:
        for k in (3, 0, 2):
            one, other = live.frames[k], stored.frames[k]
            assert one.weather == other.weather and one.weather["rain"] == pytest.approx(0.0 if k < 2 else 30e-3 / 3600)
            assert np.array_equal(one["front"]["rgb"], other["front"]["rgb"])


def test_another_controller_takes_over():
    """40 m before a standing car at 10 m/s: the AEB that takes over after 1 s stops in time; one that is
    switched off does not, and neither does nobody."""
    drive = "    stop after 8 s\n    expect always not collision(ego, other)\n"
    late = made("    do:\n        wait 1 s\n        ego.controller = aeb(reaction ~ 0.2..0.4 s)\n" + drive)
    head = HEAD.replace("speed = 10 m/s", "speed = 10 m/s\n        controller = aeb").format(rain="0 mm/h", fog="20 km")
    off = parse_text(head + "    do:\n        ego.controller = none\n" + drive, libraries=libraries())[0]
    on = made(drive)
    results = [[one.verdicts[0].passed for one in Variation(p, 0, "random").simulate([0, 1])] for p in (late, off, on)]
    assert results == [[True, True], [False, False], [False, False]]
    assert late.entities[0].controllers == ("aeb",) and late.entities[0].controller == "none"


TUNED = """    do:
        wait 100 ms
        front.noise.gain = 8
        front.exposure = fixed
        front.exposure_ev = 1.5
        bumper.power = 20
"""
RADAR = """    sensor bumper on ego = radar(range = 60 m, fov = 20 deg):
        elevation_fov = 5 deg
        resolution.azimuth = 4 deg
{power}    record bumper: detections at 20 hz
"""
AFTERWARDS = """    sensor front on ego = camera(size = (64, 48)):
        noise.gain = 8
        exposure = fixed
        exposure_ev = 1.5
    sensor roof on ego = lidar(channels = 16, columns = 128)
    record front: rgb, depth, box2d at 20 hz
    record roof: points at 20 hz
    stop after 150 ms
"""


def test_properties_of_sensors_change_for_frames_from_then_on(tmp_path: Path):
    """Before the change frames are those of the first sensor, from it on those of one that has the new values all the
    time, bit for bit; each frame's specification says so, live and from the disk; 10 dB more power is 10 dB of SNR."""
    radar, strong = RADAR.replace("{power}", ""), RADAR.replace("{power}", "        power = 20\n")
    programs = made(TUNED + SEE + radar), made(SEE + radar), made(AFTERWARDS + strong)
    simengine.run(simengine.RunOptions("s", tmp_path / "out", variants=1, samples=1), program=programs[0])
    stored = simengine.Dataset.open(tmp_path / "out").episodes[0]
    (changed,), (before,), (after,) = (simengine.episodes(p, variants=1, samples=1) for p in programs)
    with changed, before, after:
        every = list(zip(changed, before, after, stored.frames, strict=True))
    assert not np.array_equal(every[3][1]["front"]["rgb"], every[3][2]["front"]["rgb"])
    for k, (frame, old, new, disk) in enumerate(every):
        same = old if k < 2 else new
        for sensor, channel in (("front", "rgb"), ("bumper", "snr"), ("bumper", "xyz"), ("roof", "xyz")):
            assert (
                frame[sensor][channel].tobytes() == same[sensor][channel].tobytes() == disk[sensor][channel].tobytes()
            )
        for there in (frame, disk):
            assert there["front"].spec.imager.gain == (0.0 if k < 2 else 8.0)
            assert there["front"].spec.exposure_auto == (k < 2)
            assert there["front"].exposure_ev == same["front"].exposure_ev
            assert there["bumper"].spec.power_dbm == (10.0 if k < 2 else 20.0)
    told = {t.sensor: (t.since_ns, dict(t.values)) for t in stored.tunings}
    camera = {"noise.gain": 8.0, "exposure": "fixed", "exposure_ev": 1.5}
    assert told == {"front": (100_000_000, camera), "bumper": (100_000_000, {"power": 20.0})}


@pytest.mark.parametrize(
    ("line", "code", "part"),
    [
        ("lanes = 3", "E0216", "built into the world"),
        ("lamps.lit = yes", "E0216", "these can change: sun.elevation"),
        ("ego.colour = red", "E0216", "scene that is built before"),
        ("ego.width = 2 m", "E0216", ""),
        ("front.fov = 30 deg", "E0216", "front.fault(...)"),
        ("front.size = (32, 24)", "E0216", "fixed for a run"),
        ("front.rolling_shutter = 1 ms", "E0216", "can change: exposure, exposure_ev, lens.droplets, noise.gain"),
        ("roof.range = 30 m", "E0216", "fixed for a run"),
        ("front.noise.gain = 2000", "E0208", "1000"),
        ("front.exposure = dim", "E0201", "auto"),
        ("rain = 900 mm/h", "E0208", "300 mm/h"),
        ("rain = 3 m", "E0203", "a length"),
        ("ego.controller = abe()", "E0201", "'aeb'"),
        ("ego.controller ~ {none, aeb}", "E0212", "one_of"),
        ("ego.controller = aeb(reaction = 99 s)", "E0208", "10 s"),
    ],
)
def test_what_cannot_be_set_says_why(line: str, code: str, part: str):
    """An error at the line, with the reason, and no warning that it does not run."""
    text = HEAD.format(rain="0 mm/h", fog="20 km") + f"    do:\n        {line}\n" + SEE
    found = check_text(text, libraries=libraries()).diagnostics
    assert [d.code for d in found] == [code] and found[0].span.line == 12
    assert part in found[0].message + found[0].help + found[0].note


def test_values_that_are_only_known_while_running_are_looked_at_then():
    """Visibility that follows the speed of a car: out of bounds, the variant fails and says where."""
    program = made("    do:\n        wait 100 ms\n        fog.visibility = ego.speed * 1 s / 3\n" + SEE)
    with pytest.raises(SimEngineError, match=r"'fog\.visibility' is set to"):
        list(Variation(program, 0, "random").simulate([0]))


def test_conditions_ask_for_the_speed_limit():
    """Who drives 10 m/s brakes to a drawn limit below it, and goes on where the limit is higher."""
    text = """use driving

scenario s:
    world street(lanes = 2, length = 300 m, speed_limit ~ 20..60 km/h)
    car ego on lane(1) at s(50 m):
        speed = 10 m/s
    do:
        wait until ego.speed > speed_limit
        ego.change_speed(to = speed_limit, rate = 2 m/s2)
    stop after 5 s
    expect always after 4 s ego.speed <= speed_limit + 0.01 m/s
"""
    program = parse_text(text, libraries=libraries())[0]
    assert program.not_yet == ()
    made = Variation(program, 0, "random").simulate(list(range(6)))
    limits = np.array([one.scenario.values["world.speed_limit"] for one in made])
    assert limits.min() < 10 < limits.max() and all(one.verdicts[0].passed for one in made)
    ends = np.array([one.trace.speed_mps("ego")[-1] for one in made])
    assert np.allclose(ends, np.minimum(limits, 10.0), atol=0.01)


SIGNALS = """use driving

scenario s:
    world junction(lanes = 2, control = signals, length = 50 m):
        signal.own = {own}
        signal.cross = {cross}
    car ego on lane(1) at s(22 m)
{do}    sensor front on ego = camera(size = (96, 54))
    record front: rgb, depth, semantic, instance at 20 hz
    stop after 100 ms
"""


def test_signals_change_and_labels_stay(tmp_path: Path):
    """Own turns from red to green after 50 ms, the others the other way: frames are those of a junction that shows
    red, then of one that shows green, bit for bit; labels are the same in all; the frames say which word holds, live
    and from the disk."""
    change = "    do:\n        wait 50 ms\n        signal.own = green\n        signal.cross = red\n"
    texts = (
        SIGNALS.format(own="red", cross="green", do=change),
        SIGNALS.format(own="red", cross="green", do=""),
        SIGNALS.format(own="green", cross="red", do=""),
    )
    programs = [parse_text(text, libraries=libraries())[0] for text in texts]
    (changed,), (red,), (green,) = (simengine.episodes(p, variants=1, samples=1) for p in programs)
    with changed, red, green:
        every = list(zip(changed, red, green, strict=True))
    for k, (frame, before, after) in enumerate(every):
        same, other = (before, after) if k < 1 else (after, before)
        assert frame["front"]["rgb"].tobytes() == same["front"]["rgb"].tobytes()
        assert frame["front"]["rgb"].tobytes() != other["front"]["rgb"].tobytes()
        for channel in ("depth", "semantic", "instance"):
            assert frame["front"][channel].tobytes() == before["front"][channel].tobytes()
        assert frame.weather["signal.own"] == ("red" if k < 1 else "green")
        assert frame.weather == same.weather
    simengine.run(simengine.RunOptions("s", tmp_path / "out", variants=1, samples=1), program=programs[0])
    stored = simengine.Dataset.open(tmp_path / "out").episodes[0]
    assert [f.weather["signal.cross"] for f in stored.frames] == ["green", "red", "red"]


def test_only_a_word_of_its_own_may_be_shown():
    """``signal.own = blue`` is no word of signals, and a street has no signals to set."""
    wrong = SIGNALS.format(own="red", cross="green", do="    do:\n        signal.own = blue\n")
    assert not check_text(wrong, libraries=libraries()).ok
    assert not check_text(HEAD.format(rain="0 mm/h", fog="20 km") + "    do:\n        signal.own = red\n" + SEE,
                          libraries=libraries()).ok  # fmt: skip
