"""Puts drafts on links and makes an asset of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from simengine.arrays import F64Array, frozen
from simengine.errors import SceneError
from simengine.geometry import transforms as tf
from simengine.world.materials import Material
from simengine.world.scene import IDENTITY, Asset, Entity, Landmark, Light, Link, Mesh, Part
from simengine.world.skeletons import SKELETONS
from simengine_scenes import palette
from simengine_scenes.shapes.draft import Draft

__all__ = ["Assembly"]

_Y = (0.0, 1.0, 0.0)


class Assembly:
    """An asset under construction: link 0 is the root "body" at the entity's origin."""

    def __init__(self, shift_x_m: float = 0.0) -> None:
        """Start; what is given in the entity frame is moved by ``shift_x_m``, to centre the bounding box."""
        self._shift = np.array([shift_x_m, 0.0, 0.0])
        self._materials: list[Material] = []
        self._meshes: list[Mesh] = []
        self._parts: list[Part] = []
        self._landmarks: list[Landmark] = []
        self._links: list[Link] = [Link(0, -1, IDENTITY, (0.0, 0.0, 1.0), "body")]
        self._origin: list[F64Array] = [np.zeros(3)]

    def link(self, name: str, at_m: npt.ArrayLike, parent: int = 0, axis: tuple[float, float, float] = _Y) -> int:
        """Add a joint at a point given in the entity frame (all joints at 0)."""
        at = np.asarray(at_m, np.float64) + self._shift
        self._links.append(Link(0, parent, frozen(tf.translation(at - self._origin[parent]), np.float64), axis, name))
        self._origin.append(at)
        return len(self._links) - 1

    def named(self, name: str) -> int:
        """The link of a name."""
        return [link.name for link in self._links].index(name)

    def parent(self, link: int) -> int:
        """The link that another one hangs on."""
        return self._links[link].parent

    def from_link(self, link: int, at_m: npt.ArrayLike) -> F64Array:
        """A point given in the entity frame, in the frame of a link."""
        return np.asarray(at_m, np.float64) + self._shift - self._origin[link]

    def to_entity(self, link: int, at_m: npt.ArrayLike) -> F64Array:
        """A point given in the frame of a link, in the entity frame before it was centred."""
        return np.asarray(at_m, np.float64) - self._shift + self._origin[link]

    def mesh(self, name: str, draft: Draft, only: Sequence[str] = (), without: Sequence[str] = ()) -> int:
        """Add a mesh for use by several parts; ``only`` and ``without`` pick faces by the names of materials."""
        self._meshes.append(draft.mesh(name, self._materials, True, only, without))
        return len(self._meshes) - 1

    def add_body(self, key: str, colour: str, draft: Draft, semantic: int, without: Sequence[str] = ()) -> None:
        """Add a vehicle's body on link 0, with its lamps as parts of their own, less what is made of some materials."""
        known = {m.name for m in draft.table()}
        whole = self._centred(draft)
        self.part("body", self.mesh(f"{key}.body.{colour}", whole, (), (*palette.LAMPS, *without)), semantic)
        for material, name in palette.LAMPS.items():
            if material in known:
                self.part(name, self.mesh(f"{key}.{name}", whole, (material,)), semantic)

    def add_mirrors(self, key: str, draft: Draft, semantic: int) -> None:
        """Add a vehicle's mirrors on link 0: a part of their own, for they do not count in ``Entity.size_m``."""
        self.part("mirrors", self.mesh(f"{key}.mirrors", self._centred(draft)), semantic)

    def _centred(self, draft: Draft) -> Draft:
        return Draft().extend(draft, self._shift)

    def part(self, name: str, mesh: int, semantic: int, link: int = 0, frame: F64Array | None = None) -> None:
        """Put a mesh on a link; ``frame`` is frame_from_mesh (None: the mesh is in the link's own frame)."""
        pose = frozen(IDENTITY if frame is None else frame, np.float64)
        self._parts.append(Part(mesh, 0, link, pose, semantic, name))

    def add(self, name: str, key: str, draft: Draft, semantic: int, link: int = 0) -> None:
        """Add a part whose draft is in the entity frame, as a mesh of its own in the frame of ``link``."""
        moved = Draft().extend(draft, self._shift - self._origin[link])
        self.part(name, self.mesh(key, moved), semantic, link)

    def cut(self, name: str, key: str, draft: Draft, only: Sequence[str], semantic: int, link: int) -> None:
        """Add what of a draft in the entity frame is made of some materials, as a part in the frame of ``link``."""
        moved = Draft().extend(draft, self._shift - self._origin[link])
        self.part(name, self.mesh(key, moved, only), semantic, link)

    def landmark(self, skeleton: str, name: str, at_m: npt.ArrayLike, cover_m: float, link: int = 0) -> None:
        """Name a point given in the entity frame (all joints at 0), which moves with a link.

        ``skeleton`` is a word of ``SKELETONS`` and ``name`` one of its joints.
        """
        if name not in SKELETONS[skeleton].joints:
            raise SceneError(f"expected a joint of '{skeleton}': {', '.join(SKELETONS[skeleton].joints)}; got '{name}'")
        x, y, z = (np.asarray(at_m, np.float64) + self._shift - self._origin[link]).tolist()
        self._landmarks.append(Landmark(0, skeleton, name, link, (x, y, z), cover_m))

    def asset(self, entity: Entity, lights: tuple[Light, ...] = (), shines: bool = False) -> Asset:
        """The finished asset; ``shines``: its lamps shine although none of them lights up anything."""
        return Asset(
            entity,
            tuple(self._meshes),
            tuple(self._materials),
            tuple(self._links),
            tuple(self._parts),
            lights,
            palette.GLOWS if lights or shines else {},
            tuple(self._landmarks),
        )
