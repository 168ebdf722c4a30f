"""White noise that sticks to surfaces.

Every cell (``cells``) has a number of its own from N(0, 1), and every sample another one that is the screen's. Samples
of one cell share the cell's number, spread so thin that the sum over pixels is white all the same. With ``z_c`` the
number of cell c, ``n_c`` how many samples of the image show it and ``r_s`` the screen's number of sample s,

    q_s = z_c / sqrt(n_c) + r_s - mean of r over the samples of c

has variance 1 (1 / n + 1 - 1 / n) and no correlation between samples (1 / n - 1 / n within a cell), so the noise of a
pixel, the sum of its S x S samples divided by S, is exactly N(0, 1) and independent of all others, whatever is seen.
Between two images its correlation is the sum over cells of ``n_cp n'_cp' / (S^2 sqrt(n_c n'_c))``.

It needs no earlier frame, so any frame can be made alone, and two cameras that see one thing see the same noise on it.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import Array, F32Array
from simengine.rng import stream_key
from simengine_renderers.diffusion.cells import mixed

__all__ = ["anchored", "numbers", "screen"]

_WORD = (1 << 64) - 1


def anchored(cell: Array, residual: F32Array, block: int, seed: int) -> F32Array:
    """Noise of pixels.

    Args:
        cell: uint64 (H, W), numbers of :func:`cells.cells`.
        residual: float32 (C, H, W), the screen's numbers (:func:`screen`).
        block: samples a pixel each way; H and W are multiples of it.
        seed: of the run.

    Returns:
        float32 (C, H / block, W / block).
    """
    channels, height, width = residual.shape
    keys, inverse, count = np.unique(cell.ravel(), return_inverse=True, return_counts=True)
    which = inverse.ravel()
    own = numbers(keys, channels, seed, "cells") / np.sqrt(count).astype(np.float32)
    out = np.empty((channels, height // block, width // block), np.float32)
    for k in range(channels):
        mean = np.bincount(which, residual[k].ravel(), len(keys)) / count
        q = (own[k] - mean.astype(np.float32))[which].reshape(height, width) + residual[k]
        summed = q.reshape(height // block, block, width // block, block)
        out[k] = summed.sum((1, 3)) * np.float32(1.0 / block)
    return out


def screen(height: int, width: int, channels: int, seed: int, *path: str | int) -> F32Array:
    """White noise of an image's samples, float32 (C, H, W), named by ``path``."""
    index = np.arange(height * width, dtype=np.uint64)
    return numbers(index, channels, seed, "screen", *path).reshape(channels, height, width)


def numbers(keys: Array, channels: int, seed: int, *path: str | int) -> F32Array:
    """Numbers from N(0, 1), float32 (C, N), each by its key (uint64), channel, seed and path (Box and Muller, 1958)."""
    name = np.uint64(stream_key(seed, "diffusion", *path) & _WORD)
    base = mixed(keys ^ name)
    out = np.empty((channels + 1, keys.size), np.float32)
    for k in range(0, channels, 2):  # one word makes two numbers
        with np.errstate(over="ignore"):
            word = mixed(base + np.uint64(k + 1))
        first = ((word >> np.uint64(40)).astype(np.float32) + np.float32(0.5)) * np.float32(2.0**-24)
        turn = ((word & np.uint64(0xFFFFFF)).astype(np.float32)) * np.float32(2.0 * np.pi * 2.0**-24)
        radius = np.sqrt(np.float32(-2.0) * np.log(first))
        out[k], out[k + 1] = radius * np.cos(turn), radius * np.sin(turn)
    return out[:channels]
