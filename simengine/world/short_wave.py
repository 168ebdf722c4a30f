"""Reflectance at 1550 nm, the light of some LiDARs, from that at 905 nm and from what a surface is made of.

Water absorbs 1550 nm strongly (11 per cm, against 0.07 at 905 nm: L. Kou, D. Labrie and P. Chylek 1993), so all that
holds water is darker there: leaves by two fifths, skin by two thirds, snow by nine tenths. Dry minerals, dust and
rubber are a little brighter; plastics and wood have overtones of C-H and O-H nearby.
Ratios follow the spectra of R. F. Kokaly et al. 2017, USGS Spectral Library Version 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from simengine.world.materials import Material
from simengine.world.scene import Scene
from simengine.world.substances import Substance, substance_of

__all__ = ["reflectance_1550", "short_wave"]

_RATIO: Mapping[Substance, float] = {
    Substance.METAL: 1.05, Substance.GLASS: 1.0, Substance.PLASTIC: 0.9, Substance.RUBBER: 1.3, Substance.TISSUE: 0.95,
    Substance.WOOD: 0.85, Substance.STONE: 1.12, Substance.SOIL: 0.8, Substance.FOLIAGE: 0.6, Substance.WATER: 0.05,
}  # fmt: skip
"""Reflectance at 1550 nm over that at 905 nm. Soil is under grass; tissue is mostly cloth and fur."""
_OWN: Mapping[str, float] = {"skin": 0.33, "lips": 0.33, "snow": 0.1, "grass": 0.6, "leaves": 0.6}
"""The same by words of materials' names, before the substance."""


def reflectance_1550(material: Material) -> float:
    """Of a dry surface, 0..1; its own ``swir`` where it has one."""
    if material.swir is not None:
        return material.swir
    words = re.split(r"[-_.]", material.name.lower())
    ratio = next((_OWN[w] for w in words if w in _OWN), _RATIO[substance_of(material)])
    return min(1.0, ratio * material.nir)


def short_wave(scene: Scene) -> Scene:
    """The same scene with the reflectances of 1550 nm in the places of those of 905 nm, dry: water on the ground is
    where the light falls (``simengine.world.wetness``)."""
    return replace(scene, materials=tuple(replace(m, nir=reflectance_1550(m)) for m in scene.materials))
