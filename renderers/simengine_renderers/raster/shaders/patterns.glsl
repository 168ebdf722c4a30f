// Procedural variation of surfaces: the twin of raytrace/patterns.py (a test compares the albedo of both).
const int ASPHALT = 1, CONCRETE = 2, BRICK = 3, PLASTER = 4, GRASS = 5, FOLIAGE = 6, PAVING = 7;

float hash3(int x, int y, int z) {
    uint h = uint(x) * 0x0DA6B343u + uint(y) * 0x58163841u + uint(z) * 0x4B1AB31Fu;
    h = (h ^ (h >> 15)) * 0x7FEB352Du;
    return float((h ^ (h >> 13)) & 0xFFFFFFu) * 5.9604645e-8;
}

float noise3(vec3 p) {
    vec3 cell = floor(p);
    ivec3 c = ivec3(cell);
    vec3 f = p - cell;
    f = f * f * (3.0 - 2.0 * f);
    float low = mix(mix(hash3(c.x, c.y, c.z), hash3(c.x + 1, c.y, c.z), f.x),
                    mix(hash3(c.x, c.y + 1, c.z), hash3(c.x + 1, c.y + 1, c.z), f.x), f.y);
    float high = mix(mix(hash3(c.x, c.y, c.z + 1), hash3(c.x + 1, c.y, c.z + 1), f.x),
                     mix(hash3(c.x, c.y + 1, c.z + 1), hash3(c.x + 1, c.y + 1, c.z + 1), f.x), f.y);
    return mix(low, high, f.z);
}

float noise2(vec2 p) {
    vec2 cell = floor(p);
    ivec2 c = ivec2(cell);
    vec2 f = p - cell;
    f = f * f * (3.0 - 2.0 * f);
    return mix(mix(hash3(c.x, c.y, 0), hash3(c.x + 1, c.y, 0), f.x),
               mix(hash3(c.x, c.y + 1, 0), hash3(c.x + 1, c.y + 1, 0), f.x), f.y);
}

float octave(vec3 p, float cell_m, float footprint_m) {
    float fade = clamp(1.5 - footprint_m * 1.5 / cell_m, 0.0, 1.0);
    return fade > 0.0 ? fade * (noise3(p / cell_m) - 0.5) : 0.0;
}

float joint(float x, float half_width, float footprint) {
    float near = abs(x - floor(x + 0.5));
    float soft = max(footprint, 1.0e-4);
    float cover = clamp((half_width + 0.5 * soft - near) / soft, 0.0, 1.0);
    return min(cover, max(2.0 * half_width / soft, 2.0 * half_width) + (soft < 2.0 * half_width ? 1.0 : 0.0));
}

vec2 wall(vec3 p, vec3 n) {
    if (abs(n.z) >= 0.7) return p.xy;
    float level = sqrt(max(n.x * n.x + n.y * n.y, 1.0e-9));
    return vec2((p.y * n.x - p.x * n.y) / level, p.z);
}

vec2 joints(int pattern, vec2 uv, float f) {
    vec2 half_width = vec2(0.006), size = vec2(1.0);
    if (pattern == BRICK) {
        half_width = vec2(0.022, 0.07);
        size = vec2(4.0, 13.0);
    }
    if (pattern == PAVING) half_width = vec2(0.013);
    float u = uv.x * size.x, v = uv.y * size.y;
    float row = floor(v);
    if (pattern == BRICK) u += 0.5 * (row - 2.0 * floor(row * 0.5));
    float line = max(joint(u, half_width.x, f * size.x), joint(v, half_width.y, f * size.y));
    float fade = clamp(1.6 - 0.4 * f * (size.x + size.y), 0.0, 1.0);
    return vec2(line, (hash3(int(floor(u)), int(row), pattern) - 0.5) * fade);
}

vec3 patterned(int pattern, vec3 albedo, vec3 p, vec3 n, float scale_m, float footprint_m) {
    vec4 cells = vec4(0.012, 0.05, 1.7, 6.3) * scale_m;
    vec4 gains = vec4(0.55, 0.22, 0.22, 0.20);
    if (pattern == CONCRETE) {
        cells = vec4(0.04, 0.9 * scale_m, 1.0, 1.0);
        gains = vec4(0.12, 0.18, 0.0, 0.0);
    } else if (pattern == BRICK) {
        cells = vec4(0.02, 2.3, 1.0, 1.0);
        gains = vec4(0.10, 0.16, 0.0, 0.0);
    } else if (pattern == PLASTER) {
        cells = vec4(0.03, 0.45 * scale_m, 1.9 * scale_m, 1.0);
        gains = vec4(0.10, 0.12, 0.18, 0.0);
    } else if (pattern == GRASS) {
        cells = vec4(0.045, 0.22, 1.6, 7.0) * scale_m;
        gains = vec4(0.80, 0.45, 0.35, 0.30);
    } else if (pattern == FOLIAGE) {
        cells = vec4(0.06, 0.17, 0.55, 1.0) * scale_m;
        gains = vec4(0.90, 0.90, 0.80, 0.0);
    } else if (pattern == PAVING) {
        cells = vec4(0.05, 2.7, 1.0, 1.0);
        gains = vec4(0.16, 0.20, 0.0, 0.0);
    }
    float fine = 0.0, broad = 0.0;
    for (int k = 0; k < 4; k++) {
        if (gains[k] > 0.0) {
            float value = gains[k] * octave(p, cells[k], footprint_m);
            if (k < 2) fine += value; else broad += value;
        }
    }
    vec3 result = albedo * (1.0 + fine + broad);
    if (pattern == GRASS) result *= vec3(1.0 + 0.35 * broad, 1.0, 1.0 - 0.3 * broad);
    if (pattern == FOLIAGE) {
        float shade = clamp(1.0 + fine + broad, 0.15, 1.9);
        result = albedo * vec3(0.85 + 0.25 * shade, 1.0, 0.9) * shade;
    }
    if (pattern == CONCRETE || pattern == BRICK || pattern == PAVING) {
        vec2 stones = joints(pattern, wall(p, n) / scale_m, footprint_m / scale_m);
        if (pattern == BRICK)
            result = mix(result + albedo * (0.38 * stones.y), vec3(0.42, 0.40, 0.37) * (1.0 + fine), stones.x);
        else
            result = (result + albedo * (0.13 * stones.y)) * (1.0 - 0.5 * stones.x);
    }
    return clamp(result, 0.0, 1.0);
}
