"""Surfaces of road bridges and of what they cross."""

from __future__ import annotations

from simengine.world.materials import Material, Pattern
from simengine_scenes.palette import matt, rgb

__all__ = ["BALLAST", "CAP", "DECK", "JOINT", "RAIL", "RAILING", "WATER"]

DECK = matt("bridge_concrete", "9b9890", 0.4, Pattern.CONCRETE, 3.0)
CAP = matt("bridge_cap", "b3b0a8", 0.42, Pattern.CONCRETE, 1.5)
JOINT = Material("bridge_joint", rgb("45474a"), 0.55, 0.2, nir=0.3, substance="metal")
RAILING = Material("bridge_railing", rgb("4f6a63"), 0.4, 0.05, nir=0.35, substance="metal")
WATER = Material("river_water", rgb("1b2523"), 0.06, 0.02, nir=0.02)
"""Turbid, and smooth enough to mirror the sky; of the near infrared water takes nearly all."""
BALLAST = matt("ballast", "6f6a64", 0.3, Pattern.ASPHALT, 0.25)
RAIL = Material("rail_steel", rgb("7a6a5c"), 0.5, 0.3, nir=0.35)
