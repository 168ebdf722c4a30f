// Lamp light without shadows. Lamp by lamp, so that a lamp that reaches no pixel of the run costs next to nothing; the
// strongest lamp of a pixel becomes the target of its shadow ray.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ point = (const float*)work.point.data + 3 * (size_t)begin;
const float* __restrict__ normal = (const float*)work.normal.data + 3 * (size_t)begin;
const float* __restrict__ albedo = (const float*)work.albedo.data + 3 * (size_t)begin;
const float* __restrict__ damp = work.damp.data + begin;
const int* __restrict__ material = work.material.data + begin;
const auto* __restrict__ mat = materials.data;
float* __restrict__ target = (float*)glow.target.data + 3 * (size_t)begin;
const auto& W = v.world_from_camera.data;
float BR[RUN], BG[RUN], BB[RUN], RR[RUN], RG[RUN], RB[RUN], LEVEL[RUN];
int best[RUN];
for (int i = 0; i < n; ++i) {
  BR[i] = BG[i] = BB[i] = RR[i] = RG[i] = RB[i] = LEVEL[i] = 0.f;
  best[i] = 0;
}

// box of the points; floats are compared as integers in the same order, which compilers may reduce in any order
auto rank = [](float x) SIMENGINE_INLINE { union { float f; int i; } u; u.f = x; return u.i ^ ((u.i >> 31) & 0x7fffffff); };
auto value = [](int k) SIMENGINE_INLINE { union { float f; int i; } u; u.i = k ^ ((k >> 31) & 0x7fffffff); return u.f; };
int low_x = 0x7f000000, low_y = 0x7f000000, low_z = 0x7f000000;
int high_x = -0x7f000000, high_y = -0x7f000000, high_z = -0x7f000000;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  bool hit = material[i] >= 0;
  int x = rank(point[3 * i]), y = rank(point[3 * i + 1]), z = rank(point[3 * i + 2]);
  int a = hit ? x : 0x7f000000, b = hit ? y : 0x7f000000, c = hit ? z : 0x7f000000;
  low_x = a < low_x ? a : low_x;
  low_y = b < low_y ? b : low_y;
  low_z = c < low_z ? c : low_z;
  a = hit ? x : -0x7f000000;
  b = hit ? y : -0x7f000000;
  c = hit ? z : -0x7f000000;
  high_x = a > high_x ? a : high_x;
  high_y = b > high_y ? b : high_y;
  high_z = c > high_z ? c : high_z;
}
const float lo_x = value(low_x), lo_y = value(low_y), lo_z = value(low_z);
const float hi_x = value(high_x), hi_y = value(high_y), hi_z = value(high_z);

#include "rooms.h"
#include "coat.h"

// what does not depend on the lamp
float VX[RUN], VY[RUN], VZ[RUN], NV[RUN], MATT[RUN], ALPHA[RUN], EVEN[RUN], BARE[RUN], STRENGTH[RUN], METAL[RUN], OUT[RUN], BACK[RUN];
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  const auto& m = mat[material[i] >= 0 ? material[i] : 0];
  float wet = damp[i] * within(4.f * SKY[i] - 1.f, 0.f, 1.f), dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2];
  float vx = -dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
  float vy = -dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
  float vz = -dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz);
  VX[i] = vx;
  VY[i] = vy;
  VZ[i] = vz;
  NV[i] = most(dot3(normal[3 * i], normal[3 * i + 1], normal[3 * i + 2], vx, vy, vz), 1e-3f);
  float rough = m.roughness + (0.10f - m.roughness) * wet;
  ALPHA[i] = most(rough * rough, 2e-3f);
  EVEN[i] = sqrtf(ALPHA[i]);
  STRENGTH[i] = strength_of(rough, m.metalness);
  BARE[i] = STRENGTH[i] * m.specular;
  METAL[i] = m.metalness;
  MATT[i] = (1.f - 0.5f * wet) * (1.f - m.metalness);
  OUT[i] = (1.f - coat_of(EVEN[i], NV[i], BARE[i], STRENGTH[i])) / (1.f - mean_coat_of(EVEN[i], BARE[i], STRENGTH[i]));
  BACK[i] = m.retro * (1.f - 0.5f * wet);
}

for (int j = 0; j < count; ++j) {
  const auto lamp = lamps.data[j];
  const float x = lamp.position.c[0], y = lamp.position.c[1], z = lamp.position.c[2], reach = lamp.reach_squared;
  const float gap_x = most(most(lo_x - x, x - hi_x), 0.f), gap_y = most(most(lo_y - y, y - hi_y), 0.f);
  const float gap_z = most(most(lo_z - z, z - hi_z), 0.f);
  if (low_x > high_x || dot3(gap_x, gap_y, gap_z, gap_x, gap_y, gap_z) >= reach) continue;
  const float ex = lamp.direction.c[0], ey = lamp.direction.c[1], ez = lamp.direction.c[2];
  const float red = lamp.intensity.c[0], green = lamp.intensity.c[1], blue = lamp.intensity.c[2];
  const float cos_end = lamp.cos_end, per_cone = 1.f / (1.f - lamp.cos_end), per_reach = 1.f / reach;
  const bool all_around = lamp.all_around != 0;
  // nothing behind the lamp is in its cone
  const float ahead = most(ex * (lo_x - x), ex * (hi_x - x)) + most(ey * (lo_y - y), ey * (hi_y - y));
  if (!all_around && cos_end >= 0.f && ahead + most(ez * (lo_z - z), ez * (hi_z - z)) < -1e-3f) continue;
  const float beam = lamp.beam;
  const bool low = beam > 0.f;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    int k = material[i];
    float lx = x - point[3 * i], ly = y - point[3 * i + 1], lz = z - point[3 * i + 2];
    float nx = normal[3 * i], ny = normal[3 * i + 1], nz = normal[3 * i + 2];
    float d2 = dot3(lx, ly, lz, lx, ly, lz), near = 1.f / most(d2, 1e-6f), s = sqrtf(near);
    lx *= s;
    ly *= s;
    lz *= s;
    float cosine = dot3(nx, ny, nz, lx, ly, lz);
    // the cone: full on its axis, falling smoothly to nothing at its edge; of a low beam with wide, faint sides
    float t = within((-dot3(lx, ly, lz, ex, ey, ez) - cos_end) * per_cone, 0.f, 1.f), tt = t * t;
    float shine = all_around ? 1.f : low ? tt * tt * tt : tt * (3.f - 2.f * t), part = d2 * per_reach, fade = 1.f - part * part;
    // a low beam: full from 0.6 degrees below the horizon down, ever less towards the near road, and little above it
    float below = lz * beam, rise = within((CUT_END + lz) * CUT_STEEP, 0.f, 1.f);
    rise *= rise;
    shine *= (low ? CUT_FLOOR + (1.f - CUT_FLOOR) * rise * rise : 1.f) / (1.f + below * below);
    bool seen = k >= 0 && d2 < reach && cosine > 0.f;
    float e = seen ? shine * fade * fade * least(near, 25.f) : 0.f;
    // gloss: Trowbridge-Reitz over one common denominator (see shade.h)
    float hx = VX[i] + lx, hy = VY[i] + ly, hz = VZ[i] + lz;
    float hh = most(dot3(hx, hy, hz, hx, hy, hz), 1e-12f), nh = most(dot3(nx, ny, nz, hx, hy, hz), 0.f);
    float nl = most(cosine, 0.f), nv = NV[i], alpha = ALPHA[i];
    float h = 0.5f * alpha, q = nh * nh * (alpha * alpha - 1.f) + hh;
    float lobe = nl * (alpha * alpha * hh * hh) / (q * q * (4.f * (nl * (1.f - h) + h) * (nv * (1.f - h) + h) + 1e-6f));
    // Schlick's Fresnel: a wet road throws back most of what grazes it; the half vector's cosine is half its length
    float f0 = BARE[i] * (1.f - METAL[i]), c5 = 1.f - 0.5f * sqrtf(hh);
    c5 = c5 * c5 * c5 * c5 * c5;
    float coat = lobe * (f0 + (STRENGTH[i] - f0) * c5), metal = lobe * METAL[i] * (1.f - c5);
    // what the coat leaves to the base; retroreflection: ten times less 1.1 degrees beside the lamp (classes RA2 and RA3
    // of EN 12899-1 from 0.2 to 2)
    float off = 1.f - dot3(lx, ly, lz, VX[i], VY[i], VZ[i]);
    float through = OUT[i] * (1.f - coat_of(EVEN[i], nl, BARE[i], STRENGTH[i]));
    float matt = MATT[i] * cosine * (through + BACK[i] / (1.f + 53600.f * most(off, 0.f))) + metal;
    float r = red * e * (albedo[3 * i] * matt + coat);
    float g = green * e * (albedo[3 * i + 1] * matt + coat);
    float b = blue * e * (albedo[3 * i + 2] * matt + coat);
    float level = r + g + b;
    bool more = level > LEVEL[i];
    RR[i] += more ? BR[i] : r;
    RG[i] += more ? BG[i] : g;
    RB[i] += more ? BB[i] : b;
    BR[i] = more ? r : BR[i];
    BG[i] = more ? g : BG[i];
    BB[i] = more ? b : BB[i];
    LEVEL[i] = more ? level : LEVEL[i];
    best[i] = more ? j : best[i];
  }
}

float* __restrict__ strongest = (float*)glow.best.data + 3 * (size_t)begin;
float* __restrict__ rest = (float*)glow.rest.data + 3 * (size_t)begin;
unsigned char* __restrict__ active = glow.active.data + begin;
const auto& sky = light.ambient.data[0];
const float faint = 0.282095f * FAINT;
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  // where even full lamp light is a fiftieth of what the sky gives, nobody sees its shadow
  float a = dot3(albedo[3 * i], albedo[3 * i + 1], albedo[3 * i + 2], sky.c[0], sky.c[1], sky.c[2]) * faint;
  bool counts = LEVEL[i] > a * SKY[i];
  active[i] = counts ? 1 : 0;
  rest[3 * i] = RR[i] + (counts ? 0.f : BR[i]);
  rest[3 * i + 1] = RG[i] + (counts ? 0.f : BG[i]);
  rest[3 * i + 2] = RB[i] + (counts ? 0.f : BB[i]);
  strongest[3 * i] = counts ? BR[i] : 0.f;
  strongest[3 * i + 1] = counts ? BG[i] : 0.f;
  strongest[3 * i + 2] = counts ? BB[i] : 0.f;
  const auto& lamp = lamps.data[best[i]].position;
  target[3 * i] = lamp.c[0];
  target[3 * i + 1] = lamp.c[1];
  target[3 * i + 2] = lamp.c[2];
}
