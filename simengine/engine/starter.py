"""Scenarios to start from: `simengine new`."""

from __future__ import annotations

import re
from pathlib import Path

from simengine.errors import UsageError, did_you_mean
from simengine.language.lexer import RESERVED

__all__ = ["TEMPLATES", "write_starter"]

_MINIMAL = """\
# Check it:  simengine check {name}.scn
use driving

scenario {name}:
    world street(lanes = 2)
    car ego on lane(1) at s(20 m):
        speed ~ 20..50 km/h  # '~' draws a value for each variant, '=' fixes it
    sensor front on ego = camera(size = (640, 480), fov = 60 deg)
    record front: rgb, depth at 10 hz
    stop after 3 s
"""

_DRIVING = """\
# Somebody steps onto the road in front of a car.
#
#   simengine check {name}.scn      mistakes, and what a variant costs
#   simengine sample {name}.scn     the values of ten variants
#   simengine run {name}.scn        images, points and labels
#
# Every word is in docs/reference.md, the way of writing in docs/language.md.
use driving

scenario {name} "A pedestrian crosses behind a parked car":
    tags nhtsa.12

    # Where: '~' draws a value for each variant, '=' fixes it.
    world street(lanes = 2, parking = right, length = 150 m):
        rain ~ 0..10 mm/h
        sun.elevation ~ 5..50 deg

    # Who: a type, a name, a place, and in the block what differs from the defaults.
    car ego on lane(1) at s(20 m):
        speed ~ 30..50 km/h step 10 km/h
        controller = aeb(reaction ~ 0.2..0.6 s)  # brakes by itself in an emergency
    car parked along curb(right) at s(60 m)
    pedestrian kid beyond parked by ~ 0.5..2 m:
        model ~ {{child_6y: 1, child_9y: 1, adult: 2}}

    # Inputs with a name, and what a valid start is: other draws are thrown away.
    param gap: time ~ 1.5..2.5 s "time to the crossing when the pedestrian starts"
    require ego.speed * gap > 14 m

    # What happens. Names of phases ('out') can be used in 'cover' and 'record ... during'.
    do:
        wait until ego.time_to(kid.crossing) < gap
        out: kid.run(across = road, speed = 2 m/s)
    stop when ego.passed(kid)
    stop after 10 s

    # What the system under test should do: a stored verdict with its margin.
    expect always distance(ego, kid) > 0.3 m

    # What is measured and written.
    sensor front on ego = camera(size = (640, 480), fov = 60 deg)
    sensor roof on ego = lidar(channels = 32, range = 100 m)
    record front: rgb, depth, semantic, box2d, box3d at 10 hz
    record roof: points, intensity at 10 hz

    # What the variants should cover.
    cover ego.speed by 10 km/h
    cover gap by 0.25 s
    cross ego.speed, gap
"""

TEMPLATES = {"driving": _DRIVING, "minimal": _MINIMAL}
"""Name -> text with ``{name}``."""


def write_starter(name: str, template: str) -> Path:
    """Write NAME.scn; an existing file is never replaced.

    Raises:
        UsageError: no such template, a name that a scenario cannot have, or the file is there already.
    """
    path = Path(name if name.endswith(".scn") else f"{name}.scn")
    if template not in TEMPLATES:
        near = did_you_mean(template, list(TEMPLATES))
        raise UsageError(f"no template '{template}'; " + (f"did you mean '{near}'?" if near else "driving or minimal"))
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,63}", path.stem) or path.stem in RESERVED:
        raise UsageError(f"'{path.stem}' cannot name a scenario: letters, digits and _, no word of the language")
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(TEMPLATES[template].format(name=path.stem))
    except FileExistsError:
        raise UsageError(f"{path} is there already; choose another name") from None
    except FileNotFoundError:
        raise UsageError(f"cannot write {path}: there is no folder '{path.parent}'; make it first") from None
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None
    return path
