"""The camera model: points to pixels and pixels to rays, exact both ways (pinhole with OpenCV's rational distortion).

Forward map (OpenCV's camera model, documented with ``cv2.projectPoints``), with x = X/Z, y = Y/Z, s = x^2 + y^2::

    g = (1 + k1 s + k2 s^2 + k3 s^3) / (1 + k4 s + k5 s^2 + k6 s^3)
    u = fx (x g + 2 p1 x y + p2 (s + 2 x^2)) + cx
    v = fy (y g + p1 (s + 2 y^2) + 2 p2 x y) + cy

Pixel coordinates are continuous: pixel (column i, row j) covers [i, i + 1) x [j, j + 1), its centre lies at +0.5.
The map is one to one only up to the *fold radius*, where the distorted radius stops growing with the true one. A point
beyond it has no pixel, and a camera whose image reaches it is refused.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array
from simengine.errors import SensorError
from simengine.sensors.specs import CameraSpec

__all__ = [
    "distort",
    "fold_radius",
    "in_image",
    "pixel_centres",
    "project",
    "rays",
    "refuse_fold",
    "undistort",
    "unproject",
]

_TOLERANCE = 1e-13
_ITERATIONS = 50
_WIDEST_RAD = math.radians(89.9)


def project(spec: CameraSpec, points_camera: npt.ArrayLike) -> tuple[F64Array, BoolArray]:
    """Project points of the camera's optical frame.

    Args:
        spec: the camera.
        points_camera: (..., 3), metres, x right, y down, z forward.

    Returns:
        Pixel coordinates (..., 2), NaN where not valid, and ``valid`` (...): in front of the camera (z > 0) and inside
        the fold radius. A valid point may still lie outside the image (``in_image``).
    """
    p = np.asarray(points_camera, np.float64)
    z = p[..., 2]
    front = z > 0
    divisor = np.where(front, z, 1.0)
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = p[..., 0] / divisor, p[..., 1] / divisor
        fold = fold_radius(spec.distortion)
        valid = front & (x * x + y * y < fold * fold) & np.isfinite(x) & np.isfinite(y)
        xd, yd = distort(spec.distortion, x, y)
        px = np.stack([spec.fx_px * xd + spec.cx_px, spec.fy_px * yd + spec.cy_px], -1)
    return np.where(valid[..., None], px, np.nan), valid


def in_image(spec: CameraSpec, px: F64Array) -> BoolArray:
    """Whether pixel coordinates (..., 2) lie in [0, width) x [0, height); False for NaN."""
    u, v = px[..., 0], px[..., 1]
    return (u >= 0) & (u < spec.width_px) & (v >= 0) & (v < spec.height_px)


def unproject(spec: CameraSpec, px: npt.ArrayLike) -> F64Array:
    """Unit directions (..., 3) in the optical frame of pixel coordinates (..., 2); NaN where no ray reaches them."""
    p = np.asarray(px, np.float64)
    xd, yd = (p[..., 0] - spec.cx_px) / spec.fx_px, (p[..., 1] - spec.cy_px) / spec.fy_px
    x, y = undistort(spec.distortion, xd, yd)
    length = np.sqrt(x * x + y * y + 1.0)
    return np.stack([x / length, y / length, 1.0 / length], -1)


def pixel_centres(spec: CameraSpec) -> F64Array:
    """Pixel coordinates of all centres, (H, W, 2)."""
    u, v = np.arange(spec.width_px) + 0.5, np.arange(spec.height_px) + 0.5
    return np.stack(np.broadcast_arrays(u[None, :], v[:, None]), -1)


def rays(spec: CameraSpec) -> F64Array:
    """Unit direction of every pixel's centre ray in the optical frame, (H, W, 3), float64.

    Raises:
        SensorError: the distortion folds inside the image, so some pixels have no ray (the message names the radius).
    """
    refuse_fold(spec)
    out = unproject(spec, pixel_centres(spec))
    if not bool(np.isfinite(out).all()):
        row, column = (int(i) for i in np.argwhere(~np.isfinite(out[..., 0]))[0])
        raise SensorError(
            f"camera '{spec.name}': the distortion (k1 k2 p1 p2 k3 k4 k5 k6) = {_listed(spec)} gives pixel "
            f"({column}, {row}) no ray; make the coefficients smaller or the image narrower"
        )
    return out


def distort(coefficients: tuple[float, ...], x: F64Array, y: F64Array) -> tuple[F64Array, F64Array]:
    """Distorted normalised coordinates of true ones (X/Z, Y/Z), elementwise. Coefficients in OpenCV's order."""
    if not any(coefficients):
        return x, y
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients
    s = x * x + y * y
    g = (1.0 + s * (k1 + s * (k2 + s * k3))) / (1.0 + s * (k4 + s * (k5 + s * k6)))
    xy = 2.0 * x * y
    return x * g + p1 * xy + p2 * (s + 2.0 * x * x), y * g + p1 * (s + 2.0 * y * y) + p2 * xy


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
    k1, k2, _, _, k3, k4, k5, k6 = coefficients
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


def _radial(coefficients: tuple[float, ...], r: F64Array) -> F64Array:
    k1, k2, _, _, k3, k4, k5, k6 = coefficients
    s = r * r
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
        distorted = np.maximum.accumulate(np.nan_to_num(_radial(coefficients, table)))
    return np.interp(rd, distorted, table)


def _jacobian(
    coefficients: tuple[float, ...], x: F64Array, y: F64Array
) -> tuple[F64Array, F64Array, F64Array, F64Array]:
    """d(xd)/dx, d(xd)/dy, d(yd)/dx, d(yd)/dy."""
    k1, k2, p1, p2, k3, k4, k5, k6 = coefficients
    s = x * x + y * y
    n, d = 1.0 + s * (k1 + s * (k2 + s * k3)), 1.0 + s * (k4 + s * (k5 + s * k6))
    dn, dd = k1 + s * (2.0 * k2 + s * 3.0 * k3), k4 + s * (2.0 * k5 + s * 3.0 * k6)
    g, dg = n / d, 2.0 * (dn * d - n * dd) / (d * d)
    cross = x * y * dg + 2.0 * p1 * x + 2.0 * p2 * y
    return (
        g + x * x * dg + 2.0 * p1 * y + 6.0 * p2 * x,
        cross,
        cross,
        g + y * y * dg + 6.0 * p1 * y + 2.0 * p2 * x,
    )


def refuse_fold(spec: CameraSpec) -> None:
    """Raise a SensorError where the radial distortion folds inside the image, so that some pixels have no ray."""
    fold = fold_radius(spec.distortion)
    if math.isinf(fold):
        return
    reach = float(_radial(spec.distortion, np.array([fold]))[0])
    across = max(spec.cx_px, spec.width_px - spec.cx_px) / spec.fx_px
    down = max(spec.cy_px, spec.height_px - spec.cy_px) / spec.fy_px
    corner = math.hypot(across, down)
    if not reach > corner:
        focal = math.sqrt(spec.fx_px * spec.fy_px)
        raise SensorError(
            f"camera '{spec.name}': the distortion (k1 k2 p1 p2 k3 k4 k5 k6) = {_listed(spec)} folds at radius "
            f"{fold:.4g} ({math.degrees(math.atan(fold)):.1f} deg off axis, {reach * focal:.4g} px from the principal "
            f"point), inside the image, whose corner lies at {corner * focal:.4g} px; make the coefficients smaller or "
            "the image narrower"
        )


def _listed(spec: CameraSpec) -> str:
    return "(" + ", ".join(f"{k:g}" for k in spec.distortion) + ")"
