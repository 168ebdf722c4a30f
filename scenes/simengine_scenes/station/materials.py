"""Materials of the picking station: hall, bench, totes, arm. Near-infrared as in ``palette``."""

from __future__ import annotations

from dataclasses import replace

from simengine.world.materials import Material, Pattern
from simengine_scenes.palette import matt, rgb

__all__ = ["TOTE_TINTS", "damp", "tote_plastic"]

FLOOR = Material("hall_floor", rgb("8a8c8a"), 0.62, 0.04, nir=0.4, pattern=Pattern.CONCRETE, pattern_scale_m=3.0)
LINE = Material("hall_line", rgb("d9a91c"), 0.7, 0.04, nir=0.6, pattern=Pattern.PLASTER, pattern_scale_m=0.4)
WALL = matt("hall_wall", "c9cbc8", 0.6, Pattern.PLASTER, 2.0)
WALL_LOW = matt("hall_wall_low", "6d7f8c", 0.4, Pattern.PLASTER, 1.5)
CLADDING = matt("hall_cladding", "b4bbbf", 0.5, Pattern.PLASTER, 3.0, substance="metal")
DOOR = Material("hall_door", rgb("3f6d94"), 0.45, 0.04, nir=0.35, substance="metal")
STEEL_BLUE = Material("rack_upright", rgb("28508c"), 0.4, 0.04, nir=0.3)
STEEL_ORANGE = Material("rack_beam", rgb("d2691e"), 0.4, 0.04, nir=0.5)
SHELF = Material("rack_shelf", rgb("a9adaf"), 0.65, 0.08, nir=0.5)
FENCE_POST = Material("fence_post", rgb("e0b21e"), 0.4, 0.04, nir=0.6, substance="metal")
FENCE_MESH = Material("fence_mesh", rgb("26282a"), 0.5, 0.04, nir=0.1, substance="metal")
BENCH_TOP = Material(
    "bench_top", rgb("a9a69e"), 0.6, 0.04, nir=0.5, pattern=Pattern.PLASTER, pattern_scale_m=0.5, substance="wood"
)
BENCH_EDGE = Material("bench_edge", rgb("4a4c4e"), 0.5, 0.04, nir=0.1, substance="plastic")
PROFILE = Material("bench_profile", rgb("c4c8ca"), 0.4, 0.25, nir=0.6, substance="metal")
FOOT = Material("levelling_foot", rgb("1f2021"), 0.6, 0.04, nir=0.05, substance="plastic")
PEDESTAL = Material("pedestal", rgb("43484d"), 0.45, 0.04, nir=0.15, substance="metal")
PLATE = Material("mounting_plate", rgb("9a9da0"), 0.4, 0.4, 0.6, nir=0.5)
CABINET = Material("cabinet", rgb("c9c8c2"), 0.4, 0.04, nir=0.6, substance="metal")
SCREEN = Material("screen", rgb("101418"), 0.15, 0.05, nir=0.03, substance="glass")
RED_BUTTON = Material("stop_button", rgb("b5121b"), 0.3, 0.05, nir=0.5)
YELLOW = Material("stop_box", rgb("e9be20"), 0.4, 0.04, nir=0.6)
DUCT = Material("cable_duct", rgb("8d9296"), 0.5, 0.04, nir=0.4, substance="plastic")
HOUSING = Material("luminaire_housing", rgb("d6d8d8"), 0.4, 0.05, nir=0.6, substance="metal")
ARM_SHELL = Material("arm_shell", rgb("dfe0dc"), 0.3, 0.045, nir=0.7, substance="metal")
ARM_DARK = Material("arm_dark", rgb("3a3d41"), 0.4, 0.04, nir=0.1, substance="metal")
ARM_ACCENT = Material("arm_accent", rgb("d9571a"), 0.32, 0.045, nir=0.6, substance="plastic")
ARM_METAL = Material("arm_metal", rgb("a4a7aa"), 0.35, 0.45, 1.0, nir=0.6)
ARM_CABLE = Material("arm_cable", rgb("1b1c1e"), 0.55, 0.04, nir=0.05, substance="plastic")
ARM_SEAL = Material("arm_seal", rgb("232426"), 0.6, 0.04, nir=0.05, substance="rubber")
BELLOWS = Material("bellows", rgb("26426b"), 0.5, 0.04, nir=0.3, substance="plastic")
LENS = Material("camera_lens", rgb("0b0d12"), 0.06, 0.06, nir=0.03)
TOTE_LABELS: tuple[Material, ...] = tuple(
    Material(f"tote_label_{name}", rgb(code), 0.5, 0.04, nir=0.8)
    for name, code in (("white", "efefea"), ("yellow", "ecd95a"), ("blue", "a9c6ea"), ("white_2", "e4e0d2"))
)
INK = Material("ink", rgb("15161a"), 0.5, 0.04, nir=0.05, substance="plastic")

TOTE_TINTS: dict[str, str] = {
    "grey": "8b9095",
    "blue": "1f4f9c",
    "red": "b02a24",
    "green": "2f7d4a",
    "yellow": "d9b020",
}


def damp(material: Material, wet: float) -> Material:
    """The same surface under a film of water: darker and smoother (the share of light that the film keeps: 40 %)."""
    if wet <= 0.0:
        return material
    r, g, b = (round(c * (1.0 - 0.4 * wet), 5) for c in material.albedo)
    roughness = round(material.roughness + (0.1 - material.roughness) * wet, 4)
    return replace(
        material,
        name=f"{material.name}_wet{wet:.4f}",
        albedo=(r, g, b),
        roughness=roughness,
        specular=max(material.specular, 0.03),
    )


def tote_plastic(tint: str, wear: float, wet: float) -> Material:
    """Polypropylene: worn, it is duller, paler and stained."""
    r, g, b = rgb(TOTE_TINTS[tint])
    pale = 0.25 * wear
    mixed = tuple(round(c + (0.35 - c) * pale, 5) for c in (r, g, b))
    worn = Material(
        f"tote_{tint}_{wear:.4f}",
        (mixed[0], mixed[1], mixed[2]),
        round(0.32 + 0.4 * wear, 4),
        0.045,
        nir=0.5,
        pattern=Pattern.PLASTER if wear > 0.1 else Pattern.PLAIN,
        pattern_scale_m=0.25,
        substance="plastic",
    )
    return damp(worn, wet)
