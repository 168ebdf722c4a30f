"""Bodies of trucks and trailers: each fills its room, hides what it should, and looks like no other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from simengine.engine.diversity import looks_of, near_duplicates
from simengine.world.scene import Asset
from simengine.world.splits import held_out
from simengine_scenes.driving import LIBRARY
from simengine_scenes.shapes.lettering import written
from simengine_scenes.vehicles.build import vehicle_asset
from simengine_scenes.vehicles.superstructures import BODIES_OF_TRAILERS, BODIES_OF_TRUCKS, drawn_body
from tests.scenes.scenery import first_hits, part_vertices, scene_of, soup

CASES = [("truck", b) for b in sorted(set(BODIES_OF_TRUCKS))] + [
    ("trailer", b) for b in sorted(set(BODIES_OF_TRAILERS))
]


def of_body(model: str, body: str) -> Asset:
    """The first variety that has it."""
    bodies = BODIES_OF_TRUCKS if model == "truck" else BODIES_OF_TRAILERS
    return vehicle_asset(model, "red", next(v for v in range(400) if drawn_body(v, bodies) == body))


@pytest.mark.parametrize(("model", "body"), CASES)
def test_every_body_fills_its_room(model: str, body: str) -> None:
    """Whatever it carries, a truck is as large as a truck (to 1 cm), its skin faces outward (0.5 % of 6,000 rays may
    see a back, as of all vehicles), and boxes for sight lines hide nothing that the mesh does not."""
    asset = of_body(model, body)
    scene = scene_of(asset)
    points = np.concatenate([v for p, v in zip(scene.parts, part_vertices(scene), strict=True) if p.name != "mirrors"])
    low, high = points.min(0), points.max(0)
    assert np.allclose(high - low, asset.entity.size_m, atol=0.01) and np.allclose((low + high)[:2], 0.0, atol=0.012)
    mesh, rng = soup(scene), np.random.default_rng(3)
    way = rng.normal(size=(6000, 3))
    way[:, 2] = -np.abs(way[:, 2]) * 0.6 + 0.1
    way /= np.linalg.norm(way, axis=1)[:, None]
    face, _ = first_hits(mesh, mesh.bounds[0] + rng.random((6000, 3)) * np.ptp(mesh.bounds, axis=0) - 30.0 * way, way)
    met = face >= 0
    assert ((mesh.face_normals[face[met]] * way[met]).sum(-1) > 1e-6).mean() < 0.005
    for box in asset.entity.occluders:
        spot = np.array(box.center_m) + (rng.random((600, 3)) - 0.5) * np.array(box.size_m)
        way = rng.normal(size=(600, 3)) * [1.0, 1.0, 0.25]
        way /= np.linalg.norm(way, axis=1)[:, None]
        assert np.isfinite(first_hits(mesh, spot - 30.0 * way, way)[1]).mean() > 0.99, box


@pytest.mark.parametrize("kind", ["truck", "lorry", "trailer", "bus", "tram"])
def test_large_vehicles_are_seldom_alike(kind: str) -> None:
    """Of 12 varieties in one colour two at most are near duplicates of others: with one body, cab and flank for all of
    them, it was nearly each (81 % of 300 trucks, in all colours)."""
    build = LIBRARY.entities[kind].build
    assert build is not None
    looks = [looks_of(build(kind, {"colour": "white"}, v)) for v in range(12)]
    assert near_duplicates(looks) <= 2


def test_bodies_of_held_out_varieties_are_their_own() -> None:
    """Every fourth place of the tables is theirs: what stands only there is never met by those who learn."""
    places = {v: drawn_body(v, BODIES_OF_TRUCKS) for v in range(200)}
    assert {b for v, b in places.items() if held_out(v)} <= {BODIES_OF_TRUCKS[k] for k in range(12) if held_out(k)}
    assert "container" in places.values() and "mixer" in places.values()


def test_letters_are_read_from_outside_and_fit() -> None:
    """On the left flank a line is read towards the rear of a truck that heads along +x: its first letter is ahead. An
    L has its foot at the right of its stem. Lines keep to their room."""
    left, faces = written("LI", (0.0, 1.0, 0.0), (-1.0, 0.0, 0.0), 1.0)
    a, b, c = (left[faces[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 1] > 0.0).all()
    foot = left[left[:, 2] < 0.1]
    assert left[:, 0].max() == pytest.approx(foot[:, 0].max(), abs=0.02)
    long, _ = written("A LONG NAME OF 24", (0.0, 0.0, 0.0), (1.0, 0.0, 0.0), 1.0, 3.0)
    assert np.ptp(long[:, 0]) == pytest.approx(3.0) and math.isfinite(float(long.sum()))
