// Procedural variation of surfaces: the twin of raytrace/native/patterns.h (a test compares the albedo of both).

float mixed(uint h) {
    h = (h ^ (h >> 15)) * 0x7FEB352Du;
    return float((h ^ (h >> 13)) & 0xFFFFFFu) * 5.9604645e-8;
}

float noise2(vec2 p, uint layer) {
    vec2 cell = floor(p), f = p - cell;
    f = f * f * (3.0 - 2.0 * f);
    uint key = uint(int(cell.x)) * 0x0DA6B343u + uint(int(cell.y)) * 0x58163841u + layer * 0x4B1AB31Fu;
    return mix(mix(mixed(key), mixed(key + 0x0DA6B343u), f.x),
               mix(mixed(key + 0x58163841u), mixed(key + 0x65BCEB84u), f.x), f.y);
}

// share of a window that lies in a joint at whole numbers; all lengths in cells
float joint(float x, float half_width, float footprint) {
    float away = abs(x - floor(x + 0.5)), soft = max(footprint, 1.0e-4);
    float cover = clamp((half_width + 0.5 * soft - away) / soft, 0.0, 1.0);
    return min(cover, max(2.0 * half_width / soft, 2.0 * half_width) + (soft < 2.0 * half_width ? 1.0 : 0.0));
}

// three layers of leaves, one in a cell, each turned its own way; dark between them, the same on average
float leaf(vec2 at, float scale_m, float footprint_m) {
    const float LEAF = 0.28, LEAF_WIDE = 0.26, LEAF_GAP = 0.3, LEAF_MEAN = 0.85;
    float scale = 1.0 / (LEAF * scale_m), span = footprint_m * scale, soft = max(span, 0.02), tone = LEAF_GAP;
    for (int k = 0; k < 3; k++) {
        vec2 p = at * scale + vec2(0.37, 0.61) * float(k), cell = floor(p);
        uint key = uint(int(cell.x)) * 0x0DA6B343u + uint(int(cell.y)) * 0x58163841u + uint(k + 4) * 0x4B1AB31Fu;
        vec2 turn = vec2(mixed(key), mixed(key + 0x0DA6B343u)) - 0.5;
        turn *= inversesqrt(dot(turn, turn) + 1.0e-6);
        p -= cell + 0.5;
        float along = dot(turn, p), across = abs(turn.x * p.y - turn.y * p.x);
        float cover = clamp((LEAF_WIDE * (1.0 - 4.0 * along * along) - across) / soft + 0.5, 0.0, 1.0);
        float own = 0.75 + 0.6 * mixed(key + 0x58163841u) + clamp(0.3 - 10.0 * across, 0.0, 0.2);
        tone += (own - tone) * cover;
    }
    return 1.0 + (tone / LEAF_MEAN - 1.0) * clamp(1.5 - 2.5 * span, 0.0, 1.0);
}

// p, n: place and flat normal in the mesh frame; first: of the material's rows; cut_out: leaves are holes' edges already
vec3 patterned(int pattern, int first, bool cut_out, vec3 albedo, vec3 p, vec3 n, float scale_m, float footprint_m,
               float across_m, vec3 along_m) {
    vec4 grain = texelFetch(materials, first + 3), gains = texelFetch(materials, first + 4);
    vec4 cells = texelFetch(materials, first + 6), laid = texelFetch(materials, first + 7);
    vec4 more = texelFetch(materials, first + 8);
    bool floor_like = abs(n.z) >= 0.7, along_y = abs(n.x) > abs(n.y);
    vec2 at = vec2(!floor_like && along_y ? p.y : p.x, floor_like ? p.y : p.z);
    vec4 octave = vec4(0.0);
    for (int k = 0; k < 4; k++) {
        float fade = clamp(1.5 - 1.5 * footprint_m * grain[k], 0.0, 1.0) * gains[k];
        if (fade > 0.0) octave[k] = fade * (noise2(at * grain[k] * more.xy, uint(k)) - 0.5);
    }
    float fine = octave.x + octave.y, broad = octave.z + octave.w;
    float own = pattern == ROAD_PAINT ? 0.25 : 1.0, gain = 1.0 + own * fine + own * broad;
    vec3 tint = vec3(gain);
    if (pattern == GRASS) tint *= vec3(1.0 + 0.35 * broad, 1.0, 1.0 - 0.3 * broad);
    if (pattern == SKIN) tint.r *= 1.0 - 0.6 * broad;
    if (pattern == FOLIAGE) {
        float shade = clamp(gain, 0.15, 1.9);
        tint = vec3((0.85 + 0.25 * shade) * shade, shade, 0.9 * shade);
    }
    vec3 result = clamp(albedo * tint, 0.0, 1.0);
    if (pattern == FOLIAGE && cut_out) return result;
    if (pattern == FOLIAGE) return clamp(result * leaf(at, scale_m, footprint_m), 0.0, 1.0);
    if (pattern == ROAD_PAINT)
        return mix(result, vec3(0.105, 0.105, 0.108), clamp(8.0 * (0.72 * fine + broad - 0.16), 0.0, 0.97));
    if ((TILED >> pattern & 1) == 0) return result;
    bool roof = pattern == ROOF_TILES, wall = abs(n.z) < (roof ? 0.996 : 0.7);
    float level = sqrt(max(n.x * n.x + n.y * n.y, 1.0e-9));
    vec2 uv = (wall ? vec2((p.y * n.x - p.x * n.y) / level, roof ? p.z / level : p.z) : p.xy) / scale_m;
    vec2 along = wall ? vec2((along_m.y * n.x - along_m.x * n.y) / level,
                             level * along_m.z - n.z * dot(n.xy, along_m.xy) / level) : along_m.xy;
    vec2 span = sqrt(across_m * across_m + along * along) * cells.xy / scale_m;
    uv *= cells.xy;
    float course = floor(uv.y);
    uv.x += more.z * (course - 2.0 * floor(course * 0.5));
    float line = max(joint(uv.x, cells.z, 2.0 * span.x), joint(uv.y, cells.w, 2.0 * span.y));
    float piece = floor(uv.x), bulge = 2.0 * (uv.x - piece) - 1.0;
    uint key = uint(int(piece)) * 0x0DA6B343u + uint(int(course)) * 0x58163841u + uint(pattern);
    float stone = (mixed(key) - 0.5) * clamp(1.6 - 0.4 * (span.x + span.y), 0.0, 1.0);
    float round = laid.w * (0.3333333 - bulge * bulge) * clamp(1.5 - 2.0 * span.x, 0.0, 1.0);
    vec3 whole = (result + albedo * (stone * laid.x + round)) * (1.0 - line * laid.y);
    return clamp(whole + vec3(0.42, 0.40, 0.37) * (laid.z * line * (1.0 + fine)), 0.0, 1.0);
}
