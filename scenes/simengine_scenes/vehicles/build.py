"""From a model's name to its asset."""

from __future__ import annotations

from dataclasses import replace

from simengine.errors import SceneError
from simengine.rng import stream
from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.vehicles.car import car_asset
from simengine_scenes.vehicles.shape import BODIES

__all__ = ["vehicle_asset"]


def _colour(wanted: str, variety: int) -> str:
    if wanted != "any":
        return wanted
    draw = float(stream(variety, "paint").random()) * sum(palette.PAINT_SHARE.values())
    for name, share in palette.PAINT_SHARE.items():
        draw -= share
        if draw < 0.0:
            return name
    return "white"


def vehicle_asset(model: str, colour: str, variety: int) -> Asset:
    """A vehicle.

    Args:
        model: a key of ``sizes.VEHICLE_SIZE_M``.
        colour: a key of ``palette.PAINTS``, or "any": drawn by the variety seed, as often as on real roads.
        variety: seed of what the program leaves open.
    """
    known = "sedan" if model == "car" else model
    if known not in BODIES:
        raise SceneError(f"expected a vehicle model, one of {', '.join(BODIES)}; got '{model}'")
    asset = car_asset(known, _colour(colour, variety))
    return asset if known == model else replace(asset, entity=replace(asset.entity, model=model))
