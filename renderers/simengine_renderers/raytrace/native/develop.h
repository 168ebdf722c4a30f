// Tone curve and sRGB: ``curve`` is indexed by the square root of exposed radiance, its last slot is 4.
const float* __restrict__ in = (const float*)hdr.data + 3 * (size_t)begin;
unsigned char* __restrict__ o = rgb.data + 3 * (size_t)begin;
const int* __restrict__ table = curve.data;
const int last = curve.shape[0] - 1;
const float scale = gain * (float)last * (float)last / 16.f;
SIMENGINE_LANES
for (int i = 0; i < 3 * n; ++i) {
  float x = sqrtf(most(in[i] * scale, 0.f)) + 0.5f;
  o[i] = (unsigned char)table[(int)least(x, (float)last)];
}
