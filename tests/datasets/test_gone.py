"""The dataset folder is taken away while it is written: one clear error, whichever step meets it first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from simengine.datasets import Dataset, DatasetWriter, parquet, verify, write_report
from simengine.datasets import episode as episode_module
from simengine.datasets import writer as writer_module
from simengine.errors import DatasetError
from tests.datasets.fakes import MANIFEST, row, write_dataset, write_variant

STEPS: list[tuple[Any, str]] = [
    (episode_module, "TableWriter"), (episode_module.EpisodeWriter, "_submit_reading"),
    (episode_module.EpisodeWriter, "_add_labels"), (episode_module.EpisodeWriter, "_complete"),
    (parquet.TableWriter, "close"), (episode_module.EpisodeWriter, "_small_files"),
    (episode_module, "sync"), (episode_module, "publish_folder"), (writer_module, "write_variants"),
    (writer_module, "sync"), (writer_module, "read_manifest"), (writer_module, "write_atomic"),
]  # fmt: skip


@pytest.mark.parametrize("threads", [0, 2])
@pytest.mark.parametrize(("owner", "name"), STEPS, ids=[name for _, name in STEPS])
def test_deleted_before_a_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, threads: int
) -> None:
    """The folder goes just before each step of writing an episode, a row and the end, once."""
    root, gone = tmp_path / "d", list[str]()
    real: Callable[..., Any] = getattr(owner, name)

    def step(*args: Any, **more: Any) -> Any:
        if not gone:
            gone.append(name)
            shutil.rmtree(root)
        return real(*args, **more)

    with (
        pytest.raises(DatasetError) as caught,
        DatasetWriter.create(root, MANIFEST, threads=threads) as writer,
    ):
        monkeypatch.setattr(owner, name, step)
        write_variant(writer, 0, frames=2)
        writer.record(row(1, "discarded"))
        writer.finish()
    assert gone and "d" in str(caught.value) and "Errno" not in str(caught.value)
    assert not (root / "episodes").exists()  # nothing makes it again in part


def test_deleted_while_it_is_read(tmp_path: Path) -> None:
    """An opened dataset whose files vanish says which one is missing."""
    write_dataset(tmp_path / "d", variants=(0,), discarded=())
    dataset = Dataset.open(tmp_path / "d")
    episode = dataset.episodes[0]
    frame = episode.frames[0]
    shutil.rmtree(tmp_path / "d")
    reads: list[Callable[[], object]] = [
        lambda: episode.labels(), lambda: episode.poses(), lambda: episode.entities, lambda: frame["front"]["rgb"],
        lambda: frame.boxes3d, lambda: dataset.variants(), lambda: dataset.episode(0),
        lambda: write_report(dataset.root), lambda: Dataset.open(tmp_path / "d"),
    ]  # fmt: skip
    for read in reads:
        with pytest.raises(DatasetError, match=r"missing|no folder|no episode|no dataset") as caught:
            read()
        assert "Errno" not in str(caught.value)
    assert verify(dataset)
