// Radiance of pixels: sun, sky and what stands around, reflections, lamps, air.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ range = range_m.data + begin;
const float* __restrict__ point = (const float*)work.point.data + 3 * (size_t)begin;
const float* __restrict__ normal = (const float*)work.normal.data + 3 * (size_t)begin;
const float* __restrict__ color = (const float*)work.albedo.data + 3 * (size_t)begin;
const float* __restrict__ damp = work.damp.data + begin;
const int* __restrict__ material = work.material.data + begin;
const unsigned char* __restrict__ lit = work.lit.data + begin;
const auto* __restrict__ mat = materials.data;
const auto& W = v.world_from_camera.data;
float* __restrict__ o = (float*)hdr.data + 3 * (size_t)begin;
float NEAR[3 * RUN], FAR[3 * RUN];

// Light from the sky on each pixel, in parts of that under an open sky: its contact cell and the next ones, blended
// where they lie on its surface.
if (contact.traced == 0) {
  for (int i = 0; i < 3 * n; ++i) NEAR[i] = 1.f;
  for (int i = 0; i < 3 * n; ++i) FAR[i] = 0.f;
} else {
  const float* __restrict__ share = (const float*)contact.smooth.data;
  const float* __restrict__ wide = (const float*)contact.wide.data;
  const float* __restrict__ cell = (const float*)contact.point.data;
  const float* __restrict__ nearby = (const float*)contact.normal.data;
  const int cells = contact.width, lines = contact.height;
  const float across = 1.f / (float)v.width;
  const bool single = contact.single == 1;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    int at = begin + i;  // row and column without an integer division, which has no vector form
    int py = (int)((float)at * across), px = at - py * v.width;
    py += px >= v.width ? 1 : (px < 0 ? -1 : 0);
    px = at - py * v.width;
    int x0 = px >> 1, y0 = py >> 1, x1 = x0 + (px & 1), y1 = y0 + (py & 1);
    x1 = x1 < cells ? x1 : cells - 1;
    y1 = y1 < lines ? y1 : lines - 1;
    float nx = normal[3 * i], ny = normal[3 * i + 1], nz = normal[3 * i + 2];
    float x = point[3 * i], y = point[3 * i + 1], z = point[3 * i + 2];
    float slack = 0.02f + 0.01f * sqrtf(dot3(x, y, z, x, y, z)), total = 0.f, sum[6] = {0.f, 0.f, 0.f, 0.f, 0.f, 0.f};
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      int k = single ? begin + i : (j & 2 ? y1 : y0) * cells + (j & 1 ? x1 : x0);
      float off = dot3(cell[3 * k] - x, cell[3 * k + 1] - y, cell[3 * k + 2] - z, nx, ny, nz);
      float facing = dot3(nearby[3 * k], nearby[3 * k + 1], nearby[3 * k + 2], nx, ny, nz);
      float spare = 1e-4f * slack * slack / (slack * slack + off * off);  // a neighbour's light is better than none
      float same = fabsf(off) < slack && facing > 0.5f ? 1.f : spare;
      total += same;
      sum[0] += same * share[4 * k];
      sum[3] += same * wide[4 * k];
      sum[1] += same * share[4 * k + 1];
      sum[4] += same * wide[4 * k + 1];
      sum[2] += same * share[4 * k + 2];
      sum[5] += same * wide[4 * k + 2];
    }
    float part = total > 1e-20f ? 1.f / total : 0.f;
#pragma unroll
    for (int c = 0; c < 3; ++c) {
      NEAR[3 * i + c] = 1.f + sum[c] * part;
      FAR[3 * i + c] = sum[3 + c] * part;
    }
  }
}

#include "rooms.h"
#include "coat.h"

float A[27];
for (int k = 0; k < 9; ++k)
  for (int c = 0; c < 3; ++c) A[3 * k + c] = light.ambient.data[k].c[c];
// irradiance from sky and ground on a surface with a normal: nine coefficients a colour
auto ambient = [&](float x, float y, float z, int c) SIMENGINE_INLINE {
  float e = A[c] * 0.282095f + (A[3 + c] * y + A[6 + c] * z + A[9 + c] * x) * 0.488603f;
  e += (A[12 + c] * (x * y) + A[15 + c] * (y * z) + A[21 + c] * (x * z)) * 1.092548f;
  e += A[18 + c] * (0.315392f * (3.f * z * z - 1.f)) + A[24 + c] * (0.546274f * (x * x - y * y));
  return e > 0.f ? e : 0.f;
};
const float* __restrict__ sky = (const float*)light.sky.data;
const int size = light.sky.shape[0];
const bool felt = contact.traced == 1;
const float outdoors = 1.f - v.sheltered;
const bool lamps_on = lamps > 0, foggy = light.extinction_per_m > 0.f, adding = add == 1;
const float* __restrict__ best = (const float*)glow.best.data + (lamps_on ? 3 * (size_t)begin : 0);
const float* __restrict__ rest = (const float*)glow.rest.data + (lamps_on ? 3 * (size_t)begin : 0);
const unsigned char* __restrict__ shone = glow.lit.data + (lamps_on ? begin : 0);
float SUN[RUN], LAMP[3 * RUN];
for (int i = 0; i < n; ++i) SUN[i] = (float)lit[i] / 255.f;
if (lamps_on) {
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i)
#pragma unroll
    for (int c = 0; c < 3; ++c) LAMP[3 * i + c] = best[3 * i + c] * ((float)shone[i] / 255.f) + rest[3 * i + c];
} else {
  for (int i = 0; i < 3 * n; ++i) LAMP[i] = 0.f;
}

// what mirrored rays met
float MET[RUN], SHOWN[3 * RUN], AIMED[RUN], LOBE[RUN];
if (mirror.traced) {
  const float* __restrict__ met = mirror.met.data + begin;
  const float* __restrict__ glow_of = (const float*)mirror.light.data + 3 * (size_t)begin;
  const float* __restrict__ sunny = (const float*)mirror.sunny.data + 3 * (size_t)begin;
  const unsigned char* __restrict__ reached = mirror.lit.data + begin;
  const unsigned char* __restrict__ aimed = mirror.active.data + begin;
  const bool day = v.sunlit == 1;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    MET[i] = met[i];
    AIMED[i] = (float)aimed[i];
    float bright = day ? (float)reached[i] / 255.f : 0.f;
#pragma unroll
    for (int c = 0; c < 3; ++c) SHOWN[3 * i + c] = met[i] > 0.f ? glow_of[3 * i + c] + sunny[3 * i + c] * bright : 0.f;
    LOBE[i] = 0.f;
  }
  if (mirror.wet) {
    const float* __restrict__ sum = (const float*)mirror.own.data + 4 * (size_t)begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      bool lobe = aimed[i] == 3 && sum[4 * i + 3] > 0.f;
      float part = 1.f / (lobe ? sum[4 * i + 3] : 1.f);
#pragma unroll
      for (int c = 0; c < 3; ++c) SHOWN[3 * i + c] = lobe ? sum[4 * i + c] * part : SHOWN[3 * i + c];
      LOBE[i] = lobe ? 1.f : 0.f;
      MET[i] = lobe ? 1.f : MET[i];
    }
  }
} else {
  for (int i = 0; i < n; ++i) LOBE[i] = MET[i] = AIMED[i] = SHOWN[3 * i] = SHOWN[3 * i + 1] = SHOWN[3 * i + 2] = 0.f;
}

// Pixels behind a pane: its mirrored ray is the pane's, and what has been added so far waits for it.
const unsigned char* __restrict__ glazed = panes.active.data + (panes.on ? begin : 0);
float PANE_MET[RUN], PANE_SHOWN[3 * RUN], BEFORE[3 * RUN];
bool some_glazed = false;
if (panes.on) {
  for (int i = 0; i < n; ++i) some_glazed = some_glazed || glazed[i];
}
if (some_glazed) {
  for (int i = 0; i < n; ++i) {
    if (!glazed[i]) continue;
    PANE_MET[i] = MET[i];
    MET[i] = AIMED[i] = 0.f;
    for (int c = 0; c < 3; ++c) {
      PANE_SHOWN[3 * i + c] = SHOWN[3 * i + c];
      SHOWN[3 * i + c] = 0.f;
      BEFORE[3 * i + c] = adding ? o[3 * i + c] : 0.f;
    }
  }
}

// What materials do, by stretches: most lie on one material, whose row is then read once.
float ROUGH[RUN], METAL[RUN], STRONG[RUN], F0[RUN], SHINE[3 * RUN], WET[RUN], OUTSIDE[RUN];
for (int s = 0; s < n; s += STRETCH) {
  const int e = s + STRETCH < n ? s + STRETCH : n, one = material[s];
  auto take = [&](int i, int k) SIMENGINE_INLINE {
    const auto& m = mat[k >= 0 ? k : 0];
    float wet = damp[i] * within(4.f * SKY[i] - 1.f, 0.f, 1.f), rough = m.roughness + (0.10f - m.roughness) * wet;
    float strength = strength_of(rough, m.metalness);
    WET[i] = wet;
    ROUGH[i] = rough;
    METAL[i] = m.metalness;
    STRONG[i] = strength;
    F0[i] = strength * m.specular;
    OUTSIDE[i] = felt ? within(2.f * SKY[i] - 1.f, 0.f, 1.f) : 0.f;
    SHINE[3 * i] = m.emission.c[0];  // a loop would become a call that copies, which has no vector form
    SHINE[3 * i + 1] = m.emission.c[1];
    SHINE[3 * i + 2] = m.emission.c[2];
  };
  bool same = true;
  for (int i = s; i < e; ++i) same = same & (material[i] == one);
  if (same) {
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) take(i, one);
  } else {
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) take(i, material[i]);
  }
}

// The sky's map along (x, y, z): four places, and how far between them. Below the horizon: the horizon.
auto look = [&](float x, float y, float z, int& t0, int& t1, float& fu, float& fw) SIMENGINE_INLINE {
  float up = most(z, 0.f), scale = 0.5f * (float)size / (fabsf(x) + fabsf(y) + up);
  float u = within((x + y) * scale + 0.5f * (float)size - 0.5f, 0.f, (float)(size - 1));
  float w = within((x - y) * scale + 0.5f * (float)size - 0.5f, 0.f, (float)(size - 1));
  int tx = (int)u, ty = (int)w;
  tx = tx < size - 2 ? tx : size - 2;
  ty = ty < size - 2 ? ty : size - 2;
  fu = u - (float)tx;
  fw = w - (float)ty;
  t0 = 3 * (ty * size + tx);
  t1 = t0 + 3 * size;
};
auto of_sky = [&](int t0, int t1, float fu, float fw, int c) SIMENGINE_INLINE {
  float low = sky[t0 + c] * (1.f - fu) + sky[t0 + 3 + c] * fu;
  float high = sky[t1 + c] * (1.f - fu) + sky[t1 + 3 + c] * fu;
  return low * (1.f - fw) + high * fw;
};

// The sky behind, and coats with what they mirror: by stretches, for many have neither.
float ABOVE[3 * RUN], COAT[3 * RUN], KEPT[RUN], SUNNY[RUN];
for (int s = 0; s < n; s += STRETCH) {
  const int e = s + STRETCH < n ? s + STRETCH : n;
  bool bare_sky = false, coated = false;
  for (int i = s; i < e; ++i) {
    bare_sky = bare_sky | (material[i] < 0);
    coated = coated | (STRONG[i] > 0.f);
  }
  if (bare_sky) {
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) {
      float cx = ray[3 * i], cy = ray[3 * i + 1], cz = ray[3 * i + 2], fu, fw;
      float dx = dot3(W[0][0], W[0][1], W[0][2], cx, cy, cz);
      float dy = dot3(W[1][0], W[1][1], W[1][2], cx, cy, cz);
      float dz = dot3(W[2][0], W[2][1], W[2][2], cx, cy, cz);
      int t0, t1;
      look(dx, dy, dz, t0, t1, fu, fw);
      bool disc = v.sunlit == 1 && dot3(dx, dy, dz, v.sun.c[0], v.sun.c[1], v.sun.c[2]) > 0.99998930f;
#pragma unroll
      for (int c = 0; c < 3; ++c) ABOVE[3 * i + c] = of_sky(t0, t1, fu, fw, c) + (disc ? light.disc.c[c] : 0.f);
    }
  } else {
    for (int i = 3 * s; i < 3 * e; ++i) ABOVE[i] = 0.f;
  }
  if (!coated) {
    for (int i = 3 * s; i < 3 * e; ++i) COAT[i] = 0.f;
    for (int i = s; i < e; ++i) KEPT[i] = SUNNY[i] = 1.f;
    continue;
  }
  SIMENGINE_LANES
  for (int i = s; i < e; ++i) {
    float cx = ray[3 * i], cy = ray[3 * i + 1], cz = ray[3 * i + 2];
    float dx = dot3(W[0][0], W[0][1], W[0][2], cx, cy, cz);
    float dy = dot3(W[1][0], W[1][1], W[1][2], cx, cy, cz);
    float dz = dot3(W[2][0], W[2][1], W[2][2], cx, cy, cz);
    float nx = normal[3 * i], ny = normal[3 * i + 1], nz = normal[3 * i + 2];
    float outside = OUTSIDE[i], rough = ROUGH[i], gloss = 1.f - rough, metal = METAL[i];
    float open = 0.2126f * NEAR[3 * i] + 0.7152f * NEAR[3 * i + 1] + 0.0722f * NEAR[3 * i + 2];
    open += (0.2126f * FAR[3 * i] + 0.7152f * FAR[3 * i + 1] + 0.0722f * FAR[3 * i + 2]) * outside;
    open = within(open, 0.f, 1.f);
    float cosine = -dot3(nx, ny, nz, dx, dy, dz);
    float rx = dx + nx * (2.f * cosine), ry = dy + ny * (2.f * cosine), rz = dz + nz * (2.f * cosine);

    int t0, t1;
    float fu, fw;
    look(rx, ry, rz, t0, t1, fu, fw);

    // highlight of the sun: Trowbridge-Reitz lobe times cosine over four, visibility after Karis, one denominator
    float nl = dot3(nx, ny, nz, v.sun.c[0], v.sun.c[1], v.sun.c[2]);
    nl = most(nl, 0.f) * SUN[i];
    float hx = v.sun.c[0] - dx, hy = v.sun.c[1] - dy, hz = v.sun.c[2] - dz;
    float hh = most(dot3(hx, hy, hz, hx, hy, hz), 1e-12f), nh = most(dot3(nx, ny, nz, hx, hy, hz), 0.f);
    float alpha = most(rough * rough, 2e-3f), half = 0.5f * alpha, q = nh * nh * (alpha * alpha - 1.f) + hh;
    float nv = most(cosine, 1e-3f);
    float lobe = nl * (alpha * alpha * hh * hh) / (q * q * (4.f * (nl * (1.f - half) + half) * (nv * (1.f - half) + half) + 1e-6f));

    // the coat, and the base below it: what the one sends back the other does not get
    float even = sqrtf(alpha), strength = STRONG[i], f0 = F0[i];
    float back = coat_of(even, cosine, f0, strength);
    float sunny = 1.f - coat_of(even, dot3(nx, ny, nz, v.sun.c[0], v.sun.c[1], v.sun.c[2]), f0, strength);
    sunny /= 1.f - mean_coat_of(even, f0, strength);
    KEPT[i] = (1.f - back) * (1.f - metal);
    SUNNY[i] = sunny;
    float first = coat_of(even, cosine, 1.f, 0.f), second = coat_of(even, cosine, 0.f, strength);
    float c5 = within(1.f - 0.5f * sqrtf(hh), 0.f, 1.f);  // the half vector's cosine is half its length
    c5 = c5 * c5 * c5 * c5 * c5;
    float smooth = most(within(mirror.traced ? (0.45f - rough) * 3.3f : (gloss - 0.3f) * 2.f, 0.f, 1.f), LOBE[i]);
    float blend = within(0.35f + rz / (0.22f + 0.5f * rough), 0.f, 1.f);
#pragma unroll
    for (int c = 0; c < 3; ++c) {
      float bare = f0 * (1.f - metal) + color[3 * i + c] * metal;
      float seen = light.ground.c[c] * (1.f - blend) + of_sky(t0, t1, fu, fw, c) * blend;
      float all = ambient(rx, ry, rz, c), around = within(NEAR[3 * i + c] + FAR[3 * i + c], 0.f, 1.f);
      float unseen = (0.25f + 0.75f * open) * (1.f - outside) + around * outside;
      seen = seen + (SHOWN[3 * i + c] - seen) * MET[i];
      // a ray knows what is hidden; without one the cells' light has to do
      float sharp = (seen * SKY[i] + INNER[3 * i + c]) * (AIMED[i] > 0.f ? 1.f : unseen);
      seen = sharp * smooth + (all * SKY[i] + INNER[3 * i + c]) * unseen * (1.f - smooth);
      COAT[3 * i + c] = (bare * first + second) * seen + (bare + (strength - bare) * c5) * (light.sun.c[c] * lobe);
    }
  }
}

SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  bool hit = material[i] >= 0;
  float nx = normal[3 * i], ny = normal[3 * i + 1], nz = normal[3 * i + 2], outside = OUTSIDE[i];
  float nl = dot3(nx, ny, nz, v.sun.c[0], v.sun.c[1], v.sun.c[2]);
  nl = most(nl, 0.f) * SUN[i];
  float haze = 0.5f * (SKY[i] + outdoors);  // air shines by the light of the sky where it is
  float clear = foggy ? decay(-light.extinction_per_m * range[i]) : 1.f;
#pragma unroll
  for (int c = 0; c < 3; ++c) {
    float base = color[3 * i + c] * (1.f - 0.5f * WET[i]);
    // what stands around takes light away and sends some of it back; in enclosures their own light counts, for what is
    // small beside the sky is lost in the noise of rays that look for it
    float up = ambient(nx, ny, nz, c), near = NEAR[3 * i + c], inner = INNER[3 * i + c];
    float e = (up * near + up * FAR[3 * i + c] + inner * near) * outside + (up * SKY[i] + inner) * near * (1.f - outside);
    e = most(e, 0.f) + light.sun.c[c] * (nl * SUNNY[i]);
    float out = base * e * KEPT[i] + SHINE[3 * i + c];
    out += COAT[3 * i + c];
    out += LAMP[3 * i + c];
    out = out * clear + light.airlight.c[c] * haze * (1.f - clear);
    out = hit ? out : ABOVE[3 * i + c];
    out *= weight;
    o[3 * i + c] = adding ? o[3 * i + c] + out : out;
  }
}
bool some_thin = false;
for (int i = 0; i < n; ++i) some_thin = some_thin || (material[i] >= 0 && mat[material[i] >= 0 ? material[i] : 0].thin == 1);
if (some_thin) {
#include "through.h"
}
if (some_glazed) {
#include "glaze.h"
}
