"""Surfaces of road tunnels."""

from __future__ import annotations

from dataclasses import replace

from simengine.world.materials import Material, Pattern
from simengine_scenes import palette
from simengine_scenes.palette import matt, rgb

__all__ = [
    "BAND",
    "CABINET",
    "CEILING",
    "DOOR",
    "FAN",
    "LUMINAIRE",
    "PANEL",
    "PORTAL",
    "ROAD",
    "SIGN_GREEN",
    "SIGN_WHITE",
    "WALKWAY",
]

ROAD = replace(palette.ASPHALT, name="tunnel_asphalt", albedo=rgb("6c6b69"))
"""Light aggregate, as tunnels have for their lamps' sake."""
PANEL = Material(
    "tunnel_panel", rgb("cfcdc2"), 0.45, nir=0.5, pattern=Pattern.CONCRETE, pattern_scale_m=1.5, substance="metal"
)
"""Enamelled panels: the lower walls throw back half of the light."""
BAND = Material("tunnel_band", rgb("3d5f86"), 0.45, nir=0.35, substance="stone")
CEILING = matt("tunnel_vault", "6f6c66", 0.3, Pattern.PLASTER, 5.0)
"""Shotcrete, darkened by exhaust."""
PORTAL = matt("tunnel_portal", "9d9a92", 0.4, Pattern.CONCRETE, 2.5)
WALKWAY = matt("tunnel_walkway", "8d8a84", 0.35, Pattern.CONCRETE, 1.0)
DOOR = Material("tunnel_door", rgb("1f7a46"), 0.45, nir=0.4, substance="metal")
CABINET = Material("tunnel_cabinet", rgb("d8761c"), 0.45, nir=0.6, substance="metal")
FAN = Material("tunnel_fan", rgb("8f9497"), 0.45, 0.3, nir=0.5, substance="metal")
LUMINAIRE = Material("tunnel_luminaire", rgb("c4c6c4"), 0.5, 0.05, nir=0.5, substance="metal")
SIGN_GREEN = Material("tunnel_sign_green", rgb("118a4c"), 0.5, nir=0.4, emission=(0.0003, 0.0035, 0.0015))
SIGN_WHITE = replace(palette.SIGN_WHITE, name="tunnel_sign_white", emission=(0.011, 0.011, 0.010))
"""Lit from inside: green with some 70 cd/m2, white with 350 (EN 1838 asks for a contrast of 5 to 15)."""
