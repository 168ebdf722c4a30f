"""The plane behind a pinhole and OpenCV's distortion of it, both ways: Brown-Conrady, rational, with thin prism.

With x = X/Z, y = Y/Z, s = x^2 + y^2 (OpenCV's camera model, documented with ``cv2.projectPoints``)::

    g = (1 + k1 s + k2 s^2 + k3 s^3) / (1 + k4 s + k5 s^2 + k6 s^3)
    u = fx (x g + 2 p1 x y + p2 (s + 2 x^2) + s1 s + s2 s^2) + cx
    v = fy (y g + p1 (s + 2 y^2) + 2 p2 x y + s3 s + s4 s^2) + cy

Coefficients come in OpenCV's order, k1 k2 p1 p2 k3 k4 k5 k6 and, with thin prism, s1 s2 s3 s4. The map is one to one
only up to the *fold radius*, where the distorted radius stops growing with the true one.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import F64Array

__all__ = ["distort", "fold_radius", "radial", "undistort"]

_TOLERANCE = 1e-13
_ITERATIONS = 50
_WIDEST_RAD = math.radians(89.9)


def distort(coefficients: tuple[float, ...], x: F64Array, y: F64Array) -> tuple[F64Array, F64Array]:
    """Distorted normalised coordinates of true ones (X/Z, Y/Z), elementwise. Coefficients in OpenCV's order."""
    if not any(coefficients):
        return x, y
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients[:8]
    s = x * x + y * y
    g = (1.0 + s * (k1 + s * (k2 + s * k3))) / (1.0 + s * (k4 + s * (k5 + s * k6)))
    xy = 2.0 * x * y
    xd, yd = x * g + p1 * xy + p2 * (s + 2.0 * x * x), y * g + p1 * (s + 2.0 * y * y) + p2 * xy
    if len(coefficients) == 8:
        return xd, yd
    s1, s2, s3, s4 = coefficients[8:]
    return xd + s * (s1 + s * s2), yd + s * (s3 + s * s4)


def undistort(coefficients: tuple[float, ...], xd: F64Array, yd: F64Array) -> tuple[F64Array, F64Array]:
    """True normalised coordinates of distorted ones by Newton's method, residual below 1e-12; NaN where there are none.

    The start is the inverse of the radial part alone, looked up in a table; what is left is the tangential part.
    """
    if not any(coefficients):
        return xd, yd
    rd = np.sqrt(xd * xd + yd * yd)
    scale = _radial_inverse(coefficients, rd) / np.where(rd > 0, rd, 1.0)
    x, y = xd * np.where(rd > 0, scale, 1.0), yd * np.where(rd > 0, scale, 1.0)
    residual = np.full(x.shape, np.inf)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for _ in range(_ITERATIONS):
            fx, fy = distort(coefficients, x, y)
            ex, ey = fx - xd, fy - yd
            residual = np.maximum(np.abs(ex), np.abs(ey))
            open_ = residual > _TOLERANCE * (1.0 + rd)
            if not bool(open_.any()):
                break
            a, b, c, d = _jacobian(coefficients, x, y)
            det = a * d - b * c
            # points that are done stay put, so that no point's result depends on its neighbours
            x = np.where(open_, x - (d * ex - b * ey) / det, x)
            y = np.where(open_, y - (a * ey - c * ex) / det, y)
        a, b, c, d = _jacobian(coefficients, x, y)
        fold = fold_radius(coefficients)
        good = (residual <= 1e-12 * (1.0 + rd)) & (x * x + y * y < fold * fold) & (a * d - b * c > 0)
    return np.where(good, x, np.nan), np.where(good, y, np.nan)


@lru_cache(maxsize=64)
def fold_radius(coefficients: tuple[float, ...]) -> float:
    """True radius (tangent of the angle off axis) up to which the radial distortion grows; inf if to 89.9 deg.

    With N and D the numerator and denominator of g and s = r^2, the slope of r g(r^2) has the sign of
    N D + 2 s (N' D - N D'); the fold is its smallest positive root, or the first pole (D = 0).
    """
    k1, k2, _, _, k3, k4, k5, k6 = coefficients[:8]
    n = (1.0, k1, k2, k3, 0.0, 0.0, 0.0)
    d = (1.0, k4, k5, k6, 0.0, 0.0, 0.0)
    # coefficient j of N D + 2 s (N' D - N D'), lowest power first
    slope = [sum(n[i] * d[j - i] * (1.0 + 2.0 * (2 * i - j)) for i in range(j + 1)) for j in range(7)]
    return math.sqrt(min(_first_negative(slope), _first_negative(list(d))))


def _first_negative(polynomial: list[float]) -> float:
    """Smallest positive root at which a polynomial (lowest power first) turns negative; inf if beyond 89.9 deg."""
    far = math.tan(_WIDEST_RAD) ** 2
    # what cannot matter even there would only spoil the roots (denormal coefficients)
    kept = [c if abs(c) * far**power > 1e-12 else 0.0 for power, c in enumerate(polynomial)]
    while kept and kept[-1] == 0.0:
        kept.pop()
    found: list[complex] = [complex(root) for root in np.polynomial.polynomial.polyroots(np.array(kept))]
    real = sorted(z.real for z in found if abs(z.imag) <= 1e-9 * (1.0 + abs(z.real)) and 0 < z.real < far)
    for root in real:
        after = root * (1.0 + 1e-6)
        if sum(c * after**power for power, c in enumerate(kept)) < 0:
            return root
    return math.inf


def radial(coefficients: tuple[float, ...], r: F64Array) -> F64Array:
    """Distorted radii of true ones, by the radial part alone; at a pole infinite or huge, of either sign."""
    k1, k2, _, _, k3, k4, k5, k6 = coefficients[:8]
    s = r * r
    with np.errstate(divide="ignore", invalid="ignore"):
        return r * (1.0 + s * (k1 + s * (k2 + s * k3))) / (1.0 + s * (k4 + s * (k5 + s * k6)))


def _radial_inverse(coefficients: tuple[float, ...], rd: F64Array) -> F64Array:
    """Start values: true radius of distorted radii by linear interpolation (a fixed table, whatever is asked)."""
    fold = fold_radius(coefficients)
    # angles from 0 to just short of 90 deg, or up to the fold: even in angle, so that wide images are served well
    angles = np.linspace(0.0, min(math.atan(fold), _WIDEST_RAD), 8192)
    table = np.tan(angles)
    if math.isfinite(fold):
        table = np.minimum(table, fold)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        distorted = np.maximum.accumulate(np.nan_to_num(radial(coefficients, table)))
    return np.interp(rd, distorted, table)


def _jacobian(
    coefficients: tuple[float, ...], x: F64Array, y: F64Array
) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """d(xd)/dx, d(xd)/dy, d(yd)/dx, d(yd)/dy."""
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients[:8]
    s = x * x + y * y
    over, under = 1.0 + s * (k1 + s * (k2 + s * k3)), 1.0 + s * (k4 + s * (k5 + s * k6))
    dn, dd = k1 + s * (2.0 * k2 + s * 3.0 * k3), k4 + s * (2.0 * k5 + s * 3.0 * k6)
    g, dg = over / under, 2.0 * (dn * under - over * dd) / (under * under)
    cross = x * y * dg + 2.0 * p1 * x + 2.0 * p2 * y
    a, d = g + x * x * dg + 2.0 * p1 * y + 6.0 * p2 * x, g + y * y * dg + 6.0 * p1 * y + 2.0 * p2 * x
    if len(coefficients) == 8:
        return a, cross, cross, d
    s1, s2, s3, s4 = coefficients[8:]
    right, down = 2.0 * (s1 + 2.0 * s * s2), 2.0 * (s3 + 2.0 * s * s4)
    return a + right * x, cross + right * y, cross + down * x, d + down * y
