// Where a path meets a surface: what light does there is decided by normals, colour, material and water. The point is
// relative to the camera, in world axes; the ray's origin o, too. One pixel at a time.
const float* __restrict__ hit_range = range_m.data + begin;
const float* __restrict__ hit_uv = (const float*)uv.data + 2 * (size_t)begin;
const int* __restrict__ hit_part = part.data + begin;
const int* __restrict__ hit_face = face.data + begin;
const auto* __restrict__ row = parts.data;
const auto* __restrict__ pose = poses.data;
const auto* __restrict__ tri = faces.data;
const auto* __restrict__ mat = materials.data;
const float* __restrict__ corner = (const float*)corners.data;
const int* __restrict__ shine = glow.data;
float* __restrict__ point = (float*)out.point.data + 3 * (size_t)begin;
float* __restrict__ normal = (float*)out.normal.data + 3 * (size_t)begin;
float* __restrict__ flat = (float*)out.flat.data + 3 * (size_t)begin;
float* __restrict__ albedo = (float*)out.albedo.data + 3 * (size_t)begin;
float* __restrict__ damp = out.damp.data + begin;
float* __restrict__ open_sky = out.open_sky.data + begin;
int* __restrict__ material = out.material.data + begin;
float NX[RUN], NY[RUN], NZ[RUN], LX[RUN], LY[RUN], LZ[RUN], GX[RUN], GY[RUN], GZ[RUN], SPAN[RUN], AXIS[RUN], RX[RUN], RY[RUN], RZ[RUN];
float AR[RUN], AG[RUN], AB[RUN];
int F[RUN], C[RUN], M[RUN];
int patterns = 0;
for (int i = 0; i < n; ++i) {
  int p = hit_part[i];
  bool hit = p >= 0;
  int q = hit ? p : 0, k = hit ? hit_face[i] : 0, first = row[q].corners;
  F[i] = row[q].faces + k;
  C[i] = first >= 0 && hit ? first + 3 * k : -1;
  M[i] = hit ? tri[F[i]].material : -1;
  float t = hit ? hit_range[i] : 0.f, rx = d.c[0], ry = d.c[1], rz = d.c[2];
  const auto& a = pose[q];
  float gx = tri[F[i]].normal.c[0], gy = tri[F[i]].normal.c[1], gz = tri[F[i]].normal.c[2];
  #include "corners.h"
  #include "facing.h"
  float x = o.c[0] + rx * t, y = o.c[1] + ry * t, z = o.c[2] + rz * t, lift = flip * (LIFT_MIN_M + LIFT * t);
  NX[i] = nx;
  NY[i] = ny;
  NZ[i] = nz;
  GX[i] = gx;
  GY[i] = gy;
  GZ[i] = gz;
  LX[i] = hit ? dot3(R[0][0], R[1][0], R[2][0], x, y, z) + a.eye_in_mesh.c[0] : 0.f;
  LY[i] = hit ? dot3(R[0][1], R[1][1], R[2][1], x, y, z) + a.eye_in_mesh.c[1] : 0.f;
  LZ[i] = hit ? dot3(R[0][2], R[1][2], R[2][2], x, y, z) + a.eye_in_mesh.c[2] : 0.f;
  const auto& m = mat[hit ? M[i] : 0];
  AR[i] = m.albedo.c[0];
  AG[i] = m.albedo.c[1];
  AB[i] = m.albedo.c[2];
  patterns |= hit ? 1 << m.pattern : 0;
  // what a pixel would span here, had the path gone straight (see surface.h)
  AXIS[i] = (v.parallel == 1 ? 1.f : way + t) / v.focal_px;
  SPAN[i] = AXIS[i] / sqrtf(most(fabsf(slope), 0.08f));
  float reach = AXIS[i] / most(fabsf(slope), 0.02f);
  RX[i] = reach * dot3(R[0][0], R[1][0], R[2][0], rx, ry, rz);
  RY[i] = reach * dot3(R[0][1], R[1][1], R[2][1], rx, ry, rz);
  RZ[i] = reach * dot3(R[0][2], R[1][2], R[2][2], rx, ry, rz);
  point[3 * i] = x + fx * lift;
  point[3 * i + 1] = y + fy * lift;
  point[3 * i + 2] = z + fz * lift;
  flat[3 * i] = fx * flip;
  flat[3 * i + 1] = fy * flip;
  flat[3 * i + 2] = fz * flip;
}
if (patterns & ~1) {
#include "patterns.h"
}
for (int i = 0; i < n; ++i) {
  float x = v.eye.c[0] + point[3 * i], y = v.eye.c[1] + point[3 * i + 1], z = v.eye.c[2] + point[3 * i + 2];
  if (v.fallen.cover > 0.f) {
    #include "snowed.h"
  }
  #include "puddle.h"
  if (v.fallen.across > 0) {
    #include "sheltered.h"
  }
  normal[3 * i] = NX[i];
  normal[3 * i + 1] = NY[i];
  normal[3 * i + 2] = NZ[i];
  albedo[3 * i] = AR[i];
  albedo[3 * i + 1] = AG[i];
  albedo[3 * i + 2] = AB[i];
  // lamps that are on: what their part shines with replaces its material, for light only
  int p = hit_part[i], g = glowing == 1 && p >= 0 ? shine[p] : -1;
  material[i] = M[i] >= 0 && g >= 0 ? g : M[i];
}
#include "rooms.h"
for (int i = 0; i < n; ++i) {
  damp[i] *= within(4.f * SKY[i] - 1.f, 0.f, 1.f);
  open_sky[i] = SKY[i];
}
