// Label channels, and what shading needs, from the nearest hits.
const float* __restrict__ ray = (const float*)rays.data + 3 * (size_t)begin;
const float* __restrict__ hit_range = range_m.data + begin;
const float* __restrict__ hit_uv = (const float*)uv.data + 2 * (size_t)begin;
const int* __restrict__ hit_part = part.data + begin;
const int* __restrict__ hit_face = face.data + begin;
const auto* __restrict__ row = parts.data;
const auto* __restrict__ pose = poses.data;
const auto* __restrict__ tri = faces.data;
const auto* __restrict__ mat = materials.data;
const float* __restrict__ corner = (const float*)corners.data;
const auto& W = v.world_from_camera.data;
float T[RUN];
int P[RUN], F[RUN], C[RUN], M[RUN];

for (int s = 0; s < n; s += STRETCH) {  // most stretches lie on one part, whose rows are then read once
  const int e = s + STRETCH < n ? s + STRETCH : n, one = hit_part[s];
  auto take = [&](int i, int p) SIMENGINE_INLINE {
    bool hit = p >= 0;
    int q = hit ? p : 0, k = hit ? hit_face[i] : 0;
    int f = row[q].faces + k, c = row[q].corners;
    P[i] = p;
    F[i] = f;
    C[i] = c >= 0 && hit ? c + 3 * k : -1;
    M[i] = hit ? tri[f].material : -1;
    T[i] = hit ? hit_range[i] : INFINITY;
  };
  bool same = true;
  for (int i = s; i < e; ++i) same = same & (hit_part[i] == one);
  if (same) {
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) take(i, one);
  } else {
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) take(i, hit_part[i]);
  }
}
if (flags & DEPTH) {
  float* __restrict__ o = out.depth.data + begin;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) o[i] = P[i] >= 0 ? T[i] * ray[3 * i + 2] : INFINITY;
}
if (flags & RANGE) {
  float* __restrict__ o = out.range.data + begin;
  for (int i = 0; i < n; ++i) o[i] = T[i];
}
if (flags & SEMANTIC) {
  int* __restrict__ o = out.semantic.data + begin;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) o[i] = P[i] >= 0 ? row[P[i] >= 0 ? P[i] : 0].semantic : 0;
}
if (flags & INSTANCE) {
  int* __restrict__ o = out.instance.data + begin;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) o[i] = P[i] >= 0 ? row[P[i] >= 0 ? P[i] : 0].entity : -1;
}
if (flags & PART) {
  int* __restrict__ o = out.part.data + begin;
  for (int i = 0; i < n; ++i) o[i] = P[i];
}
const bool snowy = v.fallen.cover > 0.f;

if ((flags & SHAPE) || (snowy && (flags & MATERIAL))) {
  float NX[RUN], NY[RUN], NZ[RUN], LX[RUN], LY[RUN], LZ[RUN], GX[RUN], GY[RUN], GZ[RUN], SPAN[RUN], AXIS[RUN], RX[RUN], RY[RUN], RZ[RUN];
  float AR[RUN], AG[RUN], AB[RUN];
  int THIN[RUN];
  float* __restrict__ point = (float*)work.point.data + 3 * (size_t)begin;
  unsigned char* __restrict__ active = work.active.data + begin;
  const bool light = (flags & RGB) != 0, sunlit = v.sunlit == 1;
  int patterns = 0;
  for (int s = 0; s < n; s += STRETCH) {
    const int e = s + STRETCH < n ? s + STRETCH : n, one = M[s];
    auto take = [&](int i, int k) SIMENGINE_INLINE {
      const auto& m = mat[k >= 0 ? k : 0];
      AR[i] = k >= 0 ? m.albedo.c[0] : 0.f;
      AG[i] = k >= 0 ? m.albedo.c[1] : 0.f;
      AB[i] = k >= 0 ? m.albedo.c[2] : 0.f;
      THIN[i] = m.thin;
    };
    bool same = true;
    for (int i = s; i < e; ++i) same = same & (M[i] == one);
    if (same) {
      if (one >= 0) patterns |= 1 << mat[one].pattern;
      SIMENGINE_LANES
      for (int i = s; i < e; ++i) take(i, one);
    } else {
      for (int i = s; i < e; ++i) patterns |= M[i] >= 0 ? 1 << mat[M[i]].pattern : 0;
      SIMENGINE_LANES
      for (int i = s; i < e; ++i) take(i, M[i]);
    }
  }
  // of parallel projection rays start beside the camera
  const bool beside = v.parallel == 1;
  float OX[RUN], OY[RUN], OZ[RUN];
  if (beside) {
    const float* __restrict__ start = (const float*)v.starts.data + 3 * (size_t)begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      OX[i] = start[3 * i];
      OY[i] = start[3 * i + 1];
      OZ[i] = start[3 * i + 2];
    }
  } else {
    for (int i = 0; i < n; ++i) OX[i] = OY[i] = OZ[i] = 0.f;
  }
  float SX[RUN], SY[RUN], SZ[RUN];
  for (int s = 0; s < n; s += STRETCH) {
    const int e = s + STRETCH < n ? s + STRETCH : n, one = P[s];
    bool same = true, bent = false;
    for (int i = s; i < e; ++i) {
      same = same & (P[i] == one);
      bent = bent | (C[i] >= 0);
    }
    SIMENGINE_LANES
    for (int i = s; i < e; ++i) {
      GX[i] = tri[F[i]].normal.c[0];
      GY[i] = tri[F[i]].normal.c[1];
      GZ[i] = tri[F[i]].normal.c[2];
    }
    if (bent) {
      SIMENGINE_LANES
      for (int i = s; i < e; ++i) {
        #include "corners.h"
        SX[i] = sx;
        SY[i] = sy;
        SZ[i] = sz;
      }
    } else {
      for (int i = s; i < e; ++i) SX[i] = SY[i] = SZ[i] = 0.f;
    }
    auto meet = [&](int i, int p) SIMENGINE_INLINE {
      bool hit = P[i] >= 0, smooth = C[i] >= 0;
      float t = hit ? T[i] : 0.f, dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2];
      float rx = dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
      float ry = dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
      float rz = dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz);
      float gx = GX[i], gy = GY[i], gz = GZ[i], sx = SX[i], sy = SY[i], sz = SZ[i];
      const auto& a = pose[p >= 0 ? p : 0];
      #include "facing.h"
      float x = rx * t + OX[i], y = ry * t + OY[i], z = rz * t + OZ[i];
      NX[i] = nx;
      NY[i] = ny;
      NZ[i] = nz;
      LX[i] = hit ? dot3(R[0][0], R[1][0], R[2][0], x, y, z) + a.eye_in_mesh.c[0] : 0.f;
      LY[i] = hit ? dot3(R[0][1], R[1][1], R[2][1], x, y, z) + a.eye_in_mesh.c[1] : 0.f;
      LZ[i] = hit ? dot3(R[0][2], R[1][2], R[2][2], x, y, z) + a.eye_in_mesh.c[2] : 0.f;
      // what a pixel spans on the surface: in the mean, across the ray, and along it (in the mesh frame)
      AXIS[i] = (beside ? 1.f : t) / v.focal_px;
      SPAN[i] = AXIS[i] / sqrtf(most(fabsf(slope), 0.08f));
      float reach = AXIS[i] / most(fabsf(slope), 0.02f);
      RX[i] = reach * dot3(R[0][0], R[1][0], R[2][0], rx, ry, rz);
      RY[i] = reach * dot3(R[0][1], R[1][1], R[2][1], rx, ry, rz);
      RZ[i] = reach * dot3(R[0][2], R[1][2], R[2][2], rx, ry, rz);
      if (light) {
        bool sun = dot3(fx, fy, fz, v.sun.c[0], v.sun.c[1], v.sun.c[2]) * flip > 0.f;
        bool bent_to = dot3(nx, ny, nz, v.sun.c[0], v.sun.c[1], v.sun.c[2]) > 0.f;
        bool behind = sunlit & (THIN[i] == 1) & !sun & !bent_to;
        sun = (sun & bent_to) | behind;  // the sun shines through thin sheets: shadow rays start where it does
        float lift = (behind ? -flip : flip) * (LIFT_MIN_M + LIFT * t);
        point[3 * i] = x + fx * lift;
        point[3 * i + 1] = y + fy * lift;
        point[3 * i + 2] = z + fz * lift;
        active[i] = (unsigned char)(hit & sun & sunlit);
      }
    };
    if (same) {
      SIMENGINE_LANES
      for (int i = s; i < e; ++i) meet(i, one);
    } else {
      SIMENGINE_LANES
      for (int i = s; i < e; ++i) meet(i, P[i]);
    }
  }
  if ((flags & PAINT) && (patterns & ~1)) {
#include "patterns.h"
  }
  if (snowy && (flags & (PAINT | MATERIAL))) {
    for (int i = 0; i < n; ++i) {
      float t = P[i] >= 0 ? T[i] : 0.f, dx = ray[3 * i], dy = ray[3 * i + 1], dz = ray[3 * i + 2];
      float x = v.eye.c[0] + OX[i] + t * dot3(W[0][0], W[0][1], W[0][2], dx, dy, dz);
      float y = v.eye.c[1] + OY[i] + t * dot3(W[1][0], W[1][1], W[1][2], dx, dy, dz);
      float z = v.eye.c[2] + OZ[i] + t * dot3(W[2][0], W[2][1], W[2][2], dx, dy, dz);
      #include "snowed.h"
    }
  }
  if (flags & NORMAL) {
    float* __restrict__ o = (float*)out.normal.data + 3 * (size_t)begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      o[3 * i] = dot3(W[0][0], W[1][0], W[2][0], NX[i], NY[i], NZ[i]);
      o[3 * i + 1] = dot3(W[0][1], W[1][1], W[2][1], NX[i], NY[i], NZ[i]);
      o[3 * i + 2] = dot3(W[0][2], W[1][2], W[2][2], NX[i], NY[i], NZ[i]);
    }
  }
  if (flags & POSITION) {
    float* __restrict__ o = (float*)out.position.data + 3 * (size_t)begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      o[3 * i] = LX[i];
      o[3 * i + 1] = LY[i];
      o[3 * i + 2] = LZ[i];
    }
  }
  if (flags & ALBEDO) {
    float* __restrict__ o = (float*)out.albedo.data + 3 * (size_t)begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      o[3 * i] = AR[i];
      o[3 * i + 1] = AG[i];
      o[3 * i + 2] = AB[i];
    }
  }
  if (light) {
    float* __restrict__ normal = (float*)work.normal.data + 3 * (size_t)begin;
    float* __restrict__ albedo = (float*)work.albedo.data + 3 * (size_t)begin;
    float* __restrict__ damp = work.damp.data + begin;
    int* __restrict__ material = work.material.data + begin;
    SIMENGINE_LANES
    for (int i = 0; i < n; ++i) {
      normal[3 * i] = NX[i];
      normal[3 * i + 1] = NY[i];
      normal[3 * i + 2] = NZ[i];
      albedo[3 * i] = AR[i];
      albedo[3 * i + 1] = AG[i];
      albedo[3 * i + 2] = AB[i];
      material[i] = M[i];
      damp[i] = 0.f;
    }
    if (v.wetness > 0.f && (patterns & GROUND)) {
      SIMENGINE_LANES
      for (int i = 0; i < n; ++i) {
        float x = v.eye.c[0] + point[3 * i], y = v.eye.c[1] + point[3 * i + 1];
        #include "puddle.h"
      }
      if (v.fallen.across > 0) {
        for (int i = 0; i < n; ++i) {
          float x = v.eye.c[0] + point[3 * i], y = v.eye.c[1] + point[3 * i + 1], z = v.eye.c[2] + point[3 * i + 2];
          #include "sheltered.h"
        }
      }
    }
  }
}
if (flags & MATERIAL) {
  int* __restrict__ o = out.material.data + begin;
  for (int i = 0; i < n; ++i) o[i] = M[i];
}
