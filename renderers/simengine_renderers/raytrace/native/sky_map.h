// How open to the sky a place of the world is, and how worn by tyres (simengine.world.sky_map; SkyMap.at is the twin).
auto sky_at = [](const auto& s, float x, float y, float z, float& worn) {
  const float* map = s.cells.data;
  float u = (x - s.corner.c[0]) * CELLS_PER_M - 0.5f, w = (y - s.corner.c[1]) * CELLS_PER_M - 0.5f;
  worn = 0.f;
  float left = floorf(u), low = floorf(w), open = 0.f;
  for (int k = 0; k < 4; ++k) {
    int i = (int)left + (k & 1), j = (int)low + (k >> 1);
    bool inside = i >= 0 && j >= 0 && i < TILE * s.across && j < TILE * s.down;
    int begin = inside ? (int)map[j / TILE * s.across + i / TILE] : -1;
    int at = begin >= 0 ? begin + 2 * (j % TILE * TILE + i % TILE) : 0;
    float share = (k & 1 ? u - left : 1.f - (u - left)) * (k >> 1 ? w - low : 1.f - (w - low));
    open += begin < 0 || z > map[at] - 0.05f ? share : 0.f;
    worn += begin < 0 ? 0.f : share * map[at + 1];
  }
  return open;
};
