"""Plans by their words: ``random``, ``sobol``, ``lhs``, ``grid``, ``grid:5``, ``cover``, ``cover:3``."""

from __future__ import annotations

import re

from simengine.errors import NotRunnableError, UsageError, did_you_mean
from simengine.language.coverplan import CoverPlan
from simengine.language.grids import GridPlan
from simengine.language.plans import Plan, RandomPlan
from simengine.language.quasi import LhsPlan, SobolPlan

__all__ = ["ENDLESS", "PLANS", "make_plan", "plan_words"]

PLANS = ("random", "sobol", "lhs", "grid", "cover")
ENDLESS = ("random", "sobol")
_LATER = ("halton", "search")
_WORDS = re.compile(r"([a-z_]+)(?:[: ](\d{1,9}))?")
_NUMBERED = {"lhs": "the number of variants", "grid": "quantiles of continuous variables", "cover": "ways"}


def plan_words(words: str, variants: int | None = None) -> tuple[str, int | None]:
    """A plan's word and its number; for "lhs" the number of variants where none is given.

    Raises:
        NotRunnableError: a plan that this version does not run yet.
        UsageError: unknown, with the nearest name; a number that the plan does not take.
    """
    match = _WORDS.fullmatch(words) if isinstance(words, str) else None  # pyright: ignore[reportUnnecessaryIsInstance]
    word, number = (match[1], match[2]) if match else (str(words)[:80], None)
    if word in _LATER:
        raise NotRunnableError(f"plan '{word}' does not run yet; {', '.join(PLANS)} do")
    if word not in PLANS:
        near = did_you_mean(word, (*PLANS, *_LATER))
        hint = f"did you mean '{near}'?" if near else f"choose from {', '.join(PLANS)}"
        raise UsageError(f"no plan is called '{word[:80]}'; {hint}")
    if number is not None and word not in _NUMBERED:
        takers = ", ".join(f"{k}:N ({v})" for k, v in _NUMBERED.items())
        raise UsageError(f"plan '{word}' takes no number; {takers} do")
    if number is None and word == "lhs":
        if not variants:
            raise UsageError("plan 'lhs' needs the number of its variants: lhs:1000")
        return word, variants
    return word, None if number is None else int(number)


def make_plan(words: str, variants: int | None = None) -> Plan:
    """The plan of these words.

    Args:
        words: as in ``--plan``.
        variants: how many are asked for: the size of "lhs" without a number.

    Raises:
        NotRunnableError, UsageError: as :func:`plan_words`, and numbers out of range.
    """
    word, number = plan_words(words, variants)
    match word:
        case "grid":
            return GridPlan() if number is None else GridPlan(number)
        case "sobol":
            return SobolPlan()
        case "lhs":
            return LhsPlan(number or 0)
        case "cover":
            return CoverPlan() if number is None else CoverPlan(number)
        case _:
            return RandomPlan()
