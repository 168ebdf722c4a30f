"""What happens where something is missing, and who owns the context. Missing libraries have processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from simengine.errors import UsageError
from simengine.render.protocol import Instants, RenderOptions
from tests.renderers.random_scenes import random_scene
from tests.renderers.raster.agreement import NOISE

RUN = (
    "import sys; from simengine.cli import main; "
    "sys.argv = ['simengine', 'run', 'ccrm', '--renderer', 'raster', '--out', sys.argv[1]]; sys.exit(main())"
)
NO_LIBRARY = (
    "import ctypes, ctypes.util\n"
    "real, find = ctypes.CDLL, ctypes.util.find_library\n"
    "gone = lambda n: isinstance(n, str) and any(k in n for k in ('EGL', 'libGL', 'OpenGL')) or n in ('GL', 'GLESv2')\n"
    "class CDLL(real):\n"
    "    def __init__(self, name, *a, **k):\n"
    "        if gone(name): raise OSError(f'{name}: cannot open shared object file')\n"
    "        super().__init__(name, *a, **k)\n"
    "ctypes.CDLL = CDLL\n"
    "ctypes.util.find_library = lambda n: None if gone(n) else find(n)\n"
    "ctypes.cdll.LoadLibrary = CDLL\n"
)


CHECK = (
    "from simengine.errors import SimEngineError\nfrom simengine.render.opening import check_options\n"
    "from simengine.render.protocol import RenderOptions\n"
    "try: check_options('raster', RenderOptions())\nexcept SimEngineError as error: raise SystemExit(str(error))\n"
)


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=300,
        env={**os.environ, **environment},
    )  # fmt: skip


def one_message(result: subprocess.CompletedProcess[str]) -> str:
    """The message of a run that was refused: exit code 2 or 1, no traceback, nothing on disk."""
    assert result.returncode not in (0, -11)
    assert "Traceback" not in result.stderr + result.stdout
    return " ".join((result.stderr + result.stdout).split())


def test_without_the_libraries_the_packages_are_named(tmp_path) -> None:
    """No libEGL on the system, as ctypes would find it: one message that says what to install, and no folder."""
    pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")
    message = one_message(python(NO_LIBRARY + RUN, str(tmp_path / "out")))
    assert "apt install libegl1 libgl1 libgl1-mesa-dri" in message
    assert not (tmp_path / "out").exists()


def test_without_a_driver_the_packages_are_named(tmp_path, opengl: str) -> None:
    """libEGL is there, and no vendor's driver behind it (the loader is told that there is none)."""
    nowhere = tmp_path / "none"
    result = python(CHECK, __EGL_VENDOR_LIBRARY_FILENAMES=str(nowhere))
    assert "apt install libegl1 libgl1 libgl1-mesa-dri" in one_message(result)


def test_without_pyrender_the_extra_is_named() -> None:
    """The message holds the pip command."""
    hide = (
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda n, *a: None if n == 'pyrender' else find(n, *a)\n"
    )
    message = one_message(python(hide + CHECK))
    assert "pyrender is not installed" in message
    assert "pip install 'simengine-synth[raster]'" in message


def test_listed_and_examined(opengl: str) -> None:
    """``simengine list`` names it without loading it, ``simengine doctor`` says what draws."""
    from simengine.engine.doctor import doctor
    from simengine.engine.inspect import listing

    assert "raster" in listing().renderers
    row = next(r for r in doctor()["checks"] if r["name"] == "renderer raster")
    assert row["state"] == "ok"
    assert opengl in row["detail"]


def test_loading_it_loads_no_opengl() -> None:
    """The entry point alone (``doctor``, ``list``) must not load OpenGL or change the environment."""
    pytest.importorskip("pyrender", reason="the extra 'raster' is not installed")
    code = (
        "import os, sys; before = dict(os.environ); import simengine_renderers.raster; "
        "assert not {'OpenGL', 'pyrender', 'warp'} & set(sys.modules); assert before == dict(os.environ)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_presets_that_trace_paths_are_refused() -> None:
    """OpenGL has no part in them: the message says who has. Misspelt ones are as of the ray tracer."""
    from simengine_renderers import raster

    for name in ("high", "reference"):
        with pytest.raises(UsageError, match=f"no preset '{name}'; it traces paths: use --renderer raytrace"):
            raster.check_options(RenderOptions(extra={"preset": name}))
    with pytest.raises(UsageError, match="renderer 'raster' has no preset 'standrad'; did you mean 'standard'"):
        raster.check_options(RenderOptions(extra={"preset": "standrad"}))
    with pytest.raises(UsageError, match="renderer 'raster' has no setting 'prest'"):
        raster.check_options(RenderOptions(extra={"prest": "high"}))


def test_wrong_devices_are_refused(opengl: str) -> None:
    """An unknown word, and the kind that this process does not draw on."""
    from simengine_renderers import raster
    from simengine_renderers.raster.context import gl_context

    with pytest.raises(UsageError, match="auto, cpu or cuda"):
        raster.check_options(RenderOptions(device="tpu"))
    other = "cuda" if gl_context("auto").software else "cpu"
    with pytest.raises(UsageError, match=f"device '{other}' was asked for"):
        raster.check_options(RenderOptions(device=other))
    with pytest.raises(UsageError, match="samples must be"):
        raster.check_options(RenderOptions(samples=0))


def test_bad_requests_are_refused(opengl: str) -> None:
    """Unknown channels, flow without a next state, windows off the image, use after closing, views without a plane."""
    from simengine_renderers import raster

    x = random_scene(3)
    renderer = raster.open_renderer(x.scene, RenderOptions())
    now = Instants(x.now, x.next)
    with pytest.raises(UsageError, match="did you mean 'depth'"):
        renderer.camera(x.camera, now, ("depht",), NOISE)
    with pytest.raises(UsageError, match="next frame"):
        renderer.camera(x.camera, now, ("flow",), NOISE)
    with pytest.raises(UsageError, match="clip it first"):
        renderer.silhouettes(x.camera, x.now, {0: (0, 0, 999, 1)})
    # x (1 + 0.2 x^2) / (1 + x^2) grows for ever and so slowly that twice the focal length lies 85 deg off axis
    wide = replace(
        x.camera, width_px=4000, height_px=300, cx_px=2000.0, cy_px=150.0, fx_px=1000.0, fy_px=1000.0,
        distortion=(0.2, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    )  # fmt: skip
    with pytest.raises(UsageError, match="use --renderer raytrace"):
        renderer.camera(wide, now, ("depth",), NOISE)
    renderer.close()
    renderer.close()
    with pytest.raises(UsageError, match="was closed"):
        renderer.camera(x.camera, now, ("depth",), NOISE)


def test_any_thread_may_draw(opengl: str) -> None:
    """One context, many threads in turn: four threads with two renderers give what one thread gives."""
    from simengine_renderers import raster

    scenes = [random_scene(s) for s in (1, 3)]
    renderers = [raster.open_renderer(x.scene, RenderOptions()) for x in scenes]
    truth = [r.camera(x.camera, Instants(x.now, x.next), ("depth",), NOISE) for r, x in zip(renderers, scenes)]  # noqa: B905
    wrong: list[int] = []

    def draw(k: int) -> None:
        for _ in range(5):
            x = scenes[k % 2]
            seen = renderers[k % 2].camera(x.camera, Instants(x.now, x.next), ("depth",), NOISE)
            if not np.array_equal(seen.channels["depth"], truth[k % 2].channels["depth"]):
                wrong.append(k)

    threads = [threading.Thread(target=draw, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for renderer in renderers:
        renderer.close()
    assert not wrong


def test_an_empty_scene_is_sky(opengl: str) -> None:
    """Nothing to draw is no special case for whoever asks."""
    from simengine_renderers import raster
    from tests.renderers.simple_scenes import camera, scene_of, state_of

    scene = scene_of()
    state = state_of(scene, [])
    renderer = raster.open_renderer(scene, RenderOptions())
    seen = renderer.camera(camera(), Instants(state, state, state), ("rgb", "depth", "instance", "flow"), NOISE)
    renderer.close()
    assert np.isinf(seen.channels["depth"]).all()
    assert (seen.channels["instance"] == -1).all()
    assert np.abs(seen.channels["flow"]).max() < 1e-3
    assert seen.channels["rgb"].mean() > 50
