// Snow that lies: the twin of raytrace/native/snow.h (a test compares the albedo of both).
uniform float cover;
uniform int snow;  // material

// share of snow and how bright it is; p: in the world
vec2 snow_at(vec3 p, float up, float span) {
    vec2 found = above_at(p);
    float open = found.x, worn = found.y;
    float noise = 0.65 * noise2(p.xy * 0.8, 11u) + 0.35 * noise2(p.xy * 3.1, 12u);
    noise = clamp(0.5 + 2.4 * (noise - 0.5), 0.0, 1.0);
    float fine = noise2(p.xy * 7.3, 13u);
    float amount = cover * clamp((up - STEEP) / (HELD - STEEP), 0.0, 1.0) * open, edge = EDGE + (0.5 + 6.0 * span) * span;
    float driven = clamp((worn + 0.4 * (fine - 0.5) - 0.45) / (0.3 + 0.5 * span), 0.0, 1.0);
    float tone = (1.0 - SOILED * worn) * (0.88 + 0.08 * noise + 0.08 * mix(fine, 0.5, clamp(8.0 * span, 0.0, 1.0)));
    return vec2(clamp((amount * (1.0 + edge) - noise) / edge, 0.0, 1.0) * (1.0 - FREE * driven), tone);
}
