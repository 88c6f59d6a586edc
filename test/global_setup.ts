import { setUp } from '../packages/runtime/src/setup/index.js';

/**
 * Makes the native backend ready once, so that `useBackend('native')` works in every test file. Where it cannot be, the
 * tests run on the other backends.
 */
export default async function globalSetup(): Promise<void> {
  let stage = '';
  try {
    await setUp({
      report: (event) => {
        if (event.stage !== stage || event.stage === 'note') console.log(`native backend: ${event.message}`);
        stage = event.stage;
      },
    });
  } catch (error) {
    console.warn(error instanceof Error ? error.message : error);
  }
}
