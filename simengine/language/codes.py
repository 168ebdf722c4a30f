"""Catalogue of diagnostics: every code with its title and its rule. E: error, W: warning."""

from __future__ import annotations

__all__ = ["CODES"]

CODES: dict[str, tuple[str, str]] = {
    # reading and syntax
    "E0100": ("file cannot be read", "A scenario is a UTF-8 text file that this user may read."),
    "E0101": ("unexpected character", "Outside strings and comments only ASCII letters, digits and operators appear."),
    "E0102": ("unexpected word", "The grammar allows only certain words at each point of a statement."),
    "E0103": ("unknown unit", "A number is followed by nothing or by a unit that the language knows."),
    "E0104": ("bracket not closed", "Every '(', '[' and '{' is closed in the statement that opens it."),
    "E0105": ("unexpected indentation", "Only a line that ends in ':' is followed by a deeper block."),
    "E0106": ("number out of range", "Numbers are finite 64-bit floating-point values."),
    "E0107": ("tab in indentation", "Blocks are indented with spaces only."),
    "E0108": ("not plain text", "The source is UTF-8 without NUL characters."),
    "E0109": ("block expected", "A statement that opens a block ends in ':' and is followed by indented lines."),
    "E0110": ("limit exceeded", "Files from anywhere are checked safely because size, depth and counts are limited."),
    "E0111": ("unfinished string", "A string starts and ends on one line, in double quotes, without escapes."),
    "E0112": ("dedent fits no block", "A line that is less indented lines up with an enclosing block."),
    "E0113": ("unknown statement", "Every line starts with a statement word, a type of entity or a property."),
    "E0114": ("statement in the wrong place", "Actions stand under 'do:' or 'when', declarations in the scenario."),
    "E0115": ("no scenario in the file", "A file holds at least one 'scenario NAME:' with a block."),
    # names, types, structure
    "E0201": ("unknown name", "A name is declared in the scenario, or comes with the library that it uses."),
    "E0202": ("declared twice", "Each name, property and setting is declared once."),
    "E0203": ("unit mismatch", "Values compare, add and fill parameters only in the same physical dimension."),
    "E0204": ("wrong type", "A value has the type that its place asks for."),
    "E0205": ("wrong arguments", "A call gives each parameter once, and every one that is not optional."),
    "E0206": ("cyclic definition", "A value never depends on itself."),
    "E0207": (
        "running value in the initial scene",
        "Placement, 'param', 'let' and 'require' see the initial scene only.",
    ),
    "E0208": ("out of bounds", "A value stays within the bounds of its property for every draw."),
    "E0209": ("placement", "An entity has exactly one placement that says where it is."),
    "E0210": ("unknown channel", "A sensor records the channels of its kind."),
    "E0211": ("unknown library", "'use' names an installed library."),
    "E0212": ("wrong distribution", "A distribution has values, positive weights, and bounds in order."),
    "E0213": ("no bins", "'cover' of a number needs bins of some width, and 'cross' joins items that have bins."),
    "E0214": ("not always there", "A numbered element, lane, bay or arm is one that every draw of the text has."),
    "E0215": (
        "not allowed here",
        "Temporal words belong to 'ensure' and 'expect', 'override' to an extending scenario.",
    ),
    "E0216": ("cannot be set", "Only the properties of an entity, world or sensor are set."),
    "E0217": ("no world", "A scenario that places entities has one world."),
    "E0218": ("constraint never holds", "No draw can meet the constraint: proved by interval bounds."),
    # warnings
    "W0301": ("never used", "A declared value that nothing uses is probably a mistake."),
    "W0310": ("constraint never fails", "A constraint that holds for every draw can be removed."),
    "W0311": ("never counts", "What begins after the run has stopped is never tested."),
    "W0312": ("implausible start", "A tram runs on rails, and a trailer is towed."),
    "W0320": (
        "faster than the simulation",
        "The world moves 100 times a second; between two ticks it is interpolated.",
    ),
    "W0402": ("low acceptance", "Almost all proposals are rejected."),
    "W0501": (
        "does not run yet",
        "What a library describes and cannot build yet is checked, and a run refuses it.",
    ),
}
"""Code -> (title, rule)."""
