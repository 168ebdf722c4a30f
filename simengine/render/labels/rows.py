"""What the label tables have in common: a row by name, and a line for people."""

from __future__ import annotations

from collections.abc import Sequence

from simengine.arrays import Array
from simengine.errors import ReadingError, did_you_mean

__all__ = ["row_of", "shown"]

_NAMES = 6


def row_of(thing: str | int, instance: Array, names: Sequence[str], where: str) -> int:
    """Row of a thing, by name or instance id.

    Raises:
        ReadingError: it is not in the table (with the nearest name).
    """
    rows = [k for k, (i, n) in enumerate(zip(instance.tolist(), names, strict=True)) if thing in (i, n)]
    if rows:
        return rows[0]
    near = did_you_mean(str(thing), list(names))
    hint = f"did you mean '{near}'?" if near else f"there is {', '.join(names) or 'nothing'}"
    raise ReadingError(f"no '{thing}' {where}; {hint}")


def shown(title: str, names: Sequence[str], columns: Sequence[str]) -> str:
    """What is in a table, without its numbers."""
    more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
    things = f"{len(names)} things ({', '.join(names[:_NAMES])}{more})" if names else "nothing"
    return f"<{title}: {things}; {', '.join(columns)}>"
