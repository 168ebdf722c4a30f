"""Weather and light as one set of parameters that every sensor feels."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array

CHANGING = (
    "sun.elevation", "sun.azimuth", "moon.elevation", "moon.azimuth", "moon.phase", "date.hour", "turbidity",
    "sky.glow", "cloud", "rain", "snow", "fog.visibility", "wetness",
)  # fmt: skip
"""Properties of worlds that may change during a run: they are in the light and the air, not in things."""

CLEAR = 2.0
"""Turbidity of clear air: published levels of daylight are those under it, and streets are seen without a veil."""

__all__ = ["CHANGING", "CLEAR", "Environment", "Interior", "angstrom"]


def angstrom(turbidity: float) -> float:
    """Angstrom's coefficient of particles in air: their optical depth, straight up, of light of 1 um.

    Of turbidity by the straight line of Preetham et al. (1999): 0.046 for clear air, 0.41 for a thick haze of 10.
    """
    return max(0.04608 * turbidity - 0.04586, 0.0)


@dataclass(frozen=True)
class Interior:
    """Light of a hall, which takes the place of sun and sky.

    Attributes:
        kind: "led", "sodium" or "daylight": what shines, and from where.
        tint: linear RGB of white under this light, with a luminance of 1.
        level_lux: illuminance on a level surface in the middle of the hall, of the hall's light and the scene's lamps,
            where nothing hides either.
        lamps_share: share of it that the scene's own lamps give; the rest comes from all over the hall.
        flicker_hz: of all lamps; 0: steady. Daylight does not flicker.
        flicker_depth: largest departure from the mean.
    """

    kind: str = "led"
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    level_lux: float = 500.0
    lamps_share: float = 0.4
    flicker_hz: float = 0.0
    flicker_depth: float = 0.45

    def brightness(self, time_ns: int, lasting_s: float = 0.0) -> float:
        """Light of all lamps at a time against its mean: a sine, as the mains make it.

        Of an exposure that lasts T from then on it is the mean over it: the cosine at its middle times
        sin(x) / x with x = pi f T, none where T is a whole number of periods.
        """
        if self.flicker_hz <= 0.0 or self.kind == "daylight":
            return 1.0
        turns = math.fmod(self.flicker_hz * (time_ns * 1e-9), 1.0) + 0.5 * self.flicker_hz * lasting_s
        x = math.pi * self.flicker_hz * lasting_s
        depth = self.flicker_depth * (math.sin(x) / x if x > 1e-9 else 1.0)
        return 1.0 + depth * math.cos(2.0 * math.pi * turns)


@dataclass(frozen=True)
class Environment:
    """Weather and light of a scene.

    Attributes:
        sun_elevation_rad: angle above the horizon (negative: dusk and night).
        sun_azimuth_rad: direction towards the sun, counter-clockwise from +x (0: low sun ahead of the road).
        cloud: 0 clear .. 1 overcast.
        rain_mmph: rain rate in mm/h.
        snow_mmph: snowfall in mm/h of the water that it melts to.
        fog_visibility_m: meteorological optical range (5 % contrast); inf for none.
        wetness: of the ground by itself, 0 dry .. 1 standing water; :meth:`ground_wetness` adds what rain does.
        snow_cover: share of open level ground that snow lies on (``simengine.world.snow_cover``).
        lamps_lit: street lamps and head lamps are on.
        air_k: temperature of the air.
        humidity: relative, 0..1.
        wind_mps: mean wind 6 m above the ground, along x and y of the world.
        gusts: how strong gusts are against those that are to be expected in that wind.
        lamp_pwm_hz: how often lamps of vehicles and signals are switched, to dim them; 0: they are steady.
        lamp_duty: share of the time for which they are on then.
        interior: light of a hall, in place of sun and sky; None outdoors.
        turbidity: of the air between here and the sun, 1.7 very clear, 2 clear, 6 hazy, 10 thick haze.
        moon_elevation_rad: angle above the horizon; straight down: no moon.
        moon_azimuth_rad: as of the sun.
        moon_phase: share of its disc that is lit: 0 new, 0.5 half, 1 full.
        sky_glow_lux: illuminance of open ground under clear air by what towns around send up: 0.02 in the country, 0.05
            to 0.15 in a town.
    """

    sun_elevation_rad: float = math.radians(40.0)
    sun_azimuth_rad: float = math.radians(50.0)
    cloud: float = 0.2
    rain_mmph: float = 0.0
    snow_mmph: float = 0.0
    fog_visibility_m: float = math.inf
    wetness: float = 0.0
    snow_cover: float = 0.0
    lamps_lit: bool = False
    air_k: float = 288.15
    humidity: float = 0.6
    wind_mps: tuple[float, float] = (0.0, 0.0)
    gusts: float = 1.0
    lamp_pwm_hz: float = 0.0
    lamp_duty: float = 0.35
    interior: Interior | None = None
    turbidity: float = CLEAR
    moon_elevation_rad: float = -0.5 * math.pi
    moon_azimuth_rad: float = 0.0
    moon_phase: float = 1.0
    sky_glow_lux: float = 0.02

    def sun_direction(self) -> F64Array:
        """Unit vector from the ground towards the sun, world axes, shape (3,)."""
        c = math.cos(self.sun_elevation_rad)
        return np.array(
            [c * math.cos(self.sun_azimuth_rad), c * math.sin(self.sun_azimuth_rad), math.sin(self.sun_elevation_rad)]
        )

    def moonlight_lux(self) -> float:
        """Illuminance of the moon above the air, 0.31 lux of a full one; 0 while it is down.

        Its magnitude by the angle between sun and eye (Krisciunas and Schaefer 1991, equation 9): a half moon gives a
        tenth of a full one. A magnitude of 0 is 2.54e-6 lux.
        """
        if self.moon_elevation_rad < math.radians(-12.0) or self.moon_phase <= 0.0:
            return 0.0
        angle = math.degrees(math.acos(min(max(2.0 * self.moon_phase - 1.0, -1.0), 1.0)))
        return 2.54e-6 * 10.0 ** (-0.4 * (-12.73 + 0.026 * angle + 4e-9 * angle**4))

    def ground_wetness(self) -> float:
        """Wetness of open ground, 0..1: what was set, and soaked by rain from 4 mm/h on, in proportion below."""
        return max(self.wetness, min(1.0, max(self.rain_mmph, 0.0) / 4.0))

    def brightness(self, time_ns: int, lasting_s: float = 0.0) -> float:
        """All light at a time, or in an exposure, against its mean: 1 but for lamps that flicker."""
        return 1.0 if self.interior is None else self.interior.brightness(time_ns, lasting_s)

    def precipitation_mmph(self) -> float:
        """Rain and snow, mm/h of water."""
        return max(self.rain_mmph, 0.0) + max(self.snow_mmph, 0.0)

    def extinction_per_m(self) -> float:
        """Extinction coefficient of fog, rain and snow in 1/m, one for camera and LiDAR.

        Fog: ln(20) / visibility (5 % contrast convention), or haze (:meth:`haze_per_m`) where that is more. Rain:
        1.076 R^0.67 dB/km with R in mm/h, dry snow: 5.53 S^1.38 dB/km, the attenuation of free-space optical links in
        ITU-R P.1814 (its term with the wavelength adds 0.03 to 0.08), divided by 10 log10(e) = 4.343 dB. All add.
        """
        rain = 1.076 * self.rain_mmph**0.67 / (4.342944819 * 1000.0) if self.rain_mmph > 0 else 0.0
        snow = 5.53 * self.snow_mmph**1.38 / (4.342944819 * 1000.0) if self.snow_mmph > 0 else 0.0
        return self.scattering_per_m() + rain + snow

    def haze_per_m(self) -> float:
        """Extinction near the ground, in 1/m, of the particles that are more than those of clear air.

        Their optical depth of green light (0.55 um, Angstrom's exponent of 1.3) over a scale height of 1.2 km.
        """
        return max(angstrom(self.turbidity) - angstrom(CLEAR), 0.0) * 0.55**-1.3 / 1200.0

    def scattering_per_m(self) -> float:
        """What of the extinction makes veils and halos around lamps, in 1/m: of fog, ln(20) / visibility, or of haze,
        whatever is more.

        Rain and snow are left out: drops and flakes, a thousand times as large, send most light on within a few
        degrees of its way.
        """
        return max(math.log(20.0) / self.fog_visibility_m, self.haze_per_m())
