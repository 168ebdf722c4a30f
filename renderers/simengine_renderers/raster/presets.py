"""How the light of an image is found: the ray tracer's presets, less those that trace paths."""

from __future__ import annotations

from simengine.render.protocol import RenderOptions
from simengine_renderers.raytrace import presets

__all__ = ["preset_of"]

_PRESETS = {name: preset for name, preset in presets.PRESETS.items() if not preset.paths}


def preset_of(options: RenderOptions) -> presets.Preset:
    """The preset that options mean; those that trace paths have nothing for OpenGL to draw.

    Raises:
        UsageError: another one, or an unknown setting.
    """
    return presets.preset_of(options, "raster", _PRESETS)
