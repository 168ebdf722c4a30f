// Flow through lenses other than a plane (``simengine.sensors.lenses``), and through a plane with thin prism. Of parallel
// projection rays start beside each other, and what is infinitely far has no place.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ hit_range = range_m.data + begin;
const int* __restrict__ hit_part = part.data + begin;
const auto* __restrict__ pose = poses.data;
float* __restrict__ o = (float*)flow.data + 2 * (size_t)begin;
const auto& S = v.next_from_camera.data;
const auto& c = v.coefficients.c;
for (int i = 0; i < n; ++i) {
  bool hit = hit_part[i] >= 0;
  int at = begin + i, py = at / v.width, px = at - py * v.width;
  const auto& a = pose[hit ? hit_part[i] : 0];
  float t = hit ? hit_range[i] : 1.f, dx = ray[3 * i] * t, dy = ray[3 * i + 1] * t, dz = ray[3 * i + 2] * t;
  dx += v.lens == PARALLEL ? ((float)px + 0.5f - v.cx_px) / v.fx_px : 0.f;
  dy += v.lens == PARALLEL ? ((float)py + 0.5f - v.cy_px) / v.fy_px : 0.f;
  const auto& R = a.next_from_camera.data;
  float x = hit ? dot3(R[0][0], R[0][1], R[0][2], dx, dy, dz) + a.next_offset.c[0] : dot3(S[0][0], S[0][1], S[0][2], dx, dy, dz);
  float y = hit ? dot3(R[1][0], R[1][1], R[1][2], dx, dy, dz) + a.next_offset.c[1] : dot3(S[1][0], S[1][1], S[1][2], dx, dy, dz);
  float z = hit ? dot3(R[2][0], R[2][1], R[2][2], dx, dy, dz) + a.next_offset.c[2] : dot3(S[2][0], S[2][1], S[2][2], dx, dy, dz);
  bool known = (!hit || a.in_next == 1) && hit_range[i] >= 0.f;  // below 0: outside the image circle
  float off = sqrtf(x * x + y * y), xd, yd, round = 0.f;
  if (v.lens == PRISM) {
    known = known && z > 0.f;
    x /= z;
    y /= z;
    float s = x * x + y * y, xy = 2.f * x * y;
    known = known && s < v.end;
    float g = (1.f + s * (c[0] + s * (c[1] + s * c[4]))) / (1.f + s * (c[5] + s * (c[6] + s * c[7])));
    xd = x * g + c[2] * xy + c[3] * (s + 2.f * x * x) + s * (c[8] + s * c[9]);
    yd = y * g + c[2] * (s + 2.f * y * y) + c[3] * xy + s * (c[10] + s * c[11]);
  } else if (v.lens == POLYNOMIAL || v.lens == SPHERE) {
    float angle = atan2f(off, z), scale;  // of the place over that of the point
    known = known && angle <= v.end && (off > 0.f || z > 0.f);
    if (v.lens == SPHERE) {
      float length = sqrtf(off * off + z * z), ahead = c[0] * length + z;
      scale = 1.f / (c[1] * sqrtf(off * off + ahead * ahead) + (1.f - c[1]) * ahead);
    } else {
      float total = 0.f;
      for (int k = 7; k >= 0; --k) total = (total + c[k]) * angle;
      scale = off > 0.f ? angle * (1.f + total) / off : 0.f;
    }
    xd = x * scale;
    yd = y * scale;
  } else if (v.lens == PARALLEL) {
    known = known && hit && z > 0.f;
    xd = x;
    yd = y;
  } else {
    xd = atan2f(x, z);
    yd = atan2f(y, sqrtf(x * x + z * z));
    round = c[0];  // pixels once round the world: flow takes the shorter way
  }
  float across = v.fx_px * xd + v.cx_px - ((float)px + 0.5f);
  if (round > 0.f) across -= round * floorf(across / round + 0.5f);
  o[2 * i] = known ? across : NAN;
  o[2 * i + 1] = known ? v.fy_px * yd + v.cy_px - ((float)py + 0.5f) : NAN;
}
