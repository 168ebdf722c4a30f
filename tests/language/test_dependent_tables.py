"""Histograms and joint tables whose numbers depend on other variables: laws of their own in every row."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from simengine.engine.catalogue import libraries
from simengine.language import check_text
from simengine.language.exchange import json_of_text, text_of_json
from simengine.language.proofs import supports as proved
from simengine.language.sample import Sampler

N = 3000
TEXT = """scenario t:
    param a ~ 1..2
    param b ~ 0..4
    param x ~ histogram([0, a, a + 1, 6], [2, b, 1]){within}
    cover x by 1
"""
JOINT = """scenario t:
    param a: length ~ 1 m..2 m
    param p, q: length ~ {(1 m, a): 2, (a, 5 m): 1, (9 m, a): 0, (2 * a, a + 1 m): 3}
    cover p by 1 m
    cover q by 1 m
"""


def sampler(text: str) -> Sampler:
    """Of a text that checks and has nothing to warn of."""
    result = check_text(text, libraries=libraries())
    assert result.ok and not result.diagnostics, result.diagnostics
    return Sampler(result.programs[0], 3, "random")


@pytest.mark.parametrize(("within", "bounds"), [("", None), (" within 0.5..5", (0.5, 5.0))])
def test_a_histogram_of_each_row_is_scipys(within: str, bounds: tuple[float, float] | None) -> None:
    """F of the row's own ``rv_histogram`` at the value is uniform (Kolmogorov-Smirnov), bounds rescale it; and values
    are its quantiles at the numbers that were drawn, to 1e-9."""
    draws = sampler(TEXT.format(within=within)).draw(range(N))
    a, b, x, u = (draws.values["a"], draws.values["b"], draws.values["x"], draws.u["x"])
    shares = np.empty(N)
    for k in range(N):
        law = stats.rv_histogram((np.array([2.0, b[k], 1.0]), np.array([0.0, a[k], a[k] + 1.0, 6.0])), density=False)
        low, high = (0.0, 1.0) if bounds is None else law.cdf(bounds)
        shares[k] = (law.cdf(x[k]) - low) / (high - low)
    np.testing.assert_allclose(shares, u, atol=1e-9)
    assert stats.kstest(shares, "uniform").pvalue > 1e-3


def test_a_joint_table_of_each_row_is_the_row_that_its_number_chooses() -> None:
    """Shares 2 : 1 : 0 : 3 of u choose the pair, in which ``a`` is that of the variant: a loop over rows says so."""
    draws = sampler(JOINT).draw(range(N))
    u, counts = draws.u["p,q"], [0, 0, 0]
    for k in range(N):
        a = draws.values["a"][k]
        which = 0 if u[k] < 2 / 6 else 1 if u[k] < 3 / 6 else 2
        counts[which] += 1
        assert (draws.values["p"][k], draws.values["q"][k]) == [(1.0, a), (a, 5.0), (2 * a, a + 1)][which]
    assert stats.chisquare(counts, np.array([2, 1, 3]) * N / 6).pvalue > 1e-3


@pytest.mark.parametrize("text", [TEXT.format(within=" within 0.5..5"), JOINT])
def test_rows_alone_and_in_any_batch_are_the_same_bits(text: str) -> None:
    """Nothing is added up over a batch."""
    made = sampler(text)
    many = made.draw(range(40))
    for k in (0, 7, 39):
        one = made.draw([k])
        assert all(one.values[p].tobytes() == many.values[p][k : k + 1].tobytes() for p in one.values)


def test_fixed_numbers_are_drawn_as_those_that_depend_on_a_fixed_one() -> None:
    """``let`` of a fixed number makes no other law than the number itself."""
    plain = "scenario t:\n    let one = 1\n    param x ~ histogram([0, {}, 3, 4], [3, 2, 0]) within 0.2..2.5\n"
    found = [
        Sampler(check_text(plain.format(word), libraries=libraries()).programs[0], 1, "random").draw(range(200))
        for word in ("1", "one")
    ]
    np.testing.assert_allclose(found[0].values["x"], found[1].values["x"], atol=1e-12)


def test_what_is_known_before_a_draw() -> None:
    """Supports are the outermost ends; constraints outside are E0218, constraints that always hold W0310; rows that
    make no histogram are drawn again and named."""
    supports = sampler(TEXT.format(within="")).program.supports
    assert supports["x"] == (0.0, 6.0)
    known = proved(sampler(JOINT).program)["q"]
    assert (known.low, known.high) == (1.0, 5.0)

    def codes(line: str, text: str = TEXT) -> set[str]:
        body = text.format(within="") if text is TEXT else text
        return {d.code for d in check_text(body + f"    require {line}\n", libraries=libraries()).diagnostics}

    assert codes("x > 6.5") == codes("q > 5.1 m", JOINT) == codes("p < 0.9 m", JOINT) == {"E0218"}
    assert codes("q < 5.1 m", JOINT) == {"W0310"}
    assert codes("x < 5.5") == codes("q < 4.9 m", JOINT) == set()
    text = "scenario t:\n    param a ~ 0..2\n    param x ~ histogram([0, a, 1], [1, 1])\n    cover x by 1\n"
    draws = sampler(text).draw(range(200))
    assert draws.values["a"].max() < 1 and [t.rejected > 0 for t in draws.tallies if "'x' has a value" in t.text]


def test_lists_that_have_a_name_or_a_condition() -> None:
    """A list may be a ``let`` and a choice between lists: the same draws as if its numbers were written."""
    head = "scenario t:\n    param a ~ 1..2\n    let ends = [0, a, 3]\n    let far = [0, 2 * a, 6]\n"
    tail = "    cover x by 1\n"
    named = sampler(head + "    param x ~ histogram(far if a > 1.5 else ends, [1, a])\n" + tail).draw(range(300))
    plain = sampler(
        "scenario t:\n    param a ~ 1..2\n    let k = 2 if a > 1.5 else 1\n"
        "    param x ~ histogram([0, k * a, k * 3], [1, a])\n" + tail
    ).draw(range(300))
    assert named.values["x"].tobytes() == plain.values["x"].tobytes() and named.values["x"].max() > 3


def test_a_grid_takes_every_row_of_a_table() -> None:
    """Three rows of positive weight make three grid rows, each with its own share of u."""
    grid = Sampler(check_text(JOINT, libraries=libraries()).programs[0], 0, "grid:1")
    draws = grid.draw(range(grid.raw or 0))
    assert list(zip(draws.values["p"], draws.values["q"], strict=True)) == [(1.0, 1.5), (1.5, 5.0), (3.0, 2.5)]


@pytest.mark.parametrize("text", [TEXT.format(within=""), JOINT])
def test_text_and_json_draw_the_same(text: str) -> None:
    """Through the canonical form and back."""
    again = text_of_json(json_of_text(text))
    one, two = (sampler(t).draw(range(30)).values for t in (text, again))
    assert all(one[p].tobytes() == two[p].tobytes() for p in one)
