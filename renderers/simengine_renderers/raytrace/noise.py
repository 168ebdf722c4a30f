# pyright: reportUnknownParameterType=false
"""Philox 4x32-10 on the device: the twin of ``simengine.rng.philox4x32``."""

from __future__ import annotations

import warp as wp

from simengine_renderers.raytrace.modules import LIDAR

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


@wp.func
def normal(word: wp.uint32) -> float:
    """A standard normal number: the inverse distribution by Acklam's rational approximation (relative error 1e-9).

    Nineteen of twenty draws take the middle branch, without logarithm or root.
    """
    p = uniform(word)
    q = p - 0.5
    out = float(0.0)  # noqa: UP018  (Warp: a variable, not a constant)
    if wp.abs(q) < 0.47575:
        r = q * q
        a = ((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.3577518672690) * r
             - 30.66479806614716) * r + 2.506628277459239  # fmt: skip
        b = ((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r
             - 13.28068155288572) * r + 1.0  # fmt: skip
        out = q * a / b
    else:
        t = wp.sqrt(-2.0 * wp.log(wp.min(p, 1.0 - p)))
        a = ((((-0.007784894002430293 * t - 0.3223964580411365) * t - 2.400758277161838) * t - 2.549732539343734) * t
             + 4.374664141464968) * t + 2.938163982698783  # fmt: skip
        b = (
            ((0.007784695709041462 * t + 0.3224671290700398) * t + 2.445134137142996) * t + 3.754408661907416
        ) * t + 1.0
        out = wp.where(q < 0.0, a / b, -a / b)
    return out


@wp.kernel(module=LIDAR)
def philox_words(
    k0: wp.uint32, k1: wp.uint32, counters: wp.array2d(dtype=wp.uint32), out: wp.array2d(dtype=wp.uint32)
):  # fmt: skip
    """Words of many counters (N, 4), for checking against the NumPy twin."""
    i = wp.tid()
    w = philox(k0, k1, counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3])
    out[i, 0] = w.a
    out[i, 1] = w.b
    out[i, 2] = w.c
    out[i, 3] = w.d


@wp.kernel(module=LIDAR)
def normal_numbers(words: wp.array(dtype=wp.uint32), out: wp.array(dtype=float)):
    """Normal numbers of many words, for checking."""
    out[wp.tid()] = normal(words[wp.tid()])
