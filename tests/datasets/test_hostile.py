"""Datasets damaged or made to do harm: reader, verify and report answer with errors of ours, and stay in the folder."""

from __future__ import annotations

import copy
import io
import json
import os
import pickle
import random
import re
import shutil
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from simengine.datasets import Dataset, DatasetWriter, verify, write_report
from simengine.datasets.parquet import read_parquet
from simengine.errors import DatasetError, ReadingError, SimEngineError
from tests.datasets.fakes import MANIFEST, write_variant

RAW_PYTHON = re.compile(r"\w+Error\b|invalid literal|not subscriptable|unhashable|has no attribute|NoneType|\w+\(\)")
FRONT = "episodes/000000/front"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("dataset")
    with DatasetWriter.create(root, MANIFEST, threads=0) as writer:
        write_variant(writer, 0, frames=2, size_px=(24, 16))
        writer.finish()
    write_report(root)
    return root


@pytest.fixture
def root(written: Path, tmp_path: Path) -> Path:
    return shutil.copytree(written, tmp_path / "d")


def steps(root: Path, page: bool) -> list[Callable[[], object]]:
    """Everything that a person can do with a dataset, step by step; each may fail on its own."""
    dataset = Dataset.open(root)
    out: list[Callable[[], object]] = [
        lambda: dataset.identity, lambda: dataset.about, lambda: dataset.complete, dataset.digest, dataset.variants,
        lambda: dataset.variants(status="kept"), lambda: dataset.episode(0), lambda: verify(dataset),
        lambda: page and write_report(root), lambda: resume(root),
    ]  # fmt: skip
    for episode in dataset.episodes:
        uses: list[Callable[[Any], object]] = [
            lambda e: e.info, lambda e: e.sensors, lambda e: e.entities, lambda e: e.row, lambda e: e.scenario_json(),
            lambda e: e.labels(), lambda e: e.labels(kind="box2d", frame=1), lambda e: e.poses(sensor="front"),
            lambda e: e.channels("front"), lambda e: [frame_steps(f) for f in e.frames],
        ]  # fmt: skip
        out += [partial(f, episode) for f in uses]
    return out


def frame_steps(frame: Any) -> None:
    view = frame["front"]
    _ = frame.time_ns, repr(frame), frame.bodies["ego"], view.exposure_ev, view.pose, view.intrinsics
    assert [view[c].shape[:2] for c in view]
    assert [frame["roof"][name].shape for name in frame["roof"]]
    _ = frame.boxes3d, view.boxes2d, view.boxes3d


def resume(root: Path) -> None:
    with DatasetWriter.create(root, MANIFEST, resume=True, threads=0) as writer:
        writer.finish()


def use(root: Path, page: bool = True) -> list[str]:
    """What went wrong, as messages. Any other exception than ours goes through. Without the page: much faster."""
    said: list[str] = []
    try:
        todo = steps(root, page)
    except SimEngineError as error:
        return [checked(error)]
    for step in todo:
        try:
            step()
        except SimEngineError as error:
            said.append(checked(error))
    return said


def checked(error: SimEngineError) -> str:
    text = str(error)
    assert isinstance(error, DatasetError | ReadingError) and text and len(text) < 2000, text
    assert not RAW_PYTHON.search(text), text
    return text


def test_the_dataset_that_everything_here_breaks_is_whole(root: Path) -> None:
    """Else the tests below would pass for a reason that is not theirs."""
    assert use(root) == [] and verify(root) == []


def files(root: Path) -> list[Path]:
    return sorted(p for p in root.rglob("*") if p.is_file() and p.name not in (".lock", "index.html"))


# ---- random damage ---------------------------------------------------------------------------------------------


def damaged(raw: bytes, draw: random.Random) -> bytes:
    out = bytearray(raw)
    match draw.randrange(5):
        case 0:
            return bytes(out[: draw.randrange(len(out) + 1)])
        case 1:
            for _ in range(draw.randrange(1, 9)):
                if out:
                    out[draw.randrange(len(out))] = draw.randrange(256)
        case 2:
            at = draw.randrange(len(out) + 1)
            out[at : at + 4] = draw.choice((b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff"))
        case 3:
            at = draw.randrange(len(out) + 1)
            out[at:at] = out[: draw.randrange(len(out) + 1)]
        case _:
            del out[: draw.randrange(len(out) + 1)]
    return bytes(out)


@pytest.mark.parametrize("seed", range(2))
def test_bytes_changed_anywhere(root: Path, seed: int) -> None:
    """Every file is damaged in turn, in a random way; the dataset is used whole, and then the file is put back."""
    draw = random.Random(seed)
    for path in files(root):
        raw = path.read_bytes()
        path.write_bytes(damaged(raw, draw))
        use(root, page=draw.randrange(4) == 0)
        shutil.rmtree(root / "failed", ignore_errors=True)
        path.write_bytes(raw)


ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 2**31, 2**63, 10**400, -(10**400), 0.5, 1e308, {"float": "nan"}, {"float": "inf"}, "", "0",
    "front", "../../x", "/etc/passwd", "\ud800", "a\nb", "x" * 5000, [], [[]], [0], ["a", 1], {}, {"a": {"b": []}},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [p for k, v in items for p in places(v, (*path, k))]


def at(data: Any, *path: Any) -> Any:
    for key in path:
        data = data[key]
    return data


def test_json_of_other_kinds(root: Path) -> None:
    """Up to ten values of every JSON file in turn become something odd or are removed, and files as a whole."""
    draw = random.Random(7)
    for path in [p for p in files(root) if p.suffix == ".json"]:
        raw = path.read_bytes()
        whole = json.loads(raw)
        chosen = [p for p in places(whole) if "classes" not in p and "channels" not in p[:1]]
        for place in draw.sample(chosen, min(len(chosen), 10)):
            data = copy.deepcopy(whole)
            holder = at(data, *place[:-1])
            if draw.randrange(6) or not isinstance(holder, dict):
                holder[place[-1]] = copy.deepcopy(draw.choice(ODD))
            else:
                del holder[place[-1]]
            path.write_text(json.dumps(data), encoding="utf-8", errors="surrogatepass")
            use(root, page=draw.randrange(10) == 0)
        for top in (10**400, [{}] * 3, {}):
            path.write_text(json.dumps(top))
            use(root, page=False)
        path.write_bytes(raw)


def test_tables_of_other_kinds(root: Path) -> None:
    """Seven columns of every table get another type, nulls or odd values, or are dropped; tables are swapped."""
    draw = random.Random(3)
    tables = [root / "variants.parquet", *root.glob("episodes/*/*.parquet")]
    whole = {path: pq.read_table(path) for path in tables}
    for path, table in whole.items():
        n = len(table)
        for k in draw.sample(range(len(table.column_names)), 7):
            name = table.column_names[k]
            others = (
                pa.nulls(n), pa.nulls(n, table.schema.types[k]), pa.array(["x"] * n), pa.array([[1]] * n),
                pa.array([float("nan")] * n), pa.array([float("inf")] * n), pa.array([2**62] * n), pa.array([-1] * n),
                pa.array([b"\xff\xfe"] * n), pa.array([{"a": 1}] * n),
            )  # fmt: skip
            pq.write_table(table.set_column(k, name, draw.choice(others)), path)
            use(root, page=draw.randrange(3) == 0)
            if draw.randrange(4) == 0:
                pq.write_table(table.drop_columns([name]), path)
                use(root, page=False)
        for other in (*whole.values(), pa.table({}), table.slice(0, 0)):
            pq.write_table(other, path)
            use(root)
        pq.write_table(table, path)


# ---- nothing outside, nothing executed, nothing huge -----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["dataset.json", "variants.parquet", "episodes", "episodes/000000", "episodes/000000/labels.parquet",
     "episodes/000000/frames.parquet", "episodes/000000/calibration.json", "episodes/000000/variant.json",
     "episodes/000000/checksums.sha256", f"{FRONT}/rgb/000000.png", FRONT, "discarded"],
)  # fmt: skip
def test_links_that_lead_out_are_refused(root: Path, written: Path, tmp_path: Path, name: str) -> None:
    """What lies outside is a valid copy, so that only where it lies can be the reason."""
    outside = shutil.copytree(written, tmp_path / "outside")
    (outside / "discarded").mkdir()
    target = root / name
    if target.is_dir():
        shutil.rmtree(target)
    elif target.exists():
        target.unlink()
    target.symlink_to(outside / name)
    before = {p: p.stat().st_mtime_ns for p in outside.rglob("*")}
    said = use(root)
    try:
        said += verify(root)
    except DatasetError as error:
        said.append(str(error))
    assert any("leads out" in s for s in said), said
    assert before == {p: p.stat().st_mtime_ns for p in outside.rglob("*")}  # and nothing was written there


@pytest.mark.parametrize(
    "name", ["dataset.json", "variants.parquet", "episodes/000000/labels.parquet", "episodes/000000/entities.json",
             "episodes/000000/checksums.sha256", f"{FRONT}/rgb/000000.png", f"{FRONT}/depth/000001.npz"],
)  # fmt: skip
def test_pipes_are_not_waited_for(root: Path, name: str) -> None:
    """Nobody writes into the pipe: a plain open would wait for ever."""
    (root / name).unlink()
    os.mkfifo(root / name)
    said = use(root)
    assert any("pipe or device" in s or "no dataset" in s for s in said), said


def test_links_in_a_circle_and_names_that_cannot_be_printed(root: Path) -> None:
    """Both are legal on a disk; verify tells of them on lines that any terminal can show."""
    (root / "episodes/000000/a").symlink_to("b")
    (root / "episodes/000000/b").symlink_to("a")
    (root / os.fsdecode(b"episodes/000000/\xff\n\x1b[31m")).write_bytes(b"")
    problems = verify(str(root))
    assert any("???[31m" in p for p in problems) and any("'a' does not belong" in p for p in problems)
    assert all(p.isprintable() and p.encode() for p in problems)


class Boom:
    """Unpickling it would leave a file."""

    def __reduce__(self) -> Any:
        return os.mkdir, (os.environ["BOOM"],)


def _npz(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"{name}.npy", data)
    return out.getvalue()


def _npy(array: Any) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


def test_pickles_are_never_loaded(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an object array, as the whole file, in every kind of file; the sign of execution would be a folder."""
    monkeypatch.setenv("BOOM", str(tmp_path / "boom"))
    evil = pickle.dumps(Boom())
    pickle.loads(evil)  # it would work
    (tmp_path / "boom").rmdir()
    for path in files(root):
        raw = path.read_bytes()
        for data in (evil, _npy(np.array([Boom()], object)), _npz(depth=_npy(np.array([[Boom()]], object)))):
            path.write_bytes(data)
            use(root, page=False)
        path.write_bytes(raw)
    assert not (tmp_path / "boom").exists()


def peak_bytes(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _png(width: int, height: int, body: bytes) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(8192, 8192), (2**31 - 1, 2**31 - 1), (65_535, 1), (0, 0), (25, 16)])
def test_pictures_of_another_size_are_refused_from_their_header(root: Path, size: tuple[int, int]) -> None:
    """8192 x 8192 of 16-bit colour is 400 MB out of some kilobytes; the calibration says 24 x 16."""
    body = zlib.compress(b"\0" * 4_000_000, 9)
    (root / FRONT / "rgb/000000.png").write_bytes(_png(*size, body))
    view = Dataset(root).episodes[0].frames[0]["front"]

    def read() -> None:
        with pytest.raises(DatasetError, match=r"expected 24 x 16|at most 8192"):
            view["rgb"]

    assert peak_bytes(read) < 2**20


@pytest.mark.parametrize("claimed", [True, False])
def test_archives_that_grow_are_refused(root: Path, claimed: bool) -> None:
    """200 MB of zeros squeezed to 200 kB, with and without saying so in the directory."""
    bomb = _npz(depth=_npy(np.zeros(50_000_000, np.float32)))
    if not claimed:  # the directory says 128 bytes
        at = bomb.rindex(b"PK\x01\x02")
        bomb = bomb[: at + 24] + struct.pack("<I", 128) + bomb[at + 28 :]
    (root / FRONT / "depth/000000.npz").write_bytes(bomb)
    view = Dataset(root).episodes[0].frames[0]["front"]

    def read() -> None:
        with pytest.raises(DatasetError, match=r"limit|archive|header"):
            view["depth"]

    assert peak_bytes(read) < 4 * 2**20


def test_tables_that_grow_are_refused(tmp_path: Path) -> None:
    """Run lengths and dictionaries: a few kilobytes on disk that would be gigabytes of rows or of text."""
    many, texts = tmp_path / "many.parquet", tmp_path / "texts.parquet"
    with pq.ParquetWriter(many, pa.schema([(f"c{i}", pa.int64()) for i in range(60)]), compression="zstd") as file:
        part = pa.table({f"c{i}": np.zeros(1_000_000, np.int64) for i in range(60)})
        file.write_table(part)
    assert many.stat().st_size < 1_000_000
    with pytest.raises(DatasetError, match="at most"):
        read_parquet(many)
    long = pa.DictionaryArray.from_arrays(np.zeros(200_000, np.int32), ["x" * 100_000])  # 20 GB
    pq.write_table(pa.table({"name": long}).cast(pa.schema([("name", pa.dictionary(pa.int32(), pa.string()))])), texts,
                   store_schema=False, compression="zstd")  # fmt: skip
    assert texts.stat().st_size < 100_000
    assert peak_bytes(lambda: _refused(texts)) < 2**20


def _refused(path: Path) -> None:
    with pytest.raises(DatasetError, match="bytes of text"):
        read_parquet(path)


# ---- wrong kinds from Python -----------------------------------------------------------------------------------


@pytest.mark.parametrize("what", [None, 5, 1.5, b"out", ["out"], {}, "\0", "x" * 5000, "no/such", Dataset])
def test_what_is_no_folder(what: Any) -> None:
    """A folder is a str or a Path; everything else is answered with what was expected."""
    for door in (Dataset, Dataset.open, verify, write_report):
        with pytest.raises(DatasetError, match="folder"):
            door(what)


def test_a_path_opens_a_dataset(root: Path) -> None:
    """The three ways to say it are the same."""
    assert Dataset(root).digest() == Dataset(str(root)).digest() == Dataset.open(root).digest()
    assert verify(root) == verify(str(root)) == verify(Dataset(root)) == []


def test_questions_of_the_wrong_kind(root: Path) -> None:
    """Names that are none, numbers that are texts: one answer each, which names what there is."""
    dataset = Dataset(root)
    episode = dataset.episodes[0]
    frame = episode.frames[0]
    for odd in (None, 5, "nope", 1.5, b"front", [], -1):
        questions: list[Callable[[], object]] = [
            lambda o=odd: dataset.episode(o), lambda o=odd: episode.sensors[o], lambda o=odd: episode.channels(o),
            lambda o=odd: frame[o], lambda o=odd: frame.bodies[o], lambda o=odd: frame["front"][o],
            lambda o=odd: frame.boxes3d.find(o), lambda o=odd: frame["front"].boxes2d.find(o),
            lambda o=odd: episode.labels(frame=[o]), lambda o=odd: episode.labels(sensor=object()),
        ]  # fmt: skip
        for question in questions:
            with pytest.raises((DatasetError, ReadingError)) as caught:
                question()
            checked(caught.value)
    for position in (7, -9, "0", None):
        with pytest.raises(DatasetError, match="position"):
            dataset.episodes[position]  # type: ignore[call-overload]
    with pytest.raises(IndexError):  # what a Sequence promises
        dataset.episodes[1]


def test_a_tampered_manifest(root: Path) -> None:
    """A finished run without its digest, and with one that is none."""
    manifest = json.loads((root / "dataset.json").read_text())
    for digest in (None, 5, "", "zz" * 32):
        (root / "dataset.json").write_text(json.dumps({**manifest, "digest": digest}))
        with pytest.raises(DatasetError, match="'digest' should be 64 hexadecimal digits"):
            Dataset(root)


def test_a_number_of_400_digits(root: Path) -> None:
    """Too large for a float: the message does not repeat it."""
    path = root / "episodes/000000/calibration.json"
    data = json.loads(path.read_text())
    data["front"]["fx_px"] = 10**400
    path.write_text(json.dumps(data))
    with pytest.raises(DatasetError, match="'fx_px' should be a finite number, found a number of over 30 digits"):
        _ = Dataset(root).episodes[0].sensors


def test_rows_of_another_sensor_or_fault_are_refused(root: Path) -> None:
    """Each names the file and what should stand there; checksums that were made anew do not help."""
    for file, column, word, expected in (
        ("labels", "sensor", "elsewhere", "should be one of front"),
        ("frames", "fault", "nonsense", "should be one of blackout, freeze"),
    ):
        path = root / "episodes/000000" / f"{file}.parquet"
        table, before = pq.read_table(path), path.read_bytes()
        if file == "frames":
            for name, value in (("fault_settings", "{}"), ("fault_since_ns", 0)):
                at = table.schema.get_field_index(name)
                table = table.set_column(at, name, pa.array([value] * table.num_rows, table.schema.field(at).type))
        at = table.schema.get_field_index(column)
        pq.write_table(table.set_column(at, column, pa.array([word] * table.num_rows)), path)
        with pytest.raises(DatasetError, match=rf"{file}.parquet': '{column}' {expected}.*found .{word}"):
            _ = Dataset.open(root).episodes[0].frames[0]["front"].boxes2d
        path.write_bytes(before)
