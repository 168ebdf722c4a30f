"""The own network's score on pairs that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from simengine.arrays import Array, F32Array, U8Array
from simengine_renderers.diffusion.backend import torch
from simengine_renderers.diffusion.flow import generate, to_picture
from simengine_renderers.diffusion.gbuffer import Conditions
from simengine_renderers.diffusion.noise import screen
from simengine_renderers.diffusion.quality import histogram_matched, psnr_db

__all__ = ["better", "score"]


def better(model: Any, conditions: Conditions, noise: F32Array, steps: int) -> U8Array:
    """The network's picture for one image, uint8 (H, W, 3).

    Args:
        model: a ``GBufferDenoiser``.
        conditions: of the image, of any size.
        noise: float32 (3, H, W).
        steps: of the network.
    """
    t = torch()
    height, width = conditions.light.shape
    padded = conditions.padded(model.multiple)
    down, right = (a - b for a, b in zip(padded.light.shape, (height, width), strict=True))
    device = model.unet.conv_out.weight.device
    inputs = {k: t.from_numpy(v)[None].to(device) for k, v in padded.tensors().items()}
    start = t.from_numpy(np.pad(noise, ((0, 0), (0, down), (0, right)), "wrap"))[None].to(device)
    with t.inference_mode():
        image = generate(model, inputs, start, steps)[0]
    return to_picture(image.cpu().numpy()[:, :height, :width])


def score(model: Any, pairs: Mapping[str, Array], steps: int = 1) -> dict[str, Any]:
    """PSNR in dB against the many-sample targets, means over images.

    Returns:
        ``input_db``, ``histogram_db`` (the input with its target's own histogram), ``resolved_db`` (the
        guess of ``resolve``, without a network), ``model_db``, ``gain_db``,
        ``worst_gain_db`` and ``held_out`` (how many images).
    """
    rows: list[tuple[float, float, float, float]] = []
    for k in range(len(pairs["target"])):
        conditions = Conditions(**{name: a[k] for name, a in pairs.items() if name != "target"})
        target = pairs["target"][k]
        noise = screen(*conditions.light.shape, 3, 0, "score", k)
        ours = better(model, conditions, noise, steps)
        matched = histogram_matched(conditions.rgb, target)
        rows.append(
            tuple(psnr_db(p, target) for p in (conditions.rgb, matched, ours, conditions.resolved))  # type: ignore[arg-type]
        )
    table = np.array(rows)
    mean = table.mean(0)
    return {
        "input_db": round(float(mean[0]), 3), "histogram_db": round(float(mean[1]), 3),
        "model_db": round(float(mean[2]), 3), "gain_db": round(float(mean[2] - mean[0]), 3),
        "worst_gain_db": round(float((table[:, 2] - table[:, 0]).min()), 3),
        "resolved_db": round(float(mean[3]), 3), "held_out": len(rows),
    }  # fmt: skip
