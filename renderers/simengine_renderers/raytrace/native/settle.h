// Contact cells: the mean over cells around, as far as they are on the same surface. TENT cells to either side along a
// row (down 0) or a column (1), the farther the less; or, where TENT is 1, nine that are stride cells apart: with tents
// that reach that far, none of which shows.
const float* __restrict__ cell = (const float*)contact.point.data;
const float* __restrict__ normal = (const float*)work.normal.data;
const unsigned char* __restrict__ asked = contact.active.data;
const float* __restrict__ light = (const float*)from_.data;
float* __restrict__ share = (float*)to.data;
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
  float away = sqrtf(dot3(px, py, pz, px, py, pz)), slack = 0.04f + 0.02f * away;
  float room = (0.6f + 0.08f * away) * (0.6f + 0.08f * away), total = 0.f, red = 0.f, green = 0.f, blue = 0.f;
#pragma unroll
  for (int j = 0; j < COUNT; ++j) {
    const int off_row = TENT > 1 ? j - TENT + 1 : j % 3 - 1, off_line = TENT > 1 ? 0 : j / 3 - 1;
    const float count = TENT > 1 ? (float)(TENT - (off_row < 0 ? -off_row : off_row)) : 1.f;
    int u = x + (TENT > 1 ? (down ? 0 : off_row) : stride * off_row), w = y + (TENT > 1 ? (down ? off_row : 0) : stride * off_line);
    bool inside = u >= 0 && u < cells && w >= 0 && w < lines;
    int k = inside ? w * cells + u : at;
    float dx = cell[3 * k] - px, dy = cell[3 * k + 1] - py, dz = cell[3 * k + 2] - pz;
    float off = dot3(dx, dy, dz, nx, ny, nz);
    bool alike = fabsf(off) < slack;
    if (wide) {  // what comes from afar is much the same on surfaces that face the same way
      int v = 3 * (2 * (k / cells) * image_width + 2 * (k % cells));
      alike = dot3(normal[v], normal[v + 1], normal[v + 2], nx, ny, nz) > 0.85f && (alike || dot3(dx, dy, dz, dx, dy, dz) < room);
    }
    float same = inside && asked[k] && alike ? count : 0.f;
    total += same;
    red += same * light[3 * k];
    green += same * light[3 * k + 1];
    blue += same * light[3 * k + 2];
  }
  float part = 1.f / most(total, 1.f);
  share[3 * at] = asked[at] ? red * part : 0.f;
  share[3 * at + 1] = asked[at] ? green * part : 0.f;
  share[3 * at + 2] = asked[at] ? blue * part : 0.f;
}
