"""What guides traffic past works: cones (EN 13422), beacons, hurdles, barriers of concrete and of plastic.

All stand at the origin; beacons and hurdles look along -x, to who comes along +x, and are alike from behind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.bodies import RigidBody, Solid
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import Piece, finish
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, pose, rounded_box
from simengine_scenes.town.plate import board, filled

__all__ = [
    "BARRIER_SIZE_M", "CONE_SIZE_M", "LENS_M", "barrier_asset", "cone_asset", "guide_piece", "lens_piece", "striped",
]  # fmt: skip

CONE_SIZE_M: dict[str, tuple[float, float, float]] = {
    "cone_75": (0.44, 0.44, 0.75),
    "cone_50": (0.30, 0.30, 0.50),
}
BARRIER_SIZE_M: dict[str, tuple[float, float, float]] = {
    "beacon": (0.80, 0.40, 1.20),
    "hurdle": (0.50, 2.00, 1.10),
    "concrete": (2.00, 0.60, 0.81),
    "plastic": (1.50, 0.48, 0.90),
}
"""Length, width and height by model; beacons and hurdles stand across the road, barriers along it."""
LENS_M = {"beacon": 1.30, "hurdle": 1.20}
"""Height of the middle of a warning lamp put on one."""
_WEIGHT_KG = {"cone_75": 4.2, "cone_50": 1.9, "beacon": 32.0, "hurdle": 38.0, "concrete": 900.0, "plastic": 22.0}
_FRICTION = {"concrete": 0.7, "plastic": 0.5}
_LOOKS = 4


def striped(draft: Draft, h_m: tuple[float, float], z_m: tuple[float, float], x_m: float, step_m: float = 0.17,
            lean: float = 1.0) -> None:  # fmt: skip
    """Red stripes over a white face that looks along -x: they rise by ``lean`` for each metre to the right."""
    (h0, h1), (z0, z1) = h_m, z_m
    draft.add(filled([(h0, z0), (h1, z0), (h1, z1), (h0, z1)], x_m), palette.SIGN_WHITE)
    ends = [z - lean * h for h in h_m for z in z_m]
    low, high = min(ends), max(ends)
    for k in range(math.ceil((high - low) / (2.0 * step_m))):
        begin = low + 2.0 * step_m * k
        corners = [(h0, z0), (h1, z0), (h1, z1), (h0, z1)]
        for bound, sign in ((begin, 1.0), (begin + step_m, -1.0)):
            corners = _cut(corners, lean, bound, sign)
        if len(corners) > 2:
            draft.add(filled(corners, x_m - 0.002), palette.SIGN_RED)


def _cut(corners: list[tuple[float, float]], lean: float, bound: float, sign: float) -> list[tuple[float, float]]:
    """What of a convex outline lies where sign (z - lean h - bound) >= 0."""
    out: list[tuple[float, float]] = []
    for k, (h, z) in enumerate(corners):
        g, y = corners[(k + 1) % len(corners)]
        a, b = sign * (z - lean * h - bound), sign * (y - lean * g - bound)
        if a >= 0.0:
            out.append((h, z))
        if (a > 1e-9 and b < -1e-9) or (a < -1e-9 and b > 1e-9):
            t = a / (a - b)
            out.append((h + t * (g - h), z + t * (y - z)))
    return out


# ---- cones ---------------------------------------------------------------------------------------------------------


def _cone(model: str, look: int) -> Draft:
    """A cone with white bands; some are worn and dull, some lean."""
    _, wide, high = CONE_SIZE_M[model]
    d = Draft()
    skin = (palette.CONE_ORANGE, palette.CONE_ORANGE, palette.CONE_FADED, palette.CONE_ORANGE)[look]
    d.add(rounded_box((0.0, 0.0, 0.02), (wide, wide, 0.04), 8.0, 16, 0.2), palette.RUBBER if look != 3 else skin)
    foot, top = 0.36 * wide, 0.028

    def radius(z: float) -> float:
        return foot + (top - foot) * (z - 0.04) / (high - 0.04)

    levels = (0.04, 0.34 * high, 0.50 * high, 0.64 * high, 0.80 * high, high)
    skins = (skin, palette.CONE_BAND, skin, palette.CONE_BAND, skin)
    for a, b, material in zip(levels[:-1], levels[1:], skins, strict=True):
        line = [(radius(a), a), (radius(b), b)]
        if b == high:
            line = [*line, (0.6 * top, high), (0.0, high - 0.004)]
        d.add(lathe(line, 20), material)
    return d


# ---- barriers ------------------------------------------------------------------------------------------------------


def _beacon(look: int) -> Draft:
    """A striped panel of 1.0 m by 0.25 m on a foot of recycled plastic."""
    d = Draft()
    d.add(rounded_box((0.0, 0.0, 0.06), (0.80, 0.40, 0.12), 6.0, 16, 0.4), palette.RUBBER)
    d.add(box((0.0, 0.0, 0.16), (0.06, 0.06, 0.2)), palette.GALVANISED)
    face = [(-0.125, 0.2), (0.125, 0.2), (0.125, 1.2), (-0.125, 1.2)]
    front = Draft()
    striped(front, (-0.125, 0.125), (0.2, 1.2), -0.02, 0.18, 1.0 if look % 2 else -1.0)
    d.extend(front, np.zeros(3)).extend(front.moved(pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), math.pi)), np.zeros(3))
    d.add(board(face, -0.02, 0.04), palette.SIGN_WHITE)
    return d


def _hurdle(look: int) -> Draft:
    """A board of red and white blocks between two posts on feet, and a lower rail."""
    d = Draft()
    for y in (0.8, -0.8):
        d.add(rounded_box((0.0, y, 0.05), (0.50, 0.28, 0.10), 6.0, 12, 0.4), palette.RUBBER)
        d.add(box((0.0, y, 0.58), (0.04, 0.04, 1.0)), palette.GALVANISED)
    for z, high in ((0.975, 0.25), (0.35, 0.12)):
        for k in range(8):
            skin = palette.SIGN_RED if (k + look) % 2 else palette.SIGN_WHITE
            d.add(box((-0.03, (k - 3.5) * 0.25, z), (0.02, 0.25, high)), skin)
            d.add(box((0.03, (k - 3.5) * 0.25, z), (0.02, 0.25, high)), skin)
    return d


_JERSEY = ((0.30, 0.0), (0.30, 0.08), (0.175, 0.33), (0.08, 0.81))
"""Half width by height of a barrier of the New Jersey shape."""


def _sides(half: tuple[tuple[float, float], ...], length: float) -> tuple[np.ndarray, np.ndarray]:
    ring = [(w, z) for w, z in half] + [(-w, z) for w, z in half[::-1]]
    return loft(np.array([[(x, w, z) for w, z in ring] for x in (-0.5 * length, 0.5 * length)]))


def _concrete(look: int) -> Draft:
    """Two metres of a concrete barrier, with reflectors; feet to lift it by."""
    d = Draft().add(_sides(_JERSEY, 2.0), palette.CONCRETE)
    for s in (1.0, -1.0):
        d.add(box((0.0, s * 0.13, 0.62), (0.10, 0.02, 0.08)), palette.REFLECTOR if look % 2 else palette.RETRO_YELLOW)
        for x in (-0.55, 0.55):
            d.add(box((x, s * 0.295, 0.04), (0.32, 0.008, 0.05)), palette.SIGNAL_INSIDE)
    return d


def _plastic(look: int) -> Draft:
    """A hollow plastic element to be filled with water, red or white."""
    skin = palette.BARRIER_RED if look % 2 else palette.BARRIER_WHITE
    half = ((0.24, 0.0), (0.24, 0.14), (0.17, 0.36), (0.13, 0.86), (0.09, 0.90))
    d = Draft().add(_sides(half, 1.46), skin)
    for s in (1.0, -1.0):
        for x in (-0.45, 0.0, 0.45):
            d.add(box((x, s * 0.15, 0.55), (0.26, 0.03, 0.20)), skin)
        d.add(box((s * 0.74, 0.0, 0.5), (0.02, 0.12, 0.7)), skin)
    d.add(lathe([(0.0, 0.895), (0.05, 0.895), (0.05, 0.900), (0.0, 0.900)], 10), palette.PLASTIC)
    return d


_MAKE: dict[str, Callable[[int], Draft]] = {
    "beacon": _beacon, "hurdle": _hurdle, "concrete": _concrete, "plastic": _plastic,
}  # fmt: skip


def _draft(model: str, look: int) -> Draft:
    return _cone(model, look) if model in CONE_SIZE_M else _MAKE[model](look)


@lru_cache(maxsize=64)
def guide_piece(model: str, look: int = 0) -> Piece:
    """One of them for good: a model in ``CONE_SIZE_M`` or ``BARRIER_SIZE_M``."""
    return finish(f"guide.{model}.{look}", _draft(model, look), smooth=True)


@lru_cache(maxsize=2)
def lens_piece(model: str) -> tuple[Piece, Piece]:
    """The housing and the lens of a warning lamp on top of a beacon or a hurdle."""
    z = LENS_M[model]
    base = Draft().add(box((0.0, 0.0, z - 0.09), (0.08, 0.14, 0.10)), palette.BUTTON_BOX)
    lens = Draft().add(ellipsoid((0.0, 0.0, z), (0.045, 0.085, 0.085), 8, 14), palette.WARNING_LENS)
    return finish(f"guide.lamp.{model}", base), finish(f"guide.lens.{model}", lens, smooth=True)


@lru_cache(maxsize=64)
def _asset(kind: str, model: str, look: int) -> Asset:
    size = (CONE_SIZE_M | BARRIER_SIZE_M)[model]
    semantic = CLASS_ID["cone" if kind == "cone" else "road_barrier"]
    length, width, height = size
    a = Assembly()
    a.add("body", f"{kind}.{model}.{look}", _draft(model, look), semantic)
    friction = _FRICTION.get(model, 0.6)
    if kind == "cone":
        foot = Solid("box", (length, width, 0.04), (0.0, 0.0, 0.02))
        body = Solid("cylinder", (0.4 * length, 0.4 * length, height - 0.04), (0.0, 0.0, 0.5 * height + 0.02))
        solids = (foot, body)
    elif model in ("beacon", "hurdle"):
        wide = 0.25 if model == "beacon" else width
        foot = Solid("box", (length, width, 0.12), (0.0, 0.0, 0.06))
        solids = (foot, Solid("box", (0.06, wide, height - 0.12), (0.0, 0.0, 0.5 * height + 0.06)))
    else:
        solids = (Solid("box", (length, 0.7 * width, height), (0.0, 0.0, 0.5 * height)),)
    occluders = (
        (Box((0.0, 0.0, 0.45 * height), (0.95 * length, 0.3 * width, 0.85 * height)),) if solids[1:] == () else ()
    )
    entity = Entity(model, kind, model, semantic, size, occluders=occluders,
                    body=RigidBody(solids, _WEIGHT_KG[model], friction, 0.001, 0.1))  # fmt: skip
    return a.asset(entity)


def cone_asset(model: str, variety: int) -> Asset:
    """A cone of a model in ``CONE_SIZE_M``."""
    return _asset("cone", model, int(stream(variety, "cone", model).integers(_LOOKS)))


def barrier_asset(model: str, variety: int) -> Asset:
    """A barrier of a model in ``BARRIER_SIZE_M``."""
    return _asset("barrier", model, int(stream(variety, "barrier", model).integers(_LOOKS)))
