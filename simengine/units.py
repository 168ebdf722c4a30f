"""Physical dimensions, and the units that the scenario language knows. Inside the engine all is SI and radians."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["DIMENSIONS", "NONE", "UNITS", "Dimension", "Unit", "dimension_name"]


@dataclass(frozen=True)
class Dimension:
    """Exponents over (m, s, kg, rad, K, lux, px). Percent is a plain number scaled by 0.01."""

    m: int = 0
    s: int = 0
    kg: int = 0
    rad: int = 0
    kelvin: int = 0
    lux: int = 0
    px: int = 0

    def exponents(self) -> tuple[int, ...]:
        """The seven exponents in declaration order."""
        return (self.m, self.s, self.kg, self.rad, self.kelvin, self.lux, self.px)

    def __mul__(self, other: Dimension) -> Dimension:
        return Dimension(*(a + b for a, b in zip(self.exponents(), other.exponents(), strict=True)))

    def __truediv__(self, other: Dimension) -> Dimension:
        return Dimension(*(a - b for a, b in zip(self.exponents(), other.exponents(), strict=True)))


NONE = Dimension()
LENGTH = Dimension(m=1)
TIME = Dimension(s=1)

DIMENSIONS: dict[str, Dimension] = {
    "number": NONE,
    "length": LENGTH,
    "area": Dimension(m=2),
    "volume": Dimension(m=3),
    "time": TIME,
    "speed": Dimension(m=1, s=-1),
    "acceleration": Dimension(m=1, s=-2),
    "jerk": Dimension(m=1, s=-3),
    "angle": Dimension(rad=1),
    "angular_speed": Dimension(rad=1, s=-1),
    "frequency": Dimension(s=-1),
    "mass": Dimension(kg=1),
    "temperature": Dimension(kelvin=1),
    "illuminance": Dimension(lux=1),
    "pixels": Dimension(px=1),
    "force": Dimension(kg=1, m=1, s=-2),
    "density": Dimension(kg=1, m=-3),
}
"""Type names of the language that stand for a real number of one dimension."""


@dataclass(frozen=True)
class Unit:
    """A unit: SI value = written value * scale + offset."""

    symbol: str
    dimension: Dimension
    scale: float
    offset: float = 0.0


_SPEED, _ANGLE, _HZ = DIMENSIONS["speed"], DIMENSIONS["angle"], DIMENSIONS["frequency"]
_LIST = (
    Unit("m", LENGTH, 1.0), Unit("km", LENGTH, 1000.0), Unit("cm", LENGTH, 0.01), Unit("mm", LENGTH, 0.001),
    Unit("s", TIME, 1.0), Unit("ms", TIME, 0.001), Unit("min", TIME, 60.0), Unit("h", TIME, 3600.0),
    Unit("m/s", _SPEED, 1.0), Unit("km/h", _SPEED, 1.0 / 3.6), Unit("kph", _SPEED, 1.0 / 3.6),
    Unit("mph", _SPEED, 0.44704), Unit("mm/h", _SPEED, 0.001 / 3600.0),
    Unit("m/s2", DIMENSIONS["acceleration"], 1.0), Unit("m/s3", DIMENSIONS["jerk"], 1.0),
    Unit("deg", _ANGLE, math.pi / 180.0), Unit("rad", _ANGLE, 1.0),
    Unit("deg/s", DIMENSIONS["angular_speed"], math.pi / 180.0), Unit("rad/s", DIMENSIONS["angular_speed"], 1.0),
    Unit("hz", _HZ, 1.0), Unit("khz", _HZ, 1000.0),
    Unit("kg", DIMENSIONS["mass"], 1.0), Unit("px", DIMENSIONS["pixels"], 1.0),
    Unit("lux", DIMENSIONS["illuminance"], 1.0), Unit("klux", DIMENSIONS["illuminance"], 1000.0),
    Unit("K", DIMENSIONS["temperature"], 1.0), Unit("C", DIMENSIONS["temperature"], 1.0, 273.15),
    Unit("%", NONE, 0.01), Unit("pct", NONE, 0.01),
)  # fmt: skip
UNITS: dict[str, Unit] = {u.symbol: u for u in _LIST}


def dimension_name(dimension: Dimension) -> str:
    """A word for a dimension ("speed"), or its SI product ("m2 s-1") where it has no name."""
    for name, known in DIMENSIONS.items():
        if known == dimension:
            return name
    symbols = ("m", "s", "kg", "rad", "K", "lux", "px")
    return " ".join(f"{u}{'' if e == 1 else e}" for u, e in zip(symbols, dimension.exponents(), strict=True) if e)
