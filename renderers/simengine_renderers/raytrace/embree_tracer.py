"""Tracing through Embree on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import warp as wp

from simengine.world.scene import Scene
from simengine_renderers.raytrace import packets
from simengine_renderers.raytrace.bvh import Mover
from simengine_renderers.raytrace.embree import entry
from simengine_renderers.raytrace.levels import Level
from simengine_renderers.raytrace.single import Tree
from simengine_renderers.raytrace.still import Forest
from simengine_renderers.raytrace.tracing import FAR_M, LAMP_MARGIN_M, Hits, Placement, Rays, ShadowRays

__all__ = ["EmbreeTracer"]

_COHERENT = 1 << 16  # RTC_RAY_QUERY_FLAG_COHERENT: neighbouring rays share their way through the tree
_NOBODY = -1


class EmbreeTracer:
    """All parts of a scene under one top level: what never moves as a single mesh, the rest as instances.

    A carrier that rests is not to be seen by its own sensors and cannot be part of that mesh for them. They trace a top
    level of their own, so that nothing depends on which sensors were read before.
    """

    device = "cpu"
    row_step = 4

    def __init__(self, scene: Scene, forest: Forest, parts: Sequence[int] | None = None) -> None:
        self._scene, self._forest, self._whole = scene, forest, parts is None
        self._all = np.arange(len(scene.parts)) if parts is None else np.asarray(parts, np.int64)
        self._where: tuple[bytes, bytes] | None = None
        self._alone: dict[tuple[int, ...], EmbreeTracer] = {}
        self._no_movers = wp.zeros(1, dtype=Mover, device="cpu")
        self._all_active = wp.zeros(1, dtype=wp.uint8, device="cpu")
        self._no_shares = wp.zeros(1, dtype=wp.vec4, device="cpu")
        self._no_cut = wp.zeros(1, dtype=float, device="cpu")
        self._closest, self._any = entry("rtcIntersect16"), entry("rtcOccluded16")
        self._levels: dict[int, Level] = {}
        self._level = self._level_of(_NOBODY)

    def _level_of(self, carrier: int) -> Level:
        """What the sensors of a carrier trace; those of all that move, and those in the world, share one."""
        key = carrier if self._whole and carrier in self._forest.resting else _NOBODY
        if key not in self._levels:
            still = self._forest.still(key) if self._whole else None
            self._levels[key] = Level(self._scene, self._forest, self._all, still)
        return self._levels[key]

    def place(self, placement: Placement) -> None:
        """Move what has changed since the last call and rebuild the top of the tree."""
        self._level.place(placement)

    def closest(self, rays: Rays, hits: Hits, first_row: int, stop_row: int) -> None:
        """Nearest hits of rows [first_row, stop_row) (whole tiles of four rows, or up to the end)."""
        first, count = _packets(rays.width, first_row, stop_row)
        level = self._level
        wp.launch(
            packets.closest_packets, dim=count, device="cpu",
            inputs=[
                first, rays.width, rays.height, rays.stride, rays.x0, rays.y0, self._closest, level.scene,
                _COHERENT, level.mask(rays.carrier), FAR_M, int(rays.own_origins), int(rays.own_times),
                wp.mat33(rays.rotation), rays.origins,
                rays.directions, rays.times, int(rays.active is not None),
                self._all_active if rays.active is None else rays.active, int(rays.shares is not None),
                self._no_shares if rays.shares is None else rays.shares, self._any, *level.tables,
                hits.range_m, hits.face, hits.part, hits.uv,
            ],
        )  # fmt: skip

    def reach(self, rays: ShadowRays, first_row: int, stop_row: int) -> None:
        """Shadow rays of rows [first_row, stop_row)."""
        first, count = _packets(rays.width, first_row, stop_row)
        aim = np.zeros(3) if rays.aim is None else rays.aim
        wp.launch(
            packets.any_packets, dim=count, device="cpu",
            inputs=[
                first, rays.width, rays.height, self._any, self._level.scene,
                _COHERENT if rays.coherent else 0, rays.origins,
                wp.vec3(*rays.offset_m), rays.active, wp.vec3(*aim), int(rays.aim is None), rays.targets,
                LAMP_MARGIN_M, rays.lit,
            ],
        )  # fmt: skip

    def tree(self, carrier: int) -> Any:
        """Embree's functions and top level, for kernels."""
        out, level = Tree(), self._level
        out.embree, out.scene, out.mask, out.carrier = 1, level.scene, level.mask(carrier), carrier
        out.intersect, out.occluded = entry("rtcIntersect1"), entry("rtcOccluded1")
        out.part_of_slot, out.owner, out.own_face, out.solid = level.tables
        out.movers, out.cut = self._no_movers, self._no_cut
        return out

    def alone(self, parts: Sequence[int], placement: Placement) -> EmbreeTracer:
        """These parts under a top level of their own, kept for the next time."""
        key = tuple(parts)
        if key not in self._alone:
            self._alone[key] = EmbreeTracer(self._scene, self._forest, parts)
        made = self._alone[key]
        where = (placement.origin_m.tobytes(), placement.start[made._all].tobytes())
        if where != made._where:  # most things stand where they stood in the last frame
            made.place(placement)
            made._where = where
        return made

    def prepare(self, carrier: int) -> None:
        """Turn to what the sensors of a carrier trace, and give it its own bit of the ray mask."""
        self._level = self._level_of(carrier)
        self._level.hide(carrier)

    def close(self) -> None:
        """Release the trees."""
        for other in self._alone.values():
            other.close()
        self._alone.clear()
        for level in self._levels.values():
            level.close()
        self._levels.clear()


def _packets(width: int, first_row: int, stop_row: int) -> tuple[int, int]:
    """First packet and number of packets (4 x 4 tiles) of some rows."""
    across = -(-width // 4)
    first = first_row // 4
    return first * across, (-(-stop_row // 4) - first) * across
