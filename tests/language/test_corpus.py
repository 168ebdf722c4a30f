"""Texts that a fuzzer guided by coverage found (``tools/fuzz_language.py``): each reached something new."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from simengine.engine.catalogue import installed_scenarios, libraries
from simengine.language import check_text, diagnostics_json, render_diagnostics
from simengine.language.format import format_text

CORPUS = Path(__file__).with_name("corpus.zip")


def texts() -> list[tuple[str, str]]:
    with zipfile.ZipFile(CORPUS) as archive:
        found = [(name, archive.read(name)) for name in archive.namelist()]
    out: list[tuple[str, str]] = []
    for name, data in found:
        try:
            out.append((name, data.decode("utf-8")))
        except UnicodeDecodeError:
            out.append((name, data.decode("latin-1")))
    return out


def replay(chosen: list[tuple[str, str]]) -> None:
    """Every text gives programs or diagnostics, never both; what checks is laid out the same twice."""
    known, scenarios = libraries(), dict(installed_scenarios())
    for name, text in chosen:
        result = check_text(text, libraries=known, scenarios=scenarios)
        shown = render_diagnostics(result.diagnostics, text)
        assert len(diagnostics_json(result.diagnostics)) == len(result.diagnostics), name
        assert bool(result.programs) == result.ok and (result.ok or shown), name
        if result.ok:
            once = format_text(text).text
            assert format_text(once).text == once, name


def test_a_part_of_the_corpus_gives_diagnostics_only() -> None:
    """The shortest texts of an hour's corpus: a front end that is total raises nothing."""
    found = sorted(texts(), key=lambda item: (len(item[1]), item[0]))
    assert len(found) > 500
    replay(found[:400:2])


@pytest.mark.slow
def test_the_whole_corpus_gives_diagnostics_only() -> None:
    """All of them, minutes."""
    replay(texts())
