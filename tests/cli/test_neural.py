"""Settings of renderers and networks on the command line."""

from __future__ import annotations

import json

import pytest


def test_settings_that_cannot_be_are_one_line(simengine, small):
    """A word without "=", a name given twice, one that the renderer does not have."""
    for words, told in (
        (("--set", "steps"), "--set takes name=value, got 'steps'"),
        (("--set", "a=1", "--set", "a=2"), "gives 'a' twice"),
        (("--set", "steps=2"), "renderer 'raytrace' has no setting 'steps'; known: preset"),
    ):
        done = simengine("run", small, *words, "--out", "x", check=False)
        assert done.returncode == 2 and told in done.stderr.splitlines()[-1]


def test_a_painted_dataset_differs_in_rgb_alone_and_says_how_it_was_made(simengine, small, tmp_path):
    """The same variant with and without the network: of all files only pictures (and checksums, which hold theirs)
    differ from those of the base as the network takes it, one ray a pixel (more rays meter another light); the
    manifest holds settings and the digest of the weights; other settings do not resume it."""
    pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)
    common = ("--variants", 1, "--max-frames", 2)
    simengine("run", small, *common, "--set", "edges=plain", "--out", "plain")
    simengine("run", small, *common, "--renderer", "diffusion", "--set", "steps=2", "--out", "painted")
    differs = set()
    for path in sorted((tmp_path / "plain" / "episodes").rglob("*")):
        other = tmp_path / "painted" / path.relative_to(tmp_path / "plain")
        if path.is_file() and path.read_bytes() != other.read_bytes():
            differs.add(path.name if path.suffix != ".png" else f"{path.parent.name}/*.png")
    assert differs == {"rgb/*.png", "checksums.sha256"}
    made = json.loads((tmp_path / "painted" / "dataset.json").read_text())["identity"]
    assert made["settings"] == {"steps": "2"} and len(made["versions"]["weights"]) == 64
    changed = simengine("run", small, *common, "--renderer", "diffusion", "--out", "painted", "--resume", check=False)
    assert changed.returncode == 2 and "settings" in changed.stderr


@pytest.mark.slow
def test_a_painted_dataset_is_the_same_for_one_and_two_workers(simengine, small):
    """Two workers have one processor each, one worker has both: the digest of all content is the same."""
    pytest.importorskip("simengine_renderers.diffusion", reason="needs the extra 'diffusion'", exc_type=ImportError)
    digests = set()
    for workers in (1, 2):
        options = ("--variants", 2, "--max-frames", 2, "--renderer", "diffusion", "--workers", workers, "--json")
        done = simengine("run", small, *options, "--out", f"out{workers}")
        digests.add(json.loads(done.stdout.splitlines()[-1])["digest"])
    assert len(digests) == 1


def test_an_interrupted_training_says_that_the_same_command_goes_on(monkeypatch, capsys):
    """Only ``run`` has --resume; other commands say no more than that they were interrupted."""
    from simengine import cli

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "_run", interrupt)
    monkeypatch.setattr(cli.signal, "signal", lambda *_: None)
    for words, told in ((["neural", "train"], "interrupted; the same command goes on"), (["list"], "interrupted\n")):
        monkeypatch.setattr(cli.sys, "argv", ["simengine", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 130 and told in capsys.readouterr().err
