"""How physics feels the goods: a few convex solids each, true to their shapes, their masses and their surfaces."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from simengine.world.bodies import RigidBody, Solid
from simengine_scenes.goods import goods_size_m

__all__ = ["goods_body", "goods_scale", "goods_solids"]

_Size = tuple[float, float, float]
_ALONG_X = (math.sqrt(0.5), 0.0, math.sqrt(0.5), 0.0)


def goods_scale(asset: str, values: Mapping[str, Any]) -> float:
    """How much larger than its own size a good is made (``size`` is the longest side)."""
    size = values.get("size")
    return 1.0 if size is None else float(size) / max(goods_size_m(asset))


def _box(size: _Size) -> tuple[Solid, ...]:
    return (Solid("box", size, (0.0, 0.0, 0.5 * size[2])),)


def _ball(size: _Size) -> tuple[Solid, ...]:
    if size[0] == size[1] == size[2]:
        return (Solid("sphere", size, (0.0, 0.0, 0.5 * size[2])),)
    return (Solid("ellipsoid", size, (0.0, 0.0, 0.5 * size[2])),)


def _upright(size: _Size) -> tuple[Solid, ...]:
    """A cylinder that stands."""
    girth = min(size[0], size[1])
    return (Solid("cylinder", (girth, girth, size[2]), (0.0, 0.0, 0.5 * size[2])),)


def _rod(size: _Size) -> tuple[Solid, ...]:
    """A cylinder that lies along x."""
    girth = min(size[1], size[2])
    return (Solid("cylinder", (girth, girth, size[0]), (0.0, 0.0, 0.5 * girth), _ALONG_X),)


def _cushion(size: _Size) -> tuple[Solid, ...]:
    """A filled bag: thinner towards its rim."""
    l, w, h = size  # noqa: E741
    return (
        Solid("box", (0.7 * l, 0.7 * w, h), (0.0, 0.0, 0.5 * h)),
        Solid("box", (l, w, 0.35 * h), (0.0, 0.0, 0.5 * h)),
    )


def _mug(size: _Size) -> tuple[Solid, ...]:
    """The cup, which is open, as a solid cylinder, and its handle."""
    l, w, h = size  # noqa: E741
    left = -0.5 * l + 0.5 * w
    grip = l - w
    return (
        Solid("cylinder", (w, w, h), (left, 0.0, 0.5 * h)),
        Solid("box", (grip, 0.12 * w, 0.62 * h), (0.5 * l - 0.5 * grip, 0.0, 0.5 * h)),
    )


def _bottle(size: _Size) -> tuple[Solid, ...]:
    girth, h = min(size[0], size[1]), size[2]
    return (
        Solid("cylinder", (girth, girth, 0.72 * h), (0.0, 0.0, 0.36 * h)),
        Solid("cylinder", (0.42 * girth, 0.42 * girth, 0.3 * h), (0.0, 0.0, 0.85 * h)),
    )


def _tube(size: _Size) -> tuple[Solid, ...]:
    """Round at the cap (+x), flat at the seam."""
    l, w, h = size  # noqa: E741
    return (
        Solid("box", (0.72 * l, 0.9 * w, 0.45 * h), (-0.14 * l, 0.0, 0.5 * h)),
        Solid("cylinder", (h, h, 0.42 * l), (0.29 * l, 0.0, 0.5 * h), _ALONG_X),
    )


def _bent(size: _Size) -> tuple[Solid, ...]:
    """Three pieces of a bow that lies on its side (a banana)."""
    l, w, h = size  # noqa: E741
    piece = 0.42 * l
    out: list[Solid] = []
    for at, side, turn in ((-0.29, -0.08, 0.42), (0.0, 0.18, 0.0), (0.29, -0.08, -0.42)):
        c, s = math.cos(0.5 * turn), math.sin(0.5 * turn)
        about = (c * _ALONG_X[0], -s * _ALONG_X[2], c * _ALONG_X[2], s * _ALONG_X[0])
        girth = 0.92 * h
        out.append(Solid("capsule", (girth, girth, max(piece, girth)), (at * l, side * w, 0.5 * h), about))
    return tuple(out)


def _bowl(size: _Size) -> tuple[Solid, ...]:
    """A foot and eight walls that lean outward: it is open."""
    girth, h = min(size[0], size[1]), size[2]
    out = [Solid("cylinder", (0.55 * girth, 0.55 * girth, 0.12 * h), (0.0, 0.0, 0.06 * h))]
    lean = math.atan2(0.24 * girth, h)
    for k in range(8):
        yaw = k * 0.25 * math.pi
        cy, sy, cl, sl = math.cos(0.5 * yaw), math.sin(0.5 * yaw), math.cos(0.5 * lean), math.sin(0.5 * lean)
        at = 0.37 * girth
        size_m = (0.045 * girth, 0.33 * girth, h)
        quaternion = (cy * cl, -sy * sl, cy * sl, sy * cl)
        out.append(Solid("box", size_m, (at * math.cos(yaw), at * math.sin(yaw), 0.5 * h), quaternion))
    return tuple(out)


_SHAPES: dict[str, Callable[[_Size], tuple[Solid, ...]]] = {
    "marble": _ball,
    "walnut": _ball,
    "egg": _ball,
    "ball": _ball,
    "apple": _ball,
    "orange_fruit": _ball,
    "coin": _upright,
    "thimble": _upright,
    "nut": _upright,
    "chess_pawn": _upright,
    "bottle_cap": _upright,
    "can": _upright,
    "tape": _upright,
    "cork": _rod,
    "battery": _rod,
    "marker": _rod,
    "screwdriver": _rod,
    "pouch": _cushion,
    "mug": _mug,
    "bottle": _bottle,
    "tube": _tube,
    "banana": _bent,
    "bowl": _bowl,
}
"""All others are boxes."""
_ROLLING = {"marble", "walnut", "egg", "ball", "apple", "orange_fruit", "cork", "battery", "marker", "can", "bottle"}


def goods_solids(asset: str, scale: float) -> tuple[Solid, ...]:
    """Solids of a good, in its own frame."""
    length, width, height = goods_size_m(asset)
    return _SHAPES.get(asset, _box)((scale * length, scale * width, scale * height))


def goods_body(asset: str, values: Mapping[str, Any]) -> RigidBody:
    """How a good takes part in physics. Rough surfaces hold better than smooth ones, wet ones slide."""
    scale = goods_scale(asset, values)
    rough, wet = (min(max(float(values.get(n, d)), 0.0), 1.0) for n, d in (("roughness", 0.5), ("wet", 0.0)))
    friction = (0.25 + 0.4 * rough) * (1.0 - 0.45 * wet)
    rolling = 0.0006 if asset in _ROLLING else 0.0002
    bounce = 0.55 if asset == "ball" else 0.12
    return RigidBody(goods_solids(asset, scale), float(values.get("mass", 0.3)), friction, rolling, bounce)
