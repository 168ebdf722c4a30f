"""What a camera is beside its projection: the glass, the shutter and the sensor behind them. Parameters only.

What the glass does to light is in ``optics``, what meters and times an image in ``exposure``, what the sensor makes of
photons in ``imager``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.errors import SensorError
from simengine.sensors.kinds import check_kinds

__all__ = ["BANDS", "CFAS", "READOUTS", "TONES", "Imager", "Infrared", "Optics", "Processing", "Shutter"]

CFAS = ("none", "rggb", "bggr", "grbg", "gbrg", "mono")
"""Colour filters over the pixels, row by row from the corner at the top left; none: a sensor for each colour."""
BANDS = ("visible", "nir", "lwir")
"""Light that a camera sees: the eye's, near infrared about 900 nm, and heat radiation of 8 to 14 micrometres."""

READOUTS = ("down", "up", "right", "left")
"""Which way a rolling shutter goes: rows from the top or from the bottom, columns from the left or from the right."""

TONES = ("film", "srgb", "linear")
"""Tone curves: a film's, which keeps highlights up to four times white; that of sRGB alone; none. See ``exposure``."""


def _check(what: str, good: bool, expected: str, found: object) -> None:
    if not good:
        raise SensorError(f"{what} must be {expected}, got {found}")


@dataclass(frozen=True)
class Optics:
    """A lens that is not perfect. All defaults together change nothing.

    Attributes:
        natural: light falls off with the fourth power of the cosine of the angle off axis.
        vignetting: a1, a2, a3 of the measured factor 1 + a1 r^2 + a2 r^4 + a3 r^6, r = 1 in the farthest corner.
        chromatic: by which shares the red and the blue picture are larger than the green one.
        f_number: focal length over the diameter of the aperture.
        focal_length_m: with the focal length in pixels it says how large a pixel is.
        focus_m: distance that is sharp; 0: everything is.
        glare: share of the light that is scattered in the lens.
        glare_rad: angle over which scattered light falls to 1 / e.
    """

    natural: bool = False
    vignetting: tuple[float, float, float] = (0.0, 0.0, 0.0)
    chromatic: tuple[float, float] = (0.0, 0.0)
    f_number: float = 2.0
    focal_length_m: float = 0.006
    focus_m: float = 0.0
    glare: float = 0.0
    glare_rad: float = math.radians(0.5)

    def __post_init__(self) -> None:
        check_kinds(self, "a lens")
        numbers = (*self.vignetting, *self.chromatic)
        good = all(-100.0 <= v <= 100.0 for v in numbers)
        _check("vignetting and chromatic", good, "within -100..100", numbers)
        _check("chromatic", max(map(abs, self.chromatic)) <= 0.1, "within -0.1..0.1", self.chromatic)
        self._check_corners()
        _check("lens.f_number", 0.1 <= self.f_number <= 1000.0, "0.1..1000", self.f_number)
        _check("lens.focal_length", 1e-6 <= self.focal_length_m <= 10.0, "1e-6..10 m", self.focal_length_m)
        good = self.focus_m == 0.0 or self.focal_length_m < self.focus_m <= 1e9
        _check("lens.focus", good, f"0 or above the focal length {self.focal_length_m:g} m", f"{self.focus_m:g} m")
        _check("glare.share", 0.0 <= self.glare < 1.0, "at least 0 and below 1", self.glare)
        _check("glare.size", 0.0 < self.glare_rad <= math.pi, "above 0", self.glare_rad)

    def _check_corners(self) -> None:
        """The measured fall-off leaves no light that is negative: at its ends and where it turns, s = r^2 in 0..1."""
        a1, a2, a3 = self.vignetting
        turns: list[complex] = np.polynomial.Polynomial([a1, 2.0 * a2, 3.0 * a3]).roots().tolist()
        places = [1.0, *(s.real for s in turns if abs(s.imag) < 1e-9 and 0.0 < s.real < 1.0)]
        least, s = min((1.0 + s * (a1 + s * (a2 + s * a3)), s) for s in places)
        if least < -1e-12:
            raise SensorError(
                f"vignetting.a1, .a2 and .a3 = {a1:g}, {a2:g}, {a3:g} make the light negative: {least:.3g} of that in "
                f"the middle, {math.sqrt(s):.2f} of the way to the corner; make them smaller"
            )

    @property
    def blurs(self) -> bool:
        """There is depth of field."""
        return self.focus_m > 0.0

    @property
    def perfect(self) -> bool:
        """Nothing happens to the light."""
        return not (self.natural or any(self.vignetting) or any(self.chromatic) or self.blurs or self.glare)


@dataclass(frozen=True)
class Shutter:
    """How long pixels collect light, and how automatic exposure follows the light. All 0: at once, and for no time.

    Attributes:
        longest_ns: the longest exposure time; where it does not suffice, gain makes up for it. 0: times play no part.
        mains_hz: of flickering lamps: exposures that are long enough last a whole number of their half periods. 0: any.
        delay: images between one that is metered and the first one that its metering sets.
        brighten_s, darken_s: time constants with which the exposure follows; 0: at once.
        samples: instants of an exposure, evenly spread, whose light is averaged: motion blur. 1: its middle alone.
    """

    longest_ns: int = 0
    mains_hz: float = 0.0
    delay: int = 0
    brighten_s: float = 0.0
    darken_s: float = 0.0
    samples: int = 1

    def __post_init__(self) -> None:
        check_kinds(self, "a shutter")
        _check("exposure.time", 0 <= self.longest_ns <= 10_000_000_000, "0..10 s", f"{self.longest_ns / 1e9:g} s")
        _check("exposure.mains", 0.0 <= self.mains_hz <= 1000.0, "0..1000 hz", self.mains_hz)
        _check("exposure.delay", 0 <= self.delay <= 100, "0..100 images", self.delay)
        times = (self.brighten_s, self.darken_s)
        _check("exposure.brighten and .darken", all(0.0 <= t <= 1000.0 for t in times), "0..1000 s", times)
        _check("exposure.samples", 1 <= self.samples <= 256, "1..256 instants", self.samples)
        if self.samples > 1 and not self.longest_ns:
            raise SensorError(
                f"exposure.samples averages {self.samples} instants of an exposure, and the exposure has no time; set "
                "'exposure.time', or leave 'exposure.samples' out"
            )

    @property
    def remembers(self) -> bool:
        """The exposure of an image depends on images before it."""
        return bool(self.delay or self.brighten_s or self.darken_s)


@dataclass(frozen=True)
class Imager:
    """A sensor by the linear model of EMVA 1288, release 4.0.

    It works where a gain is set or where exposure has a time; else pictures are free of noise.

    Attributes:
        gain: of the amplifier, against one that fits the full well into all numbers; 0: as much as the light needs.
            Where exposure has a time it is the least one.
        quantum_efficiency: electrons a photon.
        full_well_e: electrons that a pixel holds.
        read_noise_e: standard deviation of the dark signal of a short exposure.
        dark_current_eps: electrons a second without light, at 25 C.
        temperature_k: of the sensor; dark current doubles every ``doubling_k``.
        doubling_k: see above; 6 to 10 K of silicon.
        hot_share: share of the pixels that are hot: their dark current has ``hot_current_eps`` more on average, with
            exponential tails, fixed for a serial number.
        hot_current_eps: see above, at 25 C.
        prnu: standard deviation of the sensitivity of pixels over its mean, fixed for a serial number.
        dsnu_e: standard deviation of the dark signal from pixel to pixel, in electrons, fixed for a serial number.
        bits: of a number; numbers begin at a black level of a sixteenth of the whole range.
        serial: number of the camera; with its name it decides the pattern of its pixels.
        cfa: one of ``CFAS``.
        response: of the red, green and blue pixels to white light, against each other.
        crosstalk: share of each colour that every one of the other two colours' filters let pass.
        auto_white: white balance by the mean of the picture (a grey world), else that of white light.
    """

    gain: float = 0.0
    quantum_efficiency: float = 0.6
    full_well_e: float = 10_000.0
    read_noise_e: float = 5.0
    dark_current_eps: float = 0.0
    prnu: float = 0.0
    dsnu_e: float = 0.0
    bits: int = 12
    serial: int = 0
    cfa: str = "none"
    response: tuple[float, float, float] = (1.0, 1.0, 1.0)
    crosstalk: float = 0.0
    auto_white: bool = False
    temperature_k: float = 298.15
    doubling_k: float = 8.0
    hot_share: float = 0.0
    hot_current_eps: float = 5000.0

    def __post_init__(self) -> None:
        check_kinds(self, "a sensor")
        good = self.gain == 0.0 or 1e-3 <= self.gain <= 1e6
        _check("noise.gain", good, "0 or 0.001..1e6", self.gain)
        good = 1e-3 <= self.quantum_efficiency <= 1.0
        _check("imager.quantum_efficiency", good, "0.001..1", self.quantum_efficiency)
        _check("imager.full_well", 1.0 <= self.full_well_e <= 1e7, "1..1e7 electrons", self.full_well_e)
        noise = (self.read_noise_e, self.dark_current_eps, self.prnu, self.dsnu_e, self.hot_current_eps)
        _check("noise figures of a sensor", all(0.0 <= v < 1e6 for v in noise), "0 or more", noise)
        _check("imager.bits", 4 <= self.bits <= 16, "4..16", self.bits)
        _check("imager.cfa", self.cfa in CFAS, f"one of {', '.join(CFAS)}", self.cfa)
        _check("imager.red and .blue", all(0.01 <= v <= 10.0 for v in self.response), "0.01..10", self.response)
        _check("imager.prnu", self.prnu <= 1.0, "0..1", self.prnu)
        _check("imager.temperature", 200.0 <= self.temperature_k <= 400.0, "200 to 400 K", self.temperature_k)
        _check("imager.doubling", 1.0 <= self.doubling_k <= 100.0, "1 to 100 K", self.doubling_k)
        _check("imager.hot_pixels", 0.0 <= self.hot_share <= 1.0, "0..1", self.hot_share)
        _check("imager.crosstalk", 0.0 <= self.crosstalk <= 0.3, "0..0.3", self.crosstalk)

    @property
    def warmth(self) -> float:
        """Dark current at its temperature over that at 25 C (EMVA 1288, section 7)."""
        return 2.0 ** ((self.temperature_k - 298.15) / self.doubling_k)

    @property
    def black_dn(self) -> float:
        """Number of a pixel without light and noise."""
        return float(2 ** (self.bits - 4))

    @property
    def largest_dn(self) -> int:
        """The largest number."""
        return 2**self.bits - 1


@dataclass(frozen=True)
class Processing:
    """What a camera's processor does to the picture. All defaults together: the tone curve alone.

    Attributes:
        tone: one of ``TONES``.
        sharpen: how much of the difference to a blurred picture is added.
        radius_px: standard deviation of that blur.
        jpeg: quality of the compression, 1..100; 0: none.
    """

    tone: str = "film"
    sharpen: float = 0.0
    radius_px: float = 1.0
    jpeg: int = 0

    def __post_init__(self) -> None:
        check_kinds(self, "a processor")
        _check("isp.tone", self.tone in TONES, f"one of {', '.join(TONES)}", self.tone)
        _check("isp.sharpen", 0.0 <= self.sharpen <= 10.0, "0..10", self.sharpen)
        _check("isp.radius", 0.1 <= self.radius_px <= 20.0, "0.1..20 px", self.radius_px)
        _check("isp.jpeg", 0 <= self.jpeg <= 100, "0 (none) or a quality 1..100", self.jpeg)

    @property
    def plain(self) -> bool:
        """The tone curve alone, the one that renderers have."""
        return self.tone == "film" and not self.sharpen and not self.jpeg


@dataclass(frozen=True)
class Infrared:
    """What cameras of the infrared bands have besides.

    Attributes:
        netd_k: temporal noise of a thermal camera, as a difference of temperature at 300 K.
        pattern_k: likewise what its correction leaves of the fixed pattern, fixed for a serial number.
        low_k, high_k: temperatures of black bodies that get the smallest and the largest number.
        illuminator_wpsr: radiant intensity of a lamp beside the lens of a near-infrared camera, W / sr over the whole
            picture; 0: there is none.
    """

    netd_k: float = 0.05
    pattern_k: float = 0.0
    low_k: float = 213.15
    high_k: float = 423.15
    illuminator_wpsr: float = 0.0

    def __post_init__(self) -> None:
        check_kinds(self, "an infrared camera")
        good = 0.0 <= self.netd_k <= 100.0 and 0.0 <= self.pattern_k <= 100.0
        _check("thermal.netd and .pattern", good, "0 to 100 K", (self.netd_k, self.pattern_k))
        good = 100.0 <= self.low_k < self.high_k <= 1300.0
        ends = f"{self.low_k:g} K and {self.high_k:g} K"
        _check("thermal.low and .high", good, "100 to 1300 K, the first one below the second", ends)
        _check("illuminator", 0.0 <= self.illuminator_wpsr <= 1e6, "0 to 1e6 W/sr", self.illuminator_wpsr)
