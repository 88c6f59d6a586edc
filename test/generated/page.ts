import * as layers from '../../packages/layers/src/index.js';
import type { ShownAttention } from './attentions.js';
import { words } from './example.js';
import { baseName, sourceOf } from './sources.js';

const { AttentionPositions, Normalization } = layers;

/** From the page to the root of the repository. */
const root = '../../../..';

/** What letters of formulas and costs mean. */
const legend: Record<string, string> = {
  B: 'batch',
  T: 'target length: number of queries',
  S: 'source length: number of slots, each a key and its value',
  D: 'width of queries, keys and values',
  H: 'heads; of images the height',
  K: 'width of a head’s queries and keys; of images K² pixels are a footprint',
  V: 'width of a head’s values',
  G: 'heads of keys and values',
  U: 'width of a hidden layer, `units`',
  W: 'slots that are seen on each side, `windowSize`; words of a sentence; of images the width',
  N: 'sentences of a document',
  M: 'random features, or landmarks',
  P: 'slots that are left of S, `projectedLength`',
  L: 'slots of a chunk, `chunkLength`, of Reformer',
  b: 'slots of a block, `blockSize`',
  c: 'queries of a chunk, `chunkLength`',
  l: 'stride',
  r: 'random blocks, or rounds of hashing',
  w: 'slots that are seen on each side, `windowSize`',
};

/** Letters that costs have and the legend lacks. */
export const unexplained = (attentions: readonly ShownAttention[]): string[] => {
  const costs = attentions.flatMap(({ traits: { time, memory } }) => [time, memory]).join(' ');
  return [...new Set(costs.match(/\p{L}+/gu))].filter((word) => word !== 'log' && !(word in legend));
};

const cells = (values: readonly string[]) =>
  `| ${values.map((value) => value.replaceAll('|', '\\|')).join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [cells(head), cells(head.map(() => '---')), ...rows.map(cells)].join('\n');

const yes = (flag: boolean) => (flag ? 'yes' : '');
/** From the page to a file of the package. */
const toFile = (path: string) =>
  path.startsWith('attention/') ? path.slice('attention/'.length) : `../${path}`;
const link = (name: string) => `[\`${name}\`](${toFile(sourceOf(name).path)})`;
const paper = ({
  traits: {
    paper: { authors, year, url },
  },
}: ShownAttention) => `[${authors}, ${year}](${url})`;

const overview = (attentions: readonly ShownAttention[]) =>
  table(
    [
      'attention',
      'formula',
      'paper',
      'masks',
      'causal',
      'cache',
      'order matters',
      'sums to 1',
      'exact',
      'time',
      'memory',
    ],
    attentions.map((attention) => {
      const { name, traits } = attention;
      const { formula, masks, causal, cacheable, permutationInvariant, normalized, exact, time, memory } =
        traits;
      const flags = [causal, cacheable, !permutationInvariant, normalized, exact].map(yes);
      return [link(name), formula, paper(attention), masks, ...flags, time, memory];
    }),
  );

/** Names of the classes of the package that can be made and are of a kind. */
export const namesOf = (isOfKind: (prototype: object) => boolean): string[] =>
  Object.entries(layers)
    .filter(
      ([, each]) =>
        typeof each === 'function' && Object.hasOwn(each, 'className') && isOfKind(each.prototype),
    )
    .map(([name]) => name);

const parts = (base: { prototype: object }) =>
  table(
    ['part', 'what it does'],
    namesOf((prototype) => Object.prototype.isPrototypeOf.call(base.prototype, prototype)).map((name) => {
      const { summary, url } = sourceOf(name);
      return [url ? `${link(name)} ([paper](${url}))` : link(name), summary];
    }),
  );

/** File name of an attention's picture. */
export const pictureOf = ({ name }: ShownAttention) => `${baseName(sourceOf(name).path)}.svg`;

const section = (attention: ShownAttention) => `### ${attention.name}

${sourceOf(attention.name).summary}

${paper(attention)} · [source](${toFile(sourceOf(attention.name).path)})

![Weights of ${attention.name}](${root}/docs/generated/attention/${pictureOf(attention)})
`;

/** The page of all attentions. */
export const page = (attentions: readonly ShownAttention[]): string => `# Attentions

<!-- Made by test/generated/attention_readme.test.ts: npx vitest run test/generated -u -->

An attention reads values by weights: for each of T queries it scores S keys, makes weights of the scores, and puts out the sum
of the values by these weights, the context. Here each is a \`tf.layers.Layer\` with a class and a lower-case factory.

\`\`\`ts
import { multiHeadAttention } from '@chui/layers';
import { useBackend } from '@chui/runtime';
import { ones, type Tensor, tensor2d } from '@tensorflow/tfjs-core';

await useBackend('cpu');
const attention = multiHeadAttention({ numHeads: 2, returnWeights: true });
const [query, key] = [ones([1, 3, 8]), ones([1, 5, 8])];
const mask = tensor2d([[1, 1, 1, 1, 0]]); // the last slot is padding
const [context, weights] = attention.attend({ query, key, mask }) as Tensor[];
context.shape; // => [1, 3, 8]
weights.shape; // => [1, 2, 3, 5]
\`\`\`

The value is the key, and the key the query, if left out: \`attend({ query })\` is self-attention. \`apply([query, key, value, mask,
bias])\` is the same as a list, for symbolic tensors too.

**A mask is nonzero where a query may attend**, whatever its type, and its rank says what it is: (B, S) hides slots from every
query, (B, T, S) and (B, H, T, S) hide pairs; axes may be 1. A query that may attend to nothing gets zeros. \`causal: true\` keeps
query t from the slots after t. [\`mask/\`](../mask) makes and combines masks.

How attentions came about, one after the other, is told in [the guide](${root}/docs/guide.md); how they are made of parts, in
[architecture.md](${root}/docs/architecture.md).

## All of them

- **masks**: \`pairs\` takes any mask, \`slots\` only those that hide slots from every query, (B, S)
- **causal**: whether \`causal: true\` keeps queries from later slots; **cache**: whether \`attendCached\` decodes step by step
- **order matters**: whether the context changes when keys and values are put in another order together; if not, positions tell
  the order
- **sums to 1**: whether the weights of a query do
- **exact**: whether it is its own definition, or equal to it; what is not stands in for another attention
- **time** and **memory**: as they grow, memory besides inputs and outputs

${overview(attentions)}

${table(['letter', 'is'], Object.entries(legend))}

In formulas q, k and v are a query, keys and values, Q, K and V the same projected into heads, and W with an index is a learned
matrix; what else there is, the docstrings say.

## Parts of them

What makes scores into weights is the option \`normalization\` of any attention that scores pairs, a name such as \`'sparsemax'\` or a
layer of these:

${parts(Normalization)}

Where queries and keys stand is the option \`positions\` of an attention with heads:

${parts(AttentionPositions)}

## What they look at

Rows are queries and columns are slots; a cell is the darker the more weight it has, and orange if that is negative. What is read
is *${words.join(' ')}*: a random vector for each word, with a part that words of a kind share and a little of where they
stand. Layers are not trained: their matrices are random, or set by hand so that what is alike attends to each other. Pictures
tell kinds apart, not which is better. Attentions of images show an image, and where in it the framed pixels look.

${attentions.map(section).join('\n')}`;
