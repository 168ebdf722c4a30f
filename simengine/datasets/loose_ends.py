"""What of a scenario's behaviour did not come to its end: in a variant's row, counted over a run and on its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from simengine.datasets.variants import Scalar

__all__ = ["LooseEndCounts", "LooseEnds"]

_NEVER_STARTED, _NEVER_ENDED, _FAILED = "never_started", "never_ended", "failed_actions"
_BETWEEN = "; "
_KINDS = 100  # different ones that are counted


@dataclass(frozen=True)
class LooseEnds:
    """Of one variant, each in the order of the text (failures: of time), and once.

    Attributes:
        never_started: named phases of the timeline that had not begun when the run stopped.
        never_ended: named phases, and actions with an aim ("kid.run"), that were still going on.
        failed: what a robot could not do, or lost: "picker.pick: it is out of reach".
    """

    never_started: tuple[str, ...] = ()
    never_ended: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def figures(self) -> dict[str, Scalar]:
        """Their cells in a variant's row: texts with "; " between them, None for none."""
        told = {_NEVER_STARTED: self.never_started, _NEVER_ENDED: self.never_ended, _FAILED: self.failed}
        return {name: _BETWEEN.join(texts) or None for name, texts in told.items()}

    @classmethod
    def of(cls, figures: Mapping[str, Scalar]) -> LooseEnds:
        """Those of a row's figures; a row that says nothing has none."""
        cells = (figures.get(name) for name in (_NEVER_STARTED, _NEVER_ENDED, _FAILED))
        return cls(*(tuple(c.split(_BETWEEN)) if isinstance(c, str) and c else () for c in cells))


@dataclass
class LooseEndCounts:
    """In how many variants each was seen, by text; the first hundred of a kind.

    Attributes:
        never_started, never_ended, failed: as of :class:`LooseEnds`.
    """

    never_started: dict[str, int] = field(default_factory=dict[str, int])
    never_ended: dict[str, int] = field(default_factory=dict[str, int])
    failed: dict[str, int] = field(default_factory=dict[str, int])

    def add(self, ends: LooseEnds) -> None:
        """Count those of one more variant."""
        for counts, texts in (
            (self.never_started, ends.never_started),
            (self.never_ended, ends.never_ended),
            (self.failed, ends.failed),
        ):
            for text in texts:
                if text in counts or len(counts) < _KINDS:
                    counts[text] = counts.get(text, 0) + 1

    def sentences(self, variants: int, most: int) -> list[str]:
        """For people: a sentence for each kind that there is.

        Args:
            variants: of how many.
            most: texts of a kind that are listed; the others are counted.
        """
        told = (
            ("never started", self.never_started),
            ("still going on when the run stopped", self.never_ended),
            ("failed", self.failed),
        )
        return [f"{what}: {_listed(counts, variants, most)}" for what, counts in told if counts]


def _listed(counts: Mapping[str, int], variants: int, most: int) -> str:
    shown = [f"{text} ({n} of {variants} variants)" for text, n in list(counts.items())[:most]]
    rest = len(counts) - len(shown)
    return ", ".join(shown) + (f", and {rest} more" if rest else "")
