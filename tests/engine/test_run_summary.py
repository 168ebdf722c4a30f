"""What a run says of how near to a crash its variants came."""

from __future__ import annotations

from pathlib import Path

import pytest

from simengine.cli.output import run_summary
from simengine.datasets.variants import VariantRow
from simengine.engine.summary import RunSummary, Spread


def test_the_worst_and_the_median(capsys: pytest.CaptureFixture[str]) -> None:
    """The least of times and the largest deceleration are the worst; who had none does not count."""
    summary = RunSummary(kept=4)
    for k, (ttc, rate) in enumerate([(4.0, 1.0), (1.5, 5.0), (None, 0.0), (3.0, 2.0)]):
        row = {"min_ttc [s]": ttc, "max_required_deceleration [m/s2]": rate, "min_pet [s]": None, "stop": "end"}
        summary.judge(VariantRow(k, "kept", summary=row))
    assert summary.measures() == {
        "min_ttc [s]": Spread(1.5, 3.0, 3),
        "max_required_deceleration [m/s2]": Spread(5.0, 1.5, 4),
    }
    assert run_summary(summary, Path("o"), json=False) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "ego, worst (median): min_ttc 1.5 (3) s, max_required_deceleration 5 (1.5) m/s2; columns result.*" in said
    assert summary.as_dict()["measures"]["min_ttc [s]"] == {"worst": 1.5, "median": 3.0, "variants": 3}
    assert "_measured" not in summary.as_dict() and RunSummary().measures() == {}
