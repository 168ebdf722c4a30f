// e^x for x <= 0, to 2e-7: a call would keep the loop from becoming vector code
auto decay = [](float x) SIMENGINE_INLINE {
  float t = (x > -80.f ? x : -80.f) * 1.44269504f, k = floorf(t + 0.5f), f = (t - k) * 0.693147181f;
  union { int i; float f; } scale;
  scale.i = ((int)k + 127) << 23;
  return scale.f * (1.f + f * (1.f + f * (0.5f + f * (0.166666667f + f * (0.0416666667f + f * (0.00833333333f + f * 0.00138888889f))))));
};
