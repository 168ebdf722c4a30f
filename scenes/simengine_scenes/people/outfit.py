"""What people wear: drawn as words and indices (``Outfit``), worn as materials and cuts (``Wear``)."""

from __future__ import annotations

from dataclasses import dataclass

from simengine.rng import stream
from simengine.world.materials import Material
from simengine_scenes import palette
from simengine_scenes.people.hair import hair_styles
from simengine_scenes.people.measures import MEASURES
from simengine_scenes.shapes.variety import drawn_style

__all__ = ["CUTS", "Outfit", "Wear", "outfit", "worn"]

CUTS = ("jumper", "jacket", "hoodie", "striped", "tee", "coat")
"""Of what is worn on top; "striped" is a jumper, "tee" has short sleeves, a "coat" ends halfway down the thigh."""
_CUT_SHARE = (0.3, 0.28, 0.18, 0.08, 0.16, 0.0)
_COAT_SHARE, _SKIRT_SHARE = 0.2, 0.3
"""Of those on foot, and of women on foot."""
_SHORTS_SHARE = 0.5
"""Of those in a T-shirt."""
_BRIGHT = ("red", "yellow", "blue", "orange", "green", "pink", "white", "navy")
_SOBER = ("navy", "black", "grey", "white", "green", "red", "khaki", "blue")
_TROUSERS = ("denim", "navy", "black", "grey", "khaki")
_ACCENTS = ("white", "navy", "grey", "red", "black")


@dataclass(frozen=True)
class Outfit:
    """Colours: words of ``palette.CLOTHES`` and indices into the tables of shoes, skin and hair; and what is worn.

    Attributes:
        top, trousers, accent: colours; the accent is that of stripes and cords.
        shoes, skin, hair: indices.
        cut: one of ``CUTS``.
        shorts: trousers end above the knee.
        skirt: to the knee, of the colour of the trousers.
        style: of the hair, one of ``hair.STYLES``; "": the usual one.
    """

    top: str
    trousers: str
    shoes: int
    skin: int
    hair: int
    cut: str = "jumper"
    accent: str = "white"
    shorts: bool = False
    skirt: bool = False
    style: str = ""

    @property
    def key(self) -> str:
        """Short name, for mesh names."""
        below = f"{self.trousers}{'.skirt' if self.skirt else '.shorts' if self.shorts else ''}"
        return f"{self.cut}.{self.top}.{self.accent}.{below}.{self.shoes}{self.skin}{self.hair}{self.style}"


@dataclass(frozen=True)
class Wear:
    """The same as materials, for those who draft bodies.

    Attributes:
        top, accent, trousers, skin, shoes: materials.
        cut: one of ``CUTS``, or "plain": under or in place of something else.
        shorts: trousers end above the knee.
        skirt: worn in place of trousers.
    """

    top: Material
    accent: Material
    trousers: Material
    skin: Material
    shoes: Material
    cut: str
    shorts: bool
    skirt: bool = False


def outfit(model: str, seed: int, afoot: bool = False) -> Outfit:
    """Draw an outfit; children wear brighter colours, people on foot coats and skirts as well."""
    draw = stream(seed, "outfit", model)
    tops = _BRIGHT if MEASURES[model].child else _SOBER
    top, below, shoes = tops[int(draw.integers(len(tops)))], int(draw.integers(len(_TROUSERS))), int(draw.integers(2))
    skin = int(draw.choice(4, p=(0.55, 0.2, 0.15, 0.1)))
    hair = int(draw.choice(4, p=(0.3, 0.35, 0.2, 0.15)))
    cut = CUTS[int(draw.choice(len(CUTS), p=_CUT_SHARE))]
    others = [c for c in _ACCENTS if c != top]
    accent = others[int(draw.integers(len(others)))] if cut in ("hoodie", "striped") else "grey"
    shorts = bool(draw.random() < _SHORTS_SHARE) and cut == "tee"
    b = MEASURES[model]
    if afoot and draw.random() < _COAT_SHARE:
        cut, shorts = "coat", False
    skirt = bool(draw.random() < _SKIRT_SHARE) and afoot and b.woman and cut != "coat"
    styles = hair_styles(b)
    style = styles[drawn_style(seed, len(styles), "hair", model)]
    shade = 3 + hair % 3 if b.grey else hair % 2 if skin > 1 else hair % 3 if b.child else hair
    return Outfit(top, _TROUSERS[below], shoes, skin, shade, cut, accent, shorts and not skirt, skirt, style)


def worn(clothes: Outfit, over: Material | None = None) -> Wear:
    """The materials of an outfit; ``over``: a plain garment is worn in place of (or over) the top."""
    return Wear(
        palette.cloth(clothes.top) if over is None else over, palette.cloth(clothes.accent),
        palette.cloth(clothes.trousers), palette.SKIN[clothes.skin], palette.SHOES[clothes.shoes],
        clothes.cut if over is None else "plain", clothes.shorts, clothes.skirt,
    )  # fmt: skip
