"""Rolling shutter against a moving edge worked out by hand, labels of its instant, and the noise of a sensor."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.shutter import exposed
from simengine.errors import SensorError
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.exposure import WHITE, tone_curve
from simengine.sensors.imaging import Imager, Optics, Shutter
from simengine.sensors.specs import CameraSpec
from simengine.world.materials import Material
from simengine.world.state import WorldState
from simengine_renderers import raytrace, reference
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

TEXT = """use driving
scenario t:
    world street(length = 80 m)
    car ego on lane(1) at s(10 m):
        speed = 12 m/s
    car other ahead of ego by 12 m:
        speed = 4 m/s
    stop after 0.3 s
    sensor front on ego = camera(size = (96, 64){extra})
    record front: rgb, depth, instance, box2d at 10 hz
"""


class Straight:
    """One actor that moves to the left at a constant speed."""

    def __init__(self, state: WorldState, speed_mps: float) -> None:
        self.state, self.speed = state, speed_mps

    def state_at(self, time_ns: int) -> WorldState:
        at = self.state.position_m + np.array([0.0, self.speed * time_ns / 1e9, 0.0])
        return replace(self.state, position_m=at, time_ns=time_ns)


def edges(readout_ns: int, speed_mps: float, readout: str = "down") -> tuple[np.ndarray, Any]:
    """Column of the right edge of a tall block 10 m away, by row."""
    scene = scene_of([block("post", (0.2, 4.0, 40.0))])
    states = Straight(state_of(scene, [(10.1, 0.0, -20.0)]), speed_mps)
    spec = CameraSpec.from_fov(
        "front", -1, (0.0, 0.0, 1.0), (160, 60), np.pi / 2, readout_ns=readout_ns, readout=readout,
        exposure_auto=False,
    )  # fmt: skip
    with_renderer = reference.open_renderer(scene, RenderOptions())
    instants = Instants(states.state_at(0), states.state_at(spec.period_ns))
    reading = exposed(with_renderer, states, spec, instants, ("instance", "depth"), NOISE)
    ids = reading.channels["instance"]
    return np.array([np.flatnonzero(row == 0).max() for row in ids]), reading


def test_a_moving_edge_leans_by_speed_times_line_time() -> None:
    """60 rows in 60 ms are one row a millisecond and a band a row. At 10 m and f = 80 px, 40 m/s to the left are
    0.32 px a row; the edge starts at 80 + 16 px, 2 m right of the middle, and each row sees it half a line later."""
    column, reading = edges(60_000_000, 40.0)
    row = np.arange(60)
    expected = 80.0 + 80.0 * (2.0 - 40.0 * (row + 0.5) * 1e-3) / 10.0
    assert np.array_equal(column, np.ceil(expected - 0.5).astype(int) - 1)  # the last pixel centre before the edge
    assert np.polyfit(row, column, 1)[0] == pytest.approx(-0.32, abs=0.005)
    assert reading.time_ns == 30_000_000
    straight, _ = edges(0, 40.0)
    assert (straight == straight[0]).all()
    coarse, _ = edges(3_000_000, 40.0)  # three bands of about 20 rows that begin with tiles of 8, each of its middle
    assert [len(set(coarse[a:b])) for a, b in ((0, 24), (24, 40), (40, 60))] == [1, 1, 1]


def test_lines_are_read_from_any_side() -> None:
    """As above. From the bottom the edge leans the other way. From the left column i is read at (i + 1/2) / 160 of
    60 ms, so the edge is where x = 96 - 19.2 x / 160, x = 85.7; from the right x = 96 - 19.2 (1 - x / 160), 87.3.
    Bands of columns are three wide at most."""
    down, _ = edges(60_000_000, 40.0)
    up, reading = edges(60_000_000, 40.0, "up")
    assert np.array_equal(up, down[::-1]) and reading.time_ns == 30_000_000
    for way, place in (("right", 85.7), ("left", 87.3)):
        column, reading = edges(60_000_000, 40.0, way)
        assert (column == column[0]).all() and column[0] + 0.5 == pytest.approx(place, abs=1.5), way
        assert reading.channels["depth"].shape == (60, 160)


@pytest.mark.parametrize("readout_ns", [0, 12_000_000])
def test_motion_blurs_by_the_way_made_in_the_exposure(readout_ns: int) -> None:
    """At 10 m and f = 80 px a post 4 m wide moves to the left at 40 m/s through an exposure of 20 ms, so its right edge
    moves from column 99.2 to 92.8 around 96, 3.2 px to either side, in 8 steps. A pixel has the post's light for the
    share of the instants at which its centre is covered. Labels are of the middle. (A small, slow lens, so that the sun
    does not shorten the exposure.)"""
    wall = (
        block("wall", (1.0, 80.0, 80.0), "building", Material("dark", (0.05, 0.05, 0.05))),
        tf.translation([20.5, 0.0, -40.0]),
    )
    scene = scene_of([block("post", (0.2, 4.0, 40.0))], [wall])
    states = Straight(state_of(scene, [(10.1, -4.0, -20.0)]), 40.0)
    spec = CameraSpec.from_fov(
        "front", -1, (0.0, 0.0, 1.0), (160, 12), np.pi / 2, exposure_auto=False, exposure_ev=11.0,
        readout_ns=readout_ns, shutter=Shutter(longest_ns=20_000_000, samples=8),
        optics=Optics(f_number=40.0, focal_length_m=0.0005),
        imager=Imager(cfa="mono", read_noise_e=0.0, full_well_e=1e6, gain=1.0),
    )  # fmt: skip
    renderer = raytrace.open_renderer(scene, RenderOptions(threads=1, extra={"preset": "preview"}))
    start_ns = 100_000_000 - readout_ns // 2
    instants = Instants(states.state_at(start_ns), states.state_at(start_ns + spec.period_ns))
    seen = exposed(renderer, states, spec, instants, ("raw", "instance"), NOISE).channels
    renderer.close()
    row = 0  # read first: half a line after the start
    moved_m = 40.0 * readout_ns * (0.5 / 12 - 0.5) * 1e-9
    steps_s = 0.02 * ((np.arange(8) + 0.5) / 8 - 0.5)
    edge = 80.0 + 80.0 * (2.0 - moved_m - 40.0 * steps_s) / 10.0
    expected = (np.arange(86, 110)[:, None] + 0.5 < edge).mean(1)
    light = seen["raw"][row].astype(float)
    share = (light[86:110] - light[112]) / (light[84] - light[112])
    assert abs(light[84] - light[112]) > 200 and np.abs(share - expected).max() < 0.05
    assert np.flatnonzero(seen["instance"][row] == 1).max() == np.ceil(80.0 + 8.0 * (2.0 - moved_m) - 0.5) - 1


def episode(extra: str = "", body: str = "") -> list[Any]:
    program = parse_text(TEXT.format(extra=extra) + body, libraries=libraries())[0]
    return list(next(iter(simengine.episodes(program, 1, seed=2))))


@pytest.fixture(scope="module")
def plain() -> list[Any]:
    return episode()


def test_boxes_and_pose_are_of_the_middle_of_the_readout(plain: list[Any]) -> None:
    """The pose is that of 20 ms after the frame's time: ego has driven 0.24 m on. Boxes bound the mask's pixels."""
    rolled = episode(", rolling_shutter = 40 ms")
    for a, b in zip(plain, rolled, strict=True):
        assert b.time_ns == a.time_ns and b["front"].time_ns == a.time_ns + 20_000_000
        assert b["front"].pose[0, 3] - a["front"].pose[0, 3] == pytest.approx(0.24, abs=1e-6)
        boxes, ids = b["front"].boxes2d, b["front"]["instance"]
        k = boxes.find("other")
        v, u = np.nonzero(ids == boxes.instance[k])
        assert boxes.visible_box_px[k].tolist() == [u.min(), v.min(), u.max() + 1, v.max() + 1]
        assert np.abs(boxes.amodal_box_px[k] - boxes.visible_box_px[k]).max() < 2.5
        assert not np.array_equal(a["front"]["rgb"], b["front"]["rgb"])


def test_bands_show_no_seams() -> None:
    """Where nothing moves a rolled image is the image: depth and masks to the last bit, colours to a level."""
    still = TEXT.replace("12 m/s", "0 m/s").replace("4 m/s", "0 m/s")
    one, two = (
        next(iter(simengine.episodes(parse_text(still.format(extra=e), libraries=libraries())[0], 1))).frames[0][
            "front"
        ]
        for e in ("", ", rolling_shutter = 30 ms")
    )
    assert np.array_equal(one["instance"], two["instance"]) and np.allclose(one["depth"], two["depth"], rtol=1e-6)
    difference = np.abs(one["rgb"].astype(int) - two["rgb"])
    assert np.percentile(difference, 99) <= 2 and difference.max() <= 24


def test_the_fault_changes_the_image_alone(plain: list[Any]) -> None:
    """A rolling shutter as a fault: labels, masks and the pose stay those of the instant."""
    faulty = episode(body="    do:\n        front.fault(rolling_shutter, delay = 60 ms) for 0.2 s\n")
    assert faulty[1]["front"].fault.kind == "rolling_shutter" and faulty[3]["front"].fault is None
    for a, b in zip(plain, faulty, strict=True):
        assert np.array_equal(a["front"]["depth"], b["front"]["depth"])
        assert np.array_equal(a["front"].pose, b["front"].pose) and a["front"].time_ns == b["front"].time_ns
        same = np.array_equal(a["front"]["rgb"], b["front"]["rgb"])
        assert same == (b["front"].fault is None)


def test_noise_of_the_sensor_is_shot_and_read_noise(plain: list[Any]) -> None:
    """noise.gain = 8 counts electrons, 10,000 / 8 at white, and reads them with 5 electrons of noise: other numbers in
    each frame and the same in each run, in the linear light before the tone curve; labels are untouched."""
    noisy, again = episode_noisy(), episode_noisy()
    for a, b, c in zip(plain, noisy, again, strict=True):
        assert np.array_equal(b["front"]["rgb"], c["front"]["rgb"])
        assert np.array_equal(a["front"]["depth"], b["front"]["depth"])
        assert b["front"].exposure_ev == pytest.approx(a["front"].exposure_ev, abs=1e-5)
        light, dirty = (_EXPOSED[x["front"]["rgb"]] for x in (a, b))
        middle = (light > 0.1) & (light < 1.2)
        electrons = light[middle] * 10_000 / 8 / WHITE
        score = (dirty - light)[middle] * 10_000 / 8 / WHITE / np.sqrt(electrons + 25.0)
        assert abs(score.mean()) < 0.05 and score.std() == pytest.approx(1.0, abs=0.06)


_SLOT = np.searchsorted(tone_curve(), np.arange(256)) + np.searchsorted(tone_curve(), np.arange(256), "right") - 1
_EXPOSED = (0.5 * _SLOT * 4.0 / (len(tone_curve()) - 1)) ** 2  # exposed light in the middle of each display value


def episode_noisy() -> list[Any]:
    text = (
        TEXT.format(extra="").replace("    record", "        noise.gain = 8\n    record").replace("64))\n", "64)):\n")
    )
    return list(next(iter(simengine.episodes(parse_text(text, libraries=libraries())[0], 1, seed=2))))


def test_what_cannot_be() -> None:
    """Rows cannot be read for longer than an image lasts."""
    with pytest.raises(SensorError, match=r"rolling_shutter.direction must be one of down, up"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, readout="sideways")
    with pytest.raises(SensorError, match=r"exposure.samples averages 4 instants .* has no time"):
        Shutter(samples=4)
    long = Shutter(longest_ns=80_000_000, samples=4)
    with pytest.raises(SensorError, match=r"must end before the next image .* are 0.13 s"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, readout_ns=90_000_000, shutter=long)
    with pytest.raises(SensorError, match=r"leave exposure.samples and isp out"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, band="lwir", shutter=long)
    with pytest.raises(SensorError, match="rolling_shutter"):
        CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, readout_ns=200_000_000)


def test_a_fault_that_reads_beyond_the_next_image_is_refused() -> None:
    """Its delay follows from the running simulation, 60 m / 12 m/s = 5 s: check cannot know, and the run says so."""
    with pytest.raises(SensorError, match=r"rolling_shutter.*got 5 s"):
        episode(body="    do:\n        front.fault(rolling_shutter, delay = 60 m / ego.speed) for 0.2 s\n")
