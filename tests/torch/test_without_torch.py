"""What a person without torch sees, and that nobody else pays for it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simengine.errors import MissingExtraError


def fresh(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/").stdout


def test_a_missing_torch_is_one_line_with_the_command():
    """Import of ``simengine.torch`` in an interpreter that finds no torch."""
    out = fresh(
        "import sys; sys.modules['torch'] = None\n"
        "try:\n    import simengine.torch\n"
        "except ImportError as error:\n    print(type(error).__name__, error)"
    )
    assert out.startswith("MissingExtraError") and out.count("\n") == 1
    assert "pip install 'simengine-synth[torch]'" in out


def test_the_example_without_torch_ends_with_the_command():
    """What a person reads last is what to do, and no ModuleNotFoundError."""
    path = Path(__file__).parents[2] / "examples" / "train_segmentation.py"
    code = f"import sys, runpy; sys.modules['torch'] = None; runpy.run_path({str(path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 1 and "MissingExtraError" in last and "pip install 'simengine-synth[torch]'" in last


def test_the_engine_does_not_import_torch():
    """Neither the package nor streams nor a rendered frame load torch, in a fresh interpreter."""
    out = fresh(
        "import sys, simengine\n"
        "assert 'torch' not in sys.modules\n"
        "import simengine.engine.stream, simengine.engine.run, simengine.cli.app\n"
        "print('torch' in sys.modules)"
    )
    assert out.strip() == "False"


def test_the_error_is_an_import_error_that_survives_pickling():
    """Loaders send errors from worker to worker."""
    import pickle

    error = MissingExtraError.of("torch", "simengine.torch", ImportError("No module named 'torch'"))
    assert isinstance(error, ImportError) and str(pickle.loads(pickle.dumps(error))) == str(error)


def test_the_package_is_found_as_an_attribute():
    """``import simengine`` is enough to write ``simengine.torch.ScenarioDataset``."""
    pytest.importorskip("torch", reason="needs the extra 'torch'")
    assert fresh("import simengine; print(simengine.torch.ScenarioDataset.__name__)").strip() == "ScenarioDataset"
