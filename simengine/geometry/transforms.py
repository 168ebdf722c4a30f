"""Rigid transforms as 4x4 matrices and unit quaternions (w, x, y, z). ``a_from_b`` takes b-coordinates to a.

All functions are elementwise over leading axes, without matrix-multiply kernels whose rounding depends on the batch
size: a batch of N equals N singles bit for bit.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from simengine.arrays import Array, F64Array

__all__ = [
    "apply", "compose", "interpolate", "inverse", "matrix_from_pose", "multiply", "pose_from_matrix",
    "quaternion_about", "quaternion_from_matrix", "quaternion_from_yaw", "rotate", "slerp", "tilt_of", "translation",
    "turn_rad", "yaw_of",
]  # fmt: skip

_FEW = 16 * 400
"""Up to so many numbers, calls cost more than sums: all entries at once; above, entry by entry over long arrays. The
sums and their order are the same."""


def translation(xyz: npt.ArrayLike) -> F64Array:
    """Transform, shape (..., 4, 4), that moves by ``xyz`` (shape (..., 3))."""
    v = np.asarray(xyz, np.float64)
    out = np.zeros((*v.shape[:-1], 4, 4))
    out[..., [0, 1, 2, 3], [0, 1, 2, 3]] = 1.0
    out[..., :3, 3] = v
    return out


def quaternion_about(axis: npt.ArrayLike, angle_rad: npt.ArrayLike) -> F64Array:
    """Quaternion, shape (..., 4), of a rotation by ``angle_rad`` about a unit ``axis`` (..., 3)."""
    half = np.asarray(angle_rad, np.float64) * 0.5
    a = np.asarray(axis, np.float64)
    return np.concatenate([np.cos(half)[..., None], a * np.sin(half)[..., None]], -1)


def quaternion_from_yaw(yaw_rad: npt.ArrayLike) -> F64Array:
    """Quaternion of a rotation about +z, shape (..., 4)."""
    half = np.asarray(yaw_rad, np.float64) * 0.5
    zero = np.zeros_like(half)
    return np.stack([np.cos(half), zero, zero, np.sin(half)], -1)


def yaw_of(q: Array) -> F64Array:
    """Heading angle about +z of quaternions (..., 4), in (-pi, pi]."""
    w, x, y, z = (q[..., i] for i in range(4))
    return np.arctan2(2.0 * (w * z + x * y), 1.0 - 2.0 * (y * y + z * z))


def tilt_of(q: Array) -> tuple[F64Array, F64Array]:
    """Pitch (about y, after the heading) and roll (about x, last) of quaternions (..., 4)."""
    w, x, y, z = (q[..., i] for i in range(4))
    pitch = np.arcsin(np.minimum(np.maximum(2.0 * (w * y - x * z), -1.0), 1.0))
    return pitch, np.arctan2(2.0 * (w * x + y * z), 1.0 - 2.0 * (x * x + y * y))


def multiply(a: Array, b: Array) -> F64Array:
    """Hamilton product of quaternions: the rotation b, then a."""
    w1, x1, y1, z1 = (a[..., i] for i in range(4))
    w2, x2, y2, z2 = (b[..., i] for i in range(4))
    return np.stack(
        [
            w1 * w2 - x1 * x2 - y1 * y2 - z1 * z2,
            w1 * x2 + x1 * w2 + y1 * z2 - z1 * y2,
            w1 * y2 - x1 * z2 + y1 * w2 + z1 * x2,
            w1 * z2 + x1 * y2 - y1 * x2 + z1 * w2,
        ],
        -1,
    )


def matrix_from_pose(position_m: npt.ArrayLike, q: npt.ArrayLike) -> F64Array:
    """Transform a_from_b, shape (..., 4, 4), from b's position (..., 3) and orientation (..., 4) in a."""
    p, r = np.asarray(position_m, np.float64), np.asarray(q, np.float64)
    w, x, y, z = (r[..., i] for i in range(4))
    out = np.zeros((*np.broadcast_shapes(p.shape[:-1], r.shape[:-1]), 4, 4))
    out[..., 0, 0], out[..., 0, 1], out[..., 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    out[..., 1, 0], out[..., 1, 1], out[..., 1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    out[..., 2, 0], out[..., 2, 1], out[..., 2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    out[..., :3, 3] = p
    out[..., 3, 3] = 1.0
    return out


def quaternion_from_matrix(m: npt.ArrayLike) -> F64Array:
    """Unit quaternion (..., 4) of the rotation part of transforms (..., 4, 4) or (..., 3, 3), with w >= 0.

    Shepperd's method: the largest of the four squared components is taken first, so that no division is small.
    """
    r = np.asarray(m, np.float64)[..., :3, :3]
    a, b, c = r[..., 0, 0], r[..., 1, 1], r[..., 2, 2]
    squares = np.stack([1 + a + b + c, 1 + a - b - c, 1 - a + b - c, 1 - a - b + c], -1)
    yz, xz, xy = r[..., 2, 1] - r[..., 1, 2], r[..., 0, 2] - r[..., 2, 0], r[..., 1, 0] - r[..., 0, 1]
    sxy, sxz, syz = r[..., 1, 0] + r[..., 0, 1], r[..., 0, 2] + r[..., 2, 0], r[..., 2, 1] + r[..., 1, 2]
    rows = np.stack(
        [
            np.stack([squares[..., 0], yz, xz, xy], -1),
            np.stack([yz, squares[..., 1], sxy, sxz], -1),
            np.stack([xz, sxy, squares[..., 2], syz], -1),
            np.stack([xy, sxz, syz, squares[..., 3]], -1),
        ],
        -2,
    )
    best = np.argmax(squares, -1)
    q: F64Array = np.take_along_axis(rows, best[..., None, None], -2)[..., 0, :]
    q = q / np.sqrt((q * q).sum(-1, keepdims=True))
    return np.where(q[..., :1] < 0, -q, q)


def pose_from_matrix(m: npt.ArrayLike) -> tuple[F64Array, F64Array]:
    """Position (..., 3) and quaternion (..., 4) of transforms (..., 4, 4)."""
    t = np.asarray(m, np.float64)
    return t[..., :3, 3].copy(), quaternion_from_matrix(t)


def compose(a: Array, b: Array) -> F64Array:
    """a @ b of transforms (..., 4, 4), summed in a fixed order."""
    out = np.zeros(np.broadcast(a, b).shape)
    if out.size <= _FEW:
        top = out[..., :3, :]
        np.multiply(a[..., :3, 0:1], b[..., 0:1, :], out=top)
        top += a[..., :3, 1:2] * b[..., 1:2, :]
        top += a[..., :3, 2:3] * b[..., 2:3, :]
        top[..., 3] += a[..., :3, 3]
    else:
        for i in range(3):
            for j in range(4):
                out[..., i, j] = a[..., i, 0] * b[..., 0, j] + a[..., i, 1] * b[..., 1, j] + a[..., i, 2] * b[..., 2, j]
            out[..., i, 3] += a[..., i, 3]
    out[..., 3, 3] = 1.0
    return out


def inverse(m: Array) -> F64Array:
    """Inverse of rigid transforms (..., 4, 4) (rotation and translation only)."""
    out = np.zeros_like(m, np.float64)
    out[..., :3, :3] = np.swapaxes(m[..., :3, :3], -1, -2)
    t = m[..., :3, 3]
    for i in range(3):
        out[..., i, 3] = -(m[..., 0, i] * t[..., 0] + m[..., 1, i] * t[..., 1] + m[..., 2, i] * t[..., 2])
    out[..., 3, 3] = 1.0
    return out


def turn_rad(m: Array) -> float:
    """Angle of the turn in a rigid transform (4, 4), 0 to pi radians, about whichever axis."""
    return float(np.arccos(np.clip(0.5 * (np.trace(m[:3, :3]) - 1.0), -1.0, 1.0)))


def rotate(m: Array, v: Array) -> F64Array:
    """Rotate vectors (..., 3) by transforms (..., 4, 4)."""
    return np.stack(
        [m[..., i, 0] * v[..., 0] + m[..., i, 1] * v[..., 1] + m[..., i, 2] * v[..., 2] for i in range(3)], -1
    )


def apply(m: Array, p: Array) -> F64Array:
    """Transform points (..., 3) by transforms (..., 4, 4)."""
    return rotate(m, p) + m[..., :3, 3]


def slerp(a: Array, b: Array, t: npt.ArrayLike) -> F64Array:
    """Spherical interpolation between quaternions (..., 4) the short way; ``t`` in [0, 1], shape (...)."""
    dot = (a * b).sum(-1, keepdims=True)
    b, dot = np.where(dot < 0, -b, b), np.abs(dot)
    u = np.asarray(t, np.float64)[..., None]
    angle = np.arccos(np.clip(dot, -1.0, 1.0))
    near = angle < 1e-6
    s = np.where(near, 1.0, np.sin(angle))
    out = np.where(near, (1 - u) * a + u * b, (np.sin((1 - u) * angle) * a + np.sin(u * angle) * b) / s)
    return out / np.sqrt((out * out).sum(-1, keepdims=True))


def interpolate(a: Array, b: Array, t: npt.ArrayLike) -> F64Array:
    """Rigid transforms between a and b (..., 4, 4): linear translation, slerp rotation."""
    u = np.asarray(t, np.float64)
    q = slerp(quaternion_from_matrix(a), quaternion_from_matrix(b), u)
    p = a[..., :3, 3] * (1 - u[..., None]) + b[..., :3, 3] * u[..., None]
    return matrix_from_pose(p, q)
