"""Parts of an export: whole variants, so that no episode is in two of them."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence

from simengine.datasets.frame import Episode
from simengine.errors import UsageError

__all__ = ["assign", "parse_split"]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def parse_split(text: str) -> dict[str, float]:
    """Shares by name from ``"train=0.8,val=0.2"`` or ``"train=8,val=2"``, in that order, with the sum 1.

    Raises:
        UsageError: it is not of this form, or fractions do not add up to 1 (to within 1 %: a third is 0.33).
    """
    out: dict[str, float] = {}
    for item in text.split(","):
        name, equals, value = (s.strip() for s in item.partition("="))
        try:
            share = float(value) if equals else math.nan
        except ValueError:
            share = math.nan
        if not _NAME.fullmatch(name) or not (share > 0 and math.isfinite(share)) or name in out:
            raise UsageError(
                "--split takes different names with positive shares like train=0.8,val=0.2; found "
                f"'{item.strip()[:40]}'"
            )
        out[name] = share
    total = sum(out.values())
    if any(share != math.floor(share) for share in out.values()) and abs(total - 1.0) > 0.0101:
        shares = ", ".join(f"{n}={s:g}" for n, s in out.items())
        raise UsageError(
            f"--split: the shares {shares} add up to {total:g}; fractions must add up to 1 (whole numbers like "
            "train=8,val=2 are a ratio)"
        )
    return {name: share / total for name, share in out.items()}


def assign(episodes: Sequence[Episode], shares: Mapping[str, float]) -> dict[int, str]:
    """The part of each variant. Equal scenarios (by digest) count as one and stay together.

    Scenarios are put in the order of a hash of their digest, which has nothing to do with how they were drawn, and
    that list is cut at the shares; every part gets at least one.

    Raises:
        UsageError: there are fewer different scenarios than parts.
    """
    groups: dict[str, list[int]] = {}
    for episode in episodes:
        digest = episode.row.digest or f"variant {episode.variant}"
        groups.setdefault(digest, []).append(episode.variant)
    if len(groups) < len(shares):
        raise UsageError(
            f"--split asks for {len(shares)} parts; the dataset has {len(groups)} different variants, and no variant "
            "is divided: make more variants, or ask for fewer parts"
        )
    order = sorted(groups, key=lambda digest: hashlib.sha256(f"split {digest}".encode()).digest())
    counts = _counts(len(order), list(shares.values()))
    out: dict[int, str] = {}
    start = 0
    for name, count in zip(shares, counts, strict=True):
        out |= {variant: name for digest in order[start : start + count] for variant in groups[digest]}
        start += count
    return out


def _counts(n: int, shares: Sequence[float]) -> list[int]:
    """``n`` things by shares: largest remainders, ties to the first, at least one each (n >= number of shares)."""
    exact = [n * share for share in shares]
    counts = [max(1, math.floor(e + 1e-9)) for e in exact]
    while sum(counts) < n:
        counts[max(range(len(counts)), key=lambda k: exact[k] - counts[k])] += 1
    while sum(counts) > n:
        counts[max((k for k in range(len(counts)) if counts[k] > 1), key=lambda k: counts[k] - exact[k])] -= 1
    return counts
