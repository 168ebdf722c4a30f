"""Materials of the hall. Near-infrared as in ``palette``."""

from __future__ import annotations

from simengine.world.materials import Material, Pattern
from simengine_scenes.palette import matt, rgb

FLOOR = Material("hall_slab", rgb("8f918f"), 0.55, 0.04, nir=0.4, pattern=Pattern.CONCRETE, pattern_scale_m=6.0)
PAINT = Material("floor_yellow", rgb("dcae1e"), 0.6, 0.04, nir=0.6, pattern=Pattern.PLASTER, pattern_scale_m=0.4)
PAINT_WHITE = Material("floor_white", rgb("dcdcd6"), 0.6, 0.04, nir=0.65, pattern=Pattern.PLASTER, pattern_scale_m=0.4)
WALKWAY = Material("floor_green", rgb("4f7d5c"), 0.6, 0.04, nir=0.4, pattern=Pattern.PLASTER, pattern_scale_m=0.8)
TYRE_MARKS = Material("floor_tyre_marks", rgb("777976"), 0.55, 0.04, nir=0.3, pattern=Pattern.ASPHALT,
                      pattern_scale_m=0.8, substance="stone")  # fmt: skip
CLADDING = matt("sandwich_panel", "cfd2d2", 0.6, Pattern.PLASTER, 4.0, 0.7, substance="metal")
JOINT = matt("panel_joint", "bfc2c2", 0.55, Pattern.PLASTER, 4.0, 0.7, substance="metal")
"""Hardly darker than the panels: joints are narrower than a pixel from a few metres on."""
PLINTH = matt("hall_plinth", "9b9c98", 0.4, Pattern.CONCRETE, 3.0)
STEEL = Material("steel_grey", rgb("8b9194"), 0.5, 0.05, nir=0.45)
ROOF = Material("roof_deck", rgb("c6c9c9"), 0.6, 0.05, nir=0.6, substance="metal")
SKYLIGHT = Material("skylight", rgb("e9eef0"), 0.6, 0.04, nir=0.7, substance="plastic")
UPRIGHT = Material("rack_upright_blue", rgb("274f92"), 0.4, 0.04, nir=0.3)
BEAM = Material("rack_beam_orange", rgb("d8651c"), 0.4, 0.04, nir=0.5)
DECK = Material("rack_deck_wire", rgb("a4a9ab"), 0.5, 0.08, nir=0.5)
GUARD = Material("guard_yellow", rgb("e5b41a"), 0.45, 0.04, nir=0.6, substance="metal")
GUARD_BLACK = Material("guard_black", rgb("1d1d1e"), 0.5, 0.04, nir=0.06, substance="metal")
DOOR = Material("dock_door", rgb("d9dcdc"), 0.45, 0.04, nir=0.6, substance="metal")
DOOR_WINDOW = Material("dock_window", rgb("39434a"), 0.1, 0.05, nir=0.1)
CUSHION = matt("dock_cushion", "1b1c1d", 0.05, roughness=0.7, substance="plastic")
LEVELLER = Material(
    "dock_leveller", rgb("53585a"), 0.5, 0.2, nir=0.3, pattern=Pattern.PLASTER, pattern_scale_m=0.5, substance="metal"
)
TRAILER_WALL = matt("trailer_wall", "b9bab6", 0.5, Pattern.PLASTER, 1.5, substance="metal")
TRAILER_FLOOR = matt("trailer_floor", "5a4734", 0.35, Pattern.WOOD, 2.0)
SIGN = Material("aisle_sign", rgb("1f4f8f"), 0.4, 0.04, nir=0.4)
SIGN_INK = Material("aisle_sign_ink", rgb("f2f2ee"), 0.5, 0.04, nir=0.7)
SIGNAL_RED = Material("dock_lamp_red", rgb("7a1512"), 0.2, 0.05, nir=0.3)
SIGNAL_GREEN = Material("dock_lamp_green", rgb("127a3a"), 0.2, 0.05, nir=0.3)
LUMINAIRE = Material("high_bay", rgb("d3d6d6"), 0.4, 0.05, nir=0.6, substance="metal")
BELT = Material("conveyor_belt", rgb("26292b"), 0.6, 0.04, nir=0.07, substance="rubber")
ROLLER = Material("conveyor_roller", rgb("b9bdbf"), 0.35, 0.5, 1.0, nir=0.6)
RAIL = Material("conveyor_rail", rgb("2f6f9f"), 0.4, 0.05, nir=0.4, substance="metal")
WRAP = Material(
    "stretch_film",
    rgb("c9cdd0"),
    0.18,
    0.06,
    nir=0.6,
    pattern=Pattern.PLASTER,
    pattern_scale_m=0.15,
    substance="plastic",
)
WRAP_BLACK = Material("stretch_film_black", rgb("1f2022"), 0.2, 0.06, nir=0.06, substance="plastic")
STRAP = Material("strap", rgb("22252a"), 0.4, 0.04, nir=0.1, substance="plastic")
DRUM_BLUE = Material("drum_blue", rgb("1f4c94"), 0.35, 0.05, nir=0.3, substance="plastic")
SACK = matt("sack", "cbbd9f", 0.5, Pattern.FABRIC, substance="plastic")
SACK_WHITE = matt("sack_white", "dcdad3", 0.6, Pattern.FABRIC, substance="plastic")
FORK = Material("fork_steel", rgb("3a3b3d"), 0.4, 0.3, 0.6, nir=0.2)
MAST = Material("mast_steel", rgb("2b2d30"), 0.4, 0.08, nir=0.12)
ROBOT_SHELL = Material("robot_shell", rgb("dfe2e3"), 0.3, 0.05, nir=0.65, substance="plastic")
ROBOT_DARK = Material("robot_dark", rgb("26292d"), 0.45, 0.05, nir=0.08, substance="plastic")
ROBOT_BLUE = Material("robot_blue", rgb("1c62b8"), 0.3, 0.05, nir=0.35, substance="plastic")
ROBOT_SCREEN = Material("robot_screen", rgb("0d1114"), 0.15, 0.05, nir=0.03, substance="glass")
"""Of what drives in the hall."""
