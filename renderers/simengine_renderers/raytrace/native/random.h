// Random words and numbers, twins of ``noise.philox`` and of the inverse normal distribution.

// Philox 4x32-10 (Salmon et al. 2011): four words of a key and a counter.
auto philox4 = [](unsigned k0, unsigned k1, unsigned c0, unsigned c1, unsigned c2, unsigned c3, unsigned* word) {
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    unsigned long long p0 = (unsigned long long)c0 * 0xD2511F53u, p1 = (unsigned long long)c2 * 0xCD9E8D57u;
    unsigned n0 = (unsigned)(p1 >> 32) ^ c1 ^ k0, n2 = (unsigned)(p0 >> 32) ^ c3 ^ k1;
    c1 = (unsigned)p1;
    c3 = (unsigned)p0;
    c0 = n0;
    c2 = n2;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  word[0] = c0;
  word[1] = c1;
  word[2] = c2;
  word[3] = c3;
};

// Natural logarithm of a positive normal number, to 1e-7: 2 atanh((m - 1) / (m + 1)) of the mantissa.
auto log_of = [](float x) {
  union { float f; int i; } u;
  u.f = x;
  int e = (u.i - 0x3f3504f3) >> 23;  // mantissa from sqrt(1/2) to sqrt(2)
  u.i -= e << 23;
  float s = (u.f - 1.f) / (u.f + 1.f), q = s * s;
  return (float)e * 0.693147181f + 2.f * s * (1.f + q * (0.333333333f + q * (0.2f + q * (0.142857143f + q * 0.111111111f))));
};

// A standard normal number of a word: the inverse distribution by Acklam's rational approximation (relative error 1e-9).
auto normal_of = [&](unsigned word) {
  float p = ((float)(int)(word >> 9) + 0.5f) * 1.1920929e-7f, q = p - 0.5f, r = q * q;
  float a = ((((-39.69683028665376f * r + 220.9460984245205f) * r - 275.9285104469687f) * r + 138.3577518672690f) * r
             - 30.66479806614716f) * r + 2.506628277459239f;
  float b = ((((-54.47609879822406f * r + 161.5858368580409f) * r - 155.6989798598866f) * r + 66.80131188771972f) * r
             - 13.28068155288572f) * r + 1.f;
  float middle = q * a / b, tail = p < 1.f - p ? p : 1.f - p;
  float t = sqrtf(-2.f * log_of(tail));
  float c = ((((-0.007784894002430293f * t - 0.3223964580411365f) * t - 2.400758277161838f) * t - 2.549732539343734f) * t
             + 4.374664141464968f) * t + 2.938163982698783f;
  float d = (((0.007784695709041462f * t + 0.3224671290700398f) * t + 2.445134137142996f) * t + 3.754408661907416f) * t + 1.f;
  float outer = q < 0.f ? c / d : -c / d;
  return fabsf(q) < 0.47575f ? middle : outer;
};
