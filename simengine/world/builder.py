"""Puts meshes, materials, assets and lights together into one Scene with dense ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array, frozen
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import IDENTITY, Asset, Entity, Light, Link, Mesh, Part, Scene
from simengine.world.weather import Environment

__all__ = ["SceneBuilder"]


class SceneBuilder:
    """Collects the pieces of a scene. Meshes and materials with equal names are stored once."""

    def __init__(self, environment: Environment | None = None) -> None:
        self.environment = environment or Environment()
        self._meshes: list[Mesh] = []
        self._mesh_index: dict[str, int] = {}
        self._materials: list[Material] = []
        self._material_index: dict[str, int] = {}
        self._parts: list[Part] = []
        self._links: list[Link] = []
        self._entities: list[Entity] = []
        self._lights: list[Light] = []
        self._actors = 0

    def material(self, material: Material) -> int:
        """Index of a material; a second, different one of the same name is an error."""
        known = self._material_index.setdefault(material.name, len(self._materials))
        if known == len(self._materials):
            self._materials.append(material)
        elif self._materials[known] != material:
            raise SceneError(f"two different materials are called '{material.name}'; give one another name")
        return known

    def mesh(self, mesh: Mesh, materials: tuple[Material, ...]) -> int:
        """Index of a mesh whose ``face_material`` counts in ``materials``."""
        if mesh.name in self._mesh_index:
            return self._mesh_index[mesh.name]
        table = np.array([self.material(m) for m in materials], np.int32)
        self._mesh_index[mesh.name] = len(self._meshes)
        self._meshes.append(replace(mesh, face_material=frozen(table[mesh.face_material], np.int32)))
        return len(self._meshes) - 1

    def add_static(
        self, entity: Entity, pieces: list[tuple[Mesh, tuple[Material, ...], F64Array | None]], semantic: int = -1
    ) -> int:
        """Add a thing that never moves; each piece is a mesh, its materials and world_from_mesh (None: identity).

        Returns:
            The instance id.
        """
        instance = len(self._entities)
        self._entities.append(replace(entity, actor=-1))
        for mesh, materials, pose in pieces:
            world_from_mesh = frozen(IDENTITY if pose is None else pose, np.float64)
            cls = entity.semantic if semantic < 0 else semantic
            self._parts.append(Part(self.mesh(mesh, materials), instance, -1, world_from_mesh, cls))
        return instance

    def add_light(self, light: Light) -> None:
        """Add a lamp fixed to the world."""
        self._lights.append(light)

    def place(self, asset: Asset, name: str, world_from_entity: F64Array | None = None) -> int:
        """Add an asset: an actor where no pose is given (its pose is in ``WorldState``), else fixed for good.

        Returns:
            The instance id.
        """
        instance, first_link = len(self._entities), len(self._links)
        actor = -1
        if world_from_entity is None:
            actor, self._actors = self._actors, self._actors + 1
        pose = None if world_from_entity is None else frozen(world_from_entity, np.float64)
        self._entities.append(replace(asset.entity, name=name, actor=actor, world_from_entity=pose))
        meshes = [self._asset_mesh(m, asset, actor >= 0 and self.environment.lamps_lit) for m in asset.meshes]
        if actor >= 0:
            for link in asset.links:
                parent = link.parent + first_link if link.parent >= 0 else -1
                self._links.append(replace(link, actor=actor, parent=parent))
        fixed = _rest_frames(asset)
        for part in asset.parts:
            if actor >= 0:
                glow = self._brake_material(asset, part)
                mesh = meshes[part.mesh]
                moved = replace(part, mesh=mesh, entity=instance, link=part.link + first_link, braking=glow)
            else:
                frame = tf.compose(np.asarray(world_from_entity), tf.compose(fixed[part.link], part.frame_from_mesh))
                moved = replace(
                    part, mesh=meshes[part.mesh], entity=instance, link=-1, frame_from_mesh=frozen(frame, np.float64)
                )
            self._parts.append(moved)
        if self.environment.lamps_lit and actor >= 0:
            self._lights.extend(replace(lamp, link=lamp.link + first_link) for lamp in asset.lights)
        return instance

    def _asset_mesh(self, mesh: Mesh, asset: Asset, lit: bool) -> int:
        """Index of an asset's mesh. Lamps that are switched on are another mesh than those that are off."""
        used: list[int] = np.unique(mesh.face_material).tolist()
        if not lit or not any(asset.materials[i].name in asset.lit for i in used):
            return self.mesh(mesh, asset.materials)
        glowing = tuple(asset.lit.get(m.name, m) for m in asset.materials)
        return self.mesh(replace(mesh, name=f"{mesh.name}.lit"), glowing)

    def _brake_material(self, asset: Asset, part: Part) -> int:
        """What a part shines with while braking, or -1."""
        used: list[int] = np.unique(asset.meshes[part.mesh].face_material).tolist()
        glow = asset.braking.get(asset.materials[used[0]].name) if len(used) == 1 else None
        return -1 if glow is None else self.material(glow)

    def build(self, lanes: LaneGraph, regions: Mapping[str, F64Array] | None = None) -> Scene:
        """The finished, immutable scene."""
        return Scene(
            tuple(self._meshes), tuple(self._materials), tuple(self._parts), tuple(self._entities),
            tuple(self._links), tuple(self._lights), lanes, self.environment, dict(regions or {}),
        )  # fmt: skip


def _rest_frames(asset: Asset) -> list[F64Array]:
    """entity_from_link with all joints at 0."""
    frames: list[F64Array] = []
    for link in asset.links:
        parent = np.eye(4) if link.parent < 0 else frames[link.parent]
        frames.append(tf.compose(parent, link.parent_from_link))
    return frames
