"""What stands behind the cab of trucks and on trailers: boxes, curtains, containers, tanks, tippers, stakes, a mixer.

Each fills the room it is given: as long as the room, as wide at the deck, and as high.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Box
from simengine_scenes import palette
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import box, grid, lathe, loft, mirrored, pose, prism, ring, rounded_box, tube
from simengine_scenes.shapes.variety import drawn_style
from simengine_scenes.vehicles.heavy import solid
from simengine_scenes.vehicles.livery import add_flank, add_name, drawn_livery

__all__ = ["BODIES_OF_TRAILERS", "BODIES_OF_TRUCKS", "Bay", "add_superstructure", "drawn_body"]

BODIES_OF_TRUCKS = ("box", "box", "curtain", "stakes", "reefer", "container", "tanker", "tipper", "box", "curtain",
                    "mixer", "reefer")  # fmt: skip
BODIES_OF_TRAILERS = ("box", "curtain", "container", "stakes", "curtain", "reefer", "tanker", "tipper", "box",
                      "curtain", "container", "reefer")  # fmt: skip
"""As often as they are met, roughly; every fourth is of held-out varieties alone."""
_STEEL = palette.GALVANISED


@dataclass(frozen=True)
class Bay:
    """Room for a body: x of its front and rear, half width, height of the deck's lower edge and of the top."""

    front_m: float
    rear_m: float
    half_m: float
    deck_m: float
    top_m: float

    @property
    def middle_m(self) -> float:
        """x of its middle."""
        return 0.5 * (self.front_m + self.rear_m)

    @property
    def length_m(self) -> float:
        """Along x."""
        return self.front_m - self.rear_m


def drawn_body(variety: int, bodies: tuple[str, ...]) -> str:
    """Which body a variety has."""
    return bodies[drawn_style(variety, len(bodies), "body")]


def add_superstructure(
    a: Assembly, key: str, kind: str, bay: Bay, colour: str, variety: int, semantic: int
) -> tuple[Draft, tuple[Box, ...]]:  # fmt: skip
    """Add a body as the part "cargo", and what is painted on it as "livery".

    Args:
        a: where it goes.
        key: prefix of mesh names.
        kind: a word of ``BODIES_OF_TRUCKS``.
        bay: the room.
        colour: of its sides, a word of ``palette.PAINTS``.
        variety: seed of its livery and load.
        semantic: class id.

    Returns:
        Its shape, and boxes that hide what is behind it.
    """
    d, marks = Draft(), Draft()
    _deck(d, bay)
    hidden = _BUILDERS[kind](d, marks, bay, colour, variety)
    a.add("cargo", f"{key}.cargo.{colour}", d, semantic)
    if marks.table():
        a.add("livery", f"{key}.livery.{colour}", marks, semantic)
    return d, hidden


def _deck(d: Draft, bay: Bay) -> None:
    """A frame of rails, as wide and long as the bay."""
    z = bay.deck_m + 0.06
    d.add(box((bay.middle_m, 0.0, z), (bay.length_m, 2.0 * bay.half_m, 0.12)), _STEEL)


def _both(d: Draft, surface: Surface, material: Material) -> None:
    d.add(surface, material).add(mirrored(surface), material)


def _posts(d: Draft, bay: Bay) -> None:
    """Rails round the roof, posts at the corners, doors at the rear with their bars."""
    low, high = bay.deck_m + 0.12, bay.top_m
    middle, tall = 0.5 * (low + high), high - low
    d.add(box((bay.middle_m, 0.0, high - 0.04), (bay.length_m, 2.0 * bay.half_m, 0.08)), _STEEL)
    for x in (bay.front_m - 0.03, bay.rear_m + 0.03):
        _both(d, box((x, bay.half_m - 0.03, middle), (0.06, 0.06, tall)), _STEEL)
    d.add(box((bay.rear_m + 0.002, 0.0, middle), (0.012, 0.03, tall - 0.1)), palette.UNDERBODY)
    for y in (0.25, 0.8):
        bar = [(bay.rear_m + 0.008, y, low + 0.02), (bay.rear_m + 0.008, y, high - 0.1)]
        _both(d, tube(bar, 0.014, 6), _STEEL)
        for z in (0.3, 0.7):
            _both(d, box((bay.rear_m + 0.004, y - 0.07, low + z * tall), (0.014, 0.2, 0.035)), _STEEL)


def _walls(d: Draft, bay: Bay, material: Material) -> tuple[tuple[float, float], tuple[float, float], float]:
    """A closed box between deck and roof; (rear, front), (low, high) and y of its flanks."""
    low, high, half = bay.deck_m + 0.12, bay.top_m - 0.08, bay.half_m - 0.006
    size = (bay.length_m - 0.012, 2.0 * half, high - low + 0.04)
    d.add(box((bay.middle_m, 0.0, 0.5 * (low + high)), size), material)
    return (bay.rear_m + 0.07, bay.front_m - 0.07), (low, high), half


def _whole(bay: Bay) -> tuple[Box, ...]:
    return (solid((bay.front_m - 0.04, bay.rear_m + 0.04), bay.half_m - 0.035, (bay.deck_m + 0.05, bay.top_m - 0.06)),)


def _box(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A box of panels: plain, with ribs, or with boards along its foot."""
    look = drawn_livery(variety, palette.box_side(colour))
    span, (low, high), half = _walls(d, bay, look.base)
    add_flank(marks, look, span, (low + 0.03, high - 0.03), half)
    ribs = int(stream(variety, "ribs").integers(4))
    for k in range(1, ribs * 5):
        x = bay.rear_m + bay.length_m * k / (ribs * 5)
        _both(d, box((x, half, 0.5 * (low + high)), (0.025, 0.010, high - low)), look.base)
    _posts(d, bay)
    return _whole(bay)


def _reefer(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A box with a cooling unit at its front: over the cab of a truck, on the front wall of a trailer."""
    if bay.length_m > 9.0:
        bay = replace(bay, front_m=bay.front_m - 0.36)
    at = _box(d, marks, bay, colour, variety)
    x, z = bay.front_m + 0.17, bay.top_m - 0.62
    d.add(rounded_box((x, 0.0, z), (0.36, 1.9, 0.95), 8.0, 20, 0.25), palette.CARGO_WHITE)
    for k in range(5):
        d.add(box((x + 0.178, 0.0, z - 0.28 + 0.11 * k), (0.012, 1.2, 0.05)), palette.PLASTIC)
    return at


def _curtain(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """Curtains of cloth between a roof and a deck, with straps and their buckles."""
    look = drawn_livery(variety, palette.curtain(colour))
    span, (low, high), half = _walls(d, bay, look.base)
    add_flank(marks, look, span, (low + 0.12, high - 0.12), half)
    count = round(bay.length_m / 0.62)
    for k in range(1, count):
        x = bay.rear_m + bay.length_m * k / count
        _both(d, box((x, half, 0.5 * (low + high) - 0.02), (0.045, 0.009, high - low - 0.06)), palette.SEAT)
        _both(d, box((x, half + 0.002, low + 0.02), (0.055, 0.009, 0.12)), _STEEL)
    _posts(d, bay)
    return _whole(bay)


def _container(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """An ISO container: corrugated walls between corner posts with castings."""
    paint, ink = palette.box_side(colour), palette.box_side("white" if colour != "white" else "blue")
    low, high, half = bay.deck_m + 0.13, bay.top_m, bay.half_m - 0.02
    standard = 12.19 if bay.length_m > 12.3 else 6.06
    front, rear = bay.middle_m + 0.5 * standard, bay.middle_m - 0.5 * standard
    steps = round(standard / 0.28)
    shares = np.arange(4 * steps + 1) / (4 * steps)
    deep = np.array([0.0, 0.0, 0.036, 0.036])[np.arange(4 * steps + 1) % 4]
    x = front - 0.12 - (standard - 0.24) * shares
    rows = [np.column_stack([x, half - 0.02 - deep, np.full(len(x), z)]) for z in (low + 0.1, high - 0.08)]
    wall = grid(np.stack(rows))  # columns run to the rear, rows up: the front is the left
    _both(d, wall, paint)
    d.add(box((bay.middle_m, 0.0, 0.5 * (low + high)), (standard - 0.05, 2.0 * half - 0.15, high - low - 0.05)), paint)
    for z, tall in ((low + 0.07, 0.14), (high - 0.05, 0.10)):
        _both(d, box((bay.middle_m, half - 0.05, z), (standard - 0.02, 0.10, tall)), paint)
        for at in (front - 0.05, rear + 0.05):
            d.add(box((at, 0.0, z), (0.10, 2.0 * half - 0.02, tall)), paint)
    for at in (front - 0.07, rear + 0.07):
        _both(d, box((at, half - 0.06, 0.5 * (low + high)), (0.14, 0.12, high - low - 0.02)), paint)
        for z in (low + 0.06, high - 0.06):
            _both(d, box((at, half - 0.085, z), (0.17, 0.172, 0.12)), palette.IRON)
    for y in (0.25, 0.8):
        _both(d, tube([(rear - 0.01, y, low + 0.1), (rear - 0.01, y, high - 0.1)], 0.016, 6), _STEEL)
    draw = stream(variety, "container")
    look = drawn_livery(variety, paint)
    share = 0.25 + 0.5 * float(draw.random())
    number = f"{look.name[:3].replace(' ', '')}U {int(draw.integers(100000, 999999))}"
    at = rear + share * standard
    add_name(marks, look.name, (at, half - 0.017, low + 0.52 * (high - low)), 0.5, 0.42 * standard, ink)
    add_name(marks, number, (rear + 1.2, half - 0.017, high - 0.42), 0.12, 1.5, ink)
    return (solid((front - 0.06, rear + 0.06), half - 0.08, (low + 0.04, high - 0.05)),)


def _tanker(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A tank with bands, a gangway with a rail on top, and hoses along its side."""
    draw = stream(variety, "tank")
    shiny = float(draw.random()) < 0.4
    skin = palette.ALUMINIUM if shiny else palette.box_side(colour)
    low, high = bay.deck_m + 0.10, bay.top_m - 0.42
    half, tall, middle = bay.half_m - 0.03, 0.5 * (high - low), 0.5 * (high + low)
    front, rear = bay.front_m - 0.10, bay.rear_m + 0.12
    unit = ring((1.0, 1.0), 28, 2.0 + 0.9 * float(draw.random()))
    rows = [(rear, 0.60), (rear + 0.05, 0.84), (rear + 0.15, 0.96), (rear + 0.3, 1.0), (front - 0.3, 1.0),
            (front - 0.15, 0.96), (front - 0.05, 0.84), (front, 0.60)]  # fmt: skip
    rings = [np.column_stack([np.full(28, x), s * half * unit[:, 0], middle + s * tall * unit[:, 1]]) for x, s in rows]
    d.add(loft(np.stack(rings)), skin)
    bands = int(draw.integers(3, 7))
    for k in range(bands):
        x = rear + 0.35 + (front - rear - 0.7) * k / (bands - 1)
        hoop = [np.column_stack([np.full(28, u), 1.006 * half * unit[:, 0], middle + 1.006 * tall * unit[:, 1]])
                for u in (x - 0.03, x + 0.03)]  # fmt: skip
        d.add(loft(np.stack(hoop)), _STEEL)
    d.add(box((0.5 * (front + rear), 0.0, high + 0.015), (front - rear - 0.8, 0.62, 0.05)), _STEEL)
    for k in range(bands - 1):
        x = rear + 0.35 + (front - rear - 0.7) * (k + 0.5) / (bands - 1)
        d.add(lathe([(0.0, 0.0), (0.26, 0.0), (0.26, 0.16), (0.18, 0.22), (0.0, 0.22)], 16), _STEEL,
              pose=pose((x, 0.0, high)))  # fmt: skip
    rail = [(rear + 0.5, 0.36, high), (rear + 0.5, 0.36, bay.top_m - 0.02), (front - 0.5, 0.36, bay.top_m - 0.02),
            (front - 0.5, 0.36, high)]  # fmt: skip
    _both(d, tube(rail, 0.02, 6), _STEEL)
    _both(d, tube([(rear + 0.06, 0.3, low), (rear + 0.06, 0.3, high + 0.2)], 0.02, 6), _STEEL)
    for k in range(9):
        z = low + 0.1 + (high - low) * k / 9
        d.add(tube([(rear + 0.06, -0.3, z), (rear + 0.06, 0.3, z)], 0.014, 6), _STEEL)
    cases = bay.length_m * 0.62
    _both(d, box((bay.middle_m, bay.half_m - 0.14, low + 0.12), (cases, 0.26, 0.24)), palette.PLASTIC)
    for x in (front - 0.9, rear + 0.9):  # saddles that carry it
        d.add(box((x, 0.0, low + 0.12), (0.2, 1.6, 0.5)), palette.UNDERBODY)
    look = drawn_livery(variety, skin)
    _both(marks, box((bay.middle_m, half - 0.012, middle), (0.55 * bay.length_m, 0.05, 0.52)), look.second)
    ink = palette.box_side("black" if float(np.mean(look.second.albedo)) > 0.3 else "white")
    add_name(marks, look.name, (bay.middle_m, half + 0.016, middle - 0.18), 0.36, 0.5 * bay.length_m, ink)
    d.add(box((rear - 0.02, 0.45, low + 0.35), (0.02, 0.40, 0.30)), palette.RETRO_ORANGE)
    inner = 0.6
    return (solid((front - 0.4, rear + 0.4), inner * half, (middle - inner * tall, middle + inner * tall)),)


def _tipper(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A trough of steel with ribs under an arched tarpaulin, a board over the cab's rear."""
    draw = stream(variety, "tipper")
    paint = palette.box_side(colour)
    low, half = bay.deck_m + 0.14, bay.half_m - 0.07
    edge = bay.top_m - 0.22 - 0.25 * float(draw.random())
    d.add(box((bay.middle_m, 0.0, 0.5 * (low + edge)), (bay.length_m - 0.06, 2.0 * half, edge - low)), paint)
    _both(d, box((bay.middle_m, half + 0.02, edge - 0.06), (bay.length_m - 0.02, 0.09, 0.12)), paint)
    _both(d, box((bay.middle_m, half + 0.02, low + 0.06), (bay.length_m - 0.02, 0.09, 0.12)), paint)
    ribs = int(draw.integers(4, 9)) * (2 if bay.length_m > 9.0 else 1)
    for k in range(ribs + 1):
        x = bay.rear_m + 0.1 + (bay.length_m - 0.2) * k / ribs
        _both(d, box((x, half + 0.025, 0.5 * (low + edge)), (0.09, 0.05, edge - low)), paint)
    turn = np.linspace(0.0, math.pi, 13)
    arch = np.column_stack([half * np.cos(turn), edge + (bay.top_m - edge) * np.sin(turn)])
    across = pose((bay.middle_m, 0.0, 0.0), np.full(3, math.sqrt(1.0 / 3.0)), 2.0 * math.pi / 3.0)
    cover = ("grey", "blue", "green", "red", "black")[int(draw.integers(5))]
    long = 0.5 * bay.length_m - 0.03
    d.add(prism(arch, -long, long), palette.curtain(cover), pose=across)
    for k in range(5):
        z = low + (edge - low) * (k + 0.5) / 5
        d.add(box((bay.rear_m + 0.015, 0.0, z), (0.03, 2.0 * half - 0.1, 0.08)), paint)
    look = drawn_livery(variety, paint)
    add_name(
        marks, look.name, (bay.middle_m, half + 0.052, 0.45 * low + 0.55 * edge), 0.34, 0.5 * bay.length_m, look.ink
    )
    return (solid((bay.front_m - 0.05, bay.rear_m + 0.05), half - 0.02, (low, edge - 0.02)),)


def _stakes(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A flat bed between a headboard and stakes, with logs, pipes, planks or crates."""
    draw = stream(variety, "stakes")
    paint = palette.box_side(colour)
    low, half = bay.deck_m + 0.12, bay.half_m
    tall = bay.top_m - low
    d.add(box((bay.front_m - 0.06, 0.0, low + 0.5 * tall), (0.10, 2.0 * half - 0.06, tall)), paint)
    d.add(box((bay.middle_m, 0.0, low + 0.01), (bay.length_m - 0.02, 2.0 * half - 0.02, 0.04)), palette.PALLET_WOOD)
    pairs = 4 if bay.length_m < 9.0 else 8
    for k in range(pairs):
        x = bay.rear_m + 0.35 + (bay.length_m - 0.9) * k / (pairs - 1)
        _both(d, box((x, half - 0.05, low + 0.5 * tall), (0.10, 0.08, tall)), paint)
    room, top = half - 0.12, low + (0.55 + 0.35 * float(draw.random())) * tall
    load = int(draw.integers(4))
    rear, front = bay.rear_m + 0.12, bay.front_m - 0.25
    if load in (0, 1):  # logs, pipes
        r0 = (0.16, 0.20)[load]
        material = (palette.BARK, palette.PIPE)[load]
        z, row = low + 0.03 + r0, 0
        while z + r0 < top:
            n = int(room / r0) - row % 2
            for k in range(n):
                r = r0 * (0.78 + 0.2 * float(draw.random())) if load == 0 else r0 * 0.97
                y = (2 * k - n + 1) * r0
                short = 0.35 * float(draw.random()) if load == 0 else 0.0
                d.add(tube([(rear + short, y, z), (front - 0.3 * short, y, z)], r, 10), material)
                if load == 0:
                    d.add(tube([(rear + short - 0.01, y, z), (rear + short + 0.02, y, z)], 0.96 * r, 10),
                          palette.FRESH_WOOD)  # fmt: skip
            z, row = z + 1.75 * r0, row + 1
        inner = (top - 0.5, 0.62 * room)
    elif load == 2:  # planks in stacks with battens
        z = low + 0.05
        while z + 0.5 < top:
            for y in (-0.5 * room, 0.5 * room):
                d.add(box((0.5 * (rear + front), y, z + 0.22), (front - rear - 0.2, room - 0.05, 0.40)),
                      palette.FRESH_WOOD)  # fmt: skip
                for k in range(3):
                    x = rear + (front - rear) * (k + 0.5) / 3
                    d.add(box((x, y, z + 0.22), (0.03, room - 0.03, 0.42)), palette.PLASTIC)
            for k in range(4):
                x = rear + (front - rear) * (k + 0.5) / 4
                d.add(box((x, 0.0, z + 0.47), (0.09, 2.0 * room - 0.06, 0.09)), palette.PALLET_WOOD)
            z += 0.51
        inner = (z - 0.2, 0.9 * room)
    else:  # pallets of goods
        z, stuff = low + 0.03, (palette.CARDBOARD, palette.FACADES[6], palette.CARGO_WHITE, palette.CARDBOARD_WHITE)
        count = int((front - rear) / 1.25)
        for k in range(count):
            x = front - 0.62 - 1.25 * k
            for y in (-0.56, 0.56):
                high = (0.55 + 0.4 * float(draw.random())) * (top - low) * 0.9
                d.add(box((x, y, z + 0.07), (1.2, 1.0, 0.14)), palette.PALLET_WOOD)
                goods = stuff[int(draw.integers(len(stuff)))]
                d.add(box((x, y, z + 0.15 + 0.5 * high), (1.14, 0.98, high)), goods)
                d.add(box((x, y, z + 0.155 + high), (1.15, 0.99, 0.012)), palette.PLASTIC)
        inner = (low + 0.4 * (top - low), 0.9)
    high, wide = inner
    at = [solid((bay.front_m - 0.03, bay.front_m - 0.09), half - 0.06, (low, bay.top_m - 0.05))]
    if load != 3:  # pallets leave gaps
        at.append(solid((front - 0.3, rear + 0.5), wide - 0.1, (low + 0.05, max(low + 0.2, high - 0.25))))
    return tuple(at)


def _mixer(d: Draft, marks: Draft, bay: Bay, colour: str, variety: int) -> tuple[Box, ...]:
    """A drum for concrete that leans towards the cab, a hopper and a chute at its rear."""
    draw = stream(variety, "mixer")
    look = drawn_livery(variety, palette.box_side(colour))
    low, long = bay.deck_m + 0.12, bay.length_m
    lean = math.radians(8.0 + 3.0 * float(draw.random()))
    radius = 1.12
    profile = [(0.0, -0.40 * long), (0.55, -0.40 * long), (0.72, -0.36 * long), (radius, -0.10 * long),
               (radius, 0.12 * long), (0.62, 0.40 * long), (0.50, 0.44 * long), (0.0, 0.44 * long)]  # fmt: skip
    rise = low + 1.12
    along = pose((bay.middle_m, 0.0, rise), (0.0, 1.0, 0.0), -(0.5 * math.pi - lean))
    drum = Draft().add(lathe(profile, 32), look.base)
    for at, wide in ((-0.10 * long, 0.14), (0.10 * long, 0.14)):
        hoop = [(0.0, at - wide), (radius + 0.012, at - wide), (radius + 0.012, at + wide), (0.0, at + wide)]
        drum.add(lathe(hoop, 32), look.second)
    d.extend(drum.moved(along), np.zeros(3))
    for x in (bay.front_m - 0.30, bay.rear_m + 0.80):
        _both(d, box((x, 0.62, low + 0.55), (0.22, 0.14, 1.1)), palette.IRON)
    d.add(box((bay.front_m - 0.3, 0.0, low + 0.5), (0.5, 1.1, 0.9)), palette.PLASTIC)
    d.add(box((bay.rear_m + 0.42, 0.0, bay.top_m - 0.35), (0.75, 0.9, 0.06)), palette.IRON)
    for y in (0.44, -0.44):
        d.add(box((bay.rear_m + 0.42, y, bay.top_m - 0.21), (0.75, 0.04, 0.42)), look.second)
    d.add(box((bay.rear_m + 0.06, 0.0, bay.top_m - 0.21), (0.04, 0.9, 0.42)), look.second)
    d.add(tube([(bay.rear_m + 0.35, 0.0, low + 1.35), (bay.rear_m + 0.22, 0.0, low + 0.55)], 0.16, 10), palette.IRON)
    _both(d, tube([(bay.rear_m + 0.2, 0.9, low), (bay.rear_m + 0.2, 0.5, bay.top_m - 0.4)], 0.025, 6), _STEEL)
    tank = pose((bay.front_m - 0.3, 0.0, low + 1.15), (1.0, 0.0, 0.0), 0.5 * math.pi)
    d.add(lathe([(0.0, -1.0), (0.24, -1.0), (0.26, -0.95), (0.26, 0.95), (0.24, 1.0), (0.0, 1.0)], 16),
          _STEEL, pose=tank)  # fmt: skip
    inner = 0.5 * radius
    return (solid((bay.middle_m + 0.9, bay.middle_m - 0.7), inner, (rise - 0.35, rise + 0.35)),)


_BUILDERS: dict[str, Callable[[Draft, Draft, Bay, str, int], tuple[Box, ...]]] = {
    "box": _box, "reefer": _reefer, "curtain": _curtain, "container": _container, "tanker": _tanker,
    "tipper": _tipper, "stakes": _stakes, "mixer": _mixer,
}  # fmt: skip
