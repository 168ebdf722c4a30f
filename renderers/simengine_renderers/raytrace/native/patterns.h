// Procedural variation of the albedo: up to four octaves of noise (fine ones first), then pieces and joints. Noise is drawn on the
// plane of the mesh frame that the flat normal is nearest to. Detail fades where a pixel spans a cell.
float FINE[RUN];
SIMENGINE_LANES
for (int i = 0; i < n; ++i) {
  const auto& m = mat[M[i] >= 0 ? M[i] : 0];
  float ax = fabsf(GX[i]), ay = fabsf(GY[i]), az = fabsf(GZ[i]);
  bool floor_like = az >= 0.7f, along_y = ax > ay;
  float u = !floor_like && along_y ? LY[i] : LX[i];
  float w = floor_like ? LY[i] : LZ[i];
  float octave[4];
#pragma unroll
  for (int k = 0; k < 4; ++k) {
    float grain = m.grain.c[k];
    float fade = within(1.5f - 1.5f * SPAN[i] * grain, 0.f, 1.f) * m.gains.c[k];
    octave[k] = fade * (noise2(u * grain * m.stretch.c[0], w * grain * m.stretch.c[1], k) - 0.5f);
  }
  float fine = octave[0] + octave[1], broad = octave[2] + octave[3];
  float own = m.pattern == ROAD_PAINT ? 0.25f : 1.f, gain = 1.f + own * fine + own * broad;
  float r = gain, g = gain, b = gain;
  bool grass = m.pattern == GRASS, leaves = m.pattern == FOLIAGE, skin = m.pattern == SKIN;
  r *= grass ? 1.f + 0.35f * broad : 1.f;
  b *= grass ? 1.f - 0.3f * broad : 1.f;
  r *= skin ? 1.f - 0.6f * broad : 1.f;  // blood near the surface takes green and blue
  float shade = within(gain, 0.15f, 1.9f);
  r = leaves ? (0.85f + 0.25f * shade) * shade : r;
  g = leaves ? shade : g;
  b = leaves ? 0.9f * shade : b;
  FINE[i] = fine;
  AR[i] = within(AR[i] * r, 0.f, 1.f);
  AG[i] = within(AG[i] * g, 0.f, 1.f);
  AB[i] = within(AB[i] * b, 0.f, 1.f);
  // paint that is gone shows the asphalt below
  float gone = m.pattern == ROAD_PAINT ? within(8.f * (0.72f * fine + broad - 0.16f), 0.f, 0.97f) : 0.f;
  AR[i] += (0.105f - AR[i]) * gone;
  AG[i] += (0.105f - AG[i]) * gone;
  AB[i] += (0.108f - AB[i]) * gone;
}
if (patterns & 1 << FOLIAGE) {
  // three layers of leaves, one in a cell, each turned its own way; dark between them, the same on average. Where
  // leaves are cut out they need not be drawn
  const float LEAF = 0.28f, LEAF_WIDE = 0.26f, LEAF_GAP = 0.3f, LEAF_MEAN = 0.85f;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    const auto& m = mat[M[i] >= 0 ? M[i] : 0];
    bool leaves = m.pattern == FOLIAGE && m.cutout == 0, floor_like = fabsf(GZ[i]) >= 0.7f, along_y = fabsf(GX[i]) > fabsf(GY[i]);
    float scale = 1.f / (LEAF * m.scale_m), span = SPAN[i] * scale, soft = most(span, 0.02f), tone = LEAF_GAP;
    float u = (!floor_like && along_y ? LY[i] : LX[i]) * scale, w = (floor_like ? LY[i] : LZ[i]) * scale;
#pragma unroll
    for (int k = 0; k < 3; ++k) {
      float x = u + 0.37f * (float)k, y = w + 0.61f * (float)k, fx = floorf(x), fy = floorf(y);
      unsigned key = (unsigned)(int)fx * 0x0DA6B343u + (unsigned)(int)fy * 0x58163841u + (unsigned)(k + 4) * 0x4B1AB31Fu;
      float a = mixed(key) - 0.5f, b = mixed(key + 0x0DA6B343u) - 0.5f, unit = 1.f / sqrtf(a * a + b * b + 1e-6f);
      x -= fx + 0.5f;
      y -= fy + 0.5f;
      float along = (a * x + b * y) * unit, across = fabsf(a * y - b * x) * unit;
      float cover = within((LEAF_WIDE * (1.f - 4.f * along * along) - across) / soft + 0.5f, 0.f, 1.f);
      float own = 0.75f + 0.6f * mixed(key + 0x58163841u) + within(0.3f - 10.f * across, 0.f, 0.2f);
      tone += (own - tone) * cover;
    }
    float gain = leaves ? 1.f + (tone / LEAF_MEAN - 1.f) * within(1.5f - 2.5f * span, 0.f, 1.f) : 1.f;
    AR[i] = within(AR[i] * gain, 0.f, 1.f);
    AG[i] = within(AG[i] * gain, 0.f, 1.f);
    AB[i] = within(AB[i] * gain, 0.f, 1.f);
  }
}
if (patterns & TILED) {
  // share of a window that lies in a joint at whole numbers; all lengths in pieces. Two pixels wide, it takes away what
  // is finer than pixels can show (a box's response is none at half a cycle a pixel), which would be moire
  auto joint = [&](float x, float half_width, float span) SIMENGINE_INLINE {
    float near = fabsf(x - floorf(x + 0.5f)), soft = most(span, 1e-4f);
    float cover = within((half_width + 0.5f * soft - near) / soft, 0.f, 1.f);
    return least(cover, most(2.f * half_width / soft, 2.f * half_width) + (soft < 2.f * half_width ? 1.f : 0.f));
  };
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    const auto& m = mat[M[i] >= 0 ? M[i] : 0];
    bool tiled = (TILED >> m.pattern & 1) != 0, roof = m.pattern == ROOF_TILES;
    // along and up a wall or a slope, x and y of a floor; in units of the pattern
    float flat = sqrtf(most(GX[i] * GX[i] + GY[i] * GY[i], 1e-9f));
    bool wall = fabsf(GZ[i]) < (roof ? 0.996f : 0.7f);
    float scale = 1.f / m.scale_m;
    float u = (wall ? (LY[i] * GX[i] - LX[i] * GY[i]) / flat : LX[i]) * scale;
    float w = (wall ? (roof ? LZ[i] / flat : LZ[i]) : LY[i]) * scale;
    // a pixel is longer along the ray than across it: a wall seen along a street hides its upright joints first
    float along_u = (wall ? (RY[i] * GX[i] - RX[i] * GY[i]) / flat : RX[i]) * scale;
    float along_w = (wall ? flat * RZ[i] - GZ[i] * (GX[i] * RX[i] + GY[i] * RY[i]) / flat : RY[i]) * scale;
    float thin = AXIS[i] * scale;
    float across = m.cells.c[0], up = m.cells.c[1];
    float span_u = sqrtf(thin * thin + along_u * along_u) * across, span_w = sqrtf(thin * thin + along_w * along_w) * up;
    u *= across;
    w *= up;
    float course = floorf(w);
    u += m.stagger * (course - 2.f * floorf(course * 0.5f));
    float line = most(joint(u, m.cells.c[2], 2.f * span_u), joint(w, m.cells.c[3], 2.f * span_w));
    float piece = floorf(u), bulge = 2.f * (u - piece) - 1.f;
    unsigned key = (unsigned)(int)piece * 0x0DA6B343u + (unsigned)(int)course * 0x58163841u + (unsigned)m.pattern;
    float stone = (mixed(key) - 0.5f) * within(1.6f - 0.4f * (span_u + span_w), 0.f, 1.f);
    // a piece that bulges is as bright as one that does not on average
    float round = m.laid.c[3] * (0.3333333f - bulge * bulge) * within(1.5f - 2.f * span_u, 0.f, 1.f);
    float tone = stone * m.laid.c[0] + round, keep = 1.f - line * m.laid.c[1];
    float mortar = m.laid.c[2] * line * (1.f + FINE[i]);
    float r = (AR[i] + m.albedo.c[0] * tone) * keep + 0.42f * mortar;
    float g = (AG[i] + m.albedo.c[1] * tone) * keep + 0.40f * mortar;
    float b = (AB[i] + m.albedo.c[2] * tone) * keep + 0.37f * mortar;
    AR[i] = tiled ? within(r, 0.f, 1.f) : AR[i];
    AG[i] = tiled ? within(g, 0.f, 1.f) : AG[i];
    AB[i] = tiled ? within(b, 0.f, 1.f) : AB[i];
  }
}
