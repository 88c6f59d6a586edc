// The op ChuiAdamW: one pass over gradients for their norm, one over everything for the update. Op by op, or as a graph,
// TensorFlow passes over the same memory some twenty times.
//
// See packages/runtime/src/optimizers/adam_w.ts for the formulas.

#ifndef CHUI_ADAM_W_H_
#define CHUI_ADAM_W_H_

#include <algorithm>
#include <atomic>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "kernel_api.h"
#include "support.h"
#include "tensorflow/c/ops.h"

namespace chui {

// Threads that were asked for; 0 stands for one a core. Kernels run on threads of TensorFlow's, so it is the process's.
static std::atomic<int> threads_asked_for{0};

static int64_t WorkThreads() {
  const int asked = threads_asked_for;
  return asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
}

// Calls work(part, begin, end) for parts of [0, size), as many as `threads` at the same time where that is worth it.
template <typename Work>
static void InParts(int64_t threads, int64_t size, const Work &work) {
  const int64_t smallest = 1 << 18;
  const int64_t parts = std::max<int64_t>(1, std::min(threads, size / smallest));
  std::vector<std::thread> others;
  for (int64_t part = 1; part < parts; ++part) {
    others.emplace_back([&work, size, parts, part] { work(part, size * part / parts, size * (part + 1) / parts); });
  }
  work(0, 0, size / parts);
  for (std::thread &other : others) other.join();
}

class AdamWKernel {
 public:
  // ---- What TensorFlow calls ----

  static void *Create(TF_OpKernelConstruction *construction) {
    auto kernel = std::make_unique<AdamWKernel>();
    Status status;
    int64_t parameters = 0;
    TF_OpKernelConstruction_GetAttrInt64(construction, "N", &parameters, status);
    kernel->count_ = static_cast<int>(parameters);
    const std::pair<const char *, float *> numbers[] = {{"beta1", &kernel->beta1_},
                                                        {"beta2", &kernel->beta2_},
                                                        {"epsilon", &kernel->epsilon_},
                                                        {"clip_norm", &kernel->clip_norm_}};
    for (const auto &[name, number] : numbers) {
      if (TF_GetCode(status) == TF_OK) TF_OpKernelConstruction_GetAttrFloat(construction, name, number, status);
    }
    if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(construction, status);
    return kernel.release();
  }

  static void Compute(void *kernel, TF_OpKernelContext *context) {
    try {
      static_cast<AdamWKernel *>(kernel)->Run(context);
    } catch (const std::exception &error) {
      Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelContext_Failure(context, status);
    }
  }

  static void Delete(void *kernel) { delete static_cast<AdamWKernel *>(kernel); }

  // Every output has the shape of an input, but for the norm.
  static void InferShapes(TF_ShapeInferenceContext *context, TF_Status *status) {
    const int count = static_cast<int>((TF_ShapeInferenceContextNumInputs(context) - 5) / 2);
    const auto same = [&](int output, int input) {
      TF_ShapeHandle *shape = TF_NewShapeHandle();
      if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextGetInput(context, input, shape, status);
      if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, output, shape, status);
      TF_DeleteShapeHandle(shape);
    };
    for (int i = 0; i < count; ++i) same(i, i);
    same(count, 2 * count);
    same(count + 1, 2 * count + 1);
    TF_ShapeHandle *scalar = TF_ShapeInferenceContextScalar(context);
    if (TF_GetCode(status) == TF_OK) TF_ShapeInferenceContextSetOutput(context, count + 2, scalar, status);
    TF_DeleteShapeHandle(scalar);
  }

 private:
  struct TensorDeleter {
    void operator()(TF_Tensor *tensor) const { TF_DeleteTensor(tensor); }
  };
  using Tensor = std::unique_ptr<TF_Tensor, TensorDeleter>;

  static float *Values(const Tensor &tensor) { return static_cast<float *>(TF_TensorData(tensor.get())); }

  static Tensor Input(TF_OpKernelContext *context, int index) {
    TF_Tensor *tensor = nullptr;
    Status status;
    TF_GetInput(context, index, &tensor, status);
    status.Check();
    return Tensor(tensor);
  }

  static Tensor Output(TF_OpKernelContext *context, int index, const Tensor &like) {
    std::vector<int64_t> shape(like ? TF_NumDims(like.get()) : 0);
    for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = TF_Dim(like.get(), static_cast<int>(axis));
    const size_t bytes = like ? TF_TensorByteSize(like.get()) : sizeof(float);
    Status status;
    Tensor output(
        TF_AllocateOutput(context, index, TF_FLOAT, shape.data(), static_cast<int>(shape.size()), bytes, status));
    status.Check();
    return output;
  }

  void Run(TF_OpKernelContext *context) const {
    std::vector<Tensor> parameters, gradients, updated;
    for (int i = 0; i < count_; ++i) parameters.push_back(Input(context, i));
    for (int i = 0; i < count_; ++i) gradients.push_back(Input(context, count_ + i));
    const Tensor mean = Input(context, 2 * count_), mean_square = Input(context, 2 * count_ + 1);
    const Tensor decay = Input(context, 2 * count_ + 2);
    const float rate = *Values(Input(context, 2 * count_ + 3)), step = *Values(Input(context, 2 * count_ + 4));

    // Where each parameter begins in the state, which has all of them end to end.
    std::vector<int64_t> begins{0};
    for (int i = 0; i < count_; ++i) {
      const int64_t size = TF_TensorElementCount(parameters[i].get());
      if (TF_TensorElementCount(gradients[i].get()) != size) {
        throw std::runtime_error("a gradient must have the size of its parameter");
      }
      begins.push_back(begins.back() + size);
    }
    const int64_t size = begins.back();
    if (TF_TensorElementCount(mean.get()) != size || TF_TensorElementCount(mean_square.get()) != size ||
        TF_TensorElementCount(decay.get()) != count_) {
      throw std::runtime_error("the state must have the size of all parameters");
    }
    for (int i = 0; i < count_; ++i) updated.push_back(Output(context, i, parameters[i]));
    const Tensor new_mean = Output(context, count_, mean), new_mean_square = Output(context, count_ + 1, mean_square);
    const Tensor norm = Output(context, count_ + 2, nullptr);

    // Calls `visit(i, first, last)` for the elements of each parameter i that lie between two places of the state.
    const auto each = [&](int64_t begin, int64_t end, const auto &visit) {
      size_t i = std::upper_bound(begins.begin(), begins.end(), begin) - begins.begin() - 1;
      for (; begin < end; begin = begins[++i]) visit(i, begin - begins[i], std::min(end, begins[i + 1]) - begins[i]);
    };

    const int64_t threads = WorkThreads();
    std::vector<double> squares(threads);
    InParts(threads, size, [&](int64_t part, int64_t begin, int64_t end) {
      double total = 0;
      each(begin, end, [&](size_t i, int64_t first, int64_t last) {
        total += SumOfSquares(Values(gradients[i]) + first, last - first);
      });
      squares[part] = total;
    });
    double total = 0;
    for (double square : squares) total += square;
    const float length = static_cast<float>(std::sqrt(total));
    *Values(norm) = length;

    const float scale = clip_norm_ > 0 ? std::min(1.0f, clip_norm_ / (length + 1e-6f)) : 1.0f;
    const float root_bias = std::sqrt(1 - std::pow(beta2_, step));
    const float corrected = rate / (1 - std::pow(beta1_, step));
    InParts(threads, size, [&](int64_t, int64_t begin, int64_t end) {
      each(begin, end, [&](size_t i, int64_t first, int64_t last) {
        const int64_t at = begins[i] + first;
        Update({Values(parameters[i]) + first, Values(gradients[i]) + first, Values(mean) + at,
                Values(mean_square) + at},
               {Values(updated[i]) + first, Values(new_mean) + at, Values(new_mean_square) + at}, last - first, scale,
               1 - rate * Values(decay)[i], corrected, root_bias);
      });
    });
  }

  // In float by blocks, so that it is fast, and in double over them, so that it is exact.
  static double SumOfSquares(const float *values, int64_t size) {
    double total = 0;
    for (int64_t block = 0; block < size; block += 1024) {
      float lanes[8] = {};
      const int64_t end = std::min<int64_t>(size, block + 1024);
      int64_t i = block;
      for (; i + 8 <= end; i += 8) {
        for (int lane = 0; lane < 8; ++lane) lanes[lane] += values[i + lane] * values[i + lane];
      }
      for (; i < end; ++i) lanes[0] += values[i] * values[i];
      for (float lane : lanes) total += lane;
    }
    return total;
  }

  struct Before {
    const float *parameter, *gradient, *mean, *mean_square;
  };
  struct After {
    float *parameter, *mean, *mean_square;
  };

  void Update(const Before &before, const After &after, int64_t size, float scale, float keep, float rate,
              float root_bias) const {
    const float *__restrict__ p = before.parameter, *__restrict__ g = before.gradient;
    const float *__restrict__ m = before.mean, *__restrict__ v = before.mean_square;
    float *__restrict__ new_p = after.parameter, *__restrict__ new_m = after.mean;
    float *__restrict__ new_v = after.mean_square;
    const float beta1 = beta1_, beta2 = beta2_, epsilon = epsilon_;
    for (int64_t i = 0; i < size; ++i) {
      const float gradient = g[i] * scale;
      const float mean = beta1 * m[i] + (1 - beta1) * gradient;
      const float mean_square = beta2 * v[i] + (1 - beta2) * (gradient * gradient);
      new_m[i] = mean;
      new_v[i] = mean_square;
      new_p[i] = p[i] * keep - mean / (std::sqrt(mean_square) / root_bias + epsilon) * rate;
    }
  }

  int count_ = 0;
  float beta1_ = 0, beta2_ = 0, epsilon_ = 0, clip_norm_ = 0;
};

// Makes the op known to TensorFlow, once in a process.
static void RegisterAdamW() {
  static const bool registered = [] {
    TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder("ChuiAdamW");
    for (const char *attribute :
         {"N: int >= 1", "beta1: float", "beta2: float", "epsilon: float", "clip_norm: float"}) {
      TF_OpDefinitionBuilderAddAttr(op, attribute);
    }
    for (const char *input : {"parameters: N * float", "gradients: N * float", "mean: float", "mean_square: float",
                              "decay: float", "rate: float", "step: float"}) {
      TF_OpDefinitionBuilderAddInput(op, input);
    }
    for (const char *output : {"updated: N * float", "new_mean: float", "new_mean_square: float", "norm: float"}) {
      TF_OpDefinitionBuilderAddOutput(op, output);
    }
    TF_OpDefinitionBuilderSetShapeInferenceFunction(op, &AdamWKernel::InferShapes);
    Status status;
    TF_RegisterOpDefinition(op, status);
    status.Check();
    TF_RegisterKernelBuilder("ChuiAdamW",
                             TF_NewKernelBuilder("ChuiAdamW", "CPU", &AdamWKernel::Create, &AdamWKernel::Compute,
                                                 &AdamWKernel::Delete),
                             status);
    status.Check();
    return true;
  }();
  static_cast<void>(registered);
}

}  // namespace chui

#endif  // CHUI_ADAM_W_H_
