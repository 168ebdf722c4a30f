// Leaves out what lies in holes; before the fragment shader that goes on with ``seen_part``.
flat in int seen_part;
in vec3 mesh_place;
uniform samplerBuffer faces;
uniform isamplerBuffer parts;

void leave_out_holes() {
    vec4 face = texelFetch(faces, texelFetch(parts, 2 * seen_part).z + gl_PrimitiveID);
    if (in_hole(floatBitsToInt(face.w), mesh_place, face.xyz)) discard;
}
