"""What lies on the road: cargo of several looks, water that is no obstacle."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.physics.cast import Cast
from simengine.physics.perception import Watch
from simengine.world.lanes import LaneGraph
from simengine.world.scene import Entity
from simengine.world.taxonomy import CLASSES
from simengine_scenes import palette
from simengine_scenes.things.puddle import puddle_asset, water
from tests.scenes.scenery import CARGO, asset_of, part_vertices, scene_of


@pytest.mark.parametrize("model", CARGO)
def test_cargo_is_debris_of_several_looks_in_one_box(model: str) -> None:
    """Twelve varieties give three or more of the six looks, all of the class debris, in the box to a centimetre."""
    looks: set[str] = set()
    for variety in range(12):
        asset = asset_of(model, variety)
        assert {CLASSES[p.semantic].name for p in asset.parts} == {"debris"}
        looks.add(asset.meshes[0].name)
        points = np.concatenate(part_vertices(scene_of(asset)))
        assert np.allclose(np.ptp(points, axis=0), asset.entity.size_m, atol=0.01)
    assert len(looks) >= 3


def test_ladders_are_brighter_than_the_road() -> None:
    """Aluminium scatters over half of the light, also from upright faces: a mirror there would show dark asphalt."""
    assert min(palette.ALUMINIUM.albedo) > 0.5 and palette.ALUMINIUM.metalness == 0.0
    used = {m.name for k in range(12) for m in asset_of("ladder", k).materials}
    kinds = {name.split(".")[0] for name in used}  # without its shade
    assert "aluminium" in kinds and "galvanised" not in kinds


def test_deeper_water_hides_the_road_and_gives_lidars_less() -> None:
    """Beer's law twice through the water: near-infrared reflectance falls with depth and is below a tenth of asphalt's
    (0.15) from 10 cm on; brown silt takes over from the grey of the road; the surface is a mirror of 2 %."""
    shallow, middle, deep = (water(d) for d in (0.02, 0.10, 0.40))
    assert shallow.nir > middle.nir > deep.nir > 0.0 and middle.nir < 0.015
    red_over_blue = [m.albedo[0] / m.albedo[2] for m in (shallow, middle, deep)]
    assert red_over_blue == sorted(red_over_blue)
    assert all(m.roughness < 0.05 and m.specular == pytest.approx(0.02, abs=0.002) for m in (shallow, middle, deep))


def test_water_is_no_obstacle_to_controllers() -> None:
    """A car with a controller looks out for a box on the road and not for the sheet of water beside it."""
    car, thing = asset_of("sedan").entity, asset_of("box").entity
    pool: Entity = puddle_asset("pool", 0.1, 0).entity
    cast = Cast(("ego", "box", "pool"), ("vehicle", "object", "object"), ((car, thing, pool),), (LaneGraph(),))
    assert Watch(cast, [0]).other.tolist() == [[[False, True, False]]]
