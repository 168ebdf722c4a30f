"""Coats of animals: their colours, and the marks that are painted over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from simengine.arrays import F64Array
from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.animals.shapes import AnimalShape
from simengine_scenes.shapes.draft import Draft, Surface
from simengine_scenes.shapes.parting import parted
from simengine_scenes.shapes.shades import Shade, shaded, shades_of
from simengine_scenes.shapes.variety import drawn_between

__all__ = ["Coat", "add_marked", "coat", "marks_of"]

Level = Callable[[F64Array], F64Array]
"""Of places on the trunk (N, 3), see ``_places``; a mark is where it is above 0."""


@dataclass(frozen=True)
class Coat:
    """What one animal looks like.

    Attributes:
        back, belly, patch: colours (keys of ``palette.coat``) of the back, of belly and inner sides, of patches.
        marks: "", "rump" (deer), "saddle" (dog), "patches" and "face" (cow).
        seed: places patches.
        shades: of the back and of the belly.
        girth, neck, bone: depth of the trunk and of the neck, and thickness of legs, over the usual ones.
        bend: how far knees and hocks of hind legs, and of forelegs, stand apart along the body beyond the usual, over
            the height of the leg.
    """

    back: str
    belly: str
    patch: str
    marks: str
    seed: int
    shades: tuple[Shade, Shade] = ((5, 2), (5, 2))
    girth: float = 1.0
    neck: float = 1.0
    bone: float = 1.0
    bend: tuple[float, float] = (0.0, 0.0)

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        tone = "".join(str(k) for shade in self.shades for k in shade)
        build = ".".join(f"{v:g}" for v in (self.girth, self.neck, self.bone, *self.bend))
        return f"{self.back}.{self.belly}.{self.patch}.{self.marks}.{self.seed}.{tone}.{build}"

    @property
    def fur(self) -> Material:
        """Of the back."""
        return shaded(palette.coat(self.back), self.shades[0])

    @property
    def below(self) -> Material:
        """Of belly and inner sides."""
        return shaded(palette.coat(self.belly), self.shades[self.belly != self.back])


_COATS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "deer": (("deer_red", "deer_pale", "rump", "rump"), ("deer_brown", "deer_pale", "rump", "rump"),
             ("deer_grey", "deer_pale", "rump", "rump")),
    "boar": (("boar_dark", "boar_dark", "boar_brown", ""), ("boar_brown", "boar_dark", "boar_dark", ""),
             ("boar_grey", "boar_dark", "boar_dark", "")),
    "dog": (("dog_tan", "dog_tan", "dog_black", "saddle"), ("dog_black", "dog_black", "dog_black", ""),
            ("dog_white", "dog_white", "dog_brown", "patches"), ("dog_brown", "dog_tan", "dog_brown", ""),
            ("dog_grey", "dog_white", "dog_black", "saddle"), ("dog_tan", "dog_white", "dog_tan", "")),
    "cow": (("cow_white", "cow_white", "cow_black", "patches"), ("cow_white", "cow_white", "cow_black", "patches"),
            ("cow_brown", "cow_white", "cow_white", "face"), ("cow_fawn", "cow_fawn", "cow_fawn", ""),
            ("cow_white", "cow_white", "cow_brown", "patches"), ("cow_black", "cow_black", "cow_white", "face")),
}  # fmt: skip


def coat(model: str, seed: int) -> Coat:
    """Draw a coat."""
    draw = stream(seed, "coat", model)
    back, belly, patch, marks = _COATS[model][int(draw.integers(len(_COATS[model])))]
    placed = int(draw.integers(64)) if marks == "patches" else int(draw.integers(2))
    girth, neck = drawn_between(seed, 0.93, 1.09, "girth", model), drawn_between(seed, 0.86, 1.10, "neck", model)
    bone = drawn_between(seed, 0.87, 1.15, "bone", model)
    bend = drawn_between(seed, -0.04, 0.06, "hind", model), drawn_between(seed, 0.0, 0.04, "fore", model)
    (light, warm), (light_below, warm_below) = shades_of(seed)
    tones = (light, 2 + warm // 2), (light_below, 2 + warm_below // 2)  # fur is never bluish
    return Coat(back, belly, patch, marks, placed, tones, girth, neck, bone, bend)


def _places(points: F64Array, shape: AnimalShape) -> F64Array:
    """Points (N, 3) as (N, 3): along the trunk from 0 (rump) to 1 (chest), aside, and up, -1 below to 1 on the back."""
    x, y, z = points.T
    rows = np.asarray(shape.trunk)
    height, wide, half = (np.interp(x, rows[:, 0], rows[:, k]) for k in (1, 2, 3))
    along_it = (x - rows[0, 0]) / (rows[-1, 0] - rows[0, 0])
    return np.stack([along_it, y / np.maximum(wide, 0.05), (z - height) / np.maximum(half, 0.05)], -1)


def marks_of(shape: AnimalShape, look: Coat, model: str) -> list[tuple[int, Level]]:
    """What is painted over the back's colour: 1 belly, 2 patches, each where its level is above 0."""
    draw = stream(look.seed, "marks", model)
    waves = draw.uniform(-1.0, 1.0, (6, 4))

    def ragged(p: F64Array) -> F64Array:
        """Smooth noise within -1..1: hair does not end in straight lines."""
        u, v, w = p.T
        return sum(
            (np.sin((7.0 + 5.0 * k) * (a * u + 0.25 * b * v + 0.3 * c * w) + 9.0 * d) for k, (a, b, c, d)
             in enumerate(waves.tolist())), np.zeros(len(p)),
        ) / len(waves)  # fmt: skip

    marks: list[tuple[int, Level]] = [(1, lambda p: -0.72 - p[:, 2] + 0.12 * ragged(p))]
    first, last = (float(np.interp(x, (shape.trunk[0][0], shape.trunk[-1][0]), (0.0, 1.0)))
                   for x in (shape.trunk[1][0], shape.trunk[-3][0]))  # fmt: skip
    if look.marks == "rump":
        marks.append((2, lambda p: np.minimum(first + 0.03 - p[:, 0], 0.75 - p[:, 2])))
    if look.marks == "saddle":
        marks.append((2, lambda p: np.minimum(
            np.minimum(p[:, 2] - 0.1 + 0.25 * ragged(p), p[:, 0] - first), last - p[:, 0] + 0.05 * ragged(p)
        )))  # fmt: skip
    if look.marks == "patches":
        spots = [(draw.random(), draw.uniform(-1.2, 1.2), draw.uniform(-0.7, 1.2), draw.uniform(0.10, 0.26))
                 for _ in range(8)]  # fmt: skip
        spots.append((draw.uniform(0.2, 0.8), draw.choice((-1.0, 1.0)), 0.5, draw.uniform(0.2, 0.3)))

        def patches(p: F64Array) -> F64Array:
            u, v, w = p.T
            rough = ragged(p)
            near = [r * (1.0 + 0.45 * rough) - np.sqrt((u - a) ** 2 + (0.2 * (v - b)) ** 2 + (0.2 * (w - c)) ** 2)
                    for a, b, c, r in spots]  # fmt: skip
            return np.maximum.reduce(near)

        marks.append((2, patches))
    return marks


def add_marked(
    draft: Draft, surface: Surface, shape: AnimalShape, look: Coat, marks: Sequence[tuple[int, Level]]
) -> None:
    """A surface in the back's colour with some marks."""
    choice = np.zeros(len(surface[1]), np.int64)
    for code, level in marks:
        surface, origin, above = parted(surface, level(_places(surface[0], shape)))
        choice = np.where(above, code, choice[origin])
    draft.add(surface, [look.fur, look.below, palette.coat(look.patch)], choice)
