// Contact cells: the mean over SIDE x SIDE cells, STRIDE apart, as far as they are on the same surface. First (AGAIN 0) of
// open directions in the block of 4 x 4; then of nine blocks, as round things turn within one and it is blotchy alone.
const float* __restrict__ cell = (const float*)contact.point.data;
const float* __restrict__ normal = (const float*)work.normal.data;
const float* __restrict__ asked = contact.free.data;
const float* __restrict__ open = AGAIN ? contact.share.data : contact.free.data;
float* __restrict__ share = AGAIN ? contact.smooth.data : contact.share.data;
const int cells = contact.width, lines = contact.height;
const float across = 1.f / (float)cells;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int at = begin + i;  // row and column without an integer division, which has no vector form
  int y = (int)((float)at * across), x = at - y * cells;
  y += x >= cells ? 1 : (x < 0 ? -1 : 0);
  x = at - y * cells;
  int pixel = 3 * (2 * y * image_width + 2 * x);
  float nx = normal[pixel], ny = normal[pixel + 1], nz = normal[pixel + 2];
  float px = cell[3 * at], py = cell[3 * at + 1], pz = cell[3 * at + 2];
  float slack = 0.04f + 0.02f * sqrtf(dot3(px, py, pz, px, py, pz)), total = 0.f, sum = 0.f;
#pragma unroll
  for (int j = 0; j < SIDE * SIDE; ++j) {
    int u = x - 2 + STRIDE * (j % SIDE), w = y - 2 + STRIDE * (j / SIDE);
    bool inside = u >= 0 && u < cells && w >= 0 && w < lines;
    int k = inside ? w * cells + u : at;
    float off = dot3(cell[3 * k] - px, cell[3 * k + 1] - py, cell[3 * k + 2] - pz, nx, ny, nz);
    float same = inside && asked[k] >= 0.f && fabsf(off) < slack ? 1.f : 0.f;
    total += same;
    sum += same * open[k];
  }
  share[at] = asked[at] >= 0.f ? sum / most(total, 1.f) : 1.f;
}
