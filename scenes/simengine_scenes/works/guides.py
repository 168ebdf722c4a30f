"""What guides traffic past works: beacons, hurdles, barriers of concrete and of plastic, and cones in their rows.

All stand at the origin; beacons and hurdles look along -x, to who comes along +x, and are alike from behind.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
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
from simengine_scenes.shapes.shades import dusty
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, pose, rounded_box
from simengine_scenes.town.plate import board, filled
from simengine_scenes.works.cones import CONE_SIZE_M, ConeLook, cone_parts

__all__ = [
    "BARRIER_SIZE_M", "LENS_M", "barrier_asset", "guide_piece", "lens_piece", "striped",
]  # fmt: skip

BARRIER_SIZE_M: dict[str, tuple[float, float, float]] = {
    "beacon": (0.80, 0.40, 1.20),
    "hurdle": (0.50, 2.00, 1.10),
    "concrete": (2.00, 0.60, 0.81),
    "plastic": (1.50, 0.48, 0.90),
}
"""Length, width and height by model; beacons and hurdles stand across the road, barriers along it."""
LENS_M = {"beacon": 1.30, "hurdle": 1.20}
"""Height of the middle of a warning lamp put on one."""
_WEIGHT_KG = {"beacon": 32.0, "hurdle": 38.0, "concrete": 900.0, "plastic": 22.0}
_FRICTION = {"concrete": 0.7, "plastic": 0.5}


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

_CONES = (ConeLook(), ConeLook(), ConeLook(skin="faded"), ConeLook(base="orange"))


def _cone(model: str, look: int) -> Draft:
    """One of four."""
    d = Draft()
    for part in cone_parts(model, _CONES[look]).values():
        d.extend(part, np.zeros(3))
    return d


# ---- barriers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class BarrierLook:
    """What varies of a barrier of one model.

    Attributes:
        side: which way stripes rise, or which colour is first.
        step: of stripes and blocks, recesses or feet: 0 to 3, from small to large.
        low: of what hangs low (panel, rail, reflectors, recesses): 0 to 5, from low to high.
        foot: outline or place of the feet: 0 to 2.
        skin: of what there are several: 0 to 2.
        dirt: tenths.
    """

    side: int = 0
    step: int = 1
    low: int = 0
    foot: int = 1
    skin: int = 0
    dirt: int = 0

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        return f"{self.side}{self.step}{self.low}{self.foot}{self.skin}.{self.dirt}"


def _soiled(draft: Draft, look: BarrierLook) -> Draft:
    return draft.recoloured(lambda material: dusty(material, 0.1 * look.dirt))


def _beacon(look: BarrierLook) -> dict[str, Draft]:
    """A striped panel of up to 1.0 m by 0.25 m on a foot of recycled plastic."""
    power, low = (4.0, 6.0, 14.0)[look.foot], 0.2 + 0.02 * look.low
    foot = Draft().add(rounded_box((0.0, 0.0, 0.06), (0.80, 0.40, 0.12), power, 16, 0.4), palette.RUBBER)
    post = Draft().add(box((0.0, 0.0, 0.5 * (0.06 + low)), (0.06, 0.06, low)), palette.GALVANISED)
    face = [(-0.125, low), (0.125, low), (0.125, 1.2), (-0.125, 1.2)]
    front, panel = Draft(), Draft()
    step = (0.16, 0.18, 0.20, 0.22)[look.step]
    striped(front, (-0.125, 0.125), (low, 1.2), -0.02, step, 1.0 if look.side else -1.0)
    panel.extend(front, np.zeros(3)).extend(front.moved(pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), math.pi)), np.zeros(3))
    panel.add(board(face, -0.02, 0.04), palette.SIGN_WHITE)
    return {"feet": foot, "posts": post, "panel": panel}


def _hurdle(look: BarrierLook) -> dict[str, Draft]:
    """A board of red and white blocks between two posts on feet, and a lower rail."""
    feet, posts, boards = Draft(), Draft(), Draft()
    apart = (0.72, 0.80, 0.85)[look.foot]
    for y in (apart, -apart):
        feet.add(rounded_box((0.0, y, 0.05), (0.50, 0.28, 0.10), 6.0, 12, 0.4), palette.RUBBER)
        posts.add(box((0.0, y, 0.58), (0.04, 0.04, 1.0)), palette.GALVANISED)
    count = (10, 8, 6, 5)[look.step]
    wide = 2.0 / count
    for z, high in ((0.975, 0.25), (0.35 + 0.03 * look.low, (0.12, 0.10, 0.15)[look.skin])):
        for k in range(count):
            skin = palette.SIGN_RED if (k + look.side) % 2 else palette.SIGN_WHITE
            for x in (-0.03, 0.03):
                boards.add(box((x, (k - 0.5 * (count - 1)) * wide, z), (0.02, wide, high)), skin)
    return {"feet": feet, "posts": posts, "boards": boards}


_JERSEY = ((0.30, 0.0), (0.30, 0.08), (0.175, 0.33), (0.08, 0.81))
"""Half width by height of a barrier of the New Jersey shape."""
_F_SHAPE = ((0.30, 0.0), (0.30, 0.075), (0.175, 0.255), (0.08, 0.81))
"""Of the F shape, whose steep side begins 7.5 cm lower."""


def _sides(half: tuple[tuple[float, float], ...], length: float) -> tuple[np.ndarray, np.ndarray]:
    ring = [(w, z) for w, z in half] + [(-w, z) for w, z in half[::-1]]
    return loft(np.array([[(x, w, z) for w, z in ring] for x in (-0.5 * length, 0.5 * length)]))


def _concrete(look: BarrierLook) -> dict[str, Draft]:
    """Two metres of a concrete barrier, with reflectors; feet to lift it by."""
    shape = (_JERSEY, _F_SHAPE)[look.skin % 2]
    wall, marks = Draft().add(_sides(shape, 2.0), palette.CONCRETE), Draft()
    z = 0.62 - 0.03 * look.low
    (w0, z0), (w1, z1) = shape[2:]
    y = w0 + (w1 - w0) * (z - z0) / (z1 - z0)
    for s in (1.0, -1.0):
        for x in ((0.0,), (0.0,), (-0.3, 0.3), (-0.6, 0.6))[look.step]:
            marks.add(box((x, s * y, z), (0.10, 0.03, 0.08)), palette.REFLECTOR if look.side else palette.RETRO_YELLOW)
        for x in (-0.5, 0.5):
            x *= (0.9, 1.1, 1.3)[look.foot]
            wall.add(box((x, s * 0.295, 0.04), (0.32, 0.008, 0.05)), palette.SIGNAL_INSIDE)
    return {"wall": wall, "reflectors": marks}


_SHELLS = (palette.BARRIER_WHITE, palette.BARRIER_RED, palette.CONE_ORANGE)


def _plastic(look: BarrierLook) -> dict[str, Draft]:
    """A hollow plastic element to be filled with water, red, white or orange, with recesses for forks."""
    skin = _SHELLS[(look.side + look.skin) % 3]
    half = ((0.24, 0.0), (0.24, 0.14), (0.17, 0.36), (0.13, 0.86), (0.09, 0.90))
    shell, ribs, cap = Draft().add(_sides(half, 1.46), skin), Draft(), Draft()
    count, z = 2 + look.step // 2, 0.50 + 0.02 * look.low
    for s in (1.0, -1.0):
        for k in range(count):
            x = 0.9 * (k / (count - 1) - 0.5)
            ribs.add(box((x, s * 0.15, z), ((0.20, 0.26, 0.32)[look.foot], 0.03, 0.20)), skin)
        ribs.add(box((s * 0.74, 0.0, 0.5), (0.02, 0.12, 0.7)), skin)
    cap.add(lathe([(0.0, 0.895), (0.05, 0.895), (0.05, 0.900), (0.0, 0.900)], 10), palette.PLASTIC)
    return {"shell": shell, "ribs": ribs, "cap": cap}


_MAKE: dict[str, Callable[[BarrierLook], dict[str, Draft]]] = {
    "beacon": _beacon, "hurdle": _hurdle, "concrete": _concrete, "plastic": _plastic,
}  # fmt: skip


def _draft(model: str, look: int) -> Draft:
    """All parts of one of four that stand in rows."""
    if model in CONE_SIZE_M:
        return _cone(model, look)
    d = Draft()
    for part in _MAKE[model](BarrierLook(side=look % 2)).values():
        d.extend(part, np.zeros(3))
    return d


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
def _asset(model: str, look: BarrierLook) -> Asset:
    size, semantic = BARRIER_SIZE_M[model], CLASS_ID["road_barrier"]
    length, width, height = size
    a = Assembly()
    for name, draft in _MAKE[model](look).items():
        a.add(name, f"barrier.{model}.{look.key}.{name}", _soiled(draft, look), semantic)
    if model in ("beacon", "hurdle"):
        wide = 0.25 if model == "beacon" else width
        foot = Solid("box", (length, width, 0.12), (0.0, 0.0, 0.06))
        solids = (foot, Solid("box", (0.06, wide, height - 0.12), (0.0, 0.0, 0.5 * height + 0.06)))
    else:
        solids = (Solid("box", (length, 0.7 * width, height), (0.0, 0.0, 0.5 * height)),)
    occluders = (
        (Box((0.0, 0.0, 0.45 * height), (0.95 * length, 0.3 * width, 0.85 * height)),) if solids[1:] == () else ()
    )
    entity = Entity(model, "barrier", model, semantic, size, occluders=occluders,
                    body=RigidBody(solids, _WEIGHT_KG[model], _FRICTION.get(model, 0.6), 0.001, 0.1))  # fmt: skip
    return a.asset(entity)


def barrier_asset(model: str, variety: int) -> Asset:
    """A barrier of a model in ``BARRIER_SIZE_M``; how it looks is drawn by the variety seed."""
    draw = stream(variety, "barrier", model)
    side, step, low, foot, skin, dirt = (int(draw.integers(n)) for n in (2, 4, 6, 3, 3, 9))
    return _asset(model, BarrierLook(side, step, low, foot, skin, dirt))
