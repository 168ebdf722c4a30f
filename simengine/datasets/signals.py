"""Samples of sensors with a rate of their own, live and on disk: ``signals.json`` and ``NAME/samples.parquet``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from simengine.arrays import Array, I64Array, frozen
from simengine.datasets import layout
from simengine.datasets.calibration import matrix_of
from simengine.datasets.fields import Fields
from simengine.datasets.frame import no_such
from simengine.datasets.parquet import TableWriter, read_parquet
from simengine.datasets.plain_json import Json, shown
from simengine.errors import DatasetError, SensorError
from simengine.sensors.faults import FAULTS
from simengine.sensors.signals import FIELDS, GnssSpec, ImuSpec, SignalSpec, kind_of, noise_of

__all__ = ["Signal", "read_signal", "signals_json", "specs_from", "write_signal"]

_ROWS = 20_000_000


class Signal(Mapping[str, Array]):
    """The samples of one sensor: a mapping from what it measures to arrays (N, 3), NaN where a sample was lost.

    An IMU has ``acceleration`` (specific force, m/s2) and ``gyro`` (rad/s) in its own axes, a GNSS receiver
    ``position`` (latitude and longitude in degrees, altitude in metres) and ``velocity`` (east, north, up, m/s);
    each also as ``true_...``, without errors and faults.

    Attributes:
        spec: mount, rate, noise.
        words: what is recorded.
        time_ns: (N,), since the start of the variant.
        fault: (N,), word of the fault in force, or None.
        columns: the flat columns of the file.
    """

    def __init__(
        self, spec: SignalSpec, words: Sequence[str], time_ns: I64Array, fault: Sequence[str | None],
        columns: Mapping[str, Array],
    ) -> None:  # fmt: skip
        self.spec, self.words, self.time_ns, self.fault = spec, tuple(words), time_ns, tuple(fault)
        self.columns = dict(columns)
        self._names = [*self.words, *(f"true_{w}" for w in self.words)]

    @property
    def name(self) -> str:
        """The sensor."""
        return self.spec.name

    @property
    def kind(self) -> str:
        """ "imu" or "gnss"."""
        return kind_of(self.spec)

    def __getitem__(self, name: str) -> Array:
        if name not in self._names:
            raise no_such(f"'{self.name}' has no values {{}}", name, self._names)
        true = "true_" if name.startswith("true_") else ""
        return np.stack([self.columns[true + c] for c in FIELDS[self.kind][name.removeprefix("true_")]], -1)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        rate = f"{len(self.time_ns)} samples at {self.spec.rate_hz:g} Hz"
        return f"<{self.name}: {self.kind}, {rate}, {', '.join(self.words)}>"


def _schema(kind: str, words: Sequence[str]) -> dict[str, str]:
    names = [c for w in words for c in FIELDS[kind][w]]
    return {
        "time_ns": "int64", **dict.fromkeys(names, "float64"), **{f"true_{n}": "float64" for n in names},
        "fault": "string",
    }  # fmt: skip


def write_signal(path: Path, signal: Signal) -> None:
    """Write ``samples.parquet`` of one sensor."""
    with TableWriter(path, _schema(signal.kind, signal.words)) as table:
        columns = {name: values.tolist() for name, values in signal.columns.items()}
        rows = {"time_ns": signal.time_ns.tolist(), **columns, "fault": list(signal.fault)}
        table.add(len(signal.time_ns), rows)


def signals_json(signals: Sequence[Signal]) -> dict[str, Json]:
    """Content of ``signals.json``."""
    return {
        s.name: {
            "type": s.kind, "carrier": s.spec.carrier, "carrier_from_sensor": s.spec.carrier_from_sensor.tolist(),
            "words": list(s.words), **noise_of(s.spec),
        }
        for s in signals
    }  # fmt: skip


def specs_from(data: Json, where: str) -> dict[str, tuple[SignalSpec, tuple[str, ...]]]:
    """Specification and recorded words of each sensor of ``signals.json``.

    Raises:
        DatasetError: the data describes none.
    """
    out: dict[str, tuple[SignalSpec, tuple[str, ...]]] = {}
    top = Fields(data, f"'{where}'")
    for name in top.data:
        entry = top.fields(layout.checked_sensor_name(name))
        kind, words = entry.text("type"), entry.texts("words")
        if kind not in FIELDS or not set(words) <= set(FIELDS[kind]):
            raise entry.wrong("words", "what an imu or a gnss measures")
        made = ImuSpec if kind == "imu" else GnssSpec
        numbers = [n for n in made.__dataclass_fields__ if n not in ("name", "carrier", "carrier_from_sensor")]
        mount = frozen(matrix_of(entry, "carrier_from_sensor"), np.float64)
        try:
            spec = made(name, entry.text("carrier"), mount, **{n: entry.number(n) for n in numbers})
        except SensorError as error:
            raise DatasetError(f"'{where}': {error}; the file is damaged") from error
        out[name] = (spec, words)
    return out


def read_signal(path: Path, spec: SignalSpec, words: Sequence[str]) -> Signal:
    """The samples of :func:`write_signal`.

    Raises:
        DatasetError: a value is missing, times do not rise, or a fault is none of the sensor's.
    """
    schema = _schema(kind_of(spec), words)
    table: Any = read_parquet(path, None, _ROWS, schema)
    columns: dict[str, Array] = {}
    for name in schema:
        if name != "fault":
            if table[name].null_count:
                raise DatasetError(f"'{path}' has a row without '{name}'; it is damaged")
            columns[name] = table[name].to_numpy()
    time_ns, faults, known = columns.pop("time_ns"), table["fault"].to_pylist(), FAULTS[kind_of(spec)]
    if time_ns.size and (time_ns[0] < 0 or (np.diff(time_ns) <= 0).any()):
        raise DatasetError(f"'{path}': 'time_ns' should rise from row to row, from 0 or more; it is damaged")
    wrong = next((f for f in dict.fromkeys(faults) if f is not None and f not in known), None)
    if wrong is not None:
        raise DatasetError(
            f"'{path}': 'fault' should be null or one of {', '.join(known)}, found {shown(wrong)}; it is damaged"
        )
    return Signal(spec, words, time_ns, faults, columns)
