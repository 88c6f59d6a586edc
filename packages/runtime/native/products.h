// Products of float32 matrices, for processors with AVX2 or AVX-512.
//
// As Goto and van de Geijn (2008) describe in "Anatomy of high-performance matrix multiplication": factors are copied in
// parts that fit the caches, in the order in which they are read, and the product is computed in tiles that fit the
// registers. Rows of the first factor that lie in memory as rows are read where they are. If it has too few to make a copy of
// the second one worth its time, see few_rows.h and dots.h.

#ifndef CHUI_PRODUCTS_H_
#define CHUI_PRODUCTS_H_

#include <algorithm>
#include <cstdint>

#include "cpu.h"
#include "dots.h"
#include "few_rows.h"
#include "matrix.h"
#include "threads.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

// ---- Tiles ----

// c = start + a · b for a tile: of c so many columns are written, and of start read; its height is the function's.
struct Tile {
  int64_t depth;
  const float *a;
  int64_t a_step;  // from row to row, unless a is a copy
  const float *b;  // rows of Isa::kColumns numbers
  Rows<const float> start;
  Rows<float> c;
  int64_t width;
};

// Rows of b that are fetched ahead of their time.
constexpr int64_t kAhead = 16;

// A tile of kHeight rows and kVectors vectors. Of a copied a, columns lie one after the other, Isa::kRows numbers each.
template <typename Isa, int kHeight, int kVectors, bool kCopied>
static CHUI_INLINE void MultiplyTile(const Tile &tile) {
  using Vector = typename VectorOf<Isa::kNumbers>::Aligned;
  using Anywhere = typename VectorOf<Isa::kNumbers>::Anywhere;
  constexpr int64_t kStep = kCopied ? Isa::kRows : 1;
  const float *rows[kHeight];
  for (int i = 0; i < kHeight; ++i) rows[i] = tile.a + i * (kCopied ? 1 : tile.a_step);
  for (int i = 0; i < kHeight; ++i) __builtin_prefetch(tile.c[i], 1);
  Vector sums[kHeight][kVectors];
  for (int i = 0; i < kHeight; ++i) {
    for (int j = 0; j < kVectors; ++j) sums[i][j] = Vector{};
  }
  const float *row = tile.b;
#pragma GCC unroll 2
  for (int64_t p = 0; p < tile.depth; ++p, row += Isa::kColumns) {
    Vector factor[kVectors];
#pragma GCC unroll 4
    for (int j = 0; j < kVectors; ++j) {
      __builtin_prefetch(row + kAhead * Isa::kColumns + j * Isa::kNumbers);
      factor[j] = *reinterpret_cast<const Anywhere *>(row + j * Isa::kNumbers);
    }
#pragma GCC unroll 8
    for (int i = 0; i < kHeight; ++i) {
      const float value = rows[i][p * kStep];
#pragma GCC unroll 4
      for (int j = 0; j < kVectors; ++j) sums[i][j] += value * factor[j];
    }
  }
  if (tile.width == kVectors * Isa::kNumbers) {
    for (int i = 0; i < kHeight; ++i) {
      const Anywhere *from = reinterpret_cast<const Anywhere *>(tile.start[i]);
      Anywhere *to = reinterpret_cast<Anywhere *>(tile.c[i]);
      for (int j = 0; j < kVectors; ++j) to[j] = from[j] + sums[i][j];
    }
    return;
  }
  for (int i = 0; i < kHeight; ++i) {
    const float *own = reinterpret_cast<const float *>(sums[i]);
    for (int64_t j = 0; j < tile.width; ++j) tile.c[i][j] = tile.start[i][j] + own[j];
  }
}

// Numbers of b that are copied at once: they fit the third cache.
constexpr int64_t kPanelSize = 1 << 20;

using TileFunction = void (*)(const Tile &);

// What the vectors of a processor make: tiles of kRows rows and kColumns columns at most.
struct Avx2 {
  static constexpr int64_t kNumbers = 8, kRows = 6, kVectors = 2, kColumns = kVectors * kNumbers;
  // Depth at which a tile's columns of b fit the first cache.
  static constexpr int64_t kBlockDepth = 384;
  // Columns of b that are copied at once.
  static constexpr int64_t kPanelColumns = 192 * kColumns;
  // Up to so many rows are few; so many are read side by side where b lies column by column.
  static constexpr int64_t kFewRows = 4 * kRows, kDotRows = 2;

  template <int kHeight, int kVectors, bool kCopied>
  __attribute__((target("avx2,fma"))) static void Multiply(const Tile &tile) {
    MultiplyTile<Avx2, kHeight, kVectors, kCopied>(tile);
  }

  __attribute__((target("avx2,fma"))) static void MultiplyStrip(const Product &product, const Strip &strip, bool starts, Pair *pair,
                                                                 float *memory) {
    MultiplyStripOf<Avx2>(product, strip, starts, pair, memory);
  }

  template <int kHeight, int kWidth>
  __attribute__((target("avx2,fma"))) static void MultiplyDots(const Dots &dots) {
    MultiplyDotsOf<Avx2, kHeight, kWidth>(dots);
  }
};

struct Avx512 {
  static constexpr int64_t kNumbers = 16, kRows = 8, kVectors = 3, kColumns = kVectors * kNumbers;
  static constexpr int64_t kBlockDepth = 384, kPanelColumns = 64 * kColumns, kFewRows = 4 * kRows, kDotRows = 4;

  template <int kHeight, int kVectors, bool kCopied>
  __attribute__((target("avx512f"))) static void Multiply(const Tile &tile) {
    MultiplyTile<Avx512, kHeight, kVectors, kCopied>(tile);
  }

  __attribute__((target("avx512f"))) static void MultiplyStrip(const Product &product, const Strip &strip, bool starts, Pair *pair,
                                                                 float *memory) {
    MultiplyStripOf<Avx512>(product, strip, starts, pair, memory);
  }

  template <int kHeight, int kWidth>
  __attribute__((target("avx512f"))) static void MultiplyDots(const Dots &dots) {
    MultiplyDotsOf<Avx512, kHeight, kWidth>(dots);
  }
};

// The function for a tile.
template <typename Isa, bool kCopied, int kHeight = Isa::kRows, int kVectors = Isa::kVectors>
static TileFunction FunctionFor(int64_t height, int64_t vectors) {
  if constexpr (kHeight > 1) {
    if (height < kHeight) return FunctionFor<Isa, kCopied, kHeight - 1, kVectors>(height, vectors);
  }
  if constexpr (kVectors > 1) {
    if (vectors < kVectors) return FunctionFor<Isa, kCopied, kHeight, kVectors - 1>(height, vectors);
  }
  return &Isa::template Multiply<kHeight, kVectors, kCopied>;
}

// Copies rows of a that are columns in memory, tile by tile, each column by column.
template <typename Isa>
static void CopyRows(const Matrix a, int64_t rows, int64_t depth, float *copy) {
  for (int64_t row = 0; row < rows; row += Isa::kRows, copy += depth * Isa::kRows) {
    const Matrix tile = a.From(row, 0);
    const int64_t height = std::min(Isa::kRows, rows - row);
    for (int64_t p = 0; p < depth; ++p) {
      const float *column = tile.values + p * tile.column_step;
      for (int64_t i = 0; i < height; ++i) copy[p * Isa::kRows + i] = column[i];
    }
  }
}

// Copies columns of b, tile by tile, each row by row; missing columns are 0.
template <typename Isa>
static void CopyColumns(const Matrix b, int64_t depth, int64_t columns, float *copy) {
  for (int64_t column = 0; column < columns; column += Isa::kColumns, copy += depth * Isa::kColumns) {
    const Matrix tile = b.From(0, column);
    const int64_t width = std::min(Isa::kColumns, columns - column);
    if (width < Isa::kColumns) std::fill(copy, copy + depth * Isa::kColumns, 0.0f);
    if (tile.column_step != 1) {
      for (int64_t j = 0; j < width; ++j) {
        for (int64_t p = 0; p < depth; ++p) copy[p * Isa::kColumns + j] = tile.values[p + j * tile.column_step];
      }
    } else if (width < Isa::kColumns) {
      for (int64_t p = 0; p < depth; ++p) {
        std::copy_n(tile.values + p * tile.row_step, width, copy + p * Isa::kColumns);
      }
    } else {
      for (int64_t p = 0; p < depth; ++p) {
        std::copy_n(tile.values + p * tile.row_step, Isa::kColumns, copy + p * Isa::kColumns);
      }
    }
  }
}

// ---- Products ----

// A part of b: in blocks of some depth, each tile by tile.
struct Panel {
  int64_t column, columns, p, depth;
};

template <typename Isa>
static int64_t TilesOf(int64_t columns) {
  return (columns + Isa::kColumns - 1) / Isa::kColumns;
}

// Numbers of a panel's copy.
template <typename Isa>
static int64_t CopySize(const Panel &panel) {
  return TilesOf<Isa>(panel.columns) * Isa::kColumns * panel.depth;
}

// Depths are divided into equal blocks.
template <typename Isa>
static int64_t BlockDepth(const Product &product) {
  const int64_t blocks = std::max<int64_t>(1, (product.k + Isa::kBlockDepth - 1) / Isa::kBlockDepth);
  return std::max<int64_t>(1, (product.k + blocks - 1) / blocks);
}

// Rows of a that, of a block's depth, fit the second cache, and numbers of their copy.
template <typename Isa>
constexpr int64_t kBlockRows = 16 * Isa::kRows;
template <typename Isa>
constexpr int64_t kRowsCopy = kBlockRows<Isa> * Isa::kBlockDepth;

// Calls visit(panel) for the parts of b that are copied one after the other.
template <typename Isa, typename Visit>
static void ForPanels(const Product &product, const Visit &visit) {
  const int64_t columns = std::min(RoundUp(product.n, Isa::kColumns), Isa::kPanelColumns), block = BlockDepth<Isa>(product);
  const int64_t depth = std::max<int64_t>(1, kPanelSize / (block * columns)) * block;
  for (int64_t column = 0; column < product.n; column += columns) {
    for (int64_t p = 0; p == 0 || p < product.k; p += depth) {
      visit(Panel{column, std::min(columns, product.n - column), p, std::min(depth, product.k - p)});
    }
  }
}

// Copies the tiles [first, last) of a panel's columns.
template <typename Isa>
static void CopyPanel(const Product &product, const Panel &panel, int64_t first, int64_t last, float *copy) {
  const int64_t block = BlockDepth<Isa>(product), begin = first * Isa::kColumns;
  const int64_t columns = std::min(panel.columns, last * Isa::kColumns) - begin;
  for (int64_t q = 0; q < panel.depth; q += block) {
    const int64_t depth = std::min(block, panel.depth - q);
    CopyColumns<Isa>(product.b.From(panel.p + q, panel.column + begin), depth, columns,
                     copy + q * TilesOf<Isa>(panel.columns) * Isa::kColumns + begin * depth);
  }
}

// Computes what a panel adds to the rows [row, row + rows) of the product, in the columns of its tiles [first, last).
template <typename Isa>
static void MultiplyRows(const Product &product, const Panel &panel, const float *copy_of_b, int64_t row, int64_t rows,
                         int64_t first, int64_t last, float *copy_of_a) {
  const bool copies_a = product.a.column_step != 1;
  const int64_t block = BlockDepth<Isa>(product), kRows = Isa::kRows, kColumns = Isa::kColumns;
  for (int64_t q = 0; q == 0 || q < panel.depth; q += block) {
    const int64_t p = panel.p + q, depth = std::min(block, panel.depth - q);
    if (copies_a) CopyRows<Isa>(product.a.From(row, p), rows, depth, copy_of_a);
    const float *const b = copy_of_b + q * TilesOf<Isa>(panel.columns) * kColumns;
    for (int64_t tile = first; tile < last; ++tile) {
      const int64_t j = tile * kColumns, column = panel.column + j, width = std::min(kColumns, panel.columns - j);
      const int64_t vectors = (width + Isa::kNumbers - 1) / Isa::kNumbers;
      for (int64_t i = 0; i < rows; i += kRows) {
        const int64_t height = std::min(kRows, rows - i);
        const float *const a = copies_a ? copy_of_a + i * depth : product.a.From(row + i, p).values;
        const Rows<float> c{product.c[row + i] + column, product.c.step};
        const Rows<const float> begun{c.values, c.step}, start{product.start[row + i] + column, product.start.step};
        const Tile work{depth, a, product.a.row_step, b + j * depth, p == 0 ? start : begun, c, width};
        const TileFunction multiply = copies_a ? FunctionFor<Isa, true>(height, vectors) : FunctionFor<Isa, false>(height, vectors);
        multiply(work);
      }
    }
  }
}

// The same for all rows and columns.
template <typename Isa>
static void MultiplyPanel(const Product &product, const Panel &panel, const float *copy_of_b, float *copy_of_a) {
  for (int64_t row = 0; row < product.m; row += kBlockRows<Isa>) {
    MultiplyRows<Isa>(product, panel, copy_of_b, row, std::min(kBlockRows<Isa>, product.m - row), 0,
                      TilesOf<Isa>(panel.columns), copy_of_a);
  }
}

// Numbers that the copy of a panel takes at most.
template <typename Isa>
static int64_t PanelCopy(const Product &product) {
  int64_t size = 0;
  ForPanels<Isa>(product, [&](const Panel &panel) { size = std::max(size, CopySize<Isa>(panel)); });
  return size;
}

// Computes products product(0) … product(count - 1) of the same sizes, each by one thread.
template <typename Isa, typename ProductOf>
static void MultiplyEach(int64_t count, const ProductOf &product_of) {
  const Product first = product_of(0);
  const Pieces pieces = Pieces::OfProducts(count, first.m * first.n * first.k);
  const bool has_few_rows = HasFewRows<Isa>(first), has_few_dots = HasFewDots<Isa>(first);
  const int64_t panel_size = PanelCopy<Isa>(first);
  const int64_t scratch_size = has_few_rows ? RoundUp(StripMemory<Isa>(first), 16) : panel_size + kRowsCopy<Isa>;
  thread_local Scratch scratch;
  float *const memory = scratch.OfSize(pieces.threads * scratch_size);
  pieces.Do([&](const Piece &piece) {
    float *const own = memory + piece.thread * scratch_size;
    for (int64_t index = piece.begin; index < piece.end; ++index) {
      const Product product = product_of(index);
      if (has_few_rows) {
        MultiplyFewRowsAlone<Isa>(product, own);
      } else if (has_few_dots) {
        MultiplyDotsAlone<Isa>(product, 0, product.n);
      } else {
        ForPanels<Isa>(product, [&](const Panel &panel) {
          CopyPanel<Isa>(product, panel, 0, TilesOf<Isa>(panel.columns), own);
          MultiplyPanel<Isa>(product, panel, own, own + panel_size);
        });
      }
    }
  });
}

// Computes a product by all threads.
template <typename Isa>
static void MultiplyTogether(const Product &product) {
  if (HasFewRows<Isa>(product)) return MultiplyFewRows<Isa>(product);
  if (HasFewDots<Isa>(product)) return MultiplyDots<Isa>(product);
  const int64_t panel_size = PanelCopy<Isa>(product);
  thread_local Scratch scratch;
  float *const copy_of_b = scratch.OfSize(panel_size + WorkThreads() * kRowsCopy<Isa>);
  float *const copies_of_a = copy_of_b + panel_size;
  ForPanels<Isa>(product, [&](const Panel &panel) {
    const int64_t tiles = TilesOf<Isa>(panel.columns);
    Pieces(tiles, 1 << 16, panel.depth).Do([&](const Piece &piece) {
      CopyPanel<Isa>(product, panel, piece.begin, piece.end, copy_of_b);
    });
    // Blocks of rows, cut into parts of the columns where they are too few to share.
    const int64_t blocks = (product.m + kBlockRows<Isa> - 1) / kBlockRows<Isa>;
    const int64_t parts = std::min(tiles, std::max<int64_t>(1, 8 * WorkThreads() / blocks));
    const int64_t work = product.m * panel.columns * panel.depth / (blocks * parts);
    Pieces::OfProducts(blocks * parts, work).Do([&](const Piece &piece) {
      for (int64_t index = piece.begin; index < piece.end; ++index) {
        const int64_t row = index / parts * kBlockRows<Isa>, part = index % parts;
        MultiplyRows<Isa>(product, panel, copy_of_b, row, std::min(kBlockRows<Isa>, product.m - row), tiles * part / parts,
                          tiles * (part + 1) / parts, copies_of_a + piece.thread * kRowsCopy<Isa>);
      }
    });
  });
}

#endif

}  // namespace chui

#endif  // CHUI_PRODUCTS_H_
