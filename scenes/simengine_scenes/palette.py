"""Materials of the driving scenes: linear albedo and reflectance at 905 nm.

Colours are picked in sRGB and converted. Near-infrared reflectances follow published ranges: asphalt 0.1..0.2, concrete
0.3..0.5, vegetation 0.4..0.6, black paint 0.02..0.1, white paint 0.6..0.8, dyed cloth 0.3..0.6 whatever its colour,
retroreflective sheeting 50..1000 times a Lambertian surface.
"""

from __future__ import annotations

from dataclasses import replace

from simengine.world.lamps import BLINK, Lamp
from simengine.world.materials import Cutout, Material, Pane, Pattern
from simengine.world.scene import Glow

__all__ = [
    "CLOTHES", "FACADES", "FLEET_SHARE", "HAIR", "PAINTS", "PAINT_SHARE", "SKIN", "box_side", "cloth", "coat",
    "curtain", "helmet", "lit", "matt", "panels", "rgb",
]  # fmt: skip


def rgb(code: str) -> tuple[float, float, float]:
    """Linear RGB of an sRGB hex code "aabbcc" (IEC 61966-2-1)."""
    value = [int(code[i : i + 2], 16) / 255.0 for i in (0, 2, 4)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in value)
    return round(r, 4), round(g, 4), round(b, 4)


def matt(name: str, code: str, nir: float, pattern: Pattern = Pattern.PLAIN, scale_m: float = 1.0,
         roughness: float = 0.9, substance: str = "") -> Material:  # fmt: skip
    """A diffuse surface."""
    return Material(
        name, rgb(code), roughness, nir=nir, pattern=pattern, pattern_scale_m=scale_m, substance=substance
    )  # fmt: skip


_THROUGH = {Cutout.LEAVES: (0.6, 0.85, 0.35), Cutout.NEEDLES: (0.25, 0.35, 0.15)}
"""Light that a leaf lets through, in parts of what it sends back: broad leaves transmit about 0.03, 0.10 and 0.016 of
red, green and blue where they reflect 0.05, 0.12 and 0.045 (Jacquemoud and Baret 1990); needles are thicker."""


def _leaves(name: str, code: str, nir: float, scale_m: float, kind: Cutout, leaf_m: float) -> Material:
    """Leaves that are cut out of what they are drawn on."""
    look = matt(name, code, nir, Pattern.FOLIAGE, scale_m)
    (r, g, b), (tr, tg, tb) = look.albedo, _THROUGH[kind]
    return replace(look, cutout=kind, cutout_m=leaf_m, translucency=(tr * r, tg * g, tb * b))


def _paint(name: str, code: str, nir: float) -> Material:
    flakes = Pattern.FLAKES if name in ("grey", "silver", "blue", "brown") else Pattern.PLAIN
    return Material(f"paint_{name}", rgb(code), roughness=0.12, specular=0.05, nir=nir, pattern=flakes)


def lit(material: Material, emission: float) -> Material:
    """The same surface, shining: ``emission`` is its luminance relative to a white sheet in the sun."""
    colour = material.albedo
    return replace(material, name=f"{material.name}_lit", emission=(
        emission * colour[0], emission * colour[1], emission * colour[2]
    ))  # fmt: skip


# ---- ground ----------------------------------------------------------------------------------------------------
ASPHALT = matt("asphalt", "58585a", 0.15, Pattern.ASPHALT, 1.0)
ASPHALT_PARKING = matt("asphalt_parking", "666462", 0.18, Pattern.ASPHALT, 1.0)
ASPHALT_RED = matt("asphalt_red", "7a463f", 0.3, Pattern.ASPHALT, 1.0)
ASPHALT_PATCH = matt("asphalt_patch", "48484a", 0.12, Pattern.ASPHALT, 0.7)
MARKING = Material("marking", rgb("e2e0d8"), 0.7, nir=0.65, retro=8.0, pattern=Pattern.ROAD_PAINT)
KERB = matt("kerb", "a8a49c", 0.4, Pattern.CONCRETE, 1.0)
PAVING = matt("paving", "9c968c", 0.38, Pattern.PAVING, 0.4)
SETTS = matt("setts", "7a736b", 0.3, Pattern.PAVING, 0.18)
TACTILE = matt("tactile_paving", "b9a888", 0.42, Pattern.PAVING, 0.1)
GUTTER = matt("gutter", "86837c", 0.33, Pattern.CONCRETE, 0.5)
CAST_IRON = matt("cast_iron", "3f4043", 0.25)
COVER_FRAME = matt("cover_frame", "6a6966", 0.25, Pattern.CONCRETE, 0.3)
GRASS = matt("grass", "536238", 0.5, Pattern.GRASS, 2.0)
GRAVEL = matt("gravel", "8b8577", 0.35, Pattern.ASPHALT, 0.6)
SOIL = matt("soil", "5a4a38", 0.3, Pattern.GRASS, 0.5)
CONCRETE = matt("concrete", "a3a19b", 0.4, Pattern.CONCRETE, 2.0)
IRON = Material("iron", rgb("3c3d40"), 0.6, 0.06, nir=0.25)

# ---- plants ----------------------------------------------------------------------------------------------------
BARK = matt("bark", "6a6159", 0.4, Pattern.BARK, 1.0)
LEAVES = (
    _leaves("leaves_lime", "4c653a", 0.5, 0.35, Cutout.LEAVES, 0.17),
    _leaves("leaves_maple", "3b5634", 0.48, 0.35, Cutout.LEAVES, 0.19),
    _leaves("leaves_plane", "576b42", 0.52, 0.4, Cutout.LEAVES, 0.21),
    _leaves("leaves_dark", "2f4630", 0.45, 0.4, Cutout.LEAVES, 0.15),
)

NEEDLES = _leaves("needles", "2e452a", 0.45, 0.3, Cutout.NEEDLES, 0.22)
FERN = _leaves("fern", "4a6a2a", 0.5, 0.2, Cutout.NEEDLES, 0.12)
MOSS = matt("moss", "5f6f2c", 0.45, Pattern.GRASS, 0.4)
BOULDER = matt("boulder", "77766e", 0.35, Pattern.CONCRETE, 0.8)
FRESH_WOOD = matt("fresh_wood", "c9a46c", 0.6, Pattern.WOOD, 1.0)
FOREST_FLOOR = matt("forest_floor", "564a33", 0.4, Pattern.GRASS, 1.2)
FOREST_GRASS = matt("forest_grass", "5a5f34", 0.48, Pattern.GRASS, 0.8)
TRACK_EARTH = matt("track_earth", "74664d", 0.35, Pattern.GRASS, 0.8)
RUT = matt("rut", "5d4f3e", 0.3, Pattern.GRASS, 0.5)

# ---- metal, glass, plastic -------------------------------------------------------------------------------------
GALVANISED = Material("galvanised", rgb("a9adb0"), 0.45, 0.5, 1.0, nir=0.55)
ALUMINIUM = Material("aluminium", rgb("d6d9db"), 0.5, 0.2, nir=0.7)
"""Drawn and anodised: its rough oxide scatters most of the light, so that upright faces do not mirror the dark road."""
POLE = Material("pole_paint", rgb("5d6662"), 0.4, 0.04, nir=0.3)
LAMP_GLASS = Material("lamp_glass", rgb("f4efdd"), 0.25, 0.04, nir=0.6)
GLASS = Material("car_glass", (0.012, 0.014, 0.015), 0.03, 0.045, nir=0.04)
"""Of what has nothing inside: a dark mirror."""
WINDSCREEN = replace(GLASS, name="glass_windscreen", pane=Pane((0.79, 0.83, 0.80), 0.55))
"""75 % of the light gets through (UN R43 asks for 70 %), and less of the near infrared."""
CLEAR_GLASS = replace(GLASS, name="glass_clear", pane=Pane((0.96, 0.98, 0.97), 0.85))
PRIVACY_GLASS = replace(WINDSCREEN, name="glass_privacy", pane=Pane((0.32, 0.33, 0.33), 0.3))
"""Behind the front doors: 30 %."""
HEADLINER = matt("headliner", "9a978f", 0.5, substance="tissue")
SEAT = matt("seat_cloth", "3c3d40", 0.35)
WINDOW = Material("window_glass", (0.03, 0.036, 0.04), 0.03, 0.05, nir=0.05)
CURTAINS: tuple[Material, ...] = tuple(
    replace(WINDOW, name=f"window_curtain_{i}", albedo=rgb(code), nir=0.3)
    for i, code in enumerate(("8f9090", "857f72", "6d706c", "7d6a5c", "93908a"))
)
"""Cloth close behind a pane, dimmed by its two ways through the glass, with the gloss of the pane."""
LIT_WINDOWS: tuple[Material, ...] = (
    replace(WINDOW, name="window_warm", emission=(0.00034, 0.00020, 0.00008)),
    replace(WINDOW, name="window_dim", emission=(0.00018, 0.00010, 0.00004)),
    replace(WINDOW, name="window_cool", emission=(0.00021, 0.00021, 0.00018)),
)
"""Walls of rooms with the light on, 4 to 8 cd/m2 seen from the street (1 is 32,000 cd/m2): 20 to 40 lx on them."""
LIT_SHOP = replace(WINDOW, name="window_shop", emission=(0.0010, 0.00084, 0.00058))
"""A shop window, 27 cd/m2."""
SHOP_GLASS = replace(WINDOW, name="glass_shop", pane=Pane((0.94, 0.96, 0.95), 0.85))
LIT_SHOP_GLASS = replace(SHOP_GLASS, name="glass_shop_lit", emission=LIT_SHOP.emission)
SHOP_WALL = matt("shop_wall", "c9c2b4", 0.6, substance="stone")
SHOP_FLOOR = matt("shop_floor", "8a7a66", 0.5, substance="wood")
SHOP_SHELF = matt("shop_shelf", "9c8465", 0.5, substance="wood")
SHOP_FIGURE = matt("shop_figure", "d9d2c6", 0.6, substance="plastic")
SHOP_LIGHT = (0.0012, 0.00103, 0.00074)
"""What white things in a shop send back of its light, 33 cd/m2: 130 lx on what stands upright."""
SHOP_LAMP = replace(SHOP_WALL, name="shop_lamp", emission=(0.06, 0.053, 0.042), substance="glass")
"""2,000 cd/m2."""
RUBBER = matt("rubber", "26262a", 0.05)
PLASTIC = Material("plastic_black", rgb("2b2c2e"), 0.55, 0.04, nir=0.07)
UNDERBODY = matt("underbody", "1a1a1b", 0.04, substance="plastic")
RIM = Material("rim", rgb("b4b8bc"), 0.3, 0.55, 1.0, nir=0.5)
RIM_DARK = Material("rim_dark", rgb("3a3c3f"), 0.4, 0.05, nir=0.1)
CHROME = Material("chrome", rgb("cfd2d4"), 0.12, 0.6, 1.0, nir=0.6)
HEADLAMP = Material("headlamp", rgb("4a4f54"), 0.06, 0.08, nir=0.15)
HEADLAMP_LENS = Material("headlamp_lens", rgb("e6ebee"), 0.1, 0.12, nir=0.6, retro=60.0)
TAILLAMP = Material("taillamp", rgb("a01418"), 0.12, 0.05, nir=0.35, retro=60.0)
BRAKELAMP = Material("brakelamp", rgb("5a0c10"), 0.12, 0.05, nir=0.3)
CLEAR_LENS = Material("clear_lens", rgb("c9cdd0"), 0.1, 0.08, nir=0.6)
SIGNAL_BOX = Material("signal_box", rgb("1d2022"), 0.7, 0.03, nir=0.06)
SIGNAL_INSIDE = Material("signal_inside", rgb("141516"), 1.0, 0.0, nir=0.04)
BUTTON_BOX = Material("button_box", rgb("e6b31e"), 0.5, nir=0.6)
SIGNAL_LENSES: dict[str, Material] = {
    "red": Material("lens_red", rgb("4a0d0c"), 0.15, 0.05, nir=0.25),
    "amber": Material("lens_amber", rgb("54330a"), 0.15, 0.05, nir=0.3),
    "green": Material("lens_green", rgb("0b3a2c"), 0.15, 0.05, nir=0.2),
}
"""Lenses of signals that are off: dark glass."""


def _signals(name: str, level: float, blue: float) -> dict[str, Material]:
    glow = {"red": (level, 0.0, 0.0), "amber": (level, 0.31 * level, 0.0), "green": (0.0, level, blue * level)}
    return {k: replace(SIGNAL_LENSES[k], name=f"lens_{k}_{name}", emission=v) for k, v in glow.items()}


LIT_SIGNALS = _signals("lit", 0.9, 0.12)
"""Lenses of signals that shine: 400 to 1,000 cd from a lens of 200 mm (EN 12368), 20,000 cd/m2 seen from the road."""
DIMMED_SIGNALS = _signals("dimmed", 0.09, 0.0)
"""The same when the street lamps are on. They keep to their primaries, so that a camera that exposes for the night
still tells which one it is."""
INDICATOR = Material("indicator", rgb("d8801c"), 0.15, 0.05, nir=0.5, retro=20.0)
INDICATORS: tuple[Material, ...] = tuple(replace(INDICATOR, name=f"indicator_{side}") for side in ("left", "right"))
_BLINKING = tuple(replace(m, name=f"{m.name}_lit", emission=(0.55, 0.17, 0.0)) for m in INDICATORS)
_RED = (0.25, 0.0, 0.0)
LAMPS: dict[str, str] = {
    "headlamp_lens": "lamp_head", "taillamp": "lamp_tail", "brakelamp": "lamp_brake", "clear_lens": "lamp_reverse",
    "indicator_left": "lamp_left", "indicator_right": "lamp_right",
}  # fmt: skip
"""Part that the faces of a material become, so that they can shine by themselves."""
GLOWS: dict[str, tuple[Glow, ...]] = {
    "headlamp_lens": (
        Glow(replace(HEADLAMP_LENS, name="headlamp_lens_high", emission=(9.0, 9.0, 8.6)), Lamp.HIGH),
        Glow(lit(HEADLAMP_LENS, 3.0), Lamp.LOW),
    ),
    "taillamp": (
        Glow(replace(TAILLAMP, name="taillamp_braking", emission=_RED), Lamp.BRAKE | Lamp.FOG),
        Glow(replace(TAILLAMP, name="taillamp_lit", emission=(0.014, 0.0, 0.0)), Lamp.LOW | Lamp.HIGH),
    ),
    "brakelamp": (Glow(replace(BRAKELAMP, name="brakelamp_braking", emission=_RED), Lamp.BRAKE),),
    "clear_lens": (Glow(replace(CLEAR_LENS, name="reverse_lit", emission=(0.3, 0.29, 0.27)), Lamp.REVERSE),),
    "indicator_left": (Glow(_BLINKING[0], Lamp.LEFT, BLINK),),
    "indicator_right": (Glow(_BLINKING[1], Lamp.RIGHT, BLINK),),
}  # fmt: skip
"""Lamps of vehicles that are on. A low beam is seen off its axis; a red tail lamp has 450 cd/m2; while braking (and as
fog lamps) they have some 80 cd from a hundredth of a square metre, ten to twenty times as much; indicators at the rear
have 50 to 500 cd and reversing lamps 80 to 300 cd (UN R148)."""
WARNING_LENS = Material("warning_lens", rgb("c98a10"), 0.2, 0.05, nir=0.5, retro=20.0)
WARNING_LIT = replace(WARNING_LENS, name="warning_lens_lit", emission=(0.5, 0.2, 0.0))
"""Warning lamps of roadworks (EN 12352) and their flash."""
PLATE = Material("plate", rgb("f0efe6"), 0.5, nir=0.7, retro=300.0)
PLATE_MARK = Material("plate_mark", rgb("22262e"), 0.5, nir=0.1)
PLATE_BLUE = Material("plate_blue", rgb("1d3f94"), 0.5, nir=0.3, retro=100.0)
SIGN_BLUE = Material("sign_blue", rgb("1f4fa0"), 0.5, nir=0.4, retro=250.0)
SIGN_WHITE = Material("sign_white", rgb("f2f2ee"), 0.5, nir=0.7, retro=400.0)
SIGN_RED = Material("sign_red", rgb("b5201f"), 0.5, nir=0.5, retro=200.0)
SIGN_YELLOW = Material("sign_yellow", rgb("f0b81c"), 0.5, nir=0.6, retro=250.0)
SIGN_BLACK = Material("sign_black", rgb("1c1c1e"), 0.5, nir=0.05)
SIGN_BACK = Material("sign_back", rgb("8a8d8f"), 0.5, 0.3, nir=0.5)
POST_WHITE = matt("post_white", "e4e4de", 0.7, substance="plastic")
REFLECTOR = Material("reflector", rgb("e8dcc0"), 0.3, nir=0.7, retro=800.0)
BENCH_WOOD = matt("bench_wood", "8a6440", 0.55, Pattern.WOOD, 1.0)
BIN_GREEN = Material("bin_green", rgb("2f4a3a"), 0.5, nir=0.3, substance="metal")
CARGO_WHITE = Material("cargo_white", rgb("dcdcd8"), 0.4, nir=0.65)


def panels(colour: str) -> Material:
    """Sheets of buses, trams and cabs, in a colour of ``PAINTS``: larger, less even and oftener brushed than those of
    cars, so that they shine but mirror nothing."""
    return replace(PAINTS[colour], name=f"paint_{colour}_panels", roughness=0.26)


def box_side(colour: str) -> Material:
    """Panels of a trailer's box, in a colour of ``PAINTS``: their coat is dull beside that of a car."""
    return CARGO_WHITE if colour == "white" else replace(
        PAINTS[colour], name=f"cargo_{colour}", roughness=0.42, specular=0.04, pattern=Pattern.PLAIN
    )  # fmt: skip


def curtain(colour: str) -> Material:
    """Coated cloth on the sides of trailers, in a colour of ``PAINTS``."""
    paint = PAINTS[colour]
    return replace(
        paint, name=f"curtain_{colour}", roughness=0.55, specular=0.04, pattern=Pattern.FABRIC, substance="plastic"
    )  # fmt: skip


TARPAULIN = Material("tarpaulin", rgb("2c4f7c"), 0.6, nir=0.4, pattern=Pattern.FABRIC)
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
FLEET_SHARE: dict[str, float] = {
    "white": 0.40, "blue": 0.14, "red": 0.13, "silver": 0.08, "grey": 0.08, "yellow": 0.06, "green": 0.05,
    "orange": 0.03, "black": 0.02, "brown": 0.01,
}  # fmt: skip
"""Of lorries and buses, an estimate: fleets are white or in the colour of their firm, seldom black."""

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
    matt("tiles_red", "8a4834", 0.4, Pattern.ROOF_TILES, 0.3),
    matt("tiles_brown", "624a3d", 0.35, Pattern.ROOF_TILES, 0.3),
    matt("slate", "4d5055", 0.2, Pattern.ROOF_TILES, 0.25),
)
FRAME_WHITE = matt("frame_white", "e2e0da", 0.6, roughness=0.5, substance="plastic")
FRAME_DARK = matt("frame_dark", "3b3a38", 0.15, roughness=0.5, substance="plastic")
FASCIA = replace(FRAME_DARK, name="fascia")
SHOP_LETTERS = replace(FRAME_WHITE, name="shop_letters")
SOFFIT, VERGE = replace(FRAME_DARK, name="soffit"), replace(FRAME_WHITE, name="verge")
"""Boards over shop windows and their letters, boards below and along the edges of roofs."""
DOORS: tuple[Material, ...] = (
    matt("door_green", "2f4638", 0.3, roughness=0.4),
    matt("door_brown", "5a3c26", 0.4, roughness=0.4),
    matt("door_blue", "2c3f5c", 0.3, roughness=0.4),
)
AWNINGS: tuple[Material, ...] = (
    matt("awning_red", "9c3028", 0.5, Pattern.FABRIC),
    matt("awning_green", "2f5a40", 0.4, Pattern.FABRIC),
    matt("awning_sand", "c8b48a", 0.55, Pattern.FABRIC),
)

# ---- roadworks -------------------------------------------------------------------------------------------------
MARKING_YELLOW = Material("marking_yellow", rgb("e0ac1c"), 0.7, nir=0.6, retro=8.0, pattern=Pattern.ROAD_PAINT)
CONE_ORANGE = Material("cone_orange", rgb("e6481a"), 0.55, nir=0.7, substance="plastic")
CONE_FADED = Material("cone_faded", rgb("cf6a44"), 0.7, nir=0.65, substance="plastic")
CONE_BAND = Material("cone_band", rgb("e6e6e2"), 0.5, nir=0.7, retro=300.0, substance="plastic")
BARRIER_RED = Material("barrier_red", rgb("c02a20"), 0.45, nir=0.6, substance="plastic")
BARRIER_WHITE = Material("barrier_white", rgb("dddcd6"), 0.45, nir=0.7, substance="plastic")
MACHINE_YELLOW = Material("machine_yellow", rgb("e0a414"), 0.35, 0.05, nir=0.6, substance="metal")
TRACK = Material("track_steel", rgb("4a4541"), 0.7, 0.1, nir=0.2, pattern=Pattern.PLASTER, pattern_scale_m=0.15)
DRUM = Material("drum_steel", rgb("8d8c88"), 0.35, 0.3, 0.8, nir=0.45)
PIPE = Material("sewer_pipe", rgb("a5542c"), 0.45, 0.04, nir=0.5, substance="stone")
CABIN_BLUE = Material("cabin_blue", rgb("2f6f9a"), 0.5, nir=0.4, substance="metal")

# ---- people ----------------------------------------------------------------------------------------------------
SKIN: tuple[Material, ...] = tuple(
    Material(f"skin_{i}", rgb(c), 0.55, 0.03, nir=0.5, pattern=Pattern.SKIN)
    for i, c in enumerate(("e2b595", "cf9a77", "a9734f", "6d4630"))
)
HAIR: tuple[Material, ...] = tuple(
    Material(f"hair_{i}", rgb(c), 0.6, 0.04, nir=0.3)
    for i, c in enumerate(("2a211b", "4f3826", "8c6a42", "5d5a57", "8f8c88", "c9c6c0"))
)
LEATHER = Material("leather", rgb("2a2a2d"), 0.8, 0.03, nir=0.3)
LIPS = matt("lips", "a97468", 0.5)
EYE_WHITE = Material("eye_white", rgb("d8d3cb"), 0.35, 0.04, nir=0.5, substance="tissue")
SOLE = matt("sole", "4a4642", 0.15)
SOLE_PALE = matt("sole_pale", "c9c5bb", 0.5)
SHOES: tuple[Material, ...] = (matt("shoes_black", "242326", 0.15), matt("shoes_white", "d6d4ce", 0.6))
CLOTHES: dict[str, str] = {
    "navy": "26304a", "black": "202124", "grey": "6a6c70", "red": "a3302c", "green": "41603f", "yellow": "d2a934",
    "white": "dad7cf", "blue": "3f6595", "denim": "3f4f6b", "khaki": "8a7b5c", "pink": "c77f92", "orange": "cc6a2c",
}  # fmt: skip


def cloth(colour: str) -> Material:
    """Dyed cloth. In the near infrared most dyes are clear, so it is brighter there than to the eye."""
    albedo = rgb(CLOTHES[colour])
    return Material(
        f"cloth_{colour}", albedo, 0.95, 0.02, nir=round(0.35 + 0.3 * sum(albedo) / 3.0, 3), pattern=Pattern.FABRIC
    )


def helmet(colour: str) -> Material:
    """The shell of a bicycle helmet in a colour of ``PAINTS``."""
    paint = PAINTS[colour]
    return replace(paint, name=f"helmet_{colour}", roughness=0.35, specular=0.04)


HIVIS = Material("hivis", rgb("d6e62e"), 0.9, 0.02, nir=0.7)
HIVIS_ORANGE = Material("hivis_orange", rgb("f0581c"), 0.9, 0.02, nir=0.75)
TAPE = Material("retro_tape", rgb("c9ccce"), 0.5, nir=0.7, retro=400.0, substance="tissue")
"""Safety vests and their bands (ISO 20471: at least 330 cd/lx/m2 at 0.2 and 5 degrees)."""
SADDLE = Material("saddle", rgb("1e1c1b"), 0.45, 0.04, nir=0.12)
SADDLE_TAN = Material("saddle_tan", rgb("8a5a32"), 0.4, 0.04, nir=0.45, substance="tissue")
TYRE = matt("tyre_bicycle", "1d1d1f", 0.05)
TYRE_WALL = matt("tyre_wall", "232325", 0.06)
PEDAL_REFLECTOR = Material("pedal_reflector", rgb("d97a10"), 0.3, nir=0.6, retro=300.0, substance="plastic")
WICKER = matt("wicker", "8d6b43", 0.5, Pattern.PLASTER, 0.05)
CRATE = Material("crate", rgb("2f5f4a"), 0.5, 0.04, nir=0.4)
PLYWOOD = Material("plywood", rgb("b48a5a"), 0.5, 0.04, nir=0.6, pattern=Pattern.WOOD, pattern_scale_m=2.0)
CARDBOARD = matt("cardboard", "b08a5c", 0.55, Pattern.CARDBOARD, 0.5)
CARDBOARD_WHITE = matt("cardboard_white", "d8d4cb", 0.65, Pattern.CARDBOARD, 0.5)
CARDBOARD_DARK = matt("cardboard_dark", "94703f", 0.5, Pattern.CARDBOARD, 0.5)
PACKING_TAPE = Material("packing_tape", rgb("7d5a2e"), 0.25, 0.05, nir=0.5)
LABEL = Material("label", rgb("e9e8e2"), 0.5, nir=0.7)
PALLET_WOOD = matt("pallet_wood", "b8945f", 0.55, Pattern.WOOD, 1.0)
PALLET_BLOCK = matt("pallet_block", "a98a5e", 0.55, Pattern.WOOD, 0.6)
PALLET_GREY = matt("pallet_grey", "8d8478", 0.5, Pattern.WOOD, 1.0)
RUST = Material("rust", rgb("6e4128"), 0.85, 0.03, nir=0.35, pattern=Pattern.PLASTER, pattern_scale_m=0.1)

# ---- animals ---------------------------------------------------------------------------------------------------
_COATS = {
    "deer_red": "7c583c", "deer_grey": "6f5b47", "deer_brown": "5f4029", "deer_pale": "c9b48e", "rump": "e0d5bb",
    "boar_dark": "2e2722", "boar_brown": "4a3a2c", "boar_grey": "55504a", "cow_black": "1f1c1b", "cow_white": "e4e0d6",
    "cow_brown": "684a36", "cow_fawn": "ad9470", "dog_black": "1d1a19", "dog_tan": "a8763f", "dog_white": "ddd7ca",
    "dog_brown": "57412f", "dog_grey": "77736d", "muzzle": "2a2422", "pink": "c79a8c", "horn": "b9ae95",
    "ear": "8f7a6c",
}  # fmt: skip
HOOF = matt("hoof", "2b2622", 0.2, roughness=0.6)
EYE = Material("eyeshine", rgb("241a0c"), 0.1, 0.05, nir=0.02, retro=6000.0)
"""The tapetum behind the retina of deer, dogs and cattle sends the light of a lamp back where it came from."""


def coat(name: str) -> Material:
    """Fur of an animal; pigments are clear in the near infrared, so even dark fur is bright there."""
    albedo = rgb(_COATS[name])
    nir = round(0.30 + 0.35 * sum(albedo) / 3.0, 3)
    return Material(f"coat_{name}", albedo, 0.95, 0.02, nir=nir, pattern=Pattern.GRASS, pattern_scale_m=0.05)


_FEATHERS = {
    "pigeon_grey": "8d949e", "pigeon_dark": "44474f", "pigeon_pale": "d9d8d4", "pigeon_rust": "8a5a48",
    "pigeon_green": "4f5f62", "beak": "4a4644", "pigeon_feet": "b05a52", "crow_black": "18181b", "crow_grey": "8e8b88",
    "crow_brown": "372c24", "crow_pale": "6b645b",
}  # fmt: skip


def feather(name: str) -> Material:
    """Plumage (and bill and feet) of a bird. Dark feathers owe their colour to melanin, which is clear in the near
    infrared."""
    albedo = rgb(_FEATHERS[name])
    nir = round(0.28 + 0.4 * sum(albedo) / 3.0, 3)
    return Material(f"feather_{name}", albedo, 0.85, 0.03, nir=nir, substance="tissue")


# ---- emergency vehicles ----------------------------------------------------------------------------------------
RETRO_YELLOW = Material("retro_yellow", rgb("dfe02c"), 0.5, nir=0.7, retro=300.0)
RETRO_BLUE = Material("retro_blue", rgb("1c4fa8"), 0.5, nir=0.4, retro=60.0)
RETRO_GREEN = Material("retro_green", rgb("1d7a44"), 0.5, nir=0.4, retro=80.0)
RETRO_RED = Material("retro_red", rgb("c8231f"), 0.5, nir=0.5, retro=100.0)
RETRO_ORANGE = Material("retro_orange", rgb("e2641c"), 0.5, nir=0.6, retro=150.0)
RETRO_WHITE = Material("retro_white", rgb("eeeeea"), 0.5, nir=0.7, retro=300.0)
FIRE_RED = Material("paint_fire", rgb("b01a16"), 0.15, 0.05, nir=0.55)
AMBULANCE_YELLOW = Material("paint_ambulance", rgb("e3d21e"), 0.15, 0.05, nir=0.65)
SHUTTER = Material("shutter", rgb("a6abb0"), 0.4, 0.4, 1.0, nir=0.5)
BEACONS: tuple[Material, ...] = tuple(
    Material(f"beacon_{i}", rgb("163a9c"), 0.08, 0.06, nir=0.3) for i in ("left", "right")
)
BEACON_LIT = Material("beacon_lit", rgb("163a9c"), 0.08, 0.06, emission=(0.05, 0.22, 2.4), nir=0.3)
"""Blue lamps of light bars, and their flash: some 30,000 cd/m2 on the mean of a lens (ECE R65, class 2)."""
