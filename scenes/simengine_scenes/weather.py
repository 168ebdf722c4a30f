"""Weather and daylight of outdoor worlds: the properties of the language and the environment made of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from simengine.units import UNITS
from simengine.world.ephemeris import MOMENT, PLACE
from simengine.world.library import BOOL, INT, NUMBER, Follows, Property, quantity, settled, unplaced
from simengine.world.splits import SPLIT
from simengine.world.weather import CLEAR, Environment

__all__ = ["WEATHER", "WEATHER_LIT", "environment", "lit_environment"]

_MM_PER_HOUR = UNITS["mm/h"].scale
_MELTS_K = 274.15
"""Warmer air melts flakes before they are down."""
CLEAR_VISIBILITY_M = 20_000.0
"""Meteorological visibility from which the air counts as clear (the top of the WMO scale is 20 km or more)."""

WHEN = (*PLACE, *MOMENT)
"""Where and when: what the place of the sun follows from where it is said."""
_WEATHER = (
    Property(
        "sun.elevation", quantity("angle"), math.radians(40.0), -math.pi / 2, math.pi / 2,
        "angle of the sun above the horizon; below 0: dusk and night", follows=Follows("sun_elevation", WHEN),
    ),
    Property(
        "sun.azimuth", quantity("angle"), math.radians(50.0), -2 * math.pi, 2 * math.pi,
        "direction towards the sun, to the left from the direction of the road",
        follows=Follows("sun_azimuth", (*WHEN, "place.bearing")),
    ),
    Property(
        "moon.elevation", quantity("angle"), -math.pi / 2, -math.pi / 2, math.pi / 2,
        "angle of the moon above the horizon; -90 deg: there is none", follows=Follows("moon_elevation", WHEN),
    ),
    Property(
        "moon.azimuth", quantity("angle"), 0.0, -2 * math.pi, 2 * math.pi, "direction towards the moon, as of the sun",
        follows=Follows("moon_azimuth", (*WHEN, "place.bearing")),
    ),
    Property(
        "moon.phase", NUMBER, 1.0, 0.0, 1.0, "share of its disc that is lit: 1 full, 0.5 half, 0 new",
        follows=Follows("moon_phase", WHEN),
    ),
    Property(
        "place.latitude", quantity("angle"), None, -math.pi / 2, math.pi / 2,
        "with a date: the sun stands as it does there and then; north of the equator positive",
    ),
    Property("place.longitude", quantity("angle"), None, -math.pi, math.pi, "east of Greenwich positive"),
    Property(
        "place.bearing", quantity("angle"), math.pi / 2, -2 * math.pi, 2 * math.pi,
        "where the road goes to, clockwise from north; 90 deg: east",
    ),
    Property("date.year", INT, 2026.0, 1900.0, 2100.0, "of the date", whole=True),
    Property("date.month", INT, None, 1.0, 12.0, "of the date", whole=True),
    Property("date.day", INT, None, 1.0, 31.0, "of the month; the 31st of a short one is in the next", whole=True),
    Property("date.hour", quantity("time"), None, 0.0, 86_400.0, "of the clock, as '8.5 h'; the sun goes by it"),
    Property("date.zone", quantity("time"), 0.0, -43_200.0, 50_400.0, "how far the clock is ahead of UTC, as '2 h'"),
    Property(
        "sky.glow", quantity("illuminance"), 0.02, 0.0, 10.0,
        "of the ground by what towns around send up: 0.02 lux in the country, 0.15 in a city; clouds add to it",
    ),
    Property(
        "turbidity", NUMBER, CLEAR, 1.7, 10.0,
        "of the air up to the sun: 2 clear, 4 hazy, 10 thick haze that one sees 4.5 km through",
    ),
    Property("cloud", NUMBER, 0.2, 0.0, 1.0, "0 clear .. 1 overcast"),
    Property("rain", quantity("speed", "mm/h"), 0.0, 0.0, 300.0 * _MM_PER_HOUR, "rain rate, in mm/h"),
    Property(
        "snow", quantity("speed", "mm/h"), 0.0, 0.0, 10.0 * _MM_PER_HOUR,
        "snowfall, in mm/h of water: 1 light, 2.5 and more heavy; the air is at 1 degree Celsius at most then",
    ),
    Property(
        "fog.visibility", quantity("length"), CLEAR_VISIBILITY_M, 5.0, CLEAR_VISIBILITY_M,
        "meteorological visibility (5 % contrast); 20 km: no fog",
    ),
    Property("wetness", NUMBER, 0.0, 0.0, 1.0, "0 dry .. 1 standing water; rain wets the ground on its own"),
    Property(
        "snow.cover", NUMBER, 0.0, 0.0, 1.0,
        "share of open level ground that snow lies on; tyres keep tracks free, and roofs, cars and trees have it, too",
    ),
    Property("air.temperature", quantity("temperature"), 288.15, 213.15, 333.15, "of the air: thermal cameras see it"),
    Property("air.humidity", NUMBER, 0.6, 0.0, 1.0, "relative humidity"),
    Property(
        "wind.speed", quantity("speed"), 0.0, 0.0, 20.0,
        "mean wind 6 m above the ground, of which drones feel what blows at their height",
    ),
    Property(
        "wind.heading", quantity("angle"), 0.0, -2 * math.pi, 2 * math.pi,
        "where it blows to, to the left from the direction of the road",
    ),
    Property(
        "wind.gusts", NUMBER, 1.0, 0.0, 3.0, "how strong gusts are; 1 as MIL-F-8785C expects at low heights, 0 none"
    ),
    Property("lamps.lit", BOOL, False, doc="street lamps and head lamps are on"),
    Property(
        "lamps.pwm", quantity("frequency"), 0.0, 0.0, 10_000.0,
        "of the switching that dims LEDs of vehicles and signals; cameras with an exposure.time see it; 0: none",
    ),
    Property("lamps.duty", NUMBER, 0.35, 0.01, 1.0, "share of the time for which they are on then"),
    SPLIT,
)  # fmt: skip
WEATHER: tuple[Property, ...] = unplaced(*_WEATHER)
"""Properties that every outdoor world has."""
WEATHER_LIT: tuple[Property, ...] = tuple(replace(p, default=True) if p.name == "lamps.lit" else p for p in WEATHER)
"""The same where head lamps are on by day, too."""


def environment(values: Mapping[str, Any]) -> Environment:
    """Weather of an outdoor world from its property values (SI); missing ones take their defaults."""
    values = settled(WEATHER, values)
    value = {p.name: values.get(p.name, p.default) for p in WEATHER}
    rain_mmph, snow_mmph = float(value["rain"]) / _MM_PER_HOUR, float(value["snow"]) / _MM_PER_HOUR
    air_k = float(value["air.temperature"])
    wind_mps, heading = float(value["wind.speed"]), float(value["wind.heading"])
    visibility_m = float(value["fog.visibility"])
    return Environment(
        sun_elevation_rad=float(value["sun.elevation"]),
        sun_azimuth_rad=float(value["sun.azimuth"]),
        cloud=float(value["cloud"]),
        rain_mmph=rain_mmph,
        snow_mmph=snow_mmph,
        fog_visibility_m=visibility_m if visibility_m < CLEAR_VISIBILITY_M else math.inf,
        wetness=float(value["wetness"]),
        snow_cover=float(value["snow.cover"]),
        lamps_lit=bool(value["lamps.lit"]),
        air_k=min(air_k, _MELTS_K) if snow_mmph > 0.0 else air_k,
        humidity=float(value["air.humidity"]),
        wind_mps=(wind_mps * math.cos(heading), wind_mps * math.sin(heading)),
        gusts=float(value["wind.gusts"]),
        lamp_pwm_hz=float(value["lamps.pwm"]),
        lamp_duty=float(value["lamps.duty"]),
        turbidity=float(value["turbidity"]),
        moon_elevation_rad=float(value["moon.elevation"]),
        moon_azimuth_rad=float(value["moon.azimuth"]),
        moon_phase=float(value["moon.phase"]),
        sky_glow_lux=float(value["sky.glow"]),
    )


def lit_environment(values: Mapping[str, Any]) -> Environment:
    """As :func:`environment`, with the defaults of ``WEATHER_LIT``."""
    return environment({"lamps.lit": True, **values})
