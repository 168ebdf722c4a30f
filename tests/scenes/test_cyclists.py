"""Cyclists: feet on turning pedals, hands on a turning bar, wheels that roll without sliding, two classes."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from simengine.arrays import F64Array
from simengine.physics import joint_angles
from simengine.physics.linkage import bars, turned
from simengine.world.scene import Scene
from simengine.world.skeletons import SKELETONS
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASSES
from tests.scenes.scenery import CYCLISTS, asset_of, part_vertices, scene_of


def ridden(scene: Scene, v: float, wheel: float, steer: float) -> WorldState:
    state = WorldState.at_rest(scene.actors, len(scene.links))
    zero = np.zeros(1)
    return replace(state, joint_rad=joint_angles(scene, zero, zero + v, zero + wheel, zero + steer))


def frames(scene: Scene, state: WorldState) -> dict[str, F64Array]:
    return {k.name: f for k, f in zip(scene.links, scene.link_transforms(state), strict=True)}


def test_bars_meet_their_target() -> None:
    """Two bars turned from their rest by any angles that keep the bend's side end somewhere; asked for that place, the
    answer ends there too (to the hundredth of a reach that is kept from stretching)."""
    rng = np.random.default_rng(4)
    upper, lower, turns = rng.normal(size=(400, 2)), rng.normal(size=(400, 2)), rng.uniform(-1, 1, (400, 2))
    a = np.stack(turned(upper[:, 0], upper[:, 1], turns[:, 0]), -1)
    b = np.stack(turned(lower[:, 0], lower[:, 1], turns[:, 1]), -1)
    bend, rest = (np.sign(u[:, 0] * w[:, 1] - u[:, 1] * w[:, 0]) for u, w in ((a, b), (upper, lower)))
    kept = bend == rest
    assert kept.sum() > 150
    target = (a + b)[kept]
    first, second = bars(tuple(upper[kept].T), tuple(lower[kept].T), tuple(target.T))  # type: ignore[arg-type]
    end = np.stack(turned(*upper[kept].T, first), -1) + np.stack(turned(*lower[kept].T, second), -1)
    reach = np.hypot(*upper[kept].T) + np.hypot(*lower[kept].T)
    assert (np.hypot(*(end - target).T) < 0.01 * reach).all()


@pytest.mark.parametrize("model", CYCLISTS)
def test_feet_stay_on_the_pedals_all_round(model: str) -> None:
    """Through a turn of the cranks the ankle keeps its place over the pedal (both turn together), so its distance from
    the pedal's axle is that of the rest; the knee never opens to a straight leg and never bends back."""
    scene = scene_of(asset_of(model))
    asset = asset_of(model)
    assert asset.entity.dynamics is not None
    rest = frames(scene, ridden(scene, 0.0, 0.0, 0.0))
    for k in range(24):
        wheel = 2.0 * math.pi * k / 24 / asset.entity.dynamics.crank_gear
        now = frames(scene, ridden(scene, 4.0, wheel, 0.0))
        for side in "lr":
            gap = [f[f"ride_ankle_{side}"][:3, 3] - f[f"pedal_{side}"][:3, 3] for f in (rest, now)]
            assert np.linalg.norm(gap[0]) == pytest.approx(np.linalg.norm(gap[1]), abs=1e-6)
            hip, knee, ankle = (now[f"ride_{j}_{side}"][:3, 3] for j in ("hip", "knee", "ankle"))
            thigh, shin = knee - hip, ankle - knee
            bend = math.atan2(np.cross(thigh, shin)[1], float(thigh @ shin))
            assert math.radians(20.0) < bend < math.radians(125.0)


@pytest.mark.parametrize("model", CYCLISTS)
@pytest.mark.parametrize("steer", [-0.2, 0.0, 0.2])
def test_hands_stay_on_the_bar(model: str, steer: float) -> None:
    """The hands turn with the bar; the forearms follow in the plane of the arm, which leaves at most 2 cm at 11 degrees
    of steering (a bend of 5.5 m radius): less than a wrist."""
    scene = scene_of(asset_of(model))
    state = ridden(scene, 3.0, 0.0, steer)
    now = frames(scene, state)
    points = dict(zip((p.name for p in scene.parts), part_vertices(scene, state), strict=True))
    for side in "lr":
        wrist = now[f"grip_{side}"][:3, 3]
        gap = np.linalg.norm(points[f"forearm_{side}"] - wrist, axis=1).min()
        assert gap < (0.035 if steer == 0.0 else 0.045)
        bar = points.get("bar", points["fork"])
        assert np.linalg.norm(points[f"hand_{side}"][:, None] - bar[None], axis=-1).min() < 0.03


@pytest.mark.parametrize("model", CYCLISTS)
def test_wheels_of_any_size_roll_without_sliding(model: str) -> None:
    """Each wheel turns by the way over its own radius; the joint of the smaller wheel turns by more."""
    scene = scene_of(asset_of(model))
    dynamics = asset_of(model).entity.dynamics
    assert dynamics is not None
    way = 1.3
    state = ridden(scene, 3.0, way / dynamics.wheel_radius_m, 0.0)
    rest = frames(scene, ridden(scene, 0.0, 0.0, 0.0))
    for i, link in enumerate(scene.links):
        if link.name.startswith("wheel_"):
            assert state.joint_rad[i] * rest[link.name][2, 3] == pytest.approx(way)


def test_lean_balances_a_steady_bend() -> None:
    """Weight and centrifugal force meet along the body: tan(lean) = v^2 / (g r); in a left bend the head goes left."""
    scene = scene_of(asset_of("city_bike"))
    dynamics = asset_of("city_bike").entity.dynamics
    assert dynamics is not None
    v, radius = 5.0, 12.0
    state = ridden(scene, v, 0.0, math.atan(dynamics.wheelbase_m / radius))
    up = frames(scene, state)["lean"][:3, 2]
    assert math.atan2(up[1], up[2]) == pytest.approx(math.atan(v * v / (9.81 * radius)))


@pytest.mark.parametrize("model", CYCLISTS)
def test_rider_and_bicycle_are_two_classes(model: str) -> None:
    """Cityscapes tells the bicycle from who rides it; both are parts of one instance. The rider has COCO's joints."""
    joints = sorted(k.name for k in asset_of(model).landmarks if k.skeleton == "person")
    assert joints == sorted(SKELETONS["person"].joints)
    classes = {p.name: CLASSES[p.semantic].name for p in asset_of(model).parts}
    assert {classes[n] for n in ("frame", "fork", "wheel_f", "wheel_r", "crank", "pedal_l")} == {"bicycle"}
    assert {classes[n] for n in ("torso", "head", "hand_l", "thigh_r", "foot_l", "forearm_r")} == {"rider"}


def test_nine_draws_differ_and_keep_the_box() -> None:
    """Nine varieties give at least eight different pairs of bicycle and rider; none leaves the model's box by more than
    a centimetre (sizes depend on the model alone)."""
    keys: set[tuple[str, ...]] = set()
    for variety in range(9):
        asset = asset_of("city_bike", variety)
        keys.add(tuple(m.name for m in asset.meshes))
        points = np.concatenate(part_vertices(scene_of(asset)))
        assert np.allclose(np.ptp(points, axis=0), asset.entity.size_m, atol=0.01)
    assert len(keys) >= 8
