"""Extras: what a person reads who has not installed one (``tests/torch`` for torch itself)."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from simengine.engine import doctor

ROOT = Path(__file__).parent.parent
RUN = ["run", "child_dart_out", "--out", "out", "--variants", "1"]


def without(blocked: list[str], code: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """A fresh interpreter in which imports of some packages fail."""
    block = f"import sys\nfor name in {blocked!r}: sys.modules[name] = None\n"
    return subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, cwd=cwd, check=False)


@pytest.mark.parametrize(
    ("extra", "blocked", "arguments"),
    [
        ("raster", ["pyrender"], [*RUN, "--renderer", "raster"]),
        ("diffusion", ["diffusers"], [*RUN, "--renderer", "diffusion"]),
        ("diffusion", ["torch"], ["neural", "train", "--preset", "nano", "--out", "out"]),
        ("cluster", ["ray"], [*RUN, "--cluster", "local"]),
        ("lsp", ["pygls"], ["lsp"]),
    ],
)
def test_a_command_that_needs_an_extra(extra: str, blocked: list[str], arguments: list[str], tmp_path: Path):
    """One message with the command, exit code 2, nothing written."""
    code = f"sys.argv = ['simengine', *{arguments!r}]\nfrom simengine.cli import main\nmain()"
    done = without(blocked, code, tmp_path)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert line.startswith("error: ") and f"pip install 'simengine-synth[{extra}]'" in line
    assert not list(tmp_path.iterdir())


def test_the_doctor_tells_of_a_missing_renderer_once(monkeypatch: pytest.MonkeyPatch):
    """Its line has the command; the package behind it has no second line, and others keep theirs."""
    monkeypatch.setattr(doctor, "_renderer", lambda name: doctor._row(f"renderer {name}", "missing", "..."))
    names = {row["name"] for row in doctor.doctor()["checks"]}
    assert "renderer raster" in names and "pyrender" not in names and {"torch", "ray"} <= names


@pytest.mark.parametrize(
    "package", ["torch", "open3d", "pyrender", "ray", "diffusers", "pycocotools", "webdataset", "pygls"]
)
@pytest.mark.parametrize("there", [False, True])
def test_the_doctor_tells_what_brings_a_package(package: str, there: bool, monkeypatch: pytest.MonkeyPatch):
    """Whether it is not installed or does not import: one line with an extra that asks for the package."""

    def version(name: str) -> str:
        if there:
            return "1.0"
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    monkeypatch.setitem(sys.modules, package, None)
    rows = [(p, doctor._extra(p, m, e)) for p, m, e in doctor.OPTIONAL if p == package]
    assert len(rows) == 1 and rows[0][1]["state"] == "missing"
    line = rows[0][1]["detail"]
    extra = line.partition("pip install 'simengine-synth[")[2].partition("]'")[0]
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert "\n" not in line and any(asked.startswith(package) for asked in extras[extra])
