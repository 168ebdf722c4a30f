"""States of a trace in rows of the scene, and the scenes of variants."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from simengine.engine.cast import build_scene, moving_slots
from simengine.engine.simulate import simulate
from simengine.engine.variants import Variants
from simengine.errors import UsageError
from simengine.geometry import transforms as tf
from tests.engine.worlds import LIBRARIES, draw, read

BODY = """
car parked[~ 1..3] along curb(right) by 1 m
car ego on lane(1) at s(20 m):
    speed = 10 m/s
pedestrian kid left of ego by 6 m
pedestrian idle along curb(left)
do:
    kid.run(across = road, speed = 3 m/s)
stop after 1 s
sensor front on ego = camera()
record front: rgb at 30 hz
"""


@pytest.fixture(scope="module")
def chain():
    program = read(BODY)
    draws = draw(program, 3)
    variants = Variants.of(draws, LIBRARIES)
    traces = simulate(variants)
    scenes = [build_scene(program, draws.scenario(k), LIBRARIES, 0) for k in range(3)]
    return program, variants, traces, scenes


def test_what_never_moves_is_static(chain):
    """Parked cars and the idle person have no speed, controller or action; ego and the child are actors 0 and 1."""
    program, variants, _, scenes = chain
    moving = moving_slots(program, variants.roster.slots)
    assert [s.name for s, m in zip(variants.roster.slots, moving, strict=True) if m] == ["ego", "kid"]
    counts = variants.active.sum(-1)
    for scene, count in zip(scenes, counts, strict=True):
        assert [(e.name, e.actor) for e in scene.entities if e.actor >= 0] == [("ego", 0), ("kid", 1)]
        named = [e for e in scene.entities if e.kind in ("car", "pedestrian")]
        assert len(named) == count
    parked = next(e for e in scenes[0].entities if e.name == "parked[1]")
    # a quarter of 1000 m plus half of a 4 m car; 0.25 m from the kerb at y = -2 plus half of 2 m
    assert parked.world_from_entity[:3, 3] == pytest.approx([252.0, -0.75, 0.0])


def test_states_at_ticks_are_those_of_the_trace(chain):
    """100 ticks a second, whatever is recorded. At tick 50 (0.5 s) ego has driven 5 m; rows are the scene's actors, and
    there is a joint angle for every link."""
    _, _, traces, scenes = chain
    trace, scene = traces[0], scenes[0]
    assert trace.rate_hz == 100
    state = trace.on(scene).state_at(500_000_000)
    assert state.position_m[0] == pytest.approx([25.0, 1.5, 0.0], abs=1e-12)
    assert state.velocity_mps[0] == pytest.approx([10.0, 0.0, 0.0])
    assert state.position_m.shape == (2, 3)
    assert state.joint_rad.shape == (len(scene.links),)
    wheel = next(k for k, link in enumerate(scene.links) if link.name == "wheel_fl")
    assert state.joint_rad[wheel] == pytest.approx(5.0 / 0.3)  # 5 m on wheels of 0.3 m
    assert scene.link_transforms(state).shape == (len(scene.links), 4, 4)
    assert trace.track("kid")[50] == pytest.approx(state.position_m[1])


def test_states_between_ticks_are_interpolated(chain):
    """Half way between two ticks: the middle of the positions, unit quaternions, the exact time."""
    _, _, traces, scenes = chain
    states = traces[0].on(scenes[0])
    before, after = states.state_at(500_000_000), states.state_at(508_333_333)
    middle = states.state_at(504_166_666)
    assert middle.time_ns == 504_166_666
    assert middle.position_m == pytest.approx(0.5 * (before.position_m + after.position_m), abs=1e-6)
    assert np.linalg.norm(middle.orientation, axis=-1) == pytest.approx(1.0)
    assert tf.yaw_of(middle.orientation)[0] == 0.0


def test_states_reach_one_period_beyond_the_stop(chain):
    """A scan or flow that begins at the stop needs one more period (1/30 s); further on there is nothing, and before
    the start neither."""
    _, _, traces, scenes = chain
    states = traces[0].on(scenes[0])
    stop = traces[0].duration_ns
    assert stop == 1_000_000_000
    assert states.state_at(stop + 33_333_333).time_ns == stop + 33_333_333
    for wrong in (-1, stop + 1_000_000_000):
        with pytest.raises(UsageError, match="has states from 0 to"):
            states.state_at(wrong)


def test_scene_does_not_depend_on_the_batch_and_looks_do_on_the_seed(chain):
    """Building a variant's scene twice gives the same parts; varieties come from the seed."""
    program, _, _, scenes = chain
    draws = draw(program, 3)
    again = build_scene(program, draws.scenario(1), LIBRARIES, 0)
    assert [m.name for m in again.meshes] == [m.name for m in scenes[1].meshes]
    names = {tuple(m.name for m in build_scene(program, draws.scenario(1), LIBRARIES, s).meshes) for s in range(4)}
    assert len(names) > 1


def test_traces_travel_between_processes(chain):
    """Workers get traces by pickle: the bytes survive."""
    trace = chain[2][0]
    copy = pickle.loads(pickle.dumps(trace))
    assert copy.motion.tobytes() == trace.motion.tobytes()
    assert copy.summary == trace.summary
