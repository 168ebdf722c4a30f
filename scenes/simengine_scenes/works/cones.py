"""Traffic cones (EN 13422): a heavy base, a skin with one or two reflecting bands, dirt of the road; some lean.

How high bands are, which base a cone has and how faded it is differ from maker to maker and from job to job.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from simengine.arrays import F64Array
from simengine.geometry import transforms as tf
from simengine.rng import stream
from simengine.world.bodies import RigidBody, Solid
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.shades import dusty
from simengine_scenes.shapes.solids import lathe, pose, rounded_box

__all__ = ["CONE_SIZE_M", "ConeLook", "cone_asset", "cone_parts"]

CONE_SIZE_M: dict[str, tuple[float, float, float]] = {
    "cone_75": (0.44, 0.44, 0.75),
    "cone_50": (0.30, 0.30, 0.50),
}
"""Length, width and height by model."""
_WEIGHT_KG = {"cone_75": 4.2, "cone_50": 1.9}
_SKINS: dict[str, Material] = {"orange": palette.CONE_ORANGE, "faded": palette.CONE_FADED}
_BASES: dict[str, Material] = {"rubber": palette.RUBBER, "grey": palette.PLASTIC, **_SKINS}
_BASE_M, _TOP_M = 0.04, 0.028
_TWO = ((0.34, 0.50), (0.64, 0.80))


@dataclass(frozen=True)
class ConeLook:
    """What varies of a cone of one size.

    Attributes:
        skin, base: words of colours.
        corners: power of the base's outline: 4 is round, 16 is square.
        bands: from and to, shares of the height.
        lean: degrees, and where to, in twelfths of a turn.
        dirt: tenths.
    """

    skin: str = "orange"
    base: str = "rubber"
    corners: int = 8
    bands: tuple[tuple[float, float], ...] = _TWO
    lean: tuple[int, int] = (0, 0)
    dirt: int = 0

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        bands = "-".join(f"{100 * a:.0f}_{100 * b:.0f}" for a, b in self.bands)
        return f"{self.skin}.{self.base}{self.corners}.{bands}.{self.lean[0]}_{self.lean[1]}.{self.dirt}"


def _drawn(model: str, variety: int) -> ConeLook:
    """Three of four are bright, half have two bands, one in three leans, most are somewhat dirty."""
    draw = stream(variety, "cone", model)
    skin = "orange" if draw.random() < 0.75 else "faded"
    base = ("rubber", "rubber", "grey", skin)[int(draw.integers(4))]
    low, wide = 0.26 + 0.02 * int(draw.integers(7)), 0.12 + 0.02 * int(draw.integers(4))
    high = 0.60 + 0.02 * int(draw.integers(5))
    one = 0.42 + 0.02 * int(draw.integers(8))
    bands = ((low, low + wide), (high, high + wide)) if draw.random() < 0.5 else ((one, one + wide + 0.14),)
    lean = (int(draw.integers(1, 4)), int(draw.integers(12))) if draw.random() < 0.35 else (0, 0)
    rounded = tuple((round(a, 2), round(b, 2)) for a, b in bands)
    return ConeLook(skin, base, (4, 8, 16)[int(draw.integers(3))], rounded, lean, int(draw.integers(9)))


def cone_parts(model: str, look: ConeLook) -> dict[str, Draft]:
    """Base, body and bands of a model in ``CONE_SIZE_M``."""
    _, wide, high = CONE_SIZE_M[model]
    foot, dirt = 0.36 * wide, 0.1 * look.dirt
    base = rounded_box((0.0, 0.0, 0.5 * _BASE_M), (wide, wide, _BASE_M), look.corners, 16, 0.2)
    out = {"base": Draft().add(base, dusty(_BASES[look.base], dirt))}

    def ring(share: float) -> tuple[float, float]:
        z = max(share * high, _BASE_M)
        return foot + (_TOP_M - foot) * (z - _BASE_M) / (high - _BASE_M), z

    body, bands = Draft(), Draft()
    edges = [0.0, *(edge for band in look.bands for edge in band), 1.0]
    for k, (a, b) in enumerate(pairwise(edges)):
        line = [ring(a), ring(b)]
        if b == 1.0:
            line = [*line, (0.6 * _TOP_M, high), (0.0, high - 0.004)]
        target, material = (bands, palette.CONE_BAND) if k % 2 else (body, _SKINS[look.skin])
        target.add(lathe(line, 20), dusty(material, dirt))
    tilt = _tilt(look.lean)
    return {**out, "body": body.moved(tilt), "bands": bands.moved(tilt)}


def _tilt(lean: tuple[int, int]) -> F64Array:
    """A turn about the top of the base."""
    way = math.pi / 6.0 * lean[1]
    about = pose((0.0, 0.0, 0.0), (math.cos(way), math.sin(way), 0.0), math.radians(lean[0]))
    up = np.array([0.0, 0.0, _BASE_M])
    return tf.compose(tf.translation(up), tf.compose(about, tf.translation(-up)))


@lru_cache(maxsize=64)
def _asset(model: str, look: ConeLook) -> Asset:
    semantic, size = CLASS_ID["cone"], CONE_SIZE_M[model]
    length, width, height = size
    a = Assembly()
    for name, draft in cone_parts(model, look).items():
        a.add(name, f"cone.{model}.{look.key}.{name}", draft, semantic)
    foot = Solid("box", (length, width, _BASE_M), (0.0, 0.0, 0.5 * _BASE_M))
    body = Solid("cylinder", (0.4 * length, 0.4 * length, height - _BASE_M), (0.0, 0.0, 0.5 * height + 0.02))
    rigid = RigidBody((foot, body), _WEIGHT_KG[model], 0.6, 0.001, 0.1)
    return a.asset(Entity(model, "cone", model, semantic, size, body=rigid))


def cone_asset(model: str, variety: int) -> Asset:
    """A cone of a model in ``CONE_SIZE_M``; how it looks is drawn by the variety seed."""
    return _asset(model, _drawn(model, variety))
