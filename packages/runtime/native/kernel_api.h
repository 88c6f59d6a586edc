// The part of TensorFlow's interface for kernels that the addon uses. `tensorflow/c/kernels.h`, which has all of it, needs
// headers of TensorFlow's inside.

#ifndef CHUI_KERNEL_API_H_
#define CHUI_KERNEL_API_H_

#include <cstddef>
#include <cstdint>

#include "tensorflow/c/tf_datatype.h"
#include "tensorflow/c/tf_status.h"
#include "tensorflow/c/tf_tensor.h"

extern "C" {
typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;

TF_KernelBuilder *TF_NewKernelBuilder(const char *op, const char *device, void *(*create)(TF_OpKernelConstruction *),
                                      void (*compute)(void *, TF_OpKernelContext *), void (*destroy)(void *));
void TF_KernelBuilder_TypeConstraint(TF_KernelBuilder *builder, const char *attribute, TF_DataType type,
                                     TF_Status *status);
void TF_RegisterKernelBuilder(const char *kernel, TF_KernelBuilder *builder, TF_Status *status);
void TF_OpKernelConstruction_GetAttrInt64(TF_OpKernelConstruction *construction, const char *name, int64_t *value,
                                          TF_Status *status);
void TF_OpKernelConstruction_GetAttrFloat(TF_OpKernelConstruction *construction, const char *name, float *value,
                                          TF_Status *status);
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction *construction, const char *name, unsigned char *value,
                                         TF_Status *status);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *construction, TF_Status *status);
void TF_GetInput(TF_OpKernelContext *context, int index, TF_Tensor **tensor, TF_Status *status);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *context, int index, TF_DataType type, const int64_t *shape, int rank,
                             size_t bytes, TF_Status *status);
void TF_OpKernelContext_Failure(TF_OpKernelContext *context, TF_Status *status);
}

#endif  // CHUI_KERNEL_API_H_
