# pyright: reportUnknownParameterType=false
"""Philox 4x32-10 on the device: the twin of ``simengine.rng.philox4x32``."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import LIDAR
from simengine_renderers.raytrace.native import source

__all__ = ["Words", "normal", "normal_numbers", "philox", "philox_words", "uniform"]

_M0, _M1 = wp.constant(wp.uint64(0xD2511F53)), wp.constant(wp.uint64(0xCD9E8D57))
_W0, _W1 = wp.constant(wp.uint32(0x9E3779B9)), wp.constant(wp.uint32(0xBB67AE85))
_LOW, _HIGH = wp.constant(wp.uint64(0xFFFFFFFF)), wp.constant(wp.uint64(32))
_ROUNDS = wp.constant(10)


@wp.struct
class Words:
    """Four random words."""

    a: wp.uint32
    b: wp.uint32
    c: wp.uint32
    d: wp.uint32


@wp.func
def philox(k0: wp.uint32, k1: wp.uint32, c0: wp.uint32, c1: wp.uint32, c2: wp.uint32, c3: wp.uint32) -> Words:
    """Four words for a key and a counter (Salmon et al. 2011)."""
    rounds = int(0)  # noqa: RUF046, UP018  (Warp: a variable; a constant range would be unrolled)
    while rounds < _ROUNDS:
        p0 = wp.uint64(c0) * _M0
        p1 = wp.uint64(c2) * _M1
        n0 = wp.uint32(p1 >> _HIGH) ^ c1 ^ k0
        n2 = wp.uint32(p0 >> _HIGH) ^ c3 ^ k1
        c1 = wp.uint32(p1 & _LOW)
        c3 = wp.uint32(p0 & _LOW)
        c0 = n0
        c2 = n2
        k0 = k0 + _W0
        k1 = k1 + _W1
        rounds += 1
    out = Words()
    out.a = c0
    out.b = c1
    out.c = c2
    out.d = c3
    return out


@wp.func
def uniform(word: wp.uint32) -> float:
    """A number in (0, 1): the middle of one of 2^23 equal bins."""
    return (float(word >> wp.uint32(9)) + 0.5) * 1.1920929e-7


@wp.func_native(source("random") + "return normal_of(word);")
def normal(word: wp.uint32) -> float:
    """A standard normal number: the inverse distribution (``native/random.h``)."""
    ...


@wp.func_native(source("random") + "philox4(k0, k1, c0, c1, c2, c3, &out.data[4 * i]);")
def _philox_into(
    k0: wp.uint32, k1: wp.uint32, c0: wp.uint32, c1: wp.uint32, c2: wp.uint32, c3: wp.uint32, i: int,
    out: wp.array2d(dtype=wp.uint32),
): ...  # fmt: skip


@wp.kernel(module=LIDAR)
def philox_words(
    k0: wp.uint32, k1: wp.uint32, counters: wp.array2d(dtype=wp.uint32), out: wp.array2d(dtype=wp.uint32),
    vector: wp.array2d(dtype=wp.uint32),
):  # fmt: skip
    """Words of many counters (N, 4), of both implementations, for checking against the NumPy twin."""
    i = wp.tid()
    w = philox(k0, k1, counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3])
    out[i, 0] = w.a
    out[i, 1] = w.b
    out[i, 2] = w.c
    out[i, 3] = w.d
    _philox_into(k0, k1, counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3], i, vector)


@wp.kernel(module=LIDAR)
def normal_numbers(words: wp.array(dtype=wp.uint32), out: wp.array(dtype=float)):
    """Normal numbers of many words, for checking."""
    out[wp.tid()] = normal(words[wp.tid()])
