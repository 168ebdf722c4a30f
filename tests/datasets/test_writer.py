"""The folder: what may be touched, what is refused, what resume accepts, and equal bytes in any order."""

from __future__ import annotations

import errno
import json
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simengine.datasets import DatasetWriter, EpisodeContent, storage, verify
from simengine.datasets.reader import Dataset
from simengine.datasets.storage import disk_errors, write_atomic
from simengine.errors import DatasetError
from tests.datasets.fakes import (
    ENTITIES,
    MANIFEST,
    camera,
    camera_reading,
    lidar,
    row,
    tree,
    write_dataset,
    write_variant,
)


def test_the_same_content_gives_the_same_bytes_in_any_order_and_with_any_threads(tmp_path: Path) -> None:
    """Nothing but content may reach the files: not the order of variants, threads, worker or time."""
    write_dataset(tmp_path / "a", (0, 1, 2), (3,))
    with DatasetWriter.create(tmp_path / "b", MANIFEST, threads=0) as main:
        main.record(row(3, "discarded"))
        write_variant(main, 2)
        with DatasetWriter.attach(tmp_path / "b", threads=3) as worker:
            write_variant(worker, 0)
            write_variant(worker, 1)
        main.finish()
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_a_changed_pixel_changes_the_digest(tmp_path: Path) -> None:
    """The digest covers the content of every file; one least significant bit is enough."""
    digests = []
    for k in range(2):
        with DatasetWriter.create(tmp_path / str(k), MANIFEST) as writer:
            reading = camera_reading(camera(), 0)
            reading.channels["rgb"][5, 5, 1] ^= k
            with writer.episode(EpisodeContent(row(0), b"{}", (camera(),), ENTITIES)) as episode:
                episode.write_frame(0, 0, {"front": reading})
            digests.append(writer.finish()["digest"])
    assert digests[0] != digests[1]


@pytest.mark.parametrize("options", [{}, {"resume": True}, {"overwrite": True}])
def test_a_folder_of_someone_else_is_never_touched(tmp_path: Path, options: dict[str, bool]) -> None:
    """A home directory has no dataset.json of ours, so no flag makes us write into it or delete from it."""
    (tmp_path / "thesis.tex").write_text("years of work")
    (tmp_path / ".bashrc").write_text("")
    before = tree(tmp_path)
    with pytest.raises(DatasetError, match=r"holds 2 entries .*no dataset; choose a new or empty folder"):
        DatasetWriter.create(tmp_path, MANIFEST, **options)
    assert tree(tmp_path) == before


def test_someone_elses_dataset_json_is_no_licence_to_delete(tmp_path: Path) -> None:
    """Other tools write files of that name; only our format word counts."""
    (tmp_path / "dataset.json").write_text('{"format": "coco", "identity": {}}')
    with pytest.raises(DatasetError, match="made by something else"):
        DatasetWriter.create(tmp_path, MANIFEST, overwrite=True)
    assert (tmp_path / "dataset.json").exists()


@pytest.mark.parametrize("name", ["notes.txt", "episodes/mine.txt", "discarded/x"])
def test_overwrite_deletes_nothing_where_a_person_added_files(tmp_path: Path, name: str) -> None:
    """Files that no run wrote may be the only copy of something: then nothing at all is deleted."""
    write_dataset(tmp_path, (0,), (1,))
    (tmp_path / name).write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(DatasetError, match="no run wrote"):
        DatasetWriter.create(tmp_path, MANIFEST, overwrite=True)
    assert tree(tmp_path) == before


def test_overwrite_does_not_follow_links(tmp_path: Path) -> None:
    """``episodes`` replaced by a link to another folder: that folder must survive."""
    precious = tmp_path / "precious"
    (precious / "000000").mkdir(parents=True)
    write_dataset(tmp_path / "d", (), (1,))
    (tmp_path / "d/episodes").rmdir()
    (tmp_path / "d/episodes").symlink_to(precious)
    with pytest.raises(DatasetError, match="episodes"):
        DatasetWriter.create(tmp_path / "d", MANIFEST, overwrite=True)
    assert (precious / "000000").is_dir()


def test_a_dataset_is_neither_continued_nor_replaced_unasked(tmp_path: Path) -> None:
    """The message says which flags there are and whether the run had finished."""
    write_dataset(tmp_path, (0,), ())
    with pytest.raises(DatasetError, match="a complete dataset; --resume goes on with it, --overwrite replaces it"):
        DatasetWriter.create(tmp_path, MANIFEST)


def test_overwrite_replaces_a_dataset_of_ours(tmp_path: Path) -> None:
    """Afterwards the folder is as if the old run had never been."""
    write_dataset(tmp_path / "a", (0, 1, 5), (3,))
    with DatasetWriter.create(tmp_path / "a", MANIFEST, overwrite=True) as writer:
        write_variant(writer, 2)
        writer.finish()
    write_dataset(tmp_path / "b", (2,), ())
    assert tree(tmp_path / "a") == tree(tmp_path / "b")


def test_resume_names_every_setting_that_differs(tmp_path: Path) -> None:
    """Mixing episodes of two settings in one dataset would be silent corruption; "about" may change."""
    write_dataset(tmp_path, (0,), ())
    other = {**MANIFEST, "seed": 8, "options": {"samples": 4}}
    with pytest.raises(DatasetError, match=r"options.samples: 1 there, 4 now; seed: 7 there, 8 now"):
        DatasetWriter.create(tmp_path, other, resume=True)
    with DatasetWriter.create(tmp_path, {**MANIFEST, "about": {"title": "new"}}, resume=True) as writer:
        assert writer.status(0) == "kept" and writer.has(0) and not writer.has(1)


def test_resume_goes_on_and_ends_as_an_undisturbed_run(tmp_path: Path) -> None:
    """Leftovers of a killed run are removed, failed variants are forgotten (they are tried again), the rest stays."""
    write_dataset(tmp_path / "whole", (0, 1, 2), (3,))
    part = tmp_path / "part"
    with DatasetWriter.create(part, MANIFEST) as writer:
        write_variant(writer, 1)
        writer.record(row(3, "discarded"))
        writer.record(row(2, "failed"))
    for name in ("episodes/.partial-000002-123/front", "episodes/.partial-000000-77"):
        (part / name).mkdir(parents=True)
    (part / ".dataset.json.tmp-55").write_text("{")
    (part / "discarded/.000009.json.tmp-55").write_text("{")
    with DatasetWriter.create(part, MANIFEST, resume=True) as writer:
        assert [writer.status(v) for v in range(4)] == [None, "kept", None, "discarded"]
        write_variant(writer, 0)
        write_variant(writer, 2)
        writer.finish()
    assert tree(part) == tree(tmp_path / "whole")


def test_two_runs_do_not_write_into_one_folder(tmp_path: Path) -> None:
    """The second would remove the first one's unfinished episodes as leftovers. A closed run lets go."""
    with (
        DatasetWriter.create(tmp_path, MANIFEST),
        pytest.raises(DatasetError, match="another run is writing"),
    ):
        DatasetWriter.create(tmp_path, MANIFEST, resume=True)
    DatasetWriter.create(tmp_path, MANIFEST, resume=True).close()


def test_an_error_in_the_middle_of_an_episode_leaves_nothing(tmp_path: Path) -> None:
    """Whatever raises inside the block, the folder is as before it."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        before = tree(tmp_path)
        with pytest.raises(RuntimeError, match="renderer"):  # noqa: SIM117
            with writer.episode(EpisodeContent(row(0), b"{}", (camera(),), ENTITIES)) as episode:
                episode.write_frame(0, 0, {"front": camera_reading(camera(), 0)})
                raise RuntimeError("renderer")
        assert tree(tmp_path) == before
        write_variant(writer, 0)  # and the variant can be written after all


def test_a_bad_array_fails_the_episode_even_from_a_writer_thread(tmp_path: Path) -> None:
    """Encoding runs later in a thread; its error must reach the caller, not be lost."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        reading = camera_reading(camera(), 0)
        reading.channels["instance"][0, 0] = 70_000
        with pytest.raises(DatasetError, match="70000"):  # noqa: SIM117
            with writer.episode(EpisodeContent(row(0), b"{}", (camera(),), ENTITIES)) as episode:
                episode.write_frame(0, 0, {"front": reading})
        assert list((tmp_path / "episodes").iterdir()) == []


def test_arrays_may_be_reused_by_the_caller(tmp_path: Path) -> None:
    """A renderer may fill the same buffers every frame; what was handed over must be what is stored."""
    reading = camera_reading(camera(), 0)
    expected = reading.channels["depth"].copy()
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        with writer.episode(EpisodeContent(row(0), b"{}", (camera(),), ENTITIES)) as episode:
            episode.write_frame(0, 0, {"front": reading})
            for array in reading.channels.values():
                array[:] = 0
        writer.finish()
    assert np.array_equal(Dataset.open(tmp_path).episodes[0].frames[0]["front"]["depth"], expected)


def test_only_recorded_channels_are_stored(tmp_path: Path) -> None:
    """``record front: rgb`` renders instances for the boxes, but must not write them."""
    content = EpisodeContent(row(0), b"{}", (camera(), lidar()), ENTITIES, {"front": ("rgb",)})
    with DatasetWriter.create(tmp_path, MANIFEST) as writer, writer.episode(content) as episode:
        episode.write_frame(0, 0, {"front": camera_reading(camera(), 0)})
    assert sorted(p.name for p in (tmp_path / "episodes/000000/front").iterdir()) == ["rgb"]


@pytest.mark.parametrize(
    ("frame", "name", "word"),
    [(0, "front", "rising order"), (2, "rear", "fits none"), (2, "", "neither a reading")],
)
def test_frames_that_make_no_sense_are_refused(tmp_path: Path, frame: int, name: str, word: str) -> None:
    """Order, sensor and emptiness are checked when the frame comes, not when someone reads it."""
    reading = camera_reading(camera(), 0)
    with DatasetWriter.create(tmp_path, MANIFEST) as writer, pytest.raises(DatasetError, match=word):  # noqa: SIM117
        with writer.episode(EpisodeContent(row(0), b"{}", (camera(),), ENTITIES)) as episode:
            episode.write_frame(1, 0, {"front": reading})
            episode.write_frame(frame, 0, {name: reading} if name else {})


def test_sensor_names_cannot_leave_the_folder(tmp_path: Path) -> None:
    """A name becomes a folder; "../x" must not."""
    spec = camera(name="../../evil")
    with DatasetWriter.create(tmp_path, MANIFEST) as writer, pytest.raises(DatasetError, match="identifier"):  # noqa: SIM117
        with writer.episode(EpisodeContent(row(0), b"{}", (spec,), ENTITIES)):
            pass


def test_an_episode_is_never_replaced(tmp_path: Path) -> None:
    """Two workers given the same variant by mistake: the second is refused."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        write_variant(writer, 0)
        with pytest.raises(DatasetError, match="already there"):
            write_variant(writer, 0)
        with pytest.raises(DatasetError, match="has an episode"):
            writer.record(row(0, "discarded"))


# ---- a full disk -----------------------------------------------------------------------------------------------


def _fail_after(monkeypatch: pytest.MonkeyPatch, writes: int) -> None:
    real, left = os.write, [writes]

    def write(descriptor: int, data: object) -> int:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(descriptor, data)  # type: ignore[arg-type]

    monkeypatch.setattr(storage.os, "write", write)


@pytest.mark.parametrize("writes", [0, 7, 90, 148, 152])  # of 153: frames, small files, checksums
def test_a_full_disk_is_one_clear_error_and_leaves_no_part(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Whichever write meets the end of the disk (frames, small files, checksums), the episode vanishes whole."""
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        before = tree(tmp_path)
        _fail_after(monkeypatch, writes)
        with pytest.raises(DatasetError, match="the disk is full; free some space") as caught:
            write_variant(writer, 0)
        assert caught.value.errno == errno.ENOSPC
        monkeypatch.undo()
        assert tree(tmp_path) == before


def test_a_really_full_file_system(tmp_path: Path) -> None:
    """The same on a tmpfs of 512 kB that the kernel fills up (needs the right to mount; else skipped)."""
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(tmp_path)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("cannot mount a small file system here (needs root)")
    try:
        with DatasetWriter.create(tmp_path / "d", MANIFEST) as writer:
            with pytest.raises(DatasetError, match="the disk is full"):
                write_variant(writer, 0, frames=40)
            assert list((tmp_path / "d/episodes").iterdir()) == []
            write_variant(writer, 1, frames=1)  # what was taken was given back
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_part_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """write(2) may take fewer bytes than given; the rest must follow."""
    real: Callable[..., int] = os.write
    monkeypatch.setattr(storage.os, "write", lambda d, data: real(d, memoryview(data)[:7]))
    write_atomic(tmp_path / "x", b"0123456789" * 5)
    assert (tmp_path / "x").read_bytes() == b"0123456789" * 5


def test_a_failed_replacement_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Atomic means old or new, and no temporary file is left."""
    write_atomic(tmp_path / "x", b"old")
    _fail_after(monkeypatch, 0)
    with pytest.raises(DatasetError):
        write_atomic(tmp_path / "x", b"new")
    assert tree(tmp_path) == {"x": b"old"}


# ---- tables ----------------------------------------------------------------------------------------------------


def test_rows_become_one_typed_table(tmp_path: Path) -> None:
    """Columns keep names with units and get the narrowest common type; a missing cell is null."""
    write_dataset(tmp_path, (0, 1), (2,))
    table = Dataset.open(tmp_path).variants()
    types = {f.name: str(f.type) for f in table.schema}
    assert types["ego.speed [km/h]"] == "double" and types["parked.count"] == "int64" and types["rain"] == "string"
    assert types["expect_1.passed"] == "bool" and types["result.collision"] == "bool"
    assert table["variant"].to_pylist() == [0, 1, 2]
    assert table["status"].to_pylist() == ["kept", "kept", "discarded"]
    assert table["frames"].to_pylist() == [3, 3, 0]
    assert table["ego.speed [km/h]"].to_pylist() == [8.0, 8.1, 8.2]
    assert table.schema.metadata[b"expect_1"] == b"always distance(ego, kid) > 0.2 m"
    assert Dataset.open(tmp_path).variants(status="discarded")["variant"].to_pylist() == [2]


def test_mixed_and_clashing_values_keep_their_meaning(tmp_path: Path) -> None:
    """int and float make float; a number and a word make text; a parameter called "status" does not hide ours."""
    values = ({"a": 1, "b": 2.5, "status": "wet", "big": 2**70}, {"a": 0.5, "b": "none", "late": float("inf")})
    with DatasetWriter.create(tmp_path, MANIFEST) as writer:
        for k, v in enumerate(values):
            writer.record(replace(row(k, "discarded"), values=v))
        writer.finish()
    table = Dataset.open(tmp_path).variants()
    assert table["a"].to_pylist() == [1.0, 0.5] and table["b"].to_pylist() == ["2.5", "none"]
    assert table["status"].to_pylist() == ["discarded"] * 2 and table["value.status"].to_pylist() == ["wet", None]
    assert table["late"].to_pylist() == [None, float("inf")] and table["big"].to_pylist() == [float(2**70), None]


def test_the_final_manifest_counts_and_a_whole_dataset_verifies(tmp_path: Path) -> None:
    """2 episodes of 3 frames and one discarded variant; every checksum as written."""
    digest = write_dataset(tmp_path, (0, 4), (1,))
    manifest = json.loads((tmp_path / "dataset.json").read_text())
    assert manifest["state"] == "complete" and manifest["digest"] == digest
    assert manifest["variants"] == {"kept": 2, "discarded": 1, "failed": 0, "frames": 6}
    assert verify(Dataset.open(tmp_path)) == []


@pytest.mark.parametrize(
    "folder, told", [("/proc/x", "its folder takes no new files"), ("/proc/x/y", "cannot be made")]
)
def test_a_place_that_takes_no_folders(folder: str, told: str) -> None:
    """Linux says of a new folder under /proc that it is missing; the reader is told to choose another one."""
    wanted = rf"^cannot create '{folder}': .*{told}; choose another folder$"
    with pytest.raises(DatasetError, match=wanted), disk_errors("create", Path(folder)):
        Path(folder).mkdir(parents=True)
