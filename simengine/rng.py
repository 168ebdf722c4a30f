"""Named random streams. A draw depends on (seed, path, variant, attempt) and on nothing else.

Two generators, both counter-based (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011):

* :func:`uniforms` for scenario variables: Philox 4x64-10 of NumPy, key = hash of (seed, path), counter = (variant,
  attempt). Any variant can be drawn alone and gets the same number as inside a batch.
* :func:`philox4x32` for noise on a device, of which the renderers carry a twin: key = (seed, stream), counter =
  (frame, sensor, pixel or ray, dimension).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np

from simengine.arrays import Array, F64Array, I64Array

__all__ = [
    "dense", "key32", "philox4x32", "stream", "stream_key", "uniform_range", "uniform_runs", "uniforms", "uniforms_at",
]  # fmt: skip

_DOUBLE = 1.0 / (1 << 53)
_BLOCK = 1 << 16
_DENSE = 64
_WORD = (1 << 64) - 1
_WEYL = np.array([0x9E3779B97F4A7C15], np.uint64), np.array([0xBB67AE8584CAA73B], np.uint64)  # added to the key


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
        variants: variant indices, shape (n,), in any order; from 0 on, which is not checked: sampling calls this
            often. Numbers of negative indices are no part of the contract.
        attempt: how often the variant was redrawn.

    Returns:
        Shape (n,); element i depends on (seed, path, variants[i], attempt) only.
    """
    if variants.size == 0:
        return np.zeros(0)
    if dense(variants):  # cheaper to make the whole range and pick
        first, last = int(variants.min()), int(variants.max())
        return uniform_range(seed, path, first, last + 1, attempt)[variants - first]
    return uniforms_at(seed, [path], variants, np.full(variants.size, attempt))[0]


def dense(variants: I64Array) -> bool:
    """Whether :func:`uniforms` makes the numbers of all variants in between, too: cheaper than these one by one."""
    return variants.size > 0 and int(variants.max()) - int(variants.min()) < _DENSE * variants.size


def uniform_range(seed: int, path: str, start: int, stop: int, attempt: int = 0) -> F64Array:
    """The numbers of :func:`uniforms` for the variants start, start + 1, ..., stop - 1: the fastest way to many."""
    key = stream_key(seed, path)
    out = np.empty(max(stop - start, 0))
    for b in range(start // _BLOCK, (stop - 1) // _BLOCK + 1):  # variants of a block share a counter prefix
        low, high = max(start - b * _BLOCK, 0), min(stop - b * _BLOCK, _BLOCK)
        whole = low // 4  # a counter makes four numbers
        bits = np.random.Philox(key=key, counter=[whole, b, int(attempt), 0])
        into, generator = out[b * _BLOCK + low - start : b * _BLOCK + high - start], np.random.Generator(bits)
        if low == 4 * whole:
            generator.random(out=into)
        else:
            into[:] = generator.random(high - 4 * whole)[low - 4 * whole :]
    return out


def uniforms_at(seed: int, paths: Sequence[str], variants: I64Array, attempts: I64Array) -> F64Array:
    """The numbers of :func:`uniforms` of many streams, where each variant has its own attempt.

    Philox 4x64-10 in elementwise NumPy, about 100 times slower a number than :func:`uniform_range`: for few variants
    or many attempts of one.

    Args:
        seed: the run's seed.
        paths: of the variables, n of them.
        variants: variant indices >= 0, shape (m,).
        attempts: shape (m,).

    Returns:
        Shape (n, m).
    """
    keys, out = _keys(seed, paths), np.empty((len(paths), variants.size))
    many = max(1, (1 << 12) // max(variants.size, 1))  # pieces that stay in the cache
    for at in range(0, variants.size, 1 << 12):
        v, attempt = variants[at : at + (1 << 12)], attempts[at : at + (1 << 12)]
        local, block = v % _BLOCK, v // _BLOCK
        for first in range(0, len(paths), many):
            some = keys[first : first + many]
            low, high, which, picked = (np.tile(c, len(some)) for c in (local // 4, block, attempt, local % 4))
            key = np.repeat(some[:, 0], v.size), np.repeat(some[:, 1], v.size)
            raw = np.choose(picked, _philox4x64(low, high, which, key)).reshape(len(some), v.size)
            out[first : first + many, at : at + v.size] = (raw >> np.uint64(11)) * _DOUBLE
    return out


def _keys(seed: int, paths: Sequence[str]) -> Array:
    """The keys of :func:`stream_key` as two words of 64 bits, (n, 2)."""
    start = f"{int(seed)}\x1f"
    hashes = [hashlib.blake2b(f"{start}{path}".encode(), digest_size=16).digest() for path in paths]
    return np.frombuffer(b"".join(hashes), "<u8").reshape(-1, 2).astype(np.uint64)


def uniform_runs(seed: int, paths: Sequence[str], first: I64Array, count: int) -> F64Array:
    """The numbers of :func:`uniform_range` for short runs of many streams at once.

    Args:
        seed: the run's seed.
        paths: of the streams, n of them.
        first: where the run of each begins, multiples of 4, shape (n,).
        count: length of the runs, a multiple of 4.

    Returns:
        Shape (n, count): row i is ``uniform_range(seed, paths[i], first[i], first[i] + count)``.
    """
    keys = _keys(seed, paths)
    out, width = np.empty((len(paths), count // 4, 4)), count // 4
    rows = max(1, (1 << 12) // max(width, 1))  # pieces that stay in the cache
    for at in range(0, len(paths), rows):
        part = slice(at, at + rows)
        number = (first[part, None] + 4 * np.arange(width)).ravel()
        key = np.repeat(keys[part, 0], width), np.repeat(keys[part, 1], width)
        low, block = number % _BLOCK // 4, number // _BLOCK
        for lane, words in enumerate(_philox4x64(low, block, np.zeros_like(low), key)):
            out[part, :, lane] = ((words >> np.uint64(11)) * _DOUBLE).reshape(-1, width)
    return out.reshape(len(paths), count)


def _multiply(a: Array, b: int) -> tuple[Array, Array]:
    """High and low 64 bits of the 128-bit product of uint64 numbers with a constant."""
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    b_low, b_high = np.uint64(b & 0xFFFFFFFF), np.uint64(b >> 32)
    a_low, a_high = a & mask, a >> half
    upper = a_high * b_low + ((a_low * b_low) >> half)
    middle = a_low * b_high + (upper & mask)
    return a_high * b_high + (upper >> half) + (middle >> half), a * np.uint64(b)


def _philox4x64(low: I64Array, block: I64Array, attempt: I64Array, key: tuple[Array, Array]) -> list[Array]:
    """The four outputs of Philox 4x64-10; like NumPy's generator it counts up once before its first output.

    The two words of the key may differ from element to element.
    """
    c = [low.astype(np.uint64) + np.uint64(1), block.astype(np.uint64), attempt.astype(np.uint64)]
    c.append(np.zeros(low.size, np.uint64))
    k0, k1 = key
    for _ in range(10):
        high0, low0 = _multiply(c[0], 0xD2E7470EE14C6C93)
        high1, low1 = _multiply(c[2], 0xCA5A826395121157)
        c = [high1 ^ c[1] ^ k0, low1, high0 ^ c[3] ^ k1, low0]
        k0, k1 = k0 + _WEYL[0], k1 + _WEYL[1]  # modulo 2^64
    return c


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
