// Which part and face is in front.
flat in int seen_part;
layout(location = 0) out ivec2 seen;

void main() {
    seen = ivec2(seen_part, gl_PrimitiveID);
}
