// Contact cells: sums of light and of weight over nine cells that are STRIDE apart, as far as they are on the same
// surface; the last pass divides. Sums, not means, go from pass to pass: cells that found little of their own surface
// count as little for others. Where there is less than ENOUGH of it (kerbs, twigs, leaves) what is near and faces much
// the same way fills up. The last pass takes light from afar (NEAR 0) over the own surface alone: beside it other
// things are near, and what is near has been taken off what is far. Few rays in few directions leave no colour with
// next to nothing: it keeps COLOUR of the brightest one.
const float* __restrict__ cell = (const float*)contact.point.data;
const float* __restrict__ normal = (const float*)contact.normal.data;
const float* __restrict__ near = (const float*)near_from.data;
const float* __restrict__ far = (const float*)far_from.data;
float* __restrict__ near_sum = (float*)near_to.data;
float* __restrict__ far_sum = (float*)far_to.data;
const int cells = contact.width, lines = contact.height;
const float across = 1.f / (float)cells;
// a share of the weight of a cell amid its own surface, which each pass makes sixteen times as much
const float enough = (NEAR ? ENOUGH : 0.f) * (float)(stride * stride * stride * stride) * 16.f;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int at = begin + i;  // row and column without an integer division, which has no vector form
  int y = (int)((float)at * across), x = at - y * cells;
  y += x >= cells ? 1 : (x < 0 ? -1 : 0);
  x = at - y * cells;
  float nx = normal[3 * at], ny = normal[3 * at + 1], nz = normal[3 * at + 2];
  float px = cell[3 * at], py = cell[3 * at + 1], pz = cell[3 * at + 2];
  float away = sqrtf(dot3(px, py, pz, px, py, pz)), thin = 1.f / (SLACK_M + SLACK * away);
  float room = (0.6f + 0.08f * away) * (0.6f + 0.08f * away), total = 0.f, sum[6] = {0.f, 0.f, 0.f, 0.f, 0.f, 0.f};
  float more = 0.f, beside_it[6] = {0.f, 0.f, 0.f, 0.f, 0.f, 0.f};
#pragma unroll
  for (int j = 0; j < 9; ++j) {
    const int beside = j % 3 - 1, below = j / 3 - 1;
    const float count = (float)((beside ? 1 : 2) * (below ? 1 : 2));
    int u = x + stride * beside, w = y + stride * below;
    bool inside = u >= 0 && u < cells && w >= 0 && w < lines;
    int k = inside ? w * cells + u : at;
    float dx = cell[3 * k] - px, dy = cell[3 * k + 1] - py, dz = cell[3 * k + 2] - pz;
    float facing = dot3(normal[3 * k], normal[3 * k + 1], normal[3 * k + 2], nx, ny, nz);
    float own = within(2.f - 2.f * thin * fabsf(dot3(dx, dy, dz, nx, ny, nz)), 0.f, 1.f) * within(FACE * (facing - 1.f) + 1.5f, 0.f, 1.f);
    float spare = dot3(dx, dy, dz, dx, dy, dz) < room ? within(1.f + facing, 0.f, 1.f) : 0.f;
    float same = inside ? count * most(own, FEW * spare) : 0.f, other = (inside ? count : 0.f) * (own > 0.f ? 0.f : spare);
    total += same * far[4 * k + 3];
    more += other * far[4 * k + 3];
#pragma unroll
    for (int c = 0; c < 3; ++c) {
      if (NEAR) sum[c] += same * near[4 * k + c];
      if (NEAR) beside_it[c] += other * near[4 * k + c];
      sum[3 + c] += same * far[4 * k + c];
      beside_it[3 + c] += other * far[4 * k + c];
    }
  }
  float fill = NEAR ? within((enough - total) / most(more, 1e-6f), 0.f, 1.f - FEW) : 0.f;
  total += fill * more;
  float part = total > 0.f ? 1.f / total : 0.f, scale = far_last ? part : 1.f;
  float r = (sum[3] + fill * beside_it[3]) * scale, g = (sum[4] + fill * beside_it[4]) * scale;
  float b = (sum[5] + fill * beside_it[5]) * scale;
  if (NEAR) {
    float sharpness = near_last ? part : 1.f;
#pragma unroll
    for (int c = 0; c < 3; ++c) near_sum[4 * at + c] = (sum[c] + fill * beside_it[c]) * sharpness;
  } else {  // what is near is there by now
    float near_r = 1.f + near_sum[4 * at], near_g = 1.f + near_sum[4 * at + 1], near_b = 1.f + near_sum[4 * at + 2];
    float least_of = COLOUR * most(most(near_r + r, near_g + g), near_b + b);
    r = most(r, least_of - near_r);
    g = most(g, least_of - near_g);
    b = most(b, least_of - near_b);
  }
  far_sum[4 * at] = r;
  far_sum[4 * at + 1] = g;
  far_sum[4 * at + 2] = b;
  far_sum[4 * at + 3] = total;
}
