"""The run loop: sample, simulate, decide what is kept, render and write each kept variant.

Which variants are kept is decided in the order of their indices before anything is rendered, so it does not depend on
workers. One process simulates; it or its workers render and write. Memory holds a few variants at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from time import perf_counter
from typing import Any, cast

import numpy as np

from simengine.datasets import DatasetWriter
from simengine.datasets.report import write_report
from simengine.datasets.variants import VariantRow
from simengine.engine.cluster import require_ray
from simengine.engine.coverage import write_coverage
from simengine.engine.discards import EARLY, Discards, most_tries
from simengine.engine.episode import Job, Outcome, render_options
from simengine.engine.events import Event, Report, silent
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import RunOptions
from simengine.engine.summary import RunSummary
from simengine.engine.variation import Failed, Simulated, Variation
from simengine.engine.versions import versions
from simengine.engine.workers import produce
from simengine.errors import BudgetError, DatasetError, SimEngineError, UsageError, an, counted
from simengine.language import Program
from simengine.language.chosen import ENDLESS
from simengine.language.coverplan import CoverPlan
from simengine.language.plans import PointsPlan
from simengine.language.scenario import source_digest
from simengine.render.opening import check_options, warm_up

__all__ = ["manifest", "run"]

_BATCH = 8
_HOPELESS = 20  # variants that fail from the start, one after the other


def manifest(program: Program, options: RunOptions) -> dict[str, Any]:
    """What decides the bytes of a dataset, and (under "about") what does not."""
    return {
        "scenario": program.name, "source_sha256": source_digest(program), "source": program.source,
        **({"extends": dict(sorted(program.parents.items()))} if program.parents else {}),
        **options.recorded(),
        "versions": versions(
            options.renderer, options.used_device, options.compress == "small", options.settings, program.uses
        ),
        "about": {
            "scenario": program.name, "title": program.title or program.name, "variants": options.count,
            "tags": list(program.tags), "cite": list(program.cites),
        },
    }  # fmt: skip


def run(options: RunOptions, report: Report = silent, program: Program | None = None) -> RunSummary:
    """Make (or finish) a dataset.

    Args:
        options: what is asked for.
        report: told what happens.
        program: a program to run instead of loading ``options.scenario``.

    Raises:
        SimEngineError: one clear message; complete episodes stay, nothing half-written counts.
    """
    if not isinstance(cast("object", options), RunOptions):
        raise UsageError(f"run needs RunOptions(scenario, out, ...), got {an(type(options).__name__)}")
    if program is not None and not isinstance(cast("object", program), Program):
        raise UsageError(f"run needs a Program of load(...) or None, got {an(type(program).__name__)}")
    if options.cluster is not None:
        require_ray()
    began = perf_counter()
    report(Event("stage", f"reading {options.scenario}"))
    if program is None:
        program = load(options.scenario)
    require_runnable(program)
    if not program.records:
        report(Event("note", "nothing is recorded, so there will be no frames; add for example 'record front: rgb'"))
    chosen = render_options(options.used_device, options.samples, options.settings)
    check_options(options.renderer, chosen)
    summary = RunSummary()
    with (
        DatasetWriter.create(
            options.out,
            manifest(program, options),
            resume=options.resume,
            overwrite=options.overwrite,
            small=options.compress == "small",
        ) as writer,
        ThreadPoolExecutor(1, "warm-up") as pool,
    ):
        try:
            # Kernels compile while the first variants are drawn and simulated.
            local = options.cluster in (None, "local")  # else other machines compile theirs
            tell: Callable[[str], None] = lambda text: report(Event("stage", text))  # noqa: E731
            warming = pool.submit(warm_up, options.renderer, chosen, tell) if local else pool.submit(int)
            work = _Work(program, options, writer, summary, report)
            with closing(produce(work.jobs(), program, options, writer, report, warming.result)) as outcomes:
                for outcome in outcomes:
                    work.done(outcome)
            work.require_one()
            report(Event("stage", "writing variants.parquet and index.html"))
            summary.digest = str(writer.finish({"variants": summary.kept + summary.failed})["digest"])
            try:
                write_coverage(options.out, program)
            except SimEngineError as error:  # the dataset is whole without
                report(Event("note", f"no coverage.json: {error}"))
            write_report(options.out)
        except SimEngineError as error:
            if isinstance(error, DatasetError) and not writer.there():
                raise DatasetError(
                    f"the dataset folder '{options.out}' was deleted or moved while the run wrote into it; run again, "
                    "and leave the folder where it is until the run ends"
                ) from error
            if not options.resume:
                with suppress(DatasetError):  # the first error counts
                    writer.withdraw()
            raise
    summary.seconds = perf_counter() - began
    return summary


class _Work:
    """The variants of a run: which are rendered, and what became of each."""

    def __init__(
        self, program: Program, options: RunOptions, writer: DatasetWriter, summary: RunSummary, report: Report
    ) -> None:
        self._options, self._writer, self._summary, self._report = options, writer, summary, report
        plan = PointsPlan(np.array(options.points)) if options.points else options.plan
        self._variation = Variation(program, options.seed, plan)
        bound = self._variation.sampler.plan
        summary.left_out = dict(bound.left_out) if isinstance(bound, CoverPlan) else {}
        self._rows: dict[int, VariantRow] = {}  # of what is being rendered
        self._error: SimEngineError | None = None
        self._discards = Discards(program.monitors)

    def jobs(self) -> Iterator[Job]:
        """Variants to render, in order. Those that are discarded or fail are recorded on the way."""
        options, summary, tried = self._options, self._summary, 0
        self._report(Event("stage", "drawing and simulating the first variants"))
        for indices in self._variation.batches(options.first, min(_BATCH, options.count or _BATCH)):
            known = {i: self._writer.status(i) for i in indices}
            began = perf_counter()
            fresh = {s.index: s for s in self._variation.attempt([i for i in indices if known[i] is None])}
            summary.stages["simulate"] = summary.stages.get("simulate", 0.0) + perf_counter() - began
            for index in indices:
                tried += 1
                if known[index] is not None:
                    self._resume(index, known[index] == "kept")
                else:
                    yield from self._job(fresh[index])
                if options.count and summary.kept + summary.failed >= options.count:
                    return
                if options.plan in ENDLESS and tried >= most_tries(options.count, summary.kept):
                    raise BudgetError(
                        f"only {summary.kept} of {options.count} variants came true after {tried} simulated ones: "
                        f"{self._discards.told()}; loosen what 'ensure' asks for, narrow what is drawn to where it can "
                        f"hold; 'simengine preview {options.scenario} --film' shows such runs, and "
                        "--keep --overwrite keeps and flags them"
                    )
        self._exhausted(tried)

    def _exhausted(self, tried: int) -> None:
        """All rows of a grid or of points were tried: tell how many there were not.

        Raises:
            UsageError: there was none.
        """
        options, summary = self._options, self._summary
        summary.infeasible = max(0, len(options.points) - options.first - tried)
        told = "a 'require' does not hold, or entities overlap at the start"
        if not tried:
            since = f" from --first {options.first} on" if options.first else ""
            raise UsageError(f"plan '{options.plan}' has no feasible row{since}: {told} in all of them")
        if summary.infeasible:
            text = f"{summary.infeasible} of {len(options.points)} points are left out: {told}"
            self._report(Event("note", text))
        made = summary.kept + summary.failed
        if made < options.count and not options.points:
            since = f" from --first {options.first} on" if options.first else ""
            less = f", of which 'ensure' discards {summary.discarded}" if summary.discarded else ""
            has, are = counted(tried, "row"), "there is" if made == 1 else "there are"
            text = f"the plan has {has}{since}{less}, so {are} {counted(made, 'variant')}, not {options.count}"
            self._report(Event("note", text))

    def _job(self, made: Simulated | Failed) -> Iterator[Job]:
        if isinstance(made, Failed):
            self._fail(made.row(), made.error)
        elif made.valid or self._options.keep:
            self._summary.kept += 1
            self._rows[made.index] = made.row("kept")
            yield Job(made, flagged=not made.valid)
        else:
            row = made.row("discarded")
            self._writer.record(row)
            self._report(Event("discarded", f"variant {made.index} discarded: {made.reason}", made.index))
            self._discard(row)

    def _discard(self, row: VariantRow) -> None:
        summary = self._summary
        summary.discarded += 1
        self._discards.add(row)
        if summary.discarded == EARLY and not summary.kept:
            text = f"0 of {EARLY} kept: {self._discards.told()}; is it too strict? 'preview --film' shows runs"
            self._report(Event("note", text))

    def _resume(self, index: int, kept: bool) -> None:
        if kept:
            self._summary.resumed += 1
            self._summary.kept += 1
            self._summary.judge(self._writer.row(index))
        else:
            self._discard(self._writer.row(index))

    def done(self, outcome: Outcome) -> None:
        """An episode is complete, or failed."""
        summary, row = self._summary, self._rows.pop(outcome.variant)
        if outcome.error is not None:
            summary.kept -= 1
            self._fail(replace(row, status="failed", reason=str(outcome.error)), outcome.error)
            return
        summary.spend(outcome)
        summary.judge(row)
        text = f"episode {outcome.variant} complete, {counted(outcome.frames, 'frame')}"
        self._report(
            Event("episode", text, outcome.variant, summary.kept - len(self._rows), self._options.count)
        )  # fmt: skip

    def _fail(self, row: VariantRow, error: SimEngineError) -> None:
        self._error = self._error or error
        self._summary.fail(row)
        self._writer.record(row)
        self._report(Event("failed", f"variant {row.variant} failed: {row.reason}", row.variant))
        if self._summary.failed >= _HOPELESS:
            self.require_one()

    def require_one(self) -> None:
        """Raise the error of the first variant where every one so far has failed: it is not about a variant.

        Rows of failures are taken back: such a run leaves nothing.
        """
        summary = self._summary
        if self._error is not None and summary.failed and not (summary.kept or summary.discarded):
            self._writer.forget_failures()
            raise self._error
