// Snow that lies, where and how bright (simengine.world.snow_cover says where this is from; Fallen.shares is the twin).
// (x, y, z) in the world, up: of the normal, span: what a pixel covers, in metres; tone: of what lies there.
auto snow_at = [&](const auto& s, float x, float y, float z, float up, float span, float& tone) {
  auto clamped = [](float v) { v = v > 0.f ? v : 0.f; return v < 1.f ? v : 1.f; };
  const float* map = s.cells.data;
  float u = (x - s.corner.c[0]) * CELLS_PER_M - 0.5f, w = (y - s.corner.c[1]) * CELLS_PER_M - 0.5f;
  float left = floorf(u), low = floorf(w), open = 0.f, worn = 0.f;
  for (int k = 0; k < 4; ++k) {
    int i = (int)left + (k & 1), j = (int)low + (k >> 1);
    bool inside = i >= 0 && j >= 0 && i < TILE * s.across && j < TILE * s.down;
    int begin = inside ? (int)map[j / TILE * s.across + i / TILE] : -1;
    int at = begin >= 0 ? begin + 2 * (j % TILE * TILE + i % TILE) : 0;
    float share = (k & 1 ? u - left : 1.f - (u - left)) * (k >> 1 ? w - low : 1.f - (w - low));
    open += begin < 0 || z > map[at] - 0.05f ? share : 0.f;
    worn += begin < 0 ? 0.f : share * map[at + 1];
  }
  float noise = 0.65f * noise2(0.8f * x, 0.8f * y, 11) + 0.35f * noise2(3.1f * x, 3.1f * y, 12);
  noise = clamped(0.5f + 2.4f * (noise - 0.5f));
  float fine = noise2(7.3f * x, 7.3f * y, 13);
  float amount = s.cover * clamped((up - STEEP) / (HELD - STEEP)) * open;
  float edge = EDGE + (0.5f + 6.f * span) * span;  // what is finer than pixels becomes its mean
  float driven = clamped((worn + 0.4f * (fine - 0.5f) - 0.45f) / (0.3f + 0.5f * span));
  tone = (1.f - SOILED * worn) * (0.88f + 0.08f * noise + 0.08f * (fine + (0.5f - fine) * clamped(8.f * span)));
  return clamped((amount * (1.f + edge) - noise) / edge) * (1.f - FREE * driven);
};
