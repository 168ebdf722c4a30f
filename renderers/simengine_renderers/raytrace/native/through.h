// Light that thin sheets let through from behind: sun, and sky as much as in front of them is left of it.
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  int k = material[i];
  const auto& m = mat[k >= 0 ? k : 0];
  bool thin = k >= 0 && m.thin == 1;
  float nx = -normal[3 * i], ny = -normal[3 * i + 1], nz = -normal[3 * i + 2];
  float nl = most(dot3(nx, ny, nz, v.sun.c[0], v.sun.c[1], v.sun.c[2]), 0.f) * SUN[i];
  float outside = felt ? within(2.f * SKY[i] - 1.f, 0.f, 1.f) : 0.f;
  float clear = foggy ? decay(-light.extinction_per_m * range[i]) : 1.f;
#pragma unroll
  for (int c = 0; c < 3; ++c) {
    float albedo = color[3 * i + c], through = least(m.through.c[c] * albedo / most(m.albedo.c[c], 1e-6f), 1.f - albedo);
    float up = ambient(nx, ny, nz, c), near = NEAR[3 * i + c], inner = INNER[3 * i + c];
    float e = (up * near + up * FAR[3 * i + c] + inner * near) * outside + (up * SKY[i] + inner) * near * (1.f - outside);
    e = most(e, 0.f) + light.sun.c[c] * nl;
    o[3 * i + c] += thin ? through * e * (clear * weight) : 0.f;
  }
}
