// The ops ChuiMatMulNN, …NT, …TN and …TT: products of many matrices of float32, for processors with AVX2. N stands for factors
// as they are, T for factors that are transposed.
//
// TensorFlow's are made for large matrices; those of the heads of an attention are small. Each is computed by one thread, as
// Goto and van de Geijn (2008) describe in "Anatomy of high-performance matrix multiplication": factors are copied in blocks
// that fit the caches, in the order in which they are read, and the product is computed in tiles that fit the registers.
// Rows of a that lie in memory as rows are read where they are.

#ifndef CHUI_MAT_MUL_H_
#define CHUI_MAT_MUL_H_

#include <cstdlib>
#include <new>

#include "cpu.h"
#include "kernel.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

#define CHUI_AVX2 __attribute__((target("avx2,fma")))

typedef float Eight __attribute__((vector_size(32)));
typedef float AnyEight __attribute__((vector_size(32), aligned(4)));  // anywhere in memory

// Rows and columns of a tile: 6 · 16 sums, 16 numbers of b and one of a in 16 registers of 8.
constexpr int64_t kTileRows = 6, kTileColumns = 16;
// Sizes of the blocks of a and b that are copied: both fit the second cache, what a tile reads of them the first.
constexpr int64_t kBlockRows = 16 * kTileRows, kBlockColumns = 10 * kTileColumns, kBlockDepth = 320;

static int64_t RoundUp(int64_t size, int64_t unit) { return (size + unit - 1) / unit * unit; }

// A matrix, or the transpose of one.
struct Matrix {
  const float *values;
  int64_t row_step, column_step;

  Matrix From(int64_t row, int64_t column) const {
    return {values + row * row_step + column * column_step, row_step, column_step};
  }
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

// Copies rows of a that are columns in memory, tile by tile, each column by column.
static CHUI_AVX2 void CopyRows(const Matrix a, int64_t rows, int64_t depth, float *copy) {
  for (int64_t row = 0; row < rows; row += kTileRows, copy += depth * kTileRows) {
    const Matrix tile = a.From(row, 0);
    const int64_t height = std::min(kTileRows, rows - row);
    for (int64_t p = 0; p < depth; ++p) {
      const float *column = tile.values + p * tile.column_step;
      for (int64_t i = 0; i < height; ++i) copy[p * kTileRows + i] = column[i];
    }
  }
}

// Copies columns of b, tile by tile, each row by row; missing columns are 0.
static CHUI_AVX2 void CopyColumns(const Matrix b, int64_t depth, int64_t columns, float *copy) {
  for (int64_t column = 0; column < columns; column += kTileColumns, copy += depth * kTileColumns) {
    const Matrix tile = b.From(0, column);
    const int64_t width = std::min(kTileColumns, columns - column);
    if (width < kTileColumns) std::fill(copy, copy + depth * kTileColumns, 0.0f);
    if (tile.column_step != 1) {
      for (int64_t j = 0; j < width; ++j) {
        for (int64_t p = 0; p < depth; ++p) copy[p * kTileColumns + j] = tile.values[p + j * tile.column_step];
      }
    } else if (width < kTileColumns) {
      for (int64_t p = 0; p < depth; ++p) {
        for (int64_t j = 0; j < width; ++j) copy[p * kTileColumns + j] = tile.values[p * tile.row_step + j];
      }
    } else {
      for (int64_t p = 0; p < depth; ++p) {
        const AnyEight *from = reinterpret_cast<const AnyEight *>(tile.values + p * tile.row_step);
        Eight *to = reinterpret_cast<Eight *>(copy + p * kTileColumns);
        to[0] = from[0];
        to[1] = from[1];
      }
    }
  }
}

// Rows of numbers, each so many after the last.
template <typename T>
struct Rows {
  T *values;
  int64_t step;

  T *operator[](int64_t row) const { return values + row * step; }
};

// c = start + a · b for a tile, of a and a copy of b; of c height · width numbers are written, and of start read.
static CHUI_AVX2 void MultiplyTile(int64_t depth, const Matrix &a, const float *b, Rows<const float> start, Rows<float> c,
                                   int64_t height, int64_t width) {
  const float *rows[kTileRows];  // missing ones are read as the last
  for (int64_t i = 0; i < kTileRows; ++i) rows[i] = a.values + std::min(i, height - 1) * a.row_step;
  const int64_t step = a.column_step;
  for (int64_t i = 0; i < height; ++i) __builtin_prefetch(c[i], 1);
  Eight left[kTileRows], right[kTileRows];
  for (int64_t i = 0; i < kTileRows; ++i) left[i] = right[i] = Eight{};
#pragma GCC unroll 4
  for (int64_t p = 0; p < depth; ++p) {
    const Eight *row = reinterpret_cast<const Eight *>(b + p * kTileColumns);
#pragma GCC unroll 6
    for (int64_t i = 0; i < kTileRows; ++i) {
      const float value = rows[i][p * step];
      left[i] += value * row[0];
      right[i] += value * row[1];
    }
  }
  if (height == kTileRows && width == kTileColumns) {
    for (int64_t i = 0; i < kTileRows; ++i) {
      const AnyEight *from = reinterpret_cast<const AnyEight *>(start[i]);
      AnyEight *to = reinterpret_cast<AnyEight *>(c[i]);
      to[0] = from[0] + left[i];
      to[1] = from[1] + right[i];
    }
    return;
  }
  for (int64_t i = 0; i < height; ++i) {
    const Eight sums[2] = {left[i], right[i]};
    for (int64_t j = 0; j < width; ++j) c[i][j] = start[i][j] + reinterpret_cast<const float *>(sums)[j];
  }
}

// What a product begins with.
static const float kZeros[kTileColumns] = {};

// c = a · b, of rows of a where they are and a copy of all of b.
static void MultiplyRows(const Matrix &a, const float *copy_of_b, const Rows<float> &c, int64_t m, int64_t n, int64_t k) {
  for (int64_t j = 0; j < n; j += kTileColumns) {
    for (int64_t i = 0; i < m; i += kTileRows) {
      MultiplyTile(k, a.From(i, 0), copy_of_b + j * k, {kZeros, 0}, {c[i] + j, c.step}, std::min(kTileRows, m - i),
                   std::min(kTileColumns, n - j));
    }
  }
}

// Numbers that a thread needs for the copies of one block of each factor.
constexpr int64_t kScratch = kBlockDepth * (kBlockRows + kBlockColumns);

// c = a · b, of an m · k and a k · n matrix: zeros if k is 0.
static void Multiply(const Matrix &a, const Matrix &b, const Rows<float> &c, int64_t m, int64_t n, int64_t k,
                     float *scratch) {
  float *const copy_of_a = scratch, *const copy_of_b = scratch + kBlockDepth * kBlockRows;
  const bool copies_a = a.column_step != 1;
  for (int64_t p = 0; p == 0 || p < k; p += kBlockDepth) {
    const int64_t depth = std::min(kBlockDepth, k - p);
    for (int64_t column = 0; column < n; column += kBlockColumns) {
      const int64_t columns = std::min(kBlockColumns, n - column);
      CopyColumns(b.From(p, column), depth, columns, copy_of_b);
      for (int64_t row = 0; row < m; row += kBlockRows) {
        const int64_t rows = std::min(kBlockRows, m - row);
        if (copies_a) CopyRows(a.From(row, p), rows, depth, copy_of_a);
        for (int64_t j = 0; j < columns; j += kTileColumns) {
          for (int64_t i = 0; i < rows; i += kTileRows) {
            const Matrix tile_of_a = copies_a ? Matrix{copy_of_a + i * depth, 1, kTileRows} : a.From(row + i, p);
            const Rows<float> tile{c[row + i] + column + j, c.step};
            const Rows<const float> start = p == 0 ? Rows<const float>{kZeros, 0} : Rows<const float>{tile.values, c.step};
            MultiplyTile(depth, tile_of_a, copy_of_b + j * depth, start, tile, std::min(kTileRows, rows - i),
                         std::min(kTileColumns, columns - j));
          }
        }
      }
    }
  }
}

template <bool turns_a, bool turns_b>
class MatMulKernel {
 public:
  explicit MatMulKernel(const Attributes &) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor a = Input(context, 0), b = Input(context, 1);
    std::vector<int64_t> shape = ShapeOf(a);
    const std::vector<int64_t> shape_of_b = ShapeOf(b);
    const size_t rank = shape.size();
    if (rank < 2 || shape_of_b.size() != rank || !std::equal(shape.begin(), shape.end() - 2, shape_of_b.begin())) {
      throw std::runtime_error("a and b must be as many matrices");
    }
    const int64_t m = shape[rank - (turns_a ? 1 : 2)], k = shape[rank - (turns_a ? 2 : 1)];
    const int64_t n = shape_of_b[rank - (turns_b ? 2 : 1)];
    if (k != shape_of_b[rank - (turns_b ? 1 : 2)]) throw std::runtime_error("the inner sizes of a and b must be the same");
    shape[rank - 2] = m;
    shape[rank - 1] = n;
    const Tensor c = Output(context, 0, shape);
    if (SizeOf(c) == 0) return;
    const int64_t count = SizeOf(c) / (m * n);
    const Pieces pieces(count, 1 + (1 << 21) / (m * n * k + 1));
    thread_local Scratch scratch;
    float *const memory = scratch.OfSize(pieces.threads * kScratch);
    pieces.Do([&](const Piece &piece) {
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        Multiply({Values(a) + index * m * k, turns_a ? 1 : k, turns_a ? m : 1},
                 {Values(b) + index * k * n, turns_b ? 1 : n, turns_b ? k : 1}, {Values(c) + index * m * n, n}, m, n, k,
                 memory + piece.thread * kScratch);
      }
    });
  }
};

template <bool turns_a, bool turns_b>
static void InferMatMul(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shapes(context, status).MatMul(turns_a, turns_b);
}

template <bool turns_a, bool turns_b>
static void RegisterMatMul(const char *name) {
  RegisterOp(name, {"T: {float}"}, {"a: T", "b: T"}, {"product: T"}, InferMatMul<turns_a, turns_b>);
  RegisterKernel<MatMulKernel<turns_a, turns_b>>(name);
}

static void RegisterMatMul() {
  if (!MultipliesMatrices()) return;
  RegisterMatMul<false, false>("ChuiMatMulNN");
  RegisterMatMul<false, true>("ChuiMatMulNT");
  RegisterMatMul<true, false>("ChuiMatMulTN");
  RegisterMatMul<true, true>("ChuiMatMulTT");
}

#else

static void RegisterMatMul() {}

#endif

}  // namespace chui

#endif  // CHUI_MAT_MUL_H_
