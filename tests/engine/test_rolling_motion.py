"""Motion in images of rolling shutters: formulas of an edge that moves while lines are read, and frames of a street."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.motion import motion_labels
from simengine.engine.rolling_motion import labels_by_lines
from simengine.engine.shutter import exposed
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.render.protocol import BETWEEN_FRAMES, Instants, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine_renderers import reference
from tests.engine.test_motion import WORDS, Passing
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

START_NS = 1_000_000_000
CHANNELS = ("flow", "part", "range", "instance")


def passing(readout_ms: int, direction: str, speed_mps: float = 10.0) -> dict[str, Any]:
    """Labels of a post 10 m ahead of a camera (160 x 40, f = 80 px) that moves to the left, before a wall at 20 m."""
    wall = (block("wall", (1.0, 80.0, 80.0), "building"), tf.translation([20.5, 0.0, -40.0]))
    scene = scene_of([block("post", (0.2, 4.0, 40.0))], [wall])
    states = Passing(state_of(scene, [(10.1, -speed_mps, -20.0)]), speed_mps)
    spec = CameraSpec.from_fov(
        "front", -1, (0.0, 0.0, 1.0), (160, 40), np.pi / 2, readout_ns=readout_ms * 1_000_000, readout=direction
    )
    now, later = (states.state_at(t) for t in (START_NS, START_NS + spec.period_ns))
    renderer = reference.open_renderer(scene, RenderOptions())
    instants = Instants(now, later, later)
    image = exposed(renderer, states, spec, instants, CHANNELS, NOISE)
    made = motion_labels(renderer, states, image, instants, WORDS, NOISE)
    motion = labels_by_lines(scene, states, image, ("scene_flow", "time_to_collision"), START_NS)
    return {**image.channels, **made, **motion}


@pytest.mark.parametrize("direction", ["right", "left"])
def test_flow_along_the_readout(direction: str) -> None:
    """The post moves w = -80 px/s; columns are read at +-160 px in T = 64 ms. A point at column i is read next at i + d
    with d = w (P + d T / W): the line it is found in is later or earlier than its own. d = w P / (1 -+ w T / W), which
    is -8 / (1 +- 0.032). Bands of 1 ms round the time of a column: w is 0.08 px in that time, a quarter in the mean."""
    made = passing(64, direction)
    expected = -8.0 / (1.0 + 0.032 * (1 if direction == "right" else -1))
    post = made["instance"] == 1
    assert made["flow"][post][:, 0] == pytest.approx(np.full(post.sum(), expected), abs=0.081)
    assert np.mean(made["flow"][post][:, 0]) == pytest.approx(expected, abs=0.02)
    assert np.abs(made["flow"][post][:, 1]).max() < 1e-4
    assert np.mean(made["flow_back"][post][:, 0]) == pytest.approx(-expected, abs=0.02)
    assert (made["flow_mask"][post] == 255).all() and (made["flow_back_mask"][post] == 255).all()


@pytest.mark.parametrize("direction", ["down", "up"])
def test_flow_across_the_readout(direction: str) -> None:
    """A point that keeps its row is read a period later: 8 px. What hides and uncovers slants with the post: 8 columns
    left of it are hidden next, in each row left of where it is then. Scene flow is 1 m to the left."""
    made = passing(60, direction)
    post = made["instance"] == 1
    assert made["flow"][post] == pytest.approx(np.tile([-8.0, 0.0], (post.sum(), 1)), abs=1e-3)
    assert made["scene_flow"][post] == pytest.approx(np.tile([-1.0, 0.0, 0.0], (post.sum(), 1)), abs=1e-4)
    for row in range(40):
        first = int(np.flatnonzero(post[row])[0])
        assert np.flatnonzero(made["flow_mask"][row] == 128).tolist() == list(range(first - 8, first))
        last = int(np.flatnonzero(post[row])[-1])
        assert np.flatnonzero(made["flow_back_mask"][row] == 128).tolist() == list(range(last + 1, last + 9))
    starts = [int(np.flatnonzero(post[row])[0]) for row in range(40)]
    slant = starts[-1] - starts[0]  # 4.8 px in 60 ms, less a band: whole pixels
    assert slant in ((-4, -5) if direction == "down" else (4, 5))


def test_what_rests_has_no_motion() -> None:
    """Nothing moves: no flow to the last digit, all is seen, and nothing comes nearer."""
    made = passing(60, "down", speed_mps=0.0)
    assert np.abs(made["flow"]).max() < 1e-9 and np.abs(made["scene_flow"]).max() < 1e-9
    assert (made["flow_mask"] == 255).all() and np.isinf(made["time_to_collision"]).all()


def test_a_short_readout_is_a_global_shutter() -> None:
    """As the readout goes to nothing all words become those of a shutter that opens at once."""
    text = TEXT.format(shutter="")
    plain, rolling = (_frames(t) for t in (text, TEXT.format(shutter="rolling_shutter = 0.001 ms")))
    for one, other in zip(plain, rolling, strict=True):
        for word in ("flow", "flow_back", "scene_flow"):
            same = np.isclose(one["position"], other["position"], atol=1e-3, equal_nan=True).all(
                -1
            )  # but leaves' edges
            assert same.mean() > 0.999 and np.array_equal(np.isnan(one[word]), np.isnan(other[word])), word
            assert np.allclose(one[word][same], other[word][same], atol=1e-3, equal_nan=True), word
        for word in ("flow_mask", "flow_back_mask"):
            assert (one[word] != other[word]).mean() < 2e-3, word


TEXT = """use driving
scenario t:
    world street(length = 80 m)
    car ego on lane(1) at s(10 m):
        speed = 12 m/s
    car other ahead of ego by 12 m:
        speed = 4 m/s
    stop after 0.2 s
    sensor front on ego = camera(size = (96, 64)):
        yaw = 20 deg
        {shutter}
    record front: position, part, instance, flow, flow_mask, flow_back, flow_back_mask, scene_flow at 10 hz
"""


def _frames(text: str) -> list[Any]:
    program = parse_text(text, libraries=libraries())[0]
    return [f["front"] for f in next(iter(simengine.episodes(program, 1)))]


def test_flow_leads_to_the_same_place_of_the_world() -> None:
    """Of what rests the next image shows the same point of the world where flow leads, the last one where backward flow
    does: the nearest pixel there is within about a pixel's footprint on its surface."""
    program = parse_text(TEXT.format(shutter="rolling_shutter = 60 ms"), libraries=libraries())[0]
    episode = next(iter(simengine.episodes(program, 1)))
    frames = [f["front"] for f in episode]
    car = episode.entities[1 + [e.name for e in episode.entities[1:]].index("other")].instance
    assert len(frames) == 3
    for here, there, flow, mask in ((0, 1, "flow", "flow_mask"), (1, 0, "flow_back", "flow_back_mask")):
        a, b = frames[here], frames[there]
        v, u = np.nonzero((a[mask] == 255) & (a["instance"] != car) & np.isfinite(a["position"]).all(-1))
        to = np.stack([u, v], -1) + 0.5 + a[flow][v, u]
        row, column = np.floor(to[:, 1]).astype(int), np.floor(to[:, 0]).astype(int)
        same = b["part"][row, column] == a["part"][v, u]
        assert same.mean() > 0.9 and len(v) > 2500
        found, wanted = b["position"][row, column][same], a["position"][v, u][same]
        off = np.linalg.norm(found - wanted, axis=-1)
        # half a pixel is 0.1 m at 10 m; at a grazing angle along the ground several times that
        assert np.median(off) < 0.12 and np.percentile(off, 90) < 0.8
        straight = b["position"][v, u][same]  # no flow at all, to show what is told apart
        assert np.median(np.linalg.norm(straight - wanted, axis=-1)) > 5 * np.median(off)


def test_every_word_can_be_recorded_with_a_rolling_shutter() -> None:
    """Up to the last frame, whose flow leads into an image after the end of the run."""
    words = ", ".join(BETWEEN_FRAMES)
    text = TEXT.format(shutter="rolling_shutter = 100 ms")
    text = text[: text.index("    record")] + f"    record front: {words} at 10 hz\n"
    frames = _frames(text)
    assert len(frames) == 3 and np.isfinite(frames[-1]["flow"]).all(-1).mean() > 0.5


def test_columns_beyond_the_picture_are_read_last() -> None:
    """A post that leaves the image goes on by the time of the last line: w P + w (T - t) from where it was."""
    made = passing(64, "right", speed_mps=-60.0)
    flow = made["flow"][made["instance"] == 1]
    assert np.isfinite(flow).all() and flow[:, 0].min() > 480.0 / 10 and flow[:, 0].max() < 48.0 / (1 - 0.192) + 0.5


def test_all_of_a_frame_belongs_to_the_shutter() -> None:
    """Channels that are asked for come back in their order, and no others."""
    scene = scene_of([block("post", (0.2, 4.0, 40.0))])
    states = Passing(state_of(scene, [(10.1, 0.0, -20.0)]), 1.0)
    spec = CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0, readout_ns=9_000_000)
    later = states.state_at(spec.period_ns)
    renderer = reference.open_renderer(scene, RenderOptions())
    image = exposed(renderer, states, spec, Instants(states.state_at(0), later, later), ("flow", "depth"), NOISE)
    assert list(image.channels) == ["flow", "depth"] and image.channels["flow"].dtype == np.float32
    assert replace(image, channels={}).time_ns == 4_500_000


def test_a_closed_loop_shows_a_frame_when_the_next_one_is_read() -> None:
    """Flow of a 60 ms readout leads up to 160 ms on: a frame is there then, at the next step of 100 ms, one step later
    than without flow, and holds what the run's frame does."""
    shown = dict[str, list[int]]()
    for words in ("part", "part, flow"):
        text = TEXT.format(shutter="rolling_shutter = 60 ms")
        text = text[: text.index("    record")] + f"    record front: {words} at 10 hz\n"
        program = parse_text(text, libraries=libraries())[0]
        env = simengine.closed_loop(program, drives="ego", variants=1, rate_hz=10)
        env.reset()
        times = list[int]()
        for _ in range(2):
            env.step({})
            frame = env.frames()[0]
            times.append(-1 if frame is None else frame.time_ns // 1_000_000)
        shown[words] = times
    assert shown == {"part": [0, 100], "part, flow": [-1, 0]}
