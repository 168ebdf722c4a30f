"""Animals: a trunk, a neck with its head, and four legs of four parts each (``simengine.physics.quadruped``).

Landmarks have the seventeen names of AP-10K (H. Yu et al. 2021), which joins the data sets of animal poses."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import lru_cache

import numpy as np

from simengine.arrays import Array, F64Array
from simengine.world.materials import Material
from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes import palette
from simengine_scenes.animals.coats import Coat, add_marked, coat, marks_of
from simengine_scenes.animals.shapes import ANIMALS, AnimalShape, Joint
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.solids import ellipsoid, loft, mirrored, pose, ring, tube

__all__ = ["ANIMAL_SIZE_M", "along", "animal_asset", "ear_surface", "fine", "skin"]

ANIMAL_SIZE_M: dict[str, tuple[float, float, float]] = {
    "deer": (1.74, 0.415, 1.54),
    "boar": (1.602, 0.416, 0.847),
    "dog": (1.08, 0.245, 0.817),
    "cow": (2.455, 0.74, 1.528),
}
"""Length with the tail, width and height with the ears, by model."""


_FLAT = (0.62, 0.72, 0.85)
"""Width of the three bones of a leg over their depth."""
_SEGMENTS, _NOSE_FROM = 16, 0.86
"""Round a head, and where along it the bare nose begins."""


def _built(shape: AnimalShape, look: Coat) -> AnimalShape:
    """The shape with the girth, the neck and the legs of one animal; back, box, hips and feet stay where they are."""
    first, last = shape.trunk[0][0], shape.trunk[-1][0]
    more = [(look.girth - 1.0) * math.sin(math.pi * (x - first) / (last - first)) for x, _, _, _ in shape.trunk]
    trunk = tuple((x, z - h * g, w, h * (1.0 + g)) for (x, z, w, h), g in zip(shape.trunk, more, strict=True))
    neck = (shape.neck[0], *((x, z, look.neck * r) for x, z, r in shape.neck[1:-1]), shape.neck[-1])
    hind_y, fore_y = shape.leg_y_m
    a, b, c, d, e, f = (look.bone * r for r in shape.hind_r)
    g, h, i, j, k, m = (look.bone * r for r in shape.fore_r)
    return replace(
        shape, trunk=trunk, neck=neck, hind=_bent(shape.hind, look.bend[0]), fore=_bent(shape.fore, -look.bend[1]),
        hind_r=(a, b, c, d, e, f), fore_r=(g, h, i, j, k, m),
        leg_y_m=(hind_y - _FLAT[0] * (a - shape.hind_r[0]), fore_y - _FLAT[0] * (g - shape.fore_r[0])),
    )  # fmt: skip


def _bent(joints: tuple[Joint, Joint, Joint, Joint], share: float) -> tuple[Joint, Joint, Joint, Joint]:
    """A leg whose second joint is moved forward and whose third one back, by a share of its height each."""
    top, (x, z), (u, w), foot = joints
    move = share * top[1]
    return top, (x + move, z), (u - move, w), foot


def skin(rows: Array, narrow: float, segments: int) -> Surface:
    """Skin round points (N, 3) x, z, radius in the middle plane; ``narrow`` times as wide as high, with round ends."""
    x, z, r = rows.T
    step = np.stack([np.gradient(x), np.gradient(z)], -1)
    along = step / np.sqrt((step * step).sum(-1, keepdims=True))
    unit = ring((1.0, 1.0), segments, 2.1)
    rings: list[F64Array] = []
    for k in range(len(rows)):
        up = np.array([-along[k, 1], 0.0, along[k, 0]])
        middle = np.array([x[k], 0.0, z[k]])
        side = np.array([0.0, 1.0, 0.0])
        rings.append(middle + r[k] * (narrow * unit[:, :1] * side + unit[:, 1:] * up))
    return loft(np.stack(rings))


def along(surface: Surface, rows: int, segments: int) -> F64Array:
    """Where the faces (F,) of a ``skin`` lie along it, 0 first row to 1 last: colours end at rings, not at steps."""
    bands = rows - 1
    share = (np.arange(bands) + 0.5) / bands
    out = np.concatenate([np.repeat(share, 2 * segments), np.zeros(segments), np.ones(segments)])
    assert len(out) == len(surface[1])
    return out


def fine(rows: tuple[tuple[float, ...], ...], times: int = 3) -> Array:
    """The rows with smooth ones between them (Catmull-Rom)."""
    p = np.asarray(rows, np.float64)
    q = np.concatenate([2 * p[:1] - p[1:2], p, 2 * p[-1:] - p[-2:-1]])
    out: list[F64Array] = []
    for k in range(len(p) - 1):
        a, b, c, d = q[k : k + 4]
        for n in range(times):
            t = n / times
            out.append(
                0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t**3)
            )
    out.append(p[-1])
    smooth = np.stack(out)
    smooth[:, 2:] = np.maximum(smooth[:, 2:], 0.3 * p[:, 2:].min(0))
    return smooth


def _trunk_surface(shape: AnimalShape) -> Surface:
    rows = fine(shape.trunk, 4)
    unit = ring((1.0, 1.0), 28, 2.25)
    rings = [
        np.column_stack([np.full(28, x), w * unit[:, 0], z + h * unit[:, 1] - 0.06 * h * (1.0 - unit[:, 1] ** 2)])
        for x, z, w, h in rows.tolist()
    ]
    return loft(np.stack(rings))


def _add_trunk(draft: Draft, shape: AnimalShape, look: Coat, model: str) -> None:
    """The trunk in its colours, which meet in smooth lines."""
    add_marked(draft, _trunk_surface(shape), shape, look, marks_of(shape, look, model))


def ear_surface(shape: AnimalShape, fur: Material, lining: Material) -> tuple[Surface, list[Material], Array]:
    """A leaf that stands on its root, hollow in front: widest at two fifths of its length, and pointed."""
    _, length, half, _ = shape.ear
    rings: list[F64Array] = []
    for share, wide in ((0.0, 0.62), (0.15, 0.86), (0.38, 1.0), (0.60, 0.84), (0.80, 0.50), (0.93, 0.22), (1.0, 0.06)):
        unit = ring((1.0, 1.0), 12)
        deep = np.where(unit[:, 0] > 0.0, 0.06 - 0.30 * (1.0 - unit[:, 1] ** 2), 0.38 * unit[:, 0])
        rings.append(np.column_stack([half * wide * deep, half * wide * unit[:, 1], np.full(12, share * length)]))
    surface = loft(np.stack(rings))
    a, b, c = (surface[0][surface[1][:, k]] for k in range(3))
    ahead = np.cross(b - a, c - a)[:, 0] > 0.0
    return surface, [fur, lining], ahead.astype(np.int64)


def _add_head(a: Assembly, model: str, shape: AnimalShape, look: Coat, trunk: int) -> None:
    """Neck and head, which nod together."""
    hinge = shape.neck[0]
    neck = a.link("neck", (hinge[0], 0.0, hinge[1]), trunk)
    fur, dark = look.fur, palette.coat("muzzle")
    front = palette.coat(look.patch) if look.marks == "face" else fur
    mask = palette.coat("dog_black") if look.marks == "saddle" else front
    d = Draft().add(skin(fine(shape.neck, 2), shape.narrow, 16), fur)
    rows = fine(shape.head, 3)
    surface = skin(rows, shape.narrow, _SEGMENTS)
    choice = np.where(along(surface, len(rows), _SEGMENTS) > _NOSE_FROM, 1, 0)
    d.add(surface, [mask, palette.coat("pink") if model == "cow" and look.marks else dark], choice)
    root, _, _, out = shape.ear
    placed = Draft().add(*ear_surface(shape, fur, look.below if look.belly != look.back else palette.coat("ear")))
    turned = placed.moved(pose(root, (1.0, -0.35, 0.0), -out))
    d.extend(turned, np.zeros(3)).extend(turned.mirror(), np.zeros(3))
    size = 0.16 * shape.head[2][2] + 0.004
    eye = ellipsoid(shape.eye, (1.2 * size, 0.9 * size, size), 6, 8)
    d.add(eye, palette.EYE).add(mirrored(eye), palette.EYE)
    _add_extras(d, model, shape, look)
    x, y, z = shape.eye
    for word, sign in (("left", 1.0), ("right", -1.0)):
        a.landmark("animal", f"{word}_eye", (x, sign * y, z), 0.03, neck)
    tip, throat = shape.head[-1], shape.neck[1]
    a.landmark("animal", "nose", (tip[0] + 0.5 * tip[2], 0.0, tip[1]), 0.03, neck)
    a.landmark("animal", "neck", (throat[0], 0.0, throat[1]), 1.3 * throat[2], neck)
    a.add("head", f"{model}.{look.key}.head", d, CLASS_ID["animal"], neck)


def _add_extras(d: Draft, model: str, shape: AnimalShape, look: Coat) -> None:
    """Antlers, horns, tusks."""
    x, y, z = shape.ear[0]
    pieces: list[tuple[Surface, Material]] = []
    if model == "deer" and look.seed == 1:
        spike = [(x + 0.04, 0.6 * y, z), (x + 0.02, 1.0 * y, z + 0.07), (x + 0.05, 1.2 * y, z + 0.130)]
        pieces.append((tube(spike, [0.014, 0.011, 0.004], 7), palette.coat("horn")))
    if model == "cow" and look.marks != "patches":
        horn = [(x + 0.03, 0.6 * y, z + 0.05), (x + 0.05, 1.5 * y, z + 0.10), (x + 0.12, 1.7 * y, z + 0.122)]
        pieces.append((tube(horn, [0.028, 0.020, 0.006], 8), palette.coat("horn")))
    if model == "boar":
        snout = shape.head[-2]
        tusk = [(snout[0] - 0.07, 0.75 * snout[2], snout[1] - 0.02), (snout[0] - 0.05, 1.05 * snout[2], snout[1] + 0.0),
                (snout[0] - 0.06, 1.1 * snout[2], snout[1] + 0.04)]  # fmt: skip
        pieces.append((tube(tusk, [0.010, 0.008, 0.002], 6), palette.coat("cow_white")))
    for surface, material in pieces:
        d.add(surface, material).add(mirrored(surface), material)


def _bone(a: Joint, b: Joint, y_m: float, radii: tuple[float, float], flat: float) -> Surface:
    """A limb's part between two joints, flattened across, with round ends that reach over the joints."""
    p, q = np.array([a[0], a[1]]), np.array([b[0], b[1]])
    way = (q - p) / np.sqrt(((q - p) ** 2).sum())
    ra, rb = radii
    points = [p - 0.75 * ra * way, p - 0.45 * ra * way, p, 0.6 * p + 0.4 * q, 0.2 * p + 0.8 * q, q, q + 0.5 * rb * way,
              q + 0.8 * rb * way]  # fmt: skip
    size = [0.35 * ra, 0.8 * ra, ra, 0.75 * ra + 0.25 * rb, 0.2 * ra + 0.8 * rb, rb, 0.8 * rb, 0.35 * rb]
    vertices, faces = tube([(u[0], 0.0, u[1]) for u in points], size, 10)
    vertices = vertices * np.array([1.0, flat, 1.0]) + np.array([0.0, y_m, 0.0])
    return vertices, faces


def _foot(joint: Joint, y_m: float, shape: AnimalShape, radius: float, paw: bool, fur: Material) -> Draft:
    """Pastern and hoof, or paw; the sole is at z = 0."""
    (x, z), (length, half) = joint, shape.foot_m
    d = Draft()
    toe = x + 0.45 * length
    d.add(tube([(x - 0.2 * radius, y_m, z + 0.6 * radius), (x, y_m, z), (x + 0.2 * length, y_m, 0.42 * z)],
               [0.8 * radius, radius, 0.95 * radius], 10), fur)  # fmt: skip
    unit = ring((1.0, 1.0), 14, 2.3)
    rows = ((0.0, 1.0, 0.0), (0.25 * z, 0.95, 0.0), (0.55 * z, 0.72, -0.12), (0.75 * z, 0.45, -0.2))
    rings = [
        np.column_stack([
            toe + (0.5 * k * unit[:, 0] + s - 0.28) * length, y_m + k * half * unit[:, 1], np.full(14, h)
        ]) for h, k, s in rows
    ]  # fmt: skip
    d.add(loft(np.stack(rings)), fur if paw else palette.HOOF)
    return d


def _add_leg(a: Assembly, model: str, shape: AnimalShape, look: Coat, trunk: int, end: str, side: str) -> None:
    sign = 1.0 if side == "l" else -1.0
    joints, radii = (shape.hind, shape.hind_r) if end == "h" else (shape.fore, shape.fore_r)
    y = sign * shape.leg_y_m[0 if end == "h" else 1]
    lower = (
        palette.coat("muzzle") if model == "boar" else look.below if look.marks in ("patches", "saddle") else look.fur
    )
    patches = [mark for mark in marks_of(shape, look, model) if look.marks == "patches" and mark[0] == 2]
    names, parent = ("up", "mid", "low", "foot"), trunk
    links: list[int] = []
    for name, joint in zip(names, joints, strict=True):
        parent = a.link(f"leg_{name}_{end}{side}", (joint[0], y, joint[1]), parent)
        links.append(parent)
    key, animal = f"{model}.{look.key}.{end}{side}", CLASS_ID["animal"]
    for k, flat in enumerate(_FLAT):
        piece, draft = _bone(joints[k], joints[k + 1], y, (radii[2 * k], radii[2 * k + 1]), flat), Draft()
        if k == 0:
            add_marked(draft, piece, shape, look, patches)
        else:
            draft.add(piece, look.fur if k == 1 else lower)
        a.add(f"{names[k]}_{end}{side}", f"{key}.{names[k]}", draft, animal, links[k])
    word = "left" if side == "l" else "right"
    names_of = ("hip", "knee", "back_paw") if end == "h" else ("shoulder", "elbow", "front_paw")
    paw = (joints[3][0] + 0.2 * shape.foot_m[0], 0.35 * joints[3][1])
    for point, at, thick, link in zip(
        names_of, (joints[0], joints[1], paw), (1.4 * radii[0], 1.4 * radii[1], 2.0 * radii[5]),
        (links[0], links[1], links[3]), strict=True,
    ):  # fmt: skip
        a.landmark("animal", f"{word}_{point}", (at[0], y, at[1]), thick, link)
    foot = _foot(joints[3], y, shape, radii[5], model == "dog", lower)
    a.add(f"foot_{end}{side}", f"{key}.foot", foot, animal, links[3])


@lru_cache(maxsize=128)
def _animal(model: str, look: Coat) -> Asset:
    shape, animal = _built(ANIMALS[model], look), CLASS_ID["animal"]
    low, high = shape.tail[-1][0], shape.head[-1][0]
    shift = -0.5 * (low + high)
    a = Assembly(shift)
    rows = np.asarray(shape.trunk)
    trunk = a.link("trunk", (0.0, 0.0, float(rows[len(rows) // 2, 1])))
    d = Draft()
    _add_trunk(d, shape, look, model)
    if model == "cow":
        d.add(ellipsoid((-0.60, 0.0, 0.66), (0.20, 0.16, 0.13), 8, 14), palette.coat("pink"))
        for u in (-0.07, 0.07):
            for w in (-0.06, 0.06):
                d.add(tube([(-0.60 + u, w, 0.57), (-0.60 + u, w, 0.50)], 0.014, 6), palette.coat("pink"))
    if model == "boar":
        crest = [(x, z + h - 0.03, 0.055) for x, z, _, h in shape.trunk[2:-1]]
        d.add(skin(fine(tuple(crest), 2), 0.35, 10), palette.coat("boar_dark"))
    tail = palette.coat("rump") if model == "deer" else palette.coat("muzzle") if model == "boar" else look.fur
    d.add(skin(fine(shape.tail, 2), 0.8, 10), tail)
    a.add("trunk", f"{model}.{look.key}.trunk", d, animal, trunk)
    a.landmark("animal", "root_of_tail", (shape.tail[0][0], 0.0, shape.tail[0][1]), 2.0 * shape.tail[0][2], trunk)
    _add_head(a, model, shape, look, trunk)
    for end in "hf":
        for side in "lr":
            _add_leg(a, model, shape, look, trunk, end, side)
    body = rows[2:-2]
    box = Box(
        (float(body[:, 0].mean()) + shift, 0.0, float(body[:, 1].mean())),
        (0.85 * float(np.ptp(body[:, 0])), 1.2 * float(body[:, 2].min()), 1.2 * float(body[:, 3].min())),
    )  # fmt: skip
    neck = shape.neck[-2]
    throat = Box((neck[0] + shift, 0.0, neck[1]), (0.8 * neck[2], 0.8 * neck[2], 1.0 * neck[2]))
    eye = (shape.eye[0] + shift, 0.0, shape.eye[2])
    leg_m = shape.hind[0][1]
    entity = Entity(
        model, "animal", model, animal, ANIMAL_SIZE_M[model], occluders=(box, throat), eye_m=eye, leg_m=leg_m
    )
    return a.asset(entity)


def animal_asset(model: str, variety: int) -> Asset:
    """An animal of a model in ``ANIMAL_SIZE_M``; its coat is drawn by the variety seed."""
    return _animal(model, coat(model, variety))
