"""An arm that looks, picks, places and retreats between two boxes, in the physics alone."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from simengine.geometry import transforms as tf
from simengine.physics.rigid.bodies import RigidBodies
from simengine.physics.rigid.gripper import Seal
from simengine.physics.rigid.model import Fixed, Loose, Mounted
from simengine.physics.rigid.robot import Area, Robot, View
from simengine.world.bodies import RigidBody, Solid
from tests.physics.rigid.test_arm import chain

TICK_S = 0.01
WALL_M = 0.2
BENCH = Fixed("bench", np.eye(4), RigidBody((Solid("box", (4.0, 4.0, 0.2), (0.0, 0.0, -0.1)),)))
GOAL = Area(0.45, -0.35, 0.0, 0.3, 0.3)


def box(x: float, y: float) -> Fixed:
    """Four walls of 20 cm around 30 x 30 cm."""
    walls = tuple(
        Solid("box", (0.02 if a else 0.34, 0.02 if b else 0.34, WALL_M), (0.16 * a, 0.16 * b, 0.5 * WALL_M))
        for a, b in ((1, 0), (-1, 0), (0, 1), (0, -1))
    )
    return Fixed(f"box {y}", tf.translation([x, y, 0.0]), RigidBody(walls))


def thing(mass_kg: float = 0.3, size: tuple[float, float, float] = (0.1, 0.08, 0.06)) -> RigidBody:
    return RigidBody((Solid("box", size, (0.0, 0.0, 0.5 * size[2])),), mass_kg)


class Cell:
    """One arm at the origin, and what it did in every tick."""

    def __init__(self, body: RigidBody, x: float = 0.45, y: float = 0.3) -> None:
        loose = [Loose("thing", tf.translation([x, y, 0.001]), body)]
        self.bodies = RigidBodies(
            [BENCH, box(0.45, 0.3), box(0.45, -0.35)], loose, [Mounted("arm", np.eye(4), chain())], TICK_S
        )
        self.robot = Robot(self.bodies, 0, WALL_M, TICK_S)
        self.joints: list[np.ndarray] = [self.robot.joints_rad] * 2
        self.tools: list[np.ndarray] = []

    def tick(self) -> None:
        self.robot.tick()
        self.bodies.step(self.robot.links()[None])
        self.joints.append(self.robot.joints_rad)
        self.tools.append(self.robot.world_from_tool)

    def run(self, order: Callable[[], None], until: Callable[[], bool] | None = None) -> int:
        """Ticks until an order is done."""
        order()
        for k in range(1500):
            self.tick()
            if self.robot.done or (until is not None and until()):
                return k
        raise AssertionError("it never ends")

    def pose(self) -> np.ndarray:
        poses = self.bodies.poses()
        return tf.matrix_from_pose(poses.position_m[0], poses.orientation[0])


def test_picks_up_carries_and_puts_down() -> None:
    """From one box into the other, over their walls: while it is carried the thing keeps its pose in the tool's frame
    to 1 mm and 0.01 rad (the weld is a stiff constraint, not a teleport); it ends on the floor of the other box.
    Joint speeds and accelerations stay within their limits in every tick of it all, and no part of the arm touches a
    wall."""
    cell = Cell(thing())
    cell.run(lambda: cell.robot.pick(0))
    assert cell.robot.failure == ""
    assert cell.robot.holding
    held = tf.compose(tf.inverse(cell.robot.world_from_tool), cell.pose())
    cell.robot.place(GOAL)
    carried = 0
    while cell.robot.holding:
        cell.tick()
        _clear_of_walls(cell)
        now = tf.compose(tf.inverse(cell.robot.world_from_tool), cell.pose())
        if cell.robot.holding:
            assert np.abs(now[:3, 3] - held[:3, 3]).max() < 1e-3
            assert np.abs(now[:3, :3] - held[:3, :3]).max() < 0.01
            carried += 1
    assert carried > 50
    while not cell.robot.done:
        cell.tick()
        _clear_of_walls(cell)
    cell.run(cell.robot.retreat)
    assert cell.robot.failure == ""
    assert cell.robot.joints_rad == pytest.approx(cell.robot.arm.chain.home_rad, abs=1e-9)
    x, y, z = cell.pose()[:3, 3].tolist()
    assert abs(x - GOAL.x_m) < 0.05
    assert abs(y - GOAL.y_m) < 0.05
    assert abs(z) < 2e-3
    assert bool(cell.bodies.resting[0])
    arm = cell.robot.arm
    speed = np.diff(np.array(cell.joints), axis=0) / TICK_S
    assert (np.abs(speed) <= arm.speed).all()
    assert (np.abs(np.diff(speed, axis=0) / TICK_S) <= arm.acceleration * 1.02).all()


def _clear_of_walls(cell: Cell) -> None:
    """The last link is a point with a tool of 165 mm here: its lip and its wrist are above what they pass."""
    tool = cell.robot.world_from_tool[:3, 3]
    for y in (0.3, -0.35):
        aside = max(abs(tool[0] - 0.45), abs(tool[1] - y))
        if 0.15 - 0.02 < aside < 0.17 + 0.02:
            assert tool[2] > WALL_M


def test_what_is_lifted_is_held_and_what_is_only_touched_is_not() -> None:
    """``holding`` begins when the thing hangs 2 cm above where it was gripped."""
    cell = Cell(thing())
    heights: list[float] = []

    def lifted() -> bool:
        heights.append(float(cell.pose()[2, 3]))
        return cell.robot.holding

    cell.run(lambda: cell.robot.pick(0), lifted)
    assert heights[-1] > 0.015
    assert max(heights[:-5]) < 0.02 + 0.01


@pytest.mark.parametrize(("mass_kg", "holds"), [(1.0, True), (8.0, False)])
def test_a_cup_of_45_newton_does_not_lift_8_kg(mass_kg: float, holds: bool) -> None:
    """1 kg asks for 9.8 N; 8 kg ask for 78 N at rest: the cup comes off when the arm lifts, and the thing stays."""
    cell = Cell(thing(mass_kg))
    cell.run(lambda: cell.robot.pick(0))
    assert cell.robot.holding == holds
    assert not cell.robot.dropped  # it never had it
    if not holds:
        assert "come off 'thing'" in cell.robot.failure
        assert cell.pose()[2, 3] < 0.05


def test_gripped_off_its_middle_a_thing_peels_the_cup_off() -> None:
    """1.2 kg with their middle 7 cm beside the cup: a moment of 0.82 Nm over a lip of 15 mm is 55 N. It is gripped
    where the cup reaches it (here: in the middle), so the same thing is held."""
    long = thing(1.2, (0.24, 0.05, 0.05))
    cell = Cell(long)
    cell.run(lambda: cell.robot.pick(0))
    assert cell.robot.holding
    tool = cell.robot.world_from_tool
    moment = np.array([0.07, 0.0, 0.0])
    force = np.array([0.0, 0.0, 1.2 * 9.81])
    seal = Seal(1.0, 0.015)
    assert cell.robot.gripper.burden(seal, force, tool[:3, 3] + moment, tool) > 1.0
    assert cell.robot.gripper.burden(seal, force, tool[:3, 3], tool) == pytest.approx(1.2 * 9.81 / 45.0)


def test_what_is_torn_off_is_dropped() -> None:
    """Something pulls with 60 N at what it carries: it falls, ``dropped`` holds until the next pick, and the action
    that carried it fails and says so."""
    cell = Cell(thing())
    cell.run(lambda: cell.robot.pick(0))
    cell.robot.place(GOAL)
    for _ in range(30):
        cell.tick()
    assert cell.robot.holding
    cell.bodies.data.xfrc_applied[1, 2] = -60.0
    for _ in range(10):
        cell.tick()
    cell.bodies.data.xfrc_applied[1, 2] = 0.0
    assert cell.robot.dropped
    assert not cell.robot.holding
    for _ in range(200):
        cell.tick()
    assert cell.robot.done
    assert "come off 'thing'" in cell.robot.failure
    assert cell.pose()[2, 3] < 0.25
    assert cell.robot.dropped
    cell.robot.pick(0)
    assert not cell.robot.dropped


@pytest.mark.parametrize(
    ("body", "x", "reason"),
    [
        (thing(), 1.5, "'thing' is out of reach: too far, 1.53 m from its foot; at that height"),
        (RigidBody((Solid("cylinder", (0.006, 0.006, 0.1), (0.0, 0.0, 0.05)),), 0.05), 0.45, "finds no seal"),
    ],
    ids=["far", "thin"],
)
def test_says_what_it_cannot_do(body: RigidBody, x: float, reason: str) -> None:
    """Beyond its reach it does not set out (1.5 m ahead and 0.3 m aside are 1.53 m); a rod thinner than its smallest
    lip (10 mm) it cannot seal on."""
    cell = Cell(body, x)
    cell.run(lambda: cell.robot.pick(0))
    assert reason in cell.robot.failure
    assert not cell.robot.holding
    cell.run(lambda: cell.robot.place(GOAL))
    assert cell.robot.failure == "it holds nothing"


def test_looks_down_at_a_place_with_the_sensors_above_it() -> None:
    """The mount's x axis points straight down, and through the place."""
    cell = Cell(thing())
    cell.run(lambda: cell.robot.look(View(0.45, -0.35, 0.2, 0.34)))
    mount = tf.compose(cell.robot.links()[5], cell.robot.arm.chain.link_from_mount)
    assert mount[:3, 0] == pytest.approx([0.0, 0.0, -1.0], abs=1e-9)
    assert mount[:2, 3] == pytest.approx([0.45, -0.35], abs=1e-9)
    assert 0.25 <= mount[2, 3] - 0.2 <= 0.61


def test_brakes_and_goes_on_with_something_else() -> None:
    """A pick that is broken off half way comes to a stop within its limits, and the next order starts from there."""
    cell = Cell(thing())
    cell.robot.pick(0)
    for _ in range(20):
        cell.tick()
    cell.run(cell.robot.retreat)
    speed = np.diff(np.array(cell.joints), axis=0) / TICK_S
    assert (np.abs(np.diff(speed, axis=0) / TICK_S) <= cell.robot.arm.acceleration * 1.05).all()
    assert cell.robot.joints_rad == pytest.approx(cell.robot.arm.chain.home_rad, abs=1e-9)
    assert math.isclose(float(cell.pose()[2, 3]), 0.0, abs_tol=2e-3)
