// Pixels [begin, end) whose light differs from that of one of the four beside them.
const float* __restrict__ h = (const float*)hdr.data;
unsigned char* __restrict__ o = found.data + begin;
const float across = 1.f / (float)width;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int at = begin + i;  // row and column without an integer division, which has no vector form
  int y = (int)((float)at * across), x = at - y * width;
  y += x >= width ? 1 : (x < 0 ? -1 : 0);
  x = at - y * width;
  float r = h[3 * at], g = h[3 * at + 1], b = h[3 * at + 2], own = most(most(r, g), b);
  int steep = 0;
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    int k = j == 0 ? (x + 1 < width ? at + 1 : at) : j == 1 ? (x > 0 ? at - 1 : at)
          : j == 2 ? (y + 1 < height ? at + width : at) : (y > 0 ? at - width : at);
    float p = h[3 * k], q = h[3 * k + 1], s = h[3 * k + 2];
    float step = most(most(fabsf(r - p), fabsf(g - q)), fabsf(b - s));
    steep |= step > STEP * most(own, most(most(p, q), s)) + faint;
  }
  o[i] = (unsigned char)steep;
}
