"""Which weights exactly: folders of models, and a digest of what they hold. Loads neither torch nor diffusers."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import import_module
from pathlib import Path

from simengine.errors import UsageError
from simengine_renderers.diffusion.settings import Settings, own_folder

__all__ = ["controls", "digest_of", "found"]

_PIPELINE = (
    "model_index.json", "scheduler/*.json", "tokenizer/*.json", "tokenizer/*.txt", "text_encoder/config.json",
    "text_encoder/model.safetensors", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
    "vae/config.json", "vae/diffusion_pytorch_model.safetensors",
)  # fmt: skip
_CONTROLNET = ("config.json", "diffusion_pytorch_model.safetensors")


def controls(settings: Settings) -> dict[str, str]:
    """ControlNets that were asked for, by what they are told: "depth", "segmentation"."""
    return {k: v for k, v in (("depth", settings.depth), ("segmentation", settings.segmentation)) if v}


def found(setting: str, name: str, local_only: bool) -> Path:
    """Folder of a pipeline or ControlNet: a path as it is, or a copy of what the hub has under an id.

    Raises:
        UsageError: no such folder, it holds something else, or the hub does not give it.
    """
    main = "model_index.json" if setting == "pretrained" else "config.json"
    folder = Path(name)
    if not folder.is_dir():
        folder = _from_hub(setting, name, local_only)
    if not (folder / main).is_file():
        raise UsageError(
            f"setting '{setting}': '{folder}' holds no {main}; expected a {_kind(setting)} folder in the layout of "
            "diffusers, with safetensors"
        )
    kind = _class_of(folder / main)
    if not kind.startswith("StableDiffusion" if setting == "pretrained" else "ControlNetModel"):
        raise UsageError(
            f"setting '{setting}': expected a {_kind(setting)} of Stable Diffusion 1.5, and {main} in '{folder}' names "
            f"{kind or 'nothing'}"
        )
    if not any(folder.rglob("*.safetensors")):
        raise UsageError(f"setting '{setting}': '{folder}' holds no *.safetensors; pickled weights are never loaded")
    return folder


@cache
def digest_of(settings: Settings) -> str:
    """SHA-256 of all weights and configurations that the settings name, as hex.

    Raises:
        UsageError: as :func:`found` and ``settings.own_folder``.
    """
    if not settings.pretrained:
        return _digest(own_folder(settings.model))
    named = {"pretrained": settings.pretrained, **controls(settings)}
    each = [_digest(found(key, name, settings.local_files_only)) for key, name in named.items()]
    return hashlib.sha256("".join(each).encode()).hexdigest()


def _digest(folder: Path) -> str:
    digest = hashlib.sha256()
    files = (
        p for p in folder.rglob("*") if p.suffix in (".safetensors", ".json", ".txt") and p.name != "training.json"
    )
    for path in sorted(files):
        digest.update(path.relative_to(folder).as_posix().encode())
        with path.open("rb") as file:
            while chunk := file.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _class_of(path: Path) -> str:
    try:
        return str(json.loads(path.read_text(encoding="utf-8")).get("_class_name", ""))
    except (ValueError, AttributeError, OSError):
        return ""


def _from_hub(setting: str, name: str, local_only: bool) -> Path:
    if name.count("/") != 1 or name.startswith((".", "/", "~")) or name.endswith("/"):
        raise UsageError(
            f"setting '{setting}': there is no folder '{name}', and it is no id of the hub (OWNER/NAME); give a "
            f"{_kind(setting)} folder or id"
        )
    patterns = list(_PIPELINE if setting == "pretrained" else _CONTROLNET)
    hub = import_module("huggingface_hub")
    try:
        return Path(hub.snapshot_download(name, allow_patterns=patterns, local_files_only=local_only))
    except Exception as error:  # many kinds: no network, no such id, a gated one, no space
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        where = "among downloaded models (local_files_only=true)" if local_only else "on the hub"
        raise UsageError(f"setting '{setting}': '{name}' is not a folder and was not found {where}: {reason}") from None


def _kind(setting: str) -> str:
    return "pipeline" if setting == "pretrained" else "ControlNet"
