"""Fuzz the front end of the language with raw bytes, guided by coverage (atheris on libFuzzer), and keep what it found.

usage: python tools/fuzz_language.py FOLDER -max_total_time=3600     fuzz; FOLDER holds the corpus and grows
       python tools/fuzz_language.py --pack FOLDER                    FOLDER to tests/language/corpus.zip

Needs `pip install atheris`. Only diagnostics may come out: any other exception, more than ten seconds or more than 2 GB
for one text stops it, and libFuzzer writes the text to a file ``crash-...``. The corpus is seeded with the scenario
library and with its lines; every text in it reached something that those before it did not.
"""

from __future__ import annotations

import hashlib
import random
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKED = ROOT / "tests" / "language" / "corpus.zip"
LARGEST_BYTES = 4_096
_LIMITS = ("-timeout=10", "-rss_limit_mb=2048", f"-max_len={LARGEST_BYTES}", "-print_final_stats=1")


def seeds(folder: Path) -> None:
    """Short texts to start from: scenarios that are short, and pieces of the others with a head that makes sense."""
    from simengine.engine.catalogue import scenario_files

    draw = random.Random(1)
    for file in scenario_files():
        lines = file.source.splitlines()
        head = [line for line in lines if line.startswith(("use ", "scenario ", "    world "))]
        texts = [file.source]
        for _ in range(6):
            texts.append("\n".join([*head, *(draw.choice(lines) for _ in range(draw.randint(1, 8)))]) + "\n")
        for text in texts:
            data = text.encode()
            if len(data) <= LARGEST_BYTES:
                (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


def words(path: Path) -> Path:
    """A dictionary of libFuzzer: every word of the library's texts."""
    import re

    from simengine.engine.catalogue import scenario_files

    found = {w for f in scenario_files() for w in re.findall(r"\w+|[^\w\s]+", f.source) if w.isascii()}
    quoted = (w.replace("\\", "\\\\").replace('"', '\\"') for w in sorted(found))
    path.write_text("".join(f'"{w}"\n' for w in quoted))
    return path


def fuzz(folder: Path, options: list[str]) -> None:
    """Run libFuzzer; does not return."""
    import atheris

    with atheris.instrument_imports(include=["simengine.language", "lark"]):
        from simengine.language import check_text, render_diagnostics
    from simengine.engine.catalogue import installed_scenarios, libraries
    from simengine.language.format import format_text

    known, scenarios = libraries(), dict(installed_scenarios())
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        seeds(folder)

    def one(data: bytes) -> None:
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:  # refused when the file is read
            text = data.decode("latin-1")
        result = check_text(text, libraries=known, scenarios=scenarios)
        shown = render_diagnostics(result.diagnostics, text)
        assert bool(result.programs) == result.ok and (result.ok or shown), "neither programs nor diagnostics"
        if result.ok:
            once = format_text(text).text
            assert format_text(once).text == once, "fmt is not idempotent"

    dictionary = words(folder.with_suffix(".dict"))
    atheris.Setup([sys.argv[0], str(folder), f"-dict={dictionary}", *_LIMITS, *options], one)
    atheris.Fuzz()


def pack(folder: Path) -> None:
    """All texts of a corpus as one archive, the same bytes for the same texts."""
    with zipfile.ZipFile(PACKED, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.iterdir()):
            archive.writestr(zipfile.ZipInfo(path.name, (2020, 1, 1, 0, 0, 0)), path.read_bytes(), zipfile.ZIP_DEFLATED)
    print(f"{PACKED}: {PACKED.stat().st_size:,} bytes, {len(list(folder.iterdir()))} texts")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--pack":
        pack(Path(sys.argv[2]))
    elif len(sys.argv) >= 2 and not sys.argv[1].startswith("-"):
        fuzz(Path(sys.argv[1]), sys.argv[2:])
    else:
        sys.exit(__doc__)
