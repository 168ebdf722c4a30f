// Where panes are in front, nothing is behind them yet; all other pixels are closed by a depth of 1.
uniform isampler2D front;
uniform samplerBuffer faces, materials;
uniform isamplerBuffer parts;
layout(location = 0) out ivec2 seen;

void main() {
    ivec2 hit = texelFetch(front, ivec2(gl_FragCoord.xy), 0).xy;
    bool pane = false;
    if (hit.x >= 0) {
        int material = floatBitsToInt(texelFetch(faces, texelFetch(parts, 2 * hit.x).z + hit.y).w);
        pane = texelFetch(materials, MATERIAL * material + 9).w > 0.0;
    }
    seen = ivec2(pane ? -1 : -2, -1);
    gl_FragDepth = pane ? 0.0 : 1.0;
}
