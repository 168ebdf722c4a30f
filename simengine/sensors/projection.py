"""The camera model: points to pixels and pixels to rays, exact both ways, whatever the lens.

The formulas are in ``pinhole`` (a plane, with OpenCV's distortion) and ``lenses`` (all others). Pixel coordinates are
continuous: pixel (column i, row j) covers [i, i + 1) x [j, j + 1), its centre lies at +0.5.

A lens is one to one only so far. Of a pinhole that is the fold radius, of others their end; a point beyond has no
pixel. A pinhole whose distortion folds inside the image is refused. Others are refused if they fold inside their
horizontal field of view; further out, where their image circle ends inside the picture, pixels see nothing.

Rays of all lenses start in the camera's origin but those of parallel projection, which start beside it (``starts``).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from simengine.arrays import BoolArray, F64Array
from simengine.errors import SensorError
from simengine.sensors.lenses import LENSES, Panorama, Polynomial, Telecentric, WideLens, wide_lens
from simengine.sensors.pinhole import distort, fold_radius, radial, undistort
from simengine.sensors.specs import CameraSpec

__all__ = [
    "covered",
    "focal_px",
    "in_image",
    "lens_of",
    "pixel_centres",
    "pixel_m",
    "points",
    "project",
    "rays",
    "refuse_fold",
    "starts",
    "unproject",
]


def lens_of(spec: CameraSpec) -> WideLens | None:
    """The lens of a camera, None for a pinhole."""
    return None if spec.lens == "pinhole" else wide_lens(spec.lens, spec.distortion, spec.circle_rad)


def project(spec: CameraSpec, points_camera: npt.ArrayLike) -> tuple[F64Array, BoolArray]:
    """Project points of the camera's optical frame.

    Args:
        spec: the camera.
        points_camera: (..., 3), metres, x right, y down, z forward.

    Returns:
        Pixel coordinates (..., 2), NaN where not valid, and ``valid`` (...): the lens images them. Through a pinhole
        they are in front of the camera (z > 0) and inside the fold radius. A valid point may still lie outside the
        image (``in_image``).
    """
    p = np.asarray(points_camera, np.float64)
    wide = lens_of(spec)
    with np.errstate(over="ignore", invalid="ignore"):
        if wide is not None:
            xd, yd, valid = wide.place(p)
        else:
            z = p[..., 2]
            front = z > 0
            divisor = np.where(front, z, 1.0)
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
    direction, inside = _looking(spec, np.asarray(px, np.float64))
    return direction if inside is None else np.where(inside[..., None], direction, np.nan)


def _looking(spec: CameraSpec, p: F64Array) -> tuple[F64Array, BoolArray | None]:
    """Directions, and for lenses with an image circle which pixels lie in it (those outside look along its rim)."""
    xd, yd = (p[..., 0] - spec.cx_px) / spec.fx_px, (p[..., 1] - spec.cy_px) / spec.fy_px
    wide = lens_of(spec)
    if wide is not None:
        return wide.ray(xd, yd)
    x, y = undistort(spec.distortion, xd, yd)
    length = np.sqrt(x * x + y * y + 1.0)
    return np.stack([x / length, y / length, 1.0 / length], -1), None


def pixel_centres(spec: CameraSpec) -> F64Array:
    """Pixel coordinates of all centres, (H, W, 2)."""
    u, v = np.arange(spec.width_px) + 0.5, np.arange(spec.height_px) + 0.5
    return np.stack(np.broadcast_arrays(u[None, :], v[:, None]), -1)


def rays(spec: CameraSpec) -> F64Array:
    """Unit direction of every pixel's centre ray in the optical frame, (H, W, 3), float64.

    Pixels outside the image circle (:func:`covered`) get the direction of its rim.

    Raises:
        SensorError: the distortion folds inside the image, so some pixels have no ray (the message names the radius).
    """
    refuse_fold(spec)
    out, _ = _looking(spec, pixel_centres(spec))
    if not bool(np.isfinite(out).all()):
        row, column = (int(i) for i in np.argwhere(~np.isfinite(out[..., 0]))[0])
        raise SensorError(
            f"camera '{spec.name}': the distortion {_listed(spec)} gives pixel ({column}, {row}) no ray; make the "
            "coefficients smaller or the image narrower"
        )
    return out


def starts(spec: CameraSpec, px: npt.ArrayLike) -> F64Array:
    """Where the rays of pixel coordinates (..., 2) start, (..., 3), optical frame, metres: 0 of all lenses but the
    telecentric one."""
    p = np.asarray(px, np.float64)
    out = np.zeros((*p.shape[:-1], 3))
    if spec.parallel:
        out[..., 0], out[..., 1] = (p[..., 0] - spec.cx_px) / spec.fx_px, (p[..., 1] - spec.cy_px) / spec.fy_px
    return out


def points(spec: CameraSpec, range_m: npt.ArrayLike) -> F64Array:
    """Points (H, W, 3) of the optical frame at ranges (H, W) along the centre rays, metres."""
    along = rays(spec) * np.asarray(range_m, np.float64)[..., None]
    return along + starts(spec, pixel_centres(spec)) if spec.parallel else along


def covered(spec: CameraSpec) -> BoolArray:
    """Which pixels (H, W) see anything: those whose centre lies inside the image circle."""
    _, inside = _looking(spec, pixel_centres(spec)) if spec.lens != "pinhole" else (None, None)
    return np.ones((spec.height_px, spec.width_px), np.bool_) if inside is None else inside


def focal_px(spec: CameraSpec) -> float:
    """Pixels a radian on the axis, along x; of parallel projection pixels a metre."""
    wide = lens_of(spec)
    return spec.fx_px if wide is None else spec.fx_px * wide.axis_scale


def pixel_m(spec: CameraSpec, distance_m: F64Array) -> F64Array:
    """What a pixel near the axis spans, across the ray, at distances of any shape, metres."""
    return np.full(np.shape(distance_m), 1.0 / spec.fx_px) if spec.parallel else distance_m / focal_px(spec)


def refuse_fold(spec: CameraSpec) -> None:
    """Raise a SensorError where the lens folds inside the image, so that some pixels have no ray.

    Of lenses other than a pinhole only the horizontal field of view counts: corners may lie outside their image circle.
    """
    wide = lens_of(spec)
    if wide is None:
        _refuse_folded_plane(spec)
        return
    across = max(spec.cx_px, spec.width_px - spec.cx_px) / spec.fx_px
    if isinstance(wide, Panorama):
        whole = 2.0 * math.degrees(across)
        if whole > 360.0 + 1e-6:
            raise SensorError(
                f"camera '{spec.name}': an equirectangular picture has 360 deg at most, this would have {whole:.1f} deg"
            )
    elif isinstance(wide, Telecentric):
        return
    elif wide.natural_end_rad < min(math.pi, 0.5 * spec.circle_rad) and wide.reach < across * (1.0 - 1e-9):
        end = math.degrees(wide.natural_end_rad)
        what = "folds" if isinstance(wide, Polynomial) else "ends"
        raise SensorError(
            f"camera '{spec.name}': the lens '{spec.lens}' with {_listed(spec)} {what} at {end:.1f} deg off axis, "
            f"{wide.reach * spec.fx_px:.4g} px from the principal point, inside the horizontal field of view, whose "
            f"edge lies at {across * spec.fx_px:.4g} px; make the coefficients smaller, fov narrower or lens.circle "
            f"at most {math.floor(20.0 * end) / 10.0:.1f} deg"
        )


def _refuse_folded_plane(spec: CameraSpec) -> None:
    fold = fold_radius(spec.distortion)
    if math.isinf(fold):
        return
    reach = abs(float(radial(spec.distortion, np.array([fold]))[0]))  # at a pole rounding chooses the sign
    across = max(spec.cx_px, spec.width_px - spec.cx_px) / spec.fx_px
    down = max(spec.cy_px, spec.height_px - spec.cy_px) / spec.fy_px
    corner = math.hypot(across, down)
    if not reach > corner:
        focal = math.sqrt(spec.fx_px * spec.fy_px)
        raise SensorError(
            f"camera '{spec.name}': the distortion {_listed(spec)} folds at radius "
            f"{fold:.4g} ({math.degrees(math.atan(fold)):.1f} deg off axis, {reach * focal:.4g} px from the principal "
            f"point), inside the image, whose corner lies at {corner * focal:.4g} px; make the coefficients smaller or "
            "the image narrower"
        )


@lru_cache(maxsize=64)
def _names(lens: str, count: int) -> str:
    return "(" + " ".join(LENSES[lens][:count]) + ")"


def _listed(spec: CameraSpec) -> str:
    values = "(" + ", ".join(f"{k:g}" for k in spec.distortion) + ")"
    return f"{_names(spec.lens, len(spec.distortion))} = {values}"
