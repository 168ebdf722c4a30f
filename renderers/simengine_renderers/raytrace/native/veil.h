// Light that fog throws into the eye on its way from the lamps to wherever it goes: single scattering along each ray.
// With u = tan(theta / 2), theta the angle at the lamp between the foot of its perpendicular on the ray and a point of
// the ray, dt / d^2 = 2 du / (h (1 + u^2)): the sharp peak near the lamp is gone, and no angle has to be computed.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ range = range_m.data + begin;
const auto& W = v.world_from_camera.data;
float* __restrict__ o = (float*)hdr.data + 3 * (size_t)begin;
float DX[RUN], DY[RUN], DZ[RUN], R[RUN], G[RUN], B[RUN];
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  float cx = ray[3 * i], cy = ray[3 * i + 1], cz = ray[3 * i + 2];
  DX[i] = dot3(W[0][0], W[0][1], W[0][2], cx, cy, cz);
  DY[i] = dot3(W[1][0], W[1][1], W[1][2], cx, cy, cz);
  DZ[i] = dot3(W[2][0], W[2][1], W[2][2], cx, cy, cz);
  R[i] = G[i] = B[i] = 0.f;
}
// of positive floats, the integers with the same bits have the same order; integers may be compared in any order
auto rank = [](float x) { union { float f; int i; } u; u.f = x; return u.i; };
const float sigma = light.extinction_per_m, source = 0.25f * light.scattering_per_m;
for (int j = 0; j < count; ++j) {
  const auto lamp = lamps.data[j];
  const float red = lamp.intensity.c[0], green = lamp.intensity.c[1], blue = lamp.intensity.c[2];
  const float x = lamp.position.c[0], y = lamp.position.c[1], z = lamp.position.c[2];
  const float ex = lamp.direction.c[0], ey = lamp.direction.c[1], ez = lamp.direction.c[2];
  const float cos_end = lamp.cos_end, per_cone = 1.f / (1.f - lamp.cos_end), per_reach = 1.f / lamp.reach_squared;
  const bool all_around = lamp.all_around != 0;
  const float beam = lamp.beam, away2 = dot3(x, y, z, x, y, z);
  // a ray that passes at h gets source * pi / h at most; where that is too faint to be seen, the light has faded out
  const float far = 3.14159265f * source * most(most(red, green), blue) / faint, per_far2 = 1.f / (far * far);
  int nearest = 0x7f000000;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    float foot = dot3(x, y, z, DX[i], DY[i], DZ[i]);
    int h2 = rank(most(away2 - foot * foot, WIDTH * WIDTH));
    nearest = h2 < nearest ? h2 : nearest;
  }
  if (nearest >= rank(far * far)) continue;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    float dx = DX[i], dy = DY[i], dz = DZ[i], end = least(range[i], 1e4f);
    float foot = dot3(x, y, z, dx, dy, dz), h2 = most(away2 - foot * foot, WIDTH * WIDTH), h = sqrtf(h2), per_h = 1.f / h;
    // a low beam lights what is below it: the ray goes in there or comes out where it passes the lamp's height
    float level = z / (fabsf(dz) > 1e-6f ? dz : 1e-6f), go = 0.f;
    go = beam > 0.f && dz < 0.f ? most(level, 0.f) : go;
    end = beam > 0.f && dz >= 0.f ? least(end, most(level, 0.f)) : end;
    end = most(end, go);
    float edge = most(1.f - h2 * per_far2, 0.f), a = (go - foot) * per_h, b = (end - foot) * per_h;
    float u0 = a / (1.f + sqrtf(1.f + a * a)), u1 = b / (1.f + sqrtf(1.f + b * b));
    // before the foot and behind it, where the light of a cone is a hump each
    float cut = within(0.f, u0, u1), before = (cut - u0) * (1.f / HALF), behind = (u1 - cut) * (1.f / HALF);
    float sum = 0.f;
#pragma unroll
    for (int k = 0; k < 2 * HALF; ++k) {
      float step = k < HALF ? before : behind, u = (k < HALF ? u0 : cut) + ((float)(k < HALF ? k : k - HALF) + 0.5f) * step, uu = u * u, wide = 1.f / (1.f + uu), narrow = 1.f / most(1.f - uu, 1e-6f);
      float t = foot + 2.f * h * u * narrow, d = h * (1.f + uu) * narrow, per_d = 1.f / d;
      // from the lamp to the point
      float wx = (t * dx - x) * per_d, wy = (t * dy - y) * per_d, wz = (t * dz - z) * per_d;
      float s = within((dot3(wx, wy, wz, ex, ey, ez) - cos_end) * per_cone, 0.f, 1.f), ss = s * s;
      float part = d * d * per_reach, fade = most(1.f - part * part, 0.f), below = -wz * beam;
      float shine = (all_around ? 1.f : beam > 0.f ? ss * ss * ss : ss * (3.f - 2.f * s)) / (1.f + below * below);
      // Henyey and Greenstein; the cosine of the turn towards the eye
      float q = 1.f + FORWARD * FORWARD + 4.f * FORWARD * u * wide;
      float phase = (1.f - FORWARD * FORWARD) / (q * sqrtf(q));
      sum += step * shine * fade * fade * phase * wide * decay(-sigma * (t + d));
    }
    float got = sum * 2.f * per_h * edge * edge;
    R[i] += red * got;
    G[i] += green * got;
    B[i] += blue * got;
  }
}
const float all = source * weight;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  o[3 * i] += R[i] * all;
  o[3 * i + 1] += G[i] * all;
  o[3 * i + 2] += B[i] * all;
}
