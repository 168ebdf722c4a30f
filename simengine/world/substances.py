"""What things are made of, for waves that colour says nothing about."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache

from simengine.world.materials import Material, Pattern

__all__ = ["Substance", "substance_of"]


class Substance(Enum):
    """Kinds of matter that a radar tells apart."""

    METAL = "metal"
    GLASS = "glass"
    PLASTIC = "plastic"
    RUBBER = "rubber"
    TISSUE = "tissue"  # people and animals, clothes included: radar waves pass cloth
    WOOD = "wood"
    STONE = "stone"
    SOIL = "soil"
    FOLIAGE = "foliage"
    WATER = "water"


_STEMS: dict[Substance, str] = {
    Substance.METAL: (
        "paint galvanised aluminium aluminum steel iron metal chrome rim pole sign plate rust shutter cargo cast "
        "retro bus frame_rack rack beam blade"
    ),
    Substance.GLASS: "glass window car_glass clear lens headlamp taillamp brakelamp beacon lamp indicator mirror",
    Substance.PLASTIC: "plastic helmet reflector bin crate button signal saddle label tape packing tarpaulin awning",
    Substance.RUBBER: "rubber tyre sole",
    Substance.TISSUE: "skin hair cloth coat lips leather shoes hivis eyeshine hoof",
    Substance.WOOD: "wood bark plywood pallet bench door cardboard wicker",
    Substance.STONE: (
        "asphalt concrete kerb paving tactile gutter marking gravel stone plinth plaster brick tiles slate cover"
    ),
    Substance.SOIL: "grass soil",
    Substance.FOLIAGE: "leaves foliage hedge",
    Substance.WATER: "water puddle ice",
}
_BY_STEM = {stem: substance for substance, stems in _STEMS.items() for stem in stems.split()}
_BY_PATTERN: dict[Pattern, Substance] = {
    Pattern.ASPHALT: Substance.STONE,
    Pattern.CONCRETE: Substance.STONE,
    Pattern.BRICK: Substance.STONE,
    Pattern.PLASTER: Substance.STONE,
    Pattern.PAVING: Substance.STONE,
    Pattern.GRASS: Substance.SOIL,
    Pattern.FOLIAGE: Substance.FOLIAGE,
    Pattern.ROOF_TILES: Substance.STONE,
    Pattern.ROAD_PAINT: Substance.STONE,
    Pattern.BARK: Substance.WOOD,
    Pattern.WOOD: Substance.WOOD,
    Pattern.CARDBOARD: Substance.WOOD,
    Pattern.FABRIC: Substance.TISSUE,
    Pattern.SKIN: Substance.TISSUE,
    Pattern.FLAKES: Substance.METAL,
}


@cache
def substance_of(material: Material) -> Substance:
    """What a material is made of: as it says itself, else by the words of its name, its metalness and its pattern.

    What none of these tells is taken for plastic, which radars hardly see.
    """
    if material.substance:
        return Substance(material.substance)
    if material.metalness > 0.5:
        return Substance.METAL
    for word in re.split(r"[-_.]", material.name.lower()):
        if word in _BY_STEM:
            return _BY_STEM[word]
    return _BY_PATTERN.get(material.pattern, Substance.PLASTIC)
