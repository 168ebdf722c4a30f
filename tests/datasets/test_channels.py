"""Channels as files and back: exact where promised, bounded error where documented, clear refusal otherwise."""

from __future__ import annotations

import numpy as np
import pytest

from simengine.datasets.channels import FORMATS, decode_channel, decode_scan, encode_channel, encode_scan
from simengine.errors import DatasetError
from simengine.render.protocol import (
    CAMERA_CHANNELS,
    FINE_CHANNELS,
    LABEL_CHANNELS,
    MOTION_CHANNELS,
    POINT_FIELDS,
    SENSOR_CHANNELS,
    STEREO_CHANNELS,
)
from tests.datasets.fakes import lidar, lidar_reading, scene_arrays

SIZE = (33, 21)


def test_every_channel_of_the_protocol_has_a_format() -> None:
    """The set of channels is closed; dtype and shape here must be those that renderers promise in the protocol."""
    assert list(FORMATS) == [
        *CAMERA_CHANNELS, *STEREO_CHANNELS, *LABEL_CHANNELS, *MOTION_CHANNELS, *SENSOR_CHANNELS, *FINE_CHANNELS
    ]  # fmt: skip
    for name, text in {
        **CAMERA_CHANNELS,
        **STEREO_CHANNELS,
        **LABEL_CHANNELS,
        **MOTION_CHANNELS,
        **SENSOR_CHANNELS,
        **FINE_CHANNELS,
    }.items():
        shape = f"(H, W, {FORMATS[name].components})" if FORMATS[name].components else "(H, W)"
        assert text.startswith(f"{FORMATS[name].dtype} {shape}"), name


@pytest.mark.parametrize("name", [n for n in FORMATS if n not in ("normal", "albedo")])
@pytest.mark.parametrize("small", [False, True])
def test_exact_channels_come_back_bit_for_bit(name: str, small: bool) -> None:
    """All but normal and albedo are lossless, inf included (missing depth is +inf)."""
    rng, (w, h) = np.random.default_rng(3), SIZE
    shape = (h, w, FORMATS[name].components) if FORMATS[name].components else (h, w)
    if FORMATS[name].dtype == "float32":
        array = rng.normal(size=shape).astype(np.float32)
        array[0, :5] = np.inf
    elif FORMATS[name].dtype in ("uint8", "uint16"):
        high = np.iinfo(FORMATS[name].dtype).max
        array = rng.integers(0, high, shape, FORMATS[name].dtype, endpoint=True)
    else:
        low, high = {"semantic": (0, 256), "panoptic": (0, 1 << 24)}.get(name, (-1, 65534))
        array = rng.integers(low, high, shape).astype(np.int32)
        array[0, 0], array[0, 1] = low, high - 1
    back = decode_channel(name, b"".join(encode_channel(name, array, SIZE, small=small)), SIZE, "x")
    assert back.dtype == array.dtype and back.tobytes() == array.tobytes()


def test_normals_keep_their_documented_precision_and_zero_is_exact() -> None:
    """Rounding to steps of 1/32767 is off by half a step at most: 1.53e-5; zero (nothing hit) is a step itself."""
    n = np.random.default_rng(4).normal(size=(*SIZE[::-1], 3))
    n = (n / np.linalg.norm(n, axis=-1, keepdims=True)).astype(np.float32)
    n[0], n[1, 0], n[1, 1] = 0, (1, 0, 0), (0, -1, 0)
    back = decode_channel("normal", b"".join(encode_channel("normal", n, SIZE)), SIZE, "x")
    assert np.abs(back.astype(np.float64) - n).max() <= 0.5 / 32767 + 1e-7
    assert np.array_equal(back[0], n[0]) and np.array_equal(back[1, :2], n[1, :2])


def test_albedo_keeps_its_documented_precision() -> None:
    """Steps of 1/65535 over 0..1: off by 7.63e-6 at most, the ends exact."""
    a = np.random.default_rng(5).random((*SIZE[::-1], 3)).astype(np.float32)
    a[0, 0], a[0, 1] = 0.0, 1.0
    back = decode_channel("albedo", b"".join(encode_channel("albedo", a, SIZE)), SIZE, "x")
    assert np.abs(back.astype(np.float64) - a).max() <= 0.5 / 65535 + 1e-7
    assert back[0, 0, 0] == 0.0 and back[0, 1, 0] == 1.0


@pytest.mark.parametrize(
    ("name", "change", "word"),
    [
        ("instance", lambda a: np.full_like(a, 65534), "65534"),
        ("semantic", lambda a: np.full_like(a, -1), "-1"),
        ("normal", lambda a: np.full_like(a, 1.5), "unit range"),
        ("normal", lambda a: np.full_like(a, np.nan), "unit range"),
        ("depth", lambda a: a.astype(np.float64), "float64"),
        ("depth", lambda a: a[:-1], "must be float32"),
        ("rgb", lambda a: a[..., 0], "must be uint8"),
        ("colour", lambda a: a, "no camera channel"),
    ],
)
def test_arrays_that_cannot_be_stored_are_refused(name: str, change: object, word: str) -> None:
    """Never clip or wrap silently: an id over 65533 in 16 bits would become another instance."""
    arrays = scene_arrays(SIZE, 0, 0)
    with pytest.raises(DatasetError, match=word):
        encode_channel(name, change(arrays.get(name, arrays["rgb"])), SIZE)  # type: ignore[operator]


def test_a_scan_comes_back_with_every_field_exact() -> None:
    """PLY holds float32 and int32 as they are."""
    points = lidar_reading(lidar(), 2).points
    back = decode_scan("points", b"".join(encode_scan("points", points)), "x")
    assert list(back) == list(POINT_FIELDS)
    for field, array in points.items():
        assert back[field].dtype == array.dtype and np.array_equal(back[field], array), field


def test_a_scan_with_missing_or_wrong_fields_is_refused() -> None:
    """The message names the field."""
    points = dict(lidar_reading(lidar(), 0).points)
    with pytest.raises(DatasetError, match="'ring' must be int32"):
        encode_scan("points", {**points, "ring": points["ring"].astype(np.int64)})
    del points["intensity"]
    with pytest.raises(DatasetError, match="missing: intensity"):
        encode_scan("points", points)


def test_a_file_of_another_size_or_kind_is_refused() -> None:
    """The calibration's size is what consumers allocate by; a swapped file must not get through."""
    data = b"".join(encode_channel("depth", scene_arrays(SIZE, 0, 0)["depth"], SIZE))
    with pytest.raises(DatasetError, match="depth"):
        decode_channel("depth", data, (SIZE[0] + 1, SIZE[1]), "x")
    with pytest.raises(DatasetError, match="member 'range'"):
        decode_channel("range", data, SIZE, "x")
    rgb = b"".join(encode_channel("rgb", scene_arrays(SIZE, 0, 0)["rgb"], SIZE))
    with pytest.raises(DatasetError, match="uint8 samples"):
        decode_channel("instance", rgb, SIZE, "x")
