"""What actors are made of when they meet: how heavy, in which solids, and whether they can fall over.

Cars and lorries keep upright and move in the plane; whoever walks or rides on two wheels, and things, tumble.
"""

from __future__ import annotations

from dataclasses import dataclass

from simengine.world.bodies import RigidBody, Solid
from simengine.world.scene import Box, Entity

__all__ = ["Form", "form_of", "has_one_track", "is_on_two_legs"]

_SINGLE_TRACK_M = 1.1
"""What is narrower and has wheels has two of them, one behind the other."""
_KERB_KG_PER_M3 = 128.0
"""Kerb mass over the volume of the bounding box: 1,550 kg of a saloon of 12.3 m3, 2,600 kg of a van, 12 t of a bus."""
_CYCLIST_KG, _MOTORBIKE_KG, _SCOOTER_KG = 92.0, 285.0, 92.0
"""With riders of 75 kg."""
_SMALL_WHEEL_M = 0.15
"""Whoever rides on smaller wheels stands on a kick scooter."""
_ANIMAL_KG_PER_M3 = 130.0
"""A wild boar of 75 kg, a deer of 140 kg, a cow of 360 kg; tails, legs and the air between them count as volume."""
_CLOTHES, _SHEET = 0.66, 0.7
"""Coefficients of friction: of people who slide and tumble over asphalt (J. A. Searle, "The physics of throw distance
in accident reconstruction", SAE 930659), and of sheet metal that crumples and hooks."""
_LIMBS_M = 0.04
"""Limbs that get in the way of rolling, as a lever arm."""
_CLEARANCE_M = 0.10
_SLIT_M = 0.01
"""Solids stay that far inside of the bounding box, so that boxes meet before solids do."""


@dataclass(frozen=True, eq=False)
class Form:
    """An actor as impacts see it.

    Attributes:
        body: solids, mass and friction.
        upright: it keeps on its wheels: it moves in the plane and turns about the vertical.
        yaw_inertia_kgm2: about the vertical through its origin, of what keeps upright.
        track_m: from the left to the right wheels.
        axles_m: where its axles are, front and rear.
        limp: it is alive: what it has of limbs takes up its spin.
    """

    body: RigidBody
    upright: bool
    limp: bool = False
    yaw_inertia_kgm2: float = 0.0
    track_m: float = 0.0
    axles_m: tuple[float, float] = (0.0, 0.0)


def has_one_track(entity: Entity) -> bool:
    """A vehicle has one wheel behind the other."""
    return entity.size_m[1] < _SINGLE_TRACK_M


def is_on_two_legs(entity: Entity) -> bool:
    """Whoever walks is a human being, not an animal on four legs."""
    return entity.size_m[2] > 1.5 * entity.size_m[0]


def form_of(entity: Entity, category: str) -> Form | None:
    """The form of an actor; None: it meets nothing (standing water)."""
    if entity.body is not None:
        return Form(entity.body, False) if entity.body.mass_kg > 0.0 else None
    if category == "vehicle":
        return _rider(entity) if has_one_track(entity) else _car(entity)
    if category == "person":
        return Form(_person(entity) if is_on_two_legs(entity) else _animal(entity), False, True)
    return None


def _car(entity: Entity) -> Form:
    length, width, height = entity.size_m
    mass = _KERB_KG_PER_M3 * length * width * height
    body = RigidBody(_car_solids(entity), mass, _SHEET, restitution=0.1)
    d = entity.dynamics
    rear = 0.3 * length if d is None else d.rear_axle_m
    base = 0.6 * length if d is None else d.wheelbase_m
    inertia = mass * (length * length + width * width) / 12.0
    return Form(body, True, False, inertia, 0.82 * width, (base - rear, -rear))


def _car_solids(entity: Entity) -> tuple[Solid, ...]:
    """A box as high as the front is, and a smaller one on it for the cabin; one box where the front is all height."""
    length, width, height = (v - 2.0 * _SLIT_M for v in entity.size_m)
    ahead = [b for b in entity.occluders if b.center_m[0] + 0.5 * b.size_m[0] > 0.5 * length - 0.45]
    bonnet = max((_top(b) for b in ahead), default=height)
    if not 0.3 * height < bonnet < 0.75 * height:
        low = min(_CLEARANCE_M, 0.5 * height)
        return (Solid("box", (length, width, height - low), (0.0, 0.0, 0.5 * (height + low))),)
    above = [b for b in entity.occluders if _top(b) > bonnet + 0.02]
    front = max((b.center_m[0] + 0.5 * b.size_m[0] for b in above), default=0.2 * length)
    back = min((b.center_m[0] - 0.5 * b.size_m[0] for b in above), default=-0.4 * length)
    wide = max((b.size_m[1] for b in above), default=0.8 * width)
    top = max((_top(b) for b in above), default=height)
    front, back = min(front, 0.5 * length), max(back, -0.5 * length)
    return (
        Solid("box", (length, width, bonnet - _CLEARANCE_M), (0.0, 0.0, 0.5 * (bonnet + _CLEARANCE_M))),
        Solid("box", (front - back, min(wide, width), top - bonnet), (0.5 * (front + back), 0.0, 0.5 * (top + bonnet))),
    )


def _top(box: Box) -> float:
    return box.center_m[2] + 0.5 * box.size_m[2]


def _rider(entity: Entity) -> Form:
    """Two wheels and a frame, a handlebar, and who sits on it."""
    length, width, height = entity.size_m
    pedals = entity.dynamics is not None and entity.dynamics.crank_gear > 0.0
    radius = 1.0 if entity.dynamics is None else entity.dynamics.wheel_radius_m
    mass, wheel, thick = (_CYCLIST_KG, 0.34, 0.09) if pedals else (_MOTORBIKE_KG, 0.31, 0.24)
    if radius < _SMALL_WHEEL_M:
        mass, wheel, thick = _SCOOTER_KG, radius, 0.16
    solids = (
        Solid("box", (0.98 * length, thick, 2.0 * wheel), (0.0, 0.0, wheel)),
        Solid("box", (0.06, 0.98 * width, 0.06), (0.2 * length, 0.0, 0.56 * height)),
        Solid("box", (0.34, 0.30, 0.30 * height), (-0.06 * length, 0.0, 0.50 * height)),
        Solid("box", (0.34, 0.60 * width, 0.30 * height), (0.0, 0.0, 0.75 * height)),
        Solid("sphere", (0.2, 0.2, 0.2), (0.08, 0.0, height - 0.11)),
    )
    return Form(RigidBody(solids, mass, 0.5, 0.02, 0.05), False, True)


def _person(entity: Entity) -> RigidBody:
    """Legs, trunk and head. Mass by the body mass index: 15.5 kg/m2 of a small child, 22 kg/m2 of grown-ups (medians of
    the growth references of the WHO, 2007, and of the middle of its normal range)."""
    length, width, height = entity.size_m
    index = 15.5 + 6.5 * min(max((height - 1.1) / 0.6, 0.0), 1.0)
    deep = min(0.9 * length, 0.13 * height)
    head = 0.13 * height
    solids = (
        Solid("box", (0.8 * deep, 0.16 * height, 0.48 * height), (0.0, 0.0, 0.24 * height)),
        Solid("box", (deep, min(0.22 * height, 0.95 * width), 0.36 * height), (0.0, 0.0, 0.66 * height)),
        Solid("ellipsoid", (0.85 * head, 0.75 * head, head), (0.0, 0.0, height - 0.5 * head - _SLIT_M)),
    )
    return RigidBody(solids, index * height * height, _CLOTHES, _LIMBS_M, 0.05)


def _animal(entity: Entity) -> RigidBody:
    length, width, height = entity.size_m
    solids = (
        Solid("box", (0.75 * length, 0.85 * width, 0.36 * height), (-0.05 * length, 0.0, 0.6 * height)),
        Solid("box", (0.08, 0.6 * width, 0.44 * height), (0.22 * length, 0.0, 0.22 * height)),
        Solid("box", (0.08, 0.6 * width, 0.44 * height), (-0.3 * length, 0.0, 0.22 * height)),
        Solid("box", (0.18 * length, 0.4 * width, 0.22 * height), (0.39 * length, 0.0, 0.86 * height)),
    )
    return RigidBody(solids, _ANIMAL_KG_PER_M3 * length * width * height, _CLOTHES, _LIMBS_M, 0.05)
