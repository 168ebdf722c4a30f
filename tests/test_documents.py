"""What the documents say is what the program does."""

import importlib.util
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_reference_page_is_up_to_date():
    """docs/reference.md is made from the tables that the checker reads; a change of these must remake it."""
    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "tools" / "make_reference.py")
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert (ROOT / "docs" / "reference.md").read_text(encoding="utf-8") == tool.text()


def test_the_python_example_of_the_readme_runs():
    """The block is run as it stands, but for one variant of one frame."""
    block = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    code = block[1].replace("variants=2, seed=0", "variants=1, seed=0, max_frames=1")
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["rgb"].shape == (720, 1280, 3) and names["depth"].dtype == "float32"
    assert names["xyz"].shape == (len(names["instance"]), 3) and len(names["boxes"]) > 0


def test_relative_links_of_the_documents_lead_somewhere():
    """A picture or page that a document points to is in the repository."""
    for page in [ROOT / "README.md", ROOT / "ARCHITECTURE.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"
