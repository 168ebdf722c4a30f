"""Names in the top view."""

from __future__ import annotations

import itertools

import numpy as np

from simengine.engine import topview
from simengine.render.lettering import text_width_px


def test_names_of_near_things_stay_apart() -> None:
    """Names that touch read as one; all have room here, and none covers a thing."""
    boxes = [(100, 100, 108, 108), (110, 100, 118, 108), (120, 100, 128, 108), (130, 100, 138, 108)]
    names = ("ego_car", "kid_one", "kid_two", "old_dog")
    named = {k: (name, np.array(box, np.float64)) for k, (name, box) in enumerate(zip(names, boxes, strict=True))}
    found = topview._rooms(named, (480, 200), [box for _, box in named.values()])  # pyright: ignore[reportPrivateUsage]
    assert set(found) == set(named)
    rooms = [(x, y, x + text_width_px(names[k], 12.0) + 4, y + 13.2) for k, (x, y) in found.items()]
    for a, b in itertools.combinations(rooms, 2):
        assert max(a[0] - b[2], b[0] - a[2], a[1] - b[3], b[1] - a[3]) >= 3.0 - 1e-9
    for (x0, y0, x1, y1), room in itertools.product(boxes, rooms):
        assert room[0] >= x1 or room[2] <= x0 or room[1] >= y1 or room[3] <= y0
