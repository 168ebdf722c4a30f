"""Materials of the driving scenes: linear albedo and reflectance at 905 nm.

Colours are picked in sRGB and converted. Near-infrared reflectances follow published ranges: asphalt 0.1..0.2, concrete
0.3..0.5, vegetation 0.4..0.6, black paint 0.02..0.1, white paint 0.6..0.8, dyed cloth 0.3..0.6 whatever its colour,
retroreflective sheeting 50..1000 times a Lambertian surface.
"""

from __future__ import annotations

from dataclasses import replace

from simengine.world.materials import Material, Pattern

__all__ = ["CLOTHES", "FACADES", "HAIR", "PAINTS", "PAINT_SHARE", "SKIN", "cloth", "lit", "matt", "rgb"]


def rgb(code: str) -> tuple[float, float, float]:
    """Linear RGB of an sRGB hex code "aabbcc" (IEC 61966-2-1)."""
    value = [int(code[i : i + 2], 16) / 255.0 for i in (0, 2, 4)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in value)
    return round(r, 4), round(g, 4), round(b, 4)


def matt(name: str, code: str, nir: float, pattern: Pattern = Pattern.PLAIN, scale_m: float = 1.0,
         roughness: float = 0.9) -> Material:  # fmt: skip
    """A diffuse surface."""
    return Material(name, rgb(code), roughness, nir=nir, pattern=pattern, pattern_scale_m=scale_m)


def _paint(name: str, code: str, nir: float) -> Material:
    return Material(f"paint_{name}", rgb(code), roughness=0.12, specular=0.05, nir=nir)


def lit(material: Material, emission: float) -> Material:
    """The same surface, shining: ``emission`` is its luminance relative to a white sheet in the sun."""
    colour = material.albedo
    return replace(material, name=f"{material.name}_lit", emission=(
        emission * colour[0], emission * colour[1], emission * colour[2]
    ))  # fmt: skip


# ---- ground ----------------------------------------------------------------------------------------------------
ASPHALT = matt("asphalt", "58585a", 0.15, Pattern.ASPHALT, 1.0)
ASPHALT_PARKING = matt("asphalt_parking", "666462", 0.18, Pattern.ASPHALT, 1.0)
MARKING = Material("marking", rgb("e2e0d8"), 0.7, nir=0.65, retro=8.0)
KERB = matt("kerb", "a8a49c", 0.4, Pattern.CONCRETE, 1.0)
PAVING = matt("paving", "9c968c", 0.38, Pattern.PAVING, 0.4)
GUTTER = matt("gutter", "86837c", 0.33, Pattern.CONCRETE, 0.5)
GRASS = matt("grass", "536238", 0.5, Pattern.GRASS, 2.0)
GRAVEL = matt("gravel", "8b8577", 0.35, Pattern.ASPHALT, 0.6)
SOIL = matt("soil", "5a4a38", 0.3, Pattern.GRASS, 0.5)
CONCRETE = matt("concrete", "a3a19b", 0.4, Pattern.CONCRETE, 2.0)
IRON = Material("iron", rgb("3c3d40"), 0.6, 0.06, nir=0.25)

# ---- plants ----------------------------------------------------------------------------------------------------
BARK = matt("bark", "5e4c3c", 0.4, Pattern.PLASTER, 0.4)
LEAVES = (
    matt("leaves_lime", "48602a", 0.5, Pattern.FOLIAGE, 0.35),
    matt("leaves_maple", "385225", 0.48, Pattern.FOLIAGE, 0.35),
    matt("leaves_plane", "536631", 0.52, Pattern.FOLIAGE, 0.4),
    matt("leaves_dark", "2c4223", 0.45, Pattern.FOLIAGE, 0.4),
)

# ---- metal, glass, plastic -------------------------------------------------------------------------------------
GALVANISED = Material("galvanised", rgb("a9adb0"), 0.45, 0.5, 1.0, nir=0.55)
POLE = Material("pole_paint", rgb("5d6662"), 0.4, 0.04, nir=0.3)
LAMP_GLASS = Material("lamp_glass", rgb("f4efdd"), 0.25, 0.04, nir=0.6)
GLASS = Material("car_glass", (0.012, 0.014, 0.015), 0.03, 0.045, nir=0.04)
WINDOW = Material("window_glass", (0.03, 0.036, 0.04), 0.03, 0.05, nir=0.05)
LIT_WINDOWS: tuple[Material, ...] = (
    replace(WINDOW, name="window_warm", emission=(0.00105, 0.00066, 0.00028)),
    replace(WINDOW, name="window_dim", emission=(0.00042, 0.00022, 0.0001)),
    replace(WINDOW, name="window_cool", emission=(0.00068, 0.00068, 0.0006)),
)
"""Rooms with the light on behind curtains, 8 to 25 cd/m2 seen from the street (1 is 32,000 cd/m2)."""
LIT_SHOP = replace(WINDOW, name="window_shop", emission=(0.0019, 0.0016, 0.0011))
"""A shop window, 50 cd/m2."""
RUBBER = matt("rubber", "26262a", 0.05)
PLASTIC = Material("plastic_black", rgb("2b2c2e"), 0.55, 0.04, nir=0.07)
UNDERBODY = matt("underbody", "1a1a1b", 0.04)
RIM = Material("rim", rgb("b4b8bc"), 0.3, 0.55, 1.0, nir=0.5)
RIM_DARK = Material("rim_dark", rgb("3a3c3f"), 0.4, 0.05, nir=0.1)
CHROME = Material("chrome", rgb("cfd2d4"), 0.12, 0.6, 1.0, nir=0.6)
HEADLAMP = Material("headlamp", rgb("4a4f54"), 0.06, 0.08, nir=0.15)
HEADLAMP_LENS = Material("headlamp_lens", rgb("e6ebee"), 0.1, 0.12, nir=0.6, retro=60.0)
TAILLAMP = Material("taillamp", rgb("a01418"), 0.12, 0.05, nir=0.35, retro=60.0)
BRAKELAMP = Material("brakelamp", rgb("5a0c10"), 0.12, 0.05, nir=0.3)
CLEAR_LENS = Material("clear_lens", rgb("c9cdd0"), 0.1, 0.08, nir=0.6)
HEADLAMPS: tuple[str, ...] = ("headlamp", "headlamp_lens")
TAILLAMPS: tuple[str, ...] = ("taillamp",)
BRAKELAMPS: tuple[str, ...] = ("brakelamp",)
LIT_LAMPS: dict[str, Material] = {
    "headlamp_lens": lit(HEADLAMP_LENS, 3.0),
    "taillamp": replace(TAILLAMP, name="taillamp_lit", emission=(0.014, 0.0001, 0.0001)),
}
"""Lamps of vehicles when switched on: a low beam seen off its axis, and the 450 cd/m2 of a red tail lamp."""
BRAKING_LAMPS: dict[str, Material] = {
    "taillamp": replace(TAILLAMP, name="taillamp_braking", emission=(0.25, 0.0008, 0.0006)),
    "brakelamp": replace(BRAKELAMP, name="brakelamp_braking", emission=(0.25, 0.0008, 0.0006)),
}
"""Lamps while braking: some 80 cd from a hundredth of a square metre, ten to twenty times a tail lamp."""
INDICATOR = Material("indicator", rgb("d8801c"), 0.15, 0.05, nir=0.5, retro=20.0)
PLATE = Material("plate", rgb("f0efe6"), 0.5, nir=0.7, retro=300.0)
PLATE_MARK = Material("plate_mark", rgb("22262e"), 0.5, nir=0.1)
PLATE_BLUE = Material("plate_blue", rgb("1d3f94"), 0.5, nir=0.3, retro=100.0)
SIGN_BLUE = Material("sign_blue", rgb("1f4fa0"), 0.5, nir=0.4, retro=250.0)
SIGN_WHITE = Material("sign_white", rgb("f2f2ee"), 0.5, nir=0.7, retro=400.0)
SIGN_RED = Material("sign_red", rgb("b5201f"), 0.5, nir=0.5, retro=200.0)
SIGN_BACK = Material("sign_back", rgb("8a8d8f"), 0.5, 0.3, nir=0.5)
POST_WHITE = matt("post_white", "e4e4de", 0.7)
REFLECTOR = Material("reflector", rgb("e8dcc0"), 0.3, nir=0.7, retro=800.0)
BENCH_WOOD = matt("bench_wood", "8a6440", 0.55, Pattern.PLASTER, 0.3)
BIN_GREEN = Material("bin_green", rgb("2f4a3a"), 0.5, nir=0.3)
CARGO_WHITE = Material("cargo_white", rgb("dcdcd8"), 0.4, nir=0.65)
TARPAULIN = Material("tarpaulin", rgb("2c4f7c"), 0.6, nir=0.4)
BUS_YELLOW = Material("paint_bus_yellow", rgb("e0b020"), 0.2, 0.05, nir=0.6)

PAINTS: dict[str, Material] = {
    "white": _paint("white", "ececea", 0.70),
    "black": _paint("black", "121315", 0.05),
    "grey": _paint("grey", "5c6166", 0.20),
    "silver": _paint("silver", "b2b6b9", 0.45),
    "blue": _paint("blue", "1f3c72", 0.25),
    "red": _paint("red", "98191c", 0.50),
    "green": _paint("green", "2f4a38", 0.30),
    "brown": _paint("brown", "5b4738", 0.35),
    "orange": _paint("orange", "cf5a1e", 0.60),
    "yellow": _paint("yellow", "dcae20", 0.60),
}
PAINT_SHARE: dict[str, float] = {
    "white": 0.30, "black": 0.21, "grey": 0.22, "silver": 0.09, "blue": 0.08, "red": 0.05, "green": 0.02,
    "brown": 0.015, "orange": 0.01, "yellow": 0.005,
}  # fmt: skip
"""Share of colours on European roads, after the yearly colour reports of the paint makers."""

# ---- buildings -------------------------------------------------------------------------------------------------
FACADES: tuple[Material, ...] = (
    matt("plaster_cream", "d8cbb0", 0.55, Pattern.PLASTER, 3.0),
    matt("plaster_white", "dcd9d0", 0.6, Pattern.PLASTER, 3.0),
    matt("plaster_ochre", "c3a06a", 0.5, Pattern.PLASTER, 3.0),
    matt("plaster_rose", "bf8f80", 0.5, Pattern.PLASTER, 3.0),
    matt("plaster_grey", "a09f9a", 0.45, Pattern.PLASTER, 3.0),
    matt("plaster_sage", "98a48c", 0.45, Pattern.PLASTER, 3.0),
    matt("brick_red", "8a4a38", 0.45, Pattern.BRICK, 0.25),
    matt("brick_brown", "6e5142", 0.4, Pattern.BRICK, 0.25),
    matt("brick_yellow", "b39a6c", 0.5, Pattern.BRICK, 0.25),
)
STONE = matt("stone_trim", "b9b2a2", 0.45, Pattern.CONCRETE, 1.2)
PLINTH = matt("plinth", "7c776e", 0.35, Pattern.CONCRETE, 0.8)
ROOFS: tuple[Material, ...] = (
    matt("tiles_red", "7f4330", 0.4, Pattern.BRICK, 0.3),
    matt("tiles_brown", "5b4438", 0.35, Pattern.BRICK, 0.3),
    matt("slate", "4a4d52", 0.2, Pattern.BRICK, 0.3),
)
FRAME_WHITE = matt("frame_white", "e2e0da", 0.6, roughness=0.5)
FRAME_DARK = matt("frame_dark", "3b3a38", 0.15, roughness=0.5)
DOORS: tuple[Material, ...] = (
    matt("door_green", "2f4638", 0.3, roughness=0.4),
    matt("door_brown", "5a3c26", 0.4, roughness=0.4),
    matt("door_blue", "2c3f5c", 0.3, roughness=0.4),
)
AWNINGS: tuple[Material, ...] = (
    matt("awning_red", "9c3028", 0.5),
    matt("awning_green", "2f5a40", 0.4),
    matt("awning_sand", "c8b48a", 0.55),
)

# ---- people ----------------------------------------------------------------------------------------------------
SKIN: tuple[Material, ...] = tuple(
    Material(f"skin_{i}", rgb(c), 0.55, 0.03, nir=0.5) for i, c in enumerate(("e2b595", "cf9a77", "a9734f", "6d4630"))
)
HAIR: tuple[Material, ...] = tuple(
    Material(f"hair_{i}", rgb(c), 0.6, 0.04, nir=0.3) for i, c in enumerate(("2a211b", "4f3826", "8c6a42", "5d5a57"))
)
LEATHER = Material("leather", rgb("2a2a2d"), 0.8, 0.03, nir=0.3)
LIPS = matt("lips", "a9645a", 0.5)
SOLE = matt("sole", "4a4642", 0.15)
SHOES: tuple[Material, ...] = (matt("shoes_black", "242326", 0.15), matt("shoes_white", "d6d4ce", 0.6))
CLOTHES: dict[str, str] = {
    "navy": "26304a", "black": "202124", "grey": "6a6c70", "red": "a3302c", "green": "41603f", "yellow": "d2a934",
    "white": "dad7cf", "blue": "3f6595", "denim": "3f4f6b", "khaki": "8a7b5c", "pink": "c77f92", "orange": "cc6a2c",
}  # fmt: skip


def cloth(colour: str) -> Material:
    """Dyed cloth. In the near infrared most dyes are clear, so it is brighter there than to the eye."""
    albedo = rgb(CLOTHES[colour])
    return Material(f"cloth_{colour}", albedo, 0.95, 0.02, nir=round(0.35 + 0.3 * sum(albedo) / 3.0, 3))
