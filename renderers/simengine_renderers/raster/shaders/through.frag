// What a pane lets through.
flat in int seen_part;
in vec3 mesh_place;
uniform samplerBuffer faces, materials, poses;
uniform isamplerBuffer parts;
layout(location = 1) out vec4 share;

void main() {
    vec4 face = texelFetch(faces, texelFetch(parts, 2 * seen_part).z + gl_PrimitiveID);
    vec4 pane = texelFetch(materials, MATERIAL * floatBitsToInt(face.w) + 9);
    if (pane.w == 0.0) discard;
    vec3 way = normalize(mesh_place - texelFetch(poses, ROWS * seen_part + 3).xyz);
    float f0 = texelFetch(materials, MATERIAL * floatBitsToInt(face.w) + 1).w;
    share = vec4(pane.rgb * (1.0 - pane_sends_back(f0, abs(dot(face.xyz, way)))), 1.0);
}
