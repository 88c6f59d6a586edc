/**
 * What parts of a model are called in checkpoints: a part, a layer or a layer within it, by the name of the module there. `{i}`
 * and `{j}` are numbers. The weights of a part follow: its kernel is the transposed `weight` of a linear layer there, or as it
 * is, where a module is said to be of GPT-2's Conv1D; gamma and embeddings are `weight`, beta and bias are `bias`.
 */
export type WeightMap = Readonly<Record<string, string | { readonly conv1d: string }>>;

/** How a parameter is called in checkpoints. */
export interface SavedName {
  readonly name: string;
  readonly transposed: boolean;
}

const leaves: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  embeddings: 'weight',
  bias: 'bias',
  beta: 'bias',
};

const ownName = /^(.*)[/_](kernel|bias|gamma|beta|embeddings)$/;

/** The name of a module in checkpoints. */
export const moduleOf = (module: WeightMap[string]): string =>
  typeof module === 'string' ? module : module.conv1d;

/** The name in checkpoints of a weight's own name. */
export function savedNames(map: WeightMap): (ownName: string) => SavedName {
  const patterns = Object.entries(map).map(([part, module]) => {
    const letters = [...part.matchAll(/\{(\w)\}/g)].map(([, letter]) => letter!);
    return { pattern: new RegExp(`^${part.replace(/\{\w\}/g, '(\\d+)')}$`), letters, module };
  });
  return (name) => {
    const [, part = '', leaf = ''] = ownName.exec(name) ?? [];
    for (const { pattern, letters, module } of patterns) {
      const found = pattern.exec(part);
      if (!found) continue;
      const numbers = new Map(letters.map((letter, index) => [letter, found[index + 1]!]));
      const path = moduleOf(module).replace(/\{(\w)\}/g, (_, letter: string) => numbers.get(letter)!);
      return { name: `${path}.${leaves[leaf]}`, transposed: leaf === 'kernel' && typeof module === 'string' };
    }
    throw new Error(`the weight map must have the part of ${name}, but does not`);
  };
}

/** The part that a name in checkpoints is of; undefined if it is of none. */
export function savedParts(map: WeightMap): (saved: string) => string | undefined {
  const patterns = Object.entries(map).map(([part, saved]): [RegExp, string[], string] => {
    const module = moduleOf(saved);
    const letters = [...module.matchAll(/\{(\w)\}/g)].map(([, letter]) => letter!);
    const escaped = module.replaceAll('.', '\\.').replace(/\{\w\}/g, '(\\d+)');
    return [new RegExp(`^${escaped}$`), letters, part];
  });
  return (saved) => {
    const module = /^(.*)\.(?:weight|bias)$/.exec(saved)?.[1];
    if (module === undefined) return undefined;
    for (const [pattern, letters, part] of patterns) {
      const found = pattern.exec(module);
      if (!found) continue;
      const numbers = new Map(letters.map((letter, index) => [letter, found[index + 1]!]));
      return part.replace(/\{(\w)\}/g, (_, letter: string) => numbers.get(letter)!);
    }
    return undefined;
  };
}
