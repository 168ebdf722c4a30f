"""The renderer replaces rgb and nothing else, gives the same bytes always, and says clearly what it cannot do."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import numpy as np
import pytest

from simengine.engine.looks import LookOptions, looks
from simengine.errors import SimEngineError, UsageError
from simengine.render.opening import check_options, open_lanes, open_renderer
from simengine.render.protocol import CAMERA_CHANNELS, NoiseKey, RenderOptions
from tests.renderers.diffusion.conftest import different
from tests.renderers.simple_scenes import lidar

pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)
torch = pytest.importorskip("torch")

from simengine_renderers.diffusion.quality import histogram_matched, psnr_db  # noqa: E402


def has(renderer: str) -> bool:
    try:
        check_options(renderer, RenderOptions("cpu"))
    except SimEngineError:
        return False
    return True


@pytest.mark.parametrize("base", ["raytrace", "raster"])
def test_every_channel_but_rgb_is_the_base_renderers(street, untrained, base):
    """All channels at once, byte for byte, with a network that surely changes the picture."""
    if not has(base):
        pytest.skip(f"renderer '{base}' does not run here")
    spec = street.camera()
    plain = street.take(base, spec, tuple(CAMERA_CHANNELS), edges="plain").channels  # as our own network takes it
    ours = street.take("diffusion", spec, tuple(CAMERA_CHANNELS), base=base, model=str(untrained)).channels
    assert list(ours) == list(plain) == list(CAMERA_CHANNELS)
    changed = {name for name in plain if different(plain[name], ours[name])}
    assert changed == {"rgb"}
    assert ours["rgb"].shape == plain["rgb"].shape and ours["rgb"].dtype == np.uint8
    assert np.abs(ours["rgb"].astype(int) - plain["rgb"]).mean() > 2.0


def test_scans_and_silhouettes_are_the_base_renderers(street, untrained):
    """LiDAR points and amodal masks pass through byte for byte; so does an image without rgb."""
    spec, scan = street.camera(), lidar()
    out = []
    for name, extra in (("raytrace", {}), ("diffusion", {"model": str(untrained)})):
        opened = open_renderer(name, street.scene, RenderOptions("cpu", 1, 1, extra=extra))
        points = opened.lidar(scan, street.instants, NoiseKey(1, 2, 3)).points
        masks = opened.silhouettes(spec, street.state, {2: (0, 0, 64, 48)})
        depth = opened.camera(spec, street.instants, ("depth",), NoiseKey(1, 2, 3)).channels
        opened.close()
        out.append([*(a.tobytes() for a in points.values()), masks[0].mask.tobytes(), depth["depth"].tobytes()])
        assert list(depth) == ["depth"]
    assert out[0] == out[1]


def test_the_same_bytes_alone_in_a_batch_and_side_by_side(street, untrained):
    """One renderer, frame after frame; two lanes at the same time, in the other order; torch's own number of threads
    before and after: none of them may matter, and none may be changed."""
    spec = street.camera()
    before = torch.get_num_threads()
    alone = [street.take("diffusion", spec, ("rgb",), frame=k, model=str(untrained)).channels["rgb"] for k in range(3)]
    options = RenderOptions("cpu", 1, 2, extra={"model": str(untrained)})
    lanes = open_lanes("diffusion", street.scene, options)
    assert len(lanes) == 2

    def image(k: int) -> np.ndarray:
        return lanes[k % 2].camera(spec, street.instants, ("rgb",), NoiseKey(3, 1, k)).channels["rgb"]

    torch.set_num_threads(2)
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(image, (2, 1, 0)))
    assert torch.get_num_threads() == 2
    torch.set_num_threads(before)
    for lane in lanes:
        lane.close()
        lane.close()  # twice does no harm
    assert [a.tobytes() for a in together[::-1]] == [a.tobytes() for a in alone]
    with pytest.raises(UsageError, match="closed"):
        image(0)


def test_odd_sizes_and_all_numbers_of_steps(street, untrained):
    """37 x 29 is no multiple of anything: padding is inside. More steps are other pictures, the same ones each time."""
    spec = street.camera(37, 29)
    pictures = [
        street.take("diffusion", spec, ("rgb",), model=str(untrained), steps=str(k)).channels["rgb"]
        for k in (1, 2, 4, 4)
    ]
    assert all(p.shape == (29, 37, 3) for p in pictures)
    assert different(pictures[0], pictures[1]) and different(pictures[1], pictures[2])
    assert not different(pictures[2], pictures[3])


def test_noise_is_a_setting_and_iid_depends_on_the_frame(street, untrained):
    """Anchored noise is the same in two frames of a world at rest, so the picture is; iid noise is not."""
    spec = street.camera()

    def two(noise: str) -> list[bytes]:
        return [
            street.take("diffusion", spec, ("rgb",), frame=k, model=str(untrained), noise=noise)
            .channels["rgb"]
            .tobytes()
            for k in (0, 1)
        ]

    anchored, iid = two("anchored"), two("iid")
    assert anchored[0] == anchored[1]
    assert iid[0] != iid[1] and iid[0] != anchored[0]


def test_the_shipped_network_beats_its_input_and_histogram_matching():
    """On a scene that it has not seen (another seed): 1.5 dB above one sample a pixel against 64 of them, and above
    what any tone curve could do."""
    look = next(looks(LookOptions(("ccrm",), 128, 1, 1_000_005, False), 0))
    plain, target = (look.take(("rgb",), n).channels["rgb"] for n in (1, 64))
    scene = look.renderer.scene
    with closing(open_renderer("diffusion", scene, RenderOptions("cpu", None, 1))) as opened:
        ours = opened.camera(look.spec, look.instants, ("rgb",), look.noise).channels["rgb"]
    assert psnr_db(ours, target) > psnr_db(plain, target) + 1.5
    assert psnr_db(ours, target) > psnr_db(histogram_matched(plain, target), target)


REFUSED = {
    "stepz=2": "did you mean 'steps'",
    "steps=0": "whole number 1 to 4, got '0'",
    "steps=5": "whole number 1 to 4",
    "steps=2.5": "whole number",
    "base=rastr": "did you mean 'raster'",
    "base=diffusion": "setting 'base' has no value 'diffusion'",
    "model=tinny": "did you mean 'tiny'",
    "model=/nowhere/at/all": "no folder '/nowhere/at/all'",
    "noise=white": "choose from anchored, iid",
    "strength=0.5": "give pretrained=",
    "pretrained=a/b": "needs a ControlNet",
}


@pytest.mark.parametrize("given", REFUSED)
def test_bad_settings_are_one_clear_error(given):
    """Before anything is loaded: the setting, what it may be, what it is."""
    name, value = given.split("=")
    with pytest.raises(UsageError) as error:
        check_options("diffusion", RenderOptions("cpu", extra={name: value}))
    assert REFUSED[given] in str(error.value) and "\n" not in str(error.value)


def test_wrong_folders_and_damaged_weights_are_one_clear_error(street, untrained, tmp_path, capfd, caplog):
    """An empty folder, a folder of another model, weights cut short, of another size, not all of them, and of a
    training that failed. Diffusers' own words about it are a page that tells nobody what to do: none of it is printed.
    """
    safetensors_torch = importlib.import_module("safetensors.torch")
    config = json.loads((untrained / "config.json").read_text())
    weights = (untrained / "diffusion_pytorch_model.safetensors").read_bytes()
    nowhere = safetensors_torch.save({k: v * float("nan") for k, v in safetensors_torch.load(weights).items()})
    fewer = {k: v for k, v in safetensors_torch.load(weights).items() if k != "classes.weight"}
    cases = {
        "holds no config.json": (None, None),
        "no own network": ({**config, "_class_name": "UNet2DModel"}, weights),
        "do not load": (config, weights[:5000]),
        "not finite": (config, nowhere),
        "fit its config": ({**config, "widths": [24, 32]}, weights),
        "fit its config.json": ({**config, "more": 1}, safetensors_torch.save(fewer)),
    }
    for k, (words, (told, data)) in enumerate(cases.items()):
        folder = tmp_path / str(k)
        folder.mkdir()
        if told is not None and data is not None:
            (folder / "config.json").write_text(json.dumps(told))
            (folder / "diffusion_pytorch_model.safetensors").write_bytes(data)
        with pytest.raises(UsageError, match=words) as error:
            street.take("diffusion", street.camera(), ("rgb",), model=str(folder))
        assert "\n" not in str(error.value)
    said = capfd.readouterr()
    assert not caplog.records and "GBufferDenoiser" not in said.out + said.err


def test_other_renderers_have_other_settings_and_cameras_that_are_too_large_are_refused(street, untrained):
    """``--set steps=2`` with ``raytrace`` is a mistake; a picture of more than 4,096 pixels has no finer G-buffer."""
    with pytest.raises(UsageError, match="has no setting 'steps'"):
        check_options("raytrace", RenderOptions("cpu", extra={"steps": "2"}))
    with pytest.raises(UsageError, match="up to 4096 px"):
        street.take("diffusion", street.camera(4100, 8), ("rgb",), model=str(untrained))


def test_a_missing_extra_is_one_line_with_the_command_that_brings_it():
    """As on a machine without diffusers: its import is made impossible."""
    code = (
        "import sys; sys.modules['diffusers'] = None\n"
        "sys.argv = ['simengine', 'run', 'child_dart_out', '--renderer', 'diffusion', '--out', '/nowhere/x']\n"
        "from simengine.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd="/")
    assert done.returncode == 2
    errors = [line for line in done.stderr.splitlines() if line.startswith("error")]
    assert len(errors) == 1 and "pip install 'simengine-synth[diffusion]'" in errors[0]
    assert "Traceback" not in done.stderr
