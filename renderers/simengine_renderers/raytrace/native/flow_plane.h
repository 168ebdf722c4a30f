// Flow through a plane: where the point of a pixel is in the next image, less where it is now
// (``simengine.sensors.pinhole``). Other lenses: ``flow_wide.h``.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ range = range_m.data + begin;
const int* __restrict__ owner = part.data + begin;
const auto* __restrict__ pose = poses.data;
float* __restrict__ o = (float*)flow.data + 2 * (size_t)begin;
const auto& S = v.next_from_camera.data;
const auto& c = v.coefficients.c;
const float k1 = c[0], k2 = c[1], p1 = c[2], p2 = c[3], k3 = c[4], k4 = c[5], k5 = c[6], k6 = c[7];
const float across = 1.f / (float)v.width;
float X[RUN], Y[RUN], Z[RUN];
int moved = 0;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {  // what rests, and the sky: one way for all, without a table
  bool hit = owner[i] >= 0;
  float t = hit ? range[i] : 1.f, near = hit ? 1.f : 0.f;
  float dx = ray[3 * i] * t, dy = ray[3 * i + 1] * t, dz = ray[3 * i + 2] * t;
  X[i] = dot3(S[0][0], S[0][1], S[0][2], dx, dy, dz) + near * v.next_offset.c[0];
  Y[i] = dot3(S[1][0], S[1][1], S[1][2], dx, dy, dz) + near * v.next_offset.c[1];
  Z[i] = dot3(S[2][0], S[2][1], S[2][2], dx, dy, dz) + near * v.next_offset.c[2];
}
SIMENGINE_LANES
for (int i = 0; i < n; ++i) moved |= pose[owner[i] >= 0 ? owner[i] : 0].moved;
if (moved) {
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    const auto& a = pose[owner[i] >= 0 ? owner[i] : 0];
    bool own = owner[i] >= 0 && a.moved != 0;
    float t = own ? range[i] : 0.f, dx = ray[3 * i] * t, dy = ray[3 * i + 1] * t, dz = ray[3 * i + 2] * t;
    const auto& R = a.next_from_camera.data;
    float x = dot3(R[0][0], R[0][1], R[0][2], dx, dy, dz) + a.next_offset.c[0];
    float y = dot3(R[1][0], R[1][1], R[1][2], dx, dy, dz) + a.next_offset.c[1];
    float z = dot3(R[2][0], R[2][1], R[2][2], dx, dy, dz) + a.next_offset.c[2];
    X[i] = own ? x : X[i];
    Y[i] = own ? y : Y[i];
    Z[i] = own ? (a.in_next == 1 ? z : -1.f) : Z[i];
  }
}
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  X[i] /= Z[i];
  Y[i] /= Z[i];
  float s = X[i] * X[i] + Y[i] * Y[i];
  Z[i] = Z[i] > 0.f && s < v.end ? s : -1.f;  // from here: the squared distance from the axis, below 0 where not seen
}
if (v.lens == RATIONAL) {
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    float x = X[i], y = Y[i], s = x * x + y * y, xy = 2.f * x * y;
    float g = (1.f + s * (k1 + s * (k2 + s * k3))) / (1.f + s * (k4 + s * (k5 + s * k6)));
    X[i] = x * g + p1 * xy + p2 * (s + 2.f * x * x);
    Y[i] = y * g + p1 * (s + 2.f * y * y) + p2 * xy;
  }
}
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int at = begin + i;  // row and column without an integer division, which has no vector form
  int py = (int)((float)at * across), px = at - py * v.width;
  py += px >= v.width ? 1 : (px < 0 ? -1 : 0);
  px = at - py * v.width;
  bool known = Z[i] >= 0.f;
  o[2 * i] = known ? v.fx_px * X[i] + v.cx_px - ((float)px + 0.5f) : NAN;
  o[2 * i + 1] = known ? v.fy_px * Y[i] + v.cy_px - ((float)py + 0.5f) : NAN;
}
