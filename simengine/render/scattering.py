"""How surfaces scatter the waves of a radar.

Geometrical optics of a rough surface: a patch of area dA, met at an angle t, has the radar cross-section

    dA * reflectivity * exp(-tan(t)^2 / (2 slope^2)) / (2 slope^2 cos(t)^4)

(Ulaby, Moore, Fung, Microwave Remote Sensing II, 12-5, with the reflectivity at normal incidence), and ``rest`` a
square metre across the ray beside: edges, gaps and corners that meshes do not have, and volume scattering (the model
of constant gamma, Long, Radar Reflectivity of Land and Sea). The first term gives a smooth sphere pi r^2, a large plane
at distance R pi R^2, and a plate A / (2 slope^2) where it faces the radar: a real panel is not flat to 0.1 mm, so
it does not have the 4 pi A^2 / wavelength^2 of an ideal one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from simengine.arrays import Array, F64Array, I64Array
from simengine.geometry import transforms as tf
from simengine.world.scene import Mesh, Scene
from simengine.world.substances import Substance, substance_of

__all__ = ["SURFACES", "Facets", "Surface"]


@dataclass(frozen=True)
class Surface:
    """How a kind of matter scatters waves of 4 mm.

    Attributes:
        reflectivity: of power, at normal incidence (Fresnel, from permittivities at 77 GHz).
        slope: rms slope of the surface at scales above the wavelength, dents and curvature of panels included.
        rest: cross-section a square metre across the ray of all that is not a smooth surface.
    """

    reflectivity: float
    slope: float
    rest: float


SURFACES: Mapping[Substance, Surface] = {
    Substance.METAL: Surface(1.0, 0.12, 0.3),
    Substance.GLASS: Surface(0.18, 0.08, 0.02),
    Substance.PLASTIC: Surface(0.06, 0.2, 0.04),
    Substance.RUBBER: Surface(0.1, 0.3, 0.08),
    Substance.TISSUE: Surface(0.3, 0.4, 0.15),
    Substance.WOOD: Surface(0.05, 0.3, 0.06),
    Substance.STONE: Surface(0.14, 0.12, 0.006),
    Substance.SOIL: Surface(0.08, 0.4, 0.02),
    Substance.FOLIAGE: Surface(0.04, 1.0, 0.06),
    Substance.WATER: Surface(0.5, 0.05, 0.001),
}
"""Chosen so that whole things have the cross-sections that are measured at 77 GHz: cars 0 to 20 dBsm by aspect, people
-10 to 0, roads -25 to -20 dB a square metre across the ray (asphalt at some degrees), grass -17."""


class Facets:
    """Normals and scattering of all faces of a scene."""

    def __init__(self, scene: Scene) -> None:
        meshes = scene.meshes
        sizes = [len(m.faces) for m in meshes]
        first = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        self._first: I64Array = first[np.array([p.mesh for p in scene.parts], np.int64)]
        self._corners: Array = np.concatenate([np.zeros((0, 3, 3), np.float32), *map(_corner_normals, meshes)])
        kinds = [SURFACES[substance_of(m)] for m in scene.materials]
        table = np.array([[k.reflectivity, k.slope, k.rest] for k in kinds] or [[0.0, 1.0, 0.0]])
        self._table: F64Array = table
        self._material: Array = np.concatenate([np.zeros(0, np.int32), *(m.face_material for m in meshes)])

    def normals(self, part: I64Array, face: I64Array, uv: Array, world_from_mesh: F64Array) -> F64Array:
        """Unit normals (N, 3) in the world where rays met faces, of either side.

        Args:
            part, face: (N,).
            uv: (N, 2), weights of the second and third corner.
            world_from_mesh: (P, 4, 4).
        """
        corners = self._corners[self._first[part] + face].astype(np.float64)
        u, v = uv[:, 0:1].astype(np.float64), uv[:, 1:2].astype(np.float64)
        mixed = corners[:, 0] * (1.0 - u - v) + corners[:, 1] * u + corners[:, 2] * v
        turned = tf.rotate(world_from_mesh[part], mixed)
        return turned / np.maximum(np.sqrt((turned * turned).sum(-1, keepdims=True)), 1e-12)

    def scattered(self, part: I64Array, face: I64Array, cosine: F64Array, between: F64Array) -> F64Array:
        """Cross-section a square metre across the ray, (N,).

        Args:
            part, face: (N,).
            cosine: (N,), of the angle of incidence, 0..1.
            between: (N,), variance of the angle of incidence between neighbouring rays, of an axis: most rays would
                miss a lobe that is narrower; a wider one adds up to the same.
        """
        reflectivity, slope, rest = self._table[self._material[self._first[part] + face]].T
        spread = slope * slope + between
        c = np.maximum(cosine, 1e-3)
        return reflectivity * np.exp(-(1.0 / (c * c) - 1.0) / (2.0 * spread)) / (2.0 * spread * c**5) + rest


def _corner_normals(mesh: Mesh) -> Array:
    """Normals (F, 3, 3) at the corners of faces; of flat ones three times the same."""
    if mesh.vertex_normals is not None:
        return mesh.vertex_normals[mesh.faces].astype(np.float32)
    corners = mesh.vertices_m.astype(np.float64)[mesh.faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.sqrt((normal * normal).sum(-1, keepdims=True))
    unit = np.where(length > 0, normal / np.where(length > 0, length, 1.0), (0.0, 0.0, 1.0))
    return np.repeat(unit[:, None], 3, 1).astype(np.float32)
