// Which part and face is in front.
#if !PIERCED
flat in int seen_part;
#endif
layout(location = 0) out ivec2 seen;

void main() {
#if PIERCED
    leave_out_holes();
#endif
    seen = ivec2(seen_part, gl_PrimitiveID);
}
