"""The same thing in other colours: its shape is made once, and shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from simengine.arrays import frozen
from simengine.world.materials import Material
from simengine.world.scene import Asset

__all__ = ["recoloured"]


def recoloured(asset: Asset, swap: Mapping[str, Material], rename: Callable[[str], str]) -> Asset:
    """An asset with other materials in the places of some of its own: what it would be if it had been built of them.

    Args:
        asset: what is recoloured; it shares its vertices, faces and normals with the result.
        swap: what replaces a material, by that one's name. Two may become one.
        rename: names of meshes, for equal names must mean equal meshes and materials.
    """
    table: list[Material] = []
    rows: list[int] = []
    for material in asset.materials:
        own = swap.get(material.name, material)
        names = [m.name for m in table]
        if own.name not in names:
            table.append(own)
        rows.append(names.index(own.name) if own.name in names else len(names))
    merged = np.array(rows, np.int32)
    one_to_one = rows == list(range(len(rows)))
    meshes = tuple(
        replace(m, name=rename(m.name))
        if one_to_one
        else replace(m, name=rename(m.name), face_material=frozen(merged[m.face_material], np.int32))
        for m in asset.meshes
    )
    return replace(asset, meshes=meshes, materials=tuple(table))
