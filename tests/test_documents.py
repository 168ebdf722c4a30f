"""What the documents say is what the program does."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from simengine.datasets import Dataset
from simengine.datasets.schema import LABEL_COLUMNS
from simengine.engine.catalogue import libraries
from simengine.language import check_text
from simengine.sensors.imaging import BANDS
from simengine.sensors.lenses import LENSES
from tests.datasets.fakes import write_dataset

ROOT = Path(__file__).parent.parent


def _tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    tool = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    return tool


def test_the_reference_page_is_up_to_date():
    """docs/reference.md is made from the tables that the checker reads; a change of these must remake it."""
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == _tool("make_reference").text()


def test_the_gallery_shows_every_lens_and_band_and_its_scenarios_check():
    """docs/gallery.md is what its tool writes, its pictures are small, and no lens or band is left out."""
    tool = _tool("make_gallery")
    assert (ROOT / "docs" / "gallery.md").read_text(encoding="utf-8") == tool.page()
    pictures = [p for some in tool.GALLERY.values() for p in some]
    names = [p.name for p in pictures]
    assert len(names) == len(set(names)) == len(list(tool.PICTURES.glob("*.webp")))
    assert sum(file.stat().st_size for file in tool.PICTURES.iterdir()) < 2_000_000
    said = " ".join(p.said for p in pictures)
    assert all(f"lens = {lens}" in said for lens in LENSES if lens != "pinhole")
    assert all(f"band = {band}" in said for band in BANDS if band != "visible")
    for picture in pictures:
        found = check_text(tool.text(picture), libraries=libraries()).diagnostics
        assert not [d for d in found if d.severity == "error"], picture.name


def test_the_python_example_of_the_readme_runs():
    """The block is run as it stands, but for one variant of one frame."""
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    code = block[1].replace("variants=2, seed=0", "variants=1, seed=0, max_frames=1")
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["rgb"].shape == (720, 1280, 3) and names["depth"].dtype == "float32"
    assert names["xyz"].shape == (len(names["instance"]), 3) and len(names["boxes"]) > 0


def test_the_step_calls_of_the_page_on_drivers_run(capsys: pytest.CaptureFixture[str]):
    """Four variants are driven to their stop, and say what came of them. (The function needs pictures; its way through
    the engine is that of tests/engine/test_closed_loop.py.)"""
    page = (ROOT / "docs" / "closed-loop.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict = {}
    exec(compile(blocks[0], "closed-loop.md", "exec"), names)
    assert names["env"].variants == 4 and len(capsys.readouterr().out.splitlines()) == 4


def test_relative_links_of_the_documents_lead_somewhere():
    """A picture or page that a document points to is in the repository."""
    for page in [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_the_snippets_of_the_dataset_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """All Python blocks of docs/dataset.md, one after the other, on a small dataset that has what they name."""
    write_dataset(tmp_path / "out" / "first", (0, 1), ())
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) >= 3
    monkeypatch.chdir(tmp_path)
    names: dict = {"cv2": cv2, "np": np}
    for block in blocks[:3]:
        exec(compile(block, "dataset.md", "exec"), names)
    assert names["track"].shape == (3, 3) and len(names["speed_mps"]) == 3
    assert names["points"].shape == names["colours"].shape and len(names["points"]) > 100
    ground = names["frame"]["front"]["instance"][names["hit"]] == 0
    # the fake ground lies 1.5 m below a camera at 2.6 m whose image was made with f = w / 1.6 in place of its own
    assert abs(names["points"][ground, 2] - (2.6 - 1.5 * 2 * np.tan(0.7) / 1.6)).max() < 1e-3
    first = names["dataset"].episodes[0].frames[0]["front"]["instance"]
    monkeypatch.chdir(tmp_path / "out" / "first" / "episodes" / "000000")
    for block in blocks[3:]:  # reading files without simengine
        exec(compile(block, "dataset.md", "exec"), names)
    assert (names["instance"] == first).all()


def test_the_dataset_page_names_every_label_column():
    """Each column of labels.parquet is in the table, or is y, z, x1, ... of one that is."""
    page = (ROOT / "docs" / "dataset.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9_]+)`", page))
    for column in LABEL_COLUMNS:
        first = re.sub(r"_(y|z)(_|$)", r"_x\2", re.sub(r"_(x|y|z)$", "_w", re.sub(r"_(y0|x1|y1)_px", "_x0_px", column)))
        assert column in named or first in named or re.sub("width|height", "length", column) in named, column


def blocks_of(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_snippet_of_the_training_page_runs():
    """As it stands, but one sample a batch, made in this process."""
    pytest.importorskip("torch", reason="needs the extra 'torch'")
    code = blocks_of("docs/training.md")[0].replace("batch_size=4, num_workers=2", "batch_size=1")
    names: dict = {}
    exec(compile(code.replace("mix=4", "mix=1"), "training.md", "exec"), names)
    assert names["image"].shape == (1, 3, 720, 1280) and names["mask"].shape == (1, 720, 1280)
    assert names["xyz"].shape == (*names["valid"].shape, 3)


def test_the_snippet_of_the_edge_case_page_runs(capsys: pytest.CaptureFixture[str]):
    """Two points of a plane, of which the faster, later one is the worse."""
    names: dict = {}
    exec(compile(blocks_of("docs/edge-cases.md")[0], "edge-cases.md", "exec"), names)
    assert capsys.readouterr().out.startswith("always distance(ego, kid) > 0.3 m")
    assert names["found"].robustness[1, 0] < names["found"].robustness[0, 0]


def readme_block(start: str) -> str:
    block = next(b for b in blocks_of("README.md") if b.startswith(start))
    return block.replace('"child_dart_out", "out/', '"child_dart_out", max_frames=1, out="out/')


def test_the_edge_case_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As it stands, but for eight points and one frame: the point with the smallest margin is the one on disk."""
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(readme_block("import numpy").replace("random(64)", "random(8)"), "README.md", "exec"), names)
    assert len(names["margin"]) == 8 and np.nanmin(names["margin"]) < np.nanmax(names["margin"])
    row = Dataset.open("out/worst").variants().to_pylist()[0]
    assert row["expect_1.robustness"] == np.nanmin(names["margin"])


def test_the_dataset_example_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """As it stands, but for one frame of one variant made in this process."""
    monkeypatch.chdir(tmp_path)
    code = readme_block("import simengine\n\nif").replace("variants=4, seed=7, workers=2", "variants=1, seed=7")
    exec(compile(code, "README.md", "exec"), {"__name__": "__main__"})
    assert list(tmp_path.rglob("coco/**/*.json")) and len(Dataset.open("out/set").episodes) == 1


def test_the_training_example_of_the_readme_runs():
    """As it stands, but for two frames of one variant made in this process."""
    pytest.importorskip("torch", reason="needs the extra 'torch'")
    code = next(b for b in blocks_of("README.md") if b.startswith("from simengine.torch"))
    code = code.replace("variants=4, frames=8", "variants=1, frames=2").replace(
        "batch_size=8, num_workers=2", "batch_size=2"
    )
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["image"].shape == (2, 3, 720, 1280) and names["classes"].shape == (2, 720, 1280)
