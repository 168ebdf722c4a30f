"""Training: pairs, losses that fall, a folder that is whole or not there, and going on after an interruption."""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from simengine.errors import DatasetError, UsageError
from simengine.render.looks import Look
from simengine.render.opening import check_options, open_renderer
from simengine.render.protocol import NoiseKey, RenderOptions

pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)

from simengine_renderers.diffusion import training
from simengine_renderers.diffusion.quality import histogram_matched, psnr_db
from simengine_renderers.diffusion.training import Plan, train

SCENARIO = """
use driving

scenario one "A car alone":
    world street(lanes = 2, length = 60 m)
    car ego on lane(1) at s(20 m)
    stop after 0.3 s
    sensor front on ego = camera(size = (24, 16), fov = 60 deg)
    record front: rgb at 10 hz
"""
PLAN = Plan("nano", ("street",), 2, 3, 1, 2, 48, 64, 32, 16, 16, steps=30, batch=4, rate=5e-3, limit_s=600.0)


@pytest.fixture
def looks(street) -> Callable[[int, int, int, bool], Callable[[int], Iterator[Look]]]:
    """Looks at the street of boxes from a few places."""

    def of(size_px: int, each: int, seed: int, _: bool) -> Callable[[int], Iterator[Look]]:
        def into(scene: int) -> Iterator[Look]:
            renderer = open_renderer("raytrace", street.scene, RenderOptions("cpu", None, 1, extra={"edges": "plain"}))
            for k in range(each):
                spec = street.camera(size_px, size_px)
                pose = spec.entity_from_camera.copy()
                pose[:3, 3] += (0.5 * k, 0.7 * scene - 0.3 * (seed > 0), 0.2 * k)
                yield Look(
                    renderer, replace(spec, entity_from_camera=pose), street.instants, NoiseKey(seed, scene, k), ""
                )
            renderer.close()

        return into

    return of


def test_it_learns_publishes_and_is_the_same_twice(looks, tmp_path):
    """Thirty steps lower the loss; the folder holds what the renderer needs and a card that tells its making; another
    run from the same seed gives the same weights, bit for bit."""
    told: list[str] = []
    result = train(PLAN, looks, tmp_path / "a", told.append)
    again = train(PLAN, looks, tmp_path / "b", told.append)
    assert result["steps"] == 30 and result["pairs"] == 6 and result["held_out"] == 2
    assert result["model_db"] > result["input_db"]
    for name in ("config.json", "README.md", "training.json", "diffusion_pytorch_model.safetensors"):
        assert (tmp_path / "a" / name).stat().st_size > 0
    weights = [(tmp_path / f / "diffusion_pytorch_model.safetensors").read_bytes() for f in "ab"]
    assert weights[0] == weights[1] and result["model_db"] == again["model_db"]
    told_of = json.loads((tmp_path / "a" / "training.json").read_text())
    assert told_of["seed"] == 0 and told_of["losses"] == [list(entry) for entry in result["losses"]]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b"]
    check_options("diffusion", RenderOptions("cpu", extra={"model": str(tmp_path / "a")}))
    with pytest.raises(DatasetError, match="already there"):
        train(PLAN, looks, tmp_path / "a", told.append)


def test_an_interrupted_training_leaves_nothing_and_goes_on(looks, tmp_path, monkeypatch):
    """Interrupted after step 15, with a checkpoint at every step: no folder is there; the same call goes on from the
    checkpoint and ends with the weights of a training that was never interrupted."""
    whole = train(PLAN, looks, tmp_path / "whole", lambda _: None)
    monkeypatch.setattr(training, "_CHECKPOINT_S", 0.0)
    monkeypatch.setattr(training, "_TELL_EVERY", 15)

    def interrupt(text: str) -> None:
        if text.startswith("step 15"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(PLAN, looks, tmp_path / "out", interrupt)
    assert not (tmp_path / "out").exists()
    told: list[str] = []
    train(PLAN, looks, tmp_path / "out", told.append)
    assert any(t.startswith("going on from step 14") for t in told)
    ours, theirs = (tmp_path / f / "diffusion_pytorch_model.safetensors" for f in ("out", "whole"))
    assert ours.read_bytes() == theirs.read_bytes()
    assert whole["steps"] == 30
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("data", [b"PK\x03\x04 not a file of arrays", b""])
def test_a_damaged_shard_says_which_file(looks, tmp_path, data: bytes):
    """Pairs that were cut short on disk are no pairs."""
    work = tmp_path / f".x.{PLAN.digest[:8]}" / "pairs"
    work.mkdir(parents=True)
    (work / "scene_00000.npz").write_bytes(data)
    with pytest.raises(DatasetError, match=r"scene_00000\.npz' is damaged"):
        train(PLAN, looks, Path(tmp_path / "x"), lambda _: None)


def test_what_stops_a_training_is_one_line_and_its_pairs_stay(looks, tmp_path, monkeypatch):
    """One after the other, with the same pairs: no time left for a step (an untrained network is no model); a disk that
    is full when a checkpoint or the model is written; a checkpoint cut short; a second process. No folder appears."""
    safetensors_torch = importlib.import_module("safetensors.torch")
    work, out = tmp_path / f".x.{PLAN.digest[:8]}", tmp_path / "x"

    def fails(kind: type[Exception], match: str, limit_s: float = 600.0) -> None:
        with pytest.raises(kind, match=match) as caught:
            train(replace(PLAN, limit_s=limit_s), looks, out, lambda _: None)
        assert "\n" not in str(caught.value) and not out.exists()
        assert (work / "pairs" / "scene_00001.npz").exists()

    def full(*_: object) -> None:
        raise importlib.import_module("safetensors").SafetensorError("No space left on device")

    fails(UsageError, "none into a step; run the same command again, with more --minutes", limit_s=1e-3)
    with monkeypatch.context() as patch:
        patch.setattr(safetensors_torch, "save_file", full)
        patch.setattr(training, "_CHECKPOINT_S", 0.0)
        fails(DatasetError, "cannot be written .No space left on device.; make room")
    (work / "checkpoint.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{}")
    fails(DatasetError, r"checkpoint\.safetensors' is damaged .*; delete it")
    with training._alone(work):
        fails(DatasetError, "another process is at this training")


def test_the_held_out_seed_is_never_the_seed_to_learn_from():
    """Else a person who happens to choose it would score on scenes that were learned by heart."""
    for seed in (0, 1_000_003, 1_000_004):
        assert Plan.of("nano", ("ccrm",), seed, 60.0, "").held_seed != seed


def test_other_scenes_are_another_training(tmp_path, monkeypatch):
    """The text of a scenario decides the pairs: an edited file of the same name does not go on with the old ones."""
    from simengine.engine import neural

    plans: list[Plan] = []
    plugin = SimpleNamespace(
        PRESETS={"nano": {}},
        train=lambda preset, names, looks, out, *, seed, limit_s, command, source, tell: plans.append(
            Plan.of(preset, names, seed, limit_s, command, source)
        ),
    )  # fmt: skip
    load = neural.plugins.load
    monkeypatch.setattr(neural.plugins, "load", lambda kind, name: plugin if name == "diffusion" else load(kind, name))
    path = tmp_path / "one.scn"
    text = SCENARIO
    for changed in (text, text, text.replace("10 hz", "5 hz")):
        path.write_text(changed)
        neural.train("nano", tmp_path / "out", [str(path)])
    assert plans[0].digest == plans[1].digest != plans[2].digest
    path.write_text(re.sub(r".*(sensor|record).*\n", "", text))
    with pytest.raises(UsageError, match="has no camera to look through"):
        neural.train("nano", tmp_path / "out", ["child_dart_out", str(path)])


def test_presets_that_do_not_exist_and_minutes_out_of_range():
    """One line each, before anything is made."""
    from simengine.engine.neural import train as command

    with pytest.raises(UsageError, match="did you mean 'nano'"):
        command("nanno", "/nowhere/x")
    with pytest.raises(UsageError, match="--minutes must be"):
        command("nano", "/nowhere/x", minutes=0.0)


def test_psnr_and_histogram_matching():
    """Closed forms: a constant error of 1 is 20 log10(255) dB; a picture whose values are a monotonic function of the
    target's gets the target itself back."""
    a = np.full((4, 4, 3), 100, np.uint8)
    assert psnr_db(a, a + np.uint8(1)) == pytest.approx(48.1308, abs=1e-4)
    assert psnr_db(a, a) == float("inf")
    target = np.arange(192, dtype=np.uint8).reshape(8, 8, 3)
    assert (histogram_matched((target // 2 + 20).astype(np.uint8), target) - target.astype(int)).__abs__().max() <= 3
