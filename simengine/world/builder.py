"""Puts meshes, materials, assets and lights together into one Scene with dense ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from simengine.arrays import F64Array, I32Array, frozen
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.detail import far_parts, lighter
from simengine.world.enclosure import Enclosure
from simengine.world.lamps import Flash
from simengine.world.lanes import LaneGraph
from simengine.world.materials import Material
from simengine.world.scene import IDENTITY, Asset, Entity, Glow, Landmark, Light, Link, Mesh, Part, Scene, Shine
from simengine.world.snow_cover import SNOW, Fallen, leafless
from simengine.world.weather import Environment

__all__ = ["SceneBuilder"]

_LOW_SUN_RAD = 0.17
"""Above that (10 degrees) nothing is seen of what the head lamps of vehicles light up."""
_STEP = 0.381966
"""Share of their period by which the indicators of one actor are ahead of those of the one before."""


class SceneBuilder:
    """Collects the pieces of a scene. Meshes and materials with equal names are stored once, and must be equal.

    Attributes:
        environment: weather and light.
        split: which looks a world brings along: "all", "train" or "held_out" (``simengine.world.splits``).
    """

    def __init__(self, environment: Environment | None = None, split: str = "all") -> None:
        self.environment = environment or Environment()
        self.split = split
        self._meshes: list[Mesh] = []
        self._sources: list[tuple[Mesh, I32Array]] = []
        self._tables: list[tuple[Material, ...]] = []
        self._mesh_index: dict[str, int] = {}
        self._materials: list[Material] = []
        self._material_index: dict[str, int] = {}
        self._parts: list[Part] = []
        self._links: list[Link] = []
        self._entities: list[Entity] = []
        self._lights: list[Light] = []
        self._landmarks: list[Landmark] = []
        self._enclosures: list[Enclosure] = []
        self._actors = 0

    def material(self, material: Material) -> int:
        """Index of a material; a second, different one of the same name is an error. Under snow leaves are shed."""
        if self.environment.snow_cover > 0.0:
            material = leafless(material)
        known = self._material_index.setdefault(material.name, len(self._materials))
        if known == len(self._materials):
            self._materials.append(material)
        elif self._materials[known] != material:
            raise SceneError(f"two different materials are called '{material.name}'; give one another name")
        return known

    def mesh(self, mesh: Mesh, materials: tuple[Material, ...]) -> int:
        """Index of a mesh whose ``face_material`` counts in ``materials``; a second, different one of the same name is
        an error."""
        known = self._mesh_index.get(mesh.name)
        if known is not None and mesh is self._sources[known][0] and materials == self._tables[known]:
            return known
        table = np.array([self.material(m) for m in materials], np.int32)
        if known is not None:
            if not _alike(self._meshes[known], _in_table(mesh, table)):
                raise SceneError(f"two different meshes are called '{mesh.name}'; give one another name")
            return known
        self._mesh_index[mesh.name] = len(self._meshes)
        self._meshes.append(_in_table(mesh, table))
        self._sources.append((mesh, table))
        self._tables.append(materials)
        return len(self._meshes) - 1

    def add_static(
        self,
        entity: Entity,
        pieces: list[tuple[Mesh, tuple[Material, ...], F64Array | None]],
        semantic: int = -1,
        glows: Sequence[Glow | None] = (),
        names: Sequence[str] = (),
    ) -> int:
        """Add a thing that never moves; each piece is a mesh, its materials and world_from_mesh (None: identity).

        ``glows`` say of the first pieces what they shine with (None: nothing), ``names`` which parts they are.

        Returns:
            The instance id.
        """
        instance = len(self._entities)
        self._entities.append(replace(entity, actor=-1))
        for k, (mesh, materials, pose) in enumerate(pieces):
            world_from_mesh = frozen(IDENTITY if pose is None else pose, np.float64)
            cls = entity.semantic if semantic < 0 else semantic
            glow = glows[k] if k < len(glows) else None
            shines = () if glow is None else (Shine(self.material(glow.material), 0, glow.flash),)
            name = names[k] if k < len(names) else ""
            self._parts.append(
                Part(self.mesh(mesh, materials), instance, -1, world_from_mesh, cls, name, shines=shines)
            )
        return instance

    def add_light(self, light: Light) -> None:
        """Add a lamp fixed to the world."""
        self._lights.append(light)

    def enclose(self, enclosure: Enclosure) -> None:
        """Keep the sky's light out of a bore."""
        self._enclosures.append(enclosure)

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
        meshes = [self.mesh(m, asset.materials) for m in asset.meshes]
        if actor >= 0:
            for link in asset.links:
                parent = link.parent + first_link if link.parent >= 0 else -1
                self._links.append(replace(link, actor=actor, parent=parent))
        fixed = _rest_frames(asset)
        for part in asset.parts:
            if actor >= 0:
                shines = self._shines(asset, part, actor)
                moved = replace(
                    part, mesh=meshes[part.mesh], entity=instance, link=part.link + first_link, shines=shines
                )
            else:
                frame = tf.compose(np.asarray(world_from_entity), tf.compose(fixed[part.link], part.frame_from_mesh))
                moved = replace(
                    part, mesh=meshes[part.mesh], entity=instance, link=-1, frame_from_mesh=frozen(frame, np.float64)
                )
            self._parts.append(moved)
        for mark in asset.landmarks:
            if actor >= 0:
                self._landmarks.append(replace(mark, entity=instance, link=mark.link + first_link))
            else:
                at = tf.apply(tf.compose(np.asarray(world_from_entity), fixed[mark.link]), np.array(mark.position_m))
                self._landmarks.append(replace(mark, entity=instance, link=-1, position_m=tuple(at.tolist())))
        if actor >= 0 and (self.environment.lamps_lit or self.environment.sun_elevation_rad < _LOW_SUN_RAD):
            self._lights.extend(replace(lamp, link=lamp.link + first_link) for lamp in asset.lights)
        return instance

    def _shines(self, asset: Asset, part: Part, actor: int) -> tuple[Shine, ...]:
        """What a part shines with, and when. Indicators of several vehicles are out of step."""
        used: list[int] = np.unique(asset.meshes[part.mesh].face_material).tolist()
        glows = asset.glows.get(asset.materials[used[0]].name, ()) if len(used) == 1 else ()
        return tuple(
            Shine(self.material(g.material), g.lamps, _shifted(g.flash, actor) if g.lamps else g.flash) for g in glows
        )

    def build(self, lanes: LaneGraph, regions: Mapping[str, F64Array] | None = None) -> Scene:
        """The finished, immutable scene; what stands far from the lanes has lighter meshes."""
        meshes, parts = self._detailed(lanes)
        cover = self.environment.snow_cover
        fallen = Fallen(cover, self.material(SNOW)) if cover > 0.0 else None
        return Scene(
            tuple(meshes), tuple(self._materials), tuple(parts), tuple(self._entities),
            tuple(self._links), tuple(self._lights), lanes, self.environment, dict(regions or {}),
            tuple(self._landmarks), tuple(self._enclosures), fallen,
        )  # fmt: skip

    def _detailed(self, lanes: LaneGraph) -> tuple[list[Mesh], list[Part]]:
        """All meshes and parts, with lighter meshes where they do (``simengine.world.detail``)."""
        meshes, parts = list(self._meshes), list(self._parts)
        known: dict[int, int] = {}
        for row in far_parts(parts, meshes, lanes):
            mesh = parts[row].mesh
            if mesh not in known:
                whole, table = self._sources[mesh]
                light = lighter(whole)
                known[mesh] = mesh if light is whole else len(meshes)
                if light is not whole:
                    meshes.append(_in_table(light, table))
            if known[mesh] != mesh:
                parts[row] = replace(parts[row], mesh=known[mesh])
        used = {p.mesh for p in parts} | (set(range(len(self._meshes))) - known.keys())
        place = {old: new for new, old in enumerate(sorted(used))}
        return [meshes[k] for k in sorted(used)], [
            p if place[p.mesh] == p.mesh else replace(p, mesh=place[p.mesh]) for p in parts
        ]


def _in_table(mesh: Mesh, table: I32Array) -> Mesh:
    """A mesh whose faces count in the materials of the scene."""
    return replace(mesh, face_material=frozen(table[mesh.face_material], np.int32), far=None)


def _alike(one: Mesh, other: Mesh) -> bool:
    """Whether two meshes have the same triangles of the same materials, in the same order."""
    return (
        np.array_equal(one.faces, other.faces)
        and np.array_equal(one.vertices_m, other.vertices_m)
        and np.array_equal(one.face_material, other.face_material)
    )


def _shifted(flash: Flash | None, actor: int) -> Flash | None:
    """The same flash at another time for each actor; actor 0 begins at 0."""
    if flash is None:
        return None
    return replace(flash, offset_ns=flash.offset_ns + int(actor * _STEP * flash.period_ns) % flash.period_ns)


def _rest_frames(asset: Asset) -> list[F64Array]:
    """entity_from_link with all joints at 0."""
    frames: list[F64Array] = []
    for link in asset.links:
        parent = np.eye(4) if link.parent < 0 else frames[link.parent]
        frames.append(tf.compose(parent, link.parent_from_link))
    return frames
