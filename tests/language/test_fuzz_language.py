from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simengine.language import CheckResult, check_text, diagnostics_json, render_diagnostics
from tests.language.programs import BASE, LIBRARIES

_QUICK = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
_PIECES = re.findall(r'\w+|"[^"]*"|\n *|[ \t]+|\S', BASE)
_VALUES = (
    "ego", "kid", "3 m", "ego.speed", "parked[1]", "far_curb", "road", "time", "dart.started", "(1 m, 2 m)", "[1, 2]",
    "yes", '"x"', "ego.sees(kid)", "distance(ego, kid)", "min(1, 2)", "kid.crossing", "ego.lane", "gap", "-1", "0",
    "1e308", "1/0", "front", "front.fov", "rain", "sun.elevation", "parked", "any(g in parked: g.speed > 1 m/s)",
    "count(g in parked: g.speed > 1 m/s)", "{1, 2}", "1..3", "normal(1, 2)", 'library("x")', "ego.width", "x in 1..2",
    "ego.model == suv", "ego.ttc(kid) if yes else 1 s", "lane(1)", "curb(left)", "aeb()", "none", "not yes",
    "sqrt(4 m)",
    "beta(1, 2)", "histogram([0, 1], [1])", "triangular(1, 2, 3)", "world.rain", "visible(kid, front)", "always yes",
    "each", "choose", "override", "extends", "case", "when", "holds", "within", "step", "~", "=", "..", ":", "(", ")",
    "[", "]", "{", "}", "\n", "\n    ", "\n        ", "\t", "\ufeff", "\u2028", "\ud800", "\U0001f600", "\r",
)  # fmt: skip


def _survives(text: str) -> CheckResult:
    """Nothing is raised, every diagnostic can be shown, and there are programs exactly if there are no errors."""
    result = check_text(text, libraries=LIBRARIES)
    shown = render_diagnostics(result.diagnostics, text)
    assert len(diagnostics_json(result.diagnostics)) == len(result.diagnostics)
    assert bool(result.programs) == result.ok and (result.ok or shown)
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= d.span.line <= lines and d.span.column >= 1 for d in result.diagnostics)
    return result


@_QUICK
@given(st.text(max_size=300))
def test_any_text(text: str):
    """The front end is total: any string gives programs or diagnostics."""
    _survives(text)


@_QUICK
@given(st.lists(st.sampled_from([*_PIECES, *_VALUES]), max_size=80))
def test_any_sequence_of_tokens(parts: list[str]):
    """Grammatical pieces in any order reach deeper than random characters."""
    _survives("use town\nscenario t:\n    world street(lanes = 2)\n    " + " ".join(parts))


@settings(parent=_QUICK, max_examples=90)
@given(st.data())
def test_programs_with_a_few_changes(data: st.DataObject):
    """Almost valid programs reach the checker: pieces are dropped, doubled or replaced."""
    parts = list(_PIECES)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(parts) - 1))
        kind = data.draw(st.sampled_from(["drop", "double", "replace"]))
        if kind == "drop":
            del parts[at : at + data.draw(st.integers(1, 6))]
        elif kind == "double":
            parts[at:at] = parts[at : at + data.draw(st.integers(1, 12))]
        else:
            parts[at] = data.draw(st.sampled_from([*_PIECES, *_VALUES]))
        if not parts:
            break
    _survives("".join(parts))


@_QUICK
@given(st.data())
def test_any_value_in_any_place(data: st.DataObject):
    """Well-formed expressions of the wrong type, phase or unit in every place that takes one."""
    spots = list(re.finditer(r"(?<==) [^,:()\n]+|(?<=~) [^,:()\n]+|(?<=\()[^,()=~\n]+|(?<=require )[^\"\n]+", BASE))
    spot = data.draw(st.sampled_from(spots))
    value = data.draw(st.sampled_from([v for v in _VALUES if v.isascii() and v.isprintable()]))
    _survives(BASE[: spot.start()] + " " + value + BASE[spot.end() :])
