// What a coat sends back of even light, by a viewer's or a light's cosine: the twin of bsdf.py (``bsdf_of``, ``between``).
// E = first * f0 + second * strength; a base under it gets 1 - E(light), of which 1 - E(viewer) comes out again.
const float* __restrict__ coats = (const float*)light.lobes.coat.data;
const float* __restrict__ means = (const float*)light.lobes.mean.data;
const int cosines = light.lobes.coat.shape[1], roughnesses = light.lobes.coat.shape[0];
auto strength_of = [&](float rough, float metal) SIMENGINE_INLINE -> float { return most(within((0.7f - rough) * 5.f, 0.f, 1.f), metal); };
auto coat_of = [&](float rough, float cosine, float f0, float strength) SIMENGINE_INLINE -> float {
  float u = within(cosine, 0.f, 1.f) * (float)(cosines - 1), w = rough * (float)(roughnesses - 1);
  int i = (int)u < cosines - 2 ? (int)u : cosines - 2, j = (int)w < roughnesses - 2 ? (int)w : roughnesses - 2;
  float a = u - (float)i, b = w - (float)j;
  const float* q = coats + 2 * (j * cosines + i);
  const float* r = q + 2 * cosines;
  float low = (q[0] * f0 + q[1] * strength) * (1.f - a) + (q[2] * f0 + q[3] * strength) * a;
  float high = (r[0] * f0 + r[1] * strength) * (1.f - a) + (r[2] * f0 + r[3] * strength) * a;
  return low * (1.f - b) + high * b;
};
auto mean_coat_of = [&](float rough, float f0, float strength) SIMENGINE_INLINE -> float {
  float w = rough * (float)(roughnesses - 1);
  int j = (int)w < roughnesses - 2 ? (int)w : roughnesses - 2;
  float b = w - (float)j;
  const float* q = means + 2 * j;
  return (q[0] * f0 + q[1] * strength) * (1.f - b) + (q[2] * f0 + q[3] * strength) * b;
};
