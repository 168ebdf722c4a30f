// A part's vertex into clip space: seen from the eye, or from the sun.
layout(location = 0) in vec3 position;
layout(location = 1) in int part;
layout(location = 2) in vec4 row_x;  // three rows of world_from_mesh, with the eye (or the map) as the world's origin
layout(location = 3) in vec4 row_y;
layout(location = 4) in vec4 row_z;
uniform mat4 clip_from_world;
flat out int seen_part;
out vec3 mesh_place;

void main() {
    vec4 p = vec4(position, 1.0);
    seen_part = part;
    mesh_place = position;
    gl_Position = clip_from_world * vec4(dot(row_x, p), dot(row_y, p), dot(row_z, p), 1.0);
}
