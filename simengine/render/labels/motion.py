"""Which points of an image are seen in another image of the same camera: the masks beside optical flow."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F64Array, I64Array, U8Array
from simengine.render.protocol import CameraReading
from simengine.sensors import projection

__all__ = ["HIDDEN", "SEEN", "SEEN_FROM", "flow_mask"]

HIDDEN, SEEN = 128, 255
"""Values of ``flow_mask``, those of ``disparity_mask``."""
SEEN_FROM = ("range", "normal", "part")
"""Channels of the other image that the mask is made from."""
_NEARER, _NEARER_ITSELF = 0.002, 0.02
"""Shares of its distance by which something stands before a point: another part, or the part that the point is on."""
_PROUD_M = 0.02
"""What rises less from the surface around it hides nothing: markings on a road."""


def flow_mask(flow: Array, range_then_m: Array, part: Array, there: CameraReading) -> U8Array:
    """Which pixels' points are seen in another image, (H, W): 0 nothing or gone, ``HIDDEN``, ``SEEN``.

    A point is hidden where it lies outside of the other image, or where the surface of the pixel that it falls into
    stands before it. That surface counts as plane within the pixel, for a road far ahead is at many distances there.

    Args:
        flow: (H, W, 2), pixels from this image to the other one; NaN where there is none.
        range_then_m: (H, W), distance of each pixel's point from the other camera; +inf of what is infinitely far, NaN
            of what was not hit.
        part: (H, W), of this image.
        there: the other image, with the channels ``SEEN_FROM``.
    """
    spec = there.spec
    height, width = part.shape
    px = projection.pixel_centres(spec) + flow
    known = np.isfinite(flow).all(-1) & ~np.isnan(range_then_m)
    safe = np.where(known[..., None], px, -1.0)
    inside = known & (safe[..., 0] >= 0) & (safe[..., 0] < width) & (safe[..., 1] >= 0) & (safe[..., 1] < height)
    at = np.nonzero(inside)
    column: I64Array = safe[at][:, 0].astype(np.int64)
    row: I64Array = safe[at][:, 1].astype(np.int64)
    own = range_then_m[at].astype(np.float64)
    found, rises_m = _plane_at(there, row, column, safe[at], own)
    share = np.where(there.channels["part"][row, column] == part[at], _NEARER_ITSELF, _NEARER)
    with np.errstate(invalid="ignore"):  # infinity over infinity: the sky before the sky hides nothing
        hidden = (found < np.where(np.isinf(own), own, own * (1.0 - share))) & (rises_m > _PROUD_M)
    out = np.where(known, HIDDEN, 0).astype(np.uint8)
    out[at] = np.where(hidden, HIDDEN, SEEN)
    return out


def _plane_at(
    there: CameraReading, row: I64Array, column: I64Array, px: F64Array, own_m: F64Array
) -> tuple[F64Array, F64Array]:
    """Distance at which the rays of some places meet the planes of the pixels that they lie in, (N,), and how far
    those planes lie before the points at ``own_m`` on these rays; infinitely far where there is no plane."""
    centre_m: F64Array = there.channels["range"][row, column].astype(np.float64)
    normal: F64Array = there.channels["normal"][row, column].astype(np.float64)
    ahead = (projection.rays(there.spec)[row, column] * normal).sum(-1)
    along = (np.nan_to_num(projection.unproject(there.spec, px)) * normal).sum(-1)
    plane = (ahead < -1e-6) & (along < -1e-6)
    met = centre_m * np.where(plane, ahead, 1.0)
    if there.spec.parallel:  # rays start beside each other: a plane that is not square to them is nearer on one side
        beside = projection.starts(there.spec, np.stack([column + 0.5, row + 0.5], -1)) - projection.starts(
            there.spec, px
        )
        met = met + np.where(plane, (beside * normal).sum(-1), 0.0)
    found = met / np.where(plane, along, 1.0)
    with np.errstate(invalid="ignore"):
        rises = np.where(plane, met - own_m * along, np.inf)
    return found, rises
