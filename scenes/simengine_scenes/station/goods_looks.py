"""Colours and surfaces of goods, from their properties: tint, roughness, wear, wet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simengine.world.materials import Material, Pattern
from simengine_scenes.palette import rgb
from simengine_scenes.station.materials import damp

__all__ = ["TINTS", "Looks"]

TINTS: dict[str, str] = {
    "white": "e4e3de",
    "brown": "9c6b3f",
    "black": "26272a",
    "red": "b3261e",
    "blue": "23529b",
    "green": "2f7d45",
    "yellow": "dcb327",
}
_PRINTS = ("c8352b", "1f5fa8", "2c8a4b", "e0a51c", "6a3d8f", "14767e", "d4632a", "2b2d33")


MADE_OF: dict[str, str] = {
    "banana": "foliage", "banana_tip": "foliage", "skin": "foliage", "stalk": "wood", "nutshell": "wood",
    "nutseam": "wood", "cork": "wood", "card": "wood", "pages": "wood", "paper": "wood", "shell": "stone",
    "bowl": "stone", "copper": "metal", "dimple": "metal", "foam": "plastic", "scrub": "plastic", "felt": "plastic",
    "main": "plastic", "print": "plastic", "ink": "plastic", "gap": "plastic", "clear": "plastic",
}  # fmt: skip
"""Substances of surfaces by their names, where neither metalness nor the name tells them. Paper and card are wood,
fruit is wet like leaves."""


@dataclass(frozen=True)
class Looks:
    """Materials of one good.

    Attributes:
        tint: word of ``TINTS``, or "" where the program says nothing: then the variety chooses.
        roughness: of its main surface, 0..1.
        wear: 0 new .. 1 worn.
        wet: 0 dry .. 1 dripping.
        variety: which print, pattern and colour of cap.
    """

    tint: str
    roughness: float
    wear: float
    wet: float
    variety: int

    @classmethod
    def of(cls, values: Mapping[str, Any], variety: int) -> Looks:
        """From the values of a good's properties."""

        def share(name: str, usual: float) -> float:
            return round(min(max(float(values.get(name, usual)), 0.0), 1.0), 3)

        rough, wear, wet = share("roughness", 0.5), share("wear", 0.2), share("wet", 0.0)
        return cls(str(values.get("tint") or ""), rough, wear, wet, variety)

    @property
    def key(self) -> str:
        """Part of the names of meshes and materials that depend on it."""
        return f"{self.tint}.{self.roughness}.{self.wear}.{self.wet}.{self.variety}"

    def main(self, nir: float = 0.5, pattern: Pattern = Pattern.PLAIN, scale_m: float = 0.1) -> Material:
        """The main surface in its tint."""
        return self.own("main", self.code(), nir, pattern, scale_m)

    def code(self) -> str:
        """Hex code of the tint."""
        word = self.tint or tuple(TINTS)[self.variety % len(TINTS)]
        return TINTS[word]

    def own(
        self,
        name: str,
        code: str,
        nir: float = 0.5,
        pattern: Pattern = Pattern.PLAIN,
        scale_m: float = 0.1,
        roughness: float | None = None,
        specular: float = 0.045,
        metal: float = 0.0,
    ) -> Material:
        """A surface of this good; without a roughness of its own it has that of the good."""
        r, g, b = rgb(code)
        pale = 0.12 * self.wear
        albedo = (round(r + (0.4 - r) * pale, 5), round(g + (0.4 - g) * pale, 5), round(b + (0.38 - b) * pale, 5))
        rough = 0.06 + 0.84 * self.roughness if roughness is None else roughness
        rough = min(rough + 0.3 * self.wear * (1.0 - rough), 1.0)
        known = f"goods_{name}_{code}_{round(rough, 4)}_{self.wear}"
        made = Material(
            known, albedo, round(rough, 4), specular, metal, nir=nir, pattern=pattern, pattern_scale_m=scale_m,
            substance=MADE_OF.get(name, ""),
        )  # fmt: skip
        return damp(made, self.wet)

    def print(self, nth: int = 0) -> Material:
        """An ink: each variety has another set of them."""
        return self.own("print", _PRINTS[(self.variety + 3 * nth) % len(_PRINTS)], 0.45)

    def paper(self) -> Material:
        """White print ground."""
        return self.own("paper", "ecebe5", 0.7)

    def ink(self) -> Material:
        """Black print."""
        return self.own("ink", "1b1c1f", 0.06)

    def steel(self, roughness: float = 0.25) -> Material:
        """Bare metal."""
        return self.own("steel", "c2c5c8", 0.6, roughness=roughness, specular=0.35, metal=0.7)

    def brass(self) -> Material:
        """Bare brass or copper."""
        return self.own("brass", "c9a35a", 0.7, roughness=0.3, specular=0.3, metal=0.6)
