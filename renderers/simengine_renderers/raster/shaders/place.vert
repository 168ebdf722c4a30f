// A part's vertex into clip space: seen from the eye, or from the sun.
layout(location = 0) in vec3 position;
layout(location = 1) in int part;
uniform samplerBuffer poses;  // ROWS a part, the first three: world_from_mesh with the eye (or the map) as origin
uniform mat4 clip_from_world;
flat out int seen_part;

void main() {
    vec4 p = vec4(position, 1.0);
    vec3 at = vec3(dot(texelFetch(poses, ROWS * part), p), dot(texelFetch(poses, ROWS * part + 1), p),
                   dot(texelFetch(poses, ROWS * part + 2), p));
    seen_part = part;
    gl_Position = clip_from_world * vec4(at, 1.0);
}
