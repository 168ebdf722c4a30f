"""The woodland: sound, a free track and free verges, ground for those who walk beside it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from simengine.engine.gallery import world_scene
from simengine.world.lint import lint
from simengine.world.scene import Scene
from simengine.world.taxonomy import CLASS_ID
from simengine_scenes.driving import LIBRARY
from simengine_scenes.roads.section import WOODLAND_VERGE_M, woodland_section
from tests.scenes.scenery import first_hits, soup


def drawn(seed: int) -> dict[str, Any]:
    """Properties all over their ranges, by turns."""
    return {
        "layout": 7 * seed, "curviness": 0.2 * (seed % 6), "density": 0.3 + 0.06 * seed, "conifers": 0.05 * seed,
        "length": 60.0 + 20.0 * seed, "undergrowth": (seed % 5) / 4.0, "lane_width": 2.5 + 0.07 * seed,
    }  # fmt: skip


def wood(values: dict[str, Any], seed: int) -> Scene:
    return world_scene(LIBRARY.worlds["woodland"], values, seed)


def test_a_wood_is_sound() -> None:
    """Nothing floats, sinks, stands in another thing or is inside out; lanes are whole."""
    assert [str(f) for f in lint(wood({**drawn(1), "length": 60.0}, 1))] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 21))
def test_woods_are_sound(seed: int) -> None:
    """As above."""
    assert [str(f) for f in lint(wood(drawn(seed), seed))] == []


@pytest.mark.parametrize("values", [{}, {"length": 320.0, "curviness": 1.0, "layout": 5}])
def test_the_track_and_its_verges_are_free(values: dict[str, Any]) -> None:
    """No trunk, stump or boulder stands on the verges (ferns do); rays down meet the track at its own height, and
    ground at -6 to 0 cm up to 7 m beside it: there people and animals stand at 0."""
    scene, section = wood(values, 3), woodland_section(values)
    kinds = {"trees", "stump", "log", "boulder", "logs", "hide"}
    feet = np.array([p.frame_from_mesh[:2, 3] for p in scene.parts if scene.entities[p.entity].kind in kinds])
    s, left = section.line.project(feet)
    on = (s > 0.0) & (s < section.length_m)
    assert on.sum() > 100 and np.abs(left[on]).min() > section.kerb_left_m + WOODLAND_VERGE_M
    ground = [k for k, p in enumerate(scene.parts) if p.semantic in (CLASS_ID["road"], CLASS_ID["terrain"])]
    mesh = soup(scene, ground)
    draw = np.random.default_rng(2)
    s, away = draw.uniform(0.0, section.length_m, 2000), draw.uniform(-9.0, 9.0, 2000)
    points, _ = section.line.at(s, away)
    origin = np.column_stack([points, np.full(2000, 3.0)])
    _, distance = first_hits(mesh, origin, np.broadcast_to([0.0, 0.0, -1.0], origin.shape))
    height, on = 3.0 - distance, np.abs(away) < section.kerb_left_m - 0.02
    assert height[on].min() > -1e-3 and height[on].max() < 0.005
    assert height.min() > -0.065 and height.max() < 0.005


def test_density_and_conifers_do_what_they_say() -> None:
    """Twice as dense: about twice as many trees; no conifers: no spruce, all: nothing else."""

    def names(values: dict[str, Any]) -> list[str]:
        scene = wood({"length": 80.0, "undergrowth": 0.0, **values}, 2)
        return [scene.meshes[p.mesh].name for p in scene.parts if p.semantic == CLASS_ID["vegetation"]]

    few, many = (len(names({"density": d})) - 140 for d in (0.6, 1.2))  # 140 close the ends
    assert many == pytest.approx(2.0 * few, rel=0.12)
    assert not any(n.startswith("wood.spruce") for n in names({"conifers": 0.0}))
    assert all(n.startswith("wood.spruce") for n in names({"conifers": 1.0}))
