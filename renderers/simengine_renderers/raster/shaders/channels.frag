// All channels of a pixel from the face that is in front and the pixel's exact ray.
uniform isampler2D seen;
uniform sampler2D rays;           // unit centre rays in the camera's frame
uniform usamplerBuffer elements;  // vertex of every corner
uniform samplerBuffer vertices, vertex_normals, faces, poses;
uniform isamplerBuffer parts;     // 2 a part: first corner, first vertex, first face, smooth; entity, class
uniform mat3 world_from_camera, next_from_camera;
uniform vec3 eye;                 // place in the world, x and y modulo 4096 m
uniform vec4 pinhole;             // fx, fy, cx, cy of the image of ``seen``
uniform vec4 lens;                // fx, fy, cx, cy of the camera
uniform float distortion[8];
uniform float fold_squared;
uniform vec2 shift_px;            // from the pixel's centre
uniform int between;              // rays run between the pixels of ``seen``: the camera is distorted
uniform float wetness;            // of the ground
// SNOW: 1 where snow lies (``snow.glsl``); MAPPED: 1 where anything does (``sky_map.glsl``)
// LIGHT, PAINT, FLOW: 1 where that is asked for; PANES: 1 for light that they send or leave; SURFACES: 1 for what the ray tracer takes (``raytrace.lent.Surfaces``)

layout(location = 0) out vec4 shape;   // normal, range (-1: nothing); SURFACES: in the world, how damp
layout(location = 1) out ivec4 ids;    // instance, class, part, material; SURFACES: the last is what it shines with
layout(location = 2) out vec4 paint;
layout(location = 3) out vec4 place;   // in the mesh; SURFACES: from the eye, lifted
layout(location = 4) out vec4 moved;   // flow, known; SURFACES: the ray
layout(location = 5) out vec4 light;

#if PAINT
// Rain stands on open ground, in puddles first; at: in the world.
float wet(int pattern, vec3 n, vec3 at) {
    if (wetness <= 0.0 || n.z <= 0.6 || (GROUND >> pattern & 1) == 0) return 0.0;
    float puddle = clamp(noise2(at.xy * 0.45, 0u) * 1.6 - 0.3, 0.0, 1.0);
#if MAPPED
    return wetness * (0.45 + 0.55 * puddle) * above_at(at).x;
#else
    return wetness * (0.45 + 0.55 * puddle);
#endif
}
#endif

vec3 ray_of(ivec2 pixel) {
    vec3 ray = texelFetch(rays, pixel, 0).xyz;
    if (shift_px == vec2(0.0)) return ray;
    ivec2 last = textureSize(rays, 0) - 1;
    ivec2 low = max(pixel - 1, ivec2(0)), high = min(pixel + 1, last);
    vec2 span = vec2(max(high - low, ivec2(1)));
    vec3 dx = texelFetch(rays, ivec2(high.x, pixel.y), 0).xyz - texelFetch(rays, ivec2(low.x, pixel.y), 0).xyz;
    vec3 dy = texelFetch(rays, ivec2(pixel.x, high.y), 0).xyz - texelFetch(rays, ivec2(pixel.x, low.y), 0).xyz;
    return normalize(ray + dx * (shift_px.x / span.x) + dy * (shift_px.y / span.y));
}

vec3 flow_to(vec3 p) {
    if (p.z <= 0.0) return vec3(0.0);
    vec2 q = p.xy / p.z;
    float s = dot(q, q);
    if (s >= fold_squared) return vec3(0.0);
    float g = (1.0 + s * (distortion[0] + s * (distortion[1] + s * distortion[4])))
            / (1.0 + s * (distortion[5] + s * (distortion[6] + s * distortion[7])));
    float xy = 2.0 * q.x * q.y, p1 = distortion[2], p2 = distortion[3];
    vec2 bent = q * g + vec2(p1 * xy + p2 * (s + 2.0 * q.x * q.x), p1 * (s + 2.0 * q.y * q.y) + p2 * xy);
    return vec3(lens.xy * bent + lens.zw - gl_FragCoord.xy, 1.0);
}

vec3 vertex(int part_vertex, int corner) {
    return texelFetch(vertices, part_vertex + int(texelFetch(elements, corner).r)).xyz;
}

vec3 bent_normal(int part_vertex, int corner, vec2 uv) {
    vec3 a = texelFetch(vertex_normals, part_vertex + int(texelFetch(elements, corner).r)).xyz;
    vec3 b = texelFetch(vertex_normals, part_vertex + int(texelFetch(elements, corner + 1).r)).xyz;
    vec3 c = texelFetch(vertex_normals, part_vertex + int(texelFetch(elements, corner + 2).r)).xyz;
    return normalize(a * (1.0 - uv.x - uv.y) + b * uv.x + c * uv.y);
}

vec2 barycentric(vec3 p, vec3 a, vec3 b, vec3 c) {
    vec3 e = b - a, f = c - a, q = p - a;
    float ee = dot(e, e), ef = dot(e, f), ff = dot(f, f), qe = dot(q, e), qf = dot(q, f);
    float area = ee * ff - ef * ef;
    vec2 uv = area > 0.0 ? vec2(ff * qe - ef * qf, ee * qf - ef * qe) / area : vec2(0.0);
    uv = max(uv, 0.0);
    return uv / max(1.0, uv.x + uv.y);
}

struct Hit {
    ivec2 face;  // part and face, -1: nothing, -2: no pane is before it
    float range_m;
    bool met;    // the ray goes through the face, not just past its edge
    ivec2 at;    // where it is in ``seen``
};

// Where a ray from the eye meets the plane of a face; where it misses the face, no farther than the face reaches.
Hit meet(ivec2 at, vec3 d) {
    ivec2 seen_face = texelFetch(seen, at, 0).xy;
    if (seen_face.x < 0) return Hit(seen_face, -1.0, false, at);
    ivec4 first = texelFetch(parts, 2 * seen_face.x);
    int row = ROWS * seen_face.x, corner = first.x + 3 * seen_face.y;
    mat3 mesh_from_world = mat3(texelFetch(poses, row).xyz, texelFetch(poses, row + 1).xyz,
                                texelFetch(poses, row + 2).xyz);
    vec3 e = texelFetch(poses, row + 3).xyz;
    vec3 a = vertex(first.y, corner) - e, b = vertex(first.y, corner + 1) - e, c = vertex(first.y, corner + 2) - e;
    vec4 face = texelFetch(faces, first.z + seen_face.y);
    vec3 n = face.xyz, ray = mesh_from_world * d;
    float farthest = sqrt(max(dot(a, a), max(dot(b, b), dot(c, c))));
    float slope = dot(n, ray);
    float t = slope != 0.0 ? dot(n, a) / slope : farthest;
    // on which sides of the planes through the eye and each edge the ray runs
    vec3 side = vec3(dot(ray, cross(a, b)), dot(ray, cross(b, c)), dot(ray, cross(c, a)));
    bool met = all(greaterThanEqual(side, vec3(0.0))) || all(lessThanEqual(side, vec3(0.0)));
    if (!(t > 0.0 && t <= farthest)) t = farthest;
    met = met && !(between == 1 && in_hole(floatBitsToInt(face.w), e + ray * t, n));
    return Hit(seen_face, t, met, at);
}

// The face in front. A distorted camera's ray runs between four centres of ``seen``: the nearest face that it meets.
Hit look(vec3 ray, vec3 d) {
    vec2 at = pinhole.xy * ray.xy / ray.z + pinhole.zw;
    Hit found = meet(ivec2(floor(at)), d);
    if (between == 0) return found;
    ivec2 corner = ivec2(floor(at - 0.5));
    bool nothing = false;
    for (int k = 0; k < 4; k++) {
        Hit other = meet(corner + ivec2(k & 1, k >> 1), d);
        if (other.met && (!found.met || other.range_m < found.range_m)) found = other;
        nothing = nothing || other.face.x == -1;
    }
    return nothing && !found.met ? Hit(ivec2(-1), -1.0, false, found.at) : found;
}

void main() {
    vec3 ray = ray_of(ivec2(gl_FragCoord.xy));
    vec3 d = world_from_camera * ray;
    Hit found = look(ray, d);
    ivec2 hit = found.face;
    if (hit.x == -2) discard;
    shape = vec4(0.0, 0.0, 0.0, -1.0);
    ids = ivec4(-1, 0, -1, -1);
    paint = place = light = vec4(0.0);
    moved = vec4(0.0);
#if SURFACES
    moved.xyz = ray;
#endif
    if (hit.x < 0) {
#if FLOW
        moved.xyz = flow_to(next_from_camera * ray);
#endif
#if PANES
        discard;
#elif LIGHT
        light.rgb = sky_radiance(d);
#endif
        return;
    }
    ivec4 first = texelFetch(parts, 2 * hit.x), what = texelFetch(parts, 2 * hit.x + 1);
    int row = ROWS * hit.x, corner = first.x + 3 * hit.y;
    mat3 mesh_from_world = mat3(texelFetch(poses, row).xyz, texelFetch(poses, row + 1).xyz,
                                texelFetch(poses, row + 2).xyz);
    vec4 eye_in_mesh = texelFetch(poses, row + 3);
    vec4 face = texelFetch(faces, first.z + hit.y);
    int material = floatBitsToInt(face.w);
    float t = found.range_m;
    vec3 local = eye_in_mesh.xyz + mesh_from_world * d * t;
    vec3 flat_normal = face.xyz * mesh_from_world;  // the transpose: row vector times matrix
    vec3 normal = flat_normal;
    if (first.w == 1) {
        vec2 uv = barycentric(local, vertex(first.y, corner), vertex(first.y, corner + 1), vertex(first.y, corner + 2));
        normal = bent_normal(first.y, corner, uv) * mesh_from_world;
    }
    bool inside = dot(flat_normal, d) > 0.0;
    if (inside == (dot(normal, flat_normal) >= 0.0)) normal = -normal;
    if (inside) flat_normal = -flat_normal;
    shape = vec4(normal * world_from_camera, t);
    ids = ivec4(what.x, what.y, hit.x, material);
    place = vec4(local, 0.0);
#if FLOW
    vec4 at = vec4(ray * t, 1.0);
    vec3 there = vec3(dot(texelFetch(poses, row + 4), at), dot(texelFetch(poses, row + 5), at),
                      dot(texelFetch(poses, row + 6), at));
    if (eye_in_mesh.w > 0.0) moved.xyz = flow_to(there);
#endif
#if PAINT
#if PANES
    if (texelFetch(materials, MATERIAL * material + 9).w == 0.0) discard;
#endif
    vec4 m0 = texelFetch(materials, MATERIAL * material), m2 = texelFetch(materials, MATERIAL * material + 2);
    vec3 albedo = m0.rgb;
    int pattern = int(m2.z);
    if (pattern != 0) {
        float across_m = t / lens.x, slope = abs(dot(flat_normal, d)), footprint_m = across_m / sqrt(max(slope, 0.08));
        vec3 along_m = mesh_from_world * d * (across_m / max(slope, 0.02));
        bool cut_out = texelFetch(materials, MATERIAL * material + 5).x > 0.0;
        albedo = patterned(pattern, MATERIAL * material, cut_out, m0.rgb, local, face.xyz, m2.w, footprint_m,
                           across_m, along_m);
    }
#if SNOW
    if (what.z == 1 && normal.z > STEEP && texelFetch(materials, MATERIAL * material + 9).w == 0.0) {
        float slant = max(abs(dot(flat_normal, d)), 0.08);
        vec2 lying = snow_at(eye + d * t, normal.z, t / lens.x / sqrt(slant));
        albedo = mix(albedo, texelFetch(materials, MATERIAL * snow).rgb * lying.y, lying.x);
        if (lying.x > 0.5) {
            material = snow;
            pattern = 0;
            m0 = texelFetch(materials, MATERIAL * snow);
            ids.w = material;
        }
    }
#endif
    paint = vec4(albedo, 1.0);
#endif
#if LIGHT || SURFACES
    int glow = int(texelFetch(poses, row + 7).x), shone = glow > 0 ? glow - 1 : material;
    float damp = wet(pattern, normal, eye + d * t);
#endif
#if SURFACES
    shape = vec4(normal, damp);
    ids.w = shone;
    place.xyz = d * t + flat_normal * (LIFT_MIN_M + LIFT * t);
#endif
#if LIGHT
    Surface s;
    s.albedo = albedo;
    s.damp = damp;
    s.point = d * t;
    s.normal = normal;
    s.face_normal = flat_normal;
    vec4 m1 = texelFetch(materials, MATERIAL * shone + 1);
    s.emission = m1.rgb;
    s.range_m = t;
    s.roughness = texelFetch(materials, MATERIAL * shone).w;
    s.specular = m1.w;
    s.metalness = texelFetch(materials, MATERIAL * shone + 2).x;
    vec3 through = texelFetch(materials, MATERIAL * material + 10).rgb;
    s.through = min(through * albedo / max(m0.rgb, 1.0e-6), 1.0 - albedo);
#if PANES
    light = vec4(glazed(s, d, found.at), 1.0);
#else
    light = vec4(radiance(s, d), 1.0);
#endif
#endif
}
