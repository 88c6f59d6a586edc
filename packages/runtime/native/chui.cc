// The native binding of chui: @tensorflow/tfjs-node's own binding, unchanged, and what chui adds to it.
//
// The two upstream sources are compiled as part of this file. Macros rename three things in them: the call that makes
// the TensorFlow context, so that its options are ours to set and the context is ours to use; the call that makes a
// tensor of a typed array; and the module's entry, so that ours is the only one. The additions live in the object
// `chui` of the exports.

#include <dlfcn.h>
#include <node_api.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>

#include "adam_w.h"
#include "attention.h"
#include "cached_attention.h"
#include "cpu.h"
#include "dropout.h"
#include "gelu.h"
#include "graph.h"
#include "layer_norm.h"
#include "loading_log.h"
#include "mat_mul.h"
#include "softmax.h"
#include "support.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace chui {
static TFE_Context *NewContext(const TFE_ContextOptions *options, TF_Status *status);

// Upstream lets a tensor share the memory of the typed array that it is made of, and drops its reference to the array
// when TensorFlow frees the tensor, which may be on a thread of TensorFlow's own, where N-API must not be called. So the
// values are copied and the reference is dropped here and now. The copy is aligned as TensorFlow's kernels like it, and
// later writes to the array do not reach the tensor.
static TF_Tensor *NewTensor(TF_DataType type, const int64_t *dims, int rank, void *data, size_t size,
                            void (*drop)(void *, size_t, void *), void *reference) {
  TF_Tensor *tensor = TF_AllocateTensor(type, dims, rank, size);
  if (size > 0) std::memcpy(TF_TensorData(tensor), data, size);
  drop(data, size, reference);
  return tensor;
}
}  // namespace chui

#define TFE_NewContext chui::NewContext
#define TF_NewTensor chui::NewTensor
#include "binding/tfjs_backend.cc"
#undef TF_NewTensor
#undef TFE_NewContext

#undef NAPI_MODULE
#define NAPI_MODULE(name, init)
#include "binding/tfjs_binding.cc"
#undef NAPI_MODULE

#include "own.h"

namespace chui {

// The context of the backend. Each JavaScript environment, a thread of its own, has one, which lives as long as it does.
static thread_local TFE_Context *context = nullptr;

static TFE_Context *Context() {
  if (!context) throw std::runtime_error("TensorFlow has no context");
  return context;
}

// The number of threads that an op of the context shares its work among; 0 leaves the choice to TensorFlow: one a core.
static thread_local int threads = 0;

// ---- The context ----

// A field of a serialized protocol buffer that holds a small non-negative integer.
static void AppendVarintField(std::string *buffer, int field, uint32_t value) {
  buffer->push_back(static_cast<char>(field << 3));
  for (; value >= 0x80; value >>= 7) buffer->push_back(static_cast<char>(value | 0x80));
  buffer->push_back(static_cast<char>(value));
}

// tensorflow.ConfigProto: intra_op_parallelism_threads is field 2, inter_op_parallelism_threads is field 5. Ops are run one
// after the other: two at once would share the cores that each is divided among, and wait for each other.
static std::string SessionConfig(int threads) {
  std::string config;
  if (threads > 0) AppendVarintField(&config, 2, threads);
  AppendVarintField(&config, 5, 1);
  return config;
}

static TFE_Context *NewContext(const TFE_ContextOptions *options, TF_Status *status) {
  const std::string config = SessionConfig(threads);
  TFE_ContextOptionsSetConfig(const_cast<TFE_ContextOptions *>(options), config.data(), config.size(), status);
  if (TF_GetCode(status) == TF_OK) context = TFE_NewContext(options, status);
  // Upstream would go on with a null context.
  if (TF_GetCode(status) != TF_OK) throw std::runtime_error(TF_Message(status));
  return context;
}

// oneDNN's matrix kernels keep data below the stack pointer, where the frame of a signal's handler goes: a signal in the
// middle of one corrupts the heap. V8's profiler (`node --cpu-prof`) sends hundreds a second to this thread, and its
// handler takes another stack if there is one.
static void UseSignalStack() {
  static thread_local char memory[1 << 16];
  stack_t current = {};
  if (sigaltstack(nullptr, &current) != 0 || !(current.ss_flags & SS_DISABLE)) return;
  stack_t stack = {};
  stack.ss_sp = memory;
  stack.ss_size = sizeof memory;
  sigaltstack(&stack, nullptr);
}

// The number of threads asked for in the variable CHUI_THREADS, as JavaScript sees it: in a worker thread
// `process.env` is a copy that getenv does not know.
static int ThreadsAskedFor(napi_env env) {
  napi_value value;
  Check(env, napi_get_global(env, &value));
  for (const char *name : {"process", "env", "CHUI_THREADS"}) {
    Check(env, napi_get_named_property(env, value, name, &value));
  }
  napi_valuetype type;
  Check(env, napi_typeof(env, value, &type));
  return type == napi_string ? std::atoi(ToString(env, value).c_str()) : 0;
}

// Makes the addon's ops known to TensorFlow, once in a process.
static void RegisterOps() {
  static const bool registered = [] {
    RegisterAdamW();
    RegisterAttention();
    RegisterCachedAttention();
    RegisterDropout();
    RegisterGelu();
    RegisterLayerNorm();
    RegisterMatMul();
    RegisterSoftmax();
    return true;
  }();
  static_cast<void>(registered);
}

// ---- What JavaScript calls ----

// devices(): { name, type, memoryBytes }[]
static napi_value Devices(napi_env env, napi_callback_info) {
  Status status;
  struct List {
    TF_DeviceList *list;
    ~List() { TF_DeleteDeviceList(list); }
  } devices{TFE_ContextListDevices(Context(), status)};
  status.Check();
  napi_value result;
  Check(env, napi_create_array(env, &result));
  for (int i = 0; i < TF_DeviceListCount(devices.list); ++i) {
    napi_value device;
    Check(env, napi_create_object(env, &device));
    const char *name = TF_DeviceListName(devices.list, i, status);
    status.Check();
    Check(env, napi_set_named_property(env, device, "name", String(env, name)));
    const char *type = TF_DeviceListType(devices.list, i, status);
    status.Check();
    Check(env, napi_set_named_property(env, device, "type", String(env, type)));
    const int64_t bytes = TF_DeviceListMemoryBytes(devices.list, i, status);
    status.Check();
    Check(env, napi_set_named_property(env, device, "memoryBytes", Number(env, static_cast<double>(bytes))));
    Check(env, napi_set_element(env, result, i, device));
  }
  return result;
}

// registeredKernels(op: string): Uint8Array, a serialized tensorflow.KernelList
static napi_value RegisteredKernels(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Status status;
  struct Buffer {
    TF_Buffer *buffer;
    ~Buffer() { TF_DeleteBuffer(buffer); }
  } list{TF_GetRegisteredKernelsForOp(ToString(env, arguments[0]).c_str(), status)};
  status.Check();
  napi_value result;
  Check(env, napi_create_buffer_copy(env, list.buffer->length, list.buffer->data, nullptr, &result));
  return result;
}

// loadLibrary(path): loads a shared library with all that it needs, or throws what the loader says.
static napi_value LoadLibrary(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  if (!dlopen(ToString(env, arguments[0]).c_str(), RTLD_NOW | RTLD_LOCAL)) throw std::runtime_error(dlerror());
  return nullptr;
}

// openCudaLibraries(): has TensorFlow look for CUDA's libraries as it does when it finds a GPU. The answer, an
// absl::Status, is left alone: which libraries are loaded afterwards says as much.
static napi_value OpenCudaLibraries(napi_env, napi_callback_info) {
  struct Answer {
    char bytes[64];
    ~Answer() {}  // makes it, like absl::Status, a value that is returned through memory
  };
  void *open = dlsym(RTLD_DEFAULT, "_ZN3tsl8internal9DsoLoader22TryDlopenCUDALibrariesEv");
  if (!open) throw std::runtime_error("this TensorFlow has no loader of CUDA libraries");
  reinterpret_cast<Answer (*)()>(open)();
  return nullptr;
}

static void ExportFact(napi_env env, napi_value additions, const char *name, bool fact) {
  napi_value value;
  Check(env, napi_get_boolean(env, fact, &value));
  Check(env, napi_set_named_property(env, additions, name, value));
}

// Has TensorFlow keep memory for the next tensors, by the allocator that it has for GPUs, unless the user wants otherwise. The
// system's takes and gives back large pieces all the time, whose pages it has to clear.
static void KeepMemory() {
  const long long bytes = static_cast<long long>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGE_SIZE);
  setenv("TF_CPU_ALLOCATOR_USE_BFC", "true", 0);
  setenv("TF_CPU_BFC_MEM_LIMIT_IN_MB", std::to_string(bytes >> 20).c_str(), 0);
}

static napi_value Init(napi_env env, napi_value exports) {
  loading_log.End();
  try {
    UseSignalStack();
    KeepMemory();
    RegisterOps();
    threads_asked_for = threads = ThreadsAskedFor(env);
    tfnodejs::InitTFNodeJSBinding(env, exports);
    bool pending = false;
    Check(env, napi_is_exception_pending(env, &pending));
    if (pending) return exports;
    napi_value additions;
    Check(env, napi_create_object(env, &additions));
    Export<Devices>(env, additions, "devices");
    Export<RegisteredKernels>(env, additions, "registeredKernels");
    Export<LoadLibrary>(env, additions, "loadLibrary");
    Export<OpenCudaLibraries>(env, additions, "openCudaLibraries");
    Export<NewGraph>(env, additions, "newGraph");
    Export<DeleteGraph>(env, additions, "deleteGraph");
    Export<OpDef>(env, additions, "opDef");
    Export<AddOperation>(env, additions, "addOperation");
    Export<AddConstant>(env, additions, "addConstant");
    Export<Own>(env, additions, "own");
    Export<AddFunction>(env, additions, "addFunction");
    Export<RemoveFunction>(env, additions, "removeFunction");
    Check(env, napi_set_named_property(env, additions, "threads", Number(env, threads)));
    ExportFact(env, additions, "multipliesBfloat16", MultipliesBfloat16());
    ExportFact(env, additions, "multipliesMatrices", MultipliesMatrices());
    ExportFact(env, additions, "multipliesByAvx512", MultipliesMatrices() && HasAvx512());
    Check(env, napi_set_named_property(env, exports, "chui", additions));
  } catch (const std::exception &error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return exports;
}

}  // namespace chui

NAPI_MODULE_INIT() { return chui::Init(env, exports); }
