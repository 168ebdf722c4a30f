"""What the scene tests share: meshes of placed assets, and rays against them (trimesh on Embree)."""

from __future__ import annotations

import numpy as np
import trimesh
from trimesh.ray.ray_pyembree import RayMeshIntersector

from simengine.arrays import Array, F64Array
from simengine.geometry import transforms as tf
from simengine.world.builder import SceneBuilder
from simengine.world.lanes import LaneGraph
from simengine.world.library import EntityKind
from simengine.world.scene import Asset, Scene
from simengine.world.state import WorldState
from simengine.world.weather import Environment
from simengine_scenes.driving import LIBRARY

VEHICLES = ("sedan", "hatchback", "suv", "van", "truck", "bus", "motorbike", "car", "estate", "pickup")
PEOPLE = ("adult", "adult_f", "child_9y", "child_6y", "elderly", "elderly_f")
CYCLISTS = ("city_bike", "child_bike", "cargo_bike")
SCOOTERS = ("private_scooter", "shared_scooter")
WHEELCHAIRS = ("wheelchair:adult", "wheelchair:adult_f", "wheelchair:elderly", "wheelchair:elderly_f")
CARGO = ("box", "tyre", "pallet", "ladder", "mattress", "exhaust", "sack", "drum", "gas_bottle", "planks", "chair",
         "bucket")  # fmt: skip
ANIMALS = ("deer", "boar", "dog", "cow")
EMERGENCY = ("police", "ambulance", "fire_engine")
KIND_OF = dict.fromkeys(PEOPLE, "pedestrian") | dict.fromkeys(CYCLISTS, "cyclist") | dict.fromkeys(CARGO, "cargo")
KIND_OF["pool"] = "puddle"
KIND_OF |= dict.fromkeys(SCOOTERS, "e_scooter")
KIND_OF |= dict.fromkeys(ANIMALS, "animal") | dict.fromkeys(EMERGENCY, "emergency_vehicle")
KIND_OF |= {"lorry": "lorry", "trailer": "trailer"}
"""Kinds that build a model; all others are cars, but for "KIND:MODEL"."""


def kind_of(model: str) -> EntityKind:
    return LIBRARY.entities[model.partition(":")[0] if ":" in model else KIND_OF.get(model, "car")]


def asset_of(model: str, variety: int = 1) -> Asset:
    kind = kind_of(model)
    assert kind.build is not None
    return kind.build(model.rpartition(":")[2], {p.name: p.default for p in kind.properties}, variety)


def scene_of(asset: Asset, environment: Environment | None = None) -> Scene:
    builder = SceneBuilder(environment)
    builder.place(asset, "thing")
    return builder.build(LaneGraph())


def posed(scene: Scene, joints: dict[str, float] | None = None) -> WorldState:
    state = WorldState.at_rest(scene.actors, len(scene.links))
    for i, link in enumerate(scene.links):
        state.joint_rad[i] = (joints or {}).get(link.name, 0.0)
    return state


def part_vertices(scene: Scene, state: WorldState | None = None) -> list[F64Array]:
    """World vertices of every part (only those that faces use)."""
    frames = scene.part_transforms(posed(scene) if state is None else state)
    return [
        tf.apply(frames[k], scene.meshes[p.mesh].vertices_m.astype(np.float64)) for k, p in enumerate(scene.parts)
    ]  # fmt: skip


def soup(scene: Scene, parts: list[int] | None = None, state: WorldState | None = None) -> trimesh.Trimesh:
    """All (or some) parts as one mesh in the world."""
    vertices, faces, count = [], [], 0
    points = part_vertices(scene, state)
    for k in range(len(scene.parts)) if parts is None else parts:
        vertices.append(points[k])
        faces.append(scene.meshes[scene.parts[k].mesh].faces + count)
        count += len(points[k])
    return trimesh.Trimesh(np.concatenate(vertices), np.concatenate(faces), process=False)


def first_hits(mesh: trimesh.Trimesh, origins: Array, directions: Array) -> tuple[Array, Array]:
    """Face (-1: none) and distance (inf: none) of the nearest hit of each ray; directions are unit."""
    tracer = RayMeshIntersector(mesh, scale_to_box=False)
    face = tracer.intersects_first(origins, directions)
    corner = mesh.vertices[mesh.faces[face, 0]]
    normal = mesh.face_normals[face]
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = ((corner - origins) * normal).sum(-1) / (directions * normal).sum(-1)
    return face, np.where(face >= 0, distance, np.inf)
