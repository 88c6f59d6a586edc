// What the processor can do.

#ifndef CHUI_CPU_H_
#define CHUI_CPU_H_

#if defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace chui {

// Whether it multiplies matrices of bfloat16. Without, TensorFlow's kernels for them take some forty times as long as those
// of float32.
static bool MultipliesBfloat16() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bf16");
#elif defined(__linux__) && defined(__aarch64__)
  return getauxval(AT_HWCAP2) & (1 << 14);  // HWCAP2_BF16
#else
  return false;
#endif
}

// Whether chui's own product of matrices of float32 is for it. Processors with wider vectors are left to TensorFlow's, which has products for them.
static bool MultipliesMatrices() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && !__builtin_cpu_supports("avx512f");
#else
  return false;
#endif
}

}  // namespace chui

#endif  // CHUI_CPU_H_
