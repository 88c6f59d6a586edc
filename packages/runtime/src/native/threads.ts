import { availableParallelism } from 'node:os';
import type { NativeBinding } from './binding.js';

/** The number of threads that the native backend works with. */
export const nativeThreads = ({ chui }: NativeBinding): number => chui?.threads || availableParallelism();
