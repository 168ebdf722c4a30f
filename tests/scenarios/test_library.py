"""The scenario library: every scenario of it checks, samples, says where it comes from, and stays as it is."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from simengine.engine.api import episodes
from simengine.engine.catalogue import find_scenario, libraries, scenario_files
from simengine.engine.inspect import listing, missing
from simengine.engine.variation import Variation
from simengine.language import Program, check_text, parse_text
from simengine.language.sample import Sampler

ROOT = Path(__file__).resolve().parents[2]
NAMES = sorted(f.name for f in scenario_files())
GOLDEN = Path(__file__).with_name("golden.txt")
SUMMARIES = Path(__file__).with_name("summaries.txt")


@cache
def tool():
    spec = importlib.util.spec_from_file_location("make_catalogue", ROOT / "tools" / "make_catalogue.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def program_of(name: str) -> Program:
    file = find_scenario(name)
    return next(p for p in parse_text(file.source, file.origin, libraries=libraries()) if p.name == name)


def fingerprint(name: str) -> str:
    """Size of the grid, feasible rows where they can be counted, and a hash of the first four random draws."""
    program = program_of(name)
    raw, feasible = tool().grid_count(program)
    draws = Sampler(program, 0).draw(range(4))
    digest = hashlib.sha256()
    for path in sorted(draws.u):
        digest.update(f"{path} {[f'{u:.9g}' for u in np.ravel(draws.u[path])]}\n".encode())
    return f"{name} {raw} {'-' if feasible is None else feasible} {digest.hexdigest()[:12]}"


def test_the_library_has_its_sixty_scenarios_under_names_of_their_own():
    """Files are found by their stem, whatever folder they lie in: two of one name would hide each other."""
    stems = [p.stem for p in (ROOT / "scenarios").rglob("*.scn")]
    assert len(stems) == len(set(stems)) == len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_checks_and_says_what_it_is(name: str):
    """No error, and no warning but of what does not run yet, of a constraint that holds anyway; tags, source, title,
    two coverage items (a joint one counts) and what is recorded."""
    file = find_scenario(name)
    result = check_text(file.source, file.origin, libraries=libraries())
    assert result.ok and {d.code for d in result.diagnostics} <= {"W0501", "W0310"}, result.diagnostics
    program = program_of(name)
    assert program.title and program.tags and program.cites and program.sensors and program.records
    assert program.covers
    if file.topic == "nhtsa":
        assert any(t.startswith("nhtsa.") for t in program.tags)
        number = next(t for t in program.tags if t.startswith("nhtsa.")).removeprefix("nhtsa.")
        assert any(f"DOT HS 810 767, type {number}:" in cite for cite in program.cites)
        assert program.crosses and {m.kind for m in program.monitors} == {"ensure", "expect"}


@pytest.mark.parametrize("name", NAMES)
def test_more_than_one_draw_in_a_hundred_is_accepted(name: str):
    """200 variants: a user waits for what is thrown away."""
    draws = Sampler(program_of(name), 0).draw(range(200))
    assert len(draws) / (len(draws) + int(draws.attempts.sum())) > 0.01


def test_counts_and_draws_are_the_recorded_ones():
    """Whoever changes a scenario, or the numbers behind it, sees which; then: python -m tests.scenarios.test_library"""
    recorded = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert [fingerprint(n) for n in NAMES] == recorded


def test_the_catalogue_page_is_up_to_date():
    """docs/catalogue.md is made from the programs: python tools/make_catalogue.py. A picture has 16 kB, a strip 10."""
    assert (ROOT / "docs" / "catalogue.md").read_text(encoding="utf-8") == tool().text()
    for kind, most in (("*.jpg", 16_000 * len(NAMES)), ("*.webp", 10_000 * len(NAMES))):
        pictures = list((ROOT / "docs" / "pictures" / "catalogue").glob(kind))
        assert sum(p.stat().st_size for p in pictures) < most
        assert {p.stem for p in pictures} <= set(NAMES)


def test_list_says_which_run_and_why_the_others_do_not():
    """Derived from the same diagnostics (W0501) that refuse a run, never from a list of names."""
    shown = {row[0]: row[1] for row in listing().scenario_rows()}
    for name in NAMES:
        lacking = missing(program_of(name))
        assert shown[name] == (f"checked and sampled only: {', '.join(lacking)}" if lacking else "yes")
    assert shown["red_light_runner"] == "yes"
    assert shown["lead_stopped"] == "yes"


def _small(name: str) -> Program:
    """The scenario with small sensors."""
    source = re.sub(r"size = \(\d+, \d+\)", "size = (64, 48)", find_scenario(name).source)
    source = re.sub(r"channels = \d+", "channels = 8, columns = 64", source)
    return next(p for p in parse_text(source, name, libraries=libraries()) if p.name == name)


def summary(name: str) -> str:
    """What becomes of the first variant that comes true: duration, stop, closest approach, times, verdicts."""
    made = next(s for s in Variation(program_of(name), 0, "random").simulate(range(4)) if s.valid)
    figures = made.trace.summary
    who, apart = min(figures.min_distance_m.items(), key=lambda i: i[1], default=("-", float("inf")))
    verdicts = "".join("-" if v.passed is None else "+" if v.passed else "!" for v in made.verdicts) or "."
    stop = made.trace.stop_reason.partition(" (")[0].replace(" ", "_")
    return (
        f"{name} {made.index} {figures.duration_s:.2f} {stop} {who} {apart:.2f} {figures.min_ttc_s:.2f} "
        f"{figures.collision or '-'} {verdicts}"
    )


def _is_recorded(name: str) -> None:
    """Words alike; numbers within 5 cm and 0.05 s: processors round sums of products differently, and contacts of rigid
    bodies multiply that."""
    lines = {line.split()[0]: line.split() for line in SUMMARIES.read_text(encoding="utf-8").splitlines()}
    for now, then in zip(summary(name).split(), lines[name], strict=True):
        numbers = [re.fullmatch(r"-?\d+\.\d\d", v) for v in (now, then)]
        if all(numbers):
            assert float(now) == pytest.approx(float(then), abs=0.051), lines[name]
        else:
            assert now == then, lines[name]


@pytest.mark.parametrize("name", NAMES[::12])
def test_the_first_variant_ends_as_recorded(name: str):
    """Whoever changes how things move sees what that changes; then: python -m tests.scenarios.test_library"""
    _is_recorded(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_first_variant_ends_as_recorded(name: str):
    """Runs to its end, as recorded; a minute or two."""
    _is_recorded(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_runs_gives_frames(name: str):
    """Two frames of the first variant that comes true: an image of every camera, neither black nor of one colour (but
    for a sensor that has a fault then), and points of every LiDAR."""
    if program_of(name).not_yet:
        pytest.skip(f"{name} is checked and sampled only")
    (episode,) = episodes(_small(name), 1, samples=1, max_frames=2)
    frames = list(episode)
    assert len(frames) == 2
    for record in program_of(name).records:
        for field in (f for channel, f in (("rgb", "rgb"), ("points", "xyz")) if channel in record.channels):
            values = np.asarray(frames[0][record.sensor][field], np.float64)
            assert np.isfinite(values).all() and values.std() > 0.5


if __name__ == "__main__":
    GOLDEN.write_text("".join(fingerprint(n) + "\n" for n in NAMES), encoding="utf-8")
    SUMMARIES.write_text("".join(summary(n) + "\n" for n in NAMES), encoding="utf-8")
