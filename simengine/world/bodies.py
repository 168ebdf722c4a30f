"""What rigid-body physics needs of things: solids, mass and friction; and of robot arms: joints, limits, the tool.

Everything is told without meshes, so that physics can ask for it thousands of times. Poses are in the entity frame
(origin at the foot, below the centre of the bounding box; x forward, y left, z up), of a world in world axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from simengine.arrays import F64Array
from simengine.errors import SceneError

__all__ = ["ArmChain", "ArmJoint", "RigidBody", "Solid", "SuctionCup"]

_UPRIGHT = (1.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Solid:
    """A convex solid of a body.

    Attributes:
        shape: "box", "sphere", "cylinder", "capsule", "ellipsoid", or "hull" of ``points_m``.
        size_m: full extents along its own axes. Cylinders and capsules stand on their z axis with equal x and y, and
            the height of a capsule includes its round ends; a sphere has three equal extents.
        center_m: its middle in the body's frame.
        quaternion: body_from_solid, w, x, y, z.
        points_m: corners of a hull, in its own frame (about ``center_m``).
    """

    shape: Literal["box", "sphere", "cylinder", "capsule", "ellipsoid", "hull"]
    size_m: tuple[float, float, float]
    center_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    quaternion: tuple[float, float, float, float] = _UPRIGHT
    points_m: tuple[tuple[float, float, float], ...] = ()

    def __post_init__(self) -> None:
        x, y, z = self.size_m
        numbers = (*self.size_m, *self.center_m, *self.quaternion)
        if not all(math.isfinite(v) for v in numbers) or min(self.size_m) <= 0.0:
            raise SceneError(f"a solid needs finite numbers and extents above 0; got {self}")
        if self.shape == "sphere" and not x == y == z:
            raise SceneError(f"a sphere needs three equal extents; got {self.size_m}")
        if self.shape in ("cylinder", "capsule") and (x != y or (self.shape == "capsule" and z < x)):
            raise SceneError(f"a {self.shape} needs equal extents in x and y, and a height; got {self.size_m}")
        if (self.shape == "hull") != (len(self.points_m) >= 4):
            raise SceneError(f"a hull needs four corners at least, and nothing else has any; got {self.shape}")

    @property
    def volume_m3(self) -> float:
        """Volume; of a hull that of its box, as a bound."""
        x, y, z = self.size_m
        if self.shape in ("sphere", "ellipsoid"):
            return math.pi / 6.0 * x * y * z
        if self.shape == "cylinder":
            return 0.25 * math.pi * x * y * z
        if self.shape == "capsule":
            return 0.25 * math.pi * x * x * (z - x) + math.pi / 6.0 * x**3
        return x * y * z


@dataclass(frozen=True)
class RigidBody:
    """How a thing takes part in rigid-body physics.

    Attributes:
        solids: together the thing, as physics feels it. What is open (a tote) is made of its walls and its floor.
        mass_kg: 0 for what never moves. It is spread evenly over the solids' volumes, unless ``center_m`` is given.
        friction: coefficient of dry sliding against a surface of the same; wetness and roughness are in it.
        rolling_m: resistance to rolling as a lever arm (a ball on a table stops); 0: none.
        restitution: 0 dead .. 1 bounces back.
        center_m: centre of mass, where it is not that of the solids.
    """

    solids: tuple[Solid, ...]
    mass_kg: float = 0.0
    friction: float = 0.5
    rolling_m: float = 0.0002
    restitution: float = 0.1
    center_m: tuple[float, float, float] | None = None


@dataclass(frozen=True, eq=False)
class ArmJoint:
    """A revolute joint and the link beyond it. Its name is the name of a link of the asset.

    Attributes:
        name: "joint_1".
        parent_from_joint: (4, 4) at angle 0; the parent is the joint before (of the first: the base, which is the
            entity frame).
        axis: unit axis in the joint's frame.
        low_rad, high_rad: limits.
        speed_max_radps, acceleration_max_radps2: of the drive.
        solids: of the link beyond, in the joint's frame.
    """

    name: str
    parent_from_joint: F64Array
    axis: tuple[float, float, float]
    low_rad: float
    high_rad: float
    speed_max_radps: float
    acceleration_max_radps2: float
    solids: tuple[Solid, ...] = ()


@dataclass(frozen=True)
class SuctionCup:
    """A vacuum cup with bellows.

    Attributes:
        radius_m: of the lip.
        stroke_m: how far the bellows give way along the approach; the lip may be that far inside of what it holds.
        force_n: pull at full vacuum on a tight surface.
    """

    radius_m: float
    stroke_m: float
    force_n: float


@dataclass(frozen=True, eq=False)
class ArmChain:
    """A six-axis arm: axes 4, 5 and 6 meet in one point (the wrist), so that its inverse has a closed form.

    At joint angles 0 the upper arm stands up, the forearm lies along +x, and the tool points along +x. Joint 1 turns
    about z; 2, 3 and 5 about y (positive: forward and down); 4 and 6 about x.

    Attributes:
        joints: from the base to the flange.
        link_from_tool: (4, 4), of the last joint's link: at the middle of the cup's lip, z out of the tool (approach).
        link_from_mount: (4, 4), of the last joint's link: where sensors on ``tool`` sit; x forward (along the
            approach), y left, z up.
        cup: the gripper.
        home_rad: joint angles of rest: the tool points down, off the bench.
        base: solids of what does not move, in the entity frame.
        reach_m: how far from axis 1 the tool, pointing down, still touches the level of the foot.
    """

    joints: tuple[ArmJoint, ...]
    link_from_tool: F64Array
    link_from_mount: F64Array
    cup: SuctionCup
    home_rad: tuple[float, ...]
    base: tuple[Solid, ...]
    reach_m: float
