"""Rules of the house that a machine can check."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [
    p
    for folder in ("simengine", "renderers/simengine_renderers", "scenes/simengine_scenes")
    for p in sorted((ROOT / folder).rglob("*.py"))
]
FORBIDDEN_NAMES = {"utils", "helpers", "common", "misc", "manager", "base"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_small_files_with_meaningful_names_and_a_docstring(path):
    """Limits of the style guide: at most 600 lines, no empty words as names, a docstring that says what it is for."""
    text = path.read_text()
    assert len(text.splitlines()) <= 600
    assert path.stem not in FORBIDDEN_NAMES
    assert ast.get_docstring(ast.parse(text))


def test_library_code_neither_prints_nor_uses_hidden_randomness():
    """Only the command line prints; all randomness is named (simengine.rng), never NumPy's or Python's global state."""
    for path in SOURCES:
        if "cli" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = ast.unparse(node.func)
            assert name != "print", f"{path}:{node.lineno} prints"
            assert not name.startswith(
                ("np.random.seed", "np.random.rand", "random.random", "np.random.default_rng")
            ), f"{path}:{node.lineno} uses {name}"
            assert name not in ("eval", "exec", "pickle.load", "pickle.loads"), f"{path}:{node.lineno} calls {name}"


def test_import_is_light():
    """``import simengine`` must not pull in a renderer or a heavy package: scripts and --help start at once."""
    code = (
        "import sys, simengine, simengine.cli.app; "
        "names = {'warp', 'open3d', 'mujoco', 'cv2', 'pyarrow', 'scipy', 'trimesh', 'lark'}; "
        "names |= {'torch', 'ray', 'OpenGL', 'pyrender', 'diffusers', 'transformers'}; "
        "heavy = names & set(sys.modules); "
        "print(sorted(heavy))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert found.stdout.strip() == "[]"


def test_the_main_job_needs_no_extra():
    """Modules of the main path import without torch, OpenGL and Open3D: an import of them would raise here."""
    code = (
        "import sys\n"
        "for name in ('torch', 'ray', 'open3d', 'OpenGL', 'pyrender', 'diffusers'): sys.modules[name] = None\n"
        "import simengine.engine.run, simengine.engine.preview, simengine.datasets\n"
        "import simengine_renderers.raytrace, simengine_scenes.driving\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd="/")


def test_the_language_server_is_light():
    """It starts with an editor: what checks a text is loaded, nothing that renders, simulates or trains."""
    code = (
        "import sys, simengine.lsp.server as server\n"
        "server.make_server(); server.libraries()\n"
        "names = {'warp', 'open3d', 'mujoco', 'cv2', 'pyarrow', 'trimesh', 'torch', 'ray', 'OpenGL', 'diffusers'}\n"
        "print(sorted(names & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    assert found.stdout.strip() == "[]"
