"""Write docs/catalogue.md: every scenario of the library, from the programs themselves.

usage: python tools/make_catalogue.py            the page
       python tools/make_catalogue.py --pictures also docs/pictures/catalogue/NAME.jpg (from above and through a
           camera) and NAME.webp (a film strip from above) of those that run; --films: the strips alone
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from simengine.engine.catalogue import ScenarioFile, libraries, scenario_files
from simengine.engine.inspect import missing
from simengine.errors import LimitError, NotRunnableError
from simengine.language import Program, parse_text
from simengine.language.grids import GridPlan
from simengine.language.sample import Sampler

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures" / "catalogue"
TOPICS = {
    "nhtsa": "NHTSA pre-crash types", "ncap": "Euro NCAP", "unr157": "UN R157 (ALKS)", "edge": "Edge cases",
    "warehouse": "Warehouse and table-top picking", "drone": "Drone",
}  # fmt: skip
COUNTED = 50_000
"""Largest number of combinations that is gone through to count the feasible ones."""
WIDTH_PX = 320
FILM_PX = 1292


def programs() -> Iterator[tuple[ScenarioFile, Program]]:
    """Every scenario of the library with its file."""
    for file in scenario_files():
        for program in parse_text(file.source, file.origin, libraries=libraries()):
            yield file, program


def grid_count(program: Program) -> tuple[int | None, int | None]:
    """Rows of the grid, and how many meet the arithmetic constraints; None: it draws from an asset library, which does
    not run yet, or there are too many to go through."""
    try:
        sampler = Sampler(program, 0, GridPlan(cap=COUNTED))
    except NotRunnableError:
        return None, None
    try:
        count = sampler.count()
    except LimitError:
        return sampler.raw or 0, None
    return count.raw, count.feasible


def section(file: ScenarioFile, program: Program) -> list[str]:
    """The lines of one scenario."""
    raw, feasible = grid_count(program)
    counts = "" if raw is None else ", 1 case in the grid" if raw == 1 else f", {raw:,} cases in the grid"
    counts += "" if feasible in (None, raw) else f", {feasible:,} feasible"
    drawn = sum(d.drawn for d in program.definitions.values())
    out = [f"### `{program.name}`", "", program.title, ""]
    if not program.not_yet and (PICTURES / f"{program.name}.jpg").exists():
        out += [f"![{program.name}](pictures/catalogue/{program.name}.jpg)", ""]
    if not program.not_yet and (PICTURES / f"{program.name}.webp").exists():
        out += [f"![{program.name}, from start to stop](pictures/catalogue/{program.name}.webp)", ""]
    return [
        *out,
        f"- {'runs' if not program.not_yet else 'checked and sampled only: ' + ', '.join(missing(program))}",
        f"- tags: {', '.join(f'`{t}`' for t in program.tags)}",
        *(f"- {cite}" for cite in program.cites),
        f"- {drawn} random variables{counts}; sensors: {', '.join(s.name for s in program.sensors)}",
        "",
    ]


def text() -> str:
    """The whole page."""
    found = list(programs())
    runs = sum(not p.not_yet for _, p in found)
    out = [
        "# Scenario library", "",
        "Made by `tools/make_catalogue.py`; do not edit. `simengine list` shows the same on the command line.", "",
        f"{len(found)} scenarios; {runs} run, the others are checked and sampled only, for the reason that is given. "
        "Continuous variables count three quantiles in a grid.", "",
    ]  # fmt: skip
    topics = [*TOPICS, *sorted({f.topic for f, _ in found} - set(TOPICS))]
    for topic in topics:
        part = [(f, p) for f, p in found if f.topic == topic]
        if part:
            out += [f"## {TOPICS.get(topic, topic)}", ""]
            out += [line for f, p in part for line in section(f, p)]
    return "\n".join(out)


def draw_films(only: list[str]) -> None:
    """The first variant that comes true of every scenario that runs, from above, from its start to its stop."""
    import cv2

    from simengine.engine.film import film_strip
    from simengine.engine.variation import Variation

    for _, program in programs():
        if program.not_yet or (only and program.name not in only):
            continue
        first = next(s for s in Variation(program, 0, "random").simulate(range(4)) if s.valid)
        strip = film_strip(program, first)
        size = (FILM_PX, round(strip.shape[0] * FILM_PX / strip.shape[1]))
        shown = cv2.resize(strip[..., ::-1], size, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(PICTURES / f"{program.name}.webp"), shown, [cv2.IMWRITE_WEBP_QUALITY, 60])
        print(program.name, "film", flush=True)


def draw_pictures(only: list[str]) -> None:
    """A small picture of variant 0 of every scenario that runs: from above, and through its first camera."""
    import cv2

    from simengine.engine.episode import render_options
    from simengine.engine.preview import picture
    from simengine.engine.variation import Variation

    PICTURES.mkdir(parents=True, exist_ok=True)
    for file, program in programs():
        if program.not_yet or (only and program.name not in only):
            continue
        small = re.sub(r"size = \(\d+, \d+\)", "size = (320, 180)", file.source)
        made = next(p for p in parse_text(small, file.origin, libraries=libraries()) if p.name == program.name)
        first = next(s for s in Variation(made, 0, "random").simulate(range(4)) if s.valid)
        image = picture(made, first, "raytrace", render_options("cpu", 4, None))
        size = (WIDTH_PX, round(image.shape[0] * WIDTH_PX / image.shape[1]))
        shown = cv2.resize(image[..., ::-1], size, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(PICTURES / f"{program.name}.jpg"), shown, [cv2.IMWRITE_JPEG_QUALITY, 74])
        print(program.name, flush=True)


if __name__ == "__main__":
    names = [a for a in sys.argv[1:] if not a.startswith("--")]
    if "--pictures" in sys.argv:
        draw_pictures(names)
    if {"--pictures", "--films"} & set(sys.argv):
        draw_films(names)
    (ROOT / "docs" / "catalogue.md").write_text(text(), encoding="utf-8")
