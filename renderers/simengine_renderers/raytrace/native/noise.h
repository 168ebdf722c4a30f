// Value noise on a plane: a number in [0, 1) for a lattice key (one round of multiply and shift: enough for looks),
// blended smoothly between the corners of a cell; one cell per unit; every layer is another noise.
auto mixed = [](unsigned h) {
  unsigned g = (h ^ (h >> 15)) * 0x7FEB352Du;
  return (float)(int)((g ^ (g >> 13)) & 0xFFFFFFu) * 5.9604645e-8f;
};
auto noise2 = [&](float x, float y, unsigned layer) {
  float fx = floorf(x), fy = floorf(y);
  float u = x - fx, v = y - fy;
  u = u * u * (3.f - 2.f * u);
  v = v * v * (3.f - 2.f * v);
  unsigned key = (unsigned)(int)fx * 0x0DA6B343u + (unsigned)(int)fy * 0x58163841u + layer * 0x4B1AB31Fu;
  float a = mixed(key), b = mixed(key + 0x0DA6B343u);
  float c = mixed(key + 0x58163841u), d = mixed(key + 0x65BCEB84u);
  float low = a + (b - a) * u;
  return low + (c + (d - c) * u - low) * v;
};
