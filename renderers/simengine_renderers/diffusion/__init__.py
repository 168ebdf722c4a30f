"""Renderer that wraps another one and replaces its rgb (extra ``diffusion``); every other channel is the other's own.

A small network of ours, trained on the ray tracer's pictures with many samples, ships with the package (``model.py``,
``training.py``); a pretrained Stable Diffusion 1.5 with ControlNets can be used instead (``pretrained.py``). Noise
sticks to surfaces (``noise.py``). Settings: ``settings.py``; docs/neural.md tells more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simengine.render.opening import check_options as check_base
from simengine.render.opening import open_lanes as open_bases
from simengine.render.opening import open_renderer as open_base
from simengine.render.opening import renderer_versions as versions_of_base
from simengine.render.opening import warm_up as warm_base
from simengine.render.protocol import RenderOptions
from simengine.world.scene import Scene
from simengine_renderers.diffusion.model import PRESETS
from simengine_renderers.diffusion.settings import SETTINGS, Settings, own_folder

if TYPE_CHECKING:
    from simengine_renderers.diffusion.renderer import DiffusionRenderer, Painter
    from simengine_renderers.diffusion.training import Looks

__all__ = [
    "PRESETS", "SETTINGS", "Settings", "check_options", "describe", "open_lanes", "open_renderer", "train", "versions",
    "warm_up",
]  # fmt: skip

_PACKAGES = ("torch", "diffusers", "transformers", "safetensors", "accelerate")
_MISSING = [name for name in _PACKAGES if find_spec(name) is None]
if _MISSING:
    raise ImportError(f"{', '.join(_MISSING)} not installed")

_MOST_LANES = 4
_loaded: dict[tuple[Settings, str, str], Any] = {}  # networks of this process: read only, shared by its renderers


def open_renderer(scene: Scene, options: RenderOptions) -> DiffusionRenderer:
    """Open the renderer on a scene (entry point ``diffusion`` of ``simengine.renderers``).

    Raises:
        UsageError: a setting or device that cannot be had; or as the base renderer raises.
    """
    from simengine_renderers.diffusion.renderer import Base, DiffusionRenderer

    settings = Settings.of(options.extra)
    make = _painters(settings, options, scene)
    return DiffusionRenderer(scene, Base(open_base(settings.base, scene, _for_base(settings, options))), make())


def open_lanes(scene: Scene, options: RenderOptions) -> list[DiffusionRenderer]:
    """Renderers that make frames at the same time, each on one processor: one for each of up to four.

    The network runs on one processor whatever their number, so that the bytes are the same; several frames side by side
    keep all busy.
    """
    from simengine_renderers.diffusion.backend import device_of
    from simengine_renderers.diffusion.renderer import Base, DiffusionRenderer
    from simengine_renderers.raytrace.slices import thread_count

    settings = Settings.of(options.extra)
    make = _painters(settings, options, scene)
    bases = open_bases(settings.base, scene, _for_base(settings, options))
    count = (
        max(len(bases), min(thread_count(options.threads), _MOST_LANES)) if device_of(options.device) == "cpu" else 1
    )
    for left_over in bases[count:]:
        left_over.close()
    users = [sum(k % len(bases) == i for k in range(count)) for i in range(len(bases))]
    shared = [Base(b, n) for b, n in zip(bases, users, strict=True) if n]
    return [DiffusionRenderer(scene, shared[k % len(shared)], make()) for k in range(count)]


def check_options(options: RenderOptions) -> None:
    """Refuse at once what cannot be had. Loads nothing heavy.

    Raises:
        UsageError: a setting; or as the base renderer raises.
    """
    settings = Settings.of(options.extra)
    check_base(settings.base, _for_base(settings, options))


def warm_up(options: RenderOptions, progress: Callable[[str], None] | None = None) -> None:
    """Load the network, and what the base renderer must do before its first frame."""
    say = progress or (lambda _: None)
    settings = Settings.of(options.extra)
    warm_base(settings.base, _for_base(settings, options), say)
    say(f"loading {settings.pretrained or settings.model}")
    _load(settings, options.device)


def versions(options: RenderOptions) -> dict[str, str]:
    """What decides the bytes beside the settings: packages, the base renderer's too, and a digest of the weights."""
    settings = Settings.of(options.extra)
    of_base = versions_of_base(settings.base, _for_base(settings, options))
    return {**of_base, **{p: version(p) for p in ("torch", "diffusers")}, "weights": _weights(settings)}


def describe() -> str:
    """What is there, for ``simengine doctor``."""
    shipped = own_folder("tiny") / "diffusion_pytorch_model.safetensors"
    return f"own network 'tiny' ({shipped.stat().st_size / 1e6:.1f} MB), torch {version('torch')}"


def train(
    preset: str, scenarios: tuple[str, ...], looks: Looks, out: Path, *, seed: int, limit_s: float, command: str,
    source: str, tell: Callable[[str], None],
) -> dict[str, Any]:  # fmt: skip
    """Train the own network (``training.train``).

    Args:
        preset: of ``PRESETS``.
        scenarios: where the scenes come from, for the model card.
        looks: gives looks into scenes: (size in px, looks a scene, seed, roam) to (scene) to looks.
        out: folder to make.
        seed, limit_s, command, source: as ``training.Plan`` has them.
        tell: hears a line about each stage.
    """
    from simengine_renderers.diffusion.training import Plan
    from simengine_renderers.diffusion.training import train as run

    return run(Plan.of(preset, scenarios, seed, limit_s, command, source), looks, out, tell)


def _for_base(settings: Settings, options: RenderOptions) -> RenderOptions:
    return replace(options, extra={} if settings.pretrained else {"edges": "plain"})  # what our network has learnt from


def _load(settings: Settings, device: str) -> Any:
    key = (settings, device, _weights(settings))
    if key not in _loaded:
        if settings.pretrained:
            from simengine_renderers.diffusion.pretrained import load_pipeline

            _loaded[key] = load_pipeline(settings, device)
        else:
            from simengine_renderers.diffusion.own import load_own

            _loaded[key] = load_own(settings, device)
    return _loaded[key]


def _weights(settings: Settings) -> str:
    from simengine_renderers.diffusion.identity import digest_of

    return digest_of(settings)


def _painters(settings: Settings, options: RenderOptions, scene: Scene) -> Callable[[], Painter]:
    loaded = _load(settings, options.device)
    if settings.pretrained:
        from simengine_renderers.diffusion.pretrained import PretrainedPainter

        return lambda: PretrainedPainter(loaded, settings, scene)
    from simengine_renderers.diffusion.own import OwnPainter

    return lambda: OwnPainter(loaded, settings, scene)
