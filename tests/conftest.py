"""Hypothesis repeats itself: the same commit gives the same examples, on any machine.

`pytest --hypothesis-profile explore` tries others.
"""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, print_blob=True)
settings.register_profile("explore", derandomize=False, print_blob=True)
settings.load_profile("repeatable")
