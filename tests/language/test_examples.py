from __future__ import annotations

from pathlib import Path

import pytest

from simengine.language import check_file
from simengine.language.program import Choice
from simengine.plugins import load
from simengine.sensors.vocabulary import SENSOR_KINDS
from simengine.world import vocabulary as words

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "scenarios" / "simengine_scenarios").rglob("*.scn"))
SHARED = sorted((ROOT.parent / "shared" / "design" / "language" / "examples").glob("*.scn"))


def _libraries():
    return {name: load("scenes", name) for name in ("driving", "warehouse")}


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_shipped_scenarios_check_without_a_word(file: Path):
    """Every scenario of the library is valid. In child_dart_out one constraint is proved to hold always (W0310).

    The slowest car of 20 km/h drives 6.67 m in the shortest gap of 1.2 s, and more than 6 m are asked for.
    """
    result = check_file(file, libraries=_libraries())
    assert result.ok and {d.code for d in result.diagnostics} <= {"W0310", "W0501"}


@pytest.mark.skipif(not SHARED, reason="the design's examples (../shared) are not here")
@pytest.mark.parametrize("file", SHARED, ids=lambda f: f.stem)
def test_examples_of_the_design_check(file: Path):
    """The four files that the language was designed with."""
    assert check_file(file, libraries=_libraries()).ok


@pytest.mark.parametrize("name", ["child_dart_out", "alks_cut_in", "ccrm"])
def test_driving_examples_run(name: str):
    """Nothing of them is listed as not running yet."""
    (file,) = [f for f in FILES if f.stem == name]
    assert check_file(file, libraries=_libraries()).programs[0].not_yet == ()


def test_the_warehouse_runs():
    """Nothing of picking from a tote is listed as not running yet."""
    (file,) = [f for f in FILES if f.stem == "bin_pick"]
    assert check_file(file, libraries=_libraries()).programs[0].not_yet == ()


def test_ccrm_has_the_55_cases_of_the_protocol():
    """11 rows of the joint table times 5 overlaps, as the Euro NCAP file lists."""
    (file,) = [f for f in FILES if f.stem == "ccrm"]
    drawn = [d.binding for d in check_file(file, libraries=_libraries()).programs[0].definitions.values() if d.drawn]
    sizes = [len(b.values) for b in drawn if isinstance(b, Choice)]
    assert len(sizes) == len(drawn) and sorted(sizes) == [5, 11]


def test_words_are_found_by_category():
    """A person and a vehicle both stop, each its own way; things may be teleported, too; sensors only fail."""
    assert words.find(words.ACTIONS, "stop", "person") is not words.find(words.ACTIONS, "stop", "vehicle")
    assert words.find(words.ACTIONS, "teleport", "object") is not None
    assert words.find(words.ACTIONS, "teleport", "sensor") is None
    assert words.find(words.ACTIONS, "run", "vehicle") is None


def test_required_parameters_have_no_default():
    """A call must give exactly what neither has a default nor is optional by nature."""
    lane = words.find(words.ACTIONS, "change_lane", "vehicle")
    assert lane is not None and [p.name for p in words.required_parameters(lane)] == ["to"]


def test_tables_have_no_word_twice():
    """A word of one receiver means one thing."""
    for table in (words.ACTIONS, words.METHODS, words.FUNCTIONS, words.ATTRIBUTES, words.PLACES, words.CONTROLLERS):
        keys = [(s.name, s.receiver) for s in table]
        assert len(set(keys)) == len(keys)
    for kind in SENSOR_KINDS.values():
        names = [p.name for p in kind.properties]
        assert len(set(names)) == len(names)
