"""Multirotors: a body with arms, motors, rotors that turn, legs, and a camera on a stabilised mount below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, pose, rounded_box, tube

__all__ = ["DRONE_SIZE_M", "drone_asset"]

DRONE_SIZE_M: dict[str, tuple[float, float, float]] = {
    "quadrotor": (0.35, 0.35, 0.12),
    "hexarotor": (0.90, 0.90, 0.40),
}
"""Length, width and height, with the rotors as discs."""


@dataclass(frozen=True)
class _Frame:
    """Measures of a model.

    Attributes:
        arms_rad: directions of the arms.
        arm_m: from the middle to the axes of the rotors.
        rotor_m: radius of the discs.
        body: length, width and height of the hull.
        hull_m: height of its middle above the feet.
        rotor_at_m: height of the rotors.
        arm_thick_m: radius of the arms.
        legs: skids instead of feet below the arms.
    """

    arms_rad: tuple[float, ...]
    arm_m: float
    rotor_m: float
    body: tuple[float, float, float]
    hull_m: float
    rotor_at_m: float
    arm_thick_m: float
    legs: bool


def _round(count: int, first: float) -> tuple[float, ...]:
    return tuple(first + 2.0 * math.pi * k / count for k in range(count))


_FRAMES = {
    "quadrotor": _Frame(_round(4, math.pi / 4), 0.132, 0.0815, (0.18, 0.085, 0.055), 0.065, 0.113, 0.008, False),
    "hexarotor": _Frame(_round(6, math.pi / 6), 0.320, 0.170, (0.30, 0.24, 0.11), 0.27, 0.385, 0.016, True),
}
_SHELLS: tuple[Material, ...] = (palette.CARGO_WHITE, palette.RIM_DARK, palette.PAINTS["orange"])


def _blades(radius_m: float) -> Draft:
    """Two blades about the axis, thinner and less steep towards their tips."""
    draft = Draft()
    for side in (0.0, math.pi):
        for share, wide, steep in ((0.3, 0.20, 0.35), (0.62, 0.17, 0.24), (0.88, 0.12, 0.16)):
            at = pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), side)
            middle = pose((share * radius_m, 0.0, 0.0), (1.0, 0.0, 0.0), steep)
            piece = box((0.0, 0.0, 0.0), (0.30 * radius_m, wide * radius_m, 0.02 * radius_m))
            draft.add(piece, palette.PLASTIC, pose=at @ middle)
    return draft


def _hull(f: _Frame, shell: Material) -> Draft:
    draft = Draft()
    length, width, height = f.body
    draft.add(rounded_box((0.0, 0.0, f.hull_m), (length, width, height), 5.0), shell)
    lid = (0.6 * length, 0.7 * width, 0.3 * height)
    draft.add(rounded_box((-0.08 * length, 0.0, f.hull_m + 0.5 * height), lid, 5.0), palette.PLASTIC)
    for angle in f.arms_rad:
        way = np.array([math.cos(angle), math.sin(angle), 0.0])
        root, tip = 0.25 * f.arm_m * way, f.arm_m * way
        root[2], tip[2] = f.hull_m + 0.2 * height, f.rotor_at_m - 0.028 * (1.0 if not f.legs else 2.0)
        draft.add(tube([tuple(root), tuple(tip)], f.arm_thick_m, 8), palette.RIM_DARK)
        motor = 0.18 * f.rotor_m
        outline = [(0.0, tip[2] - 0.01), (motor, tip[2] - 0.01), (motor, f.rotor_at_m - 0.004), (0.0, f.rotor_at_m)]
        draft.add(lathe(outline, 12), palette.IRON, pose=pose((tip[0], tip[1], 0.0)))
        ahead = way[0] > 0.1
        lens = palette.INDICATORS[0] if ahead else palette.TAILLAMP
        draft.add(ellipsoid((0.93 * tip[0], 0.93 * tip[1], tip[2] - 0.02), (0.01, 0.01, 0.006), 6, 8), lens)
        if not f.legs:
            draft.add(tube([(tip[0], tip[1], tip[2]), (tip[0], tip[1], 0.0)], [0.008, 0.005], 6), palette.PLASTIC)
    if f.legs:
        for side in (1.0, -1.0):
            foot = side * 0.9 * width
            for x in (0.11, -0.11):
                draft.add(tube([(x, side * 0.4 * width, f.hull_m), (x, foot, 0.02)], 0.009, 6), palette.RIM_DARK)
            draft.add(tube([(0.20, foot, 0.013), (-0.20, foot, 0.013)], 0.013, 8), palette.RUBBER)
    return draft


def _camera(f: _Frame) -> Draft:
    """What hangs below the body and stays level."""
    big = 2.2 if f.legs else 1.0
    x, z = 0.36 * f.body[0], f.hull_m - 0.5 * f.body[2]
    draft = Draft().add(tube([(x - 0.01, 0.0, z + 0.012), (x - 0.01, 0.0, z - 0.004)], 0.008 * big, 8), palette.IRON)
    draft.add(rounded_box((x, 0.0, z - 0.014 * big), (0.036 * big, 0.032 * big, 0.030 * big), 5.0), palette.PLASTIC)
    draft.add(ellipsoid((x + 0.018 * big, 0.0, z - 0.014 * big), (0.007 * big, 0.010 * big, 0.010 * big), 8, 12),
              palette.GLASS)  # fmt: skip
    return draft


@lru_cache(maxsize=16)
def _asset(model: str, look: int) -> Asset:
    f, semantic = _FRAMES[model], CLASS_ID["drone"]
    assembly = Assembly()
    middle = (0.0, 0.0, f.hull_m)
    pitch = assembly.link("tilt_pitch", middle)
    roll = assembly.link("tilt_roll", middle, pitch, (1.0, 0.0, 0.0))
    assembly.add("body", f"{model}.body.{look}", _hull(f, _SHELLS[look]), semantic, roll)
    assembly.add("camera", f"{model}.camera", _camera(f), semantic)
    blades = assembly.mesh(f"{model}.rotor", _blades(f.rotor_m))
    for k, angle in enumerate(f.arms_rad):
        at = (f.arm_m * math.cos(angle), f.arm_m * math.sin(angle), f.rotor_at_m)
        spin = (0.0, 0.0, 1.0) if k % 2 else (0.0, 0.0, -1.0)
        link = assembly.link(f"rotor_{k}", at, roll, spin)
        assembly.part(f"rotor_{k}", blades, semantic, link)
        assembly.landmark("drone", f"rotor_{k}", at, 0.05, roll)
    size = DRONE_SIZE_M[model]
    hull = Box((0.0, 0.0, f.hull_m), f.body)
    entity = Entity(model, "drone", model, semantic, size, occluders=(hull,), eye_m=(0.4 * f.body[0], 0.0, 0.0))
    return assembly.asset(entity)


def drone_asset(model: str, variety: int) -> Asset:
    """A drone of a model in ``DRONE_SIZE_M``; the colour of its shell by the variety seed."""
    return _asset(model, int(stream(variety, "drone").integers(len(_SHELLS))))
