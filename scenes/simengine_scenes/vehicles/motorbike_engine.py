"""What one sees below the tank of a motorcycle: crankcase, cylinders with fins, a radiator, exhaust pipes."""

from __future__ import annotations

import math

import numpy as np

from simengine.geometry import transforms as tf
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, lathe, pose, rounded_box, tube

__all__ = ["ENGINES", "engine_draft"]

ENGINES = ("inline", "v_twin")
_FINS, _PITCH_M, _FIN_M = 6, 0.026, 0.009
_SILENCER = [(-0.25, -0.15, 0.24), (-0.60, -0.22, 0.40), (-0.82, -0.23, 0.48)]
_SILENCER_R = [0.03, 0.055, 0.055]


def engine_draft(kind: str) -> Draft:
    """One of ``ENGINES``, in the motorcycle's frame."""
    d = Draft()
    d.add(rounded_box((0.03, 0.0, 0.36), (0.46, 0.28, 0.22), 5.0, 20), palette.IRON)
    cover = [(0.0, -0.165), (0.075, -0.165), (0.105, -0.150), (0.115, -0.12), (0.115, 0.12), (0.105, 0.150),
             (0.075, 0.165), (0.0, 0.165)]  # fmt: skip
    d.add(lathe(cover, 18), palette.RIM_DARK, pose=pose((-0.06, 0.0, 0.36), (1.0, 0.0, 0.0), 0.5 * math.pi))
    if kind == "v_twin":
        for x, lean in ((0.13, 0.50), (-0.02, -0.36)):
            _barrel(d, (x, 0.0, 0.44), lean)
        pipes = [[(0.31, -0.05, 0.56), (0.36, -0.08, 0.42), (0.14, -0.13, 0.23)]]
        d.add(tube([(-0.13, -0.07, 0.62), (-0.22, -0.13, 0.52), (-0.25, -0.15, 0.30)], 0.021, 8), palette.CHROME)
    else:
        _block(d)
        d.add(box((0.335, 0.0, 0.53), (0.035, 0.30, 0.26)), palette.IRON)
        pipes = [
            [(0.27, y, 0.50), (0.315, y, 0.40), (0.22, 0.5 * y - 0.04, 0.24), (0.02, -0.10, 0.215)]
            for y in (-0.12, -0.04, 0.04, 0.12)
        ]
    for pipe in pipes:
        d.add(tube(pipe, 0.019, 8), palette.CHROME)
    last = np.array(pipes[0][-1])
    d.add(tube([last, *_SILENCER], [0.024, *_SILENCER_R], 10), palette.CHROME)
    return d


def _barrel(d: Draft, foot_m: tuple[float, float, float], lean_rad: float) -> None:
    """A round cylinder with fins and its head, which lean forward by an angle."""
    at = tf.compose(tf.translation(foot_m), pose(axis=(0.0, 1.0, 0.0), angle_rad=lean_rad))
    tall = 0.04 + _FINS * _PITCH_M
    d.add(lathe([(0.0, -0.04), (0.062, -0.04), (0.062, tall), (0.0, tall)], 16), palette.IRON, pose=at)
    for k in range(_FINS):
        z = 0.03 + k * _PITCH_M
        fin = lathe([(0.05, z), (0.092, z), (0.092, z + _FIN_M), (0.05, z + _FIN_M)], 18)
        d.add(fin, palette.GALVANISED, pose=at)
    d.add(rounded_box((0.0, 0.0, tall + 0.03), (0.15, 0.16, 0.075), 4.0, 16), palette.RIM_DARK, pose=at)


def _block(d: Draft) -> None:
    """Four cylinders in a row across, in one finned block that leans forward."""
    at = tf.compose(tf.translation((0.13, 0.0, 0.42)), pose(axis=(0.0, 1.0, 0.0), angle_rad=0.30))
    d.add(box((0.0, 0.0, 0.09), (0.17, 0.33, 0.24)), palette.IRON, pose=at)
    for k in range(_FINS):
        d.add(box((0.0, 0.0, 0.04 + k * _PITCH_M), (0.21, 0.375, _FIN_M)), palette.GALVANISED, pose=at)
    d.add(rounded_box((0.0, 0.0, 0.215), (0.20, 0.37, 0.075), 5.0, 16), palette.RIM_DARK, pose=at)
