// The twin of simengine/world/panes.py: share of light that both faces of a pane send back; f0 is that of one face at
// normal incidence.
auto pane_sends_back = [](float f0, float cosine) -> float {
  float root = sqrtf(f0), index = (1.f + root) / (1.f - root), c = cosine > 1e-6f ? (cosine < 1.f ? cosine : 1.f) : 1e-6f;
  float inside = sqrtf(1.f - (1.f - c * c) / (index * index));
  float across = (c - index * inside) / (c + index * inside), along = (index * c - inside) / (index * c + inside);
  float one = 0.5f * (across * across + along * along);
  return 2.f * one / (1.f + one);
};
