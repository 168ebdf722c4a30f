"""Two-wheelers lean before they turn: bars do not leap where the curvature of a way does."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.simulate import prepared
from simengine.engine.variants import Variants
from simengine.engine.variation import geometry_of
from simengine.language import parse_text
from simengine.language.sample import Sampler
from simengine.physics.paths import project
from simengine.physics.riding import lean_rad
from simengine.physics.vehicles import leaning_share

TEXT = """use driving

scenario t:
    world roundabout(arms = 4, lanes = 1, length = 80 m):
        radius = 16 m
    cyclist rider on lane(1) at s(50 m):
        speed = 6 m/s
    do:
        rider.turn(exit = 2)
    stop after 12 s
"""
DT_S = 0.01


@cache
def ridden() -> tuple[F64Array, F64Array]:
    """Lean and offset from the way at each tick."""
    program = parse_text(TEXT, libraries=libraries())[0]
    run = prepared(Variants.of(Sampler(program, 0).draw(range(1), geometry_of(program)), libraries()))
    base, rows = float(run.cast.body.wheelbase_m[0, 0]), list[tuple[float, float]]()
    for _ in run.ticks():
        m = run.simulation.motion
        axle = run.cast.body.rear_axle_m[:, 0]
        at = m.x[:, 0] - axle * m.cos[:, 0], m.y[:, 0] - axle * m.sin[:, 0]
        off = project(np.ascontiguousarray(m.packed[:, 0]), *at).left_m
        rows.append((float(lean_rad(m.v[0, 0], m.steer[0, 0], np.float64(base))), float(off[0])))
    lean, off = np.array(rows).T
    return lean, off


def test_riders_lean_evenly_and_keep_to_their_way() -> None:
    """In at 6 m/s, half round a ring of 16 m, and out: bends to the right, the left and the right again. Riders go
    from lean to lean at 100 degrees a second at most (bars that leapt with the way made 300), and stay within 0.4 m of
    the middle of a lane that is five times as wide as they are."""
    lean, off = ridden()
    assert np.degrees(lean.max()) > 8.0 and np.degrees(lean.min()) < -8.0
    assert np.degrees(np.abs(np.diff(lean)).max() / DT_S) < 100.0
    assert np.abs(off).max() < 0.4


def test_what_stands_by_itself_steers_as_before() -> None:
    """A time constant of 0.25 s goes a 25th of the way in 10 ms; 0 s all of it; where nobody leans nothing is done."""
    assert leaning_share(np.array([[0.25, 0.0]]), DT_S) == pytest.approx(np.array([[0.04, 1.0]]))
    assert leaning_share(np.zeros((1, 2)), DT_S) is None
