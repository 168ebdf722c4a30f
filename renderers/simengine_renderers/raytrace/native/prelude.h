// Shared by all kernels in this folder. Each is the body of a function over pixels [begin, end), at most RUN of them,
// written as plain loops without calls, so that a CPU compiler turns eight or sixteen pixels into one instruction;
// CUDA gives every thread a run of one. No step depends on how an image is cut into runs.
#if defined(__CUDA_ARCH__)
enum { RUN = 1, STRETCH = 1, RINGS = 4 };
#define SIMENGINE_LANES
#define SIMENGINE_INLINE
#else
enum { RUN = 256, STRETCH = 32, RINGS = 256 };
#define SIMENGINE_LANES _Pragma("clang loop vectorize(assume_safety) interleave(disable)")
#define SIMENGINE_INLINE __attribute__((always_inline))
#endif
const int n = end - begin;
auto least = [](float a, float b) SIMENGINE_INLINE { return a < b ? a : b; };
auto most = [](float a, float b) SIMENGINE_INLINE { return a > b ? a : b; };
auto within = [](float x, float low, float high) SIMENGINE_INLINE { x = x > low ? x : low; return x < high ? x : high; };
auto dot3 = [](float ax, float ay, float az, float bx, float by, float bz) SIMENGINE_INLINE { return ax * bx + ay * by + az * bz; };
