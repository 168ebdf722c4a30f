// Shared by all kernels in this folder. Each is the body of a function over pixels [begin, end), at most RUN of them,
// written as plain loops without calls, so that a CPU compiler turns eight or sixteen pixels into one instruction;
// CUDA gives every thread a run of one. No step depends on how an image is cut into runs.
#if defined(__CUDA_ARCH__)
enum { RUN = 1, RINGS = 4 };
#define SIMENGINE_LANES
#else
enum { RUN = 256, RINGS = 256 };
#define SIMENGINE_LANES _Pragma("clang loop vectorize(assume_safety) interleave(disable)")
#endif
const int n = end - begin;
auto least = [](float a, float b) { return a < b ? a : b; };
auto most = [](float a, float b) { return a > b ? a : b; };
auto within = [](float x, float low, float high) { x = x > low ? x : low; return x < high ? x : high; };
auto dot3 = [](float ax, float ay, float az, float bx, float by, float bz) { return ax * bx + ay * by + az * bz; };
