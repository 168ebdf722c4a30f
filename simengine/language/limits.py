"""Limits on untrusted scenario files. Each is checked before the thing it limits costs anything."""

from __future__ import annotations

__all__ = [
    "ARRAY_ELEMENTS", "COMBINATIONS", "CROSS_SETS", "CROSS_TUPLES", "ERRORS", "EXTENDS", "FORWARD", "IDENTIFIER_CHARS",
    "NESTING", "NODES", "OPERANDS", "SENSOR_CHANNELS", "SIMULATED_TIME_S", "SOURCE_BYTES", "STATEMENTS",
    "STATEMENT_TOKENS", "STRING_CHARS", "TOKENS", "WARNINGS",
]  # fmt: skip

SOURCE_BYTES = 1_000_000
TOKENS = 200_000
STATEMENT_TOKENS = 32_768  # a table of 4,096 rows of two quantities fits
NESTING = 64
OPERANDS = 64  # terms of one chain "a + b + ...": they nest to the left
STATEMENTS = 10_000  # of a file; and of its scenarios with all that they extend, together
ARRAY_ELEMENTS = 4096
COMBINATIONS = 1 << 18  # of elements, of arrays looked through inside one another: 512 x 512, 64 x 64 x 64
CROSS_SETS = 20_000  # of items, of all 'cross' statements: each is counted on its own
CROSS_TUPLES = 2_000_000  # combinations of their bins
SENSOR_CHANNELS = 256
NODES = 10_000  # of the timelines of one scenario
SIMULATED_TIME_S = 3600.0
IDENTIFIER_CHARS = 64
STRING_CHARS = 2000
FORWARD = 40  # definitions that wait for one another because each is declared before what it needs
EXTENDS = 16  # scenarios that one scenario extends, one the other
ERRORS = 20  # reported in one run
WARNINGS = 50  # of one code, reported in one run
