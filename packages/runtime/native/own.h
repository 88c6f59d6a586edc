// Tensors of the backend that an op may write to.

#ifndef CHUI_OWN_H_
#define CHUI_OWN_H_

#include <cstring>
#include <unordered_map>
#include <utility>
#include <vector>

#include "kernel.h"
#include "support.h"
#include "tensorflow/c/eager/c_api.h"

namespace chui {

// Upstream's table of tensors by id is private; an explicit instantiation may name it.
using Handles = std::unordered_map<int32_t, TFE_TensorHandle *>;
static Handles &HandlesOf(tfnodejs::TFJSBackend &backend);
template <Handles tfnodejs::TFJSBackend::*handles>
struct HandlesAccess {
  friend Handles &HandlesOf(tfnodejs::TFJSBackend &backend) { return backend.*handles; }
};
template struct HandlesAccess<&tfnodejs::TFJSBackend::tfe_handle_map_>;

static Tensor CopyOf(const Tensor &tensor) {
  const std::vector<int64_t> shape = ShapeOf(tensor);
  const size_t bytes = TF_TensorByteSize(tensor.get());
  Tensor copy(TF_AllocateTensor(TF_TensorType(tensor.get()), shape.data(), static_cast<int>(shape.size()), bytes));
  std::memcpy(TF_TensorData(copy.get()), TF_TensorData(tensor.get()), bytes);
  return copy;
}

// own(ids): sees to it that these tensors, of numbers and on the CPU, each have a buffer that nothing else has. TensorFlow
// lets the results of reshapes, slices and others share that of their input; a buffer that is shared is copied.
static napi_value Own(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Handles &handles = HandlesOf(*tfnodejs::GetTFJSBackend(env));
  for (const int32_t id : Numbers<int32_t>(env, arguments[0])) {
    const auto found = handles.find(id);
    if (found == handles.end()) throw std::runtime_error("there is no tensor " + std::to_string(id));
    Status status;
    Tensor tensor(TFE_TensorHandleResolve(found->second, status));
    status.Check();
    // Now the handle has the buffer, and `tensor`; then only `tensor`, if nothing else has it.
    TFE_DeleteTensorHandle(std::exchange(found->second, nullptr));
    if (!TF_TensorMaybeMove(tensor.get())) tensor = CopyOf(tensor);
    found->second = TFE_NewTensorHandle(tensor.get(), status);
    status.Check();
  }
  return nullptr;
}

}  // namespace chui

#endif  // CHUI_OWN_H_
