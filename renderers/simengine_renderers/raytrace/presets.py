"""How the light of an image is found: presets, chosen by the setting ``preset``. Labels are the same in all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from simengine.errors import UsageError, did_you_mean
from simengine.render.protocol import RenderOptions

__all__ = ["PRESETS", "SETTINGS", "Preset", "preset_of"]

SETTINGS: Mapping[str, str] = {
    "preset": "preview, standard, high or reference: how light is found (standard)",
    "edges": "smooth or plain: whether preset standard sends more rays where one a pixel leaves edges (smooth)",
}


@dataclass(frozen=True)
class Preset:
    """A way to find the light of an image.

    Attributes:
        name: the word for it.
        least, most: limits to the rays a pixel that the camera says (``RenderOptions.samples`` knows none).
        contact: what stands around hides the sky and sends back light.
        paths: by path tracing.
        cleaned: what few paths leave of noise is filtered out.
        smooth: where the camera's one ray a pixel leaves edges, more follow.
    """

    name: str
    least: int
    most: int
    contact: bool = True
    paths: bool = False
    cleaned: bool = False
    smooth: bool = False

    def samples(self, camera: int, asked: int | None) -> int:
        """Rays a pixel: what was asked for, else within the preset's limits what the camera says."""
        return max(1, asked) if asked is not None else min(max(camera, self.least), self.most)


_MANY = 1 << 30
PRESETS: Mapping[str, Preset] = {
    p.name: p
    for p in (
        Preset("preview", 1, 1, contact=False),
        Preset("standard", 1, _MANY, smooth=True),
        Preset("high", 8, _MANY, paths=True, cleaned=True),
        Preset("reference", 64, _MANY, paths=True),
    )
}


def preset_of(options: RenderOptions, renderer: str = "raytrace", known: Mapping[str, Preset] = PRESETS) -> Preset:
    """The preset that options mean.

    Args:
        options: of the renderer.
        renderer, known: which one, and its presets.

    Raises:
        UsageError: an unknown setting, preset or way to draw edges.
    """
    for key in options.extra:
        if key not in SETTINGS:
            raise UsageError(f"renderer '{renderer}' has no setting '{key[:80]}'; known: {', '.join(SETTINGS)}")
    name = options.extra.get("preset", "standard")
    if name not in known:
        near = did_you_mean(name, list(known))
        hint = f"did you mean '{near}'?" if near else f"known: {', '.join(known)}"
        hint = "it traces paths: use --renderer raytrace" if name in PRESETS else hint
        raise UsageError(f"renderer '{renderer}' has no preset '{name[:80]}'; {hint}")
    edges = options.extra.get("edges", "smooth")
    if edges not in ("smooth", "plain"):
        raise UsageError(f"renderer '{renderer}' draws edges smooth or plain; setting 'edges' says '{edges[:80]}'")
    return known[name] if edges == "smooth" else replace(known[name], smooth=False)
