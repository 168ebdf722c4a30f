"""Meshes and folders of users: what is read, what is refused, and that four formats say the same."""

from __future__ import annotations

import base64
import json
import math
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image

from simengine.engine.catalogue import libraries
from simengine.errors import LimitError, SceneError
from simengine.language import check_text
from simengine.world import mesh_file
from simengine.world.folder_library import read_folder
from simengine.world.mesh_file import Surface, read_surface

RED = (200, 30, 30, 255)
LINEAR_RED = [
    ((200 / 255 + 0.055) / 1.055) ** 2.4,
    ((30 / 255 + 0.055) / 1.055) ** 2.4,
    ((30 / 255 + 0.055) / 1.055) ** 2.4,
]


def drum() -> trimesh.Trimesh:
    mesh = trimesh.creation.cylinder(0.5, 2.0, sections=32)
    mesh.visual.face_colors = RED
    return mesh


def area(surface: Surface) -> float:
    a, b, c = (surface.vertices[surface.faces[:, k]] for k in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


@pytest.mark.parametrize("ending", ["glb", "obj", "ply", "stl"])
def test_one_mesh_in_every_format_is_one_surface(ending: str, tmp_path: Path) -> None:
    """A prism of 32 sides: 64 side and 64 cap triangles; its area by formula; the side is smooth (neighbours meet at
    360/32 = 11.25 deg), the rim is an edge. All formats but STL keep the colour, which is sRGB in the files."""
    drum().export(tmp_path / f"drum.{ending}")
    read = read_surface(tmp_path / f"drum.{ending}")
    side = 2 * 0.5 * math.sin(math.pi / 32)
    assert len(read.faces) == 128 and read.closed and not read.flipped
    assert area(read) == pytest.approx(32 * side * 2.0 + 2 * 0.5 * 32 * 0.25 * math.sin(2 * math.pi / 32), rel=1e-5)
    out = np.abs(read.normals[:, 2]) < 0.5
    radial = read.vertices[out, :2] / np.linalg.norm(read.vertices[out, :2], axis=1, keepdims=True)
    assert np.abs(read.normals[out, :2] - radial).max() < 0.05  # a corner of the prism may lean to one of two triangles
    assert np.abs(np.abs(read.normals[~out, 2]) - 1.0).max() < 1e-6
    if ending != "stl":
        assert read.albedo.tolist() == [pytest.approx(LINEAR_RED, abs=0.005)]


def test_a_closed_mesh_inside_out_is_turned(tmp_path: Path) -> None:
    """Reversed faces have a negative volume; turned, the normals of a sphere are its radii again."""
    ball = trimesh.creation.icosphere(3)
    trimesh.Trimesh(ball.vertices, ball.faces[:, ::-1], process=False).export(tmp_path / "ball.ply")
    read = read_surface(tmp_path / "ball.ply")
    assert read.flipped and (read.normals * read.vertices).sum(1).min() > 0.99


def test_mirrored_nodes_of_a_gltf_file_face_outward(tmp_path: Path) -> None:
    """A node scaled by -1 along x shows its mesh mirrored: the volume of both halves is positive all the same."""
    scene = trimesh.Scene()
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    scene.add_geometry(box, transform=trimesh.transformations.translation_matrix((2, 0, 0)))
    scene.add_geometry(
        box, transform=np.diag([-1.0, 1.0, 1.0, 1.0]) @ trimesh.transformations.translation_matrix((2, 0, 0))
    )
    scene.export(tmp_path / "two.glb")
    read = read_surface(tmp_path / "two.glb")
    for sign in (1, -1):
        own = read.faces[(read.vertices[read.faces].mean(1)[:, 0] * sign) > 0]
        a, b, c = (read.vertices[own[:, k]] - [2.0 * sign, 0, 0] for k in range(3))
        assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(1.0, abs=1e-6)


def textured(tmp_path: Path, pixels: np.ndarray[Any, Any], size: float = 1.0) -> Path:
    """A square in the plane z = 0 whose picture fills it: u along x, v along y."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], float) * size
    skin = trimesh.visual.material.PBRMaterial(
        baseColorTexture=Image.fromarray(pixels), metallicFactor=0.0, roughnessFactor=0.4
    )
    visual = trimesh.visual.TextureVisuals(points[:, :2] / size, material=skin)
    trimesh.Trimesh(points, [[0, 1, 2], [0, 2, 3]], visual=visual, process=False).export(tmp_path / "card.glb")
    return tmp_path / "card.glb"


def test_a_texture_is_painted_on_small_faces(tmp_path: Path) -> None:
    """Left half white, right half black, and a red quarter at the lower left (the last rows of the picture, v = 0):
    away from the borders every face has the colour of its place, and the area shares are 1/4, 1/4, 1/2."""
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, :32] = 255
    pixels[32:, :32] = (255, 0, 0)
    read = read_surface(textured(tmp_path, pixels))
    middle = read.vertices[read.faces].mean(1)
    colour = read.albedo[read.look]
    inner = (np.abs(middle[:, :2] - 0.5) > 0.03).all(1)
    left, low = middle[inner, 0] < 0.5, middle[inner, 1] < 0.5
    want = np.where((left & ~low)[:, None], [1.0, 1.0, 1.0], np.where((left & low)[:, None], [1.0, 0, 0], [0.0, 0, 0]))
    assert len(read.faces) > 2000 and np.abs(colour[inner] - want).max() < 0.02
    assert read.roughness == pytest.approx(np.full(len(read.albedo), 0.4)) and read.metalness.max() == 0.0


def test_many_colours_become_few_and_keep_the_mean(tmp_path: Path) -> None:
    """A picture of noise has thousands of colours: at most 48 are kept, and the mean colour stays."""
    pixels = np.random.default_rng(3).integers(0, 256, (256, 256, 3)).astype(np.uint8)
    read = read_surface(textured(tmp_path, pixels))
    s = pixels / 255.0
    mean = np.where(s <= 0.04045, s / 12.92, ((s + 0.055) / 1.055) ** 2.4).mean((0, 1))
    a, b, c = (read.vertices[read.faces[:, k]] for k in range(3))
    weight = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    assert len(read.albedo) <= 48
    assert (read.albedo[read.look] * weight[:, None]).sum(0) / weight.sum() == pytest.approx(mean, abs=0.01)


def refused(path: Path, kind: type[Exception], *words: str) -> None:
    with pytest.raises(kind) as caught:
        read_surface(path)
    assert "\n" not in str(caught.value) and all(w in str(caught.value) for w in words), caught.value


def test_broken_files_give_one_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is in a file, what comes out is one line that names the file and says what to do."""
    for ending in ("glb", "gltf", "obj", "ply", "stl"):
        for i, raw in enumerate((b"", b"\0" * 100, b"ply\nformat ascii 1.0\nelement vertex 99999999999\n", b"{}" * 9)):
            path = tmp_path / f"bad{i}.{ending}"
            path.write_bytes(raw)
            refused(path, SceneError, path.name)
    (tmp_path / "bomb.stl").write_bytes(b"\0" * 80 + (2**31).to_bytes(4, "little") + b"\0" * 50)
    refused(tmp_path / "bomb.stl", SceneError, "2147483648 triangles")
    (tmp_path / "dot.obj").write_text("v 0 0 0\nv 0 0 0\nv 0 0 0\nf 1 2 3\n")
    refused(tmp_path / "dot.obj", SceneError, "dot.obj")
    (tmp_path / "nan.obj").write_text("v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n")
    refused(tmp_path / "nan.obj", SceneError, "nan.obj")
    (tmp_path / "far.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 9\n")
    refused(tmp_path / "far.obj", SceneError, "a face names a vertex that is not there", "export it again")
    (tmp_path / "words.txt").write_text("no mesh")
    refused(tmp_path / "words.txt", SceneError, ".glb, .gltf, .obj, .ply, .stl")
    refused(tmp_path / "none.obj", SceneError, "there is no file")
    drum().export(tmp_path / "drum.ply")
    monkeypatch.setattr(mesh_file, "MAX_TRIANGLES", 100)
    refused(tmp_path / "drum.ply", LimitError, "128 triangles", "simplify")
    monkeypatch.setattr(mesh_file, "MAX_BYTES", 100)
    refused(tmp_path / "drum.ply", LimitError, "make it smaller")


def test_lists_that_a_gltf_file_only_promises_cost_nothing(tmp_path: Path) -> None:
    """An accessor without data would stand for billions of zeros: it is refused by its header."""
    document = {
        "asset": {"version": "2.0"}, "accessors": [{"componentType": 5126, "type": "VEC3", "count": 2**40}],
        "meshes": [{"primitives": [{"attributes": {}}]}], "nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}],
        "scene": 0,
    }  # fmt: skip
    (tmp_path / "bomb.gltf").write_text(json.dumps(document))
    refused(tmp_path / "bomb.gltf", LimitError, "triangles")


def test_files_name_only_their_own_folder(tmp_path: Path) -> None:
    """A material library or picture outside the folder of the mesh (by dots, absolutely, through a link, by URL) is not
    opened: one line says so. Without one that is just not there the shape is read, without colours, and told."""
    own = tmp_path / "own"
    own.mkdir()
    (tmp_path / "secret.mtl").write_text("newmtl m\nKd 1 0 0\n")
    (own / "link.mtl").symlink_to(tmp_path / "secret.mtl")
    for name in ("../secret.mtl", str(tmp_path / "secret.mtl"), "link.mtl", "http://localhost:1/a.mtl"):
        (own / "a.obj").write_text(f"mtllib {name}\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
        refused(own / "a.obj", SceneError, "put it there")
    (own / "a.obj").write_text("mtllib none.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assert read_surface(own / "a.obj").missing == ("none.mtl",) and len(read_surface(own / "a.obj").faces) == 1
    (own / "beside.mtl").write_text("newmtl m\nKd 1 0 0\n")
    (own / "a.obj").write_text("mtllib beside.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    assert read_surface(own / "a.obj").albedo.tolist() == [pytest.approx([1.0, 0.0, 0.0], abs=0.005)]


def boxes(tmp_path: Path, nodes: list[dict[str, Any]]) -> tuple[Path, dict[str, Any]]:
    """A file whose nodes show one box of 12 triangles, by default each at the same place."""
    trimesh.creation.box((1.0, 1.0, 1.0)).export(tmp_path / "box.gltf")
    document = json.loads((tmp_path / "box.gltf").read_text())
    document |= {"nodes": nodes, "scene": 0, "scenes": [{"nodes": list(range(len(nodes)))}]}
    (tmp_path / "boxes.gltf").write_text(json.dumps(document))
    return tmp_path / "boxes.gltf", document


def test_boxes_that_lie_in_each_other_cost_no_more_than_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """1,000 boxes in one place have 4,500 corners at each of its points: compared in pairs they would be 170 million;
    taken together by the way they face they are 3 at each of 8 points. The surface keeps its 12,000 triangles and its
    three normals per point."""
    repeated: list[int] = []
    repeat = np.repeat

    def counted(a: Any, repeats: Any, **kwargs: Any) -> Any:
        out = repeat(a, repeats, **kwargs)
        repeated.append(len(out))
        return out

    monkeypatch.setattr(mesh_file.np, "repeat", counted)
    read = read_surface(boxes(tmp_path, [{"mesh": 0} for _ in range(1000)])[0])
    assert max(repeated) == 36_000 and len(read.faces) == 12_000 and len(read.vertices) == 24


def test_all_that_nodes_show_is_counted_before_anything_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """20,000 nodes show one box: 240,000 triangles, told from the headers alone. trimesh never sees the file."""
    path, _ = boxes(tmp_path, [{"mesh": 0, "translation": [i, 0, 0]} for i in range(20_000)])
    monkeypatch.setattr(trimesh, "load_scene", None)
    refused(path, LimitError, "boxes.gltf", "240,000 triangles", "simplify")


@pytest.mark.parametrize("shown", [True, False])
def test_nodes_below_thousands_of_others_are_refused(tmp_path: Path, shown: bool) -> None:
    """256 above it are read, one more is not, wherever the chain is."""
    chain: list[dict[str, Any]] = [{"children": [i + 1]} for i in range(256)]
    path, document = boxes(tmp_path, [*chain, {"mesh": 0}])
    document["scenes"] = [{"nodes": [0]}]
    path.write_text(json.dumps(document))
    assert len(read_surface(path).faces) == 12
    document["nodes"] = [{"mesh": 0}, *({"children": [i + 2]} for i in range(257)), {"mesh": 0}]
    document["scenes"] = [{"nodes": [0, 1] if shown else [0]}]
    path.write_text(json.dumps(document))
    refused(path, LimitError, "boxes.gltf", "node 258", "256")


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_of(side: int) -> bytes:
    """The header of a square picture and no pixels."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


BOMB, LARGE, BROKEN = png_of(60_000), png_of(4097), b"\x89PNG\r\n\x1a\n garbage"


@pytest.mark.parametrize(
    ("raw", "kind", "words"),
    [(BOMB, LimitError, "over 4096 x 4096"), (LARGE, LimitError, "over 4096 x 4096"), (png_of(8), SceneError, "read"),
     (BROKEN, SceneError, "cannot be read"), (b"%!PS-Adobe-3.0 EPSF-3.0\n", SceneError, "expected a whole picture")],
)  # fmt: skip
def test_a_texture_that_cannot_be_read_is_no_white_one(
    tmp_path: Path, raw: bytes, kind: type[Exception], words: str
) -> None:
    """A picture of too many pixels, one cut off, and one that only calls itself so: embedded, beside, and beside OBJ
    and PLY. PostScript, which is a program, is not run."""
    textured(tmp_path, np.zeros((8, 8, 3), np.uint8))
    trimesh.load(tmp_path / "card.glb").export(tmp_path / "card.gltf")
    document = json.loads((tmp_path / "card.gltf").read_text())
    (tmp_path / "skin.png").write_bytes(raw)
    blob = base64.b64encode(raw)
    for source in ({"uri": "skin.png"}, {"uri": f"data:image/png;base64,{blob.decode()}"}):
        document["images"] = [source]
        (tmp_path / "card.gltf").write_text(json.dumps(document))
        refused(tmp_path / "card.gltf", kind, "card.gltf", words, "material 0")
    (tmp_path / "m.mtl").write_text("newmtl m\nmap_Kd skin.png\n")
    (tmp_path / "a.obj").write_text("mtllib m.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    refused(tmp_path / "a.obj", kind, "a.obj", words, "'skin.png'")
    (tmp_path / "a.ply").write_text(PLY.format(comment="comment TextureFile skin.png\n", kind="uchar", red=0))
    refused(tmp_path / "a.ply", kind, "a.ply", words, "'skin.png'")


PLY = """ply
format ascii 1.0
{comment}element vertex 3
property float x
property float y
property float z
property {kind} red
property {kind} green
property {kind} blue
element face 1
property list uchar int vertex_indices
end_header
0 0 0 {red} 0 0
1 0 0 0 0 0
0 1 0 0 0 0
3 0 1 2
"""


def test_other_textures_than_of_colour_are_not_read(tmp_path: Path) -> None:
    """A broken normal map hinders nothing, as it shows nothing."""
    path, document = boxes(tmp_path, [{"mesh": 0}])
    document |= {"images": [{"uri": "n.png"}], "textures": [{"source": 0}],
                 "materials": [{"normalTexture": {"index": 0}, "emissiveFactor": [1, 1, 1]}]}  # fmt: skip
    (tmp_path / "n.png").write_bytes(BROKEN)
    path.write_text(json.dumps(document))
    assert len(read_surface(path).faces) == 12


def test_colours_out_of_their_range_are_named(tmp_path: Path) -> None:
    """Kd of a material, colours beside vertices of OBJ, in PLY and in glTF: which one, the value and the range."""
    triangle = "v 0 0 0{0}\nv 1 0 0{0}\nv 0 1 0{0}\nf 1 2 3\n"
    obj = tmp_path / "a.obj"
    obj.write_text("mtllib m.mtl\nusemtl red one\n" + triangle.format(""))
    for found in ("nan 5 -3", "0.5 0.5", "1 2 0", "a b c"):
        (tmp_path / "m.mtl").write_text(f"newmtl red one\nKd {found}\n")
        refused(obj, SceneError, "'a.obj'", "'red one'", f"'{found}'", "from 0 to 1")
    for colour in ("nan 2 -1", "0 0 1.5", "255 0 0"):
        obj.write_text("# a comment\n" + triangle.format(" " + colour))
        refused(obj, SceneError, "line 2", f"colour {colour}", "from 0 to 1")
    obj.write_text(triangle.format(" 1 0.5 1.000001"))
    assert read_surface(obj).albedo[0, 0] == pytest.approx(1.0)
    for red in ("nan", "-1", "200"):
        (tmp_path / "a.ply").write_text(PLY.format(comment="", kind="float", red=red))
        refused(tmp_path / "a.ply", SceneError, "'red' of vertex 0", "from 0 to 1", f"found {red}")
    (tmp_path / "a.ply").write_text(PLY.format(comment="", kind="uchar", red=200))
    assert len(read_surface(tmp_path / "a.ply").faces) == 1
    path, document = boxes(tmp_path, [{"mesh": 0}])
    colours = np.ones((8, 3), "<f4")
    for value in (0.5, math.nan, 2.0):
        colours[3, 1] = value
        changed = json.loads(json.dumps(document))
        changed["buffers"].append({"byteLength": 96, "uri": f"data:;base64,{base64.b64encode(colours).decode()}"})
        changed["bufferViews"].append({"buffer": len(changed["buffers"]) - 1, "byteLength": 96})
        last = len(changed["bufferViews"]) - 1
        changed["accessors"].append({"bufferView": last, "componentType": 5126, "count": 8, "type": "VEC3"})
        changed["meshes"][0]["primitives"][0]["attributes"]["COLOR_0"] = len(changed["accessors"]) - 1
        path.write_text(json.dumps(changed))
        if value == 0.5:
            assert len(read_surface(path).faces) == 12
        else:
            refused(path, SceneError, "mesh 0, primitive 0", f"vertex colour of {value:g}", "0 to 1")


@pytest.mark.parametrize("face", ["0 1 2", "1 2 0", "1/1 2/0 3/1", "1 2 3 00", "1 2 \\\n0"])
def test_obj_counts_from_one(tmp_path: Path, face: str) -> None:
    """0 was taken for the first vertex; 10 and -1 are what they are, and a comment is none."""
    points = "v 0 0 0\nv 1 0 0\nv 0 1 0\n" * 4 + "vt 0 0\n" * 3
    (tmp_path / "a.obj").write_text(f"{points}f {face}\n")
    refused(tmp_path / "a.obj", SceneError, "line 16", "vertex 0", "counts from 1")
    (tmp_path / "a.obj").write_text(f"{points}f 10 11 12\nf -3 -2 -1\n")
    assert len(read_surface(tmp_path / "a.obj").faces) == 2


def test_the_reader_of_others_says_nothing_itself(tmp_path: Path) -> None:
    """What a file names outside its folder is one error; trimesh's own tracebacks do not reach the terminal. A process
    of its own, as here the tests listen to all logs."""
    (tmp_path / "a.ply").write_text(PLY.format(comment="comment TextureFile ../x.png\n", kind="uchar", red=0))
    code = (
        "import sys, pathlib; from simengine.world.mesh_file import read_surface; read_surface(pathlib.Path('a.ply'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "outside its own folder" in done.stderr.splitlines()[-1]
    assert "unable to load image" not in done.stderr


@pytest.mark.parametrize("name", ["a\0.obj", "../" + "a" * 10 + "\0.png", "a" * 400 + ".png"])
def test_names_that_no_file_can_have(tmp_path: Path, name: str) -> None:
    """A zero byte or too many letters: as one that is not there."""
    (tmp_path / "m.mtl").write_text(f"newmtl m\nmap_Kd {name}\n")
    (tmp_path / "a.obj").write_text("mtllib m.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    refused(tmp_path / "a.obj", SceneError, "'a.obj' names", "put it there")


# ---- folders -------------------------------------------------------------------------------------------------------

GOOD = 'name = "depot"\n\n[[asset]]\nname = "tool"\nfile = "tool.stl"\nclass = "goods"\n'


def folder(tmp_path: Path, text: str, extents: tuple[float, float, float] = (1.0, 2.0, 3.0)) -> Path:
    (tmp_path / "library.toml").write_text(text)
    trimesh.creation.box(extents).export(tmp_path / "tool.stl")
    return tmp_path


@pytest.mark.parametrize(
    ("axes", "size"),
    [
        ("", (1.0, 2.0, 3.0)),
        ('up = "y"\nforward = "z"\n', (3.0, 1.0, 2.0)),
        ('up = "-x"\nforward = "y"\nscale = 0.001\n', (0.002, 0.003, 0.001)),
    ],
)
def test_axes_and_scale_of_the_manifest(tmp_path: Path, axes: str, size: tuple[float, float, float]) -> None:
    """A block of 1 x 2 x 3 along x, y, z of the file: length lies along ``forward``, height along ``up``; the frame
    stays right-handed, so the volume of the outward-wound surface stays positive; the foot is at 0."""
    asset = read_folder(folder(tmp_path, GOOD + axes)).assets["tool"]
    assert asset.size_m == pytest.approx(size)
    made = asset.build("depot_object")
    vertices, faces = made.meshes[0].vertices_m.astype(float), made.meshes[0].faces
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    assert (a * np.cross(b, c)).sum() / 6 == pytest.approx(math.prod(size), rel=1e-5)
    assert vertices.min(0) == pytest.approx([-size[0] / 2, -size[1] / 2, 0.0], abs=1e-6)
    assert made.meshes[0].vertex_normals is not None
    outward = (made.meshes[0].vertex_normals * (vertices - [0, 0, size[2] / 2])).sum(1)
    assert outward.min() > 0.0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'name'"),
        ('name = "depot"\n', "names no assets"),
        ("name = ", "no valid TOML"),
        (GOOD.replace("goods", "goodz"), "goods?"),
        (GOOD + "sclae = 2\n", "did you mean 'scale'?"),
        (GOOD + 'scale = "2"\n', "'scale' of asset 'tool' should be a number"),
        (GOOD + "wheelbase = 2.0\n", "'wheelbase' of asset 'tool' should be of a vehicle only"),
        (GOOD + "scale = -1\n", "'scale' of asset 'tool' should be a number"),
        (GOOD.replace("tool.stl", "../tool.stl"), "inside the folder"),
        (GOOD.replace("tool.stl", "/etc/passwd"), "inside the folder"),
        (GOOD.replace("tool.stl", "library.toml"), "a mesh file"),
        (GOOD + 'up = "x"\nforward = "-x"\n', "square to 'up'"),
        (GOOD + "colour = [1, 2, 3]\n", "three numbers from 0 to 1"),
        (GOOD + GOOD.partition("\n\n")[2], "two assets 'tool'"),
        (GOOD.replace('"tool"', '"Tool box"'), "a word"),
        (GOOD + 'category = "person"\n', "object, vehicle"),
        (GOOD.replace("tool.stl", r"a\u0000.obj"), "the path of a file that is there"),
        (GOOD.replace("tool.stl", "a" * 400 + ".obj"), "the path of a file that is there"),
        (GOOD.replace("goods", "sky"), "that can be placed (vegetation, building,"),
        (GOOD.replace("goods", "road"), "that can be placed"),
        (GOOD.replace("goods", "floor"), "found 'floor'"),
    ],
)
def test_a_wrong_manifest_says_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    """One line: the file, the key, what it should be and what is there."""
    with pytest.raises(SceneError) as caught:
        read_folder(folder(tmp_path, text))
    assert words in str(caught.value) and "library.toml" in str(caught.value)


def test_a_thing_of_a_kilometre_asks_for_its_scale(tmp_path: Path) -> None:
    """Millimetres taken for metres are the usual mistake: the message says so."""
    library = read_folder(folder(tmp_path, GOOD, (600.0, 400.0, 300.0)))
    with pytest.raises(SceneError, match=r"0\.001 for millimetres"):
        _ = library.assets["tool"].size_m


def test_a_wheelbase_is_not_longer_than_the_vehicle(tmp_path: Path) -> None:
    """The block is 1 m long: 1 m is the most."""
    text = GOOD + 'category = "vehicle"\nwheelbase = {}\n'
    assert read_folder(folder(tmp_path, text.format(1.0))).assets["tool"].size_m[0] == pytest.approx(1.0)
    with pytest.raises(SceneError, match=r"'wheelbase' is 1\.1 m, but the vehicle is 1 m long"):
        _ = read_folder(folder(tmp_path, text.format(1.1))).assets["tool"].size_m


def test_the_digest_is_that_of_the_files(tmp_path: Path) -> None:
    """Another byte in a mesh or in the manifest is another digest."""
    first = read_folder(folder(tmp_path, GOOD)).digest()
    assert read_folder(tmp_path).digest() == first
    assert read_folder(folder(tmp_path, GOOD + "roughness = 0.5\n")).digest() != first
    assert read_folder(folder(tmp_path, GOOD, (1.0, 2.0, 3.5))).digest() != first
    second = read_folder(folder(tmp_path, GOOD)).digest()
    (tmp_path / "tool.mtl").write_text("newmtl m\nKd 0 1 0\n")  # what a mesh may name counts, too
    assert second == first != read_folder(tmp_path).digest()


def test_a_broken_mesh_hinders_no_run_that_goes_without_it(tmp_path: Path) -> None:
    """Of a folder with a sound mesh, a broken one and one that is missing, the sound one is measured and checks; the
    others are errors at the place that names them, and so is a draw from all of them."""
    trimesh.creation.box((1.0, 1.0, 1.0)).export(tmp_path / "crate.stl")
    (tmp_path / "bad.obj").write_text("v 0 0\nf 1 2 9\n")
    assets = "".join(
        f'[[asset]]\nname = "{n}"\nfile = "{n}.{e}"\nclass = "debris"\n'
        for n, e in (("crate", "stl"), ("bad", "obj"), ("gone", "ply"))
    )
    (tmp_path / "library.toml").write_text(f'name = "depot"\n{assets}')
    folder = read_folder(tmp_path)
    both = {**libraries(), "depot": folder.library()}
    assert len(folder.digest()) == 64 and folder.library().entities["depot_object"].size_m["crate"] == (1.0, 1.0, 1.0)
    for value, said in (("= \"crate\"", ""), ("= \"bad\"", "'bad.obj'"), ("= \"gone\"", "no file 'gone.ply'"),
                        ("~ library(\"depot\")", "'bad.obj'")):  # fmt: skip
        text = (
            "use driving\nuse depot\n\nscenario t:\n    world street()\n    depot_object thing on lane(1) at s(20 m):\n"
            f"        asset {value}\n"
        )
        errors = [d for d in check_text(text, libraries=both).diagnostics if d.severity == "error"]
        assert [d.span.line for d in errors] == ([7] if said else []) and all(said in d.message for d in errors)


def test_surfaces_that_shine(tmp_path: Path) -> None:
    """``emissiveFactor`` of glTF and ``Ke`` of OBJ reach the material, linear as they are written."""
    box = trimesh.creation.box((1.0, 1.0, 1.0))
    shining = trimesh.visual.material.PBRMaterial(emissiveFactor=[0.2, 0.5, 0.0])
    box.visual = trimesh.visual.TextureVisuals(uv=np.zeros((8, 2)), material=shining)
    box.export(tmp_path / "lamp.glb")
    (tmp_path / "m.mtl").write_text("newmtl m\nKd 1 0 0\nKe 0 0.25 1\n")
    (tmp_path / "lamp.obj").write_text("mtllib m.mtl\nusemtl m\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    for name, light in (("lamp.glb", [0.2, 0.5, 0.0]), ("lamp.obj", [0.0, 0.25, 1.0])):
        assert read_surface(tmp_path / name).emission.tolist() == [pytest.approx(light, abs=0.003)]
    asset = 'name = "depot"\n[[asset]]\nname = "lamp"\nfile = "lamp.glb"\nclass = "debris"\n'
    (tmp_path / "library.toml").write_text(asset)
    (material,) = read_folder(tmp_path).assets["lamp"].build("depot_object").materials
    assert material.emission == pytest.approx((0.2, 0.5, 0.0), abs=0.003)
