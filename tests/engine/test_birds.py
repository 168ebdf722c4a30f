"""A bird that sits and then flies: wings along its back, spread in a moment, beating at its size's pace."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.cast import build_scene
from simengine.engine.catalogue import libraries
from simengine.engine.trace import SWIVEL, Trace
from simengine.engine.variation import Variation
from simengine.language import check_text
from simengine.world.scene import Scene
from tests.scenes.scenery import part_vertices

TEXT = """use driving
scenario take_off "A pigeon sits on the road and flies away":
    world street(length = 120 m)
    car ego on lane(1) at s(10 m)
    bird dove on lane(1) at s(60 m):
        model = pigeon
    do:
        wait 1 s
        up: dove.follow_path(path = [(80 m, 0 m), (100 m, 8 m)], speed = 8 m/s, height = 5 m)
    stop after 5 s
"""
WHEEL = 15


@cache
def flown() -> tuple[Scene, Trace, F64Array]:
    (program,) = check_text(TEXT, libraries=libraries()).programs
    (run,) = Variation(program, 0, "random").simulate([0])
    scene = build_scene(program, run.scenario, libraries(), 0)
    return scene, run.trace, run.trace.states_of("dove")


def test_wings_open_as_it_takes_off():
    """Folded (0) for the second in which it sits; a sixth of a second after that (6 a second) wholly spread (1), and so
    as long as it flies. It goes up to the height that was asked for, and is on the ground until then."""
    _, trace, states = flown()
    ticks = np.asarray(trace.ticks_ns()) / 1e9
    spread = states[:, SWIVEL][:, 0]
    assert (spread[ticks < 0.99] == 0.0).all() and (spread[ticks > 1.25] == 1.0).all()
    assert (np.abs(states[ticks < 0.99, 2]) < 1e-9).all() and states[-1, 2] == pytest.approx(5.0, abs=0.3)


def test_a_pigeon_beats_its_wings_six_times_a_second():
    """2.1 body lengths a second over 0.33 m: 6.4 beats."""
    _, trace, states = flown()
    ticks = np.asarray(trace.ticks_ns()) / 1e9
    beats = (states[-1, WHEEL] - states[0, WHEEL]) / (2.0 * math.pi) / (ticks[-1] - ticks[0])
    assert beats == pytest.approx(2.1 / 0.33, rel=1e-6)


def test_folded_wings_are_as_narrow_as_the_box_and_spread_ones_are_not():
    """Sitting, all of it is within the width of its box and 5 cm; in flight the wings reach 20 cm farther."""
    scene, trace, _ = flown()
    (bird,) = [k for k, e in enumerate(scene.entities) if e.kind == "bird"]
    reach: list[float] = []
    for time_ns in (500_000_000, 1_600_000_000):
        state = trace.on(scene).state_at(time_ns)
        at = scene.entity_pose(state, bird)
        points = [p for part, p in zip(scene.parts, part_vertices(scene, state), strict=True) if part.entity == bird]
        across = (np.concatenate(points) - at[:3, 3]) @ at[:3, 1]
        reach.append(float(np.abs(across).max()))
    assert reach[0] < 0.5 * scene.entities[bird].size_m[1] + 0.05 and reach[1] > reach[0] + 0.1
