"""Road, walkways, walls with panels and niches, and the ceiling of a tunnel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simengine.arrays import F64Array
from simengine.world.builder import SceneBuilder
from simengine_scenes import palette
from simengine_scenes.roads.ground import MARKING_M, dashes, kerb, ribbon, sheet
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.lettering import word
from simengine_scenes.shapes.piece import Piece, at, finish, stand
from simengine_scenes.shapes.solids import box, quad
from simengine_scenes.town.plate import filled
from simengine_scenes.tunnel import materials as m
from simengine_scenes.tunnel.plan import DOOR_M, KERB_M, NICHE_M, TunnelPlan

__all__ = ["add_bore", "add_road"]

_LINE_M = 0.15
_TRIM_M = 0.25
"""Height of the coloured band on top of the panels."""


def add_road(builder: SceneBuilder, plan: TunnelPlan, key: str) -> None:
    """Asphalt (lighter inside), paint, kerbs and walkways, from end to end."""
    road, lay, span = plan.road, plan.lay, plan.span_m
    draft, across = Draft(), (road.kerb_right_m, road.kerb_left_m)
    cuts = (span[0], *plan.portal_m, span[1])
    for k, surface in enumerate((palette.ASPHALT, m.ROAD, palette.ASPHALT)):
        draft.add(ribbon((cuts[k], cuts[k + 1]), across, 0.0, lay), surface)
    stand(builder, "road", "road", "road", [(finish(f"tunnel.road.{key}", draft), None)])
    stand(builder, "marking", "marking", "lane_marking", [(finish(f"tunnel.paint.{key}", _paint(plan)), None)])
    walk = Draft()
    for side, edge in ((-1.0, road.kerb_right_m), (1.0, road.kerb_left_m)):
        walk.add(kerb(span, edge, side, KERB_M, 0.16, lay), palette.KERB)
        y = sorted((edge + side * 0.16, edge + side * (road.pavement_width_m + 0.02)))
        walk.add(ribbon(span, (y[0], y[1]), KERB_M, lay), m.WALKWAY)
    stand(builder, "walkway", "pavement", "pavement", [(finish(f"tunnel.walkway.{key}", walk), None)])


def _paint(plan: TunnelPlan) -> Draft:
    """Edge lines, lane lines, and between the directions two solid ones inside and 60 m before it."""
    road, lay, span = plan.road, plan.lay, plan.span_m
    paint, half = Draft(), 0.5 * _LINE_M

    def line(x: tuple[float, float], y: float) -> None:
        paint.add(ribbon(x, (y - half, y + half), MARKING_M, lay), palette.MARKING)

    line(span, road.edge_right_m - half)
    line(span, road.edge_left_m + half)
    for k in range(1, road.lanes):
        y = road.edge_right_m + k * road.lane_width_m
        if k != road.forward_lanes:
            paint.add(dashes(span, y, _LINE_M, 6.0, 12.0, lay), palette.MARKING)
            continue
        low, high = plan.portal_m[0] - 60.0, plan.portal_m[1] + 60.0
        for x in ((span[0], low), (high, span[1])):
            paint.add(dashes(x, y, _LINE_M, 6.0, 12.0, lay), palette.MARKING)
        for off in (-0.15, 0.15):
            line((low, high), y + off)
    return paint


def add_bore(builder: SceneBuilder, plan: TunnelPlan, key: str) -> None:
    """Walls up to where the vault begins, niches and exits in them, and the vault."""
    low, high = plan.portal_m
    walls = Draft()
    for side in (-1.0, 1.0):
        holes = [(s - 0.5 * NICHE_M[0], s + 0.5 * NICHE_M[0]) for s in plan.niches_m] if side < 0 else []
        _wall(walls, plan, side, holes)
    stand(builder, "walls", "wall", "wall", [(finish(f"tunnel.walls.{key}", walls), None)])
    vault = Draft().add(sheet(plan.lay, (low, high), plan.vault()), m.CEILING)
    stand(builder, "ceiling", "ceiling", "wall", [(finish(f"tunnel.vault.{key}", vault, smooth=plan.arch), None)])
    niche, way_out = _niche(), _exit()
    y = plan.half_m
    places: list[tuple[Piece, F64Array | None]] = [(niche, plan.lay.pose(s, -y, KERB_M)) for s in plan.niches_m]
    if places:
        stand(builder, "niches", "niche", "wall", places)
    doors: list[tuple[Piece, F64Array | None]] = [(way_out, plan.lay.pose(s, y, KERB_M)) for s in plan.exits_m]
    if doors:
        stand(builder, "exits", "exit", "wall", doors)


def _wall(draft: Draft, plan: TunnelPlan, side: float, holes: Sequence[tuple[float, float]]) -> None:
    """One wall: panels, a coloured band, and plain wall above in a box; a hole for each niche."""
    low, high = plan.portal_m
    y, panel = side * plan.half_m, min(plan.wall_m, 3.0)

    def strip(x: tuple[float, float], bottom: float, top: float) -> Surface:
        ends = np.array([(y, bottom), (y, top)])
        return sheet(plan.lay, x, ends if side < 0 else ends[::-1])

    edges = [low, *(v for hole in holes for v in hole), high]
    for k in range(0, len(edges), 2):
        draft.add(strip((edges[k], edges[k + 1]), -0.02, KERB_M + NICHE_M[2]), m.PANEL)
    draft.add(strip((low, high), KERB_M + NICHE_M[2], panel - _TRIM_M), m.PANEL)
    draft.add(strip((low, high), panel - _TRIM_M, panel), m.BAND)
    if plan.wall_m > panel:
        draft.add(strip((low, high), panel, plan.wall_m), m.CEILING)


def _niche() -> Piece:
    """A niche behind y = 0, that looks along +y: recess, cabinets with telephone and extinguishers, a sign."""
    length, deep, high = NICHE_M
    d, a = Draft(), 0.5 * length
    d.add(quad((-a, -deep, 0.0), (a, -deep, 0.0), (a, 0.0, 0.0), (-a, 0.0, 0.0)), m.WALKWAY)
    d.add(quad((a, -deep, 0.0), (-a, -deep, 0.0), (-a, -deep, high), (a, -deep, high)), m.PANEL)
    d.add(quad((-a, -deep, 0.0), (-a, 0.0, 0.0), (-a, 0.0, high), (-a, -deep, high)), m.PANEL)
    d.add(quad((a, 0.0, 0.0), (a, -deep, 0.0), (a, -deep, high), (a, 0.0, high)), m.PANEL)
    d.add(quad((-a, 0.0, high), (a, 0.0, high), (a, -deep, high), (-a, -deep, high)), m.CEILING)
    d.add(box((-0.55, 0.18 - deep, 1.15), (0.8, 0.34, 1.3)), m.CABINET)
    d.add(box((0.55, 0.18 - deep, 1.15), (0.8, 0.34, 1.3)), palette.BARRIER_RED)
    for x in (-0.55, 0.55):
        d.add(box((x, 0.36 - deep, 1.35), (0.5, 0.02, 0.5)), palette.SIGN_WHITE)
    for x in (-a - 0.04, a + 0.04):
        d.add(box((x, 0.01, 0.5 * high), (0.08, 0.04, high)), m.CABINET)
    _flag(d, (a + 0.35, 0.35, 2.65), "SOS")
    return finish("tunnel.niche", d)


def _exit() -> Piece:
    """A door in a green frame in the wall y = 0, that looks along -y, with a sign across the walkway."""
    d = Draft()
    d.add(box((0.0, -0.02, 1.15), (2.4, 0.06, 2.5)), m.SIGN_GREEN)
    d.add(box((0.0, -0.06, 1.05), (DOOR_M, 0.04, 2.1)), m.DOOR)
    d.add(box((0.0, -0.09, 1.05), (1.2, 0.03, 0.06)), palette.GALVANISED)
    _flag(d, (1.5, -0.35, 2.65), "")
    return finish("tunnel.exit", d)


_RUNNING: list[list[tuple[float, float]]] = [
    [(0.20, 0.86), (0.12, 0.94), (0.02, 0.90), (0.0, 0.80), (0.08, 0.73), (0.18, 0.77)],
    [(-0.02, 0.70), (0.16, 0.66), (0.02, 0.36), (-0.14, 0.40)],
    [(0.0, 0.40), (0.22, 0.24), (0.14, 0.02), (0.04, 0.04), (0.10, 0.20), (-0.10, 0.34)],
    [(-0.14, 0.40), (-0.02, 0.36), (-0.22, 0.14), (-0.44, 0.12), (-0.42, 0.22), (-0.26, 0.24)],
    [(0.14, 0.66), (0.34, 0.50), (0.30, 0.44), (0.10, 0.56)],
    [(-0.02, 0.70), (-0.24, 0.60), (-0.30, 0.42), (-0.22, 0.40), (-0.16, 0.54), (0.0, 0.62)],
]
"""Somebody who runs to the right, 1 high: head, trunk, legs, arms."""


def _flag(draft: Draft, at_m: tuple[float, float, float], text: str) -> None:
    """A small lit sign on the wall, across the road: seen from both sides."""
    x, y, z = at_m
    draft.add(box((x, y, z), (0.08, 0.6, 0.6)), m.SIGN_GREEN)
    front = Draft()
    for shape in word(text, -0.1, 0.2, -0.045, 0.16, 0.75) if text else []:
        front.add(shape, m.SIGN_WHITE)
    for shape in [] if text else _RUNNING:
        front.add(filled([(0.45 * h, 0.5 * v - 0.24) for h, v in shape[::-1]], -0.045), m.SIGN_WHITE)
    for yaw in (0.0, np.pi):
        draft.extend(front.moved(at(0.0, 0.0, 0.0, yaw)), np.array([x, y, z]))
