"""The own network: from noise, picture and G-buffer to a better picture, in pixel space."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from simengine_renderers.diffusion.backend import diffusers, torch

__all__ = ["CLASSES_KNOWN", "FINE", "FINE_CHANNELS", "PRESETS", "denoiser"]

FINE = 2
"""The G-buffer has this many samples a pixel each way."""
FINE_CHANNELS = 8
"""Albedo (3), normal (3), logarithm of the depth, borders between parts."""
CLASSES_KNOWN = 64
"""Rows of the table of classes; more than the taxonomy has, so that classes may be added."""

PRESETS: Mapping[str, Mapping[str, Any]] = {
    "nano": {"widths": (16, 24), "layers": 1, "groups": 8},
    "tiny": {"widths": (32, 48, 64), "layers": 1, "groups": 8},
}


@cache
def denoiser() -> Any:
    """The class ``GBufferDenoiser``, made when it is first asked for, as it inherits from diffusers."""
    t = torch()
    nn, functional = t.nn, t.nn.functional
    lib = diffusers()

    class GBufferDenoiser(lib.ModelMixin, lib.ConfigMixin):
        """A ``UNet2DModel`` on 2 x 2 patches that predicts the clean picture (x-prediction) as guess + correction.

        Its last convolution starts at zero, so an untrained one gives the guess back.

        Args:
            widths: channels by level; each level halves the size.
            layers: residual blocks a level.
            groups: of the group norms.
            patch: pixels each way that become channels.
            embedding: numbers a class is described by.
        """

        config_name = "config.json"
        _supports_gradient_checkpointing = False

        @lib.configuration_utils.register_to_config
        def __init__(
            self, widths: tuple[int, ...] = (32, 48, 64), layers: int = 1, groups: int = 8, patch: int = 2,
            embedding: int = 8,
        ) -> None:  # fmt: skip
            super().__init__()
            channels = 3 + 3 + 3 + 1 + embedding + FINE_CHANNELS * FINE * FINE
            self.classes = nn.Embedding(CLASSES_KNOWN, embedding)
            self.unet = lib.UNet2DModel(
                in_channels=channels * patch * patch, out_channels=3 * patch * patch, block_out_channels=tuple(widths),
                layers_per_block=layers, down_block_types=("DownBlock2D",) * len(widths),
                up_block_types=("UpBlock2D",) * len(widths), add_attention=False, norm_num_groups=groups,
            )  # fmt: skip
            nn.init.zeros_(self.unet.conv_out.weight)
            nn.init.zeros_(self.unet.conv_out.bias)

        @property
        def multiple(self) -> int:
            """Width and height must be multiples of this."""
            return self.config.patch * 2 ** (len(self.config.widths) - 1)

        def forward(self, noisy: Any, sigma: Any, rgb: Any, resolved: Any, light: Any, semantic: Any, fine: Any) -> Any:
            """The picture without noise, (B, 3, H, W), -1..1.

            Args:
                noisy: (B, 3, H, W), ``(1 - sigma) x + sigma noise``.
                sigma: (B,), share of noise.
                rgb: (B, 3, H, W), the renderer's picture, -1..1.
                resolved: (B, 3, H, W), what the G-buffer alone makes of it (``resolve``), -1..1.
                light: (B, 1, H, W), how bright surfaces are for their colour (``gbuffer.Conditions``).
                semantic: (B, H, W), class ids.
                fine: (B, FINE_CHANNELS, 2 H, 2 W), the finer G-buffer.
            """
            classes = self.classes(semantic).permute(0, 3, 1, 2)
            x = t.cat([noisy, rgb, resolved, light, classes, functional.pixel_unshuffle(fine, FINE)], 1)
            patch = self.config.patch
            out = self.unet(functional.pixel_unshuffle(x, patch), sigma * 1000.0, return_dict=False)[0]
            return resolved + functional.pixel_shuffle(out, patch).float()

    return GBufferDenoiser
