"""Electric kick scooters with somebody who stands on them: two classes in one entity, as with cyclists.

Measures are those of the commonest ones: a private scooter with tyres of 8.5 inches (1.08 x 0.43 x 1.14 m, 12 kg) and a
shared one with tyres of 10 inches (1.17 x 0.47 x 1.20 m, 19 kg). They brake with 3.5 m/s2 or more and go 20 to 25 km/h
(eKFV, sections 1 and 4; EN 17128).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from simengine.rng import stream
from simengine.world.lamps import Lamp
from simengine.world.materials import Material
from simengine.world.scene import Asset, Entity, Light, VehicleDynamics
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.people.rider import RiderLook, Seat, rider_look, scaled, seat_rider, stand
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, mirrored, pose, prism, ring, rounded_box, tube
from simengine_scenes.vehicles.bicycle import arc_band
from simengine_scenes.vehicles.cyclist import rider_occluders
from simengine_scenes.vehicles.sizes import LEAN_LAG_S

__all__ = ["SCOOTER_SIZE_M", "scooter_asset"]

SCOOTER_SIZE_M: dict[str, tuple[float, float, float]] = {
    "private_scooter": (1.08, 0.53, 1.84),
    "shared_scooter": (1.17, 0.54, 1.87),
}
"""Length, width over the elbows and height with the rider, by model."""

_LAMP = 0.04
"""4,000 cd of a scooter's lamp, over 100 klx (StVZO, section 67, as for bicycles)."""
_UPRIGHT = pose(axis=(1.0, 0.0, 0.0), angle_rad=0.5 * math.pi)
_ABOUT_Y = pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)


@dataclass(frozen=True)
class _Scooter:
    """Geometry of a model, metres; x from the middle of the deck.

    Attributes:
        rear_m, front_m: x of the axles.
        wheel_m: radius and width of the tyres.
        deck_m: top of the deck, its half width and thickness.
        head_rad: angle of the steering axis against the ground.
        bar_m: height of the grips and half the width of the bar.
        colours: of the stem (paints); the deck is dark.
    """

    rear_m: float
    front_m: float
    wheel_m: tuple[float, float]
    deck_m: tuple[float, float, float]
    head_rad: float
    bar_m: tuple[float, float]
    colours: tuple[str, ...]

    def axis_x_m(self, z_m: float) -> float:
        """Where the steering axis is at a height; it passes 1.5 cm behind the axle."""
        return self.front_m - 0.015 - (z_m - self.wheel_m[0]) / math.tan(self.head_rad)

    @property
    def seat(self) -> Seat:
        """Where the feet stand, one before the other."""
        top = self.deck_m[0]
        return Seat(1.72, top, 0.135, 0.046, 0.5 * math.pi, math.radians(2.0), 0.0, self.bar_m[1])


_SCOOTERS = {
    "private_scooter": _Scooter(
        -0.405, 0.413, (0.108, 0.05), (0.135, 0.075, 0.055), math.radians(77.0), (1.06, 0.215),
        ("black", "black", "grey", "grey", "white", "red"),
    ),
    "shared_scooter": _Scooter(
        -0.436, 0.436, (0.127, 0.06), (0.165, 0.09, 0.07), math.radians(77.5), (1.10, 0.235),
        ("white", "green", "orange", "red", "blue", "yellow", "black", "silver"),
    ),
}  # fmt: skip


def _wheel(radius_m: float, width_m: float) -> Draft:
    """Tyre, rim and a hub motor about the y axis; a vertex of the tread points down."""
    draft, half = Draft(), 0.5 * width_m
    middle = radius_m - half
    t = np.linspace(-math.pi, math.pi, 9)
    tyre = [(middle + half * math.cos(a), half * math.sin(a)) for a in t]
    draft.add(lathe(tyre, 28), palette.TYRE, pose=_ABOUT_Y)
    inner = middle - 0.6 * half
    rim = [(0.0, -0.75 * half), (0.5 * inner, -0.8 * half), (inner, -0.55 * half), (middle, -0.5 * half),
           (middle, 0.5 * half), (inner, 0.55 * half), (0.5 * inner, 0.8 * half), (0.0, 0.75 * half)]  # fmt: skip
    draft.add(lathe(rim, 20), palette.RIM_DARK, pose=_ABOUT_Y)
    for k in range(5):  # pockets of the rim, by which one sees it turn
        a = 2.0 * math.pi * k / 5
        for y in (0.72 * half, -0.72 * half):
            at = (0.72 * inner * math.sin(a), y, 0.72 * inner * math.cos(a))
            draft.add(ellipsoid(at, (0.011, 0.004, 0.011), 5, 8), palette.RIM)
    return draft


def _body(s: _Scooter, paint: Material) -> Draft:
    """All that does not steer: deck with its mat, neck, rear mudguard, stand."""
    d, (top, half, thick), (radius, _) = Draft(), s.deck_m, s.wheel_m
    rear, ahead = s.rear_m + radius + 0.015, s.front_m - radius - 0.06
    outline = np.column_stack([0.5 * (rear + ahead), 0.0]) + ring((0.5 * (ahead - rear), half), 24, 7.0)
    d.add(prism(outline, top - thick, top - 0.006), palette.RIM_DARK)
    mat = np.column_stack([0.5 * (rear + ahead), 0.0]) + ring((0.5 * (ahead - rear) - 0.02, half - 0.012), 24, 7.0)
    d.add(prism(mat, top - 0.007, top), palette.RUBBER)
    for y in (half - 0.002, 0.002 - half):
        d.add(box((0.5 * (rear + ahead), y, top - 0.55 * thick), (0.7 * (ahead - rear), 0.006, 0.02)), paint)
        d.add(box((rear + 0.06, 1.02 * y, top - 0.5 * thick), (0.05, 0.004, 0.018)), palette.PEDAL_REFLECTOR)
    for y in (0.5 * s.wheel_m[1] + 0.012, -0.5 * s.wheel_m[1] - 0.012):
        d.add(tube([(rear + 0.05, y, top - 0.5 * thick), (s.rear_m, y, radius)], [0.016, 0.012], 8), palette.RIM_DARK)
    neck = [(ahead - 0.05, 0.0, top - 0.4 * thick), (ahead + 0.02, 0.0, top + 0.02),
            (s.axis_x_m(2.0 * radius + 0.09), 0.0, 2.0 * radius + 0.09)]  # fmt: skip
    d.add(tube(neck, [0.03, 0.03, 0.026], 10), paint)
    d.add(arc_band((s.rear_m, radius), radius + 0.014, math.radians(50.0), math.radians(165.0), 0.036, 10),
          palette.PLASTIC)  # fmt: skip
    d.add(tube([(rear + 0.08, half - 0.02, top - thick), (rear, half + 0.01, 0.07)], 0.007, 6), palette.IRON)
    return d


def _steered(s: _Scooter, paint: Material) -> Draft:
    """Fork with mudguard, stem, bar with grips, levers, bell and display."""
    d, (radius, width), (grip_m, wide) = Draft(), s.wheel_m, s.bar_m
    crown = 2.0 * radius + 0.045
    for y in (0.5 * width + 0.014, -0.5 * width - 0.014):
        d.add(tube([(s.axis_x_m(crown), 0.8 * y, crown), (s.front_m, y, radius)], [0.016, 0.013], 8), palette.RIM_DARK)
    column = [(s.axis_x_m(z), 0.0, z) for z in (crown - 0.01, crown + 0.16)]
    d.add(tube(column, 0.031, 12), palette.RIM_DARK)
    d.add(tube([(s.axis_x_m(crown), 0.0, crown), (s.axis_x_m(grip_m), 0.0, grip_m)], 0.024, 14), paint)
    d.add(arc_band((s.front_m, radius), radius + 0.014, math.radians(20.0), math.radians(135.0), 0.036, 10),
          palette.PLASTIC)  # fmt: skip
    x = s.axis_x_m(grip_m)
    d.add(tube([(x, -wide + 0.01, grip_m), (x, wide - 0.01, grip_m)], 0.0145, 10), palette.RIM_DARK)
    grip = tube([(x, wide - 0.125, grip_m), (x, wide, grip_m)], 0.018, 10)
    lever = tube([(x + 0.02, wide - 0.15, grip_m), (x + 0.055, wide - 0.10, grip_m - 0.012),
                  (x + 0.05, wide - 0.03, grip_m - 0.02)], 0.006, 6)  # fmt: skip
    d.add(grip, palette.RUBBER).add(mirrored(grip), palette.RUBBER)
    d.add(lever, palette.IRON)
    d.add(ellipsoid((x - 0.02, -wide + 0.15, grip_m + 0.018), (0.018, 0.012, 0.012), 6, 10), palette.PLASTIC)
    d.add(rounded_box((x - 0.012, 0.0, grip_m + 0.022), (0.06, 0.052, 0.03), 4.0, 14, 0.5), palette.PLASTIC)
    d.add(box((x - 0.016, 0.0, grip_m + 0.0375), (0.035, 0.036, 0.002)), palette.GLASS)
    hose = [(x + 0.02, wide - 0.14, grip_m - 0.01), (x + 0.06, 0.04, grip_m - 0.10), (x + 0.028, 0.0, grip_m - 0.26)]
    d.add(tube(hose, 0.004, 5), palette.PLASTIC)
    return d


@lru_cache(maxsize=256)
def _scooter(model: str, colour: str, rider: RiderLook) -> Asset:
    s, semantic, paint = _SCOOTERS[model], CLASS_ID["e_scooter"], palette.PAINTS[colour]
    where = stand(scaled(MEASURES[rider.body], s.seat.stature_m), s.seat, (s.axis_x_m(s.bar_m[0]), s.bar_m[0]))
    radius = s.wheel_m[0]
    shift = -0.5 * (s.front_m + s.rear_m)
    a, key = Assembly(shift), f"{model}.{colour}"
    lean = a.link("lean", (0.0, 0.0, 0.0), 0, (1.0, 0.0, 0.0))
    a.add("frame", f"{key}.frame", _body(s, paint), semantic, lean)
    back = math.radians(150.0)
    tail = (s.rear_m + (radius + 0.02) * math.cos(back), 0.0, radius + (radius + 0.024) * math.sin(back))
    a.add("lamp_tail", f"{model}.lamp_tail", Draft().add(ellipsoid(tail, (0.01, 0.028, 0.014), 6, 10),
          palette.TAILLAMP), semantic, lean)  # fmt: skip
    axis = (-math.cos(s.head_rad), 0.0, math.sin(s.head_rad))
    steer = a.link("steer_f", (s.axis_x_m(radius), 0.0, radius), lean, axis)
    a.add("fork", f"{key}.fork", _steered(s, paint), semantic, steer)
    lamp_m = s.bar_m[0] - 0.09
    lamp_at = (s.axis_x_m(lamp_m) + 0.028, 0.0, lamp_m)
    lens = Draft().add(ellipsoid(lamp_at, (0.014, 0.02, 0.02), 8, 12), palette.HEADLAMP_LENS)
    a.add("lamp_head", f"{model}.lamp_head", lens, semantic, steer)
    wheel = a.mesh(f"{model}.wheel", _wheel(*s.wheel_m))
    front = a.link("wheel_f", (s.front_m, 0.0, radius), steer)
    a.part("wheel_f", wheel, semantic, front)
    a.part("wheel_r", wheel, semantic, a.link("wheel_r", (s.rear_m, 0.0, radius), lean))
    grip_m, wide = s.bar_m
    for name, at, cover, link in (
        ("front_hub", (s.front_m, 0.0, radius), 0.06, steer), ("rear_hub", (s.rear_m, 0.0, radius), 0.06, lean),
        ("left_bar_end", (s.axis_x_m(grip_m), wide, grip_m), 0.03, steer),
        ("right_bar_end", (s.axis_x_m(grip_m), -wide, grip_m), 0.03, steer),
        ("head_light", (lamp_at[0] + 0.014, 0.0, lamp_m), 0.03, steer),
        ("tail_light", (tail[0] - 0.01, 0.0, tail[2]), 0.03, lean),
    ):  # fmt: skip
        a.landmark("two_wheeler", name, at, cover, link)
    seat_rider(a, where, rider, lean, {"l": steer, "r": steer})
    height = SCOOTER_SIZE_M[model][2]
    entity = Entity(
        model, "e_scooter", model, semantic, SCOOTER_SIZE_M[model], occluders=rider_occluders(where, shift),
        eye_m=(float(where.shoulder[0]) + 0.09 + shift, 0.0, height - 0.12),
        dynamics=VehicleDynamics(
            s.front_m - s.rear_m, -s.rear_m - shift, radius, math.radians(45.0), 1.5, 4.0, 20.0, 1.5, 0.0, 3.0,
            lean_lag_s=LEAN_LAG_S,
        ),
    )  # fmt: skip
    down = math.radians(4.0)
    beam = Light(
        (lamp_at[0] + shift + 0.02, 0.0, lamp_at[2]), (math.cos(down), 0.0, -math.sin(down)),
        (_LAMP, 0.98 * _LAMP, 0.93 * _LAMP), math.radians(46.0), 0, True, None, Lamp.LOW | Lamp.HIGH,
    )  # fmt: skip
    return a.asset(entity, (beam,))


def scooter_asset(model: str, variety: int) -> Asset:
    """A scooter of a model in ``SCOOTER_SIZE_M`` with its rider; both are drawn by the variety seed."""
    colours = _SCOOTERS[model].colours
    colour = colours[int(stream(variety, "scooter", model).integers(len(colours)))]
    return _scooter(model, colour, rider_look(False, variety))
