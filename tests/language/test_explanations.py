"""Every diagnostic has a page, and every example of a page is true."""

from __future__ import annotations

from pathlib import Path

import pytest

from simengine.engine.catalogue import libraries
from simengine.language import check_file, check_text, parse_text
from simengine.language.codes import CODES
from simengine.language.explanations import PAGES, document
from simengine.language.format import format_text
from simengine.language.sample import Sampler
from tests.sketched import SKETCH

UNCHECKED = {"E0100", "W0402", "W0501"}  # of a file that is not there, of drawing, of a library that lacks something


def test_every_code_has_a_page():
    """Whoever adds a code adds its page: a reason, an example, its repair."""
    assert list(PAGES) == list(CODES)
    assert all(len(p.why) > 60 and ((p.bad and p.good) or c == "E0100") for c, p in PAGES.items())


@pytest.mark.parametrize("code", [c for c in PAGES if c not in UNCHECKED])
def test_the_example_gives_this_diagnostic_and_its_repair_none(code: str):
    """Against the installed libraries, warnings included: what a reader sees who copies it."""
    page = PAGES[code]
    assert [d.code for d in check_text(page.bad, libraries=libraries()).diagnostics] == [code]
    assert check_text(page.good, libraries=libraries()).diagnostics == ()
    assert not format_text(page.good).changed  # examples show the one spelling


def test_what_a_library_cannot_build():
    """The page's text, with a library beside the installed ones that only describes a ferry."""
    page, both = PAGES["W0501"], libraries() | {"sketch": SKETCH}
    bad = page.bad.replace("use driving", "use driving\nuse sketch")
    assert [d.code for d in check_text(bad, libraries=both).diagnostics] == ["W0501"]
    assert check_text(page.good, libraries=libraries()).diagnostics == ()


def test_a_missing_file_and_low_acceptance(tmp_path: Path):
    """Two that no check of a text can give: |a - b| < 1 m holds for 1e4 of the 25e6 m2, less than 1 in 1,000."""
    assert [d.code for d in check_file(tmp_path / "missing.scn", libraries={}).diagnostics] == ["E0100"]
    for text, found in ((PAGES["W0402"].bad, ["W0402"]), (PAGES["W0402"].good, [])):
        (program,) = parse_text(text, libraries=libraries())
        assert [w.code for w in Sampler(program, 0, "random").draw([0]).warnings] == found


def test_the_document_is_made_from_the_pages():
    """python tools/make_diagnostics.py"""
    path = Path(__file__).parents[2] / "docs" / "diagnostics.md"
    assert path.read_text("utf-8") == document()
