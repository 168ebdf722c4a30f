"""Path tracing: the light of an image without bias (preset ``reference``).

Every vertex asks the sun, the sky, a lamp and a point of what shines, and the path goes on in a direction that its
surface would scatter (``walk``). A pixel's paths are its own: no number depends on how the work is cut.
"""

from __future__ import annotations

import math
from typing import Any

import warp as wp

from simengine.arrays import BoolArray, F64Array
from simengine.world.scene import Scene
from simengine.world.state import WorldState
from simengine_renderers.raytrace import walk
from simengine_renderers.raytrace.bsdf import coat_lobes
from simengine_renderers.raytrace.denoise import clean, traits_room
from simengine_renderers.raytrace.emitters import ShiningSurfaces
from simengine_renderers.raytrace.film import Film
from simengine_renderers.raytrace.lamps import Lamps
from simengine_renderers.raytrace.single import Found
from simengine_renderers.raytrace.sky import Sky
from simengine_renderers.raytrace.skylight import above_of
from simengine_renderers.raytrace.slices import Slices, launch
from simengine_renderers.raytrace.tables import SceneTables
from simengine_renderers.raytrace.tracing import Tracer

__all__ = ["Paths"]

_MOST_LAMPS = 4096
_RUN = 16  # pixels a thread of Warp on the CPU takes


class Paths:
    """Traces paths through one scene."""

    def __init__(
        self, scene: Scene, tracer: Tracer, tables: SceneTables, sky: Sky, table: Any, lamps: Lamps, cleaned: bool
    ) -> None:  # fmt: skip
        self._tracer, self._lamps, self._device = tracer, lamps, tracer.device
        self._surfaces = ShiningSurfaces(scene)
        self._lights, self._world = walk.Lights(), walk.World()
        self._lights.above = above_of(sky, table, tracer.device)
        self._lights.extinction_per_m, self._lights.airlight = sky.extinction_per_m, wp.vec3(*sky.airlight)
        for name in ("parts", "materials", "faces", "corners"):
            setattr(self._world, name, getattr(tables, name))
        self._world.lobes = coat_lobes(tracer.device)
        self._no_glow = wp.array([-1], dtype=int, device=tracer.device)
        self._no_lamps = wp.zeros(1, dtype=walk.Lamp, device=tracer.device)
        self._cleaned = cleaned
        self._room: tuple[int, Any, Any, Any] = (0, None, None, None)

    def enter(
        self, state: WorldState, poses: F64Array, present: BoolArray, pose: F64Array, origin_m: F64Array, carrier: int
    ) -> None:
        """Turn to a state of the scene and a camera in it.

        Args:
            state: lamps that are on.
            poses: (P, 4, 4), world from the mesh of every part. present: (P,), which of them exist.
            pose: world_from_camera.
            origin_m: (3,), of the tracer's placement.
            carrier: entity that the camera does not see, or -1. All other rays do.
        """
        eye, lights, world = pose[:3, 3], self._lights, self._world
        lights.lamps, lights.lamp_count = self._no_lamps, 0
        if self._lamps.count:
            lights.lamps, lights.lamp_count = self._lamps.table(state, eye, 0.0, self._device, _MOST_LAMPS)
        lights.emitters = self._surfaces.table(state, poses, present, eye, self._device)
        world.tree, world.shift = self._tracer.tree(carrier), wp.vec3(*(eye - origin_m))

    def render(
        self, film: Film, view: Any, part_poses: Any, glow: Any, key: tuple[int, int], frame: int, samples: int,
        rows: tuple[int, int], slices: Slices,
    ) -> None:  # fmt: skip
        """Fill some rows of the film's ``hdr``; :meth:`clean` follows when all are filled.

        Args:
            film: the camera.
            view: ``surfaces.View``. part_poses: ``surfaces.Pose`` of every part.
            glow: int, the material that each part shines with (-1: nothing), or None where no lamp is on.
            key, frame: of the samples' numbers.
            samples: paths a pixel.
            rows: first and last row (exclusive).
            slices: threads.
        """
        world, width = self._world, film.spec.width_px
        world.poses = part_poses
        world.glowing, world.glow = (0, self._no_glow) if glow is None else (1, glow)
        random = walk.Random()
        random.key0, random.key1, random.frame = *key, frame
        if self._room[0] != film.pixels:
            noted = traits_room(film.pixels if self._cleaned else 0, self._device)
            self._room = (film.pixels, *_room(film.pixels, self._device), noted)
        inputs = [
            view, world, self._lights, random, samples, *_cells(samples), film.rays, *self._room[1:], film.hdr,
        ]  # fmt: skip

        def work(first: int, stop: int) -> None:
            launch(walk.walk, first * width, stop * width, inputs, self._device, _RUN)

        slices.run(rows[1], 1, work, rows[0])

    def clean(self, film: Film, samples: int, slices: Slices) -> None:
        """Take the noise out of the film's ``hdr``, where the preset says so."""
        if self._cleaned:
            width = film.spec.width_px
            clean(width, film.spec.height_px, samples, self._room[3], film.hdr, slices, self._device)


def _cells(samples: int) -> tuple[int, int]:
    """Columns and rows of a grid with a cell for each sample, as square as can be: all of the pixel counts alike."""
    columns = next(c for c in range(math.isqrt(samples), 0, -1) if samples % c == 0)
    return columns, samples // columns


def _room(n: int, device: str) -> tuple[Any, Any]:
    """What paths note of where they are, for ``n`` pixels."""
    found, vertex = Found(), walk.Vertex()
    fields = (
        (found, {"range_m": float, "part": int, "face": int, "uv": wp.vec2}),
        (vertex, {"point": wp.vec3, "normal": wp.vec3, "flat": wp.vec3, "albedo": wp.vec3, "material": int,
                  "damp": float, "open_sky": float}),
    )  # fmt: skip
    for struct, types in fields:
        for name, dtype in types.items():
            setattr(struct, name, wp.zeros(n, dtype=dtype, device=device))
    return found, vertex
