"""glTF files made to do harm: each is refused with one clear line, before it costs memory or time."""

from __future__ import annotations

import base64
import contextlib
import copy
import json
import os
import random
import re
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simengine.errors import LimitError, SceneError, SimEngineError
from simengine.world import gltf, gltf_file
from simengine.world.gltf import load_gltf

RAW_PYTHON = re.compile(r"Error\b|invalid literal|not subscriptable|unhashable|out of range|has no attribute|NoneType")


def document(copies: int = 1, **node: Any) -> dict[str, Any]:
    """Nodes that show one triangle each, all the same, with a material and normals."""
    data = struct.pack("<9f", 0, 0, 0, 1, 0, 0, 0, 1, 0) + struct.pack("<9f", *(0, 0, 1) * 3)
    data += struct.pack("<3H", 0, 1, 2) + b"\0\0"
    views = [(0, 36), (36, 36), (72, 6)]
    return {
        "asset": {"version": "2.0"}, "scene": 0, "scenes": [{"nodes": [0]}],
        "nodes": [{"name": "root", "children": list(range(1, copies + 1)), "translation": [0.0, 1.0, 2.0]},
                  *({"mesh": 0, "name": "tri", "rotation": [0, 0, 0, 1], "scale": [1, 1, 1], **node}
                    for _ in range(copies))],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "material": 0}]}],
        "materials": [{"name": "red", "pbrMetallicRoughness": {"baseColorFactor": [1, 0, 0, 1], "roughnessFactor": 1}}],
        "accessors": [{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"},
                      {"bufferView": 1, "componentType": 5126, "count": 3, "type": "VEC3"},
                      {"bufferView": 2, "componentType": 5123, "count": 3, "type": "SCALAR", "byteOffset": 0}],
        "bufferViews": [{"buffer": 0, "byteOffset": a, "byteLength": n} for a, n in views],
        "buffers": [{"uri": "data:;base64," + base64.b64encode(data).decode(), "byteLength": 80}],
    }  # fmt: skip


def as_glb(doc: dict[str, Any]) -> bytes:
    text = json.dumps(doc).encode()
    text += b" " * (-len(text) % 4)
    data = base64.b64decode(doc["buffers"][0]["uri"].partition(",")[2]) if "uri" in doc["buffers"][0] else b""
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(data), 0x004E4942) + data
    return b"glTF" + struct.pack("<II", 2, 12 + len(body)) + body


def load(folder: Path, doc: object) -> Any:
    (folder / "a.gltf").write_text(json.dumps(doc))
    return load_gltf(folder / "a.gltf")


def at(doc: Any, *path: Any) -> Any:
    for key in path:
        doc = doc[key]
    return doc


def changed(value: Any, *path: Any) -> dict[str, Any]:
    doc = document()
    at(doc, *path[:-1])[path[-1]] = value
    return doc


def test_the_document_that_everything_here_breaks_is_fine(tmp_path: Path) -> None:
    """Else the tests below would pass for a reason that is not theirs."""
    scene = load(tmp_path, document(3))
    assert [e.name for e in scene.entities] == ["tri", "tri#2", "tri#3"] and len(scene.meshes) == 1


@pytest.mark.parametrize(
    ("doc", "says"),
    [
        (changed(-1, "scene"), "'scene' of the document should be the index of one of the file's 1 scenes, found -1"),
        (changed(True, "scene"), "found True"),
        (changed([-1], "scenes", 0, "nodes"), "indices"),
        (changed([-2], "nodes", 0, "children"), "indices"),
        (changed(-1, "nodes", 1, "mesh"), "'mesh' of node 1"),
        (changed(-1, "meshes", 0, "primitives", 0, "attributes", "POSITION"), "found -1"),
        (changed(-3, "meshes", 0, "primitives", 0, "indices"), "found -3"),
        (changed(-1, "meshes", 0, "primitives", 0, "material"), "found -1"),
        (changed(1, "meshes", 0, "primitives", 0, "material"), "1 materials"),
        (changed(-1, "accessors", 0, "bufferView"), "found -1"),
        (changed(-3, "accessors", 0, "count"), "whole number >= 0, found -3"),
        (changed(-36, "accessors", 0, "byteOffset"), "found -36"),
        (changed(5126, "accessors", 2, "componentType"), "unsigned"),
        (changed(-1, "bufferViews", 0, "buffer"), "found -1"),
        (changed(0, "bufferViews", 0, "byteStride"), "past the end"),
        (changed(10**400, "bufferViews", 0, "byteStride"), "past the end"),
        (changed(10**400, "nodes", 1, "scale", 0), "3 finite numbers"),
        (changed("1", "nodes", 1, "scale", 0), "3 finite numbers"),
        (changed([1, 1, 0], "nodes", 1, "scale"), "flattens"),
        (changed([1e-200, 1e-200, 0], "nodes", 1, "scale"), "flattens"),
        (changed([1e300, 1e300, 1e300], "nodes", 0, "scale"), "over 1e.09 m away|flattens|finite"),
        (changed([1e200, 0, 0, 0], "nodes", 1, "rotation"), "quaternion"),
        (changed([0.0] * 16, "nodes", 1, "matrix"), "affine"),
        (changed([1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], "nodes", 1, "matrix"), "flattens"),
        (changed([1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], "nodes", 1, "matrix"), "affine"),
        (changed([1e12, 0, 0], "nodes", 1, "translation"), "m away"),
        (changed([0], "nodes", 1, "children"), "cycle"),
        (changed([1], "nodes", 1, "children"), "placed twice, or a cycle"),
        (changed(None, "meshes", 0, "primitives", 0), "mesh 0, primitive 0 should be an object, found null"),
        (changed({"uri": 5}, "buffers", 0), "'uri'"),
        (changed({"uri": "a\0b"}, "buffers", 0), "outside"),
        (changed({"uri": "a%00b"}, "buffers", 0), "outside"),
        (changed({"uri": "\ud800"}, "buffers", 0), "outside"),
        (changed(40, "materials", 0, "pbrMetallicRoughness", "roughnessFactor"),
         r"'roughnessFactor' of 'pbrM.*' of material 0 \('red'\) should be a number from 0 to 1, found 40;"),
        (changed(-3, "materials", 0, "pbrMetallicRoughness", "roughnessFactor"), "from 0 to 1, found -3"),
        (changed(7, "materials", 0, "pbrMetallicRoughness", "metallicFactor"), "from 0 to 1, found 7"),
        (changed([50, -3, 1, 1], "materials", 0, "pbrMetallicRoughness", "baseColorFactor"),
         r"\('red'\) should be 4 numbers from 0 to 1, found \[50, -3, 1, 1\];"),
        ([], "the document should be an object, found a list of 0"),
    ],
)  # fmt: skip
def test_what_breaks_a_rule_is_named(tmp_path: Path, doc: Any, says: str) -> None:
    """Python takes -1 as "the last one", True as 1 and "1" as a number's text: none of these is what a file means."""
    with pytest.raises(SceneError, match=says) as caught:
        load(tmp_path, doc)
    assert "\n" not in str(caught.value) and not RAW_PYTHON.search(str(caught.value))


def test_cycles_apart_from_the_scene_and_without_scenes(tmp_path: Path) -> None:
    """Nodes 1 and 2 are children of each other. Nothing leads to them, so a walk from the roots never sees them."""
    doc = document(2)
    doc["nodes"][0].pop("children")
    doc["nodes"][1]["children"], doc["nodes"][2]["children"] = [2], [1]
    with pytest.raises(SceneError, match="cycle"):
        load(tmp_path, doc)
    del doc["scenes"], doc["scene"]
    with pytest.raises(SceneError, match="cycle"):
        load(tmp_path, doc)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_vertices_that_are_no_numbers(tmp_path: Path, value: float) -> None:
    """In the binary data, where JSON cannot refuse them."""
    doc = document()
    raw = bytearray(base64.b64decode(doc["buffers"][0]["uri"].partition(",")[2]))
    raw[4:8] = struct.pack("<f", value)
    doc["buffers"][0]["uri"] = "data:;base64," + base64.b64encode(raw).decode()
    with pytest.raises(SceneError, match="no finite numbers"):
        load(tmp_path, doc)


def peak_bytes(work: Callable[[], object]) -> int:
    """Most memory that Python and NumPy held at once during some work that must fail with an error of ours."""
    tracemalloc.start()
    try:
        with pytest.raises((SceneError, LimitError)):
            work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("count", [50_000_000, 10**9, 10**30])
def test_vertices_without_data_cost_nothing(tmp_path: Path, count: int) -> None:
    """The format says that an accessor without a bufferView is all zeros: 10 bytes of text would be 600 MB and more."""
    doc = document()
    doc["accessors"][0] = {"componentType": 5126, "count": count, "type": "VEC3"}
    doc["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 0}}]
    assert peak_bytes(lambda: load(tmp_path, doc)) < 2**20


def test_one_large_accessor_shared_by_many_primitives(tmp_path: Path) -> None:
    """Each primitive copies its vertices: what counts is their sum, not the largest."""
    doc = document()
    doc["accessors"][0]["count"] = 1_000_000
    doc["meshes"][0]["primitives"] *= 100
    assert peak_bytes(lambda: load(tmp_path, doc)) < 2**21
    with pytest.raises(LimitError, match="1e\\+08 vertices"):
        load(tmp_path, doc)


def test_copies_of_scaled_nodes_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty nodes show one triangle. As it is, one is stored; scaled, each is a mesh of its own."""
    monkeypatch.setattr(gltf, "MAX_TRIANGLES", 30)
    assert len(load(tmp_path, document(40)).meshes) == 1
    assert len(load(tmp_path, document(28, scale=[2, 1, 1])).meshes) == 28
    with pytest.raises(LimitError, match="41 triangles, copies for scaled nodes included; at most 30"):
        load(tmp_path, document(40, scale=[2, 1, 1]))


def test_many_equal_names_and_many_nodes_of_one_large_mesh(tmp_path: Path) -> None:
    """Work per node must not grow with the nodes before it, nor with the mesh: counted in vertices of 40,000 triangles
    times 400 nodes, a copy each would be 500 MB."""
    doc = document(400)
    points = np.zeros((120_000, 3), np.float32)
    points[::3, 0], points[1::3, 1] = 1.0, 1.0
    doc["buffers"].append({"uri": "big.bin", "byteLength": points.nbytes})
    (tmp_path / "big.bin").write_bytes(points.tobytes())
    doc["bufferViews"].append({"buffer": 1, "byteLength": points.nbytes})
    doc["accessors"].append({"bufferView": 3, "componentType": 5126, "count": len(points), "type": "VEC3"})
    doc["meshes"][0]["primitives"] = [{"attributes": {"POSITION": 3}}]
    tracemalloc.start()
    try:
        scene = load(tmp_path, doc)
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()
    assert len(scene.entities) == 400 and scene.entities[-1].name == "tri#400"
    taken: dict[str, int] = {}
    assert [gltf._unique("a", taken) for _ in range(100_000)][-1] == "a#100000"  # (quadratic: an hour)


def test_the_same_buffer_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit holds for all buffers together: a small file may name a large one many times."""
    (tmp_path / "b.bin").write_bytes(b"\0" * 3000)
    monkeypatch.setattr(gltf_file, "MAX_BYTES", 8000)
    doc = document()
    doc["buffers"] = [{"uri": "b.bin", "byteLength": 3000}] * 3
    for k, view in enumerate(doc["bufferViews"]):
        view["buffer"] = k
    with pytest.raises(LimitError, match=r"together|all its buffers"):
        load(tmp_path, doc)


def test_json_that_blows_up_is_counted_first(tmp_path: Path) -> None:
    """15 MB of "[],[],..." would be 5 million lists: 400 MB. It is refused for the text's own size in memory."""
    (tmp_path / "a.gltf").write_bytes(b"[" + b"[]," * 5_000_000 + b"0]")
    assert peak_bytes(lambda: load_gltf(tmp_path / "a.gltf")) < 40 * 2**20
    (tmp_path / "a.gltf").write_bytes(b"[" * 100_000)
    with pytest.raises(SceneError, match="nests too deep"):
        load_gltf(tmp_path / "a.gltf")
    (tmp_path / "a.gltf").write_bytes(b'{"scene": ' + b"9" * 10_000 + b"}")
    with pytest.raises(SceneError, match="thousands of digits"):
        load_gltf(tmp_path / "a.gltf")


@pytest.mark.parametrize("inner", [False, True])
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path, inner: bool) -> None:
    """Nobody writes into the pipe: opening it as a file would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    doc = document()
    doc["buffers"][0] = {"uri": "pipe", "byteLength": 80}
    with pytest.raises(SceneError, match="expected a file, found a folder, pipe or device"):
        _ = load(tmp_path, doc) if inner else load_gltf(tmp_path / "pipe")
    with pytest.raises(SceneError, match="expected a file"):
        load_gltf("/dev/zero")
    with pytest.raises(SceneError, match="expected a file"):
        load_gltf(tmp_path)


@pytest.mark.parametrize("path", [5, None, b"a.glb", ["a.glb"]])
def test_what_is_no_path(path: Any) -> None:
    """From Python anything can be passed; the answer says what is expected."""
    with pytest.raises(SceneError, match="needs the path"):
        load_gltf(path)


def test_out_of_memory_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has none left: no traceback, and what to do about it."""

    def none_left(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(gltf.GltfFile, "values", none_left)
    with pytest.raises(LimitError, match="needs more memory than there is"):
        load(tmp_path, document())


# ---- random ----------------------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None, True, False, -1, 0, 1, 2, 3, 255, 2**31, 2**63, 10**400, -(10**400), 0.5, -0.0, 1e-320, 1e308, 1.0, "", "0",
    "x" * 5000, "VEC3", "\ud800", "..", "/dev/zero", "pipe", ".", [], [[]], [0], [-1], [0, 0], [1e308] * 3, [0.0] * 16,
    {}, {"POSITION": 0}, {"uri": "pipe"}, {"bufferView": 0, "componentType": 5126, "count": 2**40, "type": "VEC3"},
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [p for k, v in items for p in places(v, (*path, k))]


def mutate(doc: Any, draw: random.Random) -> None:
    """Change, delete, double or swap something."""
    path = draw.choice(places(doc) or [()])
    if not path:
        return
    holder = at(doc, *path[:-1])
    match draw.randrange(5):
        case 0 | 1:
            holder[path[-1]] = copy.deepcopy(draw.choice(ODD))
        case 2 if isinstance(holder, dict):
            del holder[path[-1]]
        case 3 if isinstance(holder, list):
            holder.insert(draw.randrange(len(holder) + 1), holder[path[-1]])
        case _:
            other = draw.choice(places(doc))
            holder[path[-1]] = copy.deepcopy(at(doc, *other))


def attempt(path: Path) -> str:
    """The error, or nothing; any other exception than ours goes through."""
    try:
        load_gltf(path)
    except SimEngineError as error:
        text = str(error)
        assert isinstance(error, SceneError | LimitError) and "\n" not in text and len(text) < 600, text
        assert not RAW_PYTHON.search(text) and "do not fit together" not in text, (path, text)
        return text
    return ""


def random_document(draw: random.Random) -> bytes:
    """A document with one to four odd values, as text or in a container."""
    doc = document(2)
    for _ in range(draw.randrange(1, 5)):
        mutate(doc, draw)
    with contextlib.suppress(ValueError, AttributeError, TypeError, LookupError):  # the buffer to embed may be broken
        if draw.randrange(3) == 0:
            return as_glb(doc)
    return json.dumps(doc).encode()


def test_random_documents(tmp_path: Path) -> None:
    """They load or are one error, in little memory.

    The sum of the sizes in these documents is some kilobytes, so a peak of 16 MB leaves room for imports only.
    """
    os.mkfifo(tmp_path / "pipe")
    draw, found, path = random.Random(0), set[str](), tmp_path / "a.gltf"
    documents = [random_document(draw) for _ in range(1500)]
    tracemalloc.start()
    try:
        for text in documents:
            path.write_bytes(text)
            found.add(re.sub(r"\d+|'[^']*'", "", attempt(path))[:60])
        assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    finally:
        tracemalloc.stop()
    assert len(found) > 20 and "" in found  # many kinds of refusal were reached, and some documents were fine


def test_random_bytes(tmp_path: Path) -> None:
    """1,000 containers with bytes changed, cut out or put in anywhere, lengths and magic numbers included."""
    whole = as_glb(document(2))
    draw, path = random.Random(1), tmp_path / "a.glb"
    for _ in range(1000):
        raw = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            k = draw.choice((draw.randrange(len(raw)), draw.randrange(24)))
            match draw.randrange(4):
                case 0:
                    raw[k] = draw.randrange(256)
                case 1:
                    raw[k : k + 4] = draw.choice((b"\xff" * 4, b"\0" * 4, struct.pack("<I", draw.randrange(2**32))))
                case 2:
                    del raw[k : k + draw.randrange(1, 40)]
                case _:
                    raw[k:k] = raw[: draw.randrange(1, 40)]
            if not raw:
                break
        path.write_bytes(bytes(raw))
        attempt(path)
