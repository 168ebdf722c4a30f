"""The static scene of ``world station``: bench and pedestal, and the hall around them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from simengine.rng import stream
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.piece import finish, stand
from simengine_scenes.shapes.solids import box, lathe, loft, pose, prism, rounded_box, tube
from simengine_scenes.station import materials as m
from simengine_scenes.station.light import hang_lamps
from simengine_scenes.station.plan import BENCH, HALL_M, PEDESTAL, TOP_M, bench_height_m, station_places

__all__ = ["add_fence", "add_pedestal", "add_racks", "add_walls", "build_station"]

_HIGH_M = 5.2
"""Height of the walls; above them the ceiling begins, which is part of the light."""
_RUNS = (((-2.1, -0.9), (-2.1, 2.1)), ((-2.1, 2.1), (2.1, 2.1)), ((2.1, 2.1), (2.1, -0.9)))
"""The cell's fence: its front is open."""


def build_station(builder: SceneBuilder, values: Mapping[str, Any], seed: int) -> LaneGraph:
    """Add the static scene and return its places. Shelf loads and colours come from ``seed``."""
    height = bench_height_m(values)
    _floor(builder)
    add_walls(builder)
    _bench(builder, height)
    add_pedestal(builder, height, (PEDESTAL.x_m, PEDESTAL.y_m))
    add_fence(builder, "station", _RUNS)
    add_racks(builder, seed)
    _cabinet(builder)
    hang_lamps(builder, height)
    return station_places(values)


def _floor(builder: SceneBuilder) -> None:
    x, y = HALL_M
    d = Draft().add(box((0.0, 0.0, -0.05), (2.0 * x, 2.0 * y, 0.1)), m.FLOOR)
    for s in (1.0, -1.0):  # lines around the cell, and of a gangway beyond
        d.add(box((s * 2.3, 0.35, 0.0004), (0.08, 3.9, 0.0012)), m.LINE)
        d.add(box((0.0, 0.35 + s * 1.95, 0.0004), (4.52, 0.08, 0.0012)), m.LINE)
        d.add(box((0.0, -3.3 + s * 0.7, 0.0004), (2.0 * x - 0.4, 0.1, 0.0012)), m.LINE)
    stand(builder, "floor", "floor", "floor", [(finish("station.floor", d), None)])


def add_walls(builder: SceneBuilder) -> None:
    """Walls with columns, a rolling door and a door."""
    x, y = HALL_M
    d = Draft()
    for s in (1.0, -1.0):
        for wide, at, turn in ((2.0 * x, (0.0, s * y), 0.0), (2.0 * y, (s * x, 0.0), 0.5 * math.pi)):
            frame = pose((at[0], at[1], 0.0), (0.0, 0.0, 1.0), turn)
            d.add(box((0.0, 0.0, 0.55), (wide, 0.16, 1.1)), m.WALL_LOW, pose=frame)
            d.add(box((0.0, 0.0, 0.5 * (1.1 + _HIGH_M)), (wide, 0.12, _HIGH_M - 1.1)), m.WALL, pose=frame)
            for k in range(int(wide // 4.0) + 1):  # columns
                d.add(box((-0.5 * wide + 4.0 * k, 0.0, 0.5 * _HIGH_M), (0.22, 0.5, _HIGH_M)), m.CLADDING, pose=frame)
            d.add(box((0.0, 0.0, _HIGH_M - 0.15), (wide, 0.4, 0.3)), m.CLADDING, pose=frame)
    # a rolling door with its frame, and a door
    d.add(box((3.2, y - 0.1, 1.6), (3.2, 0.1, 3.2)), m.DOOR)
    for k in range(12):
        d.add(box((3.2, y - 0.16, 0.2 + 0.26 * k), (3.2, 0.03, 0.03)), m.DOOR)
    for s in (1.0, -1.0):
        d.add(box((3.2 + s * 1.68, y - 0.14, 1.65), (0.16, 0.16, 3.3)), m.YELLOW)
    d.add(box((-4.6, y - 0.1, 1.05), (1.0, 0.08, 2.1)), m.CABINET)
    d.add(tube([(-4.96, y - 0.2, 1.05), (-4.84, y - 0.2, 1.05)], 0.012, 8), palette.CHROME)
    for z in (3.4, 3.55):  # cable tray and pipes along the back wall
        d.add(tube([(-x + 0.2, y - 0.22, z), (x - 0.2, y - 0.22, z)], 0.03 if z < 3.5 else 0.045, 10), m.DUCT)
    stand(builder, "walls", "wall", "wall", [(finish("station.walls", d, True), None)])


def _bench(builder: SceneBuilder, height: float) -> None:
    """A workbench of aluminium profiles with a laminated top, a lower shelf and levelling feet."""
    w, deep = BENCH.width_m, BENCH.length_m
    d = Draft()
    d.add(box((0.0, 0.0, height - 0.5 * TOP_M), (w - 0.006, deep - 0.006, TOP_M)), m.BENCH_TOP)
    for s in (1.0, -1.0):  # edge bands
        d.add(
            box((s * (0.5 * w - 0.0015), 0.0, height - 0.5 * TOP_M - 0.001), (0.003, deep, TOP_M - 0.002)), m.BENCH_EDGE
        )
        d.add(
            box((0.0, s * (0.5 * deep - 0.0015), height - 0.5 * TOP_M - 0.001), (w, 0.003, TOP_M - 0.002)), m.BENCH_EDGE
        )
    leg, under = 0.045, height - TOP_M
    for x in (1.0, -1.0):
        for y in (1.0, -1.0):
            at = (x * (0.5 * w - 0.08), y * (0.5 * deep - 0.07))
            d.add(_profile(leg, under - 0.05), m.PROFILE, pose=pose((at[0], at[1], 0.05)))
            foot = [(0.0, 0.0), (0.03, 0.0), (0.03, 0.008), (0.012, 0.014), (0.008, 0.02), (0.008, 0.052)]
            d.add(lathe([*foot, (0.0, 0.052)], 16), m.FOOT, pose=pose((at[0], at[1], 0.0)))
    for z in (under - 0.5 * leg - 0.001, 0.22):
        for s in (1.0, -1.0):
            d.add(box((0.0, s * (0.5 * deep - 0.07), z), (w - 0.16 - leg, leg, leg)), m.PROFILE)
            d.add(box((s * (0.5 * w - 0.08), 0.0, z), (leg, deep - 0.14 - leg, leg)), m.PROFILE)
    d.add(box((0.0, 0.0, 0.252), (w - 0.2, deep - 0.18, 0.012)), m.SHELF)
    # emergency stop on the front
    at = (0.5 * w - 0.2, -0.5 * deep - 0.022, height - 0.09)
    d.add(box(at, (0.075, 0.045, 0.075)), m.YELLOW)
    d.add(
        lathe([(0.0, 0.03), (0.018, 0.028), (0.02, 0.02), (0.02, 0.0), (0.0, 0.0)][::-1], 20),
        m.RED_BUTTON,
        pose=pose((at[0], at[1] - 0.0225, at[2]), (1.0, 0.0, 0.0), 0.5 * math.pi),
    )
    stand(builder, "bench", "bench", "bench", [(finish(f"station.bench.{height:.6f}", d, True), None)])


def _profile(side: float, tall: float) -> tuple[Any, Any]:
    """An upright profile with a groove in each side."""
    h, g, deep = 0.5 * side, 0.1 * side, 0.14 * side
    quarter = [(h, -h), (h, -g), (h - deep, -g), (h - deep, g), (h, g)]
    outline: list[tuple[float, float]] = []
    for k in range(4):
        c, s = (1.0, 0.0, -1.0, 0.0)[k], (0.0, 1.0, 0.0, -1.0)[k]
        outline += [(c * x - s * y, s * x + c * y) for x, y in quarter]
    rings = np.stack([np.column_stack([np.array(outline), np.full(len(outline), z)]) for z in (0.0, tall)])
    return loft(rings)


def add_pedestal(builder: SceneBuilder, height: float, xy_m: tuple[float, float]) -> None:
    """A welded column with a foot plate, ribs, and a machined plate on top."""
    side = PEDESTAL.width_m
    d = Draft()
    d.add(rounded_box((0.0, 0.0, 0.5 * height - 0.005), (0.2, 0.2, height - 0.03), 9.0, 32, 0.0), m.PEDESTAL)
    d.add(box((0.0, 0.0, 0.01), (side + 0.14, side + 0.02, 0.02)), m.PEDESTAL)
    for k in range(4):
        rib = pose((0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.5 * math.pi * k)
        outline = np.array([[0.098, 0.02], [0.138, 0.02], [0.098, min(0.3, 0.5 * height)]])
        d.add(_rib(outline, 0.012), m.PEDESTAL, pose=rib)
    d.add(rounded_box((0.0, 0.0, height - 0.012), (side, side, 0.024), 14.0, 40, 0.1), m.PLATE)
    for x in (1.0, -1.0):
        for y in (1.0, -1.0):
            bolt = [(0.0, 0.0), (0.013, 0.0), (0.013, 0.009), (0.009, 0.011), (0.0, 0.011)]
            at = (x * (0.5 * side + 0.035), y * 0.1, 0.02)
            d.add(lathe(bolt, 12), palette.CHROME, pose=pose(at))
    d.add(rounded_box((0.0, 0.135, 0.6 * height), (0.12, 0.06, 0.16), 10.0, 24, 0.2), m.DUCT)
    d.add(
        tube(
            [(0.03, 0.14, 0.5 * height), (0.03, 0.15, 0.15), (0.1, 0.3, 0.03), (0.5, 0.6, 0.02), (1.4, 1.3, 0.02)],
            0.014,
            10,
        ),
        m.ARM_CABLE,
    )
    where = pose((*xy_m, 0.0))
    stand(
        builder, "pedestal", "pedestal", "static_object", [(finish(f"station.pedestal.{height:.6f}", d, True), where)]
    )


def _rib(outline: Any, thick: float) -> tuple[Any, Any]:
    """An upright triangular plate in the plane of x and z."""
    vertices, faces = prism(outline, -0.5 * thick, 0.5 * thick)
    return vertices[:, [0, 2, 1]] * np.array([1.0, -1.0, 1.0]), faces


def add_fence(
    builder: SceneBuilder, name: str, runs: Sequence[tuple[tuple[float, float], tuple[float, float]]]
) -> None:
    """Posts and welded mesh along runs (from, to); what lies between runs is open."""
    post, mesh = Draft(), Draft()
    for (x0, y0), (x1, y1) in runs:
        length = math.hypot(x1 - x0, y1 - y0)
        count = max(1, round(length / 1.0))
        ux, uy = (x1 - x0) / length, (y1 - y0) / length
        for k in range(count + 1):
            at = (x0 + ux * length * k / count, y0 + uy * length * k / count)
            post.add(box((at[0], at[1], 1.05), (0.05, 0.05, 2.1)), m.FENCE_POST)
            post.add(box((at[0], at[1], 0.006), (0.12, 0.12, 0.012)), m.FENCE_POST)
        for k in range(count):
            a, b = 0.035 + length * k / count, length * (k + 1) / count - 0.035
            frame = pose((x0, y0, 0.0), (0.0, 0.0, 1.0), math.atan2(uy, ux))
            for z in (0.18, 2.0):
                mesh.add(box((0.5 * (a + b), 0.0, z), (b - a, 0.02, 0.02)), m.FENCE_MESH, pose=frame)
            wires = int((b - a) / 0.05)
            for n in range(wires + 1):
                x = a + (b - a) * n / wires
                mesh.add(box((x, 0.0, 1.09), (0.0035, 0.0035, 1.82)), m.FENCE_MESH, pose=frame)
            for n in range(1, 10):
                mesh.add(
                    box((0.5 * (a + b), 0.003, 0.18 + 0.182 * n), (b - a, 0.0035, 0.0035)), m.FENCE_MESH, pose=frame
                )
    stand(
        builder,
        "fence",
        "fence",
        "fence",
        [(finish(f"{name}.fence", post), None), (finish(f"{name}.fence.mesh", mesh), None)],
    )


def add_racks(builder: SceneBuilder, seed: int) -> None:
    """Shelving with boxes and totes along the back and the right wall."""
    rng = stream(seed, "station", "racks")
    cartons = (palette.CARDBOARD, palette.CARDBOARD_WHITE, palette.CARDBOARD_DARK, palette.CARDBOARD)
    tints = [m.tote_plastic(t, 0.3, 0.0) for t in ("grey", "blue", "grey", "red")]
    bays = [((-1.6 + 2.15 * k - 2.15, 3.6), 0.0) for k in range(4)] + [
        ((4.9, -1.4 + 2.15 * k), -0.5 * math.pi) for k in range(2)
    ]
    for n, ((x, y), turn) in enumerate(bays):
        d, frame = Draft(), pose((x, y, 0.0), (0.0, 0.0, 1.0), turn)
        for sx in (1.0, -1.0):
            for sy in (1.0, -1.0):
                d.add(box((sx * 1.03, sy * 0.36, 1.4), (0.07, 0.06, 2.8)), m.STEEL_BLUE, pose=frame)
            for z in (0.5, 1.3, 2.1):
                d.add(tube([(sx * 1.03, -0.36, z), (sx * 1.03, 0.36, z + 0.5)], 0.012, 6), m.STEEL_BLUE, pose=frame)
        for level in range(4):
            z = 0.25 + 0.78 * level
            for sy in (1.0, -1.0):
                d.add(box((0.0, sy * 0.37, z - 0.05), (2.0, 0.04, 0.1)), m.STEEL_ORANGE, pose=frame)
            d.add(box((0.0, 0.0, z + 0.008), (2.0, 0.78, 0.016)), m.SHELF, pose=frame)
            at = -0.98
            while at < 0.6:
                wide, deep, tall = rng.uniform((0.28, 0.3, 0.16), (0.5, 0.6, 0.5)).tolist()
                if at + wide > 0.98:
                    break
                if rng.uniform() < 0.82:
                    middle = (at + 0.5 * wide, float(rng.uniform(-0.06, 0.06)), z + 0.016 + 0.5 * tall)
                    some = tints if rng.uniform() < 0.35 else cartons
                    d.add(
                        rounded_box(middle, (wide, deep, tall), 24.0, 20, 0.06), some[int(rng.integers(4))], pose=frame
                    )
                    label = (at + 0.5 * wide, middle[1] - 0.5 * deep - 0.0005, z + 0.02 + 0.6 * tall)
                    d.add(box(label, (0.3 * wide, 0.002, 0.22 * tall)), palette.LABEL, pose=frame)
                at += wide + float(rng.uniform(0.02, 0.12))
        stand(builder, f"rack[{n + 1}]", "rack", "static_object", [(finish(f"station.rack.{seed}.{n}", d, True), None)])


def _cabinet(builder: SceneBuilder) -> None:
    """The arm's controller behind it, and a post with a screen at the front."""
    d = Draft()
    d.add(rounded_box((1.5, 1.55, 0.5), (0.6, 0.5, 0.9), 16.0, 28, 0.05), m.CABINET)
    d.add(box((1.5, 1.298, 0.72), (0.34, 0.006, 0.2)), m.SCREEN)
    d.add(box((1.5, 1.297, 0.42), (0.4, 0.005, 0.012)), m.DUCT)
    for k in range(5):
        d.add(box((1.5, 1.298, 0.2 + 0.03 * k), (0.42, 0.005, 0.01)), m.ARM_DARK)
    d.add(box((1.5, 1.55, 0.03), (0.56, 0.46, 0.06)), m.FOOT)
    d.add(tube([(-1.5, -0.55, 0.0), (-1.5, -0.55, 1.25)], 0.03, 14), m.PROFILE)
    d.add(
        lathe([(0.0, 0.0), (0.2, 0.0), (0.2, 0.012), (0.04, 0.03), (0.0, 0.03)], 28),
        m.PEDESTAL,
        pose=pose((-1.5, -0.55, 0.0)),
    )
    panel = pose((-1.5, -0.6, 1.32), (0.0, 0.0, 1.0), 0.5)
    d.add(rounded_box((0.0, 0.0, 0.0), (0.42, 0.05, 0.28), 16.0, 28, 0.1), m.ARM_DARK, pose=panel)
    d.add(box((0.0, -0.0262, 0.0), (0.37, 0.002, 0.23)), m.SCREEN, pose=panel)
    stand(builder, "cabinet", "cabinet", "static_object", [(finish("station.cabinet", d, True), None)])
