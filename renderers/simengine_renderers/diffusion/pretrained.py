"""A pretrained Stable Diffusion 1.5 with ControlNets as a painter: image to image, region by region.

The picture is encoded to the mean of its latents and given anchored noise, so nothing is drawn at random. A latent
pixel covers 8 x 8 pixels, so the ordinary G-buffer holds the 64 samples that the noise of one is summed from. After
every step the latents of regions that may not have changed so far are put back to where the picture itself would be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from simengine.arrays import Array, F32Array, U8Array
from simengine.errors import UsageError
from simengine.render.protocol import CameraReading, Instants, NoiseKey, Renderer
from simengine.sensors.specs import CameraSpec
from simengine.world.scene import Scene
from simengine_renderers.diffusion.backend import Bench, device_of, diffusers, torch
from simengine_renderers.diffusion.cells import cells
from simengine_renderers.diffusion.identity import controls, found
from simengine_renderers.diffusion.noise import anchored, screen
from simengine_renderers.diffusion.own import Screens, surface_of
from simengine_renderers.diffusion.regions import depth_control, kept, prompt_for, segmentation_control, strengths
from simengine_renderers.diffusion.settings import Settings

__all__ = ["PretrainedPainter", "load_pipeline"]

_ACROSS = 2.0  # a latent pixel holds many samples, so cells may be larger and are hit again surely
_AVOIDED = "cartoon, rendering, blurry, text, watermark"


@dataclass(frozen=True, eq=False)
class Loaded:
    """A pipeline's networks and what they ask of sizes.

    Attributes:
        pipe: ``StableDiffusionControlNetImg2ImgPipeline``; its networks are read only.
        told: what each ControlNet is told, in their order.
        block: image pixels a latent pixel covers each way. multiple: widths and heights must be multiples of this.
        channels: of the latents.
    """

    pipe: Any
    told: tuple[str, ...]
    block: int
    multiple: int
    channels: int


def load_pipeline(settings: Settings, device: str) -> Loaded:
    """Load a pipeline and ControlNets from folders or, where that is allowed, from the hub. Safetensors only.

    Raises:
        UsageError: no such model, or a folder that holds something else.
    """
    lib = diffusers()
    named = controls(settings)
    lib.utils.logging.disable_progress_bar()
    common = {"use_safetensors": True, "local_files_only": True}
    nets = []
    for key, name in named.items():
        folder = found(key, name, settings.local_files_only)
        nets.append(_loading(key, folder, lambda f=folder: lib.ControlNetModel.from_pretrained(str(f), **common)))
    several = lib.MultiControlNetModel(nets)
    folder = found("pretrained", settings.pretrained, settings.local_files_only)
    pipe = _loading(
        "pretrained", folder,
        lambda: lib.StableDiffusionControlNetImg2ImgPipeline.from_pretrained(
            str(folder), controlnet=several, safety_checker=None, feature_extractor=None, requires_safety_checker=False,
            **common,
        ),
    )  # fmt: skip
    for network in (pipe.vae, pipe.unet, pipe.text_encoder, several):
        network.float().eval().requires_grad_(False).to(device_of(device))
    pipe.set_progress_bar_config(disable=True)
    block = int(pipe.vae_scale_factor)
    depth = len(pipe.unet.config.block_out_channels) - 1
    return Loaded(pipe, tuple(named), block, block * 2**depth, int(pipe.unet.config.in_channels))


def _loading(setting: str, folder: object, load: Any) -> Any:
    try:
        return load()
    except Exception as error:  # whatever diffusers, transformers and safetensors raise about folders of another kind
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise UsageError(f"setting '{setting}': '{folder}' does not load: {reason}") from None


class PretrainedPainter:
    """Paints with a pretrained pipeline. One frame at a time.

    Attributes:
        needs: channels that the reading of :meth:`paint` must hold.
    """

    needs = ("rgb", "depth", "semantic", "normal", "part", "position")

    def __init__(self, loaded: Loaded, settings: Settings, scene: Scene) -> None:
        self._loaded, self._settings, self._scene = loaded, settings, scene
        lib = diffusers()
        parts = dict(loaded.pipe.components)
        # steps without chance (eta 0), in a scheduler of this painter's own
        parts["scheduler"] = lib.DDIMScheduler.from_config(loaded.pipe.scheduler.config)
        self._pipe = lib.StableDiffusionControlNetImg2ImgPipeline(**parts, requires_safety_checker=False)
        self._pipe.set_progress_bar_config(disable=True)
        self._bench, self._screens = Bench(), Screens(loaded.channels)
        self._prompt: tuple[Any, Any] | None = None

    def look_closer(self, base: Renderer, spec: CameraSpec, instants: Instants, noise: NoiseKey) -> None:
        """Nothing but the reading is needed."""

    def paint(self, reading: CameraReading, closer: None, instants: Instants, noise: NoiseKey) -> U8Array:
        """The picture, uint8 (H, W, 3)."""
        c = reading.channels
        change = strengths(c["semantic"], self._settings.strength)
        if int(self._settings.steps * float(change.max())) < 1:  # not one step is allowed anywhere
            return c["rgb"].copy()
        start = self._noise(reading, instants, noise)
        painted = self._bench.run(lambda: self._generate(c, change, start))
        return np.where(kept(c["semantic"])[..., None], c["rgb"], painted)

    def close(self) -> None:
        """Stop the thread."""
        self._bench.close()

    def _noise(self, reading: CameraReading, instants: Instants, noise: NoiseKey) -> F32Array:
        """Noise of the latents of the padded picture, float32 (C, h, w)."""
        spec, block = reading.spec, self._loaded.block
        if self._settings.noise == "iid":
            size = (
                _up(spec.height_px, self._loaded.multiple) // block,
                _up(spec.width_px, self._loaded.multiple) // block,
            )
            return screen(*size, self._loaded.channels, noise.seed, spec.name, noise.variant, noise.frame)
        cell = cells(self._screens.viewer(spec), surface_of(self._scene, instants, reading), _ACROSS)
        padded = self._padded(cell)
        own = self._screens.noise_of_size(*padded.shape, spec, noise.seed)
        return anchored(padded, own, block, noise.seed)

    def _padded(self, image: Array) -> Array:
        """Edge rows and columns repeated up to a size that the networks take."""
        height, width = image.shape[:2]
        more = self._loaded.multiple
        ends = [(0, _up(height, more) - height), (0, _up(width, more) - width)]
        return np.pad(image, ends + [(0, 0)] * (image.ndim - 2), "edge")

    def _generate(self, c: Any, change: F32Array, noise: F32Array) -> U8Array:
        t, pipe, steps = torch(), self._pipe, self._settings.steps
        device = pipe.unet.device
        height, width = change.shape
        rgb = _tensor(self._padded(c["rgb"]).astype(np.float32) / 255.0).to(device)
        scale = pipe.vae.config.scaling_factor
        clean = pipe.vae.encode(rgb * 2.0 - 1.0).latent_dist.mode() * scale
        anchor = t.from_numpy(noise)[None].to(device)
        block = self._loaded.block
        room = t.nn.functional.avg_pool2d(_tensor(self._padded(change)[..., None]), block).to(device)
        most = float(change.max())
        pipe.scheduler.set_timesteps(steps)
        times, _ = pipe.get_timesteps(steps, most, device)
        positive, negative = self._prompted()

        def hold(_: Any, index: int, __: Any, state: dict[str, Any]) -> dict[str, Any]:
            left = len(times) - index - 1  # steps still to come: what they may change is left / steps
            there = pipe.scheduler.add_noise(clean, anchor, times[index + 1 : index + 2]) if left else clean
            return {"latents": t.where(room <= left / steps, there, state["latents"])}

        out = pipe(
            prompt_embeds=positive, negative_prompt_embeds=negative, image=rgb,
            control_image=[self._control(name, c).to(device) for name in self._loaded.told], strength=most,
            num_inference_steps=steps, guidance_scale=self._settings.guidance, eta=0.0, output_type="pt",
            latents=pipe.scheduler.add_noise(clean, anchor, times[:1]), callback_on_step_end=hold,
        ).images[0]  # fmt: skip
        image = out.float().cpu().numpy().transpose(1, 2, 0)[:height, :width]
        return np.rint(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)

    def _control(self, name: str, c: Any) -> Any:
        if name == "depth":
            return _tensor(self._padded(depth_control(c["depth"])))
        return _tensor(self._padded(segmentation_control(c["semantic"])).astype(np.float32) / 255.0)

    def _prompted(self) -> tuple[Any, Any]:
        """The prompt and what is to be avoided, encoded once."""
        if self._prompt is None:
            text = self._settings.prompt or prompt_for(self._scene.environment)
            guided = self._settings.guidance > 1.0
            self._prompt = self._pipe.encode_prompt(text, self._pipe.unet.device, 1, guided, _AVOIDED)
        return self._prompt


def _tensor(image: F32Array) -> Any:
    """(H, W, C) to (1, C, H, W)."""
    return torch().from_numpy(np.ascontiguousarray(np.moveaxis(image, -1, 0)))[None]


def _up(size: int, multiple: int) -> int:
    return -(-size // multiple) * multiple
