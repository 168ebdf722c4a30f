"""The six-axis arm as a thing to see: smooth castings around its joints, a suction tool, a camera on its bracket."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, frozen
from simengine.world.bodies import ArmChain
from simengine.world.materials import Material
from simengine.world.scene import IDENTITY, Asset, Box, Entity, Landmark, Link, Mesh, Part
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.palette import CHROME
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import box, lathe, loft, pose, ring, rounded_box, tube
from simengine_scenes.station import materials as m
from simengine_scenes.station.chain import (
    AXIS_1_M,
    CUP_RADIUS_M,
    ELBOW_UP_M,
    FLANGE_M,
    FOREARM_M,
    ROLL_M,
    SHOULDER_M,
    TOOL_M,
    UPPER_ARM_M,
    arm_chain,
    arm_scale,
)

__all__ = ["ARM_SIZE_M", "DEFAULT_REACH_M", "arm_asset", "arm_chain_of"]

DEFAULT_REACH_M = 1.0
ARM_SIZE_M = (0.24, 0.24, 0.95)
"""Of the foot, and of the height of an arm of usual reach at rest; placement needs no more."""
_SEGMENTS = 40


def arm_chain_of(model: str, values: Mapping[str, Any]) -> ArmChain:
    """Joints and tool of the arm with a reach."""
    del model
    return arm_chain(float(values.get("reach", DEFAULT_REACH_M)))


def arm_asset(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    """The arm; ``variety`` chooses the colour of its caps."""
    chain = arm_chain_of(model, values)
    k = arm_scale(chain.reach_m)
    accent = (m.ARM_ACCENT, m.STEEL_BLUE, m.ARM_DARK)[variety % 3]
    links = [Link(0, -1, IDENTITY, (0.0, 0.0, 1.0), "base")]
    for i, joint in enumerate(chain.joints):
        links.append(Link(0, i, joint.parent_from_joint, joint.axis, joint.name))
    drafts = [
        ("base", 0, _base(k)),
        ("shoulder", 1, _shoulder(k, accent)),
        ("upper_arm", 2, _upper_arm(k, accent)),
        ("elbow", 3, _elbow(k, accent)),
        ("forearm", 4, _forearm(k)),
        ("wrist", 5, _wrist(k, accent)),
        ("tool", 6, _tool(k, chain)),
    ]
    table: list[Material] = []
    meshes: list[Mesh] = []
    parts: list[Part] = []
    robot = CLASS_ID["robot"]
    for name, link, draft in drafts:
        meshes.append(draft.mesh(f"arm.{chain.reach_m:.6f}.{variety % 3}.{name}", table))
        parts.append(Part(len(meshes) - 1, 0, link, frozen(IDENTITY, np.float64), robot, name))
    length, width, height = ARM_SIZE_M
    foot = Box((0.0, 0.0, 0.5 * AXIS_1_M * k), (length, width, AXIS_1_M * k))
    entity = Entity("arm", "arm", "", robot, (length, width, height), occluders=(foot,), chain=chain)
    return Asset(entity, tuple(meshes), tuple(table), tuple(links), tuple(parts), landmarks=_landmarks(k))


def _landmarks(k: float) -> tuple[Landmark, ...]:
    """Where the axes of the joints meet the arm's middle plane, inside of the housings, and the lip of the cup."""
    covers = (("base", 0.14), ("joint_1", 0.11), ("joint_2", 0.17), ("joint_3", 0.17), ("joint_4", 0.08),
              ("joint_5", 0.08), ("flange", 0.05))  # fmt: skip
    marks = [Landmark(0, "arm", name, link, (0.0, 0.0, 0.0), k * cover) for link, (name, cover) in enumerate(covers)]
    return (*marks, Landmark(0, "arm", "tool", len(covers) - 1, (TOOL_M, 0.0, 0.0), 0.03))


# ---- shapes ----------------------------------------------------------------------------------------------------------


def _turned(surface: Surface, axis: str) -> Surface:
    """A solid of revolution about +z, laid along another axis (cyclic, so that it stays wound outward)."""
    vertices, faces = surface
    order = {"x": [2, 0, 1], "y": [1, 2, 0], "z": [0, 1, 2]}[axis]
    return vertices[:, order], faces


def _drum(
    k: float,
    radius: float,
    length: float,
    axis: str,
    at: tuple[float, float, float] = (0.0, 0.0, 0.0),
    soft: float = 0.012,
) -> Surface:
    """A round housing about an axis, its edges rounded."""
    h = 0.5 * length
    quarter = [0.0, math.pi / 8, math.pi / 4, 3 * math.pi / 8, math.pi / 2]
    low = [(radius - soft + soft * math.sin(a), -h + soft - soft * math.cos(a)) for a in quarter]
    high = [(r, -z) for r, z in low[::-1]]
    surface = _turned(lathe([(0.0, -h), *low, *high, (0.0, h)], _SEGMENTS), axis)
    return k * (surface[0] + np.asarray(at)), surface[1]


def _cap(
    k: float, draft: Draft, radius: float, y: float, accent: Material, at: npt.ArrayLike = (0.0, 0.0, 0.0)
) -> None:
    """A coloured cover with a seam and screws on the side of a joint about y, on the side and as far out as ``y``."""
    s = math.copysign(1.0, y)
    middle = np.asarray(at, np.float64)
    draft.add(_drum(k, radius * 0.98, 0.006, "y", _moved(middle, 0.0, y + s * 0.002, 0.0), 0.002), m.ARM_SEAL)
    draft.add(_drum(k, radius * 0.92, 0.016, "y", _moved(middle, 0.0, y + s * 0.009, 0.0), 0.006), accent)
    for n in range(6):
        a = n * math.pi / 3 + 0.3
        on = _moved(middle, 0.78 * radius * math.cos(a), y + s * 0.017, 0.78 * radius * math.sin(a))
        draft.add(_drum(k, 0.0045, 0.004, "y", on, 0.001), CHROME)


def _moved(middle: F64Array, x: float, y: float, z: float) -> tuple[float, float, float]:
    return float(middle[0]) + x, float(middle[1]) + y, float(middle[2]) + z


def _casting(k: float, sections: list[tuple[F64Array, float, float, float]]) -> Surface:
    """A skin through sections: middle (3,), half width across (y), half depth, and the turn of the section about y.

    The first axis of a section is y, the second lies in the plane of x and z.
    """
    rings: list[F64Array] = []
    for middle, wide, deep, turn in sections:
        unit = ring((1.0, 1.0), _SEGMENTS, 2.6)
        across = np.array([0.0, 1.0, 0.0])
        other = np.array([-math.cos(turn), 0.0, math.sin(turn)])
        rings.append(k * (middle + wide * unit[:, :1] * across + deep * unit[:, 1:] * other))
    return loft(np.stack(rings))


def _base(k: float) -> Draft:
    """A flange with bolts, and the fixed column with its connector panel."""
    d = Draft()
    d.add(_scaled(rounded_box((0.0, 0.0, 0.0125), (0.24, 0.24, 0.025), 6.0, 48, 0.15), k), m.ARM_SHELL)
    for a in range(4):
        t = math.pi / 4 + a * math.pi / 2
        bolt = [(0.0, 0.0), (0.011, 0.0), (0.011, 0.008), (0.0, 0.008)]
        d.add(
            _scaled(lathe(bolt, 12), k),
            CHROME,
            pose=pose(k * np.array([0.133 * math.cos(t), 0.133 * math.sin(t), 0.025])),
        )
    column = [
        (0.105, 0.02),
        (0.1, 0.03),
        (0.095, 0.06),
        (0.093, 0.13),
        (0.094, AXIS_1_M - 0.03),
        (0.097, AXIS_1_M - 0.012),
        (0.094, AXIS_1_M - 0.004),
        (0.0, AXIS_1_M - 0.004),
    ]
    d.add(_scaled(lathe([(0.0, 0.02), *column], _SEGMENTS + 8), k), m.ARM_SHELL)
    d.add(_scaled(rounded_box((-0.095, 0.0, 0.075), (0.05, 0.11, 0.075), 8.0, 24, 0.2), k), m.ARM_DARK)
    for y in (-0.025, 0.02):
        plug = tube([(-0.115, y, 0.075), (-0.145, y, 0.07)], 0.013, 14)
        d.add(_scaled(plug, k), m.ARM_METAL)
        cable = tube([(-0.145, y, 0.07), (-0.17, y, 0.062), (-0.185, y, 0.03), (-0.187, y, 0.012)], 0.008, 10)
        d.add(_scaled(cable, k), m.ARM_CABLE)
    return d


def _scaled(surface: Surface, k: float) -> Surface:
    return k * surface[0], surface[1]


def _shoulder(k: float, accent: Material) -> Draft:
    """The turning column; it widens into the housing of axis 2."""
    d = Draft()
    up, ahead = SHOULDER_M[1] - AXIS_1_M, SHOULDER_M[0]
    d.add(_scaled(lathe([(0.0, -0.004), (0.092, -0.004), (0.092, 0.004), (0.0, 0.004)], _SEGMENTS), k), m.ARM_SEAL)
    rings: list[F64Array] = []
    for z, wide, deep, shift in (
        (0.004, 0.096, 0.096, 0.0),
        (0.03, 0.096, 0.098, 0.002),
        (0.07, 0.092, 0.1, 0.012),
        (0.1, 0.084, 0.1, 0.03),
        (up - 0.02, 0.074, 0.088, ahead),
        (up + 0.03, 0.066, 0.066, ahead),
    ):
        flat = ring((deep, wide), _SEGMENTS, 2.2)
        rings.append(np.column_stack([flat[:, 0] + shift, flat[:, 1], np.full(_SEGMENTS, z)]))
    d.add(_scaled(loft(np.stack(rings)), k), m.ARM_SHELL)
    d.add(_drum(k, 0.086, 0.17, "y", (ahead, -0.02, up)), m.ARM_SHELL)
    _cap(k, d, 0.082, -0.105, accent, (ahead, 0.0, up))
    return d


def _upper_arm(k: float, accent: Material) -> Draft:
    """A tapered casting beside the shoulder's housing, from axis 2 to axis 3."""
    d, top = Draft(), UPPER_ARM_M
    y = 0.108
    d.add(_drum(k, 0.083, 0.006, "y", (0.0, 0.068, 0.0), 0.002), m.ARM_SEAL)
    d.add(_drum(k, 0.086, 0.076, "y", (0.0, y, 0.0), 0.016), m.ARM_SHELL)
    d.add(_drum(k, 0.072, 0.07, "y", (0.0, y, top), 0.014), m.ARM_SHELL)
    sections = [
        (np.array([0.0, y, z]), wide, deep, 0.0)
        for z, wide, deep in (
            (0.0, 0.034, 0.08),
            (0.09, 0.036, 0.072),
            (0.16, 0.038, 0.058),
            (0.22, 0.038, 0.053),
            (0.3, 0.037, 0.054),
            (0.36, 0.035, 0.062),
            (top, 0.031, 0.066),
        )
    ]
    vertices, faces = _casting(k, sections)
    d.add((vertices, faces[:, ::-1].copy()) if _inside_out((vertices, faces)) else (vertices, faces), m.ARM_SHELL)
    _cap(k, d, 0.078, y + 0.036, accent)
    _cap(k, d, 0.066, y + 0.033, accent, (0.0, 0.0, top))
    hose = [
        (-0.075, 0.085, 0.03),
        (-0.085, 0.09, 0.12),
        (-0.083, 0.09, 0.3),
        (-0.07, 0.085, 0.4),
        (-0.05, 0.06, top + 0.055),
    ]
    d.add(_scaled(tube(hose, 0.011, 12), k), m.ARM_CABLE)
    for z in (0.13, 0.29):
        d.add(_scaled(box((-0.072, 0.09, z), (0.036, 0.034, 0.014)), k), m.ARM_DARK)
    return d


def _inside_out(surface: Surface) -> bool:
    v, f = surface
    a, b, c = (v[f[:, i]] for i in range(3))
    return float((np.cross(a, b) * c).sum()) < 0.0


def _elbow(k: float, accent: Material) -> Draft:
    """The housing of axis 3 with the motor of axis 4; the forearm rolls in its collar."""
    d = Draft()
    d.add(_drum(k, 0.069, 0.006, "y", (0.0, 0.07, 0.0), 0.002), m.ARM_SEAL)
    d.add(_drum(k, 0.072, 0.14, "y", (0.0, -0.003, 0.0), 0.014), m.ARM_SHELL)
    _cap(k, d, 0.066, -0.073, accent)
    neck = [
        (np.array([x, -0.003, z]), wide, deep, -0.5 * math.pi)
        for x, z, wide, deep in (
            (-0.09, ELBOW_UP_M, 0.05, 0.046),
            (-0.08, ELBOW_UP_M, 0.058, 0.054),
            (0.0, 0.5 * ELBOW_UP_M + 0.012, 0.066, 0.068),
            (0.06, ELBOW_UP_M, 0.06, 0.06),
            (ROLL_M - 0.012, ELBOW_UP_M, 0.056, 0.056),
            (ROLL_M - 0.003, ELBOW_UP_M, 0.05, 0.05),
        )
    ]
    surface = _casting(k, neck)
    d.add((surface[0], surface[1][:, ::-1].copy()) if _inside_out(surface) else surface, m.ARM_SHELL)
    return d


def _forearm(k: float) -> Draft:
    """A slim tube that rolls about its own axis and ends in a fork around the wrist."""
    d, long = Draft(), FOREARM_M - ROLL_M
    line = [
        (0.0, -0.002),
        (0.05, -0.002),
        (0.053, 0.006),
        (0.053, 0.03),
        (0.047, 0.06),
        (0.042, 0.12),
        (0.041, long - 0.09),
        (0.044, long - 0.06),
        (0.036, long - 0.046),
        (0.0, long - 0.046),
    ]
    d.add(_scaled(_turned(lathe(line, _SEGMENTS), "x"), k), m.ARM_SHELL)
    for s in (1.0, -1.0):
        sections = [
            (np.array([x, s * 0.043, 0.0]), 0.0095, deep, -0.5 * math.pi)
            for x, deep in (
                (long - 0.1, 0.026),
                (long - 0.07, 0.036),
                (long - 0.03, 0.038),
                (long, 0.037),
                (long + 0.025, 0.03),
                (long + 0.036, 0.016),
            )
        ]
        surface = _casting(k, sections)
        d.add((surface[0], surface[1][:, ::-1].copy()) if _inside_out(surface) else surface, m.ARM_SHELL)
        d.add(_drum(k, 0.028, 0.006, "y", (long, s * 0.054, 0.0), 0.002), m.ARM_DARK)
    return d


def _wrist(k: float, accent: Material) -> Draft:
    """The tilting housing of axis 5, with the flange of axis 6 ahead of it."""
    d = Draft()
    d.add(_drum(k, 0.036, 0.064, "y", (0.0, 0.0, 0.0), 0.008), accent)
    line = [
        (0.0, -0.02),
        (0.033, -0.02),
        (0.034, 0.02),
        (0.036, 0.035),
        (0.036, FLANGE_M - 0.016),
        (0.033, FLANGE_M - 0.012),
        (0.0, FLANGE_M - 0.012),
    ]
    d.add(_scaled(_turned(lathe(line, _SEGMENTS), "x"), k), m.ARM_SHELL)
    return d


def _tool(k: float, chain: ArmChain) -> Draft:
    """Flange, ejector with its hose, stem, bellows and lip; and a stereo camera on a bracket. Its size is fixed."""
    d = Draft()
    flange = [(0.0, -0.013 * k), (0.031 * k, -0.013 * k), (0.031 * k, 0.0), (0.0, 0.0)]
    d.add(_turned(lathe(flange, _SEGMENTS), "x"), m.ARM_METAL)
    adapter = [
        (0.0, 0.0),
        (0.029, 0.0),
        (0.03, 0.004),
        (0.03, 0.012),
        (0.024, 0.016),
        (0.024, 0.06),
        (0.019, 0.068),
        (0.0, 0.068),
    ]
    d.add(_turned(lathe(adapter, 32), "x"), m.ARM_DARK)
    d.add(rounded_box((0.036, -0.031, 0.0), (0.04, 0.024, 0.03), 8.0, 24, 0.2), m.ARM_METAL)
    hose = [(0.03, -0.043, 0.0), (0.028, -0.06, -0.004), (0.005, -0.068, -0.01), (-0.03, -0.06, -0.014)]
    d.add(tube(hose, 0.004, 10), m.STEEL_BLUE)
    stem, lip, radius = TOOL_M - 0.034, TOOL_M, CUP_RADIUS_M
    d.add(
        _turned(
            lathe(
                [
                    (0.0, 0.066),
                    (0.008, 0.066),
                    (0.008, stem - 0.006),
                    (0.012, stem - 0.005),
                    (0.012, stem + 0.001),
                    (0.0, stem + 0.001),
                ],
                24,
            ),
            "x",
        ),
        CHROME,
    )
    fold: list[tuple[float, float]] = [(0.0, stem), (0.011, stem)]
    for n in range(3):
        z = stem + 0.002 + 0.0085 * n
        fold += [(0.0095, z), (0.0145, z + 0.0036), (0.0145, z + 0.0046), (0.0095, z + 0.0082)]
    fold += [(0.0105, lip - 0.006), (radius, lip), (radius - 0.0012, lip), (0.008, lip - 0.005), (0.0, lip - 0.005)]
    d.add(_turned(lathe(fold, 32), "x"), m.BELLOWS)
    _camera(d, chain)
    return d


def _camera(draft: Draft, chain: ArmChain) -> None:
    """A stereo camera behind the mount of sensors: two lenses in a slim housing, on a bent bracket."""
    x, y, z = chain.link_from_mount[:3, 3].tolist()
    draft.add(box((-0.0045, 0.0, 0.5 * (z - 0.004)), (0.003, 0.05, z - 0.03)), m.ARM_METAL)
    draft.add(rounded_box((x - 0.022, y, z), (0.032, 0.12, 0.036), 7.0, 32, 0.25), m.ARM_DARK)
    draft.add(box((x - 0.0055, y, z), (0.002, 0.108, 0.028)), m.SCREEN)
    for s in (0.03, -0.03):
        lens = [(0.0, 0.0), (0.0095, 0.0), (0.0095, 0.0025), (0.007, 0.003), (0.0, 0.0022)]
        draft.add(_turned(lathe(lens, 24), "x"), m.LENS, pose=pose((x - 0.005, y + s, z)))
