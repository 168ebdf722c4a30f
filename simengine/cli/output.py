"""What the commands print: progress on standard error, results on standard output, JSON on the last line."""

from __future__ import annotations

import json as jsonlib
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as RichProgress
from rich.table import Table

from simengine.errors import counted

if TYPE_CHECKING:
    from simengine.datasets.exports import ExportSummary
    from simengine.engine.assets import FolderReport
    from simengine.engine.diversity import Diversity
    from simengine.engine.events import Event
    from simengine.engine.inspect import CheckReport, Listing, SampleTable, VerifyReport
    from simengine.engine.summary import RunSummary, Spread

__all__ = [
    "Progress", "check_result", "diversity", "doctor", "export_summary", "exported", "figures", "grid_count", "line",
    "listing", "run_summary", "sample_table", "say", "table", "trained", "verify_result",
]  # fmt: skip

_LISTED = 10
_WIDE, _TITLE = 120, 30  # columns of a terminal for all of 'list'; for titles at least
_QUIET_S = 5.0  # where there is no live display, a line at least this often

_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


class Progress:
    """A live display on a terminal; plain lines, one a stage and an episode, anywhere else."""

    def __init__(self, text: str) -> None:
        self._bar = RichProgress(
            SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=30),
            TextColumn("{task.fields[rate]}"), TimeElapsedColumn(),
            console=_err, transient=True, disable=not _err.is_terminal,
        )  # fmt: skip
        self._text = text
        self._task: TaskID | None = None
        self._start = time.monotonic()
        self._frames, self._first = 0, self._start  # the pace counts from the first frame: compiling is not rendering
        self._told = self._start

    def __enter__(self) -> Progress:
        self._bar.start()
        self._task = self._bar.add_task(escape(self._text), total=None, rate="")
        if not _err.is_terminal:
            self._line(self._text)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _line(self, text: str) -> None:
        self._told = time.monotonic()
        sys.stderr.write(f"[{self._told - self._start:5.1f} s] {text}\n")
        sys.stderr.flush()

    def report(self, event: Event) -> None:
        """Show one event."""
        assert self._task is not None
        if event.kind == "frame":
            self._frames += 1
            self._first = self._first if self._frames > 1 else time.monotonic()
            rate = f"frame {event.done}/{event.total}" if event.total else counted(event.done, "frame")
            self._bar.update(self._task, rate=rate)
            if not _err.is_terminal and time.monotonic() - self._told > _QUIET_S:
                self._line(f"variant {event.variant}: {rate}{_pace(self._frames, time.monotonic() - self._first)}")
            return
        text = escape(event.text)
        if event.kind == "episode":
            self._bar.update(self._task, completed=event.done, total=event.total or None, description=text)
        else:
            self._bar.update(self._task, description=text)
        if not _err.is_terminal:
            self._line(event.text)
        elif event.kind == "note":
            _err.print(text)


def _pace(frames: int, seconds: float) -> str:
    """How fast frames came after the first of them; "" where that cannot be told yet."""
    if frames < 2 or seconds <= 0:
        return ""
    rate = (frames - 1) / seconds
    return f", {rate:.1f} frames/s so far" if rate >= 1 else f", {1 / rate:.1f} s a frame so far"


def _tell(text: str) -> None:
    """Print one line of markup: a terminal wraps it by itself, and a file or pipe gets it whole."""
    _out.print(text, soft_wrap=True)


def line(text: str) -> None:
    """Print one line of markup."""
    _tell(text)


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table."""
    _out.print(_table(title, columns, rows))


def _bold(number: int, noun: str) -> str:
    return counted(number, noun).replace(str(number), f"[bold]{number}[/]", 1)


def diversity(found: Sequence[Diversity], json: bool) -> None:
    """Print what ``simengine diversity`` measured."""
    if json:
        say(True, {"diversity": [d.as_dict() for d in found]}, "")
        return
    columns = ("", "draws", "near duplicates", "refused", "triangles", "least covered parameter")
    rows: list[tuple[object, ...]] = []
    for d in found:
        least = min(d.covered, key=lambda name: d.covered[name], default="")
        shown = f"{least} {d.covered[least]:.0%}" if least else "none is drawn"
        low, mean, high = d.triangles
        rows.append((d.name, d.draws, f"{d.rate:.1%}", d.refused or "", f"{low:,} to {high:,} ({mean:,.0f})", shown))
    table("Diversity", columns, rows)


def say(json: bool, data: Mapping[str, Any], text: str) -> None:
    """Print data as one line of JSON, or the text for a person."""
    sys.stdout.write((jsonlib.dumps(data) if json else text) + "\n")


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(title=escape(title) if title else None, title_justify="left", header_style="bold", box=None)
    for column in columns:
        table.add_column(escape(column))
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    return table


def _spread(name: str, one: Spread) -> str:
    """ "min_ttc 1.41 (8.5) s"."""
    word, unit = name.rstrip("]").split(" [")
    return f"{word} {one.worst:.3g} ({one.median:.3g}) {unit}"


def run_summary(summary: RunSummary, out: Path, json: bool) -> int:
    """The result of ``run``; returns the exit code."""
    code = 1 if summary.failed else 0
    if json:
        say(True, summary.as_dict(), "")
        return code
    _tell(
        f"{_bold(summary.kept, 'episode')}, {counted(summary.frames, 'frame')} in {summary.seconds:.1f} s"
        + (f", {summary.resumed} already there" if summary.resumed else "")
        + (f", {counted(summary.discarded, 'variant')} discarded by 'ensure'" if summary.discarded else "")
        + (f", [bold red]{counted(summary.failed, 'variant')} failed[/]" if summary.failed else "")
    )
    for name, (passed, failed) in summary.verdicts.items():
        title = f'"{summary.titles[name]}" ' if name in summary.titles else ""
        _tell(escape(f"  expect {title}{name}: {passed} passed, {failed} failed"))
    measures = [_spread(name, one) for name, one in summary.measures().items()]
    if measures:
        _tell(escape(f"  ego, worst (median): {', '.join(measures)}; columns result.* of variants.parquet"))
    for name, variants in summary.uncovered.items():
        _tell(
            f"[yellow]note[/]: coverage '{escape(name)}' was never set in {variants} of {summary.kept} variants: its "
            "event did not happen, or its value was undefined or outside its bins"
        )
    from simengine.language.coverplan import left_out_notes

    for note in left_out_notes(summary.left_out):
        _tell(f"[yellow]note[/]: {escape(note)}")
    for sentence in summary.loose_ends.sentences(summary.kept, _LISTED):
        _tell(f"[yellow]note[/]: {escape(sentence)}")
    if summary.overlaps:
        where = counted(len(summary.overlaps), "variant")
        shown = list(summary.overlaps.items())[:_LISTED]
        rest = len(summary.overlaps) - len(shown)
        _tell(
            f"[yellow]warning[/]: entities run into or pass through each other in {where} and no monitor "
            "watches them (column result.overlaps):"
        )
        for variant, text in shown:
            _tell(escape(f"  variant {variant}: {text}"))
        if rest:
            _tell(f"  and {rest} more")
    if summary.failed:
        rows = [(str(variant), " ".join(text.split())) for variant, text in summary.failures.items()][:_LISTED]
        _out.print(_table("failed:", ("variant", "why"), rows))
        if summary.failed > len(rows):
            _tell(f"and {summary.failed - len(rows)} more: failed/ in the dataset has all")
    _tell(escape(f"dataset: {out}   look at: {out / 'index.html'}"))
    return code


def exported(progress: Progress) -> Callable[[int, int, int], None]:
    """Shows the progress of ``export``: called with the variant, the frames done and the frames in all."""
    from simengine.engine.events import Event

    last = -1

    def told(variant: int, done: int, total: int) -> None:
        nonlocal last
        if variant != last:
            progress.report(Event("episode", f"variant {variant}", variant, done - 1, total))
            last = variant
        progress.report(Event("frame", "", variant, done, total))

    return told


def export_summary(summary: ExportSummary, json: bool) -> None:
    """The result of ``export``."""
    if json:
        say(True, summary.as_dict(), "")
        return
    skipped = f", {summary.skipped} skipped (a sensor did not fire)" if summary.skipped else ""
    _tell(f"{_bold(summary.frames, 'frame')}, {summary.bytes / 1e6:,.1f} MB{skipped}")
    for name, frames in summary.parts.items():
        _tell(escape(f"  {name}: {counted(frames, 'frame')}"))
    for name, count in summary.counts.items():
        shown = ", ".join(map(str, count)) if isinstance(count, list) else count  # pyright: ignore
        shown = ", ".join(f"{k} {v}" for k, v in count.items()) if isinstance(count, dict) else shown  # pyright: ignore
        _tell(escape(f"  {name}: {'none' if shown is None or shown == '' else shown}"))
    _tell(escape(f"{summary.format}: {summary.out}   digest {summary.digest[:16]}"))


def check_result(report: CheckReport, json: bool, strict: bool) -> int:
    """The result of ``check``; returns the exit code."""
    refused = strict and report.ok and report.warnings > 0
    if json:
        say(True, report.as_dict(), "")
    else:
        if report.text:
            sys.stderr.write(report.text.rstrip() + "\n")
        for line in report.lines:
            sys.stdout.write(line + "\n")
        if report.total:
            sys.stdout.write(report.total + "\n")
        for message in report.unread:
            sys.stderr.write(f"error: {message}\n")
        if refused:
            sys.stderr.write(f"--strict: {counted(report.warnings, 'warning')}\n")
    return 2 if report.unread else 1 if refused or not report.ok else 0


def verify_result(report: VerifyReport, json: bool) -> int:
    """The result of ``verify``: one line a problem; returns the exit code."""
    if json:
        say(True, report.as_dict(), "")
    elif report.problems:
        for problem in report.problems:
            sys.stdout.write(" ".join(problem.split()) + "\n")
    else:
        sys.stdout.write(f"whole: {counted(report.episodes, 'episode')}, digest {report.digest}\n")
    return 1 if report.problems else 0


def sample_table(table: SampleTable, json: bool) -> None:
    """The result of ``sample``."""
    if json:
        say(True, table.as_dict(), "")
        return
    columns, rows = table.columns, table.rows()
    if len(columns) * 12 > _out.width:  # one row a variable, as many variants side by side as there is room for
        side = max(1, (_out.width - max(len(c) for c in columns) - 2) // 12)
        for start in range(0, len(rows), side):
            part = rows[start : start + side]
            turned = [[c, *(row[k] for row in part)] for k, c in enumerate(columns) if k]
            _out.print(_table(table.title if not start else "", [columns[0], *(row[0] for row in part)], turned))
    else:
        _out.print(_table(table.title, columns, rows))
    for note in table.notes:
        _tell(escape(note))


def grid_count(count: Mapping[str, int], notes: Sequence[str], json: bool) -> None:
    """The result of ``sample --count``."""
    cases = "1 case" if count["raw"] == 1 else f"{count['raw']:,} cases"
    lines = (f"{cases}, {count['feasible']:,} feasible by arithmetic", *(f"note: {note}" for note in notes))
    say(json, {**count, "notes": list(notes)}, "\n".join(lines))


def listing(found: Listing, json: bool) -> None:
    """The result of ``list``."""
    if json:
        say(True, found.as_dict(), "")
        return
    rows = found.scenario_rows()
    if _out.width < _WIDE:  # names stay whole to be copied, titles have the rest; tags are told by --json
        rows = [(name, title if runs == "yes" else f"{title} ({runs})") for name, runs, title, _ in rows]
    shown = _table("Scenarios", ("name", "runs", "title", "tags") if _out.width >= _WIDE else ("name", "title"), rows)
    shown.columns[0].no_wrap = True
    longest = max((len(row[0]) for row in rows), default=0)
    _out.print(shown, width=max(_out.width, longest + _TITLE), crop=False)
    for kind, names in (("Libraries", found.libraries), ("Renderers", found.renderers)):
        _tell(f"[bold]{kind}[/]: {', '.join(names)}")


def folder_report(report: FolderReport, picture: Path | None, json: bool) -> int:
    """The result of ``assets``; returns the exit code."""
    if json:
        say(True, {**report.as_dict(), "picture": None if picture is None else str(picture)}, "")
        return 1 if report.broken else 0
    good = [a for a in report.assets if a.size_m is not None]
    rows = [
        (a.name, a.category, a.semantic, " x ".join(f"{v:.3g}" for v in a.size_m or ()), f"{a.triangles:,}",
         "; ".join(a.notes))
        for a in good
    ]  # fmt: skip
    title = f"Library {report.library.name}"
    _out.print(_table(title, ("asset", "category", "class", "size [m]", "triangles", "notes"), rows))
    for broken in (a for a in report.assets if a.problem):
        _tell(f"[red]{escape(broken.name)}[/]: {escape(broken.problem)}")
    kinds = ", ".join(report.library.library().entities)
    _tell(escape(f"'use {report.library.name}' brings {kinds}; simengine --library {report.library.folder} run ..."))
    if picture is not None:
        _tell(f"picture: {escape(str(picture))}")
    return 1 if report.broken else 0


def doctor(report: Mapping[str, Any], json: bool) -> int:
    """The result of ``doctor``; returns the exit code."""
    if json:
        say(True, report, "")
    else:
        for row in report["checks"]:
            mark = {"ok": "[green]ok     [/]", "missing": "[yellow]missing[/]", "broken": "[red]broken [/]"}[
                row["state"]
            ]
            _tell(f"{mark} {escape(row['name'])}: {escape(row['detail'])}")
    return 0 if report["ok"] else 1


def trained(result: Mapping[str, Any], out: Path, json: bool) -> None:
    """The result of ``neural train``."""
    if json:
        say(True, {**result, "out": str(out)}, "")
        return
    _tell(
        f"[bold]{result['parameters']:,}[/] parameters, {result['steps']} steps, {result['seconds']:.0f} s; last loss "
        f"{result['losses'][-1][1] if result['losses'] else float('nan'):.5f}"
    )
    _tell(
        f"held out ({result['held_out']} images): input {result['input_db']:.2f} dB, histogram matching "
        f"{result['histogram_db']:.2f} dB, model [bold]{result['model_db']:.2f} dB[/] ({result['gain_db']:+.2f})"
    )
    _tell(escape(f"model: {out}   use it: simengine run SCENARIO --renderer diffusion --set model={out}"))


def figures(data: Mapping[str, Any], json: bool) -> None:
    """The result of a ``bench`` command."""
    if json:
        say(True, data, "")
        return
    for key, value in data.items():
        if isinstance(value, dict):
            rows: list[tuple[str, str]] = [(str(k), f"{v:,.3f}") for k, v in value.items()]  # pyright: ignore
            _out.print(_table(f"{key}:", ("", ""), rows))
        else:
            shown = f"{value:,.3f}" if isinstance(value, float) else str(value)
            _tell(escape(f"{key}: {shown}"))
