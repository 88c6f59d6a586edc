// What processors without AVX-512 compute, on those that have it.
import { expect, inject, it } from 'vitest';
import { nativeBinding } from '../../native/binding.js';

process.env.ONEDNN_MAX_CPU_ISA = 'AVX2';
await import('./mat_mul.test.js');
await import('../../ops/attend_in_one_pass.test.js');

it.skipIf(!inject('hasNativeBackend'))('AVX-512 can be ruled out', () => {
  expect(nativeBinding()!.chui!.multipliesByAvx512).toBe(false);
});
