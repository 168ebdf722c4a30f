"""Backward flow and the masks of flow: a post that passes a wall, worked out on paper, and frames of a street."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import simengine
from simengine.engine.catalogue import libraries
from simengine.engine.motion import motion_labels
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from simengine.language import parse_text
from simengine.render.protocol import Instants, RenderOptions
from simengine.sensors.specs import CameraSpec
from simengine.world.state import WorldState
from simengine_renderers import reference
from tests.renderers.simple_scenes import NOISE, block, scene_of, state_of

WORDS = ("flow_mask", "flow_back", "flow_back_mask")
TEXT = """use driving
scenario t:
    world street(length = 80 m)
    car ego on lane(1) at s(10 m):
        speed = 12 m/s
    car other ahead of ego by 12 m:
        speed = 4 m/s
    stop after 0.2 s
    sensor front on ego = camera(size = (96, 64){extra})
    record front: rgb, part, material, flow, flow_mask, flow_back, flow_back_mask at 10 hz
"""


class Passing:
    """One actor that moves to the left at a constant speed."""

    def __init__(self, state: WorldState, speed_mps: float) -> None:
        self.state, self.speed = state, speed_mps

    def state_at(self, time_ns: int) -> WorldState:
        at = self.state.position_m + np.array([0.0, self.speed * time_ns / 1e9, 0.0])
        return replace(self.state, position_m=at, time_ns=time_ns)


def passing() -> dict[str, Any]:
    """Labels at 1 s of a post 10 m ahead that moves to the left by 1 m a frame before a wall 20 m ahead."""
    wall = (block("wall", (1.0, 80.0, 80.0), "building"), tf.translation([20.5, 0.0, -40.0]))
    scene = scene_of([block("post", (0.2, 4.0, 40.0))], [wall])
    states = Passing(state_of(scene, [(10.1, -10.0, -20.0)]), 10.0)
    spec = CameraSpec.from_fov("front", -1, (0.0, 0.0, 1.0), (160, 40), np.pi / 2)
    now, later = (states.state_at(t) for t in (1_000_000_000, 1_100_000_000))
    renderer = reference.open_renderer(scene, RenderOptions())
    instants = Instants(now, later, later)
    image = renderer.camera(spec, instants, ("flow", "part", "range", "instance"), NOISE)
    return {**image.channels, **motion_labels(renderer, states, image, instants, WORDS, NOISE)}


def test_masks_are_what_the_post_covers_and_uncovers() -> None:
    """f = 80 px. The post's front is 10 m away and 4 m wide: columns 64 to 95, 8 px further left in the next frame and
    8 px further right in the one before. So the wall's columns 56 to 63 are hidden next, 96 to 103 were hidden before;
    the post itself is seen in all."""
    made = passing()
    post, row = made["instance"] == 1, 20
    assert np.flatnonzero(post[row]).tolist() == list(range(64, 96))
    assert np.flatnonzero(made["flow_mask"][row] == 128).tolist() == list(range(56, 64))
    assert np.flatnonzero(made["flow_back_mask"][row] == 128).tolist() == list(range(96, 104))
    assert (made["flow_mask"][post] == 255).all() and set(np.unique(made["flow_mask"])) == {128, 255}
    assert made["flow_back"][post] == pytest.approx(np.tile([8.0, 0.0], (post.sum(), 1)), abs=1e-3)
    assert np.abs(made["flow_back"] + made["flow"]).max() < 1e-3  # at a constant speed


def test_frames_of_a_scenario_fit_each_other() -> None:
    """What a mask calls seen shows the same part where flow leads, but at edges; the first frame has no frame before.
    Names of parts and materials are those of the scene."""
    episode = next(iter(simengine.episodes(parse_text(TEXT.format(extra=""), libraries=libraries())[0], 1)))
    frames = [f["front"] for f in episode]
    assert np.isnan(frames[0]["flow_back"]).all() and not frames[0]["flow_back_mask"].any()
    for here, there, flow, mask in (
        (frames[0], frames[1], "flow", "flow_mask"), (frames[2], frames[1], "flow_back", "flow_back_mask"),
    ):  # fmt: skip
        v, u = np.nonzero(here[mask] == 255)
        at = np.floor(np.stack([u, v], -1) + 0.5 + here[flow][v, u]).astype(int)
        same = there["part"][at[:, 1], at[:, 0]] == here["part"][v, u]
        assert same.mean() > 0.93 and len(v) > 2000
        assert (here[mask] == 128).sum() > 50
    names = episode.surfaces
    assert frames[0]["material"].max() < len(names.materials) and frames[0]["part"].max() < len(names.part_names)
    car = episode.entities[1 + [e.name for e in episode.entities[1:]].index("other")].instance
    assert any(i == car and "wheel" in n for i, n in zip(names.part_instances, names.part_names, strict=True))


def test_what_cannot_be() -> None:
    """Arrays on a device are not computed with."""
    scene = scene_of([block("post", (0.2, 4.0, 40.0))])
    states = Passing(state_of(scene, [(10.1, 0.0, -20.0)]), 0.0)
    spec = CameraSpec.from_fov("x", -1, (0, 0, 0), (8, 8), 1.0)
    renderer = reference.open_renderer(scene, RenderOptions())
    instants = Instants(states.state_at(0), states.state_at(0))
    image = replace(renderer.camera(spec, instants, ("part",), NOISE), channels={"part": object()})
    with pytest.raises(UsageError, match="on_device"):
        motion_labels(renderer, states, image, instants, WORDS, NOISE)
