"""Town houses in a row: fronts with windows set into the wall, doors, shops, cornices and roofs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from simengine.rng import stream_key
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.lettering import written
from simengine_scenes.shapes.piece import Piece
from simengine_scenes.shapes.solids import box, quad
from simengine_scenes.town.display import add_display
from simengine_scenes.town.panes import REVEAL_M, furnish, pane

__all__ = ["HOUSE_DEPTH_M", "HouseStyle", "draw_style", "house_pieces"]

_GROUND_M = 3.7
_STOREY_M = 3.05
_FOOT_M = 0.5
"""How deep walls reach below the pavement."""
HOUSE_DEPTH_M = 10.0
_SHOPS = (
    "BAKERY", "BOOKS", "CAFE LUNA", "FLOWERS", "PHARMACY", "OPTIK WEBER", "SHOES", "BIKES + REPAIRS", "TEA HOUSE",
    "RECORDS", "TOYS", "GROCER", "BARBER", "WINE CELLAR", "HARDWARE", "PIZZA ROMA", "COPY SHOP", "FASHION",
)  # fmt: skip
"""What is written over shop windows; made up."""
_PARTS = {
    "window": ("window_", "frame_", "glass_"), "door": ("door_",), "shop": ("shop_", "awning_", "fascia"),
    "roof": ("tiles_", "slate", "gravel", "soffit", "verge"),
}  # fmt: skip
"""Parts of a house, by how the names of their materials begin; the rest is "wall"."""


@dataclass(frozen=True)
class HouseStyle:
    """What makes a house look like itself.

    Attributes:
        bays: windows on each floor; each bay is ``bay_m`` wide.
        floors: above the ground floor.
        facade, roof, door: indices into the palette.
        top: "gable" (eaves to the street), "flat" or "mansard".
        shop: index of the awning's colour, or -1 for a house without a shop.
        window_m: width and height of a window.
        dark_frames: window frames.
        lit: the light is on in some rooms and in the shop.
    """

    bays: int
    bay_m: float
    floors: int
    facade: int
    roof: int
    door: int
    top: str
    shop: int
    window_m: tuple[float, float]
    dark_frames: bool
    lit: bool = False

    @property
    def width_m(self) -> float:
        """Length of the front."""
        return self.bays * self.bay_m

    @property
    def eaves_m(self) -> float:
        """Height of the front wall."""
        return _GROUND_M + self.floors * _STOREY_M + 0.35


def draw_style(rng: np.random.Generator, kind: str = "mixed") -> HouseStyle:
    """Draw a style: 8 to 15 m wide, two to five storeys; of a "residential" street two or three storeys and no shop, of
    a "commercial" one three to five, shops in each."""
    bays = int(rng.integers(3, 6))
    bay = float(np.round(rng.uniform(max(2.4, 8.2 / bays), min(3.3, 14.8 / bays)), 2))
    style = HouseStyle(
        bays,
        bay,
        int(rng.integers(1, 5)),
        int(rng.integers(len(palette.FACADES))),
        int(rng.integers(len(palette.ROOFS))),
        int(rng.integers(len(palette.DOORS))),
        ("gable", "gable", "flat", "mansard")[int(rng.integers(4))],
        int(rng.integers(len(palette.AWNINGS))) if rng.random() < 0.35 else -1,
        (float(np.round(rng.uniform(1.0, 1.35), 2)), float(np.round(rng.uniform(1.5, 1.85), 2))),
        bool(rng.random() < 0.3),
    )
    if kind == "residential":
        return replace(
            style, floors=1 + style.floors % 2, shop=-1, top="mansard" if style.top == "mansard" else "gable"
        )
    if kind == "commercial":
        shop = style.shop if style.shop >= 0 else style.door % len(palette.AWNINGS)
        return replace(style, floors=max(style.floors, 2 + style.bays % 2), shop=shop)
    return style


def _wall(draft: Draft, x0: float, x1: float, z0: float, z1: float, material: Material, y: float = 0.0) -> None:
    """Rectangle of the front, facing +y."""
    if x1 - x0 > 1e-6 and z1 - z0 > 1e-6:
        draft.add(quad((x1, y, z0), (x0, y, z0), (x0, y, z1), (x1, y, z1)), material)


def _opening(
    draft: Draft, x0: float, x1: float, z0: float, z1: float, wall: Material, depth_m: float = REVEAL_M
) -> None:
    """The four sides of a hole in the front."""
    d = -depth_m
    for a, b in (((x0, z0), (x0, z1)), ((x0, z1), (x1, z1)), ((x1, z1), (x1, z0)), ((x1, z0), (x0, z0))):
        draft.add(quad((b[0], 0, b[1]), (b[0], d, b[1]), (a[0], d, a[1]), (a[0], 0, a[1])), wall)


def _framed_glass(
    draft: Draft, x0: float, x1: float, z0: float, z1: float, frame: Material, glass: Material, bars: int
) -> None:
    """A pane in a frame at the back of a reveal, with upright bars."""
    y, w = -REVEAL_M, 0.06
    _wall(draft, x0, x1, z0, z1, glass, y)
    front = y + 0.03
    for a, b, c, d in (
        (x0, x1, z0, z0 + w),
        (x0, x1, z1 - w, z1),
        (x0, x0 + w, z0 + w, z1 - w),
        (x1 - w, x1, z0 + w, z1 - w),
    ):
        _wall(draft, a, b, c, d, frame, front)
    for k in range(bars):
        x = x0 + (x1 - x0) * (k + 1) / (bars + 1)
        _wall(draft, x - 0.5 * w, x + 0.5 * w, z0 + w, z1 - w, frame, front)


def _window(draft: Draft, middle: float, foot: float, style: HouseStyle, wall: Material, frame: Material) -> None:
    w, h = style.window_m
    x0, x1, z1 = middle - 0.5 * w, middle + 0.5 * w, foot + h
    _opening(draft, x0, x1, foot, z1, wall)
    glass = pane(style, middle, foot)
    _framed_glass(draft, x0, x1, foot, z1, frame, glass, 1)
    furnish(draft, style, glass, x0, x1, foot, z1)
    draft.add(box((middle, 0.03, foot - 0.04), (w + 0.16, 0.14, 0.07)), palette.STONE)
    if style.facade % 2 == 0:
        draft.add(box((middle, 0.015, z1 + 0.09), (w + 0.24, 0.07, 0.18)), palette.STONE)


def _storey(draft: Draft, low: float, style: HouseStyle, wall: Material, frame: Material) -> None:
    """One upper floor of the front."""
    half, (w, h) = 0.5 * style.width_m, style.window_m
    foot = low + 0.85
    _wall(draft, -half, half, low, foot, wall)
    _wall(draft, -half, half, foot + h, low + _STOREY_M, wall)
    edges = [-half]
    for k in range(style.bays):
        middle = -half + (k + 0.5) * style.bay_m
        _window(draft, middle, foot, style, wall, frame)
        edges += [middle - 0.5 * w, middle + 0.5 * w]
    edges.append(half)
    for a, b in zip(edges[::2], edges[1::2], strict=True):
        _wall(draft, a, b, foot, foot + h, wall)


def _door(draft: Draft, middle: float, style: HouseStyle, wall: Material) -> tuple[float, float, float, float]:
    """A door with a fanlight; returns the hole."""
    x0, x1, z1 = middle - 0.6, middle + 0.6, 2.75
    _opening(draft, x0, x1, 0.0, z1, wall)
    leaf = palette.DOORS[style.door]
    _wall(draft, x0, x1, 0.0, 2.2, leaf, -REVEAL_M)
    for x in (middle - 0.28, middle + 0.28):
        for z in (0.6, 1.55):
            draft.add(box((x, -REVEAL_M + 0.01, z), (0.36, 0.02, 0.7)), leaf)
    _wall(draft, x0, x1, 2.2, z1, palette.WINDOW, -REVEAL_M)
    draft.add(box((middle, -REVEAL_M + 0.02, 2.2), (1.2, 0.06, 0.08)), palette.STONE)
    draft.add(box((middle, 0.14, 0.07), (1.5, 0.32, 0.16)), palette.STONE)
    return x0, x1, 0.0, z1


def _ground_floor(draft: Draft, style: HouseStyle, wall: Material, frame: Material) -> None:
    half = 0.5 * style.width_m
    holes: list[tuple[float, float, float, float]] = []
    door_bay = style.bays - 1
    for k in range(style.bays):
        middle = -half + (k + 0.5) * style.bay_m
        if k == door_bay:
            holes.append(_door(draft, middle, style, wall))
        elif style.shop >= 0:
            x0, x1 = middle - 0.5 * style.bay_m + 0.12, middle + 0.5 * style.bay_m - 0.12
            _opening(draft, x0, x1, 0.45, 2.75, palette.STONE)
            glass = palette.LIT_SHOP_GLASS if style.lit else palette.SHOP_GLASS
            _framed_glass(draft, x0, x1, 0.45, 2.75, palette.FRAME_DARK, glass, 0)
            add_display(draft, x0, x1, style.lit, style.door + k)
            holes.append((x0, x1, 0.45, 2.75))
        else:
            w, h = style.window_m
            _window(draft, middle, 1.0, style, wall, frame)
            holes.append((middle - 0.5 * w, middle + 0.5 * w, 1.0, 1.0 + h))
    x = -half
    for x0, x1, z0, z1 in holes:
        _wall(draft, x, x0, -_FOOT_M, _GROUND_M, wall)
        _wall(draft, x0, x1, -_FOOT_M, z0, wall)
        _wall(draft, x0, x1, z1, _GROUND_M, wall)
        x = x1
    _wall(draft, x, half, -_FOOT_M, _GROUND_M, wall)
    if style.shop >= 0:
        _shop_front(draft, style, -half, -half + door_bay * style.bay_m)
    else:
        x0 = holes[-1][0]
        draft.add(box((0.5 * (-half + x0), 0.02, 0.25), (x0 + half, 0.06, 0.6)), palette.PLINTH)
        draft.add(box((0.5 * (holes[-1][1] + half), 0.02, 0.25), (half - holes[-1][1], 0.06, 0.6)), palette.PLINTH)


def _shop_front(draft: Draft, style: HouseStyle, x0: float, x1: float) -> None:
    """Fascia board and awning over the shop windows."""
    colour = palette.AWNINGS[style.shop]
    middle, wide = 0.5 * (x0 + x1), x1 - x0 - 0.2
    draft.add(box((middle, 0.06, 3.2), (wide, 0.12, 0.45)), palette.FASCIA)
    name = _SHOPS[stream_key(0, "shop", repr(replace(style, lit=False))) % len(_SHOPS)]
    draft.add(written(name, (middle, 0.123, 3.08), (-1.0, 0.0, 0.0), 0.25, 0.9 * wide), palette.SHOP_LETTERS)
    if style.shop != 1:
        a, b = x0 + 0.15, x1 - 0.15
        draft.add(quad((b, 1.15, 2.35), (a, 1.15, 2.35), (a, 0.02, 2.95), (b, 0.02, 2.95)), colour)
        draft.add(quad((a, 1.15, 2.34), (b, 1.15, 2.34), (b, 0.02, 2.94), (a, 0.02, 2.94)), colour)
        draft.add(box((0.5 * (a + b), 1.15, 2.26), (b - a, 0.015, 0.2)), colour)


def _shell(draft: Draft, style: HouseStyle, wall: Material) -> None:
    """Side and back walls up to the eaves."""
    half, top = 0.5 * style.width_m, style.eaves_m
    for side in (-1.0, 1.0):
        a, b = (0.0, -HOUSE_DEPTH_M) if side > 0 else (-HOUSE_DEPTH_M, 0.0)
        x = side * half
        draft.add(quad((x, b, -_FOOT_M), (x, a, -_FOOT_M), (x, a, top), (x, b, top)), wall)
    draft.add(
        quad(
            (-half, -HOUSE_DEPTH_M, -_FOOT_M),
            (half, -HOUSE_DEPTH_M, -_FOOT_M),
            (half, -HOUSE_DEPTH_M, top),
            (-half, -HOUSE_DEPTH_M, top),
        ),
        wall,
    )


def _gable(draft: Draft, style: HouseStyle, wall: Material, tiles: Material) -> None:
    half, low, over = 0.5 * style.width_m, style.eaves_m, 0.45
    ridge, back = low + 0.42 * HOUSE_DEPTH_M, -HOUSE_DEPTH_M
    middle = 0.5 * back
    drop = low - over * 0.84
    thick = np.array([0.0, 0.0, 0.12])
    for front, foot in ((over, drop), (back - over, drop)):
        eave = [np.array([half, front, foot]), np.array([-half, front, foot])]
        top = [np.array([-half, middle, ridge]), np.array([half, middle, ridge])]
        ring = eave + top if front > 0 else eave[::-1] + top[::-1]
        draft.add(quad(*(p + thick for p in ring)), tiles)
        draft.add(quad(*ring[::-1]), palette.SOFFIT)
        for k in (0, 1, 3):  # eaves and verges
            edge, turn = ring[k], ring[(k + 1) % 4]
            draft.add(quad(edge, turn, turn + thick, edge + thick), palette.VERGE)
    for side in (-1.0, 1.0):
        x = side * half
        tri = np.array([[x, 0.0, low], [x, back, low], [x, middle, ridge + 0.12]])
        faces = np.array([[0, 2, 1]]) if side > 0 else np.array([[0, 1, 2]])
        draft.add((tri, faces), wall)
    draft.add(box((0.3 * half, middle - 0.9, ridge + 0.35), (0.7, 0.6, 1.3)), palette.FACADES[6])


def _flat(draft: Draft, style: HouseStyle, wall: Material) -> None:
    half, top = 0.5 * style.width_m, style.eaves_m
    back = -HOUSE_DEPTH_M
    draft.add(quad((half, 0, top), (-half, 0, top), (-half, back, top), (half, back, top)), palette.GRAVEL)
    for x, y, sx, sy in (
        (0.0, -0.12, 2 * half, 0.24),
        (0.0, -HOUSE_DEPTH_M + 0.12, 2 * half, 0.24),
        (half - 0.12, -0.5 * HOUSE_DEPTH_M, 0.24, HOUSE_DEPTH_M - 0.48),
        (0.12 - half, -0.5 * HOUSE_DEPTH_M, 0.24, HOUSE_DEPTH_M - 0.48),
    ):
        draft.add(box((x, y, top + 0.3), (sx, sy, 0.6)), wall)
    draft.add(box((0.2 * half, -0.6 * HOUSE_DEPTH_M, top + 0.9), (2.2, 2.6, 1.8)), palette.CONCRETE)


def _mansard(draft: Draft, style: HouseStyle, tiles: Material, frame: Material) -> None:
    half, low, high, back = 0.5 * style.width_m, style.eaves_m, style.eaves_m + 2.6, -HOUSE_DEPTH_M
    inset = 0.95
    draft.add(quad((half, 0, low), (-half, 0, low), (-half, -inset, high), (half, -inset, high)), tiles)
    draft.add(
        quad((-half, back, low), (half, back, low), (half, back + inset, high), (-half, back + inset, high)), tiles
    )
    draft.add(
        quad((half, -inset, high), (-half, -inset, high), (-half, back + inset, high), (half, back + inset, high)),
        palette.GRAVEL,
    )
    for side in (-1.0, 1.0):
        x = side * half
        loop = [(x, 0, low), (x, -inset, high), (x, back + inset, high), (x, back, low)]
        draft.add(quad(*(loop[::-1] if side > 0 else loop)), tiles)
    for k in range(style.bays):
        x = -half + (k + 0.5) * style.bay_m
        draft.add(box((x, -0.55, low + 1.15), (1.15, 0.9, 1.6)), palette.STONE)
        draft.add(box((x, -0.5, low + 2.0), (1.35, 1.1, 0.1)), tiles)
        _wall(draft, x - 0.42, x + 0.42, low + 0.5, low + 1.8, pane(style, x, low), -0.085)
        _wall(draft, x - 0.03, x + 0.03, low + 0.5, low + 1.8, frame, -0.07)


@lru_cache(maxsize=256)
def house_pieces(style: HouseStyle) -> tuple[Piece, ...]:
    """A house whose front lies on y = 0 and looks along +y, centred on x = 0: its parts, each with the box of all."""
    wall, tiles = palette.FACADES[style.facade], palette.ROOFS[style.roof]
    frame = palette.FRAME_DARK if style.dark_frames else palette.FRAME_WHITE
    draft = Draft()
    _ground_floor(draft, style, wall, frame)
    for floor in range(style.floors):
        _storey(draft, _GROUND_M + floor * _STOREY_M, style, wall, frame)
    half = 0.5 * style.width_m
    _wall(draft, -half, half, _GROUND_M + style.floors * _STOREY_M, style.eaves_m, wall)
    draft.add(box((0.0, 0.03, _GROUND_M - 0.08), (2 * half, 0.12, 0.16)), palette.STONE)
    draft.add(box((0.0, 0.10, style.eaves_m - 0.16), (2 * half, 0.34, 0.22)), palette.STONE)
    _shell(draft, style, wall)
    if style.top == "gable":
        _gable(draft, style, wall, tiles)
    elif style.top == "flat":
        _flat(draft, style, wall)
    else:
        _mansard(draft, style, tiles, frame)
    key, (low, high) = f"house.{stream_key(0, repr(style)):032x}", draft.bounds()
    box_m = (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))
    names = [m.name for m in draft.table()]
    own = {part: [n for n in names if n.startswith(begins)] for part, begins in _PARTS.items()}
    own = {"wall": [n for n in names if not any(n in some for some in own.values())], **own}
    pieces: list[Piece] = []
    for part, some in own.items():
        if some:
            table: list[Material] = []
            mesh = draft.mesh(f"{key}.{part}", table, smooth=False, only=some)
            pieces.append(Piece(mesh, tuple(table), *box_m, part))
    return tuple(pieces)
