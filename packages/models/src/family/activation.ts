import type { Activation } from '@chui/layers';
import { z } from 'zod';

/** Activations by the names that Hugging Face's configurations have for them. */
const activations = {
  gelu: 'gelu',
  gelu_python: 'gelu',
  gelu_new: 'geluTanh',
  gelu_fast: 'geluTanh',
  gelu_pytorch_tanh: 'geluTanh',
  gelu_python_tanh: 'geluTanh',
  gelu_accurate: 'geluTanh',
  gelu_10: 'gelu10',
  quick_gelu: 'quickGelu',
  relu: 'relu',
  relu2: 'relu2',
  relu6: 'relu6',
  leaky_relu: 'leakyRelu',
  silu: 'silu',
  swish: 'silu',
  mish: 'mish',
  sigmoid: 'sigmoid',
  tanh: 'tanh',
  linear: 'linear',
} as const satisfies Record<string, Activation>;

type ActivationName = keyof typeof activations;

/** An activation as a config.json names it. */
export const activationName = z.enum(Object.keys(activations) as [ActivationName, ...ActivationName[]], {
  error: `must be one of ${Object.keys(activations).join(', ')}`,
});

export const activationOf = (name: ActivationName): Activation => activations[name];
