"""Wheels that stay on the road while the body above them pitches and rolls."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from simengine.world.scene import Asset, Link

__all__ = ["UNSPRUNG", "sprung"]

UNSPRUNG = ("unsprung_roll", "unsprung_pitch")
"""Links that take the body's roll and pitch back, in this order (see :class:`simengine.physics.joints.JointRig`)."""
_AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))


def sprung(asset: Asset) -> Asset:
    """The same vehicle with its wheels on links of their own below the body's; what leans as a whole stays as it is."""
    links = asset.links
    wheels = [k for k, e in enumerate(links) if e.name.startswith(("wheel_", "steer_")) and e.parent == 0]
    if len(wheels) < 4:
        return asset
    more = len(_AXES)

    def moved(link: int) -> int:
        return link + more if link > 0 else link

    rest = [
        replace(e, parent=more if k in wheels else moved(e.parent)) for k, e in enumerate(links) if k > 0
    ]  # fmt: skip
    between = [Link(links[0].actor, k, np.eye(4), axis, UNSPRUNG[k]) for k, axis in enumerate(_AXES)]
    return replace(
        asset, links=(links[0], *between, *rest),
        parts=tuple(replace(p, link=moved(p.link)) for p in asset.parts),
        lights=tuple(replace(p, link=moved(p.link)) for p in asset.lights),
        landmarks=tuple(replace(p, link=moved(p.link)) for p in asset.landmarks),
    )  # fmt: skip
