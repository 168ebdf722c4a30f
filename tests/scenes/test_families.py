"""Every family of assets: what each of its models must have."""

from __future__ import annotations

import math
from dataclasses import fields

import numpy as np
import pytest

from simengine.physics.riding import rest_frames
from simengine.world.builder import SceneBuilder
from simengine.world.detail import lighter
from simengine.world.library import EntityKind
from simengine.world.scene import Asset
from simengine.world.substances import Substance, substance_of
from simengine.world.taxonomy import CLASSES
from simengine_scenes.driving import LIBRARY as DRIVING
from simengine_scenes.warehouse import LIBRARY as WAREHOUSE

KINDS: dict[str, EntityKind] = {k.name: k for library in (DRIVING, WAREHOUSE) for k in library.entities.values()}
BUDGET = 45_000
"""Triangles of one thing; the arm of the station has most."""


def models(kind: EntityKind) -> list[str]:
    return list(kind.models) or [n for n in kind.size_m if n] or [""]


def built(kind: EntityKind, model: str) -> Asset:
    assert kind.build is not None
    return kind.build(model, {p.name: p.default for p in kind.properties}, 5)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_what_every_model_has(name: str):
    """A class, parts on links that come in order, materials with all properties in range and a substance for radars,
    as many triangles as the budget allows, and the size that its library announces (within a centimetre)."""
    kind = KINDS[name]
    for model in models(kind):
        asset = built(kind, model)
        entity = asset.entity
        assert 0 <= entity.semantic < len(CLASSES) and asset.parts
        assert all(0 <= p.link < len(asset.links) and 0 <= p.mesh < len(asset.meshes) for p in asset.parts)
        assert all(link.parent < k for k, link in enumerate(asset.links))
        assert sum(len(asset.meshes[p.mesh].faces) for p in asset.parts) <= BUDGET
        for material in asset.materials:
            shares = (*material.albedo, material.roughness, material.specular, material.metalness, material.nir)
            assert all(0.0 <= v <= 1.0 for v in shares) and material.retro >= 0.0 and min(material.emission) >= 0.0
            assert all(math.isfinite(v) for f in fields(material) if isinstance(v := getattr(material, f.name), float))
            assert isinstance(substance_of(material), Substance)
        if model in kind.size_m and not kind.scaled_by:
            assert entity.size_m == pytest.approx(kind.size_m[model], abs=0.011), model


def drawn(kind: EntityKind, seed: int) -> Asset:
    """Something of a family with any model, any variety and any word for each property that has words."""
    draw = np.random.default_rng(seed)
    values = {p.name: str(draw.choice(p.type.choices)) if p.type.choices else p.default for p in kind.properties}
    assert kind.build is not None
    return kind.build(str(draw.choice(models(kind))), values, int(draw.integers(1 << 31)))


@pytest.mark.parametrize(
    ("name", "count"),
    [("worker", 8), ("pedestrian", 8), *(pytest.param(k, 60, marks=pytest.mark.slow) for k in sorted(KINDS))],
)
def test_many_of_a_family_stand_in_one_scene(name: str, count: int):
    """A mesh is drawn once for all who share its name, so its name says all that its shape depends on: no two of a
    family have different meshes (or materials) of one name. (Eight workers: each pair with one colour of helmets
    differs in hair with a chance above one half.)"""
    builder = SceneBuilder()
    for seed in range(count):
        asset = drawn(KINDS[name], seed)
        for mesh in asset.meshes:
            builder.mesh(mesh, asset.materials)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_both_levels_of_detail(name: str):
    """The lighter level of the first model: no more triangles, no farther out, no other materials."""
    kind = KINDS[name]
    asset = built(kind, models(kind)[0])
    for mesh in asset.meshes:
        light = lighter(mesh)
        assert len(light.faces) <= len(mesh.faces)
        if len(light.faces):
            assert (light.vertices_m.min(0) >= mesh.vertices_m.min(0) - 1e-5).all()
            assert (light.vertices_m.max(0) <= mesh.vertices_m.max(0) + 1e-5).all()
            assert set(np.unique(light.face_material)) <= set(np.unique(mesh.face_material))


@pytest.mark.parametrize("name", sorted(k.name for k in KINDS.values() if k.category == "vehicle"))
def test_what_drives_has_wheels_that_turn(name: str):
    """Links of wheels that turn about their axles, with a wheel on each, and what the single-track model needs."""
    kind = KINDS[name]
    for model in models(kind):
        asset = built(kind, model)
        turning = [k for k, link in enumerate(asset.links) if link.name.startswith("wheel_")]
        assert len(turning) >= 2 and all(asset.links[k].axis == (0.0, 1.0, 0.0) for k in turning), model
        assert {p.link for p in asset.parts} >= set(turning) and asset.entity.dynamics is not None


def test_animals_have_the_seventeen_points_of_ap_10k():
    """Eyes, nose, neck, root of the tail and three joints of each leg, all inside the box and a hand's breadth."""
    for model in models(KINDS["animal"]):
        asset = built(KINDS["animal"], model)
        assert len(asset.landmarks) == 17
        frames = rest_frames(asset.links)
        at = np.array([frames[m.link][:3, 3] + m.position_m for m in asset.landmarks])
        length, width, height = asset.entity.size_m
        assert (np.abs(at[:, 0]) < 0.5 * length + 0.1).all() and (np.abs(at[:, 1]) < 0.5 * width).all()
        assert (at[:, 2] > 0.0).all() and (at[:, 2] < height).all()
