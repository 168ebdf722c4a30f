"""Bicycles: frame, wheels, cranks, handlebar and what hangs on them. Frame: x forward from the cranks' axle, z up.

Dimensions follow common production bicycles: a city bike with 28 inch wheels (622 mm rims, 40 mm tyres) and 1.13 m
wheelbase, a 20 inch child's bike, and a front-loading cargo bike with a 20 inch wheel ahead of its box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.rider import Fit, Seat
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import box, ellipsoid, lathe, loft, mirrored, pose, prism, ring, tapered, tube

__all__ = ["BICYCLES", "Bicycle", "add_box", "arc_band", "bar", "bicycle_wheel", "cranks", "fork", "frame", "pedal"]

_UPRIGHT = pose(axis=(1.0, 0.0, 0.0), angle_rad=0.5 * math.pi)  # an outline's y becomes z
_ABOUT_Y = pose(axis=(1.0, 0.0, 0.0), angle_rad=-0.5 * math.pi)  # z of the lathe becomes y


@dataclass(frozen=True)
class Bicycle:
    """Geometry of a model, metres.

    Attributes:
        seat: where the rider sits.
        rear_m, front_m: x of the axle and radius of the tyre.
        tyre_m: radius of the tyre's section.
        head_rad: angle of the steering axis against the ground.
        offset_m: of the front axle ahead of the steering axis.
        gear: turns of the cranks a turn of the rear wheel.
        box_m: of a front loader: x of its rear and front wall, half width, floor and rim of its box.
        child: ridden by a child.
    """

    seat: Seat
    rear_m: tuple[float, float]
    front_m: tuple[float, float]
    tyre_m: float
    head_rad: float
    offset_m: float
    gear: float
    box_m: tuple[float, float, float, float, float] | None = None
    child: bool = False

    def column_x_m(self, z_m: float) -> float:
        """Where the column of the handlebar is at a height; a front loader's stands behind its box."""
        foot = self.axis_x_m(z_m) if self.box_m is None else self.box_m[0] - 0.06 - (z_m - 0.75) / math.tan(1.2)
        return foot

    def axis_x_m(self, z_m: float) -> float:
        """Where the front wheel's steering axis is at a height."""
        x, radius = self.front_m
        return x - self.offset_m / math.sin(self.head_rad) - (z_m - radius) / math.tan(self.head_rad)


BICYCLES: dict[str, Bicycle] = {
    "city_bike": Bicycle(
        Seat(1.72, 0.285, 0.170, 0.118, math.radians(70.0), math.radians(17.0), 0.13, 0.30),
        (-0.470, 0.349), (0.660, 0.349), 0.020, math.radians(68.0), 0.060, 0.42,
    ),
    "child_bike": Bicycle(
        Seat(1.30, 0.255, 0.130, 0.100, math.radians(69.0), math.radians(14.0), 0.13, 0.26),
        (-0.365, 0.252), (0.545, 0.252), 0.022, math.radians(68.0), 0.045, 0.50, child=True,
    ),
    "cargo_bike": Bicycle(
        Seat(1.72, 0.285, 0.170, 0.118, math.radians(70.0), math.radians(15.0), 0.15, 0.31),
        (-0.470, 0.345), (1.480, 0.255), 0.024, math.radians(68.0), 0.045, 0.48, (0.52, 1.20, 0.31, 0.20, 0.68),
    ),
}  # fmt: skip
"""By model."""


def arc_band(
    center: tuple[float, float], radius_m: float, start_rad: float, stop_rad: float, half_m: float, count: int = 12
) -> Surface:
    """A curved sheet over a wheel (mudguard), 5 mm thick; angles from +x upward."""
    section = ring((0.0035, half_m), 8, 3.0)
    rows: list[F64Array] = []
    for angle in np.linspace(start_rad, stop_rad, count):
        out = np.array([math.cos(angle), 0.0, math.sin(angle)])
        middle = np.array([center[0], 0.0, center[1]]) + radius_m * out
        bow = 0.012 * (1.0 - (section[:, 1:2] / half_m) ** 2)
        rows.append(middle + (section[:, :1] + bow) * out + section[:, 1:2] * np.array([0.0, 1.0, 0.0]))
    stacked = np.stack(rows)
    way = np.cross(stacked[0, 2] - stacked[0, 0], stacked[0, 4] - stacked[0, 0])
    ahead = stacked[1].mean(0) - stacked[0].mean(0)
    return loft(stacked if float(way @ ahead) > 0 else stacked[:, ::-1])


def bicycle_wheel(radius_m: float, tyre_m: float, spokes: int, hub_half_m: float = 0.05) -> Draft:
    """Tyre, rim, hub and spokes about the y axis; a vertex of the tread points down."""
    draft = Draft()
    middle = radius_m - tyre_m
    t = np.linspace(-math.pi, math.pi, 7)
    tyre = [(middle + tyre_m * math.cos(a), tyre_m * math.sin(a)) for a in t]
    draft.add(lathe(tyre, 36), palette.TYRE, pose=_ABOUT_Y)
    inner, half = middle - 0.75 * tyre_m, 0.011
    rim = [(inner + 0.012, half), (inner, half), (inner - 0.012, 0.0), (inner, -half), (inner + 0.012, -half)]
    draft.add(lathe(rim, 36), palette.RIM, pose=_ABOUT_Y)
    hub = [(0.0, -hub_half_m), (0.013, -hub_half_m), (0.013, -0.031), (0.03, -0.030), (0.014, -0.022),
           (0.014, 0.022), (0.03, 0.030), (0.013, 0.031), (0.013, hub_half_m), (0.0, hub_half_m)]  # fmt: skip
    draft.add(lathe(hub, 8), palette.RIM, pose=_ABOUT_Y)
    for k in range(spokes):
        a = 2.0 * math.pi * k / spokes
        b = a + (0.5 if k % 4 < 2 else -0.5)
        y = 0.027 if k % 2 else -0.027
        ends = [(0.028 * math.sin(b), y, 0.028 * math.cos(b)), (inner * math.sin(a), 0.2 * y, inner * math.cos(a))]
        draft.add(tube(ends, 0.0013, 3), palette.CHROME)
    for a in (0.9, 0.9 + math.pi):
        at = 0.72 * inner
        plate = pose((at * math.sin(a), 0.0, at * math.cos(a)), (0.0, 1.0, 0.0), a)
        draft.add(box((0.0, 0.0, 0.0), (0.085, 0.012, 0.026)), palette.PEDAL_REFLECTOR, pose=plate)
    return draft


def frame(bike: Bicycle, where: Fit, paint: Material, low_step: bool, saddle: Material) -> Draft:
    """All that neither turns nor steers: tubes, saddle, mudguard, chain guard, carrier, stand."""
    d, seat = Draft(), bike.seat
    zc, (rx, rr) = seat.crank_z_m, bike.rear_m
    sx, sz = where.saddle_m
    up = np.array([-math.cos(seat.tube_rad), 0.0, math.sin(seat.tube_rad)])
    base = np.array([0.0, 0.0, zc])
    top = (sz - 0.10 - zc) / math.sin(seat.tube_rad)
    d.add(tube([base, base + (0.80 if low_step else 0.88) * top * up], 0.0165, 10), paint)
    d.add(tube([base + 0.6 * top * up, base + (top + 0.055) * up], 0.0135, 8), palette.RIM)
    d.add(tube([(0.0, -0.036, zc), (0.0, 0.036, zc)], 0.022, 10), paint)
    _add_tubes(d, bike, base, top * up, paint, low_step)
    for y in (0.062, -0.062):
        d.add(tube([(-0.02, 0.5 * y, zc), (-0.35 * rr, 0.75 * y, zc + 0.02), (rx, y, rr)], 0.009, 7), paint)
        d.add(tube([base + 0.78 * top * up + [0.0, 0.35 * y, 0.0], (rx, y, rr)], 0.008, 7), paint)
    d.add(tube([(rx, -0.072, rr), (rx, 0.072, rr)], 0.008, 8), palette.IRON)
    _add_saddle(d, (sx, sz), saddle, seat.stature_m / 1.72)
    d.add(arc_band((rx, rr), rr + 0.018, math.radians(20.0), math.radians(196.0), 0.028, 16), palette.PLASTIC)
    _add_chain_guard(d, bike)
    if not bike.child:
        _add_carrier(d, bike, where)
    d.add(tube([(-0.10, 0.045, zc - 0.01), (-0.27, 0.07, zc - 0.03), (-0.36, 0.08, zc)], 0.008, 6), palette.IRON)
    return d


def _add_tubes(d: Draft, bike: Bicycle, base: F64Array, seat_tube: F64Array, paint: Material, low_step: bool) -> None:
    """Head tube and the tubes that lead to it."""
    zc = bike.seat.crank_z_m
    if bike.box_m is not None:
        rear, ahead, _, floor, _ = bike.box_m
        head = bike.axis_x_m
        low, high = bike.front_m[1] + 0.16, bike.front_m[1] + 0.34
        for y in (0.10, -0.10):
            line = [(0.06, 0.3 * y, zc + 0.08), (rear - 0.06, y, floor - 0.03), (ahead + 0.02, y, floor - 0.03),
                    (head(low) - 0.06, 0.3 * y, low + 0.02), (head(high), 0.0, high - 0.02)]  # fmt: skip
            d.add(tube(line, 0.019, 8), paint)
        d.add(tube([(head(low - 0.01), 0.0, low - 0.01), (head(high), 0.0, high)], 0.024, 10), paint)
        column = bike.column_x_m
        d.add(tube([(column(0.42), 0.0, 0.42), (column(0.95), 0.0, 0.95)], 0.020, 10), paint)
        d.add(tube([base + 0.70 * seat_tube, (column(0.86), 0.0, 0.86)], 0.018, 8), paint)
        d.add(tube([base, (0.20, 0.0, 0.33), (column(0.46), 0.0, 0.46)], 0.020, 8), paint)
        d.add(tube([(column(0.46), 0.0, 0.46), (rear - 0.03, 0.0, floor - 0.02)], 0.018, 8), paint)
        return
    high = bike.front_m[1] + (0.51 if not bike.child else 0.36)
    low = high - (0.16 if not bike.child else 0.11)
    ends = [(bike.axis_x_m(z), 0.0, z) for z in (low, high)]
    d.add(tube(ends, 0.019, 10), paint)
    down = (bike.axis_x_m(low + 0.03), 0.0, low + 0.03)
    near_top = (bike.axis_x_m(high - 0.035), 0.0, high - 0.035)
    if low_step:
        bow = [(0.14, 0.0, zc + 0.06), (0.30, 0.0, 0.5 * (zc + low) - 0.03), down]
        d.add(tube([(0.0, 0.0, zc), *bow], 0.019, 10), paint)
        d.add(tube([base + 0.45 * seat_tube, (0.16, 0.0, zc + 0.14), (0.32, 0.0, 0.5 * (zc + high) + 0.02), near_top],
                   0.014, 8), paint)  # fmt: skip
    else:
        d.add(tube([base, down], 0.019, 10), paint)
        d.add(tube([base + 0.84 * seat_tube, near_top], 0.0165, 10), paint)


def _add_saddle(d: Draft, at: tuple[float, float], material: Material, k: float) -> None:
    x, z = at
    rows = np.array([
        (-0.135, 0.055, 0.018), (-0.125, 0.085, 0.028), (-0.07, 0.095, 0.032), (-0.01, 0.062, 0.030),
        (0.06, 0.032, 0.026), (0.12, 0.022, 0.022), (0.135, 0.010, 0.012),
    ])  # fmt: skip
    unit = ring((1.0, 1.0), 14, 2.4)
    rings = np.stack([
        np.column_stack([
            np.full(14, x + k * u), k * w * unit[:, 0], z - 0.028 * k + k * h * unit[:, 1] + 0.012 * k * (u / 0.13) ** 2
        ]) for u, w, h in rows
    ])  # fmt: skip
    d.add(loft(rings), material)
    for y in (0.022, -0.022):
        d.add(tube([(x - 0.09 * k, y, z - 0.05), (x - 0.02, 0.7 * y, z - 0.075), (x + 0.1 * k, 0.6 * y, z - 0.045)],
                   0.005, 5), palette.IRON)  # fmt: skip


def _add_chain_guard(d: Draft, bike: Bicycle) -> None:
    """A closed guard round the chain, on the right."""
    (rx, rr), zc = bike.rear_m, bike.seat.crank_z_m
    big, small = 0.40 * bike.seat.crank_m + 0.035, 0.052
    t = np.linspace(-0.5 * math.pi, 0.5 * math.pi, 9)
    front = np.column_stack([0.02 + big * np.cos(t), zc + big * np.sin(t)])
    back = np.column_stack([rx + 0.02 - small * np.cos(t), rr - small * np.sin(t)])
    guard = prism(np.concatenate([front, back]), 0.036, 0.056)
    d.add(guard, palette.PLASTIC, pose=_UPRIGHT)


def _add_carrier(d: Draft, bike: Bicycle, where: Fit) -> None:
    """Luggage carrier over the rear wheel, and the tail lamp's holder."""
    rx, rr = bike.rear_m
    z = 2.0 * rr + 0.055
    start, stop = where.saddle_m[0] - 0.02, rx - 0.20
    for y in (0.055, -0.055, 0.0):
        d.add(tube([(start, 0.6 * y, z), (start - 0.05, y, z), (stop, y, z)], 0.0055, 6), palette.IRON)
    for x in (start - 0.06, stop):
        d.add(tube([(x, -0.06, z), (x, 0.06, z)], 0.0055, 6), palette.IRON)
    for y in (0.066, -0.066):
        d.add(tube([(rx, y, rr + 0.01), (rx - 0.03, y, z)], 0.005, 6), palette.IRON)
        d.add(tube([(rx, y, rr + 0.01), (rx + 0.10, y, z)], 0.005, 6), palette.IRON)
    d.add(box((stop - 0.006, 0.0, z - 0.035), (0.012, 0.07, 0.05)), palette.PLASTIC)


def fork(bike: Bicycle, paint: Material) -> Draft:
    """Fork with mudguard: what turns with the front wheel."""
    d, (x, r), axis = Draft(), bike.front_m, bike.axis_x_m
    crown = 2.0 * r + 0.035
    for y in (0.052, -0.052):
        line = [(axis(crown), 0.8 * y, crown), (axis(1.45 * r) + 0.012, y, 1.45 * r), (x, y, r)]
        d.add(tube(line, [0.014, 0.012, 0.008], 8), paint)
    d.add(tube([(axis(crown), -0.05, crown), (axis(crown), 0.05, crown)], 0.017, 8), paint)
    d.add(tube([(axis(crown), 0.0, crown), (axis(crown + 0.06), 0.0, crown + 0.06)], 0.015, 8), paint)
    d.add(tube([(x, -0.066, r), (x, 0.066, r)], 0.007, 8), palette.IRON)
    d.add(arc_band((x, r), r + 0.018, math.radians(38.0), math.radians(158.0), 0.028, 13), palette.PLASTIC)
    return d


def bar(bike: Bicycle, where: Fit) -> Draft:
    """Stem and handlebar with grips, brake levers and bell."""
    d = Draft()
    gx, gy, gz = where.grip
    low = where.saddle_m[1] - 0.22 if bike.box_m is None else 0.95
    stem = gz + 0.005
    sx = bike.column_x_m(stem)
    d.add(tube([(bike.column_x_m(low), 0.0, low), (sx, 0.0, stem)], 0.0135, 8), palette.CHROME)
    inner, outer = gy - 0.065, bike.seat.bar_half_m
    reach = max(gx + 0.03, sx + 0.02)
    line = [(sx, 0.0, stem), (reach, 0.10, stem), (gx + 0.035, inner - 0.03, gz + 0.004), (gx + 0.012, inner, gz),
            (gx - 0.02, outer - 0.006, gz)]  # fmt: skip
    half = tube(line, 0.011, 8)
    grip = tube([(gx + 0.011, inner + 0.005, gz), (gx - 0.02, outer, gz)], 0.0155, 9)
    pull = [(gx + 0.03, inner - 0.01, gz - 0.004), (gx + 0.075, gy, gz - 0.02), (gx + 0.06, outer - 0.02, gz - 0.026)]
    lever = tube(pull, 0.006, 6)
    for piece, material in ((half, palette.CHROME), (grip, palette.RUBBER), (lever, palette.IRON)):
        d.add(piece, material).add(mirrored(piece), material)
    d.add(ellipsoid((reach - 0.02, 0.10, stem + 0.03), (0.022, 0.022, 0.018), 6, 12), palette.CHROME)
    return d


def cranks(bike: Bicycle) -> Draft:
    """Chainring and both arms about the cranks' axle; the left one points ahead."""
    d, seat = Draft(), bike.seat
    zc, y = seat.crank_z_m, seat.pedal_y_m
    inner = y - 0.052
    d.add(tube([(0.0, -inner - 0.006, zc), (0.0, inner + 0.006, zc)], 0.009, 8), palette.IRON)
    radius = 0.40 * seat.crank_m + 0.012
    wheel = [(0.0, -0.003), (radius, -0.003), (radius, 0.003), (0.0, 0.003)]
    d.add(lathe(wheel, 24), palette.IRON, pose=pose((0.0, -0.046, zc), (1.0, 0.0, 0.0), -0.5 * math.pi))
    for side in (1.0, -1.0):
        arm = tapered((0.0, 0.0, 0.5 * seat.crank_m), (0.030, 0.012, seat.crank_m + 0.016), (0.62, 1.0))
        to = pose((0.0, side * inner, zc), (0.0, 1.0, 0.0), side * 0.5 * math.pi)
        d.add(arm, palette.RIM, pose=to)
        tip = (side * seat.crank_m, side * (inner - 0.008), zc)
        d.add(tube([tip, (tip[0], side * (y + 0.045), zc)], 0.006, 6), palette.IRON)
    return d


def pedal() -> Draft:
    """A platform pedal about its axle, with reflectors ahead and behind."""
    d = Draft().add(box((0.0, 0.0, 0.0), (0.075, 0.088, 0.022)), palette.RUBBER)
    for x in (0.039, -0.039):
        d.add(box((x, 0.0, 0.0), (0.006, 0.06, 0.016)), palette.PEDAL_REFLECTOR)
    return d


def add_box(d: Draft, bike: Bicycle, material: Material, cover: Material | None) -> None:
    """The box of a front loader: open, or under a cover."""
    assert bike.box_m is not None
    rear, ahead, half, floor, rim = bike.box_m
    middle, length = 0.5 * (rear + ahead), ahead - rear

    def outline(k: float, lift: float, inset: float) -> F64Array:
        flat = ring((0.5 * length * k - inset, half * k - inset), 20, 7.0)
        return np.column_stack([middle + 0.02 * (k - 0.9) + flat[:, 0], flat[:, 1], np.full(20, lift)])

    wall = 0.015
    rows = [outline(0.86, floor, 0.0), outline(1.0, rim, 0.0), outline(1.0, rim + 0.006, 0.5 * wall)]
    if cover is None:
        rows += [outline(1.0, rim, wall), outline(0.86, floor + wall, wall)]
    d.add(loft(np.stack(rows)), material)
    if cover is not None:
        rows = [outline(1.0, rim - 0.05, -0.004), outline(1.0, rim + 0.006, -0.004), outline(0.86, rim + 0.05, 0.0),
                outline(0.5, rim + 0.075, 0.0)]  # fmt: skip
        d.add(loft(np.stack(rows)), cover)
