"""The catalogue page: what it shows, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from simengine.cli.app import app
from simengine.engine.gallery import DRAWS
from simengine.errors import DatasetError, UsageError


def test_a_kind_is_shown_in_nine_draws(tmp_path: Path) -> None:
    """One row of nine cells, and no two draws are the same picture; the page names the file;
    a second run needs ``--overwrite``."""
    out = tmp_path / "cat"
    args = ["catalogue", "--out", str(out), "--only", "cargo"]
    assert CliRunner().invoke(app, args).exit_code == 0
    first = (out / "kind_cargo.jpg").read_bytes()
    assert "kind_cargo.jpg" in (out / "index.html").read_text()
    sheet = cv2.imdecode(np.frombuffer(first, np.uint8), cv2.IMREAD_COLOR)
    step = sheet.shape[1] // DRAWS
    cells = [cv2.resize(sheet[20:260, k * step + 30 : k * step + 270], (32, 32)).astype(float) for k in range(DRAWS)]
    apart = [np.abs(a - b).mean() for i, a in enumerate(cells) for b in cells[:i]]
    assert min(apart) > 1.0  # of 255: JPEG noise is a tenth of that
    assert isinstance(CliRunner().invoke(app, args).exception, DatasetError)


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    """With the nearest name, before anything is written."""
    done = CliRunner().invoke(app, ["catalogue", "--out", str(tmp_path / "cat"), "--only", "stret"])
    assert isinstance(done.exception, UsageError) and "'street'" in str(done.exception)
    assert not (tmp_path / "cat").exists()


@pytest.mark.slow
def test_every_world_and_kind_can_be_shown(tmp_path: Path) -> None:
    """Minutes: the whole page."""
    assert CliRunner().invoke(app, ["catalogue", "--out", str(tmp_path / "cat")]).exit_code == 0
    assert len(list((tmp_path / "cat").glob("*.jpg"))) > 15
