"""Cyclists: a bicycle and its rider, two classes in one entity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.lamps import Lamp
from simengine.world.scene import Asset, Box, Entity, Light, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.rider import Fit, RiderLook, fit, rider_look, scaled, seat_rider
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.probe import first_hit
from simengine_scenes.shapes.solids import box, ellipsoid, open_box, ring, rounded_box, tube
from simengine_scenes.vehicles.bicycle import (
    BICYCLES,
    Bicycle,
    add_box,
    bar,
    bicycle_wheel,
    cranks,
    fork,
    frame,
    pedal,
)
from simengine_scenes.vehicles.sizes import LEAN_LAG_S

__all__ = ["CYCLIST_SIZE_M", "BicycleLook", "bicycle_look", "cyclist_asset", "rider_occluders"]

CYCLIST_SIZE_M: dict[str, tuple[float, float, float]] = {
    "city_bike": (1.86, 0.608, 1.786),
    "child_bike": (1.447, 0.528, 1.398),
    "cargo_bike": (2.583, 0.628, 1.791),
}
"""Length, width and height with the rider, by model. Euro NCAP's bicyclist target is 1.89 x 0.50 x 1.865 m."""

_SHARE = {
    "black": 0.27, "grey": 0.15, "white": 0.13, "blue": 0.14, "red": 0.12, "green": 0.09, "orange": 0.05,
    "yellow": 0.05,
}  # fmt: skip
_WORDS = {"l": "left", "r": "right"}
_LAMP = 0.05
"""5,000 cd of a bicycle's lamp (StVZO, section 67: 10 lx at 10 m at the least; usual ones 40 to 80) over 100 klx."""


@dataclass(frozen=True)
class BicycleLook:
    """What varies of a bicycle: colour of its frame (key of ``PAINTS``), shape, saddle, and what it carries."""

    colour: str
    low_step: bool
    tan: bool
    load: str

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        return f"{self.colour}.{'low' if self.low_step else 'high'}.{'tan' if self.tan else 'dark'}.{self.load}"


def bicycle_look(model: str, seed: int) -> BicycleLook:
    """Draw a bicycle."""
    draw = stream(seed, "bicycle", model)
    colours = tuple(_SHARE)
    weight = np.array([_SHARE[c] for c in colours])
    if BICYCLES[model].child:
        weight = np.where([c in ("black", "grey") for c in colours], 0.2, 2.0) * np.maximum(weight, 0.08)
    colour = colours[int(draw.choice(len(colours), p=weight / weight.sum()))]
    loads = {
        "city_bike": ("", "", "basket", "bags", "crate"), "child_bike": ("", "", "basket"),
        "cargo_bike": ("wood", "wood", "dark", "cover"),
    }[model]  # fmt: skip
    return BicycleLook(
        colour, bool(draw.random() < 0.5), bool(draw.random() < 0.4), loads[int(draw.integers(len(loads)))]
    )


def _add_load(d: Draft, bike: Bicycle, where: Fit, load: str) -> None:
    """Bags or a crate over the rear wheel; the box of a front loader."""
    rx, rr = bike.rear_m
    if bike.box_m is not None:
        cover = palette.TARPAULIN if load == "cover" else None
        add_box(d, bike, palette.PLASTIC if load in ("dark", "cover") else palette.PLYWOOD, cover)
        if cover is None:
            rear, ahead, half, floor, rim = bike.box_m
            d.add(box((rear + 0.22, 0.3 * half, floor + 0.17), (0.30, 0.26, 0.30)), palette.cloth("khaki"))
            d.add(rounded_box((ahead - 0.22, -0.2 * half, rim - 0.16), (0.24, 0.34, 0.40)), palette.cloth("navy"))
    elif load == "bags":
        for y in (0.135, -0.135):
            d.add(rounded_box((rx - 0.03, y, rr + 0.20), (0.30, 0.13, 0.33)), palette.cloth("black"))
            d.add(box((rx - 0.182, y, rr + 0.26), (0.004, 0.08, 0.03)), palette.TAPE)
    elif load == "crate":
        d.add(open_box((where.saddle_m[0] - 0.30, 0.0, 2.0 * rr + 0.16), (0.36, 0.28, 0.20), 0.95), palette.CRATE)


def _add_bar_load(d: Draft, bike: Bicycle, where: Fit, load: str) -> None:
    """A basket before the handlebar."""
    if load != "basket":
        return
    k = 0.8 if bike.child else 1.0
    z = where.grip[2] - 0.16 * k
    x = bike.axis_x_m(float(z)) + 0.19 * k
    d.add(open_box((x, 0.0, z), (0.25 * k, 0.34 * k, 0.20 * k), 0.82, 0.012, 4.0), palette.WICKER)
    for h in (-0.06, 0.0, 0.06):  # the weave's hoops
        u = (h / 0.20 + 0.5) * 0.18 + 0.82
        hoop = ring((0.125 * k * u + 0.003, 0.17 * k * u + 0.003), 20, 4.0)
        line = np.column_stack([x + hoop[:, 0], hoop[:, 1], np.full(20, z + h * k)])
        d.add(tube(np.concatenate([line, line[:1]]), 0.006, 4), palette.WICKER)
    d.add(box((x - 0.10 * k, 0.0, z + 0.02), (0.10 * k, 0.05, 0.03)), palette.IRON)


def rider_occluders(where: Fit, shift_m: float) -> tuple[Box, ...]:
    """Trunk and head of a rider; what is ridden hides next to nothing."""
    b = where.body
    hip, tilt = np.array([where.hip[0], where.hip[2]]), where.seat.tilt_rad
    span = b.shoulder_m - b.hip_m
    middle = hip + 0.45 * span * np.array([math.sin(tilt), math.cos(tilt)])
    chest = Box(
        (float(middle[0]) + shift_m, 0.0, float(middle[1])), (1.0 * b.waist_m[0], 1.5 * b.waist_m[1], 0.8 * span)
    )
    lift = b.stature_m - 0.5 * b.head_m[0] - b.hip_m
    at = hip + lift * np.array([math.sin(0.85 * tilt), math.cos(0.85 * tilt)])
    head = Box((float(at[0]) + shift_m, 0.0, float(at[1])), (0.5 * b.head_m[1], 0.5 * b.head_m[2], 0.55 * b.head_m[0]))
    return chest, head


@lru_cache(maxsize=256)
def _cyclist(model: str, look: BicycleLook, rider: RiderLook) -> Asset:
    bike = BICYCLES[model]
    where = fit(scaled(MEASURES[rider.body], bike.seat.stature_m), bike.seat)
    semantic, paint = CLASS_ID["bicycle"], palette.PAINTS[look.colour]
    (rx, rr), (fx, fr) = bike.rear_m, bike.front_m
    guard = 0.0326  # of the mudguard behind the rear tyre
    shift = -0.5 * (fx + fr + rx - rr - guard)
    a = Assembly(shift)
    key = f"{model}.{look.key}.{rider.body}"
    lean = a.link("lean", (0.0, 0.0, 0.0), 0, (1.0, 0.0, 0.0))
    draft = frame(bike, where, paint, look.low_step, palette.SADDLE_TAN if look.tan else palette.SADDLE)
    _add_load(draft, bike, where, look.load)
    a.add("frame", f"{key}.frame", draft, semantic, lean)
    tail_at = (rx - rr * math.cos(0.55) - 0.035, 0.0, rr + (rr + 0.025) * math.sin(0.55))
    tail = Draft().add(ellipsoid(tail_at, (0.012, 0.03, 0.02), 6, 10), palette.TAILLAMP)
    a.add("lamp_tail", f"{model}.lamp_tail", tail, semantic, lean)
    steer_at = (bike.axis_x_m(fr), 0.0, fr)
    axis = (-math.cos(bike.head_rad), 0.0, math.sin(bike.head_rad))
    steer = a.link("steer_f", steer_at, lean, axis)
    front = fork(bike, paint)
    handle = bar(bike, where)
    held = steer
    if bike.box_m is None:
        _add_bar_load(front, bike, where, look.load)
        front.extend(handle, np.zeros(3))
    else:
        tilt = 1.2
        held = a.link("steer_bar", (bike.column_x_m(0.95), 0.0, 0.95), lean, (-math.cos(tilt), 0.0, math.sin(tilt)))
        a.add("bar", f"{key}.bar", handle, semantic, held)
    lamp_at = (bike.axis_x_m(2.0 * fr + 0.10) + 0.065, 0.0, 2.0 * fr + 0.10)
    lamp = Draft().add(ellipsoid(lamp_at, (0.028, 0.032, 0.030), 8, 12), palette.HEADLAMP_LENS)
    front.add(box((lamp_at[0] - 0.035, 0.0, lamp_at[2]), (0.05, 0.03, 0.03)), palette.HEADLAMP)
    a.add("fork", f"{key}.fork", front, semantic, steer)
    a.add("lamp_head", f"{model}.lamp_head", lamp, semantic, steer)
    wheel_f = a.link("wheel_f", (fx, 0.0, fr), steer)
    a.part("wheel_f", a.mesh(f"{model}.wheel_f", bicycle_wheel(fr, bike.tyre_m, 20)), semantic, wheel_f)
    wheel_r = a.link("wheel_r", (rx, 0.0, rr), lean)
    a.part("wheel_r", a.mesh(f"{model}.wheel_r", bicycle_wheel(rr, bike.tyre_m, 20, 0.06)), semantic, wheel_r)
    seat = bike.seat
    crank = a.link("crank", (0.0, 0.0, seat.crank_z_m), lean)
    a.add("crank", f"{model}.crank", cranks(bike), semantic, crank)
    board = a.mesh(f"{model}.pedal", pedal())
    for side, sign in (("l", 1.0), ("r", -1.0)):
        link = a.link(f"pedal_{side}", (sign * seat.crank_m, sign * seat.pedal_y_m, seat.crank_z_m), crank)
        a.part(f"pedal_{side}", board, semantic, link)
        a.landmark("two_wheeler", f"{_WORDS[side]}_pedal", a.to_entity(link, (0.0, 0.0, 0.0)), 0.06, link)
        tip = (float(where.grip[0]) - 0.02, sign * seat.bar_half_m, float(where.grip[2]))
        a.landmark("two_wheeler", f"{_WORDS[side]}_bar_end", tip, 0.03, held)
    for name, at, cover, link in (
        ("front_hub", (fx, 0.0, fr), 0.08, steer), ("rear_hub", (rx, 0.0, rr), 0.09, lean),
        ("saddle", first_hit(draft.triangles(), 2, 1.0, (where.saddle_m[0], 0.003)), 0.03, lean),
        ("head_light", (lamp_at[0] + 0.028, 0.0, lamp_at[2]), 0.03, steer),
        ("tail_light", (tail_at[0] - 0.012, 0.0, tail_at[2]), 0.03, lean),
    ):  # fmt: skip
        a.landmark("two_wheeler", name, at, cover, link)
    seat_rider(a, where, rider, lean, {"l": held, "r": held})
    eye = (float(where.shoulder[0]) + 0.10 + shift, 0.0, CYCLIST_SIZE_M[model][2] - 0.12)
    entity = Entity(
        model, "cyclist", model, semantic, CYCLIST_SIZE_M[model], occluders=rider_occluders(where, shift), eye_m=eye,
        dynamics=VehicleDynamics(fx - rx, -rx - shift, rr, math.radians(40.0), 1.2, 5.0, 20.0, 1.5, bike.gear, 4.0,
                                 lean_lag_s=LEAN_LAG_S),
    )  # fmt: skip
    down = math.radians(4.0)
    beam = Light(
        (lamp_at[0] + shift + 0.03, 0.0, lamp_at[2]), (math.cos(down), 0.0, -math.sin(down)),
        (_LAMP, 0.97 * _LAMP, 0.90 * _LAMP), math.radians(46.0), 0, True, None, Lamp.LOW | Lamp.HIGH,
    )  # fmt: skip
    return a.asset(entity, (beam,))


def cyclist_asset(model: str, variety: int) -> Asset:
    """A cyclist of a model in ``CYCLIST_SIZE_M``; bicycle and rider are drawn by the variety seed."""
    return _cyclist(model, bicycle_look(model, variety), rider_look(BICYCLES[model].child, variety))
