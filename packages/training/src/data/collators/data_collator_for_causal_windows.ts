import type { DataCollator } from '../batch.js';
import type { CausalWindow } from '../language_modeling/causal_windows.js';
import { countLabels } from './labels.js';
import { stackField } from './stack_field.js';

/**
 * Collates windows of one length, as `causalWindows` and `randomWindows` make them: `inputIds`, `shiftLabels` and, where they have
 * them, `documentIds`, (B, T) each. Items and tokens are the labels that are not −100.
 *
 * @throws RangeError naming example, field and value if windows differ in length, or one lacks a field that others have.
 */
export function dataCollatorForCausalWindows(): DataCollator<CausalWindow> {
  return {
    lengths: () => [],
    collate(windows) {
      const fields = windows as readonly object[] as readonly Readonly<Record<string, unknown>>[];
      const names = Object.keys(fields[0]!);
      const inputs = Object.fromEntries(names.map((name) => [name, stackField(fields, name, false)]));
      const items = countLabels(inputs.shiftLabels!.values);
      return { inputs, items, tokens: items };
    },
  };
}
