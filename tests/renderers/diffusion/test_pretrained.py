"""The pretrained route on a tiny pipeline that is built from configurations, saved, and loaded without a network."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.render.opening import open_renderer
from simengine.render.protocol import NoiseKey, RenderOptions
from simengine.world.taxonomy import CLASS_ID

pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)
torch = pytest.importorskip("torch")

from simengine_renderers.diffusion.backend import diffusers  # noqa: E402
from simengine_renderers.diffusion.regions import depth_control, kept, segmentation_control, strengths  # noqa: E402

LIB = diffusers()


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders "pipeline", "depth" and "segmentation" with random weights, some 100 kB."""
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    root = tmp_path_factory.mktemp("tiny")
    words = root / "words"
    words.mkdir()
    letters = [chr(c) for c in range(33, 127)]
    vocabulary = [*letters, *(f"{c}</w>" for c in letters), "<|startoftext|>", "<|endoftext|>"]
    (words / "vocab.json").write_text(json.dumps({w: k for k, w in enumerate(vocabulary)}))
    (words / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(str(words / "vocab.json"), str(words / "merges.txt"), model_max_length=77)
    torch.manual_seed(0)
    unet = LIB.UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, norm_num_groups=4, cross_attention_dim=32, attention_head_dim=4,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"), up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    vae = LIB.AutoencoderKL(
        block_out_channels=(8, 16), norm_num_groups=4, down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2, latent_channels=4,
    )  # fmt: skip
    text = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(vocabulary), hidden_size=32, intermediate_size=37, num_attention_heads=4,
            num_hidden_layers=2, bos_token_id=len(vocabulary) - 2, eos_token_id=len(vocabulary) - 1,
            pad_token_id=len(vocabulary) - 1,
        )
    )  # fmt: skip
    nets = {}
    for name in ("depth", "segmentation"):
        nets[name] = LIB.ControlNetModel.from_unet(
            unet, conditioning_channels=3, conditioning_embedding_out_channels=(4, 8)
        )
        for block in (*nets[name].controlnet_down_blocks, nets[name].controlnet_cond_embedding.conv_out):
            torch.nn.init.normal_(block.weight, std=0.2)  # they begin at zero, which tells nothing
        nets[name].save_pretrained(str(root / name))
    LIB.StableDiffusionControlNetImg2ImgPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, unet=unet, controlnet=nets["depth"],
        scheduler=LIB.PNDMScheduler(skip_prk_steps=True, beta_schedule="scaled_linear"), safety_checker=None,
        feature_extractor=None, requires_safety_checker=False,
    ).save_pretrained(str(root / "pipeline"))  # fmt: skip
    return root


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any attempt to connect or to look a name up fails the test."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)


def settings(models: Path, **more: str) -> dict[str, str]:
    named = {"pretrained": "pipeline", "depth": "depth", "segmentation": "segmentation"}
    return {**{k: str(models / v) for k, v in named.items()}, "steps": "4", "local_files_only": "true", **more}


def test_it_repaints_and_keeps_signs_and_all_other_channels(street, models, no_network):
    """Loaded from folders with the network forbidden: rgb is another picture, twice the same one, of a size that is no
    multiple of anything; signs keep every pixel; depth and classes are the base renderer's."""
    spec, channels = street.camera(70, 45), ("rgb", "depth", "semantic")
    plain = street.take("raytrace", spec, channels).channels
    first, second = (street.take("diffusion", spec, channels, **settings(models)).channels for _ in range(2))
    assert first["rgb"].tobytes() == second["rgb"].tobytes()
    assert first["rgb"].shape == (45, 70, 3) and first["rgb"].dtype == np.uint8
    assert first["depth"].tobytes() == plain["depth"].tobytes()
    assert first["semantic"].tobytes() == plain["semantic"].tobytes()
    sign = plain["semantic"] == CLASS_ID["traffic_sign"]
    assert sign.sum() > 5
    assert (first["rgb"][sign] == plain["rgb"][sign]).all()
    assert np.abs(first["rgb"][~sign].astype(int) - plain["rgb"][~sign]).mean() > 2.0


def test_what_steers_the_picture(street, models, no_network):
    """Each control, the prompt and the noise change the result; ``strength=0`` gives the base's picture back."""
    spec = street.camera()

    def picture(frame: int = 0, **more: str) -> bytes:
        given = {k: v for k, v in settings(models, **more).items() if v}
        return street.take("diffusion", spec, ("rgb",), frame=frame, **given).channels["rgb"].tobytes()

    usual = picture()
    others = {
        "depth": "",
        "segmentation": "",
        "prompt": "snow at night",
        "guidance": "1",
        "strength": "0.5",
        "steps": "6",
    }
    for name, value in others.items():
        assert picture(**{name: value}) != usual, name
    assert picture(frame=5) == usual
    assert picture(frame=5, noise="iid") != picture(frame=6, noise="iid")
    assert picture(strength="0") == street.take("raytrace", spec, ("rgb",)).channels["rgb"].tobytes()


def test_a_locked_region_is_where_the_encoder_puts_it(street, models, no_network, monkeypatch):
    """With a strength of 0 in the left half, the latents there end as the encoded picture exactly, whatever the
    network says: left columns decode as they do without any step, away from the seam that the decoder reaches over."""
    from simengine_renderers.diffusion import pretrained

    spec = street.camera(64, 48)

    def half(semantic: np.ndarray, most: float) -> np.ndarray:
        out = np.full(semantic.shape, 0.75, np.float32)
        out[:, :32] = 0.0
        return out

    seen = {}
    monkeypatch.setattr(pretrained, "strengths", half)
    opened = open_renderer("diffusion", street.scene, RenderOptions("cpu", 1, 1, extra=settings(models)))
    painter = opened._painter
    decode = painter._pipe.vae.decode

    def watch(latents, **more):
        seen["latents"] = latents.clone()
        return decode(latents, **more)

    monkeypatch.setattr(painter._pipe.vae, "decode", watch)
    rgb = opened.camera(spec, street.instants, ("rgb",), NoiseKey(0, 0, 0)).channels["rgb"]
    opened.close()
    plain = street.take("raytrace", spec, ("rgb",)).channels["rgb"]
    tensor = torch.from_numpy(plain.astype(np.float32) / 127.5 - 1.0).permute(2, 0, 1)[None]
    with torch.inference_mode():
        clean = painter._pipe.vae.encode(tensor).latent_dist.mode()
    found = seen["latents"]
    assert found.shape == clean.shape == (1, 4, 24, 32)
    np.testing.assert_allclose(found[..., :16].numpy(), clean[..., :16].numpy(), atol=1e-4)
    assert (found[..., 16:] - clean[..., 16:]).abs().mean() > 0.01
    assert rgb.shape == (48, 64, 3)


def test_folders_that_are_none_and_pickled_weights_are_refused(street, models, tmp_path, no_network):
    """One line each: no such folder, an id that is not downloaded, a ControlNet in place of a pipeline, weights that
    are pickled."""
    pickled = tmp_path / "pickled"
    pickled.mkdir()
    (pickled / "config.json").write_text((models / "depth" / "config.json").read_text())
    torch.save({}, str(pickled / "diffusion_pytorch_model.bin"))
    cases = (
        ({"depth": str(tmp_path / "nowhere")}, "no folder"),
        ({"depth": "someone/something"}, "among downloaded models"),
        ({"pretrained": str(models / "depth")}, "holds no model_index.json"),
        ({"depth": str(pickled)}, "pickled weights are never loaded"),
        ({"depth": str(models / "pipeline" / "vae")}, "expected a ControlNet"),
        ({"steps": "101"}, "1 to 100"),
        ({"strength": "2"}, "0 to 1"),
        ({"model": "tiny"}, "exclude each other"),
    )
    for given, words in cases:
        with pytest.raises(UsageError, match=words) as error:
            street.take("diffusion", street.camera(), ("rgb",), **{**settings(models), **given})
        assert "\n" not in str(error.value)


def test_tables_of_classes():
    """Signs and signals are kept and may not change; everything else may, and never more than asked; near is white."""
    every = np.arange(30, dtype=np.int32)
    assert [k for k in every if kept(every)[k]] == [CLASS_ID["traffic_sign"], CLASS_ID["traffic_light"]]
    change = strengths(every, 0.5)
    assert change.max() == 0.5 and ((change == 0) == kept(every)).all()
    assert segmentation_control(every[None]).shape == (1, 30, 3)
    assert tuple(segmentation_control(np.array([CLASS_ID["car"]]))[0]) == (0, 102, 200)
    depth = depth_control(np.array([[1.0, 3.0, 30.0, np.inf]], np.float32))
    np.testing.assert_allclose(depth[0, :, 0], [1.0, 1.0, 0.1, 0.0], rtol=1e-6)
