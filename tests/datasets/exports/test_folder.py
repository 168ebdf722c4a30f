"""The folder of an export: whole or absent, the same bytes again, nothing of others touched, no way out of it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from simengine.datasets import Dataset, layout
from simengine.datasets.exports import EXPORTERS, export
from simengine.datasets.exports.folder import ExportFolder
from simengine.datasets.storage import RunLock
from simengine.errors import DatasetError, UsageError
from tests.datasets.fakes import tree

FORMATS = sorted(EXPORTERS)


@pytest.mark.parametrize("to", FORMATS)
def test_same_dataset_same_bytes(fake, tmp_path, to):
    """Made twice, at other times, in other places, from a moved copy of the dataset: equal files, equal digest. A
    change of one label changes it."""
    one = export(fake, to, tmp_path / "one", split="train=2,val=1")
    fake.rename(tmp_path / "moved")
    time.sleep(1.1)  # times in archives have a second's resolution
    two = export(tmp_path / "moved", to, tmp_path / "deep" / "er" / "two", split="train=2,val=1")
    first, second = tree(tmp_path / "one"), tree(tmp_path / "deep" / "er" / "two")
    assert first == second and one.digest == two.digest and one.bytes == sum(map(len, first.values()))
    assert export(tmp_path / "moved", to, tmp_path / "three").digest != one.digest
    assert not [p for p in tmp_path.rglob(".*") if p.name != ".lock"]


def test_checksums_are_those_of_sha256sum(fake, tmp_path):
    """Every file but the list itself is in it, in the form that the common tool checks."""
    done = export(fake, "kitti", tmp_path / "out")
    listed = (tmp_path / "out" / layout.CHECKSUMS).read_bytes()
    assert hashlib.sha256(listed).hexdigest() == done.digest
    assert len(listed.splitlines()) == len(tree(tmp_path / "out")) - 1
    subprocess.run(["sha256sum", "--quiet", "-c", layout.CHECKSUMS], cwd=tmp_path / "out", check=True)


def test_an_error_leaves_nothing(fake, tmp_path):
    """A damaged file in the last episode: the episodes before it were written, and none of it stays."""
    path = fake / "episodes" / "000002" / "front" / "rgb" / "000002.png"
    path.write_bytes(path.read_bytes()[:20])
    for to in FORMATS:
        with pytest.raises(DatasetError, match="no 8-bit RGB PNG"):
            export(fake, to, tmp_path / "new" / "out")
    assert [p.name for p in (tmp_path / "new").iterdir()] == []


def test_an_export_is_replaced_only_on_request(fake, tmp_path):
    """Without the option nothing is touched; with it the old one is replaced as a whole, also by another format."""
    out = tmp_path / "out"
    out.mkdir()  # an empty folder may be there
    export(fake, "kitti", out)
    before = tree(out)
    with pytest.raises(DatasetError, match="--overwrite replaces it"):
        export(fake, "coco", out)
    with pytest.raises(UsageError):
        export(fake, "coco", out, overwrite=True, cameras=["no"])
    assert tree(out) == before
    export(fake, "coco", out, overwrite=True)
    assert not (out / "training").exists() and (out / "annotations" / "instances.json").exists()


def test_nothing_of_others_is_deleted(fake, tmp_path):
    """A folder that is no export, or an export with one file, link or folder of the user's in it, stays as it is."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    with pytest.raises(DatasetError, match="is no export"):
        export(fake, "kitti", out, overwrite=True)
    (out / "notes.txt").unlink()
    export(fake, "kitti", out)
    for make in (
        lambda p: p.write_text("mine"),
        lambda p: p.symlink_to(tmp_path),
        lambda p: p.symlink_to(fake / "dataset.json"),
        lambda p: p.mkdir(),
    ):
        make(out / "training" / "mine")
        with pytest.raises(DatasetError, match="training/mine"):
            export(fake, "kitti", out, overwrite=True)
        mine = out / "training" / "mine"
        mine.rmdir() if mine.is_dir() and not mine.is_symlink() else mine.unlink()
    (out / "export.json").write_text('{"format": "something else"}')
    with pytest.raises(DatasetError, match="is no export"):
        export(fake, "kitti", out, overwrite=True)


def test_dataset_and_export_do_not_mix(fake, tmp_path):
    """Inside the dataset it would be a foreign file there; around it, --overwrite could delete the dataset."""
    for out in (fake / "kitti", fake, tmp_path):
        with pytest.raises(DatasetError, match=r"one another|no export"):
            export(fake, "kitti", out, overwrite=True)
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(DatasetError, match="is a file"):
        export(fake, "kitti", file)


def test_leftovers_are_removed_and_running_exports_respected(fake, tmp_path):
    """What a killed export left is cleared by the next; while one runs (it holds the lock) a second one is refused."""
    hidden = tmp_path / ".out.partial"
    (hidden / "new" / "training").mkdir(parents=True)
    (hidden / "new" / "training" / "half.png").write_bytes(b"x")
    with RunLock(hidden / layout.LOCK), pytest.raises(DatasetError, match="another run"):
        export(fake, "kitti", tmp_path / "out")
    export(fake, "kitti", tmp_path / "out")
    assert not hidden.exists() and not (tmp_path / "out" / "training" / "half.png").exists()


def test_no_file_leaves_the_folder(fake, tmp_path):
    """Whatever a format asks for, a path with '..' or from the root is not opened."""
    with ExportFolder(tmp_path / "out", fake) as folder:
        for name in ("../evil", "a/../../evil", "/tmp/evil"):
            with pytest.raises(DatasetError, match="leads out"):
                folder.write(name, [b""])
            with pytest.raises(DatasetError, match="leads out"):
                folder.open(name)
    assert not (tmp_path / "out").exists()


def _edit(path: Path, change) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def _rename_sensor(root: Path) -> None:
    for name in ("episode.json", "calibration.json"):
        _edit(root / name, lambda d: (d.get("sensors") or d).update({"../../x": (d.get("sensors") or d).pop("front")}))


def _link_out(root: Path) -> None:
    secret = root.parents[2] / "secret.png"
    secret.write_bytes((root / "front/rgb/000000.png").read_bytes())
    (root / "front/rgb/000000.png").unlink()
    (root / "front/rgb/000000.png").symlink_to(secret)


def _no_class(root: Path) -> None:
    _edit(root / "entities.json", lambda d: [e.update({"class": "../x"}) for e in d])


def _fewer_entities(root: Path) -> None:
    _edit(root / "entities.json", lambda d: d.__delitem__(slice(1, None)))


@pytest.mark.parametrize("damage", [_rename_sensor, _link_out, _no_class, _fewer_entities])
@pytest.mark.parametrize("to", ["kitti", "coco"])
def test_untrusted_datasets(fake, tmp_path, to, damage):
    """Names that lead out, links that lead out, labels of nothing: one clear error, no file anywhere."""
    damage(fake / "episodes" / "000001")
    with pytest.raises((DatasetError, UsageError)):
        export(fake, to, tmp_path / "new" / "out")
    assert not (tmp_path / "new" / "out").exists() and not list(tmp_path.rglob("*x.png"))


def test_unfinished_and_empty_datasets_are_refused(fake, tmp_path):
    """Without its digest an export could not say what it is of."""
    manifest = fake / "dataset.json"
    text = manifest.read_text()
    manifest.write_text(text.replace('"state": "complete"', '"state": "running"'))
    with pytest.raises(DatasetError, match="--resume"):
        export(fake, "coco", tmp_path / "out")
    manifest.write_text(text)
    for k in range(3):
        (fake / "episodes" / f"{k:06d}").rename(tmp_path / f"{k}")
    with pytest.raises(UsageError, match="no episodes"):
        export(Dataset.open(fake), "coco", tmp_path / "out")
    with pytest.raises(UsageError, match="did you mean 'coco'"):
        export(fake, "cocoo", tmp_path / "out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_without_permission(fake, tmp_path):
    """One message; no traceback."""
    (tmp_path / "shut").mkdir(mode=0o500)
    with pytest.raises(DatasetError, match="permission denied"):
        export(fake, "coco", tmp_path / "shut" / "out")
