"""Tables of the page: verdicts, variants with their drawn values, and what is the same everywhere."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from simengine.datasets import layout
from simengine.datasets.report.markup import Html, el, join
from simengine.datasets.report.summary import MonitorSummary, Summary
from simengine.datasets.variants import Scalar, VariantRow, Verdict

__all__ = ["fixed_values", "margin_text", "mark", "monitor_table", "number_text", "variant_table"]

_UNIT = re.compile(r"(.*?)\s*\[([^\[\]]*[^\d\[\]][^\[\]]*)\]")


def number_text(value: Scalar) -> str:
    """A value as a person reads it: four digits, a true minus sign, yes and no."""
    if value is None:
        return "\u2013"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value).replace("-", "\u2212")
    if math.isinf(value) or math.isnan(value):
        return "not a number" if math.isnan(value) else ("\u221e" if value > 0 else "\u2212\u221e")
    return f"{value:.4g}".replace("-", "\u2212")


def margin_text(margin: float | None, unit: str) -> str:
    """A margin with its unit."""
    finite = margin is not None and math.isfinite(margin)
    return f"{number_text(margin)} {unit}" if finite and unit else number_text(margin)


def _split_unit(name: str) -> tuple[str, str]:
    """ "ego.speed [km/h]" as ("ego.speed", "km/h"); "parked[0]" has no unit: an index is a number."""
    match = _UNIT.fullmatch(name)
    return (match[1], match[2]) if match else (name, "")


def _head(name: str, numeric: bool = False) -> Html:
    bare, unit = _split_unit(name)
    return el("th", bare, el("small", unit) if unit else "", scope="col", class_="n" if numeric else None)


def _cell(value: Scalar) -> Html:
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    key = repr(float(value)) if isinstance(value, int | float) else None
    return el("td", number_text(value), class_="n" if numeric else "t", data_v="" if value is None else key)


def mark(passed: bool | None, what: tuple[str, str] = ("holds", "fails")) -> Html:
    """A verdict as a sign, a word and a colour: any of the three is enough to read it."""
    if passed is None:
        return el("span", "\u25cb not evaluated", class_="mark idle")
    if passed:
        return el("span", f"\u2713 {what[0]}", class_="mark pass")
    return el("span", f"\u2717 {what[1]}", class_="mark fail")


def monitor_table(monitors: Sequence[MonitorSummary]) -> Html:
    """One row a monitor: formula, how often it held, the lowest margin and where."""
    heads = [_head(""), _head("Formula"), _head("Holds", True), _head("Fails", True), _head("Lowest margin", True)]
    rows: list[Html] = []
    for m in monitors:
        place = f" (variant {m.worst_variant})" if m.worst is not None else ""
        message = [el("br"), el("span", m.message, class_="soft")] if m.message else []
        formula = el("td", el("code", m.text), *message, class_="f")
        verdict = mark(m.failed == 0 if m.passed + m.failed else None)
        rows.append(
            el(
                "tr", el("td", m.kind, el("br"), verdict, class_="t"), formula, _cell(m.passed), _cell(m.failed),
                el("td", margin_text(m.worst, m.unit) + place, class_="n"),
            )
        )  # fmt: skip
    head = el("thead", el("tr", *heads))
    return el("div", el("table", head, el("tbody", *rows)), class_="scroll")


def _verdict_cell(verdict: Verdict | None) -> Html:
    if verdict is None:
        return el("td", "\u2013", data_v="")
    margin = verdict.robustness
    key = "" if margin is None else repr(float(margin))
    late = f" at {verdict.violated_at_s:.4g} s" if verdict.violated_at_s is not None and not verdict.passed else ""
    shown = f" {margin_text(margin, verdict.unit)}{late}" if margin is not None else late
    return el("td", mark(verdict.passed), shown, class_="t", data_v=key)


def _variant_row(row: VariantRow, summary: Summary, covers: list[str], results: list[str]) -> Html:
    name = layout.number(row.variant)
    place = el("a", name, href=f"{layout.EPISODES}/{name}/") if row.status == "kept" else name
    status = mark({"kept": True, "failed": False}.get(row.status), ("kept", "failed"))
    if row.status == "discarded":
        status = el("span", "\u25cb discarded", class_="mark idle")
    verdicts = [row.verdicts[i] if i < len(row.verdicts) else None for i in range(len(summary.monitors))]
    cells = [
        el("td", place, class_="n", data_v=str(row.variant)),
        el("td", status, f" {row.reason}" if row.reason else ""),
        _cell(row.frames),
        *(_verdict_cell(v) for v in verdicts),
        *(_cell(row.values.get(v)) for v in summary.varying),
        *(_cell(row.coverage.get(c)) for c in covers),
        *(_cell(row.summary.get(r)) for r in results),
    ]
    return el("tr", *cells)


def variant_table(summary: Summary) -> Html:
    """One row a variant: status, verdicts with margins, values that vary, coverage bins, results."""
    covers = list(dict.fromkeys(c for row in summary.rows for c in row.coverage))
    results = list(dict.fromkeys(r for row in summary.rows for r, value in row.summary.items() if value is not None))
    numbers: dict[str, int] = {}
    monitors: list[Html] = []
    for m in summary.monitors:
        numbers[m.kind] = numbers.get(m.kind, 0) + 1
        monitors.append(el("th", f"{m.kind} {numbers[m.kind]}", el("small", "margin"), scope="col", title=m.text))
    some = summary.rows[0] if summary.rows else None
    numeric = {v: isinstance(some.values.get(v), int | float) if some else False for v in summary.varying}
    head = el(
        "tr", _head("Variant", True), _head("Status"), _head("Frames", True), *monitors,
        *(_head(v, numeric[v]) for v in summary.varying), *(_head(f"cover {c}") for c in covers),
        *(_head(r, True) for r in results),
    )  # fmt: skip
    body = join(_variant_row(row, summary, covers, results) for row in summary.rows)
    return el("div", el("table", el("thead", head), el("tbody", body), data_sort="1"), class_="scroll")


def fixed_values(summary: Summary) -> Html:
    """What is the same in every variant, as a list."""
    pairs: list[Html] = []
    for name, value in summary.fixed.items():
        bare, unit = _split_unit(name)
        text = number_text(value) + (f" {unit}" if unit else "")
        pairs.append(el("div", el("dt", bare), el("dd", text)))
    return el("dl", *pairs)
