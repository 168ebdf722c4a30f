"""The unit cube of a scenario: numbers to values, verdicts of points, points as a plan of a run."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from simengine.datasets import Dataset
from simengine.engine.catalogue import libraries
from simengine.engine.options import RunOptions
from simengine.engine.run import run
from simengine.engine.space import Space
from simengine.engine.variation import Variation
from simengine.errors import UsageError
from simengine.language import Program, parse_text

ROOT = Path(__file__).parent.parent.parent
SOURCE = """
use driving

scenario brake "A car that brakes behind another":
    param gap: length ~ 4..12 m
    param late: time ~ 0.0..0.4 s
    param kind ~ {car, van}
    require gap + late * 1 m/s > 5 m
    world highway(lanes = 2, length = 300 m)
    car ego on lane(1) at s(20 m):
        speed ~ {20 km/h, 40 km/h}
    car target on lane(1) ahead of ego by gap:
        model = kind
        speed = 10 km/h
    do:
        wait late
        ego.change_speed(to = 10 km/h, rate = 8 m/s2)
    ensure ego.speed > 5 km/h
    expect always distance(ego, target) > 3 m
    stop after 1 s
    sensor front on ego = camera(size = (24, 16), fov = 60 deg)
    record front: rgb at 2 hz
"""


@pytest.fixture(scope="module")
def program() -> Program:
    return parse_text(SOURCE, libraries=libraries())[0]


@pytest.fixture(scope="module")
def space(program: Program) -> Space:
    return Space(program, ["gap", "late"])


def test_axes_are_called_as_columns_of_tables():
    """One name everywhere: what `simengine sample` heads a column with is the name of its axis, without the unit."""
    text = (
        "use driving\nscenario s:\n    world highway(lanes = 2, length = 1 km)\n    car ego on lane(1) at s(9 m)\n"
        "    car row[2] ahead of ego by ~ 5..9 m\n    do:\n        wait ~ 1..2 s\n"
        "        out: ego.stop() for ~ 1..2 s\n"
    )
    (program,) = parse_text(text, libraries=libraries())
    space = Space(program)
    columns = Variation(program, 0, "random").sampler.draw([0]).scenario(0).row()
    assert sorted(space.names) == sorted(name.rpartition(" [")[0] for name in columns)
    assert "L7: wait" in space.names and "row[2].by" in space.names and "out: for" in space.names


def test_numbers_become_values_by_the_laws(program: Program, space: Space):
    """Uniform on 4..12 m: u is 4 + 8 u. Other axes keep the numbers of the base variant, so its values."""
    assert set(space.names) == {"gap", "late", "kind", "ego.speed"} and len(space) == 2
    base = Variation(program, 0, "random").simulate([0])[0].scenario.values
    found = space.evaluate([[0.5, 0.0], [1.0, 1.0], [0.25, 0.75]]).scenarios
    values = [s.values for s in found if s is not None]
    assert np.allclose([v["gap"] for v in values], [8.0, 12.0, 6.0])
    assert np.allclose([v["late"] for v in values], [0.0, 0.4, 0.3])
    assert all(v["kind"] == base["kind"] and v["ego.speed"] == base["ego.speed"] for v in values)


def test_the_base_point_is_the_base_variant(program: Program):
    """The numbers of variant 3 give its values and its verdicts, which were made by redrawing."""
    space = Space(program, seed=7, base=3)
    found = space.evaluate(space.base)
    variant = Variation(program, 7, "random").simulate([3])[0]
    assert found.feasible.all() and found.scenarios[0] is not None
    assert found.scenarios[0].values == variant.scenario.values
    assert found.expects == ("always distance(ego, target) > 3 m",)
    assert found.robustness[0, 0] == next(v.robustness for v in variant.trace.verdicts if v.kind == "expect")


def test_margins_follow_the_physics(space: Space):
    """Braking 0.1 s later from the same speed closes the gap by 0.1 s times the difference of speeds.

    Until it brakes, the ego comes (v - 10 km/h) closer each second; braking itself is the same later. A wait ends at
    whole ticks of 0.01 s, in which the ego closes 0.028 m at 20 km/h.
    """
    found = space.evaluate([[0.5, 0.0], [0.5, 0.25], [0.5, 0.5], [1.0, 0.0]])
    scenario = found.scenarios[0]
    assert scenario is not None
    closing = scenario.values["ego.speed"] - 10 / 3.6
    margins = found.robustness[:, 0]
    assert np.allclose(np.diff(margins[:3]), -0.1 * closing, atol=0.03)
    assert margins[3] - margins[0] == pytest.approx(4.0, abs=1e-6)  # 12 m instead of 8 m
    assert (found.holds[:, 0] == (margins > 0)).all()


def test_points_that_are_not_feasible_say_so(space: Space):
    """4 m + 0 s break ``require``: no scenario and no margin; the others are as without it."""
    found = space.evaluate([[0.0, 0.0], [0.5, 0.5], [0.05, 0.1]])
    assert found.feasible.tolist() == [False, True, False]
    assert found.scenarios[0] is None and np.isnan(found.robustness[0]).all() and not found.holds[0].any()
    alone = space.evaluate([0.5, 0.5])
    assert np.array_equal(alone.robustness[0], found.robustness[1])
    assert not found.valid[0] and found.valid[1]


def test_a_point_comes_out_the_same_alone_and_in_any_company(space: Space):
    """More than one batch of simulations, in two orders: the same margins, bit for bit."""
    u = np.stack([np.linspace(0.2, 0.9, 40), np.tile([0.0, 0.3, 0.6, 1.0], 10)], -1)
    together = space.evaluate(u)
    backwards = space.evaluate(u[::-1])
    assert np.array_equal(together.robustness, backwards.robustness[::-1])
    assert np.array_equal(space.evaluate(u[17]).robustness[0], together.robustness[17])


def test_points_are_a_plan_of_a_run(program: Program, space: Space, tmp_path: Path):
    """What was evaluated is what is written: values, verdict, margin; the points are part of the dataset's identity."""
    u = [[0.9, 0.2], [0.0, 0.0], [0.3, 0.9]]
    found = space.evaluate(u)
    options = RunOptions("brake", tmp_path / "out", plan="points", points=space.points(u))
    heard: list[str] = []
    summary = run(options, lambda event: heard.append(event.text), program)
    assert (summary.kept, summary.infeasible) == (2, 1)
    assert any(text.startswith("1 of 3 points are left out") for text in heard)
    dataset = Dataset.open(tmp_path / "out")
    rows = {e.row.variant: e.row for e in dataset.episodes}
    assert sorted(rows) == [0, 2]
    for index, row in rows.items():
        assert [v.robustness for v in row.verdicts if v.kind == "expect"] == [found.robustness[index, 0]]
    again = RunOptions("brake", tmp_path / "out", variants=0, plan="points", points=space.points(u), resume=True)
    assert run(again, program=program).resumed == 2
    other = RunOptions("brake", tmp_path / "out", variants=0, plan="points", points=space.points(u[:1]), resume=True)
    with pytest.raises(Exception, match="other settings"):
        run(other, program=program)


@pytest.mark.parametrize(
    ("axes", "message"), [(["gpa"], "did you mean 'gap'"), (["gap", "gap"], "different axes"), ([], "at least one")]
)
def test_wrong_axes(program: Program, axes: list[str], message: str):
    """The error names the nearest axis."""
    with pytest.raises(UsageError, match=message):
        Space(program, axes)


@pytest.mark.parametrize("u", [[[0.5]], [[0.5, 1.5]], [[0.5, float("nan")]], [[[0.5, 0.5]]]])
def test_wrong_points(space: Space, u: list):
    """Another number of axes, and numbers outside of the cube, are refused."""
    with pytest.raises(UsageError, match="points"):
        space.evaluate(u)


def test_plan_points_needs_points(tmp_path: Path):
    """The plan's name and the list go together."""
    with pytest.raises(UsageError, match="go together"):
        RunOptions("brake", tmp_path, plan="points")
    with pytest.raises(UsageError, match="go together"):
        RunOptions("brake", tmp_path, points=[[0.5]])


def test_all_points_are_made_and_no_more_can_be_asked_for(tmp_path: Path):
    """Without ``variants`` twelve points are twelve variants (the usual ten of other plans would lose two in silence);
    thirteen of twelve is a mistake, five of twelve is a choice."""
    points = [[0.1 * k / 12] for k in range(12)]
    assert RunOptions("brake", tmp_path, plan="points", points=points).count == 0  # all
    assert RunOptions("brake", tmp_path, plan="points", points=points, variants=5).count == 5
    assert RunOptions("brake", tmp_path).count == 10
    for wrong in ({"variants": 13}, {"variants": 5, "first": 8}, {"first": 13}):
        with pytest.raises(UsageError, match=r"more than there are points \(12\)"):
            RunOptions("brake", tmp_path, plan="points", points=points, **wrong)


def test_points_of_which_none_is_feasible_leave_nothing(program: Program, space: Space, tmp_path: Path):
    """A dataset without a variant would look like a success."""
    options = RunOptions("brake", tmp_path / "out", plan="points", points=space.points([[0.0, 0.0]]))
    with pytest.raises(UsageError, match="plan 'points' has no feasible row: a 'require' does not hold"):
        run(options, program=program)
    assert [p.name for p in (tmp_path / "out").iterdir()] == [".lock"]


def test_the_example_finds_the_worst_corner(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """The margin falls with a smaller gap and later braking; the worst feasible point lies on the edge of ``require``.

    There the gap is 5 m less ``late`` times 1 m/s, so the worst of all is at late 0.4 s, gap 4.6 m (0.6 / 8 of its
    range). Thirteen generations of eight points must come nearer to it than a tenth of the way from the middle; the
    first one, eight blind draws, does not. The page is run as it stands, but for less to do.
    """
    page = ROOT / "examples" / "edge_search.py"
    assert len(page.read_text(encoding="utf-8").splitlines()) < 40
    spec = importlib.util.spec_from_file_location("edge_search", page)
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    scenario = tmp_path / "brake.scn"
    scenario.write_text(SOURCE)
    worst = example.main(str(scenario), tmp_path / "worst", ["gap", "late"], generations=12, max_frames=1)
    space = Space(str(scenario), ["gap", "late"])
    corner = space.evaluate([[0.0751, 0.9999], [0.5, 0.5]]).robustness[:, 0]
    assert worst.fun < corner[0] + 0.1 * (corner[1] - corner[0])
    assert len(list((tmp_path / "worst" / "episodes").iterdir())) == 1
    assert "wrote 1 frames" in capsys.readouterr().out
