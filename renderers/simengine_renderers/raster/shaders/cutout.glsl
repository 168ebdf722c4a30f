// Whether a point of a face lies in a hole: the twin of simengine/world/cutouts.py.
uniform samplerBuffer materials;

float mixed_key(uint h) {
    h = (h ^ (h >> 15)) * 0x7FEB352Du;
    return float((h ^ (h >> 13)) & 0xFFFFFFu) * 5.9604645e-8;
}

// p, n: place and flat normal in the mesh frame
bool in_hole(int material, vec3 p, vec3 n) {
    vec4 holes = texelFetch(materials, MATERIAL * material + 5);
    int kind = int(holes.x);
    if (kind == SOLID) return false;
    float flat_part = length(n.xy);
    vec3 level = flat_part > 1.0e-3 ? vec3(-n.y, n.x, 0.0) / flat_part : vec3(1.0, 0.0, 0.0);
    vec2 at = vec2(dot(p, level), dot(p, cross(n, level))) / holes.y;
    if (kind == CHAIN_LINK) {
        vec2 ab = vec2(at.x + at.y, at.x - at.y);
        return all(greaterThan(abs(ab - floor(ab) - 0.5), vec2(WIRE)));
    }
    int layers = kind == LEAVES ? LEAF_LAYERS : kind == NEEDLES ? NEEDLE_LAYERS : TWIG_LAYERS;
    float wide = kind == LEAVES ? LEAF_HALF : kind == NEEDLES ? NEEDLE_HALF : TWIG_HALF;
    for (int k = 0; k < layers; k++) {
        vec2 q = at + vec2(0.37, 0.61) * float(k), cell = floor(q);
        uint key = uint(int(cell.x)) * 0x0DA6B343u + uint(int(cell.y)) * 0x58163841u + uint(k + 4) * 0x4B1AB31Fu;
        vec2 turn = vec2(mixed_key(key), mixed_key(key + 0x0DA6B343u)) - 0.5;
        turn *= inversesqrt(dot(turn, turn) + 1.0e-6);
        q -= cell + 0.5;
        float along = dot(turn, q), across = abs(turn.x * q.y - turn.y * q.x);
        if (across < wide * (1.0 - 4.0 * along * along)) return false;
    }
    return true;
}
