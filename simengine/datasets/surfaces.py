"""What the values of the channels ``part`` and ``material`` stand for: ``surfaces.json``, where one is recorded."""

from __future__ import annotations

from dataclasses import dataclass

from simengine.datasets.fields import Fields
from simengine.datasets.plain_json import Json
from simengine.world.scene import Scene

__all__ = ["CHANNELS", "Surfaces", "surfaces_of"]

CHANNELS = ("part", "material")
"""Channels whose values are explained here."""


@dataclass(frozen=True)
class Surfaces:
    """Names by index.

    Attributes:
        part_names: ("wheel_fl", ...); "" of things in one piece.
        part_instances: instance id that each part belongs to.
        materials: names.
    """

    part_names: tuple[str, ...]
    part_instances: tuple[int, ...]
    materials: tuple[str, ...]

    def to_json(self) -> dict[str, Json]:
        """Content of ``surfaces.json``."""
        parts = zip(self.part_names, self.part_instances, strict=True)
        return {"parts": [{"name": n, "instance": i} for n, i in parts], "materials": list(self.materials)}

    @classmethod
    def from_json(cls, data: Json, where: str) -> Surfaces:
        """The inverse of :meth:`to_json`.

        Raises:
            DatasetError: the data is something else.
        """
        fields = Fields(data, f"'{where}'")
        parts = fields.each("parts")
        names = tuple(p.text("name") for p in parts)
        return cls(names, tuple(p.whole("instance", 0) for p in parts), tuple(fields.texts("materials")))


def surfaces_of(scene: Scene) -> Surfaces:
    """The surfaces of a scene."""
    return Surfaces(
        tuple(p.name for p in scene.parts), tuple(p.entity for p in scene.parts), tuple(m.name for m in scene.materials)
    )
