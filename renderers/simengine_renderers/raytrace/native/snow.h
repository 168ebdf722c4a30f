// Snow that lies, where and how bright (simengine.world.snow_cover says where this is from; Fallen.shares is the twin).
// (x, y, z) in the world, up: of the normal, span: what a pixel covers, in metres; tone: of what lies there.
auto snow_at = [&](const auto& s, float x, float y, float z, float up, float span, float& tone) {
  auto clamped = [](float v) { v = v > 0.f ? v : 0.f; return v < 1.f ? v : 1.f; };
  float worn, open = sky_at(s, x, y, z, worn);
  float noise = 0.65f * noise2(0.8f * x, 0.8f * y, 11) + 0.35f * noise2(3.1f * x, 3.1f * y, 12);
  noise = clamped(0.5f + 2.4f * (noise - 0.5f));
  float fine = noise2(7.3f * x, 7.3f * y, 13);
  float amount = s.cover * clamped((up - STEEP) / (HELD - STEEP)) * open;
  float edge = EDGE + (0.5f + 6.f * span) * span;  // what is finer than pixels becomes its mean
  float driven = clamped((worn + 0.4f * (fine - 0.5f) - 0.45f) / (0.3f + 0.5f * span));
  tone = (1.f - SOILED * worn) * (0.88f + 0.08f * noise + 0.08f * (fine + (0.5f - fine) * clamped(8.f * span)));
  return clamped((amount * (1.f + edge) - noise) / edge) * (1.f - FREE * driven);
};
