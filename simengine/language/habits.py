"""What people write who come from programming or from other tools, and what stands for it here."""

from __future__ import annotations

from collections.abc import Collection

__all__ = ["CHAINED", "FAMILIES_ELSEWHERE", "STATEMENTS_ELSEWHERE", "our_word"]

_BRANCH = (
    "write 'when CONDITION:' for what happens then, 'choose NAME:' for cases that are drawn, or a value 'a if c else b'"
)
_LOOP = (
    "write 'car parked[5] ...' for several things, 'each p in parked:' for their settings, or 'repeat 3:' in a 'do:'"
)
_USE = "write 'use driving': only installed libraries are used, by their names"
_NAME = "write 'let NAME = value', or 'param NAME ~ 1..3 s' for what is drawn"
_SEEN = "values are kept with 'cover NAME by WIDTH', and what sensors measure with 'record SENSOR: ...'"
_NO_FUNCTIONS = "write 'scenario NAME extends OTHER(gap = 2 s):' to use a scenario again, 'let' for a value"

STATEMENTS_ELSEWHERE = {
    "if": _BRANCH, "elif": _BRANCH, "else": _BRANCH, "elseif": _BRANCH, "switch": _BRANCH, "match": _BRANCH,
    "for": _LOOP, "foreach": _LOOP, "while": "write 'repeat 3 until CONDITION:' or 'wait until CONDITION' in a 'do:'",
    "loop": _LOOP, "def": _NO_FUNCTIONS, "function": _NO_FUNCTIONS, "class": _NO_FUNCTIONS, "return": _NO_FUNCTIONS,
    "import": _USE, "from": _USE, "include": _USE, "using": _USE, "var": _NAME, "const": _NAME, "int": _NAME,
    "float": _NAME, "print": _SEEN, "log": _SEEN,
    "assert": "write 'require' for the start, 'ensure' for what a run must show, 'expect' for the verdict",
    "pass": "remove it: a statement without settings ends without a ':'",
    "end": "remove it: a block ends where the indentation does", "sleep": "write 'wait 2 s'",
    "try": "write 'when CONDITION:' for what happens then", "parameter": "write 'param NAME: time ~ 1..3 s'",
}  # fmt: skip
"""First word of a statement of other languages -> what to write here."""

CHAINED = frozenset({"elif", "else", "elseif", "case", "except", "finally", "default"})
"""Words that go on with a statement of other languages: said once, at its start."""

FAMILIES_ELSEWHERE = {
    "uniform": "{0}..{1}", "rand": "{0}..{1}", "randrange": "{0}..{1} step 1", "randint": "{0}..{1} step 1",
    "gaussian": "normal({0}, {1})", "gauss": "normal({0}, {1})", "choice": "{{{all}}}", "oneof": "{{{all}}}",
    "one_of": "{{{all}}}", "discrete": "{{{all}}}", "categorical": "{{{all}}}", "options": "{{{all}}}",
    "range": "{0}..{1}", "bernoulli": "{{yes: {0}, no: 1 - {0}}}", "exponential": "", "truncnorm": "",
}  # fmt: skip
"""Distribution of other tools -> how its draw is written here, of its arguments."""

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "velocity": ("speed", "change_speed"), "pace": ("speed",), "heading": ("yaw",), "orientation": ("yaw",),
    "rotation": ("yaw",), "direction": ("yaw",), "color": ("colour",), "paint": ("colour",), "type": ("model",),
    "kind": ("model",), "variant": ("model",), "driver": ("controller",), "weather": ("rain", "cloud"),
    "clouds": ("cloud",), "fog": ("fog.visibility",), "sun": ("sun.elevation",), "daytime": ("sun.elevation",),
    "time_of_day": ("sun.elevation",), "wet": ("wetness",), "lights": ("lamps.lit", "light.level"),
    "lamps": ("lamps.lit",), "light": ("light.level",), "brightness": ("light.level",), "lane_count": ("lanes",),
    "num_lanes": ("lanes",), "resolution": ("size",), "width": ("size", "aisles"),
    "position": ("mount",), "pose": ("mount",),
    "beams": ("channels",), "racks": ("rack_bays",), "aisle_length": ("rack_bays",), "max_range": ("range",),
    "windshield": ("windscreen",), "hood": ("front_bumper",), "bonnet": ("front_bumper",), "grille": ("front_bumper",),
    "trunk": ("rear_bumper",), "handlebars": ("handlebar",), "fender": ("front_bumper",),
    "sidewalk": ("pavement",), "True": ("yes",), "TRUE": ("yes",), "true": ("yes",),
    "on": ("yes",), "False": ("no",), "FALSE": ("no",),
    "false": ("no",), "off": ("no",), "None": ("none",), "null": ("none",), "nil": ("none",), "gray": ("grey",),
    "vehicle": ("car",), "auto": ("car",), "person": ("pedestrian",), "human": ("pedestrian",),
    "walker": ("pedestrian",), "child": ("pedestrian",), "bike": ("bicycle", "cyclist"), "bicycle": ("cyclist",),
    "cyclist": ("bicycle",), "box": ("item", "crate"), "object": ("item",),
    "brake": ("change_speed", "stop"), "accelerate": ("change_speed",), "set_speed": ("change_speed",),
    "drive": ("change_speed",), "lane_change": ("change_lane",), "move": ("walk", "change_speed"),
    "go": ("walk", "change_speed"), "walk_to": ("walk",), "move_to": ("walk",), "set_position": ("teleport",),
    "wait": ("freeze",), "image": ("rgb",), "images": ("rgb",), "video": ("rgb",), "colour": ("rgb",),
    "segmentation": ("semantic",), "masks": ("instance",), "mask": ("instance",), "bbox": ("box2d", "box3d"),
    "boxes": ("box2d", "box3d"), "bounding_boxes": ("box2d", "box3d"), "normals": ("normal",),
    "pointcloud": ("points",), "point_cloud": ("points",), "cloud": ("points",), "xyz": ("points",),
    "optical_flow": ("flow",), "distance": ("range", "length"), "length": ("rack_bays",), "dist": ("distance",),
    "seconds": ("time",), "second": ("time",), "duration": ("time",), "float": ("number",), "real": ("number",),
    "double": ("number",), "integer": ("int",), "boolean": ("bool",), "str": ("string",), "meters": ("length",),
    "metres": ("length",), "degrees": ("angle",), "road": ("street",), "motorway": ("highway",), "city": ("street",),
}  # fmt: skip


def our_word(word: str, candidates: Collection[str]) -> str | None:
    """The word of this language for one of other tools, where it is among those that fit here."""
    return next((w for w in _SYNONYMS.get(word, ()) if w in candidates), None)
