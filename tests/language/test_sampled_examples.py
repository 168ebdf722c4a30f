"""The front end and the sampler together: example files from text to draws."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simengine import plugins
from simengine.errors import ProgramError
from simengine.language import parse_text
from simengine.language.bounds import Bounds
from simengine.language.coverage import cover_bins, cross_hits, initial_bins
from simengine.language.grids import GridPlan
from simengine.language.program import Program
from simengine.language.proofs import check_constraints, supports
from simengine.language.sample import Count, Sampler
from simengine.language.scenario import Scenario
from simengine.world.library import Library

EXAMPLES = Path(__file__).parents[2] / ".." / "shared" / "design" / "language" / "examples"
PARTS = ("1_child_dart_out", "2_alks_cut_in", "4_ncap_ccrm")


def driving() -> dict[str, Library]:
    return {"driving": plugins.load("scenes", "driving")}


def example(name: str) -> Program:
    path = EXAMPLES / f"{name}.scn"
    if not path.exists():
        pytest.skip(f"the example files are not beside the repository ({path})")
    (program,) = parse_text(path.read_text(), path.name, libraries=driving())
    return program


@pytest.mark.parametrize(("name", "count"), [("2_alks_cut_in", Count(52_500, 29_750)), ("4_ncap_ccrm", Count(55, 55))])
def test_the_files_give_the_published_counts(name: str, count: Count) -> None:
    """The UN R157 variation files list 29,750 of 52,500 cut-ins (derived by hand in test_plans), NCAP 55 CCRm cases."""
    assert Sampler(example(name), 0, "grid").count() == count


@pytest.mark.parametrize("name", PARTS)
def test_draws_stay_within_the_checked_supports(name: str) -> None:
    """The checker's bounds, the proofs' bounds and what is drawn agree: three separate derivations of one support."""
    program = example(name)
    draws = Sampler(program, 3).draw(range(500))
    bounds = supports(program)
    for path, (low, high) in program.supports.items():
        values = draws.values.get(path)
        if values is not None and values.dtype.kind == "f" and values.ndim == 1:
            room = 1e-9 * max(abs(low), abs(high), 1e-300)
            assert (values >= low - room).all() and (values <= high + room).all(), path
            assert (values >= bounds[path].low).all() and (values <= bounds[path].high).all(), path


@pytest.mark.parametrize("name", PARTS)
def test_scenarios_of_files_survive_json(name: str) -> None:
    """Vectors, strings, words, arrays of elements: all values of real programs come back exactly."""
    draws = Sampler(example(name), 3).draw([0, 7])
    for k in range(2):
        scenario = draws.scenario(k)
        assert Scenario.from_json(scenario.to_json()) == scenario
        assert set(scenario.drawn) <= set(scenario.values)


def test_values_of_the_dart_out() -> None:
    """Spot checks against the text: 20..60 km/h step 10 km/h, 3 to 7 parked cars of three models, lamps mostly lit."""
    draws = Sampler(example("1_child_dart_out"), 0).draw(range(3000))
    rows = [draws.at(k) for k in range(200)]
    assert {round(float(r["ego.speed"]) * 3.6) for r in rows} == {20, 30, 40, 50, 60}  # type: ignore[arg-type]
    assert {len(r["parked.model"]) for r in rows} == {3, 4, 5, 6, 7}  # type: ignore[arg-type]
    assert {m for r in rows for m in r["parked.model"]} == {"sedan", "suv", "van"}  # type: ignore[union-attr]
    assert abs(draws.values["world.lamps.lit"].mean() - 0.7) < 0.026  # three standard deviations
    assert rows[0]["front.size"] == (1280.0, 720.0)


def test_the_cut_in_covers_all_that_is_feasible() -> None:
    """The file's cross, drawn at random: every feasible (ve0, dv, vy) triple of 85 is hit by 5,000 variants."""
    program = example("2_alks_cut_in")
    bins = cover_bins(program)
    hit = initial_bins(Sampler(program, 0).draw(range(5000)), bins)
    found = {c.names: (c.hit, c.raw) for c in cross_hits(program.crosses[0], bins, hit)}
    assert found["ve0", "dv", "vy"] == (85, 150)


def test_the_grid_of_the_dart_out() -> None:
    """5 speeds x 5 counts x 2 lamps x 2 children x 2 cases = 200 with one quantile of each continuous variable.

    With two quantiles of the 8 continuous variables it is 200 x 2^8 = 51,200.
    """
    program = example("1_child_dart_out")
    assert Sampler(program, 0, GridPlan(1)).count() == Count(200, 200)
    assert Sampler(program, 0, GridPlan(2)).count() == Count(51_200, 51_200)


TEXT = """\
use driving

scenario tiny "Two constraints that exclude each other":
    world highway(lanes = 2, length = 1 km)
    car ego on lane(1) at s(5 m):
        speed ~ 20..60 km/h
    param gap: length ~ 1..30 m
    require gap / ego.speed > 3 s
    require gap < 10 m
    stop after 5 s
"""


def test_impossible_constraints_of_a_text() -> None:
    """gap > 3 s x 5.56 m/s = 16.7 m excludes gap < 10 m: shown with carets under the constraint."""
    with pytest.raises(ProgramError) as error:
        parse_text(TEXT, "tiny.scn", libraries=driving())
    text = str(error.value)
    assert "E0218" in text and "tiny.scn:9" in text and "^" in text
    assert "can never hold together with the others (line 8)" in text and "16.6667..30 m against 10 m" in text
    one = TEXT.replace("    require gap < 10 m\n", "")
    (program,) = parse_text(one, "tiny.scn", libraries=driving())
    assert check_constraints(Bounds.of_program(program)) == ()
    values = Sampler(program, 0).draw(range(100)).values
    assert np.all(values["gap"] / values["ego.speed"] > 3)
