"""Outer dimensions of the people models when standing straight, metres: depth, width over the arms, height.

Heights: German 50th percentile man and woman of working age, and European children of 6 and 9 years;
man and woman of 75.
"""

from __future__ import annotations

__all__ = ["PERSON_SIZE_M"]

PERSON_SIZE_M: dict[str, tuple[float, float, float]] = {
    "adult": (0.352, 0.506, 1.76),
    "adult_f": (0.323, 0.432, 1.63),
    "child_9y": (0.271, 0.362, 1.33),
    "child_6y": (0.245, 0.320, 1.16),
    "elderly": (0.352, 0.498, 1.72),
    "elderly_f": (0.323, 0.426, 1.57),
}
"""By model."""
