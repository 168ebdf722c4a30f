"""One row a variant: what was drawn, what came of it. Rows are small JSON files until the end, then one table.

Each row lies beside what it describes and appears together with it, so workers need no common file and a killed run
loses nothing. ``variants.parquet`` is made from the rows in the order of their variants, a chunk at a time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast, get_args

from simengine.datasets.fields import Fields
from simengine.datasets.parquet import TableWriter
from simengine.datasets.plain_json import Json, shown
from simengine.errors import DatasetError

__all__ = ["CORE_COLUMNS", "Scalar", "Status", "VariantRow", "Verdict", "write_variants"]

Scalar = float | int | bool | str | None
Status = Literal["kept", "discarded", "failed"]


@dataclass(frozen=True)
class Verdict:
    """What an ``ensure`` or ``expect`` monitor said of one run.

    Attributes:
        kind: "ensure" or "expect".
        text: the formula as written.
        passed: it held; None where it was not evaluated.
        robustness: signed margin (STL min/max semantics, SI units); None where there is none.
        message: the program's message.
        violated_at_s: from when on the formula could no longer hold, or None.
        unit: of the robustness ("m", "s", "m/s"); "" where it has none, or where comparisons of different kinds decide.
    """

    kind: str
    text: str
    passed: bool | None
    robustness: float | None = None
    message: str = ""
    violated_at_s: float | None = None
    unit: str = ""


@dataclass(frozen=True)
class VariantRow:
    """One variant's row of ``variants.parquet``.

    Attributes:
        variant: index >= 0.
        status: "kept" (there is an episode), "discarded" (an ``ensure`` failed), "failed" (an error; ``reason``).
        digest: identity of the concrete scenario.
        values: drawn values and what follows from them, by column name, units in the name ("ego.speed [km/h]").
        verdicts: of all monitors, in the order of the program.
        tags: words of the scenario.
        coverage: bin hit, by the name of the coverage item.
        summary: results of the simulation, units in the names ("duration [s]").
        attempt: how often it was redrawn.
        reason: why it was discarded or failed.
        frames: frames on disk (filled in when the episode is written).
    """

    variant: int
    status: Status = "kept"
    digest: str = ""
    values: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    verdicts: Sequence[Verdict] = ()
    tags: Sequence[str] = ()
    coverage: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    summary: Mapping[str, Scalar] = field(default_factory=dict[str, Scalar])
    attempt: int = 0
    reason: str = ""
    frames: int = 0

    def __post_init__(self) -> None:
        if self.variant < 0 or self.status not in get_args(Status):
            raise DatasetError(
                f"a variant's row needs an index >= 0 and a status of {', '.join(get_args(Status))}; got "
                f"{self.variant} and '{self.status}'"
            )

    def to_json(self) -> dict[str, Json]:
        """As plain data."""
        own = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {**own, "verdicts": [dataclasses.asdict(v) for v in self.verdicts]}

    @classmethod
    def from_json(cls, data: Mapping[str, Json], where: str) -> VariantRow:
        """The row of :meth:`to_json`; ``where`` names the source in errors."""
        row = Fields(data, f"'{where}'")
        unknown = set(row.data) - {f.name for f in dataclasses.fields(cls)}
        if unknown:
            raise DatasetError(f"'{where}' is no row of a variant: it has a field {shown(min(unknown))} that none has")
        status = row.text("status")
        if status not in get_args(Status):
            raise row.wrong("status", f"one of {', '.join(get_args(Status))}")
        return cls(
            row.whole("variant", 0), cast("Status", status), row.text("digest"), row.scalars("values"),
            tuple(_verdict(v) for v in row.each("verdicts")), row.texts("tags"), row.scalars("coverage"),
            row.scalars("summary"), row.whole("attempt", 0), row.text("reason"), row.whole("frames", 0),
        )  # fmt: skip


def _verdict(fields: Fields) -> Verdict:
    passed = None if fields.data.get("passed", 0) is None else fields.flag("passed")
    return Verdict(
        fields.text("kind"), fields.text("text"), passed, fields.optional("robustness"), fields.text("message"),
        fields.optional("violated_at_s"), fields.text("unit"),
    )  # fmt: skip


CORE_COLUMNS: Mapping[str, str] = {
    "variant": "int64", "status": "string", "digest": "string", "attempt": "int64", "frames": "int64",
    "reason": "string", "tags": "strings", "files_sha256": "string",
}  # fmt: skip
"""Columns that every ``variants.parquet`` has."""


def _cells(row: VariantRow, files_sha256: str) -> dict[str, Scalar | list[str]]:
    """One flat row. Verdicts become ``ensure_1.passed`` ...; values keep their names unless a core column has it."""
    cells: dict[str, Scalar | list[str]] = {
        "variant": row.variant, "status": row.status, "digest": row.digest, "attempt": row.attempt,
        "frames": row.frames, "reason": row.reason, "tags": list(row.tags), "files_sha256": files_sha256,
    }  # fmt: skip
    for name, value in row.values.items():
        cells[f"value.{name}" if name in CORE_COLUMNS else name] = value
    counts: dict[str, int] = {}
    for verdict in row.verdicts:
        counts[verdict.kind] = counts.get(verdict.kind, 0) + 1
        key = f"{verdict.kind}_{counts[verdict.kind]}"
        cells[f"{key}.passed"] = verdict.passed
        cells[f"{key}.robustness"] = verdict.robustness
        cells[f"{key}.violated_at [s]"] = verdict.violated_at_s
    cells |= {f"cover.{name}": value for name, value in row.coverage.items()}
    cells |= {f"result.{name}": value for name, value in row.summary.items()}
    return cells


def _joined(known: str | None, value: object) -> str | None:
    """The column type that holds what was seen so far and one more value."""
    if value is None:
        return known
    if isinstance(value, bool):
        kind = "bool"
    elif isinstance(value, int):
        kind = "int64" if -(2**63) <= value < 2**63 else "float64"
    elif isinstance(value, float):
        kind = "float64"
    else:
        kind = "string"
    if known is None or known == kind:
        return kind
    return "float64" if {known, kind} == {"int64", "float64"} else "string"


def _converted(value: Any, kind: str) -> Any:
    if value is None or kind not in ("float64", "string"):
        return value
    if kind == "float64":
        return float(value)
    return value if isinstance(value, str) else repr(value)


def write_variants(path: Path, rows: Iterable[tuple[VariantRow, str]], again: Iterable[tuple[VariantRow, str]]) -> None:
    """Write ``variants.parquet`` (not atomic: give a temporary path).

    Args:
        path: file to write.
        rows: every row with the digest of its files, in the order of variants.
        again: the same once more. The first pass finds columns and types, the second writes: rows are never all in
            memory.
    """
    kinds: dict[str, str | None] = dict(CORE_COLUMNS)
    texts: dict[str, str] = {}
    for row, digest in rows:
        for name, value in _cells(row, digest).items():
            if name not in CORE_COLUMNS:
                kinds[name] = _joined(kinds.get(name), value)
        counts: dict[str, int] = {}
        for verdict in row.verdicts:
            counts[verdict.kind] = counts.get(verdict.kind, 0) + 1
            key = f"{verdict.kind}_{counts[verdict.kind]}"
            texts.setdefault(key, verdict.text)
            texts.setdefault(f"{key}.robustness unit", verdict.unit)
    schema = {name: kind or "float64" for name, kind in kinds.items()}
    with TableWriter(path, schema, texts) as table:
        for row, digest in again:
            cells = _cells(row, digest)
            table.add(1, {name: [_converted(value, schema[name])] for name, value in cells.items()})
