"""File formats against independent readers: OpenCV for PNG, NumPy for NPZ, trimesh for PLY."""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib

import cv2
import numpy as np
import pytest
import trimesh
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from simengine.datasets import encode
from simengine.datasets.decode import decode_npz, decode_ply, decode_png
from simengine.errors import DatasetError


def encode_png(image: np.ndarray) -> bytes:
    """The whole file."""
    return b"".join(encode.encode_png(image))


def encode_npz(arrays: dict[str, np.ndarray], *, deflate: bool = False) -> bytes:
    """The whole file."""
    return b"".join(encode.encode_npz(arrays, deflate=deflate))


def encode_ply(columns: dict[str, np.ndarray], comments: tuple[str, ...] = ()) -> bytes:
    """The whole file."""
    return b"".join(encode.encode_ply(columns, comments))


IMAGES = st.tuples(
    st.sampled_from([np.uint8, np.uint16]), st.integers(1, 40), st.integers(1, 40), st.sampled_from([0, 3])
).flatmap(lambda t: hnp.arrays(t[0], (t[1], t[2], 3) if t[3] else (t[1], t[2])))


@settings(max_examples=60, deadline=None)
@given(IMAGES)
def test_png_is_read_by_opencv_as_it_was_written(image: np.ndarray) -> None:
    """PNG is lossless, so an independent decoder must give every sample back (OpenCV's channel order is BGR)."""
    seen = cv2.imdecode(np.frombuffer(encode_png(image), np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen.dtype == image.dtype
    assert np.array_equal(seen[..., ::-1] if image.ndim == 3 else seen, image)
    assert np.array_equal(decode_png(encode_png(image), "x"), image)


def test_png_chunks_carry_correct_lengths_and_checksums() -> None:
    """Walks the chunks as the standard defines them: length, type, data, CRC-32 of type and data; ends with IEND."""
    data, at, names = encode_png(np.arange(300, dtype=np.uint16).reshape(10, 30)), 8, []
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length]) == (zlib.crc32(name + body),)
        names.append(name)
        at += 12 + length
    assert names == [b"IHDR", b"IDAT", b"IEND"]


def test_npz_is_read_by_numpy_bit_for_bit() -> None:
    """NaN payloads, infinities, signed zeros and subnormals must survive: compared as bytes, not as numbers."""
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, (50, 70), dtype=np.uint32)
    values = bits.view(np.float32)
    for deflate in (False, True):
        data = encode_npz({"depth": values, "n": np.arange(5)}, deflate=deflate)
        with np.load(io.BytesIO(data), allow_pickle=False) as seen:
            assert seen["depth"].tobytes() == bits.tobytes()
            assert seen["n"].tolist() == [0, 1, 2, 3, 4]
        assert decode_npz(data, "x")["depth"].tobytes() == bits.tobytes()


@pytest.mark.parametrize("deflate", [False, True])
def test_archives_are_those_of_the_standard_library(deflate: bool) -> None:
    """``zipfile`` is an independent writer and checker of the format: same members, dates, kinds and checksums."""
    arrays = {"depth": np.arange(5000, dtype=np.float32), "empty": np.zeros(0, np.int16)}
    with zipfile.ZipFile(io.BytesIO(encode_npz(arrays, deflate=deflate))) as archive:
        assert archive.testzip() is None
        infos = archive.infolist()
    assert [i.filename for i in infos] == ["depth.npy", "empty.npy"]
    kind = zipfile.ZIP_DEFLATED if deflate else zipfile.ZIP_STORED
    for info in infos:
        assert info.compress_type == kind and info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.create_system == 3 and info.external_attr == 0o644 << 16 and not info.flag_bits
    assert deflate == (infos[0].compress_size < infos[0].file_size)


def test_large_arrays_are_not_copied() -> None:
    """What goes to the disk is the array's own memory: writing a frame costs no second frame."""
    depth = np.ones((100, 200), np.float32)
    assert any(np.shares_memory(np.asarray(part), depth) for part in encode.encode_npz({"depth": depth}))


def test_bytes_depend_on_the_array_only() -> None:
    """No dates, no memory layout: a transposed-in-memory copy of equal values gives equal files."""
    image = np.random.default_rng(1).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    odd = np.asfortranarray(image)
    assert encode_png(image) == encode_png(odd)
    depth = image[..., 0].astype(np.float32)
    first = hashlib.sha256(encode_npz({"depth": depth})).digest()
    assert first == hashlib.sha256(encode_npz({"depth": np.ascontiguousarray(depth.T).T})).digest()


def test_ply_is_read_by_trimesh() -> None:
    """trimesh parses the header and the records by itself; positions must be equal to the last bit."""
    xyz = np.random.default_rng(2).normal(size=(100, 3)).astype(np.float32)
    columns = {"x": xyz[:, 0], "y": xyz[:, 1], "z": xyz[:, 2], "ring": np.arange(100, dtype=np.int32)}
    data = encode_ply(columns, ("made by a test",))
    cloud = trimesh.load(io.BytesIO(data), file_type="ply")
    assert np.array_equal(np.asarray(cloud.vertices, np.float32), xyz)
    back = decode_ply(data, "x")
    assert list(back) == list(columns) and back["ring"].dtype == np.int32
    assert all(np.array_equal(back[k], columns[k]) for k in columns)


def test_an_empty_cloud_is_a_cloud() -> None:
    """A LiDAR in an empty world returns nothing; its file must still be readable."""
    data = encode_ply({"x": np.zeros(0, np.float32)})
    assert decode_ply(data, "x")["x"].shape == (0,)


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: encode_png(np.zeros((2, 2))), "float64"),
        (lambda: encode_png(np.zeros((2, 2, 4), np.uint8)), "(2, 2, 4)"),
        (lambda: encode_npz({"a": np.array([object()])}), "objects"),
        (lambda: encode_ply({"x": np.zeros(2, np.int64)}), "int64"),
        (lambda: encode_ply({"x": np.zeros(2), "y": np.zeros(3)}), "one shape"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_by_name(call: object, word: str) -> None:
    """The message must name what was found, so that the caller can convert it."""
    with pytest.raises(DatasetError, match=word.replace("(", r"\(").replace(")", r"\)")):
        call()  # type: ignore[operator]


PLY = encode_ply({"x": np.arange(4, dtype=np.float32), "y": np.arange(4, dtype=np.int32)})
NPZ = encode_npz({"depth": np.arange(12, dtype=np.float32).reshape(3, 4)})
PNG = encode_png(np.arange(48, dtype=np.uint8).reshape(4, 4, 3))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([(decode_ply, PLY), (decode_npz, NPZ), (decode_png, PNG)]), st.data())
def test_damaged_files_end_in_one_error_or_in_arrays(reader: tuple, data: st.DataObject) -> None:
    """Cut, flip and insert anywhere: the reader either still reads (a flipped value) or raises DatasetError, only."""
    decode, good = reader
    raw = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        match data.draw(st.sampled_from(["flip", "cut", "insert"])):
            case "flip":
                raw[at] ^= data.draw(st.integers(1, 255))
            case "cut":
                del raw[at : at + data.draw(st.integers(1, 40))]
            case _:
                raw[at:at] = data.draw(st.binary(min_size=1, max_size=20))
        if not raw:
            break
    try:
        decode(bytes(raw), "damaged")
    except DatasetError as error:
        assert "damaged" in str(error)


def test_headers_that_promise_the_moon_take_no_memory() -> None:
    """A header of 10^11 elements over 48 bytes of data must be refused from the sizes alone."""
    head = b"ply\nformat binary_little_endian 1.0\nelement vertex 99999999999\nproperty float x\nend_header\n"
    with pytest.raises(DatasetError, match="promises 99999999999 points"):
        decode_ply(head + b"\0" * 48, "bomb.ply")
    wide = struct.pack(">II", 2**31 - 1, 2**31 - 1)
    with pytest.raises(DatasetError, match="8192 px"):
        decode_png(PNG[:16] + wide + PNG[24:], "bomb.png")
    bomb = NPZ.replace(b"(3, 4), }", b"(9, 9), }")
    with pytest.raises(DatasetError):
        decode_npz(bomb, "bomb.npz")
    with pytest.raises(DatasetError, match="over the limit"):
        decode_npz(encode_npz({"a": np.zeros(2_000_000)}, deflate=True), "zip.npz", 1_000_000)


def test_pickles_are_never_read() -> None:
    """An object array in an archive of someone else's making would run code when unpickled: it must be refused."""
    out = io.BytesIO()
    np.savez(out, depth=np.array([{"a": 1}], dtype=object))
    with pytest.raises(DatasetError):
        decode_npz(out.getvalue(), "evil.npz")
