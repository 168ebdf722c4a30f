// What enclosures take of the sky at each pixel, and the light inside of them: the twin of world/enclosure.py. Piece by
// piece; without any nothing is taken.
float SKY[RUN], INNER[3 * RUN];
for (int i = 0; i < n; ++i) {
  SKY[i] = 1.f;
  INNER[3 * i] = INNER[3 * i + 1] = INNER[3 * i + 2] = 0.f;
}
for (int j = 0; j < v.room_count; ++j) {
  const auto& room = v.rooms.data[j];
  const float x0 = room.start.c[0], y0 = room.start.c[1], z0 = room.start.c[2], c = room.cos, s = room.sin;
  const float length = room.length, before = room.before, behind = room.behind, half = room.half_width;
  const float high = room.height, disc = room.disc, per_length = 1.f / length;
  // pieces overlap where the axis turns
  const float low = before > 0.f ? -0.2f * half : 0.f, top = behind > 0.f ? length + 0.2f * half : length;
  const float ar = room.light_start.c[0], ag = room.light_start.c[1], ab = room.light_start.c[2];
  const float br = room.light_end.c[0] - ar, bg = room.light_end.c[1] - ag, bb = room.light_end.c[2] - ab;
  SIMENGINE_LANES
  for (int i = 0; i < n; ++i) {
    float x = point[3 * i] - x0, y = point[3 * i + 1] - y0, z = point[3 * i + 2] - z0;
    float u = x * c + y * s, side = most(fabsf(y * c - x * s) - half, 0.f), above = most(z - high, 0.f);
    float along = normal[3 * i] * c + normal[3 * i + 1] * s, beside = side * side + above * above;
    float p = before + u, q = behind + length - u, gap = u < 0.f ? -u : u - length;
    float first = 0.5f * (1.f - p / sqrtf(p * p + disc)), last = 0.5f * (1.f - q / sqrtf(q * q + disc));
    float out = 0.5f * (1.f - sqrtf((gap * gap + beside) / (gap * gap + beside + disc)));
    out *= 1.f + (u < 0.f ? along : -along);
    bool inside = u >= low && u <= top && beside == 0.f && z > -1.f;
    bool ahead = (u < 0.f && before == 0.f) || (u > length && behind == 0.f);
    float taken = inside ? 1.f - first * (1.f - along) - last * (1.f + along) : (ahead ? out : 0.f);
    bool more = taken > 1.f - SKY[i];
    float t = within(u * per_length, 0.f, 1.f);
    SKY[i] = more ? 1.f - taken : SKY[i];
    INNER[3 * i] = more ? taken * (ar + br * t) : INNER[3 * i];
    INNER[3 * i + 1] = more ? taken * (ag + bg * t) : INNER[3 * i + 1];
    INNER[3 * i + 2] = more ? taken * (ab + bb * t) : INNER[3 * i + 2];
  }
}
