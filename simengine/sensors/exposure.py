"""Exposure metering, exposure in time, and the tone curve."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from simengine.arrays import BoolArray, F32Array, U8Array
from simengine.sensors.imaging import Imager, Optics, Shutter

__all__ = ["WHITE", "developed", "followed_ev", "gain_of", "metered_ev", "shot", "tone_curve"]

WHITE = 4.0
"""Exposed light at which the tone curve reaches white."""

_CD_PER_UNIT = 1e5 / math.pi  # radiance 1 (see sky.py) in candela per square metre
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SLOTS = 16384
_PHOTONS = 11_260.0  # a lux second and square micrometre
_INDOORS_EV = 0.35
_LIT = 0.22  # exposed light that the tone curve shows as a light grey
_NIGHT_EV = (2.0, 5.0)  # from dark roads under low beams to well-lit streets
_DARKEST = 0.02
_BRIGHT, _MOST_HELD_BACK_EV = 1.6, 1.0  # exposed light that still has colour (the curve shows 0.96 of white)
_METERED_EV, _LEFT_DARK_EV = (-1.0, 2.0, 5.0, 8.0, 12.0), (2.5, 2.4, 2.1, 1.5, 0.0)


def metered_ev(hdr: F32Array, compensation_ev: float, indoors: bool = False, covered: BoolArray | None = None) -> float:
    """Exposure value (EV100) of automatic exposure for a linear image (H, W, 3).

    Log-average luminance of every fourth pixel, EV = log2(L 100 / 12.5) (ISO 2720's reflected-light constant), and
    from an overcast day (EV 12) on downwards less and less is made up for, as cameras and eyes do: at dusk a stop and a
    half is left dark, at night two and a half. Indoors hardly. Where more than a twentieth of an image outdoors would
    burn out, as sunny fronts above a shady street, up to a stop is held back. By day no pixel counts for less than a
    fiftieth of the mean: black gaps between leaves do not burn a glade. At night outdoors what is lit counts:
    nineteen pixels of twenty stay below ``_LIT``, so that the road under low beams is no white patch. Pixels that are
    not ``covered`` (H, W) do not count.
    """
    sample = np.ascontiguousarray(hdr[::4, ::4]).reshape(-1, 3)
    if covered is not None and covered[::4, ::4].any():
        sample = sample[covered[::4, ::4].reshape(-1)]
    lum = sample[:, 0] * _LUMINANCE[0] + sample[:, 1] * _LUMINANCE[1] + sample[:, 2] * _LUMINANCE[2]
    day = _reflected_ev(lum, 0.0 if indoors else _DARKEST)
    night = 0.0 if indoors else float(np.interp(day, _NIGHT_EV, (1.0, 0.0)))
    ev = day if night == 0.0 else (1.0 - night) * day + night * _reflected_ev(lum, 0.0)
    dark = _INDOORS_EV if indoors else float(np.interp(ev, _METERED_EV, _LEFT_DARK_EV))
    metered = max(ev + dark, -3.0)
    if not indoors:  # what shines is kept from burning out, up to a stop
        bright = float(np.percentile(lum, 95.0)) * gain_of(metered)
        metered += min(_MOST_HELD_BACK_EV, max(0.0, math.log2(max(bright, 1e-12) / _BRIGHT)))
    if night > 0.0:
        lit = float(np.percentile(lum, 95.0)) * _CD_PER_UNIT
        metered += night * max(0.0, math.log2(max(lit, 1e-12) / (1.2 * _LIT)) - metered)
    return metered - compensation_ev


def _reflected_ev(lum: F32Array, darkest: float) -> float:
    """EV100 of the log-average of luminances, of which none counts for less than a share of their mean."""
    floor = darkest * float(lum.mean(dtype=np.float64))
    level = float(np.exp(np.log(np.maximum(lum.astype(np.float64), floor) + 1e-8).mean())) * _CD_PER_UNIT
    return math.log2(level * 100.0 / 12.5)


def gain_of(ev: float) -> float:
    """Factor from radiance to exposed values, 1 at the saturation of an ideal sensor (Lmax = 1.2 * 2^EV cd/m2)."""
    return _CD_PER_UNIT / (1.2 * 2.0**ev)


@lru_cache(maxsize=4)
def tone_curve(tone: str = "film") -> U8Array:
    """Display value (0..255) of exposed radiance x, at sqrt(x) = 4 i / (slots - 1), by one of ``TONES``.

    linear: 255 x, white at x = 1; srgb: the transfer function of IEC 61966-2-1 of that. film: that function of
    Narkowicz's rational fit of the ACES film curve, with a lift of 1.6 so that middle grey lands near 0.46. The slots
    are so fine that no step of 8 bits of film is skipped.
    """
    x = (np.arange(_SLOTS) * (4.0 / (_SLOTS - 1))) ** 2
    if tone == "film":
        x *= 1.6
        x = x * (2.51 * x + 0.03) / (x * (2.43 * x + 0.59) + 0.14)
    y = np.clip(x, 0.0, 1.0)
    if tone == "linear":
        return np.floor(y * 255.0 + 0.5).astype(np.uint8)
    encoded = np.where(y <= 0.0031308, 12.92 * y, 1.055 * y ** (1 / 2.4) - 0.055)
    return np.floor(encoded * 255.0 + 0.5).astype(np.uint8)


def developed(exposed: F32Array, tone: str = "film") -> U8Array:
    """Display values (H, W, 3) of exposed light, by a tone curve."""
    last = _SLOTS - 1
    slots = np.sqrt(np.maximum(exposed, 0.0)) * np.float32(last / 4.0) + np.float32(0.5)
    return tone_curve(tone)[np.minimum(slots, np.float32(last)).astype(np.int32)]


def shot(ev: float, pixel_m: float, optics: Optics, shutter: Shutter, imager: Imager) -> tuple[float, float]:
    """Exposure time in seconds and gain of the sensor for an exposure value.

    A pixel under the luminance L gets pi L t / (4 N^2) lux seconds of illumination (ISO 2720's camera without losses);
    11,260 photons a lux second and square micrometre are those of daylight. The time fills the full well at white if
    the longest one lets it, and is a whole number of half periods of the mains where it is longer than one of them;
    gain makes up for what is missing. A gain of the sensor is the least one: so much shorter is the time. Without a
    longest time there is no time, and the gain is that of the sensor.
    """
    if not shutter.longest_ns:
        return 0.0, imager.gain
    luminance = WHITE * 1.2 * 2.0**ev
    lux = math.pi * luminance / (4.0 * optics.f_number**2)
    per_second = lux * _PHOTONS * (pixel_m * 1e6) ** 2 * imager.quantum_efficiency
    time_s = min(shutter.longest_ns / 1e9, imager.full_well_e / ((imager.gain or 1.0) * per_second))
    if shutter.mains_hz > 0.0:
        beats = math.floor(time_s * 2.0 * shutter.mains_hz + 1e-9)
        time_s = beats / (2.0 * shutter.mains_hz) if beats else time_s
    return time_s, imager.full_well_e / (per_second * time_s)


def followed_ev(metered: Sequence[float], period_s: float, shutter: Shutter) -> float:
    """Exposure value of the last of some images, of which each one's light was metered, the first one first.

    The first image is exposed as it is metered. Then, with the metered value m of ``delay`` images ago, each image goes
    the share 1 - exp(-period / time constant) of the way from the exposure of the image before it to m.
    """
    ev = metered[0]
    for k in range(1, len(metered)):
        target = metered[max(0, k - shutter.delay)]
        constant = shutter.brighten_s if target < ev else shutter.darken_s
        ev += (target - ev) * (1.0 - math.exp(-period_s / constant) if constant > 0.0 else 1.0)
    return ev
