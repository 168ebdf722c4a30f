"""People at work: a vest or a jacket of high visibility (ISO 20471) over what they wear, and a helmet (EN 397).

A vest is cut from the plain top of its model: its faces between hem and neck, moved outward by a centimetre. All of a
model who wear one of a colour share its mesh. Its bands are retroreflective.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

from simengine.arrays import F64Array, I64Array, frozen
from simengine.rng import stream
from simengine.world.materials import Material
from simengine.world.scene import Asset, Mesh, Part
from simengine_scenes import palette
from simengine_scenes.people.outfit import Outfit, outfit
from simengine_scenes.people.person import person_asset
from simengine_scenes.people.sizes import PERSON_SIZE_M
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.shapes.recolour import recoloured
from simengine_scenes.shapes.solids import lathe, pose

__all__ = ["WORKER_SIZE_M", "worker_asset"]

_OUT_M, _BAND_M, _HELMET_M = 0.012, 0.055, 0.028
WORKER_SIZE_M: dict[str, tuple[float, float, float]] = {
    model: (round(PERSON_SIZE_M[model][0] + 0.012, 4), PERSON_SIZE_M[model][1],
            round(PERSON_SIZE_M[model][2] + _HELMET_M, 4))
    for model in ("adult", "adult_f")
}  # fmt: skip
"""Length, width and height by model: somebody with a helmet on."""
_HELMETS = ("white", "yellow", "blue", "red", "orange", "green")
_JACKET_SHARE = 0.3
"""Of those whose sleeves are of high visibility too."""
_VESTS = (palette.HIVIS, palette.HIVIS, palette.HIVIS_ORANGE)


def worker_asset(model: str, variety: int) -> Asset:
    """Somebody of a model in ``WORKER_SIZE_M``; clothes, vest or jacket, and helmet come from ``variety``."""
    draw = stream(variety, "worker", model)
    vest, helmet = int(draw.integers(len(_VESTS))), _HELMETS[int(draw.integers(len(_HELMETS)))]
    return _worker(model, variety, vest, helmet, bool(draw.random() < _JACKET_SHARE))


@lru_cache(maxsize=256)
def _worker(model: str, variety: int, vest: int, helmet: str, jacket: bool) -> Asset:
    clothes = replace(outfit(model, variety), cut="plain", shorts=False)
    if jacket:  # white is worn by no trousers
        clothes, cloth = replace(clothes, top="white"), _VESTS[vest]
        swap = {palette.cloth("white").name: cloth}
        plain = recoloured(person_asset(model, clothes), swap, lambda name: f"{name}.{cloth.name}")
    else:
        plain = person_asset(model, clothes)
    torso = next(p for p in plain.parts if p.name == "torso")
    head = next(p for p in plain.parts if p.name == "head")
    pieces = (
        (torso, "vest", _vest(model, vest), (_VESTS[vest], palette.TAPE)),
        (head, "helmet", *_helmet(model, clothes.style, helmet)),
    )
    meshes, materials, parts = list(plain.meshes), list(plain.materials), list(plain.parts)
    for below, name, mesh, own in pieces:
        table = np.array([_place(materials, m) for m in own], np.int32)
        meshes.append(replace(mesh, face_material=frozen(table[mesh.face_material], np.int32)))
        parts.append(Part(len(meshes) - 1, 0, below.link, below.frame_from_mesh, below.semantic, name))
    entity = replace(plain.entity, kind="worker", size_m=WORKER_SIZE_M[model])
    return replace(plain, entity=entity, meshes=tuple(meshes), materials=tuple(materials), parts=tuple(parts))


def _place(materials: list[Material], material: Material) -> int:
    if material not in materials:
        materials.append(material)
    return materials.index(material)


@lru_cache(maxsize=16)
def _vest(model: str, vest: int) -> Mesh:
    """The shell of a plain top from hem to collar; its faces count 0 cloth, 1 tape."""
    pattern = person_asset(model, Outfit("white", "black", 0, 0, 0, "plain"))
    torso = pattern.meshes[next(p.mesh for p in pattern.parts if p.name == "torso")]
    assert torso.vertex_normals is not None
    points, normals = torso.vertices_m.astype(np.float64), torso.vertex_normals.astype(np.float64)
    top = torso.face_material == pattern.materials.index(palette.cloth("white"))
    used = points[torso.faces[top]]
    low, high = float(used[..., 2].min()), float(used[..., 2].max())
    tall = high - low
    levels = [low + 0.03 * tall, low + 0.20 * tall, low + 0.20 * tall + _BAND_M, low + 0.45 * tall,
              low + 0.45 * tall + _BAND_M, low + 0.90 * tall]  # fmt: skip
    corners = np.concatenate([points, normals], -1)[torso.faces[top]]
    rows: list[F64Array] = []
    kinds: list[int] = []
    for k, (a, b) in enumerate(pairwise(levels)):
        for triangle in corners:
            for piece in _between(triangle, a, b):
                rows.append(piece)
                kinds.append(k % 2)
    cut = np.array(rows)
    unit = cut[..., 3:] / np.maximum(np.linalg.norm(cut[..., 3:], axis=-1, keepdims=True), 1e-9)
    out = cut[..., :3] + _OUT_M * unit
    faces: I64Array = np.arange(3 * len(rows)).reshape(-1, 3)
    return Mesh(
        f"{model}.vest.{vest}", frozen(out.reshape(-1, 3), np.float32), frozen(faces, np.int32),
        frozen(np.array(kinds), np.int32), frozen(unit.reshape(-1, 3), np.float32),
    )  # fmt: skip


def _between(triangle: F64Array, low: float, high: float) -> list[F64Array]:
    """The triangles (3, 6) of what lies of a triangle between two heights."""
    ring = list(triangle)
    for bound, sign in ((low, 1.0), (high, -1.0)):
        kept: list[F64Array] = []
        for k, here in enumerate(ring):
            after = ring[(k + 1) % len(ring)]
            a, b = sign * (here[2] - bound), sign * (after[2] - bound)
            if a >= 0.0:
                kept.append(here)
            if (a < 0.0) != (b < 0.0):
                kept.append(here + (after - here) * (a / (a - b)))
        ring = kept
        if len(ring) < 3:
            return []
    return [np.stack([ring[0], ring[k], ring[k + 1]]) for k in range(1, len(ring) - 1)]


@lru_cache(maxsize=64)
def _helmet(model: str, style: str, colour: str) -> tuple[Mesh, tuple[Material, ...]]:
    """A shell with a peak, where the skull is widest; it reaches ``_HELMET_M`` above the hair."""
    bare = person_asset(model, Outfit("white", "black", 0, 0, 0, "plain", style=style))
    head = bare.meshes[next(p.mesh for p in bare.parts if p.name == "head")]
    points = head.vertices_m.astype(np.float64)
    high = points.max(0)
    top = points[points[:, 2] > high[2] - 0.1]  # the skull alone: hair may fall behind
    middle = 0.5 * (top.min(0) + top.max(0))
    rx, ry = 0.5 * float(np.ptp(top[:, 0])) + 0.012, 0.5 * float(np.ptp(top[:, 1])) + 0.014
    tall = 0.086 + _HELMET_M
    base = float(high[2]) + _HELMET_M - tall
    angle = np.linspace(0.0, 0.5 * np.pi, 7)
    shell = [(float(np.cos(t)) ** 0.55, float(np.sin(t))) for t in angle[:-1]] + [(0.0, 1.0)]
    vertices, faces = lathe(shell, 24)
    draft = Draft()
    at = pose((float(middle[0]), float(middle[1]), base))
    paint = palette.helmet(colour)
    size = np.array([rx, ry, tall])
    draft.add((vertices * size, faces), paint, pose=at)
    inner, back = lathe([(0.0, 0.002), (1.0, 0.002)], 24)
    draft.add((inner * size * np.array([1.0, 1.0, 0.0]), back[:, ::-1].copy()), palette.PLASTIC, pose=at)
    brim, over = lathe([(0.9, -0.004), (1.1, -0.004), (1.1, 0.004), (0.9, 0.012)], 24)
    brim = brim * np.array([rx, ry, 1.0])
    ahead = brim[:, 0] > 0.3 * rx
    brim[:, 0] = np.where(ahead, brim[:, 0] * 1.18, brim[:, 0])
    draft.add((brim, over), paint, pose=at)
    mesh = draft.mesh(f"{model}.{style}.helmet.{colour}")
    return mesh, draft.table()
