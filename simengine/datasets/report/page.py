"""Writes ``index.html`` from the files of a dataset. Nothing is rendered again, and memory stays bounded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TypeVar, cast

import cv2

from simengine.arrays import U8Array
from simengine.datasets import layout
from simengine.datasets.frame import Frame
from simengine.datasets.plain_json import Json
from simengine.datasets.reader import Dataset, StoredEpisode
from simengine.datasets.report.coverage import coverage_section
from simengine.datasets.report.markup import Html, el, join
from simengine.datasets.report.style import SCRIPT, STYLE
from simengine.datasets.report.summary import MAX_ROWS, Summary, summarise
from simengine.datasets.report.tables import fixed_values, margin_text, mark, monitor_table, number_text, variant_table
from simengine.datasets.report.views import (
    Pictures,
    Strip,
    View,
    best_frame,
    jpeg,
    sensor_views,
    strip,
    thumbnail,
)
from simengine.datasets.storage import write_atomic
from simengine.datasets.variants import VariantRow
from simengine.datasets.writer import stored_rows
from simengine.errors import DatasetError

__all__ = ["BUDGET_BYTES", "write_report"]

BUDGET_BYTES = 6_000_000
"""Upper bound of the pictures on a page; those that do not fit are left out and the page says so."""

_SHEET, _IN_DETAIL, _STRIPS, _STRIP_FRAMES = 12, 2, 6, 6
_SHEET_PX, _VIEW_PX, _STRIP_PX = 400, 560, 240
_MOST_LISTED = 20  # phases of a sentence
_THREADS = 4  # of a moment's work at the end of a run
_Made = TypeVar("_Made")


@dataclass(frozen=True)
class _Shelved:
    """An episode, the frame that shows most (None: it has no frames), and what was made of it last."""

    episode: StoredEpisode
    best: Frame | None
    pictures: Pictures


class _Shelf:
    """Episodes of the page, opened once. The last few are kept."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._open: dict[int, _Shelved] = {}
        self._lock = Lock()

    def of(self, variant: int) -> _Shelved:
        """The episode of a variant. Safe to call from several threads for different variants."""
        with self._lock:
            found = self._open.get(variant)
        if found is None:
            episode = self._dataset.episode(variant)
            found = _Shelved(episode, best_frame(episode) if len(episode.frames) else None, Pictures())
            with self._lock:
                self._open[variant] = found
                while len(self._open) > _STRIPS:
                    del self._open[next(iter(self._open))]
        return found

    def each(self, variants: Sequence[int], make: Callable[[_Shelved], _Made]) -> list[tuple[int, _Shelved, _Made]]:
        """What ``make`` makes of the best frames, in order; decoding and colouring leave the interpreter to others."""

        def one(variant: int) -> tuple[int, _Shelved, _Made]:
            shelved = self.of(variant)
            return variant, shelved, make(shelved)

        with ThreadPoolExecutor(_THREADS, "page") as pool:
            return list(pool.map(one, variants))


class _Album:
    """Turns pictures into figures until the budget is spent."""

    def __init__(self, budget_bytes: int) -> None:
        self._left = budget_bytes
        self.left_out = 0

    def figure(self, image: U8Array, alt: str, caption: Html | None, href: str | None = None) -> Html:
        """A figure, or nothing where the budget does not have room for it."""
        source = jpeg(image)
        if len(source) > self._left:
            self.left_out += 1
            return Html("")
        self._left -= len(source)
        height, width = image.shape[:2]
        picture = el("img", src=source, alt=alt, width=str(width), height=str(height))
        shown = el("a", picture, href=href) if href else picture
        return el("figure", shown, el("figcaption", caption) if caption else "")


def write_report(root: Path | str, budget_bytes: int = BUDGET_BYTES) -> Path:
    """Write ``index.html`` of a dataset (finished or not), replacing an earlier one.

    Args:
        root: folder of the dataset.
        budget_bytes: upper bound of the pictures' size.

    Returns:
        The page's path.

    Raises:
        DatasetError: the folder holds no dataset, or the disk refuses.
    """
    dataset = Dataset(root)
    summary = summarise((row for row, _ in stored_rows(dataset.root)), _SHEET)
    try:
        page = _page(dataset, summary, _Album(budget_bytes))
    except DatasetError:
        raise
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError, RecursionError, cv2.error) as error:
        raise DatasetError(
            f"cannot show '{root}': its tables hold values that no run writes; 'simengine verify {root}' says which "
            "files were changed"
        ) from error
    path = dataset.root / layout.INDEX
    write_atomic(path, page.encode("utf-8"))
    return path


def _page(dataset: Dataset, summary: Summary, album: _Album) -> str:
    title = str(dataset.about.get("title") or dataset.about.get("scenario") or "Dataset")
    rows = {row.variant: row for row in summary.rows}
    shelf = _Shelf(dataset)
    parts = [
        _header(dataset, summary, title),
        _verdicts(summary),
        _contact_sheet(shelf, summary, rows, album),
        _details(shelf, summary, album),
        _strips(shelf, summary, album),
        coverage_section(dataset),
        _variants(summary),
        _provenance(dataset),
    ]
    if album.left_out:
        parts.insert(1, el("p", f"{album.left_out} pictures were left out to keep this page small.", class_="soft"))
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    policy = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    head = el(
        "head", el("meta", charset="utf-8"), el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"), el("title", title),
        el("style", Html(STYLE)),
    )  # fmt: skip
    body = el("body", el("main", *parts), el("script", Html(SCRIPT)))
    return "<!doctype html>\n" + el("html", head, body, lang="en") + "\n"


# ---- sections --------------------------------------------------------------------------------------------------


def _fact(name: str, value: str, shape: str | None = None) -> Html:
    wide = "wide" if shape == "wide" else None
    return el("div", el("dt", name), el("dd", value, class_="large" if shape == "large" else None), class_=wide)


def _header(dataset: Dataset, summary: Summary, title: str) -> Html:
    about, identity = dataset.about, dataset.identity
    scenario = str(about.get("scenario") or "")
    state = "" if dataset.complete else " The run has not finished; continue it with --resume."
    counts = summary.counts
    facts = [
        _fact("Variants kept", f"{counts['kept']} of {summary.total}", "large"),
        _fact("Frames", str(summary.frames), "large"),
        _fact("Discarded", str(counts["discarded"]), "large"),
        _fact("Failed", str(counts["failed"]), "large"),
    ]
    facts += [_fact(k.capitalize(), _short(identity[k])) for k in ("seed", "plan", "renderer") if k in identity]
    versions: Json = identity.get("versions")
    if isinstance(versions, dict):
        pairs = cast("Mapping[str, Json]", versions).items()
        facts.append(_fact("Versions", ", ".join(f"{k} {v}" for k, v in pairs), "wide"))
    reasons = [el("li", f"{n} \u00d7 {reason}") for reason, n in summary.reasons.items()]
    loose = [el("li", sentence) for sentence in summary.loose_ends.sentences(counts["kept"], _MOST_LISTED)]
    return el(
        "header",
        el("h1", title),
        el(
            "p",
            el("code", scenario),
            state,
            f" \u00b7 {', '.join(summary.tags)}" if summary.tags else "",
            class_="soft",
        ),
        el("dl", *facts),
        el("details", el("summary", "Why variants were discarded or failed"), el("ul", *reasons)) if reasons else "",
        el("details", el("summary", "What did not start, end or succeed"), el("ul", *loose)) if loose else "",
    )


def _short(value: Json) -> str:
    return number_text(value) if value is None or isinstance(value, bool | int | float | str) else str(value)


def _verdicts(summary: Summary) -> Html:
    if not summary.monitors:
        return Html("")
    text = "ensure decides whether a run counts; expect is judged and never filters. A margin below zero is a failure."
    return join([el("h2", "Verdicts"), el("p", text, class_="soft"), monitor_table(summary.monitors)])


def _verdict_marks(row: VariantRow | None) -> Html:
    if row is None:
        return Html("")
    return join(
        join([" ", mark(v.passed), f" {margin_text(v.robustness, v.unit)}"]) for v in row.verdicts if v.kind == "expect"
    )


def _contact_sheet(shelf: _Shelf, summary: Summary, rows: Mapping[int, VariantRow], album: _Album) -> Html:
    figures: list[Html] = []

    def made(s: _Shelved) -> U8Array | None:
        return None if s.best is None else thumbnail(s.best, _SHEET_PX, s.pictures)

    for variant, shelved, image in shelf.each(summary.chosen, made):
        frame = shelved.best
        if frame is None or image is None:
            continue
        row = rows.get(variant) or shelved.episode.row
        time = f" at {frame.time_ns / 1e9:.2f} s"
        caption = join([el("b", f"variant {variant}"), time, _verdict_marks(row)])
        where = f"{layout.EPISODES}/{layout.number(variant)}/"
        figures.append(album.figure(image, f"variant {variant}{time}, with boxes", caption, where))
    if not figures:
        return join([el("h2", "Pictures"), el("p", "No frames were recorded.", class_="soft")])
    kept = summary.counts["kept"]
    note = (
        "every variant"
        if len(figures) == kept
        else f"{len(figures)} of {kept} variants, those with the lowest margins included"
    )
    text = f"The frame that shows most of what moves, of {note}. A picture leads to the episode's folder."
    return join([el("h2", "Contact sheet"), el("p", text, class_="soft"), el("div", *figures, class_="grid")])


def _details(shelf: _Shelf, summary: Summary, album: _Album) -> Html:
    parts: list[Html] = []

    def made(s: _Shelved) -> list[View]:
        return [] if s.best is None else sensor_views(s.best, _VIEW_PX, s.pictures)

    for variant, shelved, views in shelf.each(sorted(summary.detailed[:_IN_DETAIL]), made):
        frame = shelved.best
        if frame is None:
            continue
        figures = [
            album.figure(v.image, f"{v.title}: {v.text}", join([el("b", v.title), el("br"), v.text, _legend(v)]))
            for v in views
        ]
        heading = el("h3", f"Variant {variant}, frame {frame.index}, {frame.time_ns / 1e9:.2f} s")
        parts += [heading, el("div", *figures, class_="grid views")]
    return join([el("h2", "What the sensors see"), *parts]) if parts else Html("")


def _legend(view: View) -> Html:
    """Swatches with the names of what the colours of a picture mean."""
    if not view.legend:
        return Html("")
    keys = [
        el("span", el("i", style=f"background:rgb{colour}"), name, class_="key") for name, colour in view.legend
    ]  # fmt: skip
    return el("span", *keys, class_="legend")


def _strips(shelf: _Shelf, summary: Summary, album: _Album) -> Html:
    parts: list[Html] = []

    def made(s: _Shelved) -> Strip | None:
        return strip(s.episode, _STRIP_FRAMES, _STRIP_PX, s.pictures)

    for variant, _, found in shelf.each(sorted(summary.detailed[:_STRIPS]), made):
        if found is None:
            continue
        pairs = zip(found.images, found.times_s, strict=True)
        figures = [album.figure(i, f"{found.sensor} at {t:.2f} s", Html(f"{t:.2f} s")) for i, t in pairs]
        label = f"variant {variant}, {found.sensor}"
        parts += [el("h3", label), el("div", *figures, class_="strip", tabindex="0", role="group", aria_label=label)]
    return join([el("h2", "Film strips"), *parts]) if parts else Html("")


def _variants(summary: Summary) -> Html:
    if not summary.rows:
        return Html("")
    text = "Values that differ, with units below their names; click a heading to sort."
    if summary.total > MAX_ROWS:
        text += f" The first {MAX_ROWS} of {summary.total}; all are in {layout.VARIANTS}."
    parts = [el("h2", "Variants and their values"), el("p", text, class_="soft"), variant_table(summary)]
    if summary.fixed:
        parts += [el("h3", "The same in every variant"), fixed_values(summary)]
    return join(parts)


def _provenance(dataset: Dataset) -> Html:
    rows: list[Html] = []
    texts: list[Html] = []
    for name, value in {**dataset.identity, "identity_sha256": dataset.manifest.get("identity_sha256")}.items():
        if isinstance(value, str) and "\n" in value:
            texts += [el("h3", name), el("div", el("pre", el("code", value)), class_="scroll")]
        else:
            rows.append(el("tr", el("th", name, scope="row"), el("td", el("code", _flat(value)))))
    if dataset.complete:
        rows.append(el("tr", el("th", "digest of all content", scope="row"), el("td", el("code", dataset.digest()))))
    channels: Json = dataset.manifest.get("channels")
    pairs = cast("Mapping[str, Json]", channels).items() if isinstance(channels, dict) else ()
    formats = [el("tr", el("th", name, scope="row"), el("td", str(text))) for name, text in pairs]
    return join(
        [
            el("h2", "What made it"), el("div", el("table", el("tbody", *rows)), class_="scroll"), *texts,
            el("h2", "Reading the files"),
            el("p", "Each episode is a folder: one file a frame and channel, labels.parquet, frames.parquet (times and "
               "poses), calibration.json, entities.json (what each instance id is), scenario.json.", class_="soft"),
            el("div", el("table", el("tbody", *formats)), class_="scroll"),
        ]
    )  # fmt: skip


def _flat(value: Json) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {_flat(v)}" for k, v in cast("Mapping[str, Json]", value).items())
    if isinstance(value, list):
        return ", ".join(_flat(v) for v in cast("list[Json]", value))
    return _short(value)
