"""A folder of one's own meshes as a library: checked, sampled, seen by camera and LiDAR, and named in the dataset."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh
from typer.testing import CliRunner, Result

import simengine
from simengine.cli.app import app
from simengine.engine import catalogue
from simengine.errors import PluginError, SceneError

MANIFEST = """name = "depot"

[[asset]]
name = "block"
file = "block.ply"
class = "debris"
scale = 0.01
nir = 0.9

[[asset]]
name = "cart"
file = "cart.stl"
class = "van"
category = "vehicle"
"""
PROGRAM = """use driving
use depot

scenario own_things "A block of our own on the road":
    world highway(lanes = 2, length = 300 m)
    car ego on lane(1) at s(20 m)
    depot_object thing on lane(1) at s(40 m):
        asset ~ library("depot", size = 2 m)
    depot_vehicle other on lane(2) at s(30 m):
        speed = 5 m/s
    do:
        wait 0.2 s
    stop after 0.2 s
    sensor front on ego = camera(size = (320, 240), fov = 60 deg, mount = (2 m, 0 m, 1 m))
    sensor roof on ego = lidar(channels = 32, columns = 512, mount = (0 m, 0 m, 1.8 m))
    record front: depth, semantic, instance at 10 hz
    record roof: points at 10 hz
"""


@pytest.fixture
def depot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a red block of 1 x 1.2 x 0.8 m (in centimetres) and a box that drives."""
    folder = tmp_path / "depot"
    folder.mkdir()
    block = trimesh.creation.box((100.0, 120.0, 80.0))
    block.visual.face_colors = (220, 20, 20, 255)
    block.export(folder / "block.ply")
    trimesh.creation.box((4.0, 1.8, 1.5)).export(folder / "cart.stl")
    (folder / "library.toml").write_text(MANIFEST)
    monkeypatch.delenv(catalogue.LIBRARIES_VARIABLE, raising=False)
    catalogue.libraries.cache_clear()
    catalogue.folder_libraries.cache_clear()
    yield folder
    monkeypatch.undo()
    catalogue.libraries.cache_clear()
    catalogue.folder_libraries.cache_clear()


def invoke(*args: str | Path) -> Result:
    return CliRunner().invoke(app, [str(a) for a in args])


def test_own_meshes_are_seen_by_every_sensor(depot: Path, tmp_path: Path) -> None:
    """The block's rear face is 40 m - 0.5 m along the lane, the camera at 22 m: depth 17.5 m over as many
    pixels as 1.2 x 0.8 m have there, and hardly more of it is seen; LiDAR returns lie on it."""
    simengine.use_folder(depot)
    (tmp_path / "own.scn").write_text(PROGRAM)
    program = simengine.load(tmp_path / "own.scn")
    episode = next(iter(simengine.episodes(program, variants=1, seed=0)))
    frame = next(iter(episode))
    ids = {e.name: e.instance for e in episode.entities}
    front, roof = frame["front"], frame["roof"]
    on = front["instance"] == ids["thing"]
    rear = on & (np.abs(front["depth"] - 17.5) < 0.01)
    focal = 160 / np.tan(np.radians(30))
    assert rear.sum() == pytest.approx(1.2 * 0.8 * (focal / 17.5) ** 2, rel=0.12) and rear.sum() > 0.8 * on.sum()
    assert len(np.unique(front["semantic"][on])) == 1
    assert (roof["instance"] == ids["thing"]).sum() > 5
    thing = next(e for e in episode.entities if e.name == "thing")
    assert (thing.kind, thing.model) == ("depot_object", "block")


def test_the_library_of_a_folder_lasts_for_what_is_started(depot: Path) -> None:
    """``use_folder`` sets the variable that worker processes read; the same folder twice is no error."""
    for _ in range(2):
        assert simengine.use_folder(depot).name == "depot"
    assert catalogue.libraries()["depot"].entities["depot_object"].size_m["block"] == pytest.approx((1.0, 1.2, 0.8))


def test_names_that_are_taken_are_refused(depot: Path) -> None:
    """A folder that calls itself 'driving', or two folders with one name: an error, and nothing has changed."""
    (depot / "library.toml").write_text(MANIFEST.replace("depot", "driving"))
    with pytest.raises(PluginError, match="'driving', which is installed"):
        simengine.use_folder(depot)
    assert "depot_object" not in {k for lib in catalogue.libraries().values() for k in lib.entities}
    with pytest.raises(SceneError, match=r"has no library\.toml"):
        simengine.use_folder(depot.parent)


def test_commands_know_the_folder(depot: Path, tmp_path: Path) -> None:
    """``--library`` before the command makes ``use depot`` known; without it there is a diagnostic. A dataset tells a
    digest of the folder, and draws of the asset are those of the family."""
    scenario = tmp_path / "own.scn"
    scenario.write_text(PROGRAM)
    assert invoke("check", scenario).exit_code != 0
    assert invoke("--library", depot, "check", scenario).exit_code == 0
    out = tmp_path / "out"
    done = invoke("--library", depot, "run", scenario, "--variants", "1", "--out", out, "--max-frames", "1")
    assert done.exit_code == 0, done.output
    versions = json.loads((out / "dataset.json").read_text())["identity"]["versions"]
    assert versions["library depot"] == catalogue.folder_libraries()["depot"].digest()[:16]


def test_the_page_on_own_meshes_is_true(depot: Path, tmp_path: Path) -> None:
    """The manifest of docs/assets.md reads, with meshes where it names them, and its scenario checks with it."""
    page = (Path(__file__).parents[2] / "docs" / "assets.md").read_text(encoding="utf-8")
    (depot / "library.toml").write_text(re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0])
    (depot / "meshes").mkdir()
    trimesh.creation.box((1.0, 1.0, 1.0)).export(depot / "meshes" / "crate.glb")
    trimesh.creation.box((1000.0, 900.0, 1900.0)).export(depot / "meshes" / "tug.obj")  # below the 2 m of the page
    simengine.use_folder(depot)
    tug = catalogue.folder_libraries()["depot"].assets["tug"]
    assert tug.size_m == pytest.approx((1.9, 1.0, 0.9))
    program = re.findall(r"```\n(use driving.*?)```", page, re.DOTALL)[0]
    (tmp_path / "page.scn").write_text(program)
    assert invoke("check", tmp_path / "page.scn").exit_code == 0


def test_a_folder_is_looked_through(depot: Path, tmp_path: Path) -> None:
    """A broken mesh is told and hinders no other; the picture shows what can be used; exit code 1."""
    (depot / "cart.stl").write_bytes(b"\\0" * 100)
    found = invoke("assets", depot, "--json", "--picture", tmp_path / "all.png")
    report = json.loads(found.stdout.splitlines()[-1])
    assert found.exit_code == 1 and report["broken"] == 1 and report["kinds"] == ["depot_object", "depot_vehicle"]
    block, cart = report["assets"]
    assert block["size_m"] == pytest.approx([1.0, 1.2, 0.8]) and block["triangles"] == 12 and not block["problem"]
    assert "cart.stl" in cart["problem"] and cart["size_m"] is None
    assert (tmp_path / "all.png").stat().st_size > 5000
