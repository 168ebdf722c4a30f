"""Goods as things to see and to grasp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simengine.world.scene import Asset, Box, Entity
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.goods import goods_size_m
from simengine_scenes.shapes.assembly import Assembly
from simengine_scenes.shapes.draft import Draft
from simengine_scenes.station.goods_bodies import goods_body, goods_scale
from simengine_scenes.station.goods_looks import Looks
from simengine_scenes.station.goods_loose import LOOSE
from simengine_scenes.station.goods_packed import PACKED, Maker

__all__ = ["MAKERS", "goods_asset", "goods_draft"]

MAKERS: dict[str, Maker] = {"": PACKED["carton"], **PACKED, **LOOSE}
"""By name of asset; "" is a plain box."""


def goods_draft(asset: str, size_m: tuple[float, float, float], looks: Looks) -> Draft:
    """The surfaces of a good of a size, its foot on z = 0 below the middle of its box."""
    length, width, height = size_m
    return MAKERS[asset](*size_m, looks).fitted((-0.5 * length, -0.5 * width, 0.0), (0.5 * length, 0.5 * width, height))


def goods_asset(model: str, values: Mapping[str, Any], variety: int) -> Asset:
    """A good; ``model`` is the name of its asset."""
    scale = goods_scale(model, values)
    length, width, height = (scale * v for v in goods_size_m(model))
    looks = Looks.of(values, variety % 12)
    draft = goods_draft(model, (length, width, height), looks)
    build = Assembly()
    build.add("body", f"goods.{model}.{scale:.9f}.{looks.key}", draft, CLASS_ID["goods"])
    whole = Box((0.0, 0.0, 0.5 * height), (length, width, height))
    entity = Entity(
        "item",
        "item",
        model,
        CLASS_ID["goods"],
        (length, width, height),
        occluders=(whole,),
        body=goods_body(model, values),
    )
    return build.asset(entity)
