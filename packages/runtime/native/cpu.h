// What the processor can do, and how code is compiled for it.

#ifndef CHUI_CPU_H_
#define CHUI_CPU_H_

#include <cstdlib>
#include <string>

#if defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#endif

// Marks functions whose loops are compiled for newer processors as well; the processor chooses when the addon is loaded.
#if defined(__x86_64__) && defined(__linux__) && defined(__GNUC__) && !defined(__clang__)
#if __GNUC__ >= 12
#define CHUI_FAST __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CHUI_FAST __attribute__((target_clones("avx512f", "avx2", "default")))
#endif
#else
#define CHUI_FAST
#endif

// For what such functions call: it has to become part of them.
#define CHUI_INLINE inline __attribute__((always_inline))

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

// Whether chui's own products of matrices of float32 are for it.
static bool MultipliesMatrices() {
#if defined(__x86_64__) && defined(__GNUC__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

// Whether it has vectors of 16 numbers, and they are not ruled out by the variable that rules them out for oneDNN.
static bool HasAvx512() {
#if defined(__x86_64__) && defined(__GNUC__)
  const char *const most = std::getenv("ONEDNN_MAX_CPU_ISA");
  const std::string bound = most ? most : "";
  const bool is_lower = bound.rfind("SSE", 0) == 0 || bound == "AVX" || bound.rfind("AVX2", 0) == 0;
  return __builtin_cpu_supports("avx512f") && !is_lower;
#else
  return false;
#endif
}

}  // namespace chui

#endif  // CHUI_CPU_H_
