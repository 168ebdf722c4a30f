"""Exposure metering and the tone curve."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from simengine.arrays import BoolArray, F32Array, U8Array

__all__ = ["gain_of", "metered_ev", "tone_curve"]

_CD_PER_UNIT = 1e5 / math.pi  # radiance 1 (see sky.py) in candela per square metre
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SLOTS = 16384
_INDOORS_EV = 0.35
_METERED_EV, _LEFT_DARK_EV = (-1.0, 2.0, 5.0, 8.0, 12.0), (2.5, 2.4, 2.1, 1.5, 0.0)


def metered_ev(hdr: F32Array, compensation_ev: float, indoors: bool = False, covered: BoolArray | None = None) -> float:
    """Exposure value (EV100) of automatic exposure for a linear image (H, W, 3).

    Log-average luminance of every fourth pixel, EV = log2(L 100 / 12.5) (ISO 2720's reflected-light constant), and
    from an overcast day (EV 12) on downwards less and less is made up for, as cameras and eyes do: at dusk a stop and a
    half is left dark, at night two and a half. Indoors hardly. Pixels that are not ``covered`` (H, W) do not count.
    """
    sample = np.ascontiguousarray(hdr[::4, ::4]).reshape(-1, 3)
    if covered is not None and covered[::4, ::4].any():
        sample = sample[covered[::4, ::4].reshape(-1)]
    lum = sample[:, 0] * _LUMINANCE[0] + sample[:, 1] * _LUMINANCE[1] + sample[:, 2] * _LUMINANCE[2]
    level = float(np.exp(np.log(lum.astype(np.float64) + 1e-8).mean())) * _CD_PER_UNIT
    ev = math.log2(level * 100.0 / 12.5)
    dark = _INDOORS_EV if indoors else float(np.interp(ev, _METERED_EV, _LEFT_DARK_EV))
    return max(ev + dark, -3.0) - compensation_ev


def gain_of(ev: float) -> float:
    """Factor from radiance to exposed values, 1 at the saturation of an ideal sensor (Lmax = 1.2 * 2^EV cd/m2)."""
    return _CD_PER_UNIT / (1.2 * 2.0**ev)


@lru_cache(maxsize=1)
def tone_curve() -> U8Array:
    """Display value (sRGB, 0..255) of exposed radiance x, at sqrt(x) = 4 i / (slots - 1).

    Narkowicz's rational fit of the ACES film curve, with a lift of 1.6 so that middle grey lands near 0.46, then the
    sRGB transfer function of IEC 61966-2-1. The slots are so fine that no step of 8 bits is skipped.
    """
    x = (np.arange(_SLOTS) * (4.0 / (_SLOTS - 1))) ** 2 * 1.6
    y = np.clip(x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14), 0.0, 1.0)
    encoded = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return np.floor(encoded * 255.0 + 0.5).astype(np.uint8)
