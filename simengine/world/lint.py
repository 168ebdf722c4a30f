"""What is wrong with a scene: things that float, sink or stand in each other, inside-out meshes, gaps in lanes.

For those who write worlds; the tests of ours call it, and ``scenes/README.md`` shows how.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from functools import cache, cached_property
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np

from simengine.arrays import Array, BoolArray, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.geometry.arcs import arc_ends
from simengine.world.lanes import Curve, LaneGraph
from simengine.world.scene import Mesh, Scene
from simengine.world.state import WorldState
from simengine.world.taxonomy import CLASS_ID, CLASSES

__all__ = ["Finding", "lint", "triangles_allowed"]

FLOAT_M, SUNK_M = 0.03, 1.5
"""How far the foot of a thing may be above the ground; how deep below it foundations may reach."""
DEPTH_M = 0.12
"""How far two things may reach into each other."""
GAP_M, GAP_RAD = 0.01, math.radians(0.5)
"""Steps of lanes and turns."""
PAINT_M = 0.015
"""Height of paint on paint, with which the ground that is drawn may differ from that of a lane."""
_GROUND = tuple(CLASS_ID[n] for n in ("road", "lane_marking", "pavement", "kerb", "terrain", "floor"))
_SOFT = (CLASS_ID["vegetation"],)
"""Leaves give way: plants may stand in each other, and reach over what is below their crowns."""
_FOUNDED = CLASS_ID["bridge"]
"""Piers and abutments reach deep into the earth, and have a road above their feet."""
_SLABS_M = (0.15, 2.2, 4.5, 8.0, 60.0)
"""Heights between which things are compared by the hulls of their footprints."""
_LIES_M = np.array([0.0, 0.0, 0.02])
"""What lies on another thing touches it."""
_LIES_UNDER_M = np.array([0.0, 0.0, 1.0])
"""The ground of a lane is looked for from 2 m above it, below what hangs over roads."""
_LONGEST_M = 60.0
"""Longer things are rows or surfaces, not things that stand somewhere."""


@dataclass(frozen=True)
class Finding:
    """Something wrong.

    Attributes:
        rule: "floats", "sinks", "overlaps", "inside out", "material", "class", "lane", "region", "budget".
        what: name of the entity, mesh, material or lane.
        detail: how much, in words.
    """

    rule: str
    what: str
    detail: str

    def __str__(self) -> str:
        return f"{self.what} {self.rule}: {self.detail}"


_TRIANGLES, _ROAD_M, _TRIANGLES_PER_M = 150_000, 1000.0, 40.0
"""Of a world with a road of up to a kilometre, and of every further metre: bent rails, land and paint grow with it."""


def triangles_allowed(lanes: LaneGraph) -> int:
    """Distinct triangles of a world: 150,000, and 40 for each metre of its longest lane beyond one kilometre."""
    longest = max((lane.centre.length_m for lane in lanes.lanes), default=0.0)
    return round(_TRIANGLES + _TRIANGLES_PER_M * max(0.0, longest - _ROAD_M))


def lint(scene: Scene, triangles_max: int | None = None) -> list[Finding]:
    """Go through a scene.

    Args:
        scene: of a world, with or without actors (which are left alone: they are placed by scenarios).
        triangles_max: of all distinct meshes together; None: :func:`triangles_allowed`.

    Returns:
        What is wrong, in a fixed order; nothing for a sound scene.
    """
    static = _Static(scene)
    rules: tuple[Callable[[_Static], Iterator[Finding]], ...] = (
        _tables, _inside_out, _grounded, _overlaps, _lanes, _lying,
    )  # fmt: skip
    out = [finding for rule in rules for finding in rule(static)]
    count = sum(len(m.faces) for m in scene.meshes)
    if triangles_max is None:
        triangles_max = triangles_allowed(scene.lanes)
    if count > triangles_max:
        out.append(Finding("budget", "scene", f"{count:,} distinct triangles; at most {triangles_max:,}"))
    return out


class _Static:
    """The things of a scene that never move, with their vertices in the world."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        frames = scene.part_transforms(WorldState.at_rest(scene.actors, len(scene.links)))
        self.parts: list[list[int]] = [[] for _ in scene.entities]
        for k, part in enumerate(scene.parts):
            self.parts[part.entity].append(k)
        self._frames = frames

    def vertices(self, part: int) -> F64Array:
        """World vertices of a part that its faces use."""
        mesh = self.scene.meshes[self.scene.parts[part].mesh]
        return tf.apply(self._frames[part], mesh.vertices_m[np.unique(mesh.faces)].astype(np.float64))

    @cached_property
    def points(self) -> list[F64Array]:
        """World vertices by entity."""
        return [
            np.concatenate([self.vertices(k) for k in own]) if own else np.zeros((0, 3)) for own in self.parts
        ]  # fmt: skip

    def standing(self) -> list[int]:
        """Entities that stand somewhere: placed, no actors, no ground, no rows."""
        out: list[int] = []
        for i, e in enumerate(self.scene.entities):
            extent = np.ptp(self.points[i][:, :2], axis=0) if len(self.points[i]) else np.full(2, np.inf)
            if e.actor < 0 and e.semantic not in _GROUND and float(extent.max()) < _LONGEST_M:
                out.append(i)
        return out

    def surface(self, entity: int, low: Array, high: Array) -> F64Array:
        """Points (N, 3) all over the faces of an entity that come near a box, some 6 cm apart."""
        out: list[F64Array] = [np.zeros((0, 3))]
        for k in self.parts[entity]:
            mesh = self.scene.meshes[self.scene.parts[k].mesh]
            corners = tf.apply(self._frames[k], mesh.vertices_m.astype(np.float64))[mesh.faces]
            near = ((corners.min(1) <= high) & (corners.max(1) >= low)).all(1)
            for a, b, c in corners[near]:
                steps = int(min(400, max(np.linalg.norm(b - a), np.linalg.norm(c - a)) / 0.06)) + 2
                u, v = (x.ravel() for x in np.meshgrid(np.linspace(0, 1, steps), np.linspace(0, 1, steps)))
                u, v = u[u + v <= 1.0 + 1e-9], v[u + v <= 1.0 + 1e-9]
                points = a + u[:, None] * (b - a) + v[:, None] * (c - a)
                out.append(points[((points >= low) & (points <= high)).all(1)])
        return np.concatenate(out)

    def ground(self) -> F64Array:
        """All surfaces that things stand on: triangles (T, 3, 3)."""
        triangles: list[F64Array] = [np.zeros((0, 3, 3))]
        for k, part in enumerate(self.scene.parts):
            if part.semantic in _GROUND and self.scene.entities[part.entity].actor < 0:
                mesh = self.scene.meshes[part.mesh]
                triangles.append(tf.apply(self._frames[k], mesh.vertices_m.astype(np.float64))[mesh.faces])
        return np.concatenate(triangles)


# ---- tables --------------------------------------------------------------------------------------------------------


def _tables(static: _Static) -> Iterator[Finding]:
    """Every entity has a class and parts, every part belongs to one; every material has all properties in range."""
    scene = static.scene
    for i, entity in enumerate(scene.entities):
        if not 0 <= entity.semantic < len(CLASSES):
            yield Finding("class", entity.name, f"there is no class {entity.semantic}")
        if not static.parts[i]:
            yield Finding("class", entity.name, "it has no parts")
    for part in scene.parts:
        if not 0 <= part.semantic < len(CLASSES) or not 0 <= part.entity < len(scene.entities):
            yield Finding("class", part.name or "part", f"class {part.semantic} of entity {part.entity}")
    for material in scene.materials:
        shares = [*material.albedo, material.roughness, material.specular, material.metalness, material.nir]
        wrong = [v for v in shares if not 0.0 <= v <= 1.0]
        numbers = [v for f in fields(material) if isinstance(v := getattr(material, f.name), float)]
        if wrong or not all(map(math.isfinite, (*numbers, *material.emission))) or min(material.emission) < 0.0:
            yield Finding("material", material.name, f"has values out of range: {wrong or material.emission}")
    for mesh in scene.meshes:
        if len(mesh.faces) and not 0 <= int(mesh.face_material.min()) <= int(mesh.face_material.max()) < len(
            scene.materials
        ):
            yield Finding("material", mesh.name, "has faces without a material")


def _inside_out(static: _Static) -> Iterator[Finding]:
    """Every closed piece of a mesh has a positive volume."""
    for mesh in static.scene.meshes:
        for volume, extent in _closed_pieces(mesh):
            if volume < -1e-9 * extent**3:
                yield Finding("inside out", mesh.name, f"a piece of {extent:.2g} m has a volume of {volume:.2g} m3")


def _closed_pieces(mesh: Mesh) -> Iterator[tuple[float, float]]:
    """Signed volume and extent of every closed connected piece."""
    coo_array: Any = import_module("scipy.sparse").coo_array
    connected_components: Any = import_module("scipy.sparse.csgraph").connected_components
    used = mesh.vertices_m[mesh.faces].reshape(-1, 3)
    _, point = np.unique(np.round(used.astype(np.float64), 5), axis=0, return_inverse=True)
    faces: I64Array = point.reshape(-1, 3)
    count = int(faces.max()) + 1 if faces.size else 0
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]]])
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    piece = np.asarray(label)[faces[:, 0]] if faces.size else np.zeros(0, np.int64)
    whole = (faces != np.roll(faces, 1, axis=1)).all(1)
    owner = np.repeat(piece[whole], 3)
    edges = np.sort(np.stack([faces[whole], np.roll(faces[whole], -1, axis=1)], axis=-1), axis=-1).reshape(-1, 2)
    _, which, times = np.unique(edges[:, 0] * count + edges[:, 1], return_inverse=True, return_counts=True)
    pieces = int(piece.max()) + 1 if piece.size else 0
    open_ = np.bincount(owner, times[which] != 2, pieces) > 0
    corners = used.reshape(-1, 3, 3).astype(np.float64)
    for k in np.flatnonzero(~open_ & (np.bincount(piece, minlength=pieces) > 3)):
        here = corners[piece == k]
        a, b, c = (here[:, j] - here.reshape(-1, 3).mean(0) for j in range(3))
        extent = float(np.ptp(here.reshape(-1, 3), axis=0).max())
        yield float((a * np.cross(b, c)).sum() / 6.0), extent


# ---- places --------------------------------------------------------------------------------------------------------


def _grounded(static: _Static) -> Iterator[Finding]:
    """The feet of things are on the ground, or on another thing."""
    below = _heights(static.ground())
    boxes = {i: (static.points[i].min(0), static.points[i].max(0)) for i in static.standing()}
    built = _long_parts(static, set(boxes))
    for i, (low, high) in boxes.items():
        if static.scene.entities[i].semantic == _FOUNDED:
            continue
        points = static.points[i]
        feet = points[points[:, 2] < low[2] + 0.02][:200]
        gap = feet[:, 2] - below(feet)
        if not np.isfinite(gap).any():
            yield Finding("floats", static.scene.entities[i].name, "there is no ground below it")
        elif float(np.nanmin(gap)) > FLOAT_M and not (_carried(i, boxes) or _touches(low, high, built)):
            yield Finding("floats", static.scene.entities[i].name, f"{float(np.nanmin(gap)):.3f} m above the ground")
        elif float(np.nanmin(gap)) < -SUNK_M:
            yield Finding("sinks", static.scene.entities[i].name, f"{-float(np.nanmin(gap)):.2f} m into the ground")


def _heights(ground: F64Array) -> Callable[[F64Array], F64Array]:
    """Height of the ground below points (N, 3), or up to 3 m above them; NaN where there is none."""
    if not len(ground):
        return lambda points: np.full(len(points), np.nan)
    mesh: Any = import_module("trimesh").Trimesh(
        ground.reshape(-1, 3), np.arange(3 * len(ground)).reshape(-1, 3), process=False
    )
    tracer: Any = import_module("trimesh.ray.ray_pyembree").RayMeshIntersector(mesh, scale_to_box=False)

    def below(points: F64Array) -> F64Array:
        origin = points + np.array([0.0, 0.0, 3.0])
        face = np.asarray(tracer.intersects_first(origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape)), np.int64)
        corner, normal = ground[face, 0], np.asarray(mesh.face_normals)[face]
        with np.errstate(divide="ignore", invalid="ignore"):
            height = corner[:, 2] - (normal[:, :2] * (origin[:, :2] - corner[:, :2])).sum(1) / normal[:, 2]
        return np.where(face >= 0, height, np.nan)

    return below


def _carried(one: int, boxes: dict[int, tuple[Array, Array]]) -> bool:
    """Whether it touches the bounding box of another thing that reaches further down."""
    low, high = boxes[one]
    return any(
        k != one
        and other[0][2] < low[2] - FLOAT_M
        and (low < other[1] + FLOAT_M).all()
        and (high > other[0] - FLOAT_M).all()
        for k, other in boxes.items()
    )


def _long_parts(static: _Static, standing: set[int]) -> list[tuple[Array, Array]]:
    """Bounding boxes of the parts of what is too long to stand somewhere: roofs of halls, rails; neither plants nor
    the ground."""
    out: list[tuple[Array, Array]] = []
    for i, entity in enumerate(static.scene.entities):
        if i not in standing and entity.actor < 0 and entity.semantic not in (*_GROUND, *_SOFT):
            points = [p for k in static.parts[i] if len(p := static.vertices(k))]
            out += [(p.min(0), p.max(0)) for p in points]
    return out


def _touches(low: Array, high: Array, boxes: list[tuple[Array, Array]]) -> bool:
    """Whether a box touches one of some that reach above it: what hangs below a roof."""
    return any(
        other[1][2] >= high[2] - FLOAT_M
        and bool((low < other[1] + FLOAT_M).all() and (high > other[0] - FLOAT_M).all())
        for other in boxes
    )


def _overlaps(static: _Static) -> Iterator[Finding]:
    """Footprints of things at the same height do not reach into each other; plants may."""
    entities = static.scene.entities
    solid = [i for i in static.standing() if entities[i].semantic not in _SOFT]

    @cache
    def hulls(i: int) -> list[F64Array]:
        return [_hull(static.points[i], *ends) for ends in pairwise(_SLABS_M)]

    low = np.array([static.points[i].min(0) for i in solid]).reshape(-1, 3)
    high = np.array([static.points[i].max(0) for i in solid]).reshape(-1, 3)
    for a, i in enumerate(solid):
        near: BoolArray = ((low[a] < high[a + 1 :]) & (high[a] > low[a + 1 :])).all(1)
        for j in (solid[a + 1 + k] for k in np.flatnonzero(near)):
            if _joined(entities[i].kind, entities[j].kind):
                continue
            inner, outer = (i, j) if np.ptp(static.points[i], 0).prod() < np.ptp(static.points[j], 0).prod() else (j, i)
            if max(_depth(p, q) for p, q in zip(hulls(i), hulls(j), strict=True)) > DEPTH_M:
                foot, top = low[solid.index(inner)] + _LIES_M, high[solid.index(inner)] - _LIES_M
                deepest = _deepest(static.surface(outer, foot, top), hulls(inner), float(foot[2] - _LIES_M[2]))
                if deepest > DEPTH_M:
                    yield Finding("overlaps", entities[inner].name, f"{deepest:.2f} m into {entities[outer].name}")


def _deepest(points: F64Array, hulls: list[F64Array], foot: float) -> float:
    """How deep the deepest of some points (N, 3) lies within the hulls of the slabs of a thing with its foot there."""
    deepest = 0.0
    for hull, (low, high) in zip(hulls, pairwise(_SLABS_M), strict=True):
        own = points[(points[:, 2] >= foot + low) & (points[:, 2] <= foot + high), :2]
        if len(hull) and len(own):
            edge = np.roll(hull, -1, axis=0) - hull
            inward = np.stack([-edge[:, 1], edge[:, 0]], axis=1)
            inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-12)
            deepest = max(deepest, float((own @ inward.T - (hull * inward).sum(1)).min(1).max()))
    return deepest


def _joined(a: str, b: str) -> bool:
    """Whether things of these kinds are one built thing, such as a signal on its post."""
    return a.split("_")[0] == b.split("_")[0] and a != b


def _hull(points: F64Array, low: float, high: float) -> F64Array:
    """Convex hull (N, 2), counter-clockwise, of what lies between two heights above the foot; edges across count."""
    z = points[:, 2] - points[:, 2].min()
    own = np.unique(np.round(points[(z >= low) & (z <= high), :2], 4), axis=0)
    if len(own) < 3 or float(np.ptp(own, axis=0).min()) < 1e-3:
        return np.zeros((0, 2))
    ConvexHull: Any = import_module("scipy.spatial").ConvexHull
    return own[np.asarray(ConvexHull(own).vertices, np.int64)]


def _depth(p: F64Array, q: F64Array) -> float:
    """How far two convex polygons reach into each other: the least over the axes that could part them."""
    if not len(p) or not len(q):
        return 0.0
    edges = np.concatenate([np.roll(p, -1, 0) - p, np.roll(q, -1, 0) - q])
    normal = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
    a, b = normal @ p.T, normal @ q.T
    return max(0.0, float(np.minimum(a.max(1) - b.min(1), b.max(1) - a.min(1)).min()))


# ---- lanes ---------------------------------------------------------------------------------------------------------


def _lanes(static: _Static) -> Iterator[Finding]:
    """Lanes and turns are continuous, neighbours know each other, and the lanes lie on the road."""
    graph = static.scene.lanes
    for i, lane in enumerate(graph.lanes):
        yield from _steps(f"lane {i + 1}", lane.centre)
        if i in graph.ring and lane.centre.arcs is not None:
            yield from _steps(f"lane {i + 1}", replace(lane.centre, arcs=np.concatenate([lane.centre.arcs] * 2)))
        for side, other, back in (("left", lane.left, "right"), ("right", lane.right, "left")):
            if other >= 0 and i != (graph.lanes[other].right if back == "right" else graph.lanes[other].left):
                yield Finding("lane", f"lane {i + 1}", f"its {side} neighbour does not know it")
    for turn in graph.turns:
        name = f"turn {turn.direction} from lane {turn.start + 1}"
        yield from _steps(name, turn.path)
        for lane, s, end in (
            (turn.start, 0.0, 0.0),
            (turn.end, turn.path.length_m, graph.lanes[turn.end].centre.length_m),
        ):
            there, way = _exactly(turn.path, s)
            centre = graph.lanes[lane].centre
            point, heading = _exactly(centre, float(centre.project(there)[0]) if lane in graph.ring else end)
            if np.linalg.norm(there - point) > GAP_M or abs(_wrapped(way - heading)) > GAP_RAD:
                yield Finding("lane", name, f"does not meet lane {lane + 1}")
    road = graph.area("road")
    if road is None:
        return
    for i, lane in enumerate(graph.lanes):
        s = np.linspace(0.0, lane.centre.length_m, 41)[1:-1]
        for share in (-0.49, 0.0, 0.49):
            inside = _inside(road.triangles_m, lane.centre.at(s, share * lane.width_m)[0][:, :2])
            if not inside.all():
                yield Finding("region", f"lane {i + 1}", f"leaves the road at s = {float(s[np.argmin(inside)]):.1f} m")


def _lying(static: _Static) -> Iterator[Finding]:
    """Lanes lie on the ground that is drawn, and on the one that actors drive on."""
    graph = static.scene.lanes
    below = _heights(static.ground())
    for i, lane in enumerate(graph.lanes):
        points = lane.centre.at(np.linspace(0.0, lane.centre.length_m, 83)[1:-1])[0]
        drawn = np.nan_to_num(below(points - _LIES_UNDER_M), nan=np.inf) - points[:, 2]
        driven = 0.0 if graph.surface is None else graph.surface.height_m(points[:, 0], points[:, 1])
        for what, gap, most in (("drawn", drawn, PAINT_M), ("surface", driven - points[:, 2], GAP_M)):
            if (off := float(np.abs(gap).max())) > most:
                yield Finding("lane", f"lane {i + 1}", f"its height is {off:.3f} m off the ground ({what})")


def _inside(triangles: F64Array, points: F64Array) -> BoolArray:
    """Whether points (N, 2) lie in one of the triangles (T, 3, 2), or 1 cm beside it."""
    a, b = triangles, np.roll(triangles, -1, axis=1)
    turn = np.sign(_cross(triangles[:, 1] - a[:, 0], triangles[:, 2] - a[:, 0]))[:, None, None]
    way = (b - a) / np.maximum(np.linalg.norm(b - a, axis=-1, keepdims=True), 1e-12)
    gap = points - a[:, :, None]
    left = turn * (way[:, :, None, 0] * gap[..., 1] - way[:, :, None, 1] * gap[..., 0])
    return (left > -GAP_M).all(1).any(0)


def _steps(name: str, curve: Curve) -> Iterator[Finding]:
    """Arcs that stand for a line follow each other without a step."""
    if curve.arcs is None or len(curve.arcs) < 2:
        return
    points, headings = arc_ends(curve.arcs)
    gap = float(np.linalg.norm(points[:-1] - curve.arcs[1:, :2], axis=1).max())
    turn = float(np.abs(np.angle(np.exp(1j * (headings[:-1] - curve.arcs[1:, 2])))).max())
    if gap > GAP_M or turn > GAP_RAD:
        yield Finding("lane", name, f"has a step of {gap:.3f} m and {math.degrees(turn):.2f} deg")


def _exactly(curve: Curve, s_m: float) -> tuple[F64Array, float]:
    """Point (3,) and heading at a station: on the arcs, where the curve has them, not on the polyline through them."""
    if curve.arcs is None:
        point, heading = curve.at(s_m)
        return point, float(heading)
    ends = np.cumsum(curve.arcs[:, 3])
    k = min(int(np.searchsorted(ends, s_m)), len(ends) - 1)
    part = curve.arcs[k : k + 1].copy()
    part[0, 3] = s_m - (ends[k] - part[0, 3])
    (point,), (heading,) = arc_ends(part)
    return np.array([*point, 0.0]), float(heading)


def _wrapped(angle: float) -> float:
    return math.remainder(angle, 2.0 * math.pi)


def _cross(a: F64Array, b: F64Array) -> F64Array:
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
