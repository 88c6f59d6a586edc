import type { TestProject } from 'vitest/node';
import { setUp } from '../packages/runtime/src/setup/index.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** Whether the native backend is set up on this machine. */
    hasNativeBackend: boolean;
  }
}

/**
 * Makes the native backend ready once, so that `useBackend('native')` works in every test file. Where it cannot be, the
 * tests run on the other backends; continuous integration has to have it.
 */
export default async function globalSetup({ provide }: TestProject): Promise<void> {
  let stage = '';
  try {
    await setUp({
      report: (event) => {
        if (event.stage !== stage || event.stage === 'note') console.log(`native backend: ${event.message}`);
        stage = event.stage;
      },
    });
    provide('hasNativeBackend', true);
  } catch (error) {
    if (process.env.CI) throw error;
    provide('hasNativeBackend', false);
    console.warn(error instanceof Error ? error.message : error);
  }
}
