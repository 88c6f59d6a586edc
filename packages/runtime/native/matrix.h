// What is multiplied: matrices of float32 in memory, and the vectors that a processor computes with.

#ifndef CHUI_MATRIX_H_
#define CHUI_MATRIX_H_

#include <cstdint>
#include <cstdlib>
#include <new>

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

static int64_t RoundUp(int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; }

// A matrix, or the transpose of one.
struct Matrix {
  const float *values;
  int64_t row_step, column_step;

  Matrix From(int64_t row, int64_t column) const {
    return {values + row * row_step + column * column_step, row_step, column_step};
  }
};

// Rows of numbers, each so many after the last.
template <typename T>
struct Rows {
  T *values;
  int64_t step;

  T *operator[](int64_t row) const { return values + row * step; }
};

// Memory that a thread keeps for the next product.
class Scratch {
 public:
  ~Scratch() { std::free(values_); }

  float *OfSize(int64_t size) {
    if (size > size_) {
      std::free(values_);
      size_ = 0;
      values_ = static_cast<float *>(std::aligned_alloc(64, RoundUp(size * sizeof(float), 64)));
      if (!values_) throw std::bad_alloc();
      size_ = size;
    }
    return values_;
  }

 private:
  float *values_ = nullptr;
  int64_t size_ = 0;
};

// c = start + a · b, of an m · k and a k · n matrix.
struct Product {
  Matrix a, b;
  Rows<const float> start;
  Rows<float> c;
  int64_t m, n, k;
};

// Vectors of the processor: at the bounds of vectors, and anywhere.
template <int kNumbers>
struct VectorOf {
  typedef float Aligned __attribute__((vector_size(4 * kNumbers)));
  typedef float Anywhere __attribute__((vector_size(4 * kNumbers), aligned(4)));
};

#endif

}  // namespace chui

#endif  // CHUI_MATRIX_H_
