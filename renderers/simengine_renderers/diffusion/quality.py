"""How near a picture is to its target, and what plain histogram matching would have reached."""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, U8Array

__all__ = ["histogram_matched", "psnr_db"]


def psnr_db(picture: Array, target: Array) -> float:
    """Peak signal-to-noise ratio of uint8 pictures in dB; inf where they are equal."""
    error = picture.astype(np.float64) - target.astype(np.float64)
    mse = float((error * error).mean())
    return float("inf") if mse == 0.0 else float(10.0 * np.log10(255.0**2 / mse))


def histogram_matched(picture: U8Array, target: U8Array) -> U8Array:
    """The picture with the histogram of the target itself, colour by colour: the best that any tone curve could do."""
    out = np.empty_like(picture)
    for k in range(picture.shape[-1]):
        have = np.cumsum(np.bincount(picture[..., k].ravel(), minlength=256)) / picture[..., k].size
        want = np.cumsum(np.bincount(target[..., k].ravel(), minlength=256)) / target[..., k].size
        table = np.searchsorted(want, have - 1e-12).clip(0, 255).astype(np.uint8)
        out[..., k] = table[picture[..., k]]
    return out
