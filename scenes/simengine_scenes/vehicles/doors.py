"""Front doors of cars, and of cabs over the engine, as parts of their own, with a lining."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from simengine.arrays import BoolArray, F64Array
from simengine.world.scene import Door
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, mirrored, rounded_box
from simengine_scenes.vehicles.interior import deck_names, without_deck
from simengine_scenes.vehicles.shape import BodyShape
from simengine_scenes.vehicles.shell import belt_m

__all__ = ["CabDoor", "add_hinged", "add_hinged_cab", "cab_doors", "front_doors"]

_SIDES = (("l", 1.0), ("r", -1.0))
_THICK_M = 0.09
_ABOVE_M = 0.10
"""Height of the lower edge of the door above the sill."""


def _span(shape: BodyShape) -> tuple[float, float]:
    """x of the front and the rear edge."""
    return shape.seams_m[0], shape.seams_m[1]


def front_doors(shape: BodyShape) -> tuple[Door, ...]:
    """The left and the right one."""
    front, rear = _span(shape)
    cabin = shape.cabin
    head = cabin.head_m(float(belt_m(shape, np.array([front]))[0])) if cabin.high_roof else cabin.roof_m - 0.10
    z = (shape.sill_m + _ABOVE_M, head)
    return tuple(Door((front, side * (shape.half_m - 0.03)), front - rear, z) for _, side in _SIDES)


def _of_door(shape: BodyShape, side: float) -> Callable[[F64Array], BoolArray]:
    """Which faces belong to a door: whole cells of the side between its gaps, and of the window up to the pillars."""
    front, rear = _span(shape)
    cabin = shape.cabin
    top = cabin.roof_m - cabin.crown_m - 0.06
    head = cabin.head_m(float(belt_m(shape, np.array([front]))[0]))

    def pick(middle: F64Array) -> BoolArray:
        x, y, z = middle.T
        belt = belt_m(shape, x)
        low = shape.sill_m + 0.085 * (belt - shape.sill_m)  # between two rows of the shell
        share = np.clip((z - belt) / np.maximum(top - belt, 0.1), 0.0, 1.0)
        inner = 0.79 * shape.half_m + share * (0.92 * cabin.roof_half_m - 0.79 * shape.half_m)
        pillar = cabin.base_x_m[0] - 0.40 + share * (cabin.roof_x_m[0] - 0.26 - cabin.base_x_m[0] + 0.40)
        glazed = (z > belt - 0.012) & (side * y < cabin.base_half_m + 0.003)
        ahead = np.where(glazed, np.minimum(pillar, front), front)
        return (z > low) & (z < head) & (x < ahead) & (x > rear - 0.25 * share) & (side * y > inner)

    return pick


def _panel(shape: BodyShape, side: float) -> Draft:
    """Lining of a door with an armrest and a pocket; closes it towards the inside."""
    front, rear = _span(shape)
    draft, middle, length = Draft(), 0.5 * (front + rear), front - rear - 0.02
    belt = float(belt_m(shape, np.array([middle]))[0])
    low, high = shape.sill_m + _ABOVE_M + 0.01, belt - 0.03
    y = shape.half_m - 0.055 - 0.5 * _THICK_M
    lining = box((middle, y, 0.5 * (low + high)), (length, _THICK_M, high - low))
    rest = rounded_box((middle - 0.1, y - 0.07, 0.62 * high + 0.38 * low), (0.5 * length, 0.07, 0.06), 5.0)
    pocket = rounded_box((middle, y - 0.065, low + 0.12), (0.6 * length, 0.05, 0.14), 5.0)
    pull = box((middle + 0.22, y - 0.055, high - 0.12), (0.13, 0.02, 0.03))
    for piece, material in ((lining, palette.PLASTIC), (rest, palette.RUBBER), (pocket, palette.RUBBER),
                            (pull, palette.CHROME)):  # fmt: skip
        draft.add(piece if side > 0.0 else mirrored(piece), material)
    return draft


def add_hinged(
    assembly: Assembly, key: tuple[str, str], shape: BodyShape, body: Draft, mirrors: Draft, semantic: int
) -> None:
    """Add a body whose front doors, with their mirrors, hang on links "door_l" and "door_r".

    Args:
        assembly: where they go.
        key: prefix of mesh names, and the colour.
        shape: of the body.
        body, mirrors: in the entity frame, both sides.
        semantic: class id.
    """
    prefix, colour = key
    marked = without_deck(body, shape)
    for name, side in _SIDES:
        marked = marked.marked(_of_door(shape, side), f".{name}")
    names = {side: [m.name for m in marked.table() if m.name.endswith(f".{side}")] for side, _ in _SIDES}
    assembly.add_body(prefix, colour, marked, semantic, (*names["l"], *names["r"], *deck_names(marked)))
    for (name, side), door in zip(_SIDES, front_doors(shape), strict=True):
        x, y = door.hinge_m
        link = assembly.link(f"door_{name}", (x, y, door.z_m[0]), 0, (0.0, 0.0, -side))
        assembly.cut(f"door_{name}", f"{prefix}.door_{name}.{colour}", marked, names[name], semantic, link)
        assembly.add(f"lining_{name}", f"{prefix}.lining_{name}", _panel(shape, side), semantic, link)

        def beside(middle: F64Array, side: float = side) -> BoolArray:
            return side * middle[:, 1] > 0.0

        own = mirrors.marked(beside, f".{name}")
        only = [m.name for m in own.table() if m.name.endswith(f".{name}")]
        assembly.cut("mirrors", f"{prefix}.mirror_{name}.{colour}", own, only, semantic, link)


class CabDoor(NamedTuple):
    """A door of a cab: x of its front and rear edge and heights, which are gaps or columns and rows of the ``Coach``;
    height of the window's lower edge; half width of the cab."""

    x_m: tuple[float, float]
    z_m: tuple[float, float]
    sill_m: float
    half_m: float


def cab_doors(door: CabDoor) -> tuple[Door, ...]:
    """The left and the right one."""
    front, rear = door.x_m
    return tuple(Door((front, side * (door.half_m - 0.03)), front - rear, door.z_m) for _, side in _SIDES)


def add_hinged_cab(assembly: Assembly, key: tuple[str, str], door: CabDoor, body: Draft, semantic: int) -> None:
    """Add a body whose cab doors hang on links "door_l" and "door_r"; the mirrors stay, as they hang on the pillars.

    Args:
        assembly: where they go.
        key: prefix of mesh names, and the colour.
        door: the left one.
        body: in the entity frame, both sides.
        semantic: class id.
    """
    prefix, colour = key
    (front, rear), (low, high) = door.x_m, door.z_m
    marked = body
    for name, side in _SIDES:

        def pick(middle: F64Array, side: float = side) -> BoolArray:
            x, y, z = middle.T
            return (x < front) & (x > rear) & (z > low) & (z < high) & (side * y > door.half_m - 0.12)

        marked = marked.marked(pick, f".{name}")
    names = {side: [m.name for m in marked.table() if m.name.endswith(f".{side}")] for side, _ in _SIDES}
    assembly.add_body(prefix, colour, marked, semantic, (*names["l"], *names["r"]))
    length, middle = front - rear - 0.06, 0.5 * (front + rear)
    tall, half = door.sill_m - low, door.half_m
    lining = box((middle, half - 0.085, low + 0.5 * tall + 0.01), (length, 0.06, tall - 0.06))
    rest = rounded_box((middle - 0.05, half - 0.14, low + 0.65 * tall), (0.6 * length, 0.07, 0.06), 5.0)
    panel = Draft().add(lining, palette.PLASTIC).add(rest, palette.RUBBER)
    for (name, side), hinge in zip(_SIDES, cab_doors(door), strict=True):
        x, y = hinge.hinge_m
        link = assembly.link(f"door_{name}", (x, y, low), 0, (0.0, 0.0, -side))
        assembly.cut(f"door_{name}", f"{prefix}.door_{name}.{colour}", marked, names[name], semantic, link)
        own = panel if side > 0.0 else panel.mirror()
        assembly.add(f"lining_{name}", f"{prefix}.lining_{name}", own, semantic, link)
