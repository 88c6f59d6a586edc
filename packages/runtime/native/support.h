// What the parts of the addon share: errors, and values to and from JavaScript.

#ifndef CHUI_SUPPORT_H_
#define CHUI_SUPPORT_H_

#include <node_api.h>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "tensorflow/c/tf_status.h"

namespace chui {

// ---- From TensorFlow's and N-API's status codes to C++ exceptions, and from those to JavaScript's ----

static void Check(napi_env env, napi_status status) {
  if (status == napi_ok) return;
  const napi_extended_error_info *info = nullptr;
  napi_get_last_error_info(env, &info);
  throw std::runtime_error(info && info->error_message ? info->error_message : "N-API call failed");
}

// A status of TensorFlow's that is freed with its scope.
struct Status {
  TF_Status *const status = TF_NewStatus();
  ~Status() { TF_DeleteStatus(status); }
  operator TF_Status *() const { return status; }
  void Check() const {
    if (TF_GetCode(status) != TF_OK) throw std::runtime_error(TF_Message(status));
  }
};

// The arguments of a call; those that were not given are undefined.
template <size_t count>
struct Arguments {
  napi_value values[count];
  Arguments(napi_env env, napi_callback_info info) {
    size_t given = count;
    Check(env, napi_get_cb_info(env, info, &given, values, nullptr, nullptr));
  }
  napi_value operator[](size_t index) const { return values[index]; }
};

// A function of the addon: throws a JavaScript Error when `body` throws a C++ exception.
template <napi_value (*body)(napi_env, napi_callback_info)>
static napi_value Guarded(napi_env env, napi_callback_info info) {
  try {
    return body(env, info);
  } catch (const std::exception &error) {
    bool pending = false;
    napi_is_exception_pending(env, &pending);
    if (!pending) napi_throw_error(env, nullptr, error.what());
    return nullptr;
  }
}

static napi_value String(napi_env env, const std::string &text) {
  napi_value value;
  Check(env, napi_create_string_utf8(env, text.data(), text.size(), &value));
  return value;
}

static napi_value Number(napi_env env, double number) {
  napi_value value;
  Check(env, napi_create_double(env, number, &value));
  return value;
}

static std::string ToString(napi_env env, napi_value value) {
  size_t length = 0;
  Check(env, napi_get_value_string_utf8(env, value, nullptr, 0, &length));
  std::string text(length, '\0');
  Check(env, napi_get_value_string_utf8(env, value, &text[0], length + 1, &length));
  return text;
}

static int32_t ToInt32(napi_env env, napi_value value) {
  int32_t number;
  Check(env, napi_get_value_int32(env, value, &number));
  return number;
}

static napi_value Property(napi_env env, napi_value object, const char *name) {
  napi_value value;
  Check(env, napi_get_named_property(env, object, name, &value));
  return value;
}

static bool IsArray(napi_env env, napi_value value) {
  bool is;
  Check(env, napi_is_array(env, value, &is));
  return is;
}

static std::vector<napi_value> Elements(napi_env env, napi_value array) {
  uint32_t length;
  Check(env, napi_get_array_length(env, array, &length));
  std::vector<napi_value> elements(length);
  for (uint32_t i = 0; i < length; ++i) Check(env, napi_get_element(env, array, i, &elements[i]));
  return elements;
}

// A JavaScript array of numbers.
template <typename T>
static std::vector<T> Numbers(napi_env env, napi_value array) {
  std::vector<T> numbers;
  for (napi_value element : Elements(env, array)) {
    double number;
    Check(env, napi_get_value_double(env, element, &number));
    numbers.push_back(static_cast<T>(number));
  }
  return numbers;
}

template <typename T>
static napi_value Array(napi_env env, const std::vector<T> &numbers) {
  napi_value array;
  Check(env, napi_create_array_with_length(env, numbers.size(), &array));
  for (size_t i = 0; i < numbers.size(); ++i) {
    Check(env, napi_set_element(env, array, i, Number(env, static_cast<double>(numbers[i]))));
  }
  return array;
}

template <napi_value (*body)(napi_env, napi_callback_info)>
static void Export(napi_env env, napi_value object, const char *name) {
  napi_value function;
  Check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, Guarded<body>, nullptr, &function));
  Check(env, napi_set_named_property(env, object, name, function));
}

}  // namespace chui

#endif  // CHUI_SUPPORT_H_
