"""The whole-file examples of docs/language.md check, can be drawn, and run to their end."""

import re
from pathlib import Path

import pytest

import simengine
from simengine.engine.variation import Variation

PAGE = Path(__file__).parent.parent / "docs" / "language.md"
FILES = [b for b in re.findall(r"```\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL) if b.startswith("use ")]


def test_the_page_has_examples():
    """The pattern still finds the blocks."""
    assert len(FILES) >= 3


@pytest.mark.parametrize("text", FILES)
def test_an_example_checks_and_draws(text: str, tmp_path: Path):
    """As a stranger would try it: save, check, draw one, let it happen."""
    file = tmp_path / "example.scn"
    file.write_text(text, encoding="utf-8")
    program = simengine.load(str(file))
    assert program.not_yet == ()
    assert len(list(simengine.sample(program, variants=1, seed=0))) == 1
    (one,) = Variation(program, 0, "random").simulate([0])
    assert one.trace.stop_reason and one.verdicts
