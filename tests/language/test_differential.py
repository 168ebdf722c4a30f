"""Checker against sampler: what ``check`` lets pass can be drawn, and every drawn value is what the checker said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simengine.errors import BudgetError
from simengine.language import check_text
from simengine.language.sample import Budget, Sampler
from tests.language.growth import Program

_SETTINGS = settings(max_examples=400, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


def examine(text: str) -> str:
    """The first error's code, "drawn", "budget" or "later"; anything else that the sampler does is a failure."""
    result = check_text(text, libraries={})
    errors = [d for d in result.diagnostics if d.severity == "error"]
    if errors:
        assert all(d.help or d.note or d.labels or d.caret for d in errors if d.code in ("E0212", "E0106")), text
        return errors[0].code
    (program,) = result.programs
    if program.not_yet:
        return "later"
    try:
        draws = Sampler(program, 0, budget=Budget(256, 4)).draw(range(16))
    except BudgetError:
        return "budget"
    for path, value in draws.values.items():
        definition = program.definitions[path]
        if not definition.drawn or value.dtype.kind != "f" or definition.type.kind not in ("real", "int"):
            continue
        assert np.isfinite(value).all(), (path, text)
        assert definition.type.kind == "real" or (value == np.rint(value)).all(), (path, text)
        low, high = program.supports[path]
        room = [1e-9 * max(1.0, abs(end)) if np.isfinite(end) else 0.0 for end in (low, high)]
        assert (value >= low - room[0]).all() and (value <= high + room[1]).all(), (path, text)
    return "drawn"


@_SETTINGS
@given(st.integers(0, 2**32))
def test_what_checks_can_be_drawn(seed: int):
    """Random programs, mostly well typed, with the numbers that break things: a program without an error is drawn, or
    its constraints are too strict for the budget; drawn values are finite, whole where they should be, and within the
    static supports."""
    examine(Program(seed).text())


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("param x ~ 0..1 step 1e-300", "E0212"), ("param x ~ 0..1 within 5..6", "E0212"),
        ("param x ~ histogram([1, 2], [0])", "E0212"), ("param x ~ histogram([2, 1], [1])", "E0212"),
        ("param x ~ histogram([0, 1], [1]) within 2..3", "E0212"), ("param x ~ -1e308..1e308", "E0212"),
        ("param x ~ beta(2, 500) within 0.9..1", "E0212"), ("param x ~ poisson(1e30)", "E0212"),
        ("param x ~ {1, sqrt(-1)}", "E0212"), ("let x = sqrt(-1)", "E0106"), ("let x = exp(1000)", "E0106"),
        ("param x: int ~ normal(1, 2)", "E0204"), ("param x: int ~ 0.2..0.8", "E0204"),
        ("param x: int ~ {1, 1 / 3}", "E0204"), ("param x ~ normal(0, 1) within 50..51", "drawn"),
        ("param x ~ 0 m..10 m step 3 m within 1 m..2 m", "E0212"), ("param x ~ 0..10 step 1e308 within -1..5", "drawn"),
        ("param x ~ -40..10 step 1e308 within -1..5", "E0212"),
        ("param a ~ 0..10\n    param x ~ 5..a", "drawn"), ("param a ~ 0..4\n    param x ~ 5..a", "E0218"),
        ("param a ~ 0..1\n    param x ~ normal(a / a, 1)", "drawn"),
        ("param a ~ 0..1\n    param x ~ beta(-a, 1)", "E0218"),
        ("param a ~ 0..1\n    param x ~ histogram([0, a], [1])", "drawn"),
        ("param a ~ 0..1\n    param x ~ histogram([0, a, 1], [a, 0]) within a..1", "budget"),
        ("param a ~ 0..1\n    param x ~ histogram([2, a], [1])", "E0218"),
        ("param a ~ 0..1\n    param x ~ histogram([0, 1], [a]) within 2..3", "E0218"),
    ],
)  # fmt: skip
def test_what_is_known_without_a_draw_is_reported_by_check(line: str, outcome: str):
    """One case for each way in which numbers can make no distribution."""
    assert examine(f"scenario t:\n    {line}\n") == outcome


def test_errors_of_distributions_have_a_place_and_advice():
    """Code, line, column, caret and help, as every other error."""
    text = "scenario t:\n    param a ~ 1..2\n    param x ~ histogram([1, 2], [0])\n    cover x by 1\n    cover a by 1\n"
    (found,) = check_text(text, libraries={}).diagnostics
    assert (found.code, found.span.line, found.span.column, found.span.end_column) == ("E0212", 3, 15, 37)
    assert "not all zero" in found.message and "histogram([0, 1, 2], [3, 1])" in found.help


def test_the_generator_reaches_everything():
    """Guards the fuzz test: among 300 programs there are drawn ones, rejected ones and ones that fail their budget."""
    outcomes = [examine(Program(seed).text()) for seed in range(300)]
    assert outcomes.count("drawn") > 30 and {"E0212", "E0204", "E0218"} <= set(outcomes)
