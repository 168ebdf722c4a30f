// Which part and face lies behind panes.
layout(location = 0) out ivec2 seen;

void main() {
    int material = floatBitsToInt(texelFetch(faces, texelFetch(parts, 2 * seen_part).z + gl_PrimitiveID).w);
    if (texelFetch(materials, MATERIAL * material + 9).w > 0.0) discard;
    leave_out_holes();
    seen = ivec2(seen_part, gl_PrimitiveID);
}
