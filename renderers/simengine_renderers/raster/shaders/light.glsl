// Light on surfaces: the twin of raytrace/native/shade.h and veil.h, with shadow maps for the sun. What takes rays to find
// (what stands around, mirrors, lamps) comes from the ray tracer.
uniform sampler2D sky;
uniform vec3 ambient[9];
uniform vec3 sun, sun_direction, ground, airlight, disc;
uniform float extinction_per_m, scattering_per_m, veil_faint;  // veil_faint 0: no lamp is seen in the air
uniform int sunlit, lamp_count;
uniform samplerBuffer lamps;  // 3 a lamp: position, all around (1) or low beam (> 1); direction, cosine of the end; intensity, reach squared
uniform samplerBuffer coats_rooms;  // coats: 32 roughnesses by 64 cosines, then 32 means; from COATS on 5 a piece of an enclosure
const int COATS = 33 * 64 - 32;
uniform int room_count;
uniform float sheltered;       // share of the sky that enclosures take from the eye
uniform int around;            // 1: what stands around counts, and mirrors
uniform sampler2D cells;       // one above the other, by cells of four pixels: light from near, from farther away, places, normals
uniform sampler2D traced;      // one above the other: what is mirrored (a: 0 no ray, 1 it meets nothing, 2 it does, 3 a whole lobe), lamps
uniform int layer;             // 1: what lies behind panes, whose mirrored rays are those of the panes
uniform sampler2D inner, left;  // the light of what lies behind panes, and what they leave of it (in ``seen``'s image)
uniform sampler2DArray fixed_shadows, moving_shadows;
uniform vec4 shadow_rows[3 * CASCADES];  // from points relative to the eye to the unit cube of each map

vec3 sky_at(vec3 d) {
    float size = float(textureSize(sky, 0).x);
    float scale = 0.5 * size / (abs(d.x) + abs(d.y) + max(d.z, 0.0));
    vec2 at = clamp(vec2(d.x + d.y, d.x - d.y) * scale + 0.5 * size - 0.5, 0.0, size - 1.0);
    ivec2 cell = min(ivec2(at), ivec2(int(size) - 2));
    vec2 f = at - vec2(cell);
    return mix(mix(texelFetch(sky, cell, 0).rgb, texelFetch(sky, cell + ivec2(1, 0), 0).rgb, f.x),
               mix(texelFetch(sky, cell + ivec2(0, 1), 0).rgb, texelFetch(sky, cell + ivec2(1, 1), 0).rgb, f.x), f.y);
}

vec3 ambient_at(vec3 n) {
    vec3 e = ambient[0] * 0.282095 + (ambient[1] * n.y + ambient[2] * n.z + ambient[3] * n.x) * 0.488603;
    e += (ambient[4] * (n.x * n.y) + ambient[5] * (n.y * n.z) + ambient[7] * (n.x * n.z)) * 1.092548;
    e += ambient[6] * (0.315392 * (3.0 * n.z * n.z - 1.0)) + ambient[8] * (0.546274 * (n.x * n.x - n.y * n.y));
    return max(e, 0.0);
}

float highlight(vec3 n, vec3 to_eye, vec3 to_light, float roughness) {
    vec3 between = normalize(to_eye + to_light);
    float nh = max(dot(n, between), 0.0), nl = max(dot(n, to_light), 0.0), nv = max(dot(n, to_eye), 1.0e-3);
    float a = max(roughness * roughness, 2.0e-3);
    float q = nh * nh * (a * a - 1.0) + 1.0;
    float k = 0.5 * a;
    return nl * a * a / (q * q) / (4.0 * (nl * (1.0 - k) + k) * (nv * (1.0 - k) + k) + 1.0e-6);
}

float strength_of(float roughness, float metal) { return max(clamp((0.7 - roughness) * 5.0, 0.0, 1.0), metal); }

// Directional albedo of a coat (raytrace/native/coat.h): to be multiplied by f0 (x) and by its strength (y).
vec2 coat_at(float roughness, float cosine) {
    vec2 at = vec2(clamp(cosine, 0.0, 1.0) * 63.0, roughness * 31.0);
    ivec2 cell = min(ivec2(at), ivec2(62, 30));
    vec2 f = at - vec2(cell);
    int k = cell.y * 64 + cell.x;
    return mix(mix(texelFetch(coats_rooms, k).rg, texelFetch(coats_rooms, k + 1).rg, f.x),
               mix(texelFetch(coats_rooms, k + 64).rg, texelFetch(coats_rooms, k + 65).rg, f.x), f.y);
}

vec2 mean_coat(float roughness) {
    float at = roughness * 31.0;
    int k = min(int(at), 30);
    return mix(texelFetch(coats_rooms, 2048 + k).rg, texelFetch(coats_rooms, 2049 + k).rg, at - float(k));
}

// Share of the sun that reaches a point of a plane face, from the finest map that holds it: the four cells around are asked
// whether anything is before the plane, and blended. Vertices in maps lie on a grid of 1/256 cell.
float sun_at(vec3 p, vec3 n) {
    for (int k = 0; k < CASCADES; k++) {
        mat3 axes = mat3(shadow_rows[3 * k].xyz, shadow_rows[3 * k + 1].xyz, shadow_rows[3 * k + 2].xyz);
        vec3 at = p * axes + vec3(shadow_rows[3 * k].w, shadow_rows[3 * k + 1].w, shadow_rows[3 * k + 2].w);
        if (any(greaterThanEqual(abs(at.xy - 0.5), vec2(0.495)))) continue;
        float size = float(textureSize(fixed_shadows, 0).x);
        vec3 across = n * axes / vec3(dot(axes[0], axes[0]), dot(axes[1], axes[1]), dot(axes[2], axes[2]));
        vec2 slope = -across.xy / (abs(across.z) > 1.0e-9 ? across.z : 1.0e-9);  // of the plane: depth by place
        vec2 place = at.xy * size - 0.5, part = fract(place), corner = (floor(place) + 1.0) / size;
        vec4 depth = min(textureGather(fixed_shadows, vec3(corner, float(k))),
                         textureGather(moving_shadows, vec3(corner, float(k))));
        vec2 low = (floor(place) + 0.5) / size - at.xy, high = low + 1.0 / size;
        vec4 plane = at.z + slope.x * vec4(low.x, high.x, high.x, low.x) + slope.y * vec4(high.y, high.y, low.y, low.y);
        float slack = length(axes[2]) * 2.0e-3 + (abs(slope.x) + abs(slope.y)) / (128.0 * size);
        vec4 lit = vec4(lessThanEqual(plane - slack, depth));
        vec2 rows = mix(vec2(lit.w, lit.x), vec2(lit.z, lit.y), part.x);
        return mix(rows.x, rows.y, part.y);
    }
    return 1.0;
}

float half_tangent(float x) { return x / (1.0 + sqrt(1.0 + x * x)); }

// What the air scatters into the eye of lamp light along a ray of this length: see veil.h.
vec3 veil_along(vec3 d, float end_m) {
    const float FORWARD = 0.7, WIDTH = 0.15;
    vec3 total = vec3(0.0);
    float source = 0.25 * scattering_per_m;
    for (int k = 0; k < lamp_count; k++) {
        vec4 place = texelFetch(lamps, 3 * k), axis = texelFetch(lamps, 3 * k + 1), power = texelFetch(lamps, 3 * k + 2);
        float far = 3.14159265 * source * max(max(power.x, power.y), power.z) / veil_faint;
        float foot = dot(place.xyz, d), h2 = max(dot(place.xyz, place.xyz) - foot * foot, WIDTH * WIDTH);
        if (h2 >= far * far) continue;
        float beam = place.w > 1.0 ? place.w : 0.0, go = 0.0, end = min(end_m, 1.0e4), h = sqrt(h2);
        float level = place.z / (abs(d.z) > 1.0e-6 ? d.z : 1.0e-6);
        if (beam > 0.0 && d.z < 0.0) go = max(level, 0.0);
        if (beam > 0.0 && d.z >= 0.0) end = min(end, max(level, 0.0));
        float u0 = half_tangent((go - foot) / h), u1 = half_tangent((max(end, go) - foot) / h), cut = clamp(0.0, u0, u1);
        float sum = 0.0;
        for (int j = 0; j < 6; j++) {
            float step = (j < 3 ? cut - u0 : u1 - cut) / 3.0, u = (j < 3 ? u0 : cut) + (float(j % 3) + 0.5) * step;
            float uu = u * u, wide = 1.0 / (1.0 + uu), narrow = 1.0 / max(1.0 - uu, 1.0e-6);
            float t = foot + 2.0 * h * u * narrow, far_m = h * (1.0 + uu) * narrow;
            vec3 way = (t * d - place.xyz) / far_m;
            float shine = 1.0;
            if (place.w != 1.0) {
                float c = clamp((dot(way, axis.xyz) - axis.w) / (1.0 - axis.w), 0.0, 1.0);
                shine = beam > 0.0 ? c * c * c * c * c * c : c * c * (3.0 - 2.0 * c);
            }
            float below = way.z * beam, part = far_m * far_m / power.w, fade = max(1.0 - part * part, 0.0);
            float q = 1.0 + FORWARD * FORWARD + 4.0 * FORWARD * u * wide;
            float phase = (1.0 - FORWARD * FORWARD) / (q * sqrt(q));
            sum += step * shine / (1.0 + below * below) * fade * fade * phase * wide * exp(-extinction_per_m * (t + far_m));
        }
        float edge = 1.0 - h2 / (far * far);
        total += power.xyz * (sum * 2.0 / h * edge * edge);
    }
    return total * source;
}

// What enclosures take of the sky from a surface (a), and the light of their walls there (rgb): see rooms.h.
vec4 rooms_at(vec3 p, vec3 n) {
    vec4 found = vec4(0.0);
    for (int k = 0; k < room_count; k++) {
        vec4 start = texelFetch(coats_rooms, COATS + 5 * k), way = texelFetch(coats_rooms, COATS + 5 * k + 1), size = texelFetch(coats_rooms, COATS + 5 * k + 2);
        float disc = start.w, len = way.z, before = way.w, behind = size.x;
        vec3 q = p - start.xyz;
        float u = dot(q.xy, way.xy), along = dot(n.xy, way.xy);
        float side = max(abs(q.y * way.x - q.x * way.y) - size.y, 0.0), above = max(q.z - size.z, 0.0);
        float beside = side * side + above * above, gap = u < 0.0 ? -u : u - len;
        vec3 away = vec3(before + u, behind + len - u, sqrt(gap * gap + beside));
        vec3 seen = 0.5 * (1.0 - away / sqrt(away * away + disc));
        float gone = 0.0;
        float over = 0.2 * size.y;  // pieces overlap where the axis turns
        if (u >= (before > 0.0 ? -over : 0.0) && u <= (behind > 0.0 ? len + over : len) && beside == 0.0 && q.z > -1.0)
            gone = 1.0 - seen.x * (1.0 - along) - seen.y * (1.0 + along);
        else if ((u < 0.0 && before == 0.0) || (u > len && behind == 0.0))
            gone = seen.z * (1.0 + (u < 0.0 ? along : -along));
        vec3 glow = mix(texelFetch(coats_rooms, COATS + 5 * k + 3).rgb, texelFetch(coats_rooms, COATS + 5 * k + 4).rgb, clamp(u / len, 0.0, 1.0));
        if (gone > found.a) found = vec4(glow * gone, gone);
    }
    return found;
}

// What stands around takes of the sky's light, or gives: the cell of a pixel and the next ones, blended where they lie on
// its surface.
void around_at(vec3 p, vec3 n, out vec3 near, out vec3 far) {
    near = vec3(1.0);
    far = vec3(0.0);
    if (around == 0) return;
    ivec2 size = textureSize(cells, 0) / ivec2(1, 4), pixel = ivec2(gl_FragCoord.xy), last = size - 1;
    ivec2 low = pixel / 2, high = min(low + pixel % 2, last);
    float slack = 0.02 + 0.01 * length(p), total = 0.0;
    near = vec3(0.0);
    for (int j = 0; j < 4; j++) {
        ivec2 cell = ivec2((j & 1) == 1 ? high.x : low.x, (j & 2) == 2 ? high.y : low.y);
        float off = dot(texelFetch(cells, cell + ivec2(0, 2 * size.y), 0).xyz - p, n);
        float facing = dot(texelFetch(cells, cell + ivec2(0, 3 * size.y), 0).xyz, n);
        float same = abs(off) < slack && facing > 0.5 ? 1.0 : 1.0e-4 * slack * slack / (slack * slack + off * off);
        total += same;
        near += same * texelFetch(cells, cell, 0).rgb;
        far += same * texelFetch(cells, cell + ivec2(0, size.y), 0).rgb;
    }
    near = near / max(total, 1.0e-30) + 1.0;
    far /= max(total, 1.0e-30);
}

struct Surface {
    vec3 point, normal, face_normal, albedo, emission, through;
    float range_m, roughness, specular, metalness, damp;
};

vec3 sky_radiance(vec3 d) {
    vec3 air = veil_faint > 0.0 ? veil_along(d, 1.0e4) : vec3(0.0);
    return air + sky_at(d) + (sunlit == 1 && dot(d, sun_direction) > 0.99998930 ? disc : vec3(0.0));
}

vec3 mirrored_sky(vec3 r, float roughness) {
    float blend = clamp(0.35 + r.z / (0.22 + 0.5 * roughness), 0.0, 1.0);
    return blend > 0.0 ? mix(ground, sky_at(vec3(r.xy, max(r.z, 0.0))), blend) : ground;
}

float clear_over(float range_m) { return extinction_per_m > 0.0 ? exp(-extinction_per_m * range_m) : 1.0; }

// d: from the eye
vec3 radiance(Surface s, vec3 d) {
    vec3 n = s.normal;
    float sun_seen = 0.0;
    if (sunlit == 1 && dot(s.face_normal, sun_direction) > 0.0 && dot(n, sun_direction) > 0.0)
        sun_seen = sun_at(s.point, s.face_normal);
    vec4 room = rooms_at(s.point, n);
    float open = 1.0 - room.a, damp = s.damp * clamp(4.0 * open - 1.0, 0.0, 1.0);
    vec3 near, far, base = s.albedo * (1.0 - 0.5 * damp);
    around_at(s.point, n, near, far);
    float outside = around == 1 ? clamp(2.0 * open - 1.0, 0.0, 1.0) : 0.0;
    float share = clamp(dot(near + far * outside, vec3(0.2126, 0.7152, 0.0722)), 0.0, 1.0);
    float roughness = mix(s.roughness, 0.10, damp), gloss = 1.0 - roughness;
    // the coat, and the base below it: what the one sends back the other does not get
    float even = sqrt(max(roughness * roughness, 2.0e-3)), strength = strength_of(roughness, s.metalness);
    vec2 coat = vec2(strength * s.specular, strength), back = coat_at(even, -dot(n, d));
    vec3 f0 = vec3(coat.x * (1.0 - s.metalness)) + s.albedo * s.metalness;
    float sunny = (1.0 - dot(coat_at(even, dot(n, sun_direction)), coat)) / (1.0 - dot(mean_coat(even), coat));
    vec3 up = ambient_at(n);
    vec3 e = mix((up * open + room.rgb) * near, up * (near + far) + room.rgb * near, outside);
    e = max(e, 0.0) + sun * (max(dot(n, sun_direction), 0.0) * sun_seen * sunny);
    vec3 result = base * e * ((1.0 - s.metalness) * (1.0 - dot(back, coat))) + s.emission;
    if (s.through.g > 0.0) {  // what thin sheets let through from behind
        vec3 down = ambient_at(-n);
        vec3 lit = max(mix((down * open + room.rgb) * near, down * (near + far) + room.rgb * near, outside), 0.0);
        float nl = -dot(n, sun_direction);
        if (sunlit == 1 && nl > 0.0 && dot(s.face_normal, sun_direction) < 0.0)
            lit += sun * (nl * sun_at(s.point, s.face_normal));
        result += s.through * lit;
    }
    if (strength > 0.0) {
        vec3 r = d - n * (2.0 * dot(d, n));
        float smooth_part = clamp(around == 1 ? (0.45 - roughness) * 3.3 : (gloss - 0.3) * 2.0, 0.0, 1.0);
        // where no ray tells, the cells' light has to do
        vec3 unseen = mix(vec3(0.25 + 0.75 * share), clamp(near + far, 0.0, 1.0), outside);
        vec4 shown = around == 1 && layer == 0 ? texelFetch(traced, ivec2(gl_FragCoord.xy), 0) : vec4(0.0);
        vec3 sharp = shown.rgb;
        if (shown.a == 3.0) smooth_part = 1.0;
        if (shown.a < 2.0) {
            sharp = mirrored_sky(r, roughness);
        }
        sharp = (sharp * open + room.rgb) * (shown.a > 0.0 ? vec3(1.0) : unseen);
        vec3 all = (ambient_at(r) * open + room.rgb) * unseen;
        result += (f0 * back.x + strength * back.y) * mix(all, sharp, smooth_part);
        float c = 1.0 - 0.5 * length(sun_direction - d), c5 = c * c * c * c * c;
        if (sun_seen > 0.0)
            result += (f0 + (strength - f0) * c5) * sun * (highlight(n, -d, sun_direction, roughness) * sun_seen);
    }
    if (lamp_count > 0)
        result += texelFetch(traced, ivec2(gl_FragCoord.xy) + ivec2(0, textureSize(traced, 0).y / 2), 0).rgb;
    float clear = clear_over(s.range_m);
    result = result * clear + airlight * (0.5 * (open + 1.0 - sheltered)) * (1.0 - clear);
    if (veil_faint > 0.0) result += veil_along(d, s.range_m);
    return result;
}

// A pane before what has been drawn: the twin of raytrace/native/glaze.h; at: the place in ``left``.
vec3 glazed(Surface s, vec3 d, ivec2 at) {
    vec3 n = s.normal, r = d - n * (2.0 * dot(d, n)), share = texelFetch(left, at, 0).rgb;
    vec4 room = rooms_at(s.point, n);
    float open = 1.0 - room.a, clear = clear_over(s.range_m);
    vec4 shown = around == 1 ? texelFetch(traced, ivec2(gl_FragCoord.xy), 0) : vec4(0.0);
    vec3 seen = shown.a == 2.0 ? shown.rgb : mirrored_sky(r, s.roughness);
    seen = seen * open + room.rgb;
    if (sunlit == 1 && shown.a < 2.0) seen += sun * (highlight(n, -d, sun_direction, s.roughness) * open);
    vec3 air = airlight * (0.5 * (open + 1.0 - sheltered)) * (1.0 - clear);
    vec3 behind = texelFetch(inner, ivec2(gl_FragCoord.xy), 0).rgb;
    return air + (behind - air) * share + pane_sends_back(s.specular, max(-dot(n, d), 1.0e-3)) * clear * seen;
}
