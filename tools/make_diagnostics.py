"""Write docs/diagnostics.md: a page for every diagnostic, from the text that 'simengine explain' prints.

usage: python tools/make_diagnostics.py [docs/diagnostics.md]
"""

from __future__ import annotations

import sys
from pathlib import Path

from simengine.language.explanations import document

if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/diagnostics.md").write_text(document(), encoding="utf-8")
