// Snow that lies: the twin of raytrace/native/snow.h (a test compares the albedo of both).
uniform float cover;
uniform int snow, snow_across, snow_down, snow_row;  // material; tiles of the map; where it begins in ``materials``
uniform vec2 snow_corner;

float snow_number(int k) { return texelFetch(materials, snow_row + (k >> 2))[k & 3]; }

// share of snow and how bright it is; p: in the world
vec2 snow_at(vec3 p, float up, float span) {
    vec2 at = (p.xy - snow_corner) * CELLS_PER_M - 0.5, low = floor(at), part = at - low;
    float open = 0.0, worn = 0.0;
    for (int k = 0; k < 4; k++) {
        ivec2 cell = ivec2(low) + ivec2(k & 1, k >> 1);
        bool inside = all(greaterThanEqual(cell, ivec2(0))) && all(lessThan(cell, TILE * ivec2(snow_across, snow_down)));
        int begin = inside ? int(snow_number(cell.y / TILE * snow_across + cell.x / TILE)) : -1;
        float share = ((k & 1) == 1 ? part.x : 1.0 - part.x) * ((k >> 1) == 1 ? part.y : 1.0 - part.y);
        int number = begin + 2 * (cell.y % TILE * TILE + cell.x % TILE);
        open += begin < 0 || p.z > snow_number(number) - 0.05 ? share : 0.0;
        worn += begin < 0 ? 0.0 : share * snow_number(number + 1);
    }
    float noise = 0.65 * noise2(p.xy * 0.8, 11u) + 0.35 * noise2(p.xy * 3.1, 12u);
    noise = clamp(0.5 + 2.4 * (noise - 0.5), 0.0, 1.0);
    float fine = noise2(p.xy * 7.3, 13u);
    float amount = cover * clamp((up - STEEP) / (HELD - STEEP), 0.0, 1.0) * open, edge = EDGE + (0.5 + 6.0 * span) * span;
    float driven = clamp((worn + 0.4 * (fine - 0.5) - 0.45) / (0.3 + 0.5 * span), 0.0, 1.0);
    float tone = (1.0 - SOILED * worn) * (0.88 + 0.08 * noise + 0.08 * mix(fine, 0.5, clamp(8.0 * span, 0.0, 1.0)));
    return vec2(clamp((amount * (1.0 + edge) - noise) / edge, 0.0, 1.0) * (1.0 - FREE * driven), tone);
}
