"""Flow matching: from noise to a picture in a few steps of the network."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from simengine.arrays import F32Array, U8Array
from simengine_renderers.diffusion.backend import diffusers, torch

__all__ = ["generate", "sigmas", "to_picture"]


def sigmas(steps: int) -> list[float]:
    """Shares of noise that the steps begin at: evenly from 1."""
    return [1.0 - k / steps for k in range(steps)]


@cache
def _config() -> Any:
    return diffusers().FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=1.0).config


def generate(model: Any, conditions: Mapping[str, Any], noise: Any, steps: int) -> Any:
    """Walk from noise to a picture, (B, 3, H, W), -1..1.

    The network predicts the clean picture ``x``; the velocity of the straight way from it to the noise,
    ``(x_sigma - x) / sigma``, is what the scheduler's Euler step takes.

    Args:
        model: a ``GBufferDenoiser``.
        conditions: its tensors by argument, (B, ...).
        noise: (B, 3, H, W), from N(0, 1).
        steps: how many times the network is asked.
    """
    t = torch()
    scheduler = diffusers().FlowMatchEulerDiscreteScheduler.from_config(_config())
    scheduler.set_timesteps(sigmas=sigmas(steps))
    sample = noise
    for sigma, timestep in zip(sigmas(steps), scheduler.timesteps, strict=True):
        clean = model(sample, t.full((sample.shape[0],), sigma, device=sample.device), **conditions)
        sample = scheduler.step((sample - clean) / sigma, timestep, sample, return_dict=False)[0]
    return sample


def to_picture(image: F32Array) -> U8Array:
    """(3, H, W), -1..1, to uint8 (H, W, 3)."""
    scaled = np.rint(np.clip(np.moveaxis(image, 0, -1) * np.float32(127.5) + np.float32(127.5), 0.0, 255.0))
    return np.ascontiguousarray(scaled.astype(np.uint8))
