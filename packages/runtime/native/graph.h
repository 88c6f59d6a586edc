// Graphs that JavaScript builds op by op, and the functions made of them, which the backend's executeOp runs by name.
//
// A tensor of a graph is named by a number, its place among the outputs of all the graph's operations.

#ifndef CHUI_GRAPH_H_
#define CHUI_GRAPH_H_

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "support.h"
#include "tensorflow/c/c_api.h"
#include "tensorflow/c/eager/c_api.h"

namespace chui {

// The context of the backend; throws if there is none.
static TFE_Context *Context();

struct Graph {
  TF_Graph *graph = TF_NewGraph();
  std::vector<TF_Output> tensors;
  ~Graph() { Free(); }

  void Free() {
    if (graph) TF_DeleteGraph(graph);
    graph = nullptr;
  }

  TF_Output Tensor(napi_env env, napi_value number) const {
    const int32_t place = ToInt32(env, number);
    if (place < 0 || place >= static_cast<int32_t>(tensors.size())) {
      throw std::runtime_error("a graph has no tensor " + std::to_string(place));
    }
    return tensors[place];
  }

  std::vector<TF_Output> Tensors(napi_env env, napi_value numbers) const {
    std::vector<TF_Output> list;
    for (napi_value number : Elements(env, numbers)) list.push_back(Tensor(env, number));
    return list;
  }
};

static Graph &ToGraph(napi_env env, napi_value value) {
  void *graph;
  Check(env, napi_get_value_external(env, value, &graph));
  Graph &result = *static_cast<Graph *>(graph);
  if (!result.graph) throw std::runtime_error("the graph was deleted");
  return result;
}

// An operation that is being described. TensorFlow frees the description only when it is finished.
class Description {
 public:
  Description(Graph &graph, const std::string &op)
      : graph_(graph),
        description_(
            TF_NewOperation(graph.graph, op.c_str(), ("n" + std::to_string(graph.tensors.size())).c_str())) {}
  ~Description() {
    if (description_) TF_FinishOperation(description_, Status());
  }
  operator TF_OperationDescription *() const { return description_; }

  // Adds the operation: the list of its outputs, { id, dtype, shape }, -1 standing for a size that is not known, and
  // null for a shape of unknown rank.
  napi_value Finish(napi_env env) {
    Status status;
    TF_Operation *operation = TF_FinishOperation(std::exchange(description_, nullptr), status);
    status.Check();
    napi_value outputs;
    Check(env, napi_create_array(env, &outputs));
    for (int i = 0; i < TF_OperationNumOutputs(operation); ++i) {
      const TF_Output tensor{operation, i};
      napi_value output;
      Check(env, napi_create_object(env, &output));
      Check(env, napi_set_named_property(env, output, "id", Number(env, graph_.tensors.size())));
      Check(env, napi_set_named_property(env, output, "dtype", Number(env, TF_OperationOutputType(tensor))));
      Check(env, napi_set_named_property(env, output, "shape", Shape(env, tensor)));
      Check(env, napi_set_element(env, outputs, i, output));
      graph_.tensors.push_back(tensor);
    }
    // An operation without outputs takes a number too, so that names stay unique.
    if (TF_OperationNumOutputs(operation) == 0) graph_.tensors.push_back({operation, 0});
    return outputs;
  }

 private:
  napi_value Shape(napi_env env, TF_Output tensor) {
    Status status;
    const int rank = TF_GraphGetTensorNumDims(graph_.graph, tensor, status);
    status.Check();
    napi_value shape;
    if (rank < 0) {
      Check(env, napi_get_null(env, &shape));
      return shape;
    }
    std::vector<int64_t> sizes(rank);
    TF_GraphGetTensorShape(graph_.graph, tensor, sizes.data(), rank, status);
    status.Check();
    return Array(env, sizes);
  }

  Graph &graph_;
  TF_OperationDescription *description_;
};

// An attribute as executeOp takes it: { name, type, value }.
static void SetAttribute(napi_env env, TF_OperationDescription *description, napi_value attribute) {
  const std::string name = ToString(env, Property(env, attribute, "name"));
  const napi_value value = Property(env, attribute, "value");
  const bool is_list = IsArray(env, value);
  double number = 0;
  bool flag = false;
  switch (ToInt32(env, Property(env, attribute, "type"))) {
    case TF_ATTR_STRING: {
      const std::string text = ToString(env, value);
      return TF_SetAttrString(description, name.c_str(), text.data(), text.size());
    }
    case TF_ATTR_INT: {
      if (is_list) {
        const auto list = Numbers<int64_t>(env, value);
        return TF_SetAttrIntList(description, name.c_str(), list.data(), list.size());
      }
      Check(env, napi_get_value_double(env, value, &number));
      return TF_SetAttrInt(description, name.c_str(), static_cast<int64_t>(number));
    }
    case TF_ATTR_FLOAT: {
      if (is_list) {
        const auto list = Numbers<float>(env, value);
        return TF_SetAttrFloatList(description, name.c_str(), list.data(), list.size());
      }
      Check(env, napi_get_value_double(env, value, &number));
      return TF_SetAttrFloat(description, name.c_str(), static_cast<float>(number));
    }
    case TF_ATTR_BOOL:
      Check(env, napi_get_value_bool(env, value, &flag));
      return TF_SetAttrBool(description, name.c_str(), flag);
    case TF_ATTR_TYPE:
      return TF_SetAttrType(description, name.c_str(), static_cast<TF_DataType>(ToInt32(env, value)));
    case TF_ATTR_SHAPE: {
      const auto sizes = Numbers<int64_t>(env, value);
      return TF_SetAttrShape(description, name.c_str(), sizes.data(), sizes.size());
    }
    default:
      throw std::runtime_error("the attribute " + name + " is of a kind that cannot be recorded");
  }
}

// ---- What JavaScript calls ----

// newGraph(): a graph, freed by deleteGraph or when JavaScript drops it, which may be late
static napi_value NewGraph(napi_env env, napi_callback_info) {
  napi_value value;
  Graph *graph = new Graph;
  Check(env, napi_create_external(
                 env, graph, [](napi_env, void *data, void *) { delete static_cast<Graph *>(data); }, nullptr,
                 &value));
  return value;
}

// deleteGraph(graph)
static napi_value DeleteGraph(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  ToGraph(env, arguments[0]).Free();
  return nullptr;
}

// opDef(graph, op): Uint8Array, a serialized tensorflow.OpDef
static napi_value OpDef(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  struct Buffer {
    TF_Buffer *buffer = TF_NewBuffer();
    ~Buffer() { TF_DeleteBuffer(buffer); }
  } definition;
  Status status;
  TF_GraphGetOpDef(ToGraph(env, arguments[0]).graph, ToString(env, arguments[1]).c_str(), definition.buffer, status);
  status.Check();
  napi_value result;
  Check(env, napi_create_buffer_copy(env, definition.buffer->length, definition.buffer->data, nullptr, &result));
  return result;
}

// addOperation(graph, op, attributes, inputs): its outputs; an input that is a list of tensors comes as an array
static napi_value AddOperation(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Graph &graph = ToGraph(env, arguments[0]);
  Description description(graph, ToString(env, arguments[1]));
  for (napi_value attribute : Elements(env, arguments[2])) SetAttribute(env, description, attribute);
  for (napi_value input : Elements(env, arguments[3])) {
    if (IsArray(env, input)) {
      const auto list = graph.Tensors(env, input);
      TF_AddInputList(description, list.data(), list.size());
    } else {
      TF_AddInput(description, graph.Tensor(env, input));
    }
  }
  return description.Finish(env);
}

// addConstant(graph, dtype, shape, values): its output; values is a typed array of the tensor's bytes
static napi_value AddConstant(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  const auto type = static_cast<TF_DataType>(ToInt32(env, arguments[1]));
  const auto shape = Numbers<int64_t>(env, arguments[2]);
  napi_typedarray_type kind;
  size_t length = 0;
  void *values = nullptr;
  Check(env, napi_get_typedarray_info(env, arguments[3], &kind, &length, &values, nullptr, nullptr));
  size_t bytes = length;
  if (kind == napi_int32_array || kind == napi_float32_array) bytes *= 4;
  size_t expected = TF_DataTypeSize(type);
  for (int64_t size : shape) expected *= size;
  if (bytes != expected) {
    throw std::runtime_error("a constant must have " + std::to_string(expected) + " bytes, but has " +
                             std::to_string(bytes));
  }
  struct Owned {
    TF_Tensor *tensor;
    ~Owned() { TF_DeleteTensor(tensor); }
  } constant{TF_AllocateTensor(type, shape.data(), shape.size(), bytes)};
  if (bytes > 0) std::memcpy(TF_TensorData(constant.tensor), values, bytes);
  Status status;
  Description description(ToGraph(env, arguments[0]), "Const");
  TF_SetAttrType(description, "dtype", type);
  TF_SetAttrTensor(description, "value", constant.tensor, status);
  status.Check();
  return description.Finish(env);
}

// addFunction(graph, name, body, inputs, outputs): makes a function of the operations that `body` has outputs of
static napi_value AddFunction(napi_env env, napi_callback_info info) {
  const Arguments<5> arguments(env, info);
  const Graph &graph = ToGraph(env, arguments[0]);
  const std::string name = ToString(env, arguments[1]);
  std::vector<const TF_Operation *> body;
  for (const TF_Output &tensor : graph.Tensors(env, arguments[2])) body.push_back(tensor.oper);
  std::sort(body.begin(), body.end());
  body.erase(std::unique(body.begin(), body.end()), body.end());
  const auto inputs = graph.Tensors(env, arguments[3]);
  const auto outputs = graph.Tensors(env, arguments[4]);
  Status status;
  struct Owned {
    TF_Function *function;
    ~Owned() { TF_DeleteFunction(function); }
  } function{TF_GraphToFunction(graph.graph, name.c_str(), 0, body.size(), body.data(), inputs.size(), inputs.data(),
                                outputs.size(), outputs.data(), nullptr, nullptr, nullptr, status)};
  status.Check();
  TFE_ContextAddFunction(Context(), function.function, status);
  status.Check();
  return nullptr;
}

// removeFunction(name): forgets the function, and what was compiled of it
static napi_value RemoveFunction(napi_env env, napi_callback_info info) {
  const Arguments<1> arguments(env, info);
  Status status;
  TFE_ContextRemoveFunction(Context(), ToString(env, arguments[0]).c_str(), status);
  status.Check();
  return nullptr;
}

}  // namespace chui

#endif  // CHUI_GRAPH_H_
