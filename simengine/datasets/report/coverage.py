"""The page's section on coverage, from ``coverage.json``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from simengine.datasets import layout
from simengine.datasets.plain_json import read_json
from simengine.datasets.reader import Dataset
from simengine.datasets.report.markup import Html, el, join
from simengine.datasets.report.tables import number_text

__all__ = ["coverage_section"]

_SHOWN, _GAPS = 10, 6
_TIMES = " \u00d7 "


def coverage_section(dataset: Dataset) -> Html:
    """Hit, feasible and raw by item and combination, the least hit, gaps and what to draw next; "" without a file.

    Raises:
        DatasetError: the file is no JSON. LookupError, TypeError, ValueError: it is not as a run writes it.
    """
    path = dataset.root / layout.COVERAGE
    if not path.is_file():
        return Html("")
    report = cast("Mapping[str, Any]", read_json(path))
    parts = [
        el("h2", "Coverage"),
        el(
            "p", "Hit: occurred in a kept variant. Feasible: a draw shows that the constraints allow it; what they "
            "exclude is not a goal. Raw: all bins or combinations of bins.", class_="soft"
        ),
        _table("Items", report["items"], report["variants"]),
        _table("Combinations", report["crosses"], report["variants"]) if report["crosses"] else "",
        _bins(report["items"]),
        _gaps(report["gaps"]),
        _next(report["suggestions"]),
        *(el("p", str(note), class_="soft") for note in report["notes"]),
    ]  # fmt: skip
    return join(parts)


def _rows(heads: Sequence[tuple[str, bool]], rows: Sequence[Html]) -> Html:
    head = [el("th", name, scope="col", class_="n" if numeric else None) for name, numeric in heads]
    return el("div", el("table", el("thead", el("tr", *head)), el("tbody", *rows)), class_="scroll")


def _number(value: Any) -> Html:
    return el("td", "\u2013" if value is None else f"{int(value):,}", class_="n")


def _table(title: str, entries: Sequence[Mapping[str, Any]], variants: int) -> Html:
    rows: list[Html] = []
    for h in entries:
        goal = h["raw"] if h["feasible"] is None else h["feasible"]
        share = f"{100 * h['hit'] / goal:.0f} %" if goal else "\u2013"
        known = "" if h["feasible"] is not None else " (feasible not known)"
        rows.append(
            el(
                "tr", el("td", el("code", _TIMES.join(h["names"])), known), _number(h["hit"]),
                _number(h["feasible"]), _number(h["raw"]), _number(h["open"]), el("td", share, class_="n"),
                el("td", _least(h), class_="f"),
            )
        )  # fmt: skip
    heads = [
        (title, False), ("Hit", True), ("Feasible", True), ("Raw", True), ("Open", True), ("Share", True),
        (f"Least hit, of {variants:,} variants", False),
    ]  # fmt: skip
    return _rows(heads, rows)


def _least(h: Mapping[str, Any]) -> str:
    shown = h["least"][:3]
    rest = int(h["hit"] if h["feasible"] is None else h["feasible"]) - len(shown)
    more = [f"and {rest:,} more"] if rest > 0 else []
    return ", ".join([f"{_TIMES.join(b)}: {n}" for b, n in shown] + more)


def _bins(items: Sequence[Mapping[str, Any]]) -> Html:
    """Every bin of every item with its count."""
    rows: list[Html] = []
    for item in items:
        shown = [
            el("span", f"{label}: {'never' if state == 'never' else n}",
               class_="mark " + ("idle" if state == "never" else "pass" if n else "fail"))
            for label, n, state in item["bins"][:200]
        ]  # fmt: skip
        outside = f"outside all bins: {item['outside']}" if item["outside"] else ""
        rows.append(el("tr", el("td", el("code", item["names"][0])), el("td", join(_spaced(shown)), outside)))
    return el("details", el("summary", "Every bin"), _rows([("Item", False), ("Variants in each bin", False)], rows))


def _spaced(parts: Sequence[Html]) -> list[Html]:
    return [join([part, " "]) for part in parts]


def _gaps(gaps: Sequence[Mapping[str, Any]]) -> Html:
    pairs = [g for g in gaps if len(g["parameters"]) == 2] or list(gaps)
    rows: list[Html] = []
    for g in pairs[:_GAPS]:
        ends = zip(g["parameters"], g["low"], g["high"], g["units"], strict=True)
        text = [f"{p} {number_text(float(a))} to {number_text(float(b))} {u}".rstrip() for p, a, b, u in ends]
        rows.append(el("tr", el("td", "; ".join(text)), el("td", f"{100 * g['share']:.1f} %", class_="n")))
    if not rows:
        return Html("")
    heads = [("Largest empty box of two continuous parameters", False), ("Of what the scenario draws", True)]
    return join([el("h3", "Gaps"), _rows(heads, rows)])


def _next(suggestions: Sequence[Mapping[str, Any]]) -> Html:
    rows: list[Html] = []
    for s in suggestions[:_SHOWN]:
        bins = "; ".join(f"{name} {label}" for name, label in s["bins"].items())
        values = ", ".join(f"{name} {number_text(value)}" for name, value in s["values"].items())
        values_cell = el("details", el("summary", "values"), values)
        rows.append(el("tr", _number(s["gain"]), el("td", bins), el("td", values_cell)))
    if not rows:
        return Html("")
    heads = [("New combinations", True), ("Bins", False), ("A draw that lies in them", False)]
    return join([el("h3", "What to draw next"), _rows(heads, rows)])
