"""What a person can set (``--set key=value``), checked without loading anything heavy."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from simengine import plugins
from simengine.errors import UsageError, did_you_mean

__all__ = ["FILES", "SETTINGS", "Settings", "own_folder"]

SETTINGS: Mapping[str, str] = {
    "base": "renderer that makes everything but rgb, and what rgb is made from (raytrace)",
    "model": "own network: 'tiny', or a folder that 'simengine neural train' wrote (tiny)",
    "steps": "how often the network is asked: 1 to 4 (1); with 'pretrained' 1 to 100 (20)",
    "noise": "anchored (sticks to surfaces) or iid (new in every frame, to compare with) (anchored)",
    "pretrained": "Stable Diffusion 1.5: hub id or folder of a pipeline, instead of the own network",
    "depth": "ControlNet for depth: hub id or folder",
    "segmentation": "ControlNet for segmentation with ADE20K's colours: hub id or folder",
    "strength": "0 to 1: the most that is changed of any class (1: as far as its class allows)",
    "guidance": "0 to 30: how closely the prompt is followed (5)",
    "prompt": "what the picture shows (made from weather and light)",
    "local_files_only": "true: never look on the hub (false)",
}
_PRETRAINED_ONLY = ("depth", "segmentation", "strength", "guidance", "prompt", "local_files_only")
_WEIGHTS = Path(__file__).parent / "weights"
FILES = ("config.json", "diffusion_pytorch_model.safetensors")
"""What a folder of an own network holds."""


@dataclass(frozen=True)
class Settings:
    """Checked settings; see ``SETTINGS``.

    Attributes:
        pretrained, depth, segmentation: "" where not asked for.
        prompt: "" to make one from the weather.
    """

    base: str = "raytrace"
    model: str = "tiny"
    steps: int = 1
    noise: str = "anchored"
    pretrained: str = ""
    depth: str = ""
    segmentation: str = ""
    strength: float = 1.0
    guidance: float = 5.0
    prompt: str = ""
    local_files_only: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Settings:
        """Check what was given.

        Raises:
            UsageError: an unknown key, a value out of range, settings that do not go together, no such model.
        """
        for key in given:
            if key not in SETTINGS:
                raise UsageError(f"renderer 'diffusion' has no setting '{key}'; {_nearest(key, tuple(SETTINGS))}")
        pretrained = given.get("pretrained", "")
        if not pretrained:
            for key in _PRETRAINED_ONLY:
                if key in given:
                    raise UsageError(
                        f"setting '{key}' is for a pretrained pipeline; give pretrained=HUB_ID_OR_FOLDER too"
                    )
        elif "model" in given:
            raise UsageError("settings 'model' and 'pretrained' exclude each other; give one of them")
        elif not (given.get("depth") or given.get("segmentation")):
            raise UsageError(
                "setting 'pretrained' needs a ControlNet too: depth=HUB_ID_OR_FOLDER, segmentation=..., or both"
            )
        most, usual = (100, 20) if pretrained else (4, 1)
        made = cls(
            base=_word(given, "base", _bases(), "raytrace"),
            model=given.get("model", "tiny"),
            steps=int(_number(given, "steps", 1, most, usual, whole=True)),
            noise=_word(given, "noise", ("anchored", "iid"), "anchored"),
            pretrained=pretrained,
            depth=given.get("depth", ""),
            segmentation=given.get("segmentation", ""),
            strength=_number(given, "strength", 0, 1, 1.0),
            guidance=_number(given, "guidance", 0, 30, 5.0),
            prompt=given.get("prompt", ""),
            local_files_only=_word(given, "local_files_only", ("true", "false"), "false") == "true",
        )
        if not pretrained:
            own_folder(made.model)
        return made


def own_folder(model: str) -> Path:
    """Folder of an own network.

    Raises:
        UsageError: there is none, or it holds something else.
    """
    shipped = sorted(p.name for p in _WEIGHTS.iterdir() if p.is_dir()) if _WEIGHTS.is_dir() else []
    folder = _WEIGHTS / model if model in shipped else Path(model)
    if not folder.is_dir():
        near = did_you_mean(model, shipped)
        hint = f"did you mean '{near}'?" if near else f"shipped: {', '.join(shipped) or 'none'}, or a folder made by "
        hint += "" if near else "'simengine neural train'"
        raise UsageError(f"setting 'model': there is no model and no folder '{model}'; {hint}")
    for name in FILES:
        if not (folder / name).is_file():
            raise UsageError(
                f"setting 'model': '{folder}' holds no {name}; a folder made by 'simengine neural train' holds "
                f"{' and '.join(FILES)} (pipelines go to the setting 'pretrained')"
            )
    try:
        kind = json.loads((folder / FILES[0]).read_text(encoding="utf-8")).get("_class_name")
    except (ValueError, AttributeError, OSError):
        kind = None
    if kind != "GBufferDenoiser":
        raise UsageError(
            f"setting 'model': '{folder}' is no own network (config.json names {kind!r}, not 'GBufferDenoiser'); "
            "train one with 'simengine neural train', or use the setting 'pretrained' for a pipeline"
        )
    return folder


def _bases() -> tuple[str, ...]:
    return tuple(name for name in plugins.installed("renderers") if name != "diffusion")


def _nearest(word: str, known: tuple[str, ...]) -> str:
    near = did_you_mean(word, known)
    return f"did you mean '{near}'?" if near else f"it has {', '.join(known)}"


def _word(given: Mapping[str, str], key: str, allowed: tuple[str, ...], usual: str) -> str:
    value = given.get(key, usual)
    if value not in allowed:
        near = did_you_mean(value, allowed)
        hint = f"did you mean '{near}'?" if near else f"choose from {', '.join(allowed)}"
        raise UsageError(f"setting '{key}' has no value '{value[:80]}'; {hint}")
    return value


def _number(given: Mapping[str, str], key: str, low: float, high: float, usual: float, whole: bool = False) -> float:
    text = given.get(key)
    if text is None:
        return usual
    try:
        value = float(int(text)) if whole else float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        kind = "a whole number" if whole else "a number"
        raise UsageError(f"setting '{key}' must be {kind} {low} to {high}, got '{text[:80]}'")
    return value
