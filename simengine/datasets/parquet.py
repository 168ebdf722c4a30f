"""Parquet files in bounded memory, with the same bytes for the same rows. The only module that touches pyarrow."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, cast

from simengine.datasets.plain_json import shown
from simengine.datasets.storage import disk_errors, open_regular
from simengine.errors import DatasetError

__all__ = ["COLUMN_TYPES", "ROW_LIMIT", "TableWriter", "read_parquet", "stream_parquet"]

_pa: Any = importlib.import_module("pyarrow")  # has no type stubs
_pc: Any = importlib.import_module("pyarrow.compute")
_pq: Any = importlib.import_module("pyarrow.parquet")

COLUMN_TYPES: Mapping[str, Any] = {
    "bool": _pa.bool_(), "int8": _pa.int8(), "int16": _pa.int16(), "int32": _pa.int32(), "int64": _pa.int64(),
    "float32": _pa.float32(), "float64": _pa.float64(), "string": _pa.string(), "strings": _pa.list_(_pa.string()),
}  # fmt: skip
"""Column types by the names used in schemas; "strings" is a list of strings in each row."""

ROW_LIMIT = 200_000_000
"""Largest number of rows that the reader loads."""

_GROUP = 16_384
_CELLS, _CELLS_PER_BYTE = 50_000_000, 20  # run lengths make a few bytes of any number of equal cells
_TEXT_BYTES = 2**30
_DAMAGE = (_pa.ArrowException, OSError, ValueError, OverflowError, MemoryError, IndexError, KeyError, TypeError)
"""What the library raises for files that are damaged."""


class TableWriter:
    """Writes rows to one Parquet file, a group of rows at a time; a column that a row does not give is null."""

    def __init__(self, path: Path, schema: Mapping[str, str], notes: Mapping[str, str] | None = None) -> None:
        self._names = list(schema)
        fields = [_pa.field(name, COLUMN_TYPES[kind]) for name, kind in schema.items()]
        texts = {k: v.encode() for k, v in (notes or {}).items()}
        self._schema: Any = _pa.schema(fields, metadata=texts or None)
        self._path = path
        self._columns: dict[str, list[Any]] = {name: [] for name in self._names}
        with disk_errors("write", path):
            self._file = path.open("xb")  # ours, not the library's, so that it is closed after any failure
            self._writer: Any = _pq.ParquetWriter(self._file, self._schema, compression="zstd", version="2.6")

    def add(self, count: int, columns: Mapping[str, Sequence[Any]]) -> None:
        """Append ``count`` rows given by columns.

        Raises:
            DatasetError: for a column that the schema does not have, or of another length.
        """
        for name, values in columns.items():
            if name not in self._columns or len(values) != count:
                raise DatasetError(
                    f"table '{self._path.name}': column '{name}' with {len(values)} values does not fit {count} rows "
                    f"of the columns {', '.join(self._names)}"
                )
        for name in self._names:
            given = columns.get(name)
            self._columns[name].extend([None] * count if given is None else given)
        while self._names and len(self._columns[self._names[0]]) >= _GROUP:
            self._flush(_GROUP)

    def _flush(self, count: int) -> None:
        head = {name: values[:count] for name, values in self._columns.items()}
        self._columns = {name: values[count:] for name, values in self._columns.items()}
        try:
            table = _pa.Table.from_pydict(head, schema=self._schema)
        except (_pa.ArrowInvalid, _pa.ArrowTypeError, OverflowError) as error:
            raise DatasetError(f"table '{self._path.name}': a value does not fit its column: {error}") from error
        with disk_errors("write", self._path):
            self._writer.write_table(table)

    def close(self) -> None:
        """Write what is left and the footer."""
        if self._names and self._columns[self._names[0]]:
            self._flush(len(self._columns[self._names[0]]))
        with disk_errors("write", self._path):
            self._writer.close()
            self._file.close()

    def abandon(self) -> None:
        """Close the file without caring what is in it (it will be deleted)."""
        with contextlib.suppress(OSError, ValueError, _pa.ArrowException):
            self._writer.close()  # a full disk fails here again; the first failure was already reported
        with contextlib.suppress(OSError):
            self._file.close()

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
        else:
            self.abandon()


def _open(path: Path, limit: int, schema: Mapping[str, str] | None) -> Any:
    """An opened file whose header is as expected: number of rows and cells, columns and their types."""
    with open_regular(path), disk_errors("read", path):  # (a pipe would be waited for)
        status = path.stat()
        size = status.st_size
        try:
            file: Any = _pq.ParquetFile(str(path))
        except _DAMAGE as error:
            raise DatasetError(f"'{path}' is not a Parquet file; it is damaged or not one of ours") from error
    try:
        rows, columns = int(file.metadata.num_rows), max(1, len(file.schema_arrow))
        if rows > limit or rows * columns > _CELLS + _CELLS_PER_BYTE * size:
            raise DatasetError(f"'{path}' has {rows} rows of {columns} columns; at most {limit} are read, and fewer of "
                               "a small file")  # fmt: skip
        known = {field.name: field.type for field in file.schema_arrow}
        for name, kind in (schema or {}).items():
            if known.get(name) != COLUMN_TYPES[kind]:
                found = f"found {known[name]}" if name in known else "which is missing"
                raise DatasetError(f"'{path}' needs a column '{name}' of {COLUMN_TYPES[kind]}, {found}; it is damaged")
        _refuse_long_texts(path, status.st_ino, status.st_mtime_ns, size)
    except BaseException:
        file.close()
        raise
    return file


@lru_cache(1024)
def _refuse_long_texts(path: Path, *_: int) -> None:
    """A dictionary column names a text in every row that lies in the file once: count what it would become.

    Remembered for as long as the file is the same (``_``: inode, time and size): it is half of the time of a read.
    """
    total = 0
    try:
        texts = [f.name for f in _pq.read_schema(str(path)) if f.type == _pa.string()]
        with _pq.ParquetFile(str(path), read_dictionary=texts) as small:
            for batch in small.iter_batches(batch_size=65_536, columns=texts) if texts else ():
                for column in batch.columns:
                    lengths = _pc.binary_length(column.dictionary)
                    total += _pc.sum(_pc.take(lengths, column.indices)).as_py() or 0
                if total > _TEXT_BYTES:
                    raise DatasetError(f"'{path}' holds over {_TEXT_BYTES} bytes of text; it is not one of ours")
    except DatasetError:
        raise
    except _DAMAGE as error:
        raise DatasetError(f"'{path}' is damaged; 'simengine verify' lists all damage") from error


def stream_parquet(
    path: Path, columns: Sequence[str] | None = None, limit: int = ROW_LIMIT, schema: Mapping[str, str] | None = None
) -> Iterator[dict[str, Any]]:
    """The rows of a file one by one as dicts, in bounded memory; columns of ``schema`` must be there."""
    with _open(path, limit, schema) as file, disk_errors("read", path):
        try:
            for batch in file.iter_batches(batch_size=4096, columns=list(columns) if columns is not None else None):
                yield from cast("list[dict[str, Any]]", batch.to_pylist())
        except _DAMAGE as error:
            raise DatasetError(f"'{path}' is damaged; 'simengine verify' lists all damage") from error


def read_parquet(
    path: Path, equal: Mapping[str, object] | None = None, limit: int = ROW_LIMIT,
    schema: Mapping[str, str] | None = None,
) -> Any:  # fmt: skip
    """A ``pyarrow.Table`` of the whole file, or of the rows whose columns equal the given values.

    Columns of ``schema`` must be there, with their types.
    """
    with _open(path, limit, schema) as file:
        known: dict[str, Any] = {field.name: field.type for field in file.schema_arrow}
    for name, value in (equal or {}).items():
        if name not in known:
            raise DatasetError(f"'{path}' has no column {name}; it has {', '.join(sorted(known))}")
        try:
            _pa.scalar(value, known[name])
        except (_pa.ArrowException, TypeError, ValueError, OverflowError) as error:
            raise DatasetError(f"column '{name}' of '{path}' holds {known[name]}; {shown(value)} is none") from error
    filters = [(name, "==", value) for name, value in (equal or {}).items()] or None
    with disk_errors("read", path):
        try:
            return _pq.read_table(str(path), filters=filters)
        except _DAMAGE as error:
            raise DatasetError(f"'{path}' is damaged; 'simengine verify' lists all damage") from error
