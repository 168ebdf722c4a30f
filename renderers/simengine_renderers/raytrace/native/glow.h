// Lamps that are on in this frame: what their part shines with replaces its material, for light only.
const int* __restrict__ hit_part = part.data + begin;
const int* __restrict__ shine = glow.data;
int* __restrict__ material = work.material.data + begin;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int p = hit_part[i], g = shine[p >= 0 ? p : 0];
  material[i] = p >= 0 && g >= 0 ? g : material[i];
}
