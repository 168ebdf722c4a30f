"""From a model's name to its asset."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from simengine.errors import SceneError
from simengine.rng import stream
from simengine.world.scene import Asset
from simengine_scenes import palette
from simengine_scenes.vehicles.bus import bus_asset
from simengine_scenes.vehicles.car import car_asset
from simengine_scenes.vehicles.driver import DRIVER_LOOKS
from simengine_scenes.vehicles.face import drawn_look
from simengine_scenes.vehicles.lorry import lorry_asset, trailer_asset
from simengine_scenes.vehicles.motorbike import drawn_motor, motorbike_asset
from simengine_scenes.vehicles.shape import BODIES
from simengine_scenes.vehicles.truck import truck_asset

_CABS: dict[str, Callable[[str, int, int, bool], Asset]] = {
    "truck": truck_asset, "lorry": lorry_asset, "bus": bus_asset
}  # fmt: skip

__all__ = ["vehicle_asset"]


def _colour(wanted: str, variety: int, shares: Mapping[str, float]) -> str:
    if wanted != "any":
        return wanted
    draw = float(stream(variety, "paint").random()) * sum(shares.values())
    for name, share in shares.items():
        draw -= share
        if draw < 0.0:
            return name
    return "white"


def vehicle_asset(model: str, colour: str, variety: int, hinged: bool = False, driven: bool = False) -> Asset:
    """A vehicle.

    Args:
        model: a key of ``sizes.VEHICLE_SIZE_M`` or ``sizes.ARTICULATED_SIZE_M``.
        colour: a key of ``palette.PAINTS``, or "any": drawn by the variety seed, as often as on real roads.
        variety: seed of what the program leaves open.
        hinged: its front doors are parts that open.
        driven: somebody sits at the wheel (of all that has one, but motorcycles: those have their rider).
    """
    known = "sedan" if model == "car" else model
    own = known in BODIES or known == "motorbike"
    paint = _colour(colour, variety, palette.PAINT_SHARE if own else palette.FLEET_SHARE)
    driver = variety % DRIVER_LOOKS if driven else -1
    if known in BODIES:
        asset = car_asset(known, paint, drawn_look(known, variety), hinged, driver)
    elif known in _CABS:
        asset = _CABS[known](paint, variety, driver, hinged)
    elif known == "trailer":
        asset = trailer_asset(paint, variety)
    elif known == "motorbike":
        asset = motorbike_asset(paint, drawn_motor(variety))
    else:
        models = ", ".join((*BODIES, *_CABS, "trailer", "motorbike"))
        raise SceneError(f"expected a vehicle model, one of {models}; got '{model}'")
    return asset if known == model else replace(asset, entity=replace(asset.entity, model=model))
