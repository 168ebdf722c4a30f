// The panes of a run in front of what ``shade.h`` has found: they mirror the sky, the sun or what their ray has met, and
// leave a part of the light from behind. Air before the pane is not tinted.
for (int i = 0; i < n; ++i) {
  if (!glazed[i]) continue;
  const int at = begin + i;
  const auto& m = mat[panes.material.data[at]];
  const float* q = (const float*)panes.normal.data + 3 * (size_t)at;
  const float* share = (const float*)panes.share.data + 4 * (size_t)at;
  float cx = ray[3 * i], cy = ray[3 * i + 1], cz = ray[3 * i + 2];
  float dx = dot3(W[0][0], W[0][1], W[0][2], cx, cy, cz);
  float dy = dot3(W[1][0], W[1][1], W[1][2], cx, cy, cz);
  float dz = dot3(W[2][0], W[2][1], W[2][2], cx, cy, cz);
  float cosine = most(-dot3(q[0], q[1], q[2], dx, dy, dz), 1e-3f), back = pane_sends_back(m.specular, cosine);
  float rx = dx + q[0] * (2.f * cosine), ry = dy + q[1] * (2.f * cosine), rz = dz + q[2] * (2.f * cosine);
  int t0, t1;
  float fu, fw;
  look(rx, ry, rz, t0, t1, fu, fw);
  float blend = within(0.35f + rz / (0.22f + 0.5f * m.roughness), 0.f, 1.f);
  // the sun's highlight, if its mirrored ray meets nothing
  float nl = most(dot3(q[0], q[1], q[2], v.sun.c[0], v.sun.c[1], v.sun.c[2]), 0.f);
  float hx = v.sun.c[0] - dx, hy = v.sun.c[1] - dy, hz = v.sun.c[2] - dz;
  float hh = most(dot3(hx, hy, hz, hx, hy, hz), 1e-12f), nh = most(dot3(q[0], q[1], q[2], hx, hy, hz), 0.f);
  float alpha = most(m.roughness * m.roughness, 2e-3f), half = 0.5f * alpha, s = nh * nh * (alpha * alpha - 1.f) + hh;
  float lobe = nl * (alpha * alpha * hh * hh) / (s * s * (4.f * (nl * (1.f - half) + half) * (cosine * (1.f - half) + half) + 1e-6f));
  lobe *= v.sunlit == 1 ? (1.f - PANE_MET[i]) * SKY[i] : 0.f;
  float haze = 0.5f * (SKY[i] + outdoors), clear = foggy ? decay(-light.extinction_per_m * panes.range_m.data[at]) : 1.f;
  for (int c = 0; c < 3; ++c) {
    float seen = light.ground.c[c] * (1.f - blend) + of_sky(t0, t1, fu, fw, c) * blend;
    seen = seen + (PANE_SHOWN[3 * i + c] - seen) * PANE_MET[i];
    seen = seen * SKY[i] + INNER[3 * i + c] + light.sun.c[c] * lobe;
    float air = light.airlight.c[c] * haze * (1.f - clear), behind = (o[3 * i + c] - BEFORE[3 * i + c]) / weight;
    o[3 * i + c] = BEFORE[3 * i + c] + weight * (air + (behind - air) * share[c] + back * seen * clear);
  }
}
