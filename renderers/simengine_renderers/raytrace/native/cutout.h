// Whether a point of a face lies in a hole: the twin of simengine/world/cutouts.py. ``row`` is a row of its table (places
// of three corners in cells, then the kind), u and v weigh the second and third corner.
auto in_hole = [](const float* row, float u, float v) -> bool {
  auto mixed = [](unsigned h) {
    unsigned g = (h ^ (h >> 15)) * 0x7FEB352Du;
    return (float)(int)((g ^ (g >> 13)) & 0xFFFFFFu) * 5.9604645e-8f;
  };
  int kind = (int)row[6];
  if (kind == SOLID || kind == PANE) return false;
  float x = row[0] + u * (row[2] - row[0]) + v * (row[4] - row[0]);
  float y = row[1] + u * (row[3] - row[1]) + v * (row[5] - row[1]);
  if (kind == CHAIN_LINK) {
    float a = x + y, b = x - y;
    return fabsf(a - floorf(a) - 0.5f) > WIRE && fabsf(b - floorf(b) - 0.5f) > WIRE;
  }
  int layers = LEAF_LAYERS;
  float wide = LEAF_HALF;
  if (kind == NEEDLES) {
    layers = NEEDLE_LAYERS;
    wide = NEEDLE_HALF;
  } else if (kind == TWIGS) {
    layers = TWIG_LAYERS;
    wide = TWIG_HALF;
  }
  for (int k = 0; k < layers; ++k) {
    float px = x + 0.37f * (float)k, py = y + 0.61f * (float)k, fx = floorf(px), fy = floorf(py);
    unsigned key = (unsigned)(int)fx * 0x0DA6B343u + (unsigned)(int)fy * 0x58163841u + (unsigned)(k + 4) * 0x4B1AB31Fu;
    float a = mixed(key) - 0.5f, b = mixed(key + 0x0DA6B343u) - 0.5f, unit = 1.f / sqrtf(a * a + b * b + 1e-6f);
    px -= fx + 0.5f;
    py -= fy + 0.5f;
    float along = (a * px + b * py) * unit, across = fabsf(a * py - b * px) * unit;
    if (across < wide * (1.f - 4.f * along * along)) return false;
  }
  return true;
};
