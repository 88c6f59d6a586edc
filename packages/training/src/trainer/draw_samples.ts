import { randomState, restoreRandomState } from '@chui/runtime';

/** Makes texts that go with an evaluation. */
export type SampleTexts = () => Promise<readonly string[]>;

/** Texts and how long they took, if there shall be some; the training's random numbers go on as if they had drawn none. */
export async function drawSamples(
  sampleTexts: SampleTexts | undefined,
): Promise<{ samples?: readonly string[]; sampleSeconds: number }> {
  if (!sampleTexts) return { sampleSeconds: 0 };
  const [started, random] = [performance.now(), randomState()];
  const samples = await sampleTexts();
  restoreRandomState(random);
  return { samples, sampleSeconds: (performance.now() - started) / 1000 };
}
