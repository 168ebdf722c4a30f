"""Wet ground: where water stands on it, and what that leaves of the light that LiDARs and lamps beside a lens get back.

Water stands on mineral ground that faces up: asphalt, concrete, paving, road paint. It collects in puddles: ``damp`` is
how much of the ground is under water, with a pattern of the place, the same for all sensors. Below what rests it stays
dry (:func:`open_sky`).

Under a film of water light enters with a transmission T and leaves with it; inside, it spreads over n^2 as many
directions, and what the surface of the film holds back comes back to the ground (A. Angstrom 1925; J. Lekner and
M. C. Dorf 1988: wet surfaces are darker). Of a ground of reflectance R the share

    w = T(theta)^2 / (n^2 (1 - R r)),   n = 1.33, r = 0.47 (inner reflectance of water for diffuse light)

is left: 0.6 of asphalt met head on, 0.5 at 60 degrees, 0.1 at 85 degrees, where the surface mirrors. Measured roads
send back half to a quarter when they are wet. Beads of paint under water lose their focus: wet markings return a
quarter of what dry ones do (EN 1436: 150 against 35 mcd / (m2 lx)), here (1 - damp / 2)^2, as under head lamps.
"""

from __future__ import annotations

import numpy as np

from simengine.arrays import F64Array, I64Array
from simengine.world.enclosure import taken
from simengine.world.materials import Pattern
from simengine.world.scene import Scene
from simengine.world.value_noise import value_noise

__all__ = ["INDEX", "INNER", "WETTED", "damp", "film_depth", "open_sky", "wet_shares", "wetness_at"]

WETTED = (Pattern.ASPHALT, Pattern.CONCRETE, Pattern.PAVING, Pattern.ROAD_PAINT)
"""What water stands on, where it faces up."""
_UP = 0.6
"""Least cosine between the vertical and the normal of what faces up."""
_SHELTER = 0.7
"""A sensor from which a bore takes more of the sky stands on dry ground."""
INDEX, INNER = 1.33, 0.47
_FILM_M = 3e-4
_ABSORPTION_PER_M = {"nir": 7.0, "swir": 1100.0}
"""Of water (L. Kou, D. Labrie and P. Chylek 1993), at 905 and 1550 nm."""


def wetness_at(scene: Scene, place_m: F64Array) -> float:
    """How wet the open ground is about a sensor, 0..1; dry inside of tunnels."""
    wetness = scene.environment.ground_wetness()
    return 0.0 if float(taken(scene.enclosures, place_m)) > _SHELTER else wetness


def open_sky(scene: Scene, place_m: F64Array) -> F64Array:
    """How open to the sky places (..., 3) of the world are, 0..1: what is below roofs and bridges stays dry."""
    sky = scene.sky_map
    if sky is None:
        return np.ones(place_m.shape[:-1])
    return sky.at(place_m.reshape(-1, 3))[0].reshape(place_m.shape[:-1])


def film_depth(band: str) -> float:
    """Optical depth, there and back, of the film on wholly wet ground in the light of a LiDAR ("nir", "swir")."""
    return 2.0 * _ABSORPTION_PER_M[band] * _FILM_M


def damp(wetness: float, pattern: I64Array, up: F64Array, x_m: F64Array, y_m: F64Array) -> F64Array:
    """How much of the ground is under water at places of the world, 0..1.

    Args:
        wetness: of open ground, 0..1.
        pattern: of the materials.
        up: upward components of the normals.
        x_m, y_m: in the world.
    """
    open_ = np.isin(pattern, [int(p) for p in WETTED]) & (up > _UP)
    puddle = np.clip(value_noise(0.45 * x_m, 0.45 * y_m) * 1.6 - 0.3, 0.0, 1.0)
    return np.where(open_, wetness * (0.45 + 0.55 * puddle), 0.0)


def wet_shares(damp_: F64Array, cosine: F64Array, reflectance: F64Array, depth: float) -> tuple[F64Array, F64Array]:
    """What damp ground sends back to where the light comes from, over what it sends back when it is dry: diffuse light,
    and that of retroreflecting beads.

    Args:
        damp_: 0..1.
        cosine: of the angle of incidence, > 0.
        reflectance: of the dry ground.
        depth: of the film (:func:`film_depth`).
    """
    inside = np.sqrt(1.0 - (1.0 - cosine * cosine) / INDEX**2)
    across = (cosine - INDEX * inside) / (cosine + INDEX * inside)
    along = (INDEX * cosine - inside) / (INDEX * cosine + inside)
    through = (1.0 - 0.5 * (across * across + along * along)) ** 2
    film = np.exp(-depth * damp_)
    diffuse = 1.0 - damp_ + damp_ * through / (INDEX**2 * (1.0 - INNER * reflectance))
    beads = (1.0 - damp_ + damp_ * through) * (1.0 - 0.5 * damp_) ** 2
    return film * diffuse, film * beads
