"""Check what a built wheel holds: exactly our four packages, their data files, and no stray top-level name.

usage: python tools/check_wheel.py WHEEL
"""

from __future__ import annotations

import sys
import zipfile

PACKAGES = {"simengine", "simengine_renderers", "simengine_scenes", "simengine_scenarios"}
NEEDED = (
    "simengine/py.typed",
    "simengine/language/grammar.lark",
    "simengine/language/tables.json",
    "simengine/sensors/beam_tables.json",
    "simengine_renderers/raster/shaders/channels.frag",
    "simengine_renderers/diffusion/weights/tiny/config.json",
    "simengine_renderers/diffusion/weights/tiny/diffusion_pytorch_model.safetensors",
    "simengine_renderers/diffusion/weights/tiny/README.md",
    "simengine_scenarios/edge/child_dart_out.scn",
    "simengine_scenarios/unr157/alks_cut_in.scn",
)


def problems(path: str) -> list[str]:
    """What is wrong with the wheel, one line each."""
    names = zipfile.ZipFile(path).namelist()
    tops = {n.split("/")[0] for n in names if ".dist-info" not in n}
    found = [f"unexpected top-level name '{t}'" for t in sorted(tops - PACKAGES)]
    found += [f"package '{p}' is missing" for p in sorted(PACKAGES - tops)]
    found += [f"data file '{n}' is missing" for n in NEEDED if n not in names]
    found += [f"test or cache in the wheel: {n}" for n in names if "__pycache__" in n or n.startswith("tests/")]
    if not any(n.endswith("licenses/LICENSE") for n in names):
        found.append("the licence file is missing")
    return found


if __name__ == "__main__":
    wrong = problems(sys.argv[1])
    print("\n".join(wrong) or f"wheel ok: {sys.argv[1].rsplit('/', 1)[-1]}")
    sys.exit(bool(wrong))
