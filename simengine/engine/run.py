"""The run loop: sample, simulate, decide what is kept, render and write each kept variant.

Which variants are kept is decided in the order of their indices before anything is rendered, so it does not depend on
workers. One process simulates; it or its workers render and write. Memory holds a few variants at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any, cast

import numpy as np

from simengine.datasets import DatasetWriter
from simengine.datasets.report import write_report
from simengine.engine.episode import Job, Outcome, render_options
from simengine.engine.events import Event, Report, silent
from simengine.engine.loading import load, require_runnable
from simengine.engine.options import RunOptions
from simengine.engine.variation import Simulated, Variation
from simengine.engine.versions import versions
from simengine.engine.workers import produce
from simengine.errors import BudgetError, DatasetError, SimEngineError, UsageError
from simengine.language import Program
from simengine.language.plans import PointsPlan
from simengine.language.scenario import source_digest
from simengine.render.opening import check_options, warm_up

__all__ = ["RunSummary", "manifest", "run"]

_BATCH = 8
_LEAST_TRIES, _TRIES_PER_VARIANT = 200, 20


@dataclass
class RunSummary:
    """What a run did.

    Attributes:
        kept, discarded, resumed: variants; ``resumed`` of the kept ones were there already.
        frames: written by this run.
        verdicts: (passed, failed) by text of each ``expect``, over the variants of this run.
        seconds: wall time. stages: seconds by stage, summed over workers.
        digest: of all content.
    """

    kept: int = 0
    discarded: int = 0
    resumed: int = 0
    frames: int = 0
    seconds: float = 0.0
    verdicts: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])
    stages: dict[str, float] = field(default_factory=dict[str, float])
    digest: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return asdict(self)

    def add(self, outcome: Outcome) -> None:
        """Count one written episode."""
        self.frames += outcome.frames
        for stage, seconds in outcome.stages.items():
            self.stages[stage] = self.stages.get(stage, 0.0) + seconds


def manifest(program: Program, options: RunOptions) -> dict[str, Any]:
    """What decides the bytes of a dataset, and (under "about") what does not."""
    workers = options.workers or (1 if options.cluster is None else None)
    return {
        "scenario": program.name, "source_sha256": source_digest(program), "source": program.source,
        **options.recorded(),
        "versions": versions(options.compress == "small"),
        "about": {
            "scenario": program.name, "title": program.title or program.name, "variants": options.variants,
            "workers": workers, "tags": list(program.tags), "cite": list(program.cites),
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
        raise UsageError(f"run needs RunOptions(scenario, out, ...), got a {type(options).__name__}")
    if program is not None and not isinstance(cast("object", program), Program):
        raise UsageError(f"run needs a Program of load(...) or None, got a {type(program).__name__}")
    began = perf_counter()
    report(Event("stage", f"reading {options.scenario}"))
    if program is None:
        program = load(options.scenario)
    require_runnable(program)
    chosen = render_options(options.device, options.samples)
    here = options.cluster in (None, "local")  # else other machines render
    if here:
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
            tell: Callable[[str], None] = lambda text: report(Event("stage", text))  # noqa: E731
            warming = pool.submit(warm_up, options.renderer, chosen, tell) if here else pool.submit(int)
            jobs = _jobs(program, options, writer, summary, report)
            with closing(produce(jobs, program, options, writer, report, warming.result)) as outcomes:
                for done, outcome in enumerate(outcomes, summary.resumed + 1):
                    summary.add(outcome)
                    report(
                        Event("episode", f"episode {outcome.variant} complete, {outcome.frames} frames",
                              outcome.variant, done, options.variants)
                    )  # fmt: skip
            report(Event("stage", "writing variants.parquet and index.html"))
            summary.digest = str(writer.finish()["digest"])
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


def _jobs(
    program: Program, options: RunOptions, writer: DatasetWriter, summary: RunSummary, report: Report
) -> Iterator[Job]:
    """Variants to render, in order. Discarded ones are recorded on the way."""
    plan = PointsPlan(np.array(options.points)) if options.points else options.plan
    variation = Variation(program, options.seed, plan)
    tried = 0
    for indices in variation.batches(options.first, min(_BATCH, options.variants or _BATCH)):
        known = {i: writer.status(i) for i in indices}
        began = perf_counter()
        fresh = {s.index: s for s in variation.simulate([i for i in indices if known[i] is None])}
        summary.stages["simulate"] = summary.stages.get("simulate", 0.0) + perf_counter() - began
        for index in indices:
            tried += 1
            if known[index] == "kept":
                summary.resumed += 1
                summary.kept += 1
            elif known[index] is not None:
                summary.discarded += 1
            elif fresh[index].valid or options.keep:
                summary.kept += 1
                _count_verdicts(summary, fresh[index])
                yield Job(fresh[index], flagged=not fresh[index].valid)
            else:
                summary.discarded += 1
                writer.record(fresh[index].row("discarded"))
                report(Event("discarded", f"variant {index} discarded: {fresh[index].reason}", index))
            if options.variants and summary.kept >= options.variants:
                return
            if options.plan == "random" and tried >= max(_LEAST_TRIES, _TRIES_PER_VARIANT * options.variants):
                raise BudgetError(
                    f"only {summary.kept} of {options.variants} variants came true after {tried} simulated ones: the "
                    f"'ensure' statements discard too many (last: {fresh[index].reason if index in fresh else 'n/a'}); "
                    "loosen them, or keep and flag such runs with --keep"
                )


def _count_verdicts(summary: RunSummary, simulated: Simulated) -> None:
    for verdict in simulated.verdicts:
        if verdict.kind == "expect" and verdict.passed is not None:
            passed, failed = summary.verdicts.get(verdict.text, (0, 0))
            summary.verdicts[verdict.text] = (passed + int(verdict.passed), failed + int(not verdict.passed))
