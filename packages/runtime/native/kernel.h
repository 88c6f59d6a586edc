// What the addon's own ops share: how they are made known to TensorFlow, their tensors and their numbers.
//
// They are for the CPU, and do in one or two passes over memory what takes TensorFlow's ops several.

#ifndef CHUI_KERNEL_H_
#define CHUI_KERNEL_H_

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "cpu.h"
#include "kernel_api.h"
#include "support.h"
#include "tensorflow/c/ops.h"
#include "threads.h"

namespace chui {

// ---- Numbers ----

// Sums are over lanes, which a processor adds at once.
static const int kLanes = 16;

static CHUI_INLINE float SumOf(const float (&lanes)[kLanes]) {
  float sum = 0;
  for (float each : lanes) sum += each;
  return sum;
}

// The upper half of a float.
struct Bfloat16 {
  uint16_t bits;
};

static CHUI_INLINE float ToFloat(Bfloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float result;
  std::memcpy(&result, &bits, sizeof result);
  return result;
}

// To the nearest, ties to even; not-a-number stays that.
static CHUI_INLINE Bfloat16 FromFloat(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  const uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  return {static_cast<uint16_t>(value == value ? rounded : (bits >> 16) | 0x40)};
}

// Calls compute(inputs, output, count) for blocks of the elements [begin, end), as floats whatever they are.
template <typename T, typename Compute>
static void InBlocks(int64_t begin, int64_t end, T *output, std::initializer_list<const T *> inputs,
                     const Compute &compute) {
  constexpr int64_t kBlock = 512;
  float memory[3][kBlock];
  const float *in[2];
  for (int64_t first = begin; first < end; first += kBlock) {
    const int64_t count = std::min(kBlock, end - first);
    size_t place = 0;
    for (const T *input : inputs) {
      if constexpr (std::is_same_v<T, float>) {
        in[place] = input + first;
      } else {
        for (int64_t i = 0; i < count; ++i) memory[place][i] = ToFloat(input[first + i]);
        in[place] = memory[place];
      }
      ++place;
    }
    if constexpr (std::is_same_v<T, float>) {
      compute(in, output + first, count);
    } else {
      compute(in, memory[2], count);
      for (int64_t i = 0; i < count; ++i) output[first + i] = FromFloat(memory[2][i]);
    }
  }
}

// ---- Tensors ----

struct TensorDeleter {
  void operator()(TF_Tensor *tensor) const { TF_DeleteTensor(tensor); }
};
using Tensor = std::unique_ptr<TF_Tensor, TensorDeleter>;

template <typename T = float>
static T *Values(const Tensor &tensor) {
  return static_cast<T *>(TF_TensorData(tensor.get()));
}

static int64_t SizeOf(const Tensor &tensor) { return TF_TensorElementCount(tensor.get()); }

static std::vector<int64_t> ShapeOf(const Tensor &tensor) {
  std::vector<int64_t> shape(TF_NumDims(tensor.get()));
  for (size_t axis = 0; axis < shape.size(); ++axis) shape[axis] = TF_Dim(tensor.get(), static_cast<int>(axis));
  return shape;
}

static Tensor Input(TF_OpKernelContext *context, int index) {
  TF_Tensor *tensor = nullptr;
  Status status;
  TF_GetInput(context, index, &tensor, status);
  status.Check();
  return Tensor(tensor);
}

static Tensor Output(TF_OpKernelContext *context, int index, const std::vector<int64_t> &shape,
                     TF_DataType type = TF_FLOAT) {
  size_t bytes = TF_DataTypeSize(type);
  for (int64_t size : shape) bytes *= size;
  Status status;
  Tensor output(
      TF_AllocateOutput(context, index, type, shape.data(), static_cast<int>(shape.size()), bytes, status));
  status.Check();
  return output;
}

// The attributes of an op in a graph.
class Attributes {
 public:
  explicit Attributes(TF_OpKernelConstruction *construction) : construction_(construction) {}

  float Float(const char *name) const {
    float value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrFloat(construction_, name, &value, status);
    status.Check();
    return value;
  }

  int64_t Int(const char *name) const {
    int64_t value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrInt64(construction_, name, &value, status);
    status.Check();
    return value;
  }

  bool Bool(const char *name) const {
    unsigned char value = 0;
    Status status;
    TF_OpKernelConstruction_GetAttrBool(construction_, name, &value, status);
    status.Check();
    return value;
  }

 private:
  TF_OpKernelConstruction *const construction_;
};

// ---- Ops ----

// How TensorFlow makes, calls and deletes a kernel: a class that is made of Attributes, and has Run(context) const.
template <typename Kernel>
struct KernelCalls {
  static void *Create(TF_OpKernelConstruction *construction) {
    try {
      return new Kernel(Attributes(construction));
    } catch (const std::exception &error) {
      Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelConstruction_Failure(construction, status);
      return nullptr;
    }
  }

  static void Compute(void *kernel, TF_OpKernelContext *context) {
    try {
      static_cast<const Kernel *>(kernel)->Run(context);
    } catch (const std::exception &error) {
      Status status;
      TF_SetStatus(status, TF_INVALID_ARGUMENT, error.what());
      TF_OpKernelContext_Failure(context, status);
    }
  }

  static void Delete(void *kernel) { delete static_cast<Kernel *>(kernel); }
};

// Makes a kernel known for an op on the CPU; for one type of its attribute T, if one is given.
template <typename Kernel>
static void RegisterKernel(const char *op, TF_DataType type = TF_DataType(0)) {
  using Calls = KernelCalls<Kernel>;
  TF_KernelBuilder *builder = TF_NewKernelBuilder(op, "CPU", &Calls::Create, &Calls::Compute, &Calls::Delete);
  Status status;
  if (type) TF_KernelBuilder_TypeConstraint(builder, "T", type, status);
  status.Check();
  TF_RegisterKernelBuilder((std::string(op) + std::to_string(type)).c_str(), builder, status);
  status.Check();
}

using Names = std::initializer_list<const char *>;

// Makes an op known, with its inputs, outputs and attributes as tensorflow.OpDef writes them; `has_effect` keeps TensorFlow
// from taking two that are alike for one.
static void RegisterOp(const char *name, Names attributes, Names inputs, Names outputs,
                       void (*infer_shapes)(TF_ShapeInferenceContext *, TF_Status *), bool has_effect = false) {
  TF_OpDefinitionBuilder *op = TF_NewOpDefinitionBuilder(name);
  for (const char *attribute : attributes) TF_OpDefinitionBuilderAddAttr(op, attribute);
  for (const char *input : inputs) TF_OpDefinitionBuilderAddInput(op, input);
  for (const char *output : outputs) TF_OpDefinitionBuilderAddOutput(op, output);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(op, infer_shapes);
  TF_OpDefinitionBuilderSetIsStateful(op, has_effect);
  Status status;
  TF_RegisterOpDefinition(op, status);
  status.Check();
}

// What functions that infer shapes are written with; after an error nothing more is done.
class Shapes {
 public:
  Shapes(TF_ShapeInferenceContext *context, TF_Status *status) : context_(context), status_(status) {}

  // An output has the shape of an input.
  void Same(int output, int input) {
    Handle shape;
    if (Ok()) TF_ShapeInferenceContextGetInput(context_, input, shape, status_);
    if (Ok()) TF_ShapeInferenceContextSetOutput(context_, output, shape, status_);
  }

  // An output has the shape of an input without its last axis.
  void Rows(int output, int input) {
    Handle shape, rows;
    if (Ok()) TF_ShapeInferenceContextGetInput(context_, input, shape, status_);
    if (Ok()) TF_ShapeInferenceContextSubshape(context_, shape, 0, -1, rows, status_);
    if (Ok()) TF_ShapeInferenceContextSetOutput(context_, output, rows, status_);
  }

  // The output has the shape of a product of the first two inputs, matrices or as many of them.
  void MatMul(bool turns_first, bool turns_second) { Joined(turns_first ? -1 : -2, 1, turns_second ? -2 : -1); }

  // The output has the first input's shape but for the last two axes: one of the first input's and one of another's.
  void Joined(int64_t axis, int other, int64_t other_axis) {
    Handle a, b, count, height, width, rows, product;
    if (Ok()) TF_ShapeInferenceContextGetInput(context_, 0, a, status_);
    if (Ok()) TF_ShapeInferenceContextGetInput(context_, other, b, status_);
    if (Ok()) TF_ShapeInferenceContextSubshape(context_, a, 0, -2, count, status_);
    if (Ok()) Axis(a, axis, height);
    if (Ok()) Axis(b, other_axis, width);
    if (Ok()) TF_ShapeInferenceContextConcatenateShapes(context_, count, height, rows, status_);
    if (Ok()) TF_ShapeInferenceContextConcatenateShapes(context_, rows, width, product, status_);
    if (Ok()) TF_ShapeInferenceContextSetOutput(context_, 0, product, status_);
  }

  void Scalar(int output) {
    TF_ShapeHandle *scalar = TF_ShapeInferenceContextScalar(context_);
    if (Ok()) TF_ShapeInferenceContextSetOutput(context_, output, scalar, status_);
    TF_DeleteShapeHandle(scalar);
  }

 private:
  struct Handle {
    TF_ShapeHandle *const shape = TF_NewShapeHandle();
    ~Handle() { TF_DeleteShapeHandle(shape); }
    operator TF_ShapeHandle *() const { return shape; }
  };

  // One axis from the end.
  void Axis(TF_ShapeHandle *shape, int64_t axis, TF_ShapeHandle *result) {
    constexpr int64_t kEnd = std::numeric_limits<int64_t>::max();
    TF_ShapeInferenceContextSubshape(context_, shape, axis, axis == -1 ? kEnd : axis + 1, result, status_);
  }

  bool Ok() const { return TF_GetCode(status_) == TF_OK; }

  TF_ShapeInferenceContext *const context_;
  TF_Status *const status_;
};

// For ops whose outputs have the shape of the first input.
static void InferSameShape(TF_ShapeInferenceContext *context, TF_Status *status) {
  Shapes(context, status).Same(0, 0);
}

}  // namespace chui

#endif  // CHUI_KERNEL_H_
