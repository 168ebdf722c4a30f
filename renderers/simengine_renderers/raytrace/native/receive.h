// Echoes of some neighbouring rings [begin, end) of one LiDAR column in clear air; returns how many were heard.
const int first_ring = begin - column * channels;  // a multiple of 4: four rings share one block of random words
const auto* __restrict__ row = parts.data;
const auto* __restrict__ turn = turns.data;
const auto* __restrict__ tri = faces.data;
const auto* __restrict__ mat = materials.data;
const float* __restrict__ corner = (const float*)corners.data;
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ time = times.data + begin;
const float* __restrict__ hit_range = range_m.data + begin;
const float* __restrict__ hit_uv = (const float*)uv.data + 2 * (size_t)begin;
const int* __restrict__ hit_part = part.data + begin;
const int* __restrict__ hit_face = face.data + begin;
unsigned char* __restrict__ kind = out.kind.data + begin;
float* __restrict__ range = out.range.data + begin;
float* __restrict__ intensity = out.intensity.data + begin;
const bool weather = budget.rain.mean > 0.f || budget.snow.mean > 0.f || budget.fog_power > 0.f, noisy = weather || budget.range_noise_m > 0.f;
const auto& W = rotation.data;
unsigned WORD[RINGS];
float NX[RINGS], NY[RINGS], NZ[RINGS];
int turning = 0, heard = 0;

if (noisy) {
  const unsigned block = (unsigned)(column * ((channels + 3) / 4) + first_ring / 4);
  const int blocks = (n + 3) / 4;
  SIMENGINE_LANES
  for (int g = 0; g < blocks; ++g) philox4(budget.key0, budget.key1, budget.frame, 1u, block + g, 0u, WORD + 4 * g);
}
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  bool hit = hit_part[i] >= 0;
  int p = hit ? hit_part[i] : 0, k = hit ? hit_face[i] : 0;
  const auto& normal = tri[row[p].faces + k].normal;
  int c = row[p].corners;
  bool smooth = c >= 0 && hit;
  const float* a = corner + 3 * (size_t)(smooth ? c + 3 * k : 0);
  float u2 = hit_uv[2 * i], u3 = hit_uv[2 * i + 1], u1 = 1.f - u2 - u3;
  float x = a[0] * u1 + a[3] * u2 + a[6] * u3, y = a[1] * u1 + a[4] * u2 + a[7] * u3;
  float z = a[2] * u1 + a[5] * u2 + a[8] * u3, length = sqrtf(dot3(x, y, z, x, y, z));
  float unit = length > 0.f ? 1.f / length : 0.f;
  x = smooth ? x * unit : normal.c[0];
  y = smooth ? y * unit : normal.c[1];
  z = smooth ? z * unit : normal.c[2];
  const auto& R = turn[p].start.data;
  NX[i] = dot3(R[0][0], R[0][1], R[0][2], x, y, z);
  NY[i] = dot3(R[1][0], R[1][1], R[1][2], x, y, z);
  NZ[i] = dot3(R[2][0], R[2][1], R[2][2], x, y, z);
  turning |= hit ? turn[p].turns : 0;
}
if (turning) {  // few parts do: from the start of the scan to the shot's own time
  for (int i = 0; i < n; ++i) {
    if (hit_part[i] < 0 || !turn[hit_part[i]].turns) continue;
    const auto& t = turn[hit_part[i]];
    wp::vec3 at_start(NX[i], NY[i], NZ[i]);
    wp::vec3 facing = wp::quat_rotate(wp::quat_slerp(t.q0, t.q1, time[i]), wp::quat_rotate_inv(t.q0, at_start));
    NX[i] = facing[0];
    NY[i] = facing[1];
    NZ[i] = facing[2];
  }
}
float damp[RINGS];
SIMENGINE_LANES
for (int i = 0; i < n; ++i) damp[i] = 0.f;
if (budget.wetness > 0.f) {  // puddles as cameras see them (puddle.h), at the place of the sensor at the shot's time
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    bool hit = hit_part[i] >= 0;
    int p = hit ? hit_part[i] : 0, k = hit ? hit_face[i] : 0;
    float dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2], r = hit ? hit_range[i] : 0.f;
    float x = budget.eye.c[0] + budget.way.c[0] * time[i] + r * dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
    float y = budget.eye.c[1] + budget.way.c[1] * time[i] + r * dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
    bool open = hit && NZ[i] > 0.6f && (GROUND >> mat[tri[row[p].faces + k].material].pattern & 1);
    float puddle = within(noise2(x * 0.45f, y * 0.45f, 0) * 1.6f - 0.3f, 0.f, 1.f);
    damp[i] = open ? budget.wetness * (0.45f + 0.55f * puddle) : 0.f;
  }
  for (int i = 0; i < n && budget.fallen.across > 0; ++i) {
    if (damp[i] <= 0.f) continue;
    float dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2], r = hit_range[i], worn;
    float x = budget.eye.c[0] + budget.way.c[0] * time[i] + r * dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
    float y = budget.eye.c[1] + budget.way.c[1] * time[i] + r * dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
    float z = budget.eye.c[2] + budget.way.c[2] * time[i] + r * dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz);
    damp[i] *= sky_at(budget.fallen, x, y, z, worn);
  }
}
float white[RINGS], bright[RINGS];  // share of snow, and its reflectance
SIMENGINE_LANES
for (int i = 0; i < n; ++i) white[i] = bright[i] = 0.f;
if (budget.fallen.cover > 0.f) {
  for (int i = 0; i < n; ++i) {
    int p = hit_part[i];
    if (p < 0 || row[p].snowy == 0 || NZ[i] <= STEEP || mat[tri[row[p].faces + hit_face[i]].material].pane) continue;
    float dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2], r = hit_range[i];
    float x = budget.eye.c[0] + budget.way.c[0] * time[i] + r * dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
    float y = budget.eye.c[1] + budget.way.c[1] * time[i] + r * dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
    float z = budget.eye.c[2] + budget.way.c[2] * time[i] + r * dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz);
    float tone;
    white[i] = snow_at(budget.fallen, x, y, z, NZ[i], 0.f, tone);
    bright[i] = tone * mat[budget.fallen.material].nir;
  }
}
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  bool hit = hit_part[i] >= 0;
  int p = hit ? hit_part[i] : 0, k = hit ? hit_face[i] : 0;
  const auto& m = mat[tri[row[p].faces + k].material];
  float r = hit ? hit_range[i] : budget.range_max_m;
  float dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2];
  float cosine = fabsf(dot3(NX[i], NY[i], NZ[i], dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz),
                            dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz), dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz)));
  // a film of water: simengine.world.wetness says where this is from
  float inside = sqrtf(1.f - (1.f - cosine * cosine) / 1.7689f), wet = damp[i] * (1.f - white[i]), bead = 1.f - 0.5f * wet;
  float across = (cosine - 1.33f * inside) / (cosine + 1.33f * inside);
  float along = (1.33f * cosine - inside) / (1.33f * cosine + inside);
  float through = 1.f - 0.5f * (across * across + along * along), twice = through * through;
  float matt = 1.f - wet + wet * twice / (1.7689f * (1.f - 0.47f * m.nir));
  float beads = m.retro * bead * bead * (1.f - wet + wet * twice);
  float bare = m.nir * cosine * (matt + beads);
  float echo = (bare + white[i] * (bright[i] * cosine - bare)) * decay(-2.f * budget.extinction_per_m * r - budget.film * wet);
  echo *= glazed ? gain.data[glazed ? begin + i : 0] : 1.f;
  float power = hit ? echo / (r * r) : 0.f;
  bool back = power >= budget.weakest && r >= budget.range_min_m && r <= budget.range_max_m;
  float sigma_m = budget.range_noise_m * sqrtf(budget.weakest / (12.f * most(power, 1e-30f)));
  float measured = noisy ? r + sigma_m * normal_of(WORD[i]) : r;
  back = back && measured > 0.f;
  kind[i] = back ? HIT : NOTHING;
  range[i] = back ? measured : 0.f;
  intensity[i] = back ? least(100.f * echo, 255.f) : 0.f;
  heard += back ? 1 : 0;
  NX[i] = power;
}
if (weather) {  // what is in the air is heard in a pass of its own
  for (int i = 0; i < n; ++i) {
    out.power.data[begin + i] = NX[i];
    out.word.data[begin + i] = WORD[i];
  }
}
return heard;
