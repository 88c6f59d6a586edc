// Products of float32 matrices, for processors with AVX2. The ops ChuiMatMulNN, …NT, …TN and …TT multiply as many matrices
// as there are: N stands for factors as they are, T for factors that are transposed. ChuiLinear is x · kernel + bias.
//
// As Goto and van de Geijn (2008) describe in "Anatomy of high-performance matrix multiplication": factors are copied in
// parts that fit the caches, in the order in which they are read, and the product is computed in tiles that fit the
// registers. Rows of the first factor that lie in memory as rows are read where they are.

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
// Depth at which a tile's columns of b fit the first cache, and rows that, so deep, fit the second.
constexpr int64_t kBlockDepth = 384, kBlockRows = 16 * kTileRows;
// Columns, and numbers, of b that are copied at once: they fit the third cache.
constexpr int64_t kPanelColumns = 192 * kTileColumns, kPanelSize = 1 << 20;

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

// c = start + a · b, of an m · k and a k · n matrix.
struct Product {
  Matrix a, b;
  Rows<const float> start;
  Rows<float> c;
  int64_t m, n, k;

  int64_t BlockDepth() const {
    const int64_t blocks = std::max<int64_t>(1, (k + kBlockDepth - 1) / kBlockDepth);
    return std::max<int64_t>(1, (k + blocks - 1) / blocks);
  }
};

// A part of b that is copied: in blocks of the product's depth, each tile by tile.
struct Panel {
  int64_t column, columns, p, depth;

  int64_t Tiles() const { return (columns + kTileColumns - 1) / kTileColumns; }
  // Numbers of a copy.
  int64_t Size() const { return Tiles() * kTileColumns * depth; }
};

// Calls visit(panel) for the parts of b that are copied one after the other.
template <typename Visit>
static void ForPanels(const Product &product, const Visit &visit) {
  const int64_t columns = std::min(RoundUp(product.n, kTileColumns), kPanelColumns), block = product.BlockDepth();
  const int64_t depth = std::max<int64_t>(1, kPanelSize / (block * columns)) * block;
  for (int64_t column = 0; column < product.n; column += columns) {
    for (int64_t p = 0; p == 0 || p < product.k; p += depth) {
      visit(Panel{column, std::min(columns, product.n - column), p, std::min(depth, product.k - p)});
    }
  }
}

// Copies the tiles [first, last) of a panel's columns.
static void CopyPanel(const Product &product, const Panel &panel, int64_t first, int64_t last, float *copy) {
  const int64_t block = product.BlockDepth(), begin = first * kTileColumns;
  const int64_t columns = std::min(panel.columns, last * kTileColumns) - begin;
  for (int64_t q = 0; q < panel.depth; q += block) {
    const int64_t depth = std::min(block, panel.depth - q);
    CopyColumns(product.b.From(panel.p + q, panel.column + begin), depth, columns,
                copy + q * panel.Tiles() * kTileColumns + begin * depth);
  }
}

// Computes what a panel adds to the rows [row, row + rows) of the product, in the columns of its tiles [first, last).
static void MultiplyRows(const Product &product, const Panel &panel, const float *copy_of_b, int64_t row, int64_t rows,
                         int64_t first, int64_t last, float *copy_of_a) {
  const bool copies_a = product.a.column_step != 1;
  const int64_t block = product.BlockDepth();
  for (int64_t q = 0; q == 0 || q < panel.depth; q += block) {
    const int64_t p = panel.p + q, depth = std::min(block, panel.depth - q);
    const float *const block_of_b = copy_of_b + q * panel.Tiles() * kTileColumns;
    if (copies_a) CopyRows(product.a.From(row, p), rows, depth, copy_of_a);
    for (int64_t tile = first; tile < last; ++tile) {
      const int64_t j = tile * kTileColumns, column = panel.column + j;
      for (int64_t i = 0; i < rows; i += kTileRows) {
        const Matrix a = copies_a ? Matrix{copy_of_a + i * depth, 1, kTileRows} : product.a.From(row + i, p);
        const Rows<float> c{product.c[row + i] + column, product.c.step};
        const Rows<const float> begun{c.values, c.step}, start{product.start[row + i] + column, product.start.step};
        MultiplyTile(depth, a, block_of_b + j * depth, p == 0 ? start : begun, c, std::min(kTileRows, rows - i),
                     std::min(kTileColumns, panel.columns - j));
      }
    }
  }
}

// The same for all rows and columns.
static void MultiplyPanel(const Product &product, const Panel &panel, const float *copy_of_b, float *copy_of_a) {
  for (int64_t row = 0; row < product.m; row += kBlockRows) {
    MultiplyRows(product, panel, copy_of_b, row, std::min(kBlockRows, product.m - row), 0, panel.Tiles(), copy_of_a);
  }
}

// Numbers that copies of rows, and of a panel, take.
constexpr int64_t kRowsCopy = kBlockRows * kBlockDepth;
static int64_t PanelCopy(const Product &product) {
  int64_t size = 0;
  ForPanels(product, [&](const Panel &panel) { size = std::max(size, panel.Size()); });
  return size;
}

// Computes products product(0) … product(count - 1) of the same sizes, each by one thread.
template <typename ProductOf>
static void MultiplyEach(int64_t count, const ProductOf &product_of) {
  const Product first = product_of(0);
  const Pieces pieces = Pieces::OfProducts(count, first.m * first.n * first.k);
  const int64_t panel_size = PanelCopy(first), scratch_size = panel_size + kRowsCopy;
  thread_local Scratch scratch;
  float *const memory = scratch.OfSize(pieces.threads * scratch_size);
  pieces.Do([&](const Piece &piece) {
    float *const copy_of_b = memory + piece.thread * scratch_size, *const copy_of_a = copy_of_b + panel_size;
    for (int64_t index = piece.begin; index < piece.end; ++index) {
      const Product product = product_of(index);
      ForPanels(product, [&](const Panel &panel) {
        CopyPanel(product, panel, 0, panel.Tiles(), copy_of_b);
        MultiplyPanel(product, panel, copy_of_b, copy_of_a);
      });
    }
  });
}

// Computes a product by all threads.
static void MultiplyTogether(const Product &product) {
  const int64_t panel_size = PanelCopy(product);
  thread_local Scratch scratch;
  float *const copy_of_b = scratch.OfSize(panel_size + WorkThreads() * kRowsCopy);
  float *const copies_of_a = copy_of_b + panel_size;
  ForPanels(product, [&](const Panel &panel) {
    const int64_t tiles = panel.Tiles();
    Pieces(tiles, 1 << 16, panel.depth).Do([&](const Piece &piece) {
      CopyPanel(product, panel, piece.begin, piece.end, copy_of_b);
    });
    // Blocks of rows, cut into parts of the columns where they are too few to share.
    const int64_t blocks = (product.m + kBlockRows - 1) / kBlockRows;
    const int64_t parts = std::min(tiles, std::max<int64_t>(1, 8 * WorkThreads() / blocks));
    const int64_t work = product.m * panel.columns * panel.depth / (blocks * parts);
    Pieces::OfProducts(blocks * parts, work).Do([&](const Piece &piece) {
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t row = index / parts * kBlockRows, part = index % parts;
        MultiplyRows(product, panel, copy_of_b, row, std::min(kBlockRows, product.m - row), tiles * part / parts,
                     tiles * (part + 1) / parts, copies_of_a + piece.thread * kRowsCopy);
      }
    });
  });
}

template <bool turns_a, bool turns_b, bool adds_bias>
class MatMulKernel {
 public:
  explicit MatMulKernel(const Attributes &) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor a = Input(context, 0), b = Input(context, 1), bias = adds_bias ? Input(context, 2) : nullptr;
    std::vector<int64_t> shape = ShapeOf(a);
    const std::vector<int64_t> shape_of_b = ShapeOf(b);
    const size_t rank = shape.size();
    if (rank < 2 || shape_of_b.size() != rank || !std::equal(shape.begin(), shape.end() - 2, shape_of_b.begin())) {
      throw std::runtime_error("a and b must be as many matrices");
    }
    const int64_t m = shape[rank - (turns_a ? 1 : 2)], k = shape[rank - (turns_a ? 2 : 1)];
    const int64_t n = shape_of_b[rank - (turns_b ? 2 : 1)];
    if (k != shape_of_b[rank - (turns_b ? 1 : 2)]) throw std::runtime_error("the inner sizes of a and b must be the same");
    if (adds_bias && SizeOf(bias) != n) throw std::runtime_error("the bias must have a number for each column");
    shape[rank - 2] = m;
    shape[rank - 1] = n;
    const Tensor c = Output(context, 0, shape);
    if (SizeOf(c) == 0) return;

    const int64_t count = SizeOf(c) / (m * n);
    const std::vector<float> zeros(adds_bias ? 0 : n);
    const auto product = [&](int64_t index) {
      return Product{{Values(a) + index * m * k, turns_a ? 1 : k, turns_a ? m : 1},
                     {Values(b) + index * k * n, turns_b ? 1 : n, turns_b ? k : 1},
                     {adds_bias ? Values(bias) : zeros.data(), 0},
                     {Values(c) + index * m * n, n},
                     m,
                     n,
                     k};
    };
    if (count >= 4 * WorkThreads()) {
      MultiplyEach(count, product);
    } else {
      for (int64_t index = 0; index < count; ++index) MultiplyTogether(product(index));
    }
  }
};

template <bool turns_a, bool turns_b>
static void InferMatMul(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shapes(context, status).MatMul(turns_a, turns_b);
}

template <bool turns_a, bool turns_b>
static void RegisterMatMul(const char *name) {
  RegisterOp(name, {"T: {float}"}, {"a: T", "b: T"}, {"product: T"}, InferMatMul<turns_a, turns_b>);
  RegisterKernel<MatMulKernel<turns_a, turns_b, false>>(name);
}

static void RegisterMatMul() {
  if (!MultipliesMatrices()) return;
  RegisterMatMul<false, false>("ChuiMatMulNN");
  RegisterMatMul<false, true>("ChuiMatMulNT");
  RegisterMatMul<true, false>("ChuiMatMulTN");
  RegisterMatMul<true, true>("ChuiMatMulTT");
  RegisterOp("ChuiLinear", {"T: {float}"}, {"x: T", "kernel: T", "bias: T"}, {"y: T"}, InferMatMul<false, false>);
  RegisterKernel<MatMulKernel<false, false, true>>("ChuiLinear");
}

#else

static void RegisterMatMul() {}

#endif

}  // namespace chui

#endif  // CHUI_MAT_MUL_H_
