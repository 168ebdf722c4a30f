"""Surface materials with visual and near-infrared properties (reference/sensors: NIR reflectances at 905 nm)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Cutout", "Material", "Pane", "Pattern"]


class Pattern(IntEnum):
    """Procedural variation of the albedo, evaluated in the kernels from the object-space position."""

    PLAIN = 0
    ASPHALT = 1  # fine grain and broad patches
    CONCRETE = 2  # slabs with joints
    BRICK = 3  # running bond
    PLASTER = 4  # broad stains
    GRASS = 5  # mottled, two octaves
    FOLIAGE = 6  # leaf clumps
    PAVING = 7  # square paving stones
    ROOF_TILES = 8  # courses of curved tiles along the slope, every second one shifted by half a tile
    BARK = 9  # furrows along the trunk
    WOOD = 10  # grain along the horizontal
    CARDBOARD = 11  # flutes that show through the liner
    FABRIC = 12  # weave, and folds that hang
    SKIN = 13  # mottled, redder where it is darker
    ROAD_PAINT = 14  # worn off to the asphalt in spots
    FLAKES = 15  # aluminium flakes under a clear coat


class Cutout(IntEnum):
    """Where a surface has holes (``simengine.world.cutouts``): rays of all sensors, and light, go on through them."""

    SOLID = 0
    LEAVES = 1  # pointed leaves, three a cell, each turned its own way; a third is holes
    NEEDLES = 2  # thin strokes, five a cell; three fifths are holes
    CHAIN_LINK = 3  # wires along both diagonals, cells standing on a corner; a tenth of a cell thick
    TWIGS = 4  # thin strokes, four a cell; five sixths are holes


@dataclass(frozen=True)
class Pane:
    """Clear glass, so thin that rays leave it where they came in (``simengine.world.panes``).

    Attributes:
        tint: what gets through of the light that is not sent back by the two faces, linear RGB, each 0..1.
        nir: the same at 905 nm.
    """

    tint: tuple[float, float, float]
    nir: float


@dataclass(frozen=True)
class Material:
    """A surface.

    Attributes:
        name: unique name inside a scene.
        albedo: linear RGB diffuse reflectance, each 0..1.
        roughness: 0 (mirror) .. 1 (matt).
        specular: reflectance at normal incidence of the clear or bare surface (0.04 for paint and glass).
        metalness: 0 or 1 as in glTF.
        emission: linear RGB radiance relative to ``albedo`` under 1 unit of light; 0 for what does not shine.
        nir: diffuse reflectance at 905 nm, 0..1.
        swir: the same at 1550 nm; None: it follows from ``nir`` and the substance (``simengine.world.short_wave``).
        retro: retroreflection gain over a Lambertian surface at 0 deg (0: none; plates and signs 50..1000).
        pattern: procedural variation.
        pattern_scale_m: size of the pattern's unit cell, metres.
        cutout: its holes.
        cutout_m: size of a cell of those, metres: the length of a leaf, the diagonal of a mesh.
        pane: light goes through it; ``albedo`` and ``emission`` are for those who cannot show that. None: it is opaque.
        translucency: diffuse transmittance of a thin sheet (a leaf), linear RGB, each 0..1 - albedo: light from behind
            leaves it evenly to the front. In the near infrared such a sheet lets through as much as it sends back.
        substance: what it is made of, a word of ``simengine.world.substances.Substance``; "": as its name says.
    """

    name: str
    albedo: tuple[float, float, float]
    roughness: float = 0.8
    specular: float = 0.04
    metalness: float = 0.0
    emission: tuple[float, float, float] = (0.0, 0.0, 0.0)
    nir: float = 0.3
    retro: float = 0.0
    pattern: Pattern = Pattern.PLAIN
    pattern_scale_m: float = 1.0
    cutout: Cutout = Cutout.SOLID
    cutout_m: float = 0.1
    pane: Pane | None = None
    translucency: tuple[float, float, float] = (0.0, 0.0, 0.0)
    substance: str = ""
    swir: float | None = None
