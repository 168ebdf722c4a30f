"""Light that takes rays to find, from the ray tracer: what stands around, mirrors, lamps and their shadows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from simengine.arrays import Array
from simengine.render.protocol import Instants
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers.raster.objects import Target, Texture
from simengine_renderers.raytrace.lent import LentLight, Surfaces
from simengine_renderers.raytrace.presets import Preset

__all__ = ["SURFACES", "Traced"]

_SHAPE, _IDS, _PAINT, _PLACE, _RAY = range(5)
SURFACES = frozenset((_SHAPE, _IDS, _PAINT, _PLACE, _RAY))
"""Images of the second pass that the ray tracer gets."""


class Traced:
    """Textures of traced light for one scene.

    Args:
        scene: of the renderer.
        preset: whether what stands around counts; lamps always do.
        lend: opens the ray tracer, when it is needed first.
    """

    def __init__(self, scene: Scene, preset: Preset, lend: Callable[[], LentLight]) -> None:
        self._around, self._lamps, self._lend = preset.contact, bool(scene.lights), lend
        self._lent: LentLight | None = None
        self._cells, self._traced = Texture(np.zeros((4, 1, 3), np.float32)), Texture(np.zeros((2, 1, 4), np.float32))

    @property
    def asks(self) -> bool:
        """Whether surfaces must be shown to the ray tracer."""
        return self._lamps or self.felt

    @property
    def felt(self) -> bool:
        """Whether what stands around counts."""
        return self._around

    @property
    def uniforms(self) -> dict[str, Any]:
        """For the second pass: what stands around counts, and mirrors."""
        return {"around": int(self._around)}

    def look(self, spec: CameraSpec, instants: Instants) -> None:
        """Turn to an instant of a camera."""
        if self.asks:
            self._tracer().look(spec, instants)

    def read(self, drawn: Target) -> Surfaces:
        """Surfaces that have been drawn."""
        shape, ids, paint, place, ray = (drawn.read(k) for k in (_SHAPE, _IDS, _PAINT, _PLACE, _RAY))
        return Surfaces(ray[..., :3], place[..., :3], shape[..., :3], paint[..., :3], shape[..., 3], ids[..., 3])

    def take(self, shown: Surfaces, front: Surfaces, centre: bool) -> None:
        """Find the light on what is ``shown``, maybe through panes in ``front``; with that from around for ``centre``
        rays.
        """
        lent = self._tracer()
        lent.given(shown, front)
        if centre and self.felt:
            self._cells.write(_above_each_other(lent.around()))
        mirrored = lent.mirrored()
        lamps = np.zeros_like(mirrored)
        lamps[..., :3] = lent.lamplight()
        self._traced.write(_above_each_other(np.stack([mirrored, lamps])))

    def bind(self, cells: int, traced: int) -> dict[str, int]:
        """Bind both textures to units."""
        return {"cells": self._cells.bind(cells), "traced": self._traced.bind(traced)}

    def close(self) -> None:
        """Free the textures."""
        for owned in (self._cells, self._traced):
            owned.close()

    def _tracer(self) -> LentLight:
        if self._lent is None:
            self._lent = self._lend()
        return self._lent


def _above_each_other(images: Array) -> Array:
    return images.reshape(-1, *images.shape[2:])
