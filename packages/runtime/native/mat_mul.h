// The ops ChuiMatMulNN, …NT, …TN and …TT multiply as many matrices as there are: N stands for factors as they are, T for
// factors that are transposed. ChuiLinear is x · kernel + bias over the last axis of x. See products.h.

#ifndef CHUI_MAT_MUL_H_
#define CHUI_MAT_MUL_H_

#include "kernel.h"
#include "products.h"

namespace chui {

#if defined(__x86_64__) && defined(__GNUC__)

template <typename Isa, bool turns_a, bool turns_b, bool adds_bias>
class MatMulKernel {
 public:
  explicit MatMulKernel(const Attributes &) {}

  void Run(TF_OpKernelContext *context) const {
    const Tensor a = Input(context, 0), b = Input(context, 1), bias = adds_bias ? Input(context, 2) : nullptr;
    std::vector<int64_t> shape = ShapeOf(a);
    const std::vector<int64_t> shape_of_b = ShapeOf(b);
    const size_t rank = shape.size(), rank_of_b = shape_of_b.size();
    if (rank < 2 || rank_of_b < 2) throw std::runtime_error("a and b must have two axes at least");
    int64_t m = shape[rank - (turns_a ? 1 : 2)];
    const int64_t k = shape[rank - (turns_a ? 2 : 1)], n = shape_of_b[rank_of_b - (turns_b ? 2 : 1)];
    if (k != shape_of_b[rank_of_b - (turns_b ? 1 : 2)]) throw std::runtime_error("the inner sizes of a and b must be the same");
    if (adds_bias) {
      if (rank_of_b != 2 || SizeOf(bias) != n) throw std::runtime_error("the bias must have a number for each column of a matrix");
      for (size_t axis = 0; axis + 2 < rank; ++axis) m *= shape[axis];
    } else if (rank_of_b != rank || !std::equal(shape.begin(), shape.end() - 2, shape_of_b.begin())) {
      throw std::runtime_error("a and b must be as many matrices");
    }
    if (!adds_bias) shape[rank - 2] = m;
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
      MultiplyEach<Isa>(count, product);
    } else {
      for (int64_t index = 0; index < count; ++index) MultiplyTogether<Isa>(product(index));
    }
  }
};

template <bool turns_a, bool turns_b>
static void InferMatMul(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shapes(context, status).MatMul(turns_a, turns_b);
}

template <typename Isa, bool turns_a, bool turns_b>
static void RegisterMatMul(const char *name) {
  RegisterOp(name, {"T: {float}"}, {"a: T", "b: T"}, {"product: T"}, InferMatMul<turns_a, turns_b>);
  RegisterKernel<MatMulKernel<Isa, turns_a, turns_b, false>>(name);
}

template <typename Isa>
static void RegisterMatMulFor() {
  RegisterMatMul<Isa, false, false>("ChuiMatMulNN");
  RegisterMatMul<Isa, false, true>("ChuiMatMulNT");
  RegisterMatMul<Isa, true, false>("ChuiMatMulTN");
  RegisterMatMul<Isa, true, true>("ChuiMatMulTT");
  RegisterOp("ChuiLinear", {"T: {float}"}, {"x: T", "kernel: T", "bias: T"}, {"y: T"}, InferMatMul<false, false>);
  RegisterKernel<MatMulKernel<Isa, false, false, true>>("ChuiLinear");
}

static void RegisterMatMul() {
  if (!MultipliesMatrices()) return;
  HasAvx512() ? RegisterMatMulFor<Avx512>() : RegisterMatMulFor<Avx2>();
}

#else

static void RegisterMatMul() {}

#endif

}  // namespace chui

#endif  // CHUI_MAT_MUL_H_
