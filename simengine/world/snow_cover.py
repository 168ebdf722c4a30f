"""Snow that lies: on what faces up, rests, and is open to the sky; in patches where there is little of it.

A layer of a few centimetres, too thin to change shapes. Where it lies is one function of the place and the slope, the
same for all sensors: :meth:`Fallen.shares`, and its twins ``native/snow.h`` and ``channels.frag`` in the renderers.

- Broad-leaved trees are bare: :func:`leafless`.
- Slopes: all of it stays up to 40 degrees, nothing from 50 degrees on (the angle of repose of snow).
- Shelter: nothing lies below the underside of what rests, such as a bridge, a canopy or a parked car. Crowns of trees
  shelter nothing (``simengine.world.sky_map``).
- Traffic: tyres keep two tracks a lane free, and soil the rest. Ways of the lane graph are those of traffic.

Reflectances of snow that is a few days old (grains of 0.2 mm; W. J. Wiscombe and S. G. Warren 1980, "A model for the
spectral albedo of snow", figure 8): 0.85 to 0.95 in the visible, 0.80 to 0.85 at 905 nm, 0.03 to 0.1 at 1550 nm, where
ice absorbs. In towns it is a little greyer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simengine.arrays import F64Array
from simengine.world.materials import Cutout, Material
from simengine.world.sky_map import SkyMap
from simengine.world.value_noise import value_noise

__all__ = ["EDGE", "FREE", "HELD", "SNOW", "SOILED", "STEEP", "Fallen", "Lying", "leafless"]

SNOW = Material("snow", (0.84, 0.85, 0.87), roughness=1.0, specular=0.02, nir=0.82, swir=0.06, substance="water")
"""What lies."""
_TWIGS = (0.095, 0.081, 0.070)
_ROUND = 0.5
"""Twigs are round: of light from behind their sides send this much of what their faces do to the front."""
STEEP, HELD = 0.643, 0.766
"""Cosines of the slopes that keep nothing (50 degrees) and all (40 degrees)."""
FREE, SOILED = 0.95, 0.3
"""Shares of the snow that tyres take away, and of the light that what is left between them loses."""
EDGE = 0.2
"""How soft patches end, in shares of the cover."""


@dataclass(frozen=True, eq=False)
class Lying:
    """Snow at some places: the share of the ground under it, and how bright it is against fresh one; each (N,)."""

    share: F64Array
    tone: F64Array


@dataclass(frozen=True, eq=False)
class Fallen:
    """Snow on a scene.

    Attributes:
        cover: share of open, level, untrodden ground under it, 0..1.
        material: index of ``SNOW`` in the scene's materials.
    """

    cover: float
    material: int

    def shares(self, sky: SkyMap, place_m: F64Array, up: F64Array) -> Lying:
        """Snow at places (N, 3) of the world whose normals have the upward components ``up`` (N,)."""
        x, y, _ = place_m.T
        open_, worn = sky.at(place_m)
        noise = 0.65 * value_noise(0.8 * x, 0.8 * y, 11) + 0.35 * value_noise(3.1 * x, 3.1 * y, 12)
        noise = np.clip(0.5 + 2.4 * (noise - 0.5), 0.0, 1.0)
        steep = np.clip((up - STEEP) / (HELD - STEEP), 0.0, 1.0)
        fine = value_noise(7.3 * x, 7.3 * y, 13)
        driven = np.clip((worn + 0.4 * (fine - 0.5) - 0.45) / 0.3, 0.0, 1.0)
        patch = np.clip((self.cover * steep * open_ * (1.0 + EDGE) - noise) / EDGE, 0.0, 1.0)
        return Lying(patch * (1.0 - FREE * driven), (1.0 - SOILED * worn) * (0.88 + 0.08 * noise + 0.08 * fine))


def leafless(material: Material) -> Material:
    """What a material is in winter: where broad leaves were there are twigs."""
    if material.cutout is not Cutout.LEAVES:
        return material
    return replace(
        material, name=f"{material.name}.bare", albedo=_TWIGS, roughness=0.9, nir=0.3, swir=None,
        cutout=Cutout.TWIGS, cutout_m=2.0 * material.cutout_m, substance="wood",
        translucency=(_ROUND * _TWIGS[0], _ROUND * _TWIGS[1], _ROUND * _TWIGS[2]),
    )  # fmt: skip
