"""Body measures by model.

Adults follow DIN 33402-2 (50th percentile), children the growth tables for 6 and 9 years: the head of a six-year-old is
nearly as high as an adult's, so it takes a sixth of the stature instead of an eighth, and the legs are shorter.
Until 75 men lose some 4 cm of their height, women 6 cm (Sorkin, Muller and Andres 1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

__all__ = ["MEASURES", "BodyMeasures"]


@dataclass(frozen=True)
class BodyMeasures:
    """Heights above the ground, half widths and radii of somebody standing, metres.

    Attributes:
        stature_m: height with hair.
        head_m: (height, length, width) of the head.
        shoulder_m, elbow_m, wrist_m, hip_m, knee_m, ankle_m: heights of the joints.
        shoulder_half_m, hip_half_m: lateral offsets of the joints.
        chest_m, waist_m, pelvis_m: (half depth, half width).
        arm_m: radius at shoulder, elbow, wrist.
        leg_m: radius at hip, knee, ankle.
        foot_m: length and width of the shoe.
        child: semantic class.
        woman: shape of an adult.
        long_hair: down to the shoulders.
        grey: the hair has gone grey.
    """

    stature_m: float
    head_m: tuple[float, float, float]
    shoulder_m: float
    elbow_m: float
    wrist_m: float
    hip_m: float
    knee_m: float
    ankle_m: float
    shoulder_half_m: float
    hip_half_m: float
    chest_m: tuple[float, float]
    waist_m: tuple[float, float]
    pelvis_m: tuple[float, float]
    arm_m: tuple[float, float, float]
    leg_m: tuple[float, float, float]
    foot_m: tuple[float, float]
    child: bool = False
    woman: bool = False
    long_hair: bool = False
    grey: bool = False


def _aged(b: BodyMeasures, loss_m: float) -> BodyMeasures:
    """The same person at 75: spines shrink and legs do not, waists grow, hair turns grey."""
    (wx, wy), arms = b.waist_m, b.arm_m
    return replace(
        b, stature_m=round(b.stature_m - loss_m, 3), shoulder_m=b.shoulder_m - loss_m, elbow_m=b.elbow_m - loss_m,
        wrist_m=b.wrist_m - loss_m, waist_m=(1.14 * wx, 1.1 * wy),
        arm_m=(0.92 * arms[0], 0.92 * arms[1], arms[2]), long_hair=False, grey=True,
    )  # fmt: skip


MEASURES: dict[str, BodyMeasures] = {
    "adult": BodyMeasures(
        1.76, (0.235, 0.198, 0.156), 1.43, 1.11, 0.85, 0.925, 0.50, 0.085, 0.195, 0.092,
        (0.125, 0.178), (0.112, 0.152), (0.128, 0.172), (0.058, 0.046, 0.034), (0.088, 0.062, 0.045), (0.285, 0.105),
    ),
    "adult_f": BodyMeasures(
        1.63, (0.222, 0.188, 0.148), 1.325, 1.03, 0.79, 0.86, 0.465, 0.078, 0.168, 0.088,
        (0.122, 0.152), (0.098, 0.128), (0.122, 0.172), (0.048, 0.039, 0.029), (0.084, 0.056, 0.040), (0.255, 0.092),
        False, True, True,
    ),
    "child_9y": BodyMeasures(
        1.33, (0.212, 0.186, 0.146), 1.055, 0.815, 0.63, 0.675, 0.365, 0.066, 0.140, 0.068,
        (0.092, 0.126), (0.083, 0.112), (0.094, 0.124), (0.041, 0.034, 0.026), (0.064, 0.046, 0.034), (0.225, 0.084),
        True,
    ),
    "child_6y": BodyMeasures(
        1.16, (0.206, 0.182, 0.143), 0.905, 0.695, 0.54, 0.565, 0.305, 0.060, 0.123, 0.060,
        (0.084, 0.112), (0.078, 0.103), (0.087, 0.112), (0.037, 0.031, 0.025), (0.057, 0.042, 0.032), (0.200, 0.078),
        True,
    ),
}  # fmt: skip
"""By model."""
MEASURES |= {"elderly": _aged(MEASURES["adult"], 0.04), "elderly_f": _aged(MEASURES["adult_f"], 0.06)}
