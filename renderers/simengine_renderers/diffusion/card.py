"""The model card: what a folder of weights is, what it was made from and how good it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simengine_renderers.diffusion.training import Plan

__all__ = ["model_card"]


def model_card(plan: Plan, result: Mapping[str, Any]) -> str:
    """Markdown of the card."""
    losses = "\n".join(f"| {step} | {loss:.5f} |" for step, loss in _thinned(result["losses"]))
    return f"""---
license: apache-2.0
library_name: diffusers
---

# {plan.preset}: G-buffer to picture

Own network of simengine's renderer `diffusion`, made from simengine's own scenes. No other data, no pretrained weights.

- **Network:** `UNet2DModel` of diffusers in pixel space on 2 x 2 patches, {result["parameters"]:,} parameters, predicts
  the clean picture (x-prediction) in 1 to 4 steps of `FlowMatchEulerDiscreteScheduler`.
- **In:** picture with one sample a pixel, a guess at the anti-aliased picture made from it and a G-buffer of 2 x 2
  samples a pixel (`resolve.py`, no network), albedo, normals, depth, classes, light, borders; noise.
- **Out:** the picture as the ray tracer makes it with many samples a pixel ({plan.samples} to learn from,
  {plan.held_samples} held out), as guess plus correction.
- **Data:** {result["pairs"]} pairs of {plan.size_px} x {plan.size_px} px, {plan.each} looks into each of
  {plan.scenes} scenes of {", ".join(plan.scenarios)} (seed {plan.seed}), renderer `raytrace`.
- **Held out:** {result["held_out"]} pairs of {plan.held_size_px} x {plan.held_size_px} px through the scenarios' own
  cameras, scenes of seed {plan.held_seed}.
- **Command:** `{plan.command}`
- **Training:** seed {plan.seed}, {result["steps"]} steps of {plan.batch}, AdamW at {plan.rate:g},
  {result["seconds"] / 60.0:.1f} minutes on two cores, pairs included.

| held out, mean PSNR against the target | dB |
|---|---|
| input (one sample) | {result["input_db"]:.2f} |
| input with the target's own histogram | {result["histogram_db"]:.2f} |
| guess of `resolve.py`, no network | {result["resolved_db"]:.2f} |
| this model, one step | {result["model_db"]:.2f} |
| gain over the input, mean (worst image) | {result["gain_db"]:+.2f} ({result["worst_gain_db"]:+.2f}) |

It learned the ray tracer's many-sample pictures, not photographs.

| step | loss |
|---|---|
{losses}
"""


def _thinned(losses: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """About twenty of the entries, the last among them."""
    every = max(1, len(losses) // 20)
    return [*losses[every - 1 : -1 : every], *losses[-1:]]
