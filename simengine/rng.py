"""Named random streams. A draw depends on (seed, path, variant, attempt) and on nothing else.

Two generators, both counter-based (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):

* :func:`uniforms` for scenario variables: Philox 4x64-10 of NumPy, key = hash of (seed, path), counter = (variant,
  attempt). Any variant can be drawn alone and gets the same number as inside a batch.
* :func:`philox4x32` for noise on a device, of which the renderers carry a twin: key = (seed, stream), counter =
  (frame, sensor, pixel or ray, dimension).
"""

from __future__ import annotations

import hashlib

import numpy as np

from simengine.arrays import Array, F64Array, I64Array

__all__ = ["key32", "philox4x32", "stream", "stream_key", "uniforms"]

_DOUBLE = 1.0 / (1 << 53)


def stream_key(seed: int, *path: str | int) -> int:
    """A 128-bit key for the stream named by ``path`` (order matters) under an integer seed."""
    text = "\x1f".join([str(int(seed)), *(str(p) for p in path)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "little")


def key32(seed: int, *path: str | int) -> tuple[int, int]:
    """A 64-bit key as two 32-bit words for :func:`philox4x32` and its device twins."""
    key = stream_key(seed, *path)
    return key & 0xFFFFFFFF, (key >> 32) & 0xFFFFFFFF


def stream(seed: int, *path: str | int) -> np.random.Generator:
    """A generator of its own for one named purpose (procedural scenes and assets)."""
    return np.random.Generator(np.random.Philox(key=stream_key(seed, *path)))


def uniforms(seed: int, path: str, variants: I64Array, attempt: int = 0) -> F64Array:
    """Uniform numbers in [0, 1) of one variable for the given variants.

    Args:
        seed: the run's seed.
        path: the variable's path, for example ``"ego.speed"``.
        variants: variant indices >= 0, shape (n,), in any order.
        attempt: how often the variant was redrawn.

    Returns:
        Shape (n,); element i depends on (seed, path, variants[i], attempt) only.
    """
    if variants.size == 0:
        return np.zeros(0)
    key = stream_key(seed, path)
    out = np.empty(variants.size)
    block = 1 << 16  # variants of one block share a counter prefix: dense batches cost one call each
    blocks = variants // block
    for b in np.unique(blocks):
        rows = np.flatnonzero(blocks == b)
        local = variants[rows] - b * block
        low = int(local.min()) // 4
        bits = np.random.Philox(key=key, counter=[low, int(b), int(attempt), 0])
        raw = bits.random_raw(int(local.max()) + 1 - 4 * low)
        out[rows] = (raw[local - 4 * low] >> np.uint64(11)) * _DOUBLE
    return out


def philox4x32(counter: Array, key: tuple[int, int]) -> Array:
    """Philox 4x32-10.

    Args:
        counter: uint32, shape (..., 4).
        key: two 32-bit words.

    Returns:
        uint32, shape (..., 4): four random words per counter.
    """
    c = [counter[..., i].astype(np.uint64) for i in range(4)]
    k0, k1 = int(key[0]) & 0xFFFFFFFF, int(key[1]) & 0xFFFFFFFF
    mask, shift = np.uint64(0xFFFFFFFF), np.uint64(32)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [
            (p1 >> shift) ^ c[1] ^ np.uint64(k0),
            p1 & mask,
            (p0 >> shift) ^ c[3] ^ np.uint64(k1),
            p0 & mask,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, -1).astype(np.uint32)
