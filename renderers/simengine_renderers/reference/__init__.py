"""A slow, plain NumPy renderer in float64: the oracle that other renderers are compared with.

Every ray is tested against every triangle of every part whose bounding sphere it meets, so there is no tree that could
be wrong. Geometry channels follow ``simengine.render.protocol`` exactly. What is simpler on purpose: ``rgb`` is Lambert
sun light with hard shadows and a constant ambient term (no sky model, fog, lamps, patterns or exposure: not comparable
with other renderers' rgb); ``albedo`` ignores procedural patterns; LiDAR scans have no noise and no points in the air.
"""

from __future__ import annotations

from simengine.render.protocol import RenderOptions
from simengine.world.scene import Scene
from simengine_renderers.reference.renderer import ReferenceRenderer

__all__ = ["ReferenceRenderer", "open_renderer"]


def open_renderer(scene: Scene, options: RenderOptions) -> ReferenceRenderer:
    """Open the reference renderer on a scene; it has no options and always runs on the CPU."""
    del options
    return ReferenceRenderer(scene)
