"""How warm surfaces are, and what they send out in 8 to 14 micrometres: properties of matter, sun, sky and bodies.

A surface out of doors is as warm as the air but for four things. Sun and sky heat and cool it by its balance in the
steady state, (a S - e F (s Ta^4 - sky)) / (h + 4 e s Ta^3), of which matter with mass reaches the share ``response``;
stone keeps some of the day's heat; what is wet is near the air and a little below it. Things with heat of their own
come on top: people (skin 33 C, cloth between skin and air by its insulation), animals, running vehicles.

Emissivities are those of Incropera et al., Fundamentals of Heat and Mass Transfer, table A.11. Shadows leave no trace:
matter remembers the sun for longer than a shadow stays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.world.materials import Material
from simengine.world.substances import Substance, substance_of
from simengine.world.weather import Environment

__all__ = [
    "MATTER",
    "Insolation",
    "Matter",
    "dew_point_c",
    "emissivity",
    "insolation",
    "own_heat_k",
    "solar_absorptance",
]

_SIGMA = 5.670_374_419e-8
_CONVECTION = 5.7 + 3.8 * 3.0  # W / (m2 K), McAdams' law for plates in a wind of 3 m/s
_KELVIN = 273.15
_CORE_K, _CABIN_K, _ROOM_K = 306.15, 295.15, 293.15
_AIR_CLO = 0.7  # insulation of the layer of air on a body (ISO 9920), in clo
_BARE_METAL = 0.2


@dataclass(frozen=True)
class Matter:
    """How a kind of matter takes and gives heat.

    Attributes:
        emissivity: at normal direction, of its usual surface (of metal: painted).
        response: share of the steady state that it reaches in the sun.
        loss: likewise under the night sky.
        store_k: what it keeps of a clear day.
    """

    emissivity: float
    response: float
    loss: float
    store_k: float = 0.0


MATTER: Mapping[Substance, Matter] = {
    Substance.METAL: Matter(0.92, 0.85, 1.0),
    Substance.GLASS: Matter(0.88, 0.7, 0.9),
    Substance.PLASTIC: Matter(0.93, 0.8, 0.9),
    Substance.RUBBER: Matter(0.94, 0.7, 0.7),
    Substance.TISSUE: Matter(0.97, 0.3, 0.2),
    Substance.WOOD: Matter(0.9, 0.7, 0.7, 0.5),
    Substance.STONE: Matter(0.94, 0.6, 0.3, 3.5),
    Substance.SOIL: Matter(0.95, 0.35, 0.7, 1.0),
    Substance.FOLIAGE: Matter(0.97, 0.12, 0.4),
    Substance.WATER: Matter(0.96, 0.1, 0.2, 2.0),
}
"""Responses put asphalt under a high sun some 20 K above the air, a dark car roof 30 K, grass 10 K and leaves 3 K; at
night a car roof under a clear sky is 4 K below it."""


def emissivity(material: Material) -> float:
    """In 8 to 14 micrometres, normal to the surface. Bare metal mirrors; what is painted does not."""
    return _BARE_METAL if material.metalness > 0.5 else MATTER[substance_of(material)].emissivity


def solar_absorptance(material: Material) -> float:
    """Share of sunlight that it takes: half of that is visible, half near infrared. Glass lets most of it pass."""
    r, g, b = material.albedo
    share = 1.0 - 0.5 * (0.2126 * r + 0.7152 * g + 0.0722 * b + material.nir)
    return 0.3 * share if substance_of(material) is Substance.GLASS else share


@dataclass(frozen=True)
class Insolation:
    """What reaches surfaces out of doors.

    Attributes:
        direct: W / m2 on a surface that faces the sun.
        diffuse: W / m2 on level ground, of sky and clouds.
        sun: (3,), direction towards it.
        sky_loss: W / m2 that a black level surface at the temperature of the air sends up and does not get back.
        kept: share of all this that shows where it rains or is wet.
        wet_k: how much colder than the air wet surfaces are.
        exchange: W / (m2 K) that a surface gives to the air and around.
        day: 1 under a clear sky, less under clouds: what stone could keep.
    """

    direct: float
    diffuse: float
    sun: F64Array
    sky_loss: float
    kept: float
    wet_k: float
    exchange: float
    day: float


def insolation(environment: Environment) -> Insolation:
    """Sun, sky and rain of an environment; nothing of it indoors.

    The sun loses 0.7^(AM^0.678) of 1353 W / m2 (Meinel 1976). The sky sends back 0.711 + 0.56 d + 0.73 d^2 of a black
    body's radiation at the temperature of the air, d = dew point in C / 100 (Berdahl and Martin 1984), clouds all but a
    sixth of the rest.
    """
    air = environment.air_k
    exchange = _CONVECTION + 4.0 * _SIGMA * air**3
    if environment.interior is not None:
        return Insolation(0.0, 0.0, np.zeros(3), 0.0, 1.0, 0.0, exchange, 0.0)
    cloud = min(1.0, max(environment.cloud, 0.75 if environment.precipitation_mmph() > 0.0 else 0.0))
    height = math.sin(environment.sun_elevation_rad)
    direct = diffuse = 0.0
    if height > 0.0:
        mass = 1.0 / (height + 0.50572 * (math.degrees(environment.sun_elevation_rad) + 6.07995) ** -1.6364)
        clear = 1353.0 * 0.7 ** (mass**0.678)
        direct = clear * (1.0 - cloud) ** 0.8
        diffuse = clear * height * (0.15 + 0.2 * cloud)
    back = _clear_sky_emissivity(environment)
    back += (1.0 - back) * cloud * 5.0 / 6.0
    wet = environment.ground_wetness()
    kept = math.exp(-environment.rain_mmph / 4.0) * (1.0 - 0.6 * wet)
    wet_k = 5.0 * wet * (1.0 - environment.humidity)
    loss = (1.0 - back) * _SIGMA * air**4
    return Insolation(
        direct, diffuse, environment.sun_direction(), loss, kept, wet_k, exchange, 1.0 - 0.75 * cloud
    )  # fmt: skip


def _clear_sky_emissivity(environment: Environment) -> float:
    d = dew_point_c(environment) / 100.0
    return min(1.0, 0.711 + 0.56 * d + 0.73 * d * d)


def dew_point_c(environment: Environment) -> float:
    """By Magnus' formula with the constants of Sonntag (1990)."""
    t = environment.air_k - _KELVIN
    g = math.log(max(environment.humidity, 1e-3)) + 17.62 * t / (243.12 + t)
    return 243.12 * g / (17.62 - g)


def own_heat_k(material: Material, environment: Environment, running: bool) -> float:
    """How much warmer than the air a surface is by itself.

    Cloth lies between skin and air as its insulation and that of the air on it share the fall; people dress for the
    weather: 1 clo at 15 C, half at 25 C.

    Args:
        material: the surface.
        environment: decides the air.
        running: it belongs to a motor vehicle that is in use: tyres, brakes, cabin and underbody are warm.
    """
    air = environment.air_k
    name = material.name.lower()
    if running:
        words = {"tyre": 14.0, "rubber": 14.0, "rim": 22.0, "underbody": 14.0}
        found = [excess for word, excess in words.items() if name.startswith(word)]
        if found:
            return found[0]
        if substance_of(material) is Substance.GLASS:
            return 0.35 * (_CABIN_K - air)
    if substance_of(material) is Substance.TISSUE:
        skin = _CORE_K - 0.2 * max(0.0, 293.15 - air)
        if name.startswith(("skin", "lips", "eye", "muzzle")):
            return skin - air
        dressed = min(max(0.5 + 0.05 * (298.15 - air), 0.4), 3.0)
        clo = {"hair": 0.7, "shoe": 2.0, "sole": 3.0, "coat": 2.5, "hoof": 3.0, "leat": 1.5}.get(name[:4], dressed)
        return (skin - air) * _AIR_CLO / (_AIR_CLO + clo)
    if name.startswith("window"):
        return 0.15 * (_ROOM_K - air) if environment.interior is None else 0.0
    if name.startswith(("plaster", "brick")):
        return 0.05 * (_ROOM_K - air) if environment.interior is None else 0.0
    return 0.0
