"""How different the things and worlds of a library are from draw to draw: near duplicates, and parameters covered.

Two things are *near duplicates* if they have the same parts, no extent of a part differs by more than 1 cm and no mean
colour of a part by more than 2.3 in CIE L*a*b* (the just noticeable difference; Mahy, Van Eycken and Oosterlinck,
"Evaluation of uniform color spaces developed after the adoption of CIELAB and CIELUV", 1994). Two worlds are if at
least 95 % of what stands in them is alike: the same mesh within the same square metre (Jaccard index).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from simengine.arrays import F64Array
from simengine.engine.catalogue import libraries
from simengine.engine.events import Event, Report
from simengine.engine.gallery import world_scene
from simengine.errors import SceneError, UsageError, did_you_mean
from simengine.rng import stream, stream_key
from simengine.world.library import EntityKind, Property, WorldKind
from simengine.world.scene import Asset, Scene

__all__ = ["Diversity", "diversity", "looks_of", "near_duplicates", "stands_in"]

_SAME_M, _SAME_COLOUR, _SAME_SHARE = 0.01, 2.3, 0.95
_BINS = 10
_D65 = np.array([0.95047, 1.0, 1.08883])
_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)


@dataclass(frozen=True)
class Diversity:
    """What a number of draws of one kind of thing, or of one world, showed.

    Attributes:
        name: "car", "world street".
        draws: how many were made.
        refused: how many of them make no scene (properties that do not go together).
        near_duplicates: how many are nearly equal to an earlier one.
        covered: of each property that was drawn, the share of its words, or of ten equal bins of its range, that occur.
        triangles: fewest, mean and most.
    """

    name: str
    draws: int
    refused: int
    near_duplicates: int
    covered: Mapping[str, float]
    triangles: tuple[int, float, int]

    @property
    def rate(self) -> float:
        """Share of the draws that are near duplicates of earlier ones."""
        made = self.draws - self.refused
        return self.near_duplicates / made if made else 0.0

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        low, mean, high = self.triangles
        return {
            "name": self.name, "draws": self.draws, "refused": self.refused, "near_duplicates": self.near_duplicates,
            "near_duplicate_rate": self.rate, "parameter_coverage": dict(self.covered),
            "triangles": {"min": low, "mean": mean, "max": high},
        }  # fmt: skip


def diversity(only: Sequence[str], draws: int, seed: int, report: Report) -> tuple[Diversity, ...]:
    """Draw every kind of thing and every world (or those named) and compare all draws with each other.

    Models, words and whole numbers are drawn with equal shares, other numbers evenly from their range; what a variety's
    seed decides (clothes, loads, houses, trees) is drawn as in runs. Weather and light are left at their defaults.

    Raises:
        UsageError: a name that no library has, or fewer than two draws.
    """
    if draws < 2:
        raise UsageError(f"--draws should be 2 or more; found {draws}")
    known = libraries().values()
    worlds = {w.name: w for library in known for w in library.worlds.values() if w.build is not None}
    kinds = {k.name: k for library in known for k in library.entities.values() if k.build is not None}
    names = [*worlds, *kinds]
    for name in only:
        if name not in names:
            near = did_you_mean(name, names)
            hint = f"did you mean '{near}'?" if near else f"there are {', '.join(names)}"
            raise UsageError(f"no library has a world or an entity '{name}'; {hint}")
    chosen = [n for n in names if not only or n in only]
    found: list[Diversity] = []
    for k, n in enumerate(chosen):
        made = _of_world(worlds[n], draws, seed, report) if n in worlds else _of_kind(kinds[n], draws, seed, report)
        refused = f", {made.refused:,} refused" if made.refused else ""
        told = f"{made.name}: {made.rate:.1%} near duplicates of {made.draws:,} draws{refused}"
        report(Event("note", told, k, k + 1, len(chosen)))
        found.append(made)
    return tuple(found)


def _of_kind(kind: EntityKind, draws: int, seed: int, report: Report) -> Diversity:
    assert kind.build is not None
    models = list(kind.models) or [n for n in kind.size_m if n] or [""]
    drawn = [p for p in kind.properties if p.type.choices]
    seen: dict[str, set[Hashable]] = {**({"model": set()} if len(models) > 1 else {}), **{p.name: set() for p in drawn}}
    looks: list[tuple[Hashable, F64Array, F64Array]] = []
    triangles: list[int] = []
    for k in range(draws):
        if k % 16 == 0:
            report(Event("stage", f"{kind.name}: draw {k + 1} of {draws:,}", k, k + 1, draws))
        pick = stream(seed, "diversity", kind.name, k)
        model = models[int(pick.integers(len(models)))]
        values = {p.name: p.default for p in kind.properties} | {p.name: _drawn(p, pick) for p in drawn}
        for name, found in (("model", model), *((p.name, values[p.name]) for p in drawn)):
            if name in seen:
                seen[name].add(found)
        asset = kind.build(model, values, stream_key(seed, "diversity", kind.name, k) >> 65)
        looks.append(looks_of(asset))
        triangles.append(sum(len(asset.meshes[p.mesh].faces) for p in asset.parts))
    room = {"model": len(models)} | {p.name: len(p.type.choices) for p in drawn}
    covered = {name: len(found) / room[name] for name, found in seen.items()}
    return Diversity(kind.name, draws, 0, near_duplicates(looks), covered, _spread(triangles))


def _of_world(world: WorldKind, draws: int, seed: int, report: Report) -> Diversity:
    drawn = [p for p in world.properties if p.spatial and p.runs and _is_drawn(p)]
    seen: dict[str, set[Hashable]] = {p.name: set() for p in drawn}
    made: list[frozenset[Hashable]] = []
    triangles: list[int] = []
    refused = 0
    for k in range(draws):
        if k % 16 == 0:
            report(Event("stage", f"world {world.name}: draw {k + 1} of {draws:,}", k, k + 1, draws))
        pick = stream(seed, "diversity", world.name, k)
        values = {p.name: _drawn(p, pick) for p in drawn}
        try:
            scene = world_scene(world, values, stream_key(seed, "diversity", world.name, k) >> 65)
        except SceneError:
            refused += 1
            continue
        for p in drawn:
            seen[p.name].add(_bin(p, values[p.name]))
        made.append(stands_in(scene))
        triangles.append(sum(len(scene.meshes[p.mesh].faces) for p in scene.parts))
    copies = 0
    for k, one in enumerate(made):
        copies += any(_alike(one, other) for other in made[:k])
    covered = {p.name: len(seen[p.name]) / (len(p.type.choices) or _room(p)) for p in drawn}
    return Diversity(f"world {world.name}", draws, refused, copies, covered, _spread(triangles))


def _is_drawn(p: Property) -> bool:
    return bool(p.type.choices) or (p.type.kind in ("real", "int") and bool(np.isfinite(p.low) and np.isfinite(p.high)))


def _drawn(p: Property, pick: np.random.Generator) -> Any:
    if p.type.choices:
        return p.type.choices[int(pick.integers(len(p.type.choices)))]
    if p.type.kind == "int" or p.whole:
        return int(pick.integers(int(p.low), int(p.high) + 1))
    return float(pick.uniform(p.low, p.high))


def _room(p: Property) -> int:
    """Bins of a range: ten, or each whole number where there are fewer."""
    return min(_BINS, int(p.high - p.low) + 1) if p.type.kind == "int" or p.whole else _BINS


def _bin(p: Property, value: Any) -> Hashable:
    if p.type.choices:
        return value
    count = _room(p)
    return min(count - 1, int((value - p.low) / ((p.high - p.low) or 1.0) * count))


def _spread(counts: list[int]) -> tuple[int, float, int]:
    return (min(counts), float(np.mean(counts)), max(counts)) if counts else (0, 0.0, 0)


def looks_of(asset: Asset) -> tuple[Hashable, F64Array, F64Array]:
    """What an asset looks like: its parts, their bounds (P, 6) in metres, their mean colours (P, 3) in L*a*b*."""
    bounds, colours = np.zeros((len(asset.parts), 6)), np.zeros((len(asset.parts), 3))
    albedo = np.array([m.albedo for m in asset.materials], np.float64).reshape(-1, 3)
    for k, part in enumerate(asset.parts):
        mesh = asset.meshes[part.mesh]
        corners = mesh.vertices_m[mesh.faces].astype(np.float64)
        if not len(corners):
            continue
        area = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=1)
        share = area / area.sum() if area.sum() > 0 else np.full(len(area), 1.0 / len(area))
        bounds[k] = [*corners.min((0, 1)), *corners.max((0, 1))]
        colours[k] = _lab((share[:, None] * albedo[mesh.face_material]).sum(0))
    return tuple((p.name, p.link) for p in asset.parts), bounds, colours


def _lab(linear: F64Array) -> F64Array:
    """CIE L*a*b* (D65) of linear sRGB, by CIE 15."""
    t = (_XYZ * linear).sum(1) / _D65
    root: F64Array = np.cbrt(t)
    f = np.where(t > (6 / 29) ** 3, root, t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def near_duplicates(looks: Sequence[tuple[Hashable, F64Array, F64Array]]) -> int:
    """How many are nearly equal to an earlier one (see the module)."""
    groups: dict[Hashable, tuple[list[F64Array], list[F64Array]]] = {}
    count = 0
    for parts, bounds, colours in looks:
        sizes, paints = groups.setdefault(parts, ([], []))
        if sizes:
            apart = np.abs(np.stack(sizes) - bounds).max((1, 2), initial=0.0)
            unlike = np.linalg.norm(np.stack(paints) - colours, axis=-1).max(1, initial=0.0)
            count += bool(((apart <= _SAME_M) & (unlike <= _SAME_COLOUR)).any())
        sizes.append(bounds)
        paints.append(colours)
    return count


def stands_in(scene: Scene) -> frozenset[Hashable]:
    """What stands where in a world: meshes by name and square metre."""
    return frozenset(
        (scene.meshes[p.mesh].name, *(int(v) for v in np.floor(p.frame_from_mesh[:2, 3]))) for p in scene.parts
    )


def _alike(one: frozenset[Hashable], other: frozenset[Hashable]) -> bool:
    both = len(one & other)
    return both >= _SAME_SHARE * (len(one) + len(other) - both)
