"""Shades: things of one kind are a little lighter or darker, warmer or colder than each other, as sun and dirt made
them. Steps are such that one sees them apart (2.3 in CIE L*a*b*)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from simengine.rng import stream
from simengine.world.library import EntityKind
from simengine.world.materials import Material
from simengine.world.scene import Asset, Mesh
from simengine.world.splits import held_out

__all__ = ["Shade", "drawn_shade", "dusty", "in_shade", "in_shades", "shaded", "shades_of"]

Shade = tuple[int, int]
"""Steps from dark to light and from cold to warm."""
_LEVELS, _WARMTHS = 6, 5
_DUST, _DUST_NIR = (0.36, 0.30, 0.23), 0.4
_DARKEST, _STEP, _WARM = 0.62, 1.11, 0.09


def drawn_shade(draw: np.random.Generator) -> Shade:
    """One of thirty."""
    return int(draw.integers(_LEVELS)), int(draw.integers(_WARMTHS))


def shaded(material: Material, shade: Shade) -> Material:
    """The same surface in a shade."""
    level, warm = _DARKEST * _STEP ** shade[0], _WARM * (shade[1] - _WARMTHS // 2)
    r, g, b = (
        round(min(0.95, c * level * (1.0 + k * warm)), 4)
        for c, k in zip(material.albedo, (0.5, 0.0, -1.0), strict=True)
    )
    nir = round(min(1.0, material.nir * level), 4)
    return replace(material, name=f"{material.name}.{shade[0]}{shade[1]}", albedo=(r, g, b), nir=nir)


def dusty(material: Material, share: float) -> Material:
    """The same surface under dust of the road, which covers up to three fifths of it."""
    if share <= 0.0:
        return material
    cover = 0.6 * share
    r, g, b = (round(c + cover * (d - c), 4) for c, d in zip(material.albedo, _DUST, strict=True))
    nir = round(material.nir + cover * (_DUST_NIR - material.nir), 4)
    rough = round(material.roughness + cover * (0.95 - material.roughness), 4)
    name = f"{material.name}.d{round(100 * share)}"
    return replace(material, name=name, albedo=(r, g, b), roughness=rough, nir=nir)


def shades_of(variety: int) -> tuple[Shade, Shade]:
    """Two shades of a variety: the first of those that are held out is never the first of the others."""
    kept = held_out(variety)
    some = [k for k in range(_LEVELS * _WARMTHS) if held_out(k) is kept]
    draw = stream(variety, "shade")
    return divmod(some[int(draw.integers(len(some)))], _WARMTHS), drawn_shade(draw)


def in_shades(kind: EntityKind) -> EntityKind:
    """A kind of thing whose varieties have shades."""
    build = kind.build
    if build is None:
        return kind

    def built(model: str, values: Mapping[str, Any], variety: int) -> Asset:
        return in_shade(build(model, values, variety), *shades_of(variety))

    return replace(kind, build=built)


def in_shade(asset: Asset, first: Shade, second: Shade) -> Asset:
    """The same thing, with the two materials that one sees most of in a shade each. Other meshes stay shared."""
    chosen = dict(zip(_seen_most(asset), (first, second), strict=False))
    table = tuple(shaded(m, chosen[k]) if k in chosen else m for k, m in enumerate(asset.materials))
    meshes: list[Mesh] = []
    for mesh in asset.meshes:
        own = [table[k].name for k in chosen if (mesh.face_material == k).any()]
        meshes.append(replace(mesh, name=".".join((mesh.name, *own))) if own else mesh)
    return replace(asset, materials=table, meshes=tuple(meshes))


def _seen_most(asset: Asset) -> list[int]:
    """Indices of the two materials with the largest surface, dark ones counting less: none that shines or throws light
    back, bare metal only where there is nothing else."""
    area = np.zeros(len(asset.materials))
    for part in asset.parts:
        mesh = asset.meshes[part.mesh]
        a, b, c = (mesh.vertices_m[mesh.faces[:, k]] for k in range(3))
        cross = np.cross(b - a, c - a)
        area += np.bincount(mesh.face_material, np.sqrt((cross * cross).sum(-1)), len(area))
    for k, m in enumerate(asset.materials):
        dead = m.retro > 0.0 or max(m.emission) > 0.0 or m.name in asset.glows
        area[k] *= 0.0 if dead else float(np.cbrt(np.mean(m.albedo))) * (1e-6 if m.metalness > 0.5 else 1.0)
    return [int(k) for k in np.argsort(-area, kind="stable")[:2] if area[k] > 0.0]
