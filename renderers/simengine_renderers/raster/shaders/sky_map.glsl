// What the ground has above it: the twin of raytrace/native/sky_map.h.
uniform int map_across, map_down, map_row;  // tiles of the map; where it begins in ``materials``
uniform vec2 map_corner;

float map_number(int k) { return texelFetch(materials, map_row + (k >> 2))[k & 3]; }

// how open to the sky and how worn by tyres; p: in the world
vec2 above_at(vec3 p) {
    vec2 at = (p.xy - map_corner) * CELLS_PER_M - 0.5, low = floor(at), part = at - low;
    float open = 0.0, worn = 0.0;
    for (int k = 0; k < 4; k++) {
        ivec2 cell = ivec2(low) + ivec2(k & 1, k >> 1);
        bool inside = all(greaterThanEqual(cell, ivec2(0))) && all(lessThan(cell, TILE * ivec2(map_across, map_down)));
        int begin = inside ? int(map_number(cell.y / TILE * map_across + cell.x / TILE)) : -1;
        float share = ((k & 1) == 1 ? part.x : 1.0 - part.x) * ((k >> 1) == 1 ? part.y : 1.0 - part.y);
        int number = begin + 2 * (cell.y % TILE * TILE + cell.x % TILE);
        open += begin < 0 || p.z > map_number(number) - 0.05 ? share : 0.0;
        worn += begin < 0 ? 0.0 : share * map_number(number + 1);
    }
    return vec2(open, worn);
}
