"""Units by their legal definitions; did-you-mean by hand-counted distances."""

import math

import pytest

from simengine import errors
from simengine.units import DIMENSIONS, UNITS, dimension_name


def test_unit_scales():
    """Definitions: 1 mile = 1609.344 m, 1 h = 3600 s, 180 deg = pi rad, 0 C = 273.15 K."""
    assert UNITS["mph"].scale == pytest.approx(1609.344 / 3600, rel=1e-15)
    assert UNITS["km/h"].scale == pytest.approx(1000 / 3600)
    assert UNITS["mm/h"].scale == pytest.approx(1e-3 / 3600)
    assert UNITS["deg"].scale * 180 == pytest.approx(math.pi)
    assert UNITS["C"].offset == 273.15


def test_dimension_algebra():
    """length / time = speed, and a product without a name is spelt out."""
    d = DIMENSIONS
    assert d["length"] / d["time"] == d["speed"] and d["speed"] * d["time"] == d["length"]
    assert dimension_name(d["speed"]) == "speed"
    assert dimension_name(d["speed"] * d["speed"]) == "m2 s-2"


@pytest.mark.parametrize(
    ("word", "known", "want"),
    [
        ("witin", ["within", "when"], "within"),  # one insertion
        ("requier", ["require"], "require"),  # one transposition
        ("cra", ["car"], "car"),  # one transposition, short word
        ("xyz", ["car", "van"], None),
        ("cbr", ["can"], None),  # two edits, under 5 letters
    ],
)
def test_did_you_mean(word, known, want):
    """Distances counted by hand, limits 2 and 1 (words under 5 letters)."""
    assert errors.did_you_mean(word, known) == want


def test_every_error_is_also_a_builtin():
    """A stranger catches ValueError, OSError, LookupError, RuntimeError or ImportError without knowing our tree."""
    for name in errors.__all__:
        cls = getattr(errors, name)
        if isinstance(cls, type) and cls is not errors.SimEngineError:
            assert issubclass(cls, errors.SimEngineError)
            assert issubclass(cls, (ValueError, OSError, LookupError, RuntimeError, ImportError, ArithmeticError))


@pytest.mark.parametrize(
    ("word", "article"),
    [("imu", "an"), ("object", "an"), ("animal", "an"), ("emergency_vehicle", "an"), ("arm", "an"), ("item", "an"),
     ("lidar", "a"), ("camera", "a"), ("person", "a"), ("unicycle", "a"), ("'object'", "an"), ("int", "an")],
)  # fmt: skip
def test_articles_follow_the_sound(word: str, article: str):
    """ "an" before a vowel that is heard: the u of a unicycle is a "you"."""
    assert errors.an(word) == f"{article} {word}"
