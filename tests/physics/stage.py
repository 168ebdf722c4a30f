"""Small worlds for the tests of the physics: straight and curved roads, cars, people, boxes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.geometry import transforms as tf
from simengine.physics import Cast, Simulation
from simengine.world.lanes import Curve, Lane, LaneGraph
from simengine.world.scene import Box, Entity, VehicleDynamics
from simengine.world.state import WorldState

DYNAMICS = VehicleDynamics(wheelbase_m=2.7, rear_axle_m=1.35, wheel_radius_m=0.32)
SNAPPY = VehicleDynamics(2.7, 1.35, 0.32, 0.6, 9.0, 9.0, 1e9, 1e9)
"""No limit of jerk or steering rate: closed forms without build-up hold."""
LANE_M = 3.5


def line(y_m: float, length_m: float = 400.0, forward: bool = True) -> Curve:
    ends = [0.0, length_m] if forward else [length_m, 0.0]
    return Curve(np.array([[x, y_m, 0.0] for x in ends]))


def road(lanes: int = 2, oncoming: int = 0, length_m: float = 400.0) -> LaneGraph:
    """Lanes of 3.5 m along +x, lane 0 centred on y = 0; the last ``oncoming`` come back; kerbs at the edges."""
    out = tuple(
        Lane(line(LANE_M * i, length_m, i < lanes - oncoming), LANE_M, i < lanes - oncoming, -1, i - 1)
        for i in range(lanes)
    )
    edge = LANE_M * (lanes - 0.5)
    return LaneGraph(out, {"curb.right": line(-0.5 * LANE_M, length_m), "curb.left": line(edge, length_m)})


def bend(radius_m: float, points: int = 200) -> LaneGraph:
    """One lane on a left-hand circle about (0, radius), starting at the origin along +x."""
    a = np.linspace(0.0, np.pi, points)
    xyz = np.stack([radius_m * np.sin(a), radius_m * (1 - np.cos(a)), np.zeros_like(a)], -1)
    return LaneGraph((Lane(Curve(xyz), LANE_M),))


def car(name: str = "car", dynamics: VehicleDynamics = DYNAMICS) -> Entity:
    solids = (Box((0.0, 0.0, 0.6), (4.3, 1.7, 0.8)), Box((-0.2, 0.0, 1.2), (2.2, 1.5, 0.4)))
    size = (4.5, 1.8, 1.45)
    return Entity(name, "car", "sedan", 15, size, occluders=solids, eye_m=(0.2, 0.4, 1.2), dynamics=dynamics)


def child(name: str = "kid") -> Entity:
    solid = Box((0.0, 0.0, 0.6), (0.2, 0.3, 1.1))
    return Entity(
        name, "pedestrian", "child", 22, (0.3, 0.4, 1.2), occluders=(solid,), eye_m=(0.1, 0.0, 1.1), leg_m=0.6
    )


Actor = tuple[Entity, str, float, float, float, float]
"""Entity, category, x, y, heading in degrees, speed."""


def cast_of(actors: Sequence[Sequence[Actor]], lanes: Sequence[LaneGraph], **options: Any) -> Cast:
    names = tuple(a[0].name for a in actors[0])
    categories = tuple(a[1] for a in actors[0])
    return Cast(names, categories, tuple(tuple(a[0] for a in row) for row in actors), tuple(lanes), **options)


def state_of(actors: Sequence[Sequence[Actor]], moving: bool = False) -> WorldState:
    """Initial state; ``moving``: with velocities along the headings (for snapshots)."""
    batch, slots = len(actors), len(actors[0])
    state = WorldState.at_rest(slots, 0, (batch,))
    for b, row in enumerate(actors):
        for a, (_, _, x, y, deg, v) in enumerate(row):
            yaw = np.deg2rad(deg)
            state.position_m[b, a] = (x, y, 0.0)
            state.orientation[b, a] = tf.quaternion_from_yaw(yaw)
            if moving:
                state.velocity_mps[b, a] = (v * np.cos(yaw), v * np.sin(yaw), 0.0)
    return state


def simulation(
    actors: Sequence[Sequence[Actor]], lanes: Sequence[LaneGraph],
    controllers: Mapping[int, tuple[str, Mapping[str, Any]]] | None = None, dt_s: float = 0.01, **options: Any,
) -> Simulation:  # fmt: skip
    cast = cast_of(actors, lanes, **options)
    speeds = np.array([[a[5] for a in row] for row in actors])
    chosen = [(controllers or {}).get(i) for i in range(cast.slots)]
    return Simulation(cast, state_of(actors), speeds, chosen, dt_s)


def run(sim: Simulation, seconds: float) -> Simulation:
    for _ in range(round(seconds / sim.dt_s)):
        sim.step()
    return sim


def everywhere(sim: Simulation) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.ones(sim.cast.batch, np.bool_)
