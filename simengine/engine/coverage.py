"""Coverage of datasets and of draws: one report each, and a matrix of requirements (tags) over all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np

from simengine.arrays import I64Array
from simengine.datasets import Dataset, layout
from simengine.datasets.loose_ends import LooseEndCounts, LooseEnds
from simengine.datasets.plain_json import dumps
from simengine.datasets.storage import write_atomic
from simengine.datasets.variants import VariantRow
from simengine.datasets.writer import stored_rows
from simengine.engine.catalogue import libraries
from simengine.engine.loading import load
from simengine.engine.options import check_draw, within
from simengine.engine.scenes import initial_scene
from simengine.engine.variants import Variants
from simengine.errors import DatasetError
from simengine.language import Program, parse_text
from simengine.language.bins import Bins, placed_items
from simengine.language.census import Census, values_of
from simengine.language.covered import CoverageReport, coverage_report
from simengine.language.coverplan import CoverPlan, left_out_notes
from simengine.language.evaluate import evaluate
from simengine.language.feasible import Field
from simengine.language.grids import GridPlan
from simengine.language.sample import Draws, Sampler
from simengine.language.scenario import Scenario

__all__ = ["Coverage", "Requirement", "Result", "coverage", "dataset_coverage", "write_coverage"]

_LISTED = 10  # phases of a note
_PART = 500  # variants that are read at a time
_FAR = 4096  # bins without end that are looked through for a label, on both sides of zero


@dataclass(frozen=True)
class Result:
    """What one dataset (or set of draws) says of a requirement.

    Attributes:
        origin: folder of the dataset, or the scenario that was drawn.
        scenario: its program.
        variants: kept ones.
        passed, failed: verdicts of the ``expect`` statements.
        hit, goal: combinations (or bins, without a ``cross``) hit, and those that can be as far as it is known.
    """

    origin: str
    scenario: str
    variants: int
    passed: int
    failed: int
    hit: int
    goal: int


@dataclass(frozen=True)
class Requirement:
    """A tag, and everything that tests it.

    Attributes:
        family: its first word: nhtsa, ncap, unr157, odd, sotif.
        tag: in full.
        cites: sources that the scenarios name.
        results: of each dataset.
    """

    family: str
    tag: str
    cites: tuple[str, ...]
    results: tuple[Result, ...]


@dataclass(frozen=True)
class Coverage:
    """Reports by origin, and requirements in the order of their families and tags."""

    reports: Mapping[str, CoverageReport]
    requirements: tuple[Requirement, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "reports": {origin: report.as_dict() for origin, report in self.reports.items()},
            "requirements": [asdict(r) for r in self.requirements],
        }


def coverage(
    targets: Sequence[str], variants: int = 100, first: int = 0, seed: int = 0, plan: str = "random",
    suggestions: int = 10,
) -> Coverage:  # fmt: skip
    """Coverage of datasets (folders) and of scenarios that are drawn for it, without simulating them.

    Args:
        targets: folders of datasets, names of scenarios or paths of ``.scn`` files.
        variants, first, seed, plan: of the draws of scenarios.
        suggestions: how many draws to suggest at most, for each target.

    Raises:
        UsageError, DatasetError, ProgramError: a target that cannot be read.
    """
    within("--suggest", suggestions, 0, 1000)
    reports: dict[str, CoverageReport] = {}
    results: list[tuple[CoverageReport, Result]] = []
    for target in targets:
        verdicts = Verdicts()
        if Path(target).is_dir():
            report, verdicts = dataset_coverage(target, suggestions=suggestions)
        else:
            report = _drawn(target, variants, first, seed, plan, suggestions)
        reports[target] = report
        told = report.crosses or report.items
        hit, goal = sum(h.hit for h in told), sum(h.goal or 0 for h in told)
        result = Result(target, report.scenario, report.variants, verdicts.passed, verdicts.failed, hit, goal)
        results.append((report, result))
    return Coverage(reports, _requirements(results))


def _requirements(results: Sequence[tuple[CoverageReport, Result]]) -> tuple[Requirement, ...]:
    tags = sorted({tag for report, _ in results for tag in report.tags})
    out: list[Requirement] = []
    for tag in tags:
        mine = [(report, result) for report, result in results if tag in report.tags]
        cites = dict.fromkeys(c for report, _ in mine for c in report.cites)
        out.append(Requirement(tag.partition(".")[0], tag, tuple(cites), tuple(result for _, result in mine)))
    return tuple(sorted(out, key=lambda r: (r.family, r.tag)))


def _drawn(scenario: str, variants: int, first: int, seed: int, plan: str, suggestions: int) -> CoverageReport:
    from simengine.engine.variation import chosen_indices, geometry_of

    words = check_draw(variants, first, seed, plan)
    program = load(scenario)
    sampler = Sampler(program, seed, words)
    geometry = None if program.not_yet else geometry_of(program, seed)
    draws = sampler.draw(chosen_indices(sampler, first, variants, geometry), geometry)
    census = Census(program)
    census.add(draws.values, len(draws), {} if geometry is None else _placed(census, draws))
    report = coverage_report(census, geometry, seed, suggestions)
    return _noted(report, sampler.plan.notes if isinstance(sampler.plan, CoverPlan | GridPlan) else ())


def _placed(census: Census, draws: Draws) -> dict[str, I64Array]:
    """Bins of the items that follow from the placed scene, by name; scenes are placed some at a time."""
    exprs = placed_items(census.program, census.graph, census.bins)
    found: dict[str, list[I64Array]] = {name: [np.zeros(0, np.int64)] for name in exprs}
    for start in range(0, len(draws) if exprs else 0, _PART):
        scene = initial_scene(Variants.of(draws.part(start, start + _PART), libraries()))
        for name, expr in exprs.items():
            values = evaluate(expr, scene, scene.variants.count)
            found[name].append(census.bins[name].index(np.asarray(values, np.float64)))
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _noted(report: CoverageReport, notes: Sequence[str]) -> CoverageReport:
    return replace(report, notes=(*report.notes, *notes))


# ---- datasets ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdicts:
    """How many ``expect`` statements of the kept variants passed and failed."""

    passed: int = 0
    failed: int = 0

    def and_of(self, rows: Sequence[VariantRow]) -> Verdicts:
        """With those of more variants."""
        told = [v.passed for row in rows for v in row.verdicts if v.kind == "expect"]
        return Verdicts(self.passed + told.count(True), self.failed + told.count(False))


def dataset_coverage(
    root: Path | str, suggestions: int = 10, placed: bool = True, program: Program | None = None
) -> tuple[CoverageReport, Verdicts]:  # fmt: skip
    """What the kept variants of a dataset cover. They are read part by part, so memory does not grow with their number.

    Args:
        root: its folder.
        suggestions: how many at most.
        placed: whether suggestions are tried in the placed scene.
        program: its program, for those who have it; else it is read from the dataset.

    Raises:
        DatasetError: no dataset, or one whose program cannot be read.
    """
    from simengine.engine.variation import geometry_of

    dataset = Dataset(root)
    program = program or _program(dataset)
    census, verdicts, loose = Census(program), Verdicts(), LooseEndCounts()
    kept = (row for row, _ in stored_rows(dataset.root) if row.status == "kept")
    while rows := list(islice(kept, _PART)):
        scenarios = [Scenario.from_json(dataset.episode(row.variant).scenario_json()) for row in rows]
        late = {name: _labelled(its, [row.coverage.get(name) for row in rows]) for name, its in census.bins.items()}
        census.add(values_of(program, scenarios), len(rows), late)
        verdicts = verdicts.and_of(rows)
        for row in rows:
            loose.add(LooseEnds.of(row.summary))
    seed = dataset.identity.get("seed")
    seed = seed if isinstance(seed, int) else 0
    geometry = geometry_of(program, seed) if placed and not program.not_yet else None
    report = coverage_report(census, geometry, seed, suggestions)
    left_out = _left_out(census, str(dataset.identity.get("plan")))
    return _noted(report, (*left_out, *loose.sentences(report.variants, _LISTED))), verdicts


def _left_out(census: Census, plan: str) -> tuple[str, ...]:
    """What the plan of a dataset leaves out."""
    if plan.partition(":")[0] != "cover":
        return ()
    return left_out_notes(Field(census.graph, census.laws, only_drawn=True).left_out)


def _program(dataset: Dataset) -> Program:
    source, name = dataset.identity.get("source"), dataset.identity.get("scenario")
    extends = dataset.identity.get("extends")
    scenarios = cast("dict[str, str]", extends) if isinstance(extends, dict) else {}
    programs = parse_text(str(source), str(name), libraries=libraries(), scenarios=scenarios)
    found = [p for p in programs if p.name == name]
    if not found:
        raise DatasetError(f"'{dataset.root}' holds no program '{name}'; its dataset.json is not as a run wrote it")
    return found[0]


def _labelled(bins: Bins, labels: Sequence[object]) -> I64Array:
    """Numbers of bins by their labels; what is none: -1, for bins without end the lowest number."""
    count = bins.count
    numbers = range(count) if count is not None else sorted(range(-_FAR, _FAR), key=abs)
    wanted = {label for label in labels if isinstance(label, str)}
    found: dict[object, int] = {}
    for k in numbers:
        if len(found) == len(wanted):
            break
        label = bins.label(k)
        if label in wanted:
            found.setdefault(label, k)
    none = -1 if count is not None else int(np.iinfo(np.int64).min)
    named = [("yes" if v else "no") if isinstance(v, bool) else v for v in labels]
    return np.array([found.get(v, none) for v in named], np.int64)


def write_coverage(root: Path, program: Program) -> None:
    """Write ``coverage.json`` of a dataset, which its report page shows; nothing for a program without coverage."""
    if not program.covers:
        return
    report, _ = dataset_coverage(root, placed=False, program=program)
    write_atomic(root / layout.COVERAGE, dumps(report.as_dict()))
