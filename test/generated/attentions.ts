import { reshape, tensor, tidy } from '@tensorflow/tfjs-core';
import type { Panel } from '../../packages/cli/src/pictures/heat_map.js';
import {
  AttentionPooling,
  type AttentionTraits,
  attentionCatalogue,
  CrossModalAttention,
  HierarchicalAttention,
  PairwiseSelfAttention2D,
  PatchwiseSelfAttention2D,
} from '../../packages/layers/src/index.js';
import { dim, vectorsOf, words } from './example.js';
import { imagePicture, ofPixels } from './image_pictures.js';
import { byHead, cataloguePicture } from './pictures.js';
import { weightsOf } from './sharpened.js';

/** An attention as the page shows it. */
export interface ShownAttention {
  name: string;
  traits: AttentionTraits;
  draw(): Panel[];
}

const batchOf = (some: readonly string[], first = 0) => tensor([vectorsOf(some, first)]);

function drawPooling(): Panel[] {
  const layer = new AttentionPooling({ units: dim, returnWeights: true });
  return tidy(() => {
    const [weights] = weightsOf(layer, batchOf(words), 1);
    return [{ rows: ['sentence'], columns: words, weights: weights!.arraySync() as number[][] }];
  });
}

/** The sentence as a document of two, whose words weigh what they weigh in theirs, and in the document. */
function drawHierarchy(): Panel[] {
  const options = { wordEncoder: 'none', sentenceEncoder: 'none', returnWeights: true } as const;
  const layer = new HierarchicalAttention({ units: dim / 2, ...options });
  const sentences = [words.slice(0, 7), words.slice(7)];
  return tidy(() => {
    const padded = sentences.map((some) => [...some, ...Array<string>(7 - some.length).fill('the')]);
    const mask = sentences.map((some) => Array.from({ length: 7 }, (_, i) => (i < some.length ? 1 : 0)));
    const inputs = [reshape(tensor(padded.map((some) => vectorsOf(some))), [1, 2, 7, dim]), tensor([mask])];
    const [ofWords, ofSentences] = weightsOf(layer, inputs, 1).map((each) => each.arraySync()) as [
      number[][][],
      number[][],
    ];
    const [first, second] = ofWords[0]!.map((weights, i) => weights.slice(0, sentences[i]!.length));
    const shares = ofSentences[0]!;
    return [
      {
        rows: ['sentence 1', 'sentence 2', 'document'],
        columns: words,
        weights: [
          [...first!, 0, 0, 0],
          [...Array<number>(7).fill(0), ...second!],
          [...first!.map((weight) => weight * shares[0]!), ...second!.map((weight) => weight * shares[1]!)],
        ],
      },
    ];
  });
}

/** Words and regions of an image, whose vectors are those of what is on them. */
function drawModalities(): Panel[] {
  const regions = ['cat', 'old dog', 'young dog'];
  const layer = new CrossModalAttention({ numHeads: 1, keyDim: dim, returnWeights: true });
  return tidy(() => {
    const ofRegions = regions.map((region) => {
      const parts = vectorsOf(region.split(' '));
      return parts[0]!.map((_, i) => parts.reduce((sum, part) => sum + part[i]! / parts.length, 0));
    });
    const [ofA, ofB] = weightsOf(layer, [batchOf(words), tensor([ofRegions])], 2).map(byHead);
    return [
      { title: 'words to regions', rows: words, columns: regions, weights: ofA![0]! },
      { title: 'regions to words', rows: regions, columns: words, weights: ofB![0]! },
    ];
  });
}

const shown = (
  { className, traits }: { className: string; traits: AttentionTraits },
  draw: () => Panel[],
): ShownAttention => ({ name: className.replace(/^Chui/, ''), traits, draw });

/** All attentions, in the order of the page: those of the catalogue, and those that are called in other ways. */
export const shownAttentions: readonly ShownAttention[] = [
  ...attentionCatalogue.map((entry) => ({ ...entry, draw: () => cataloguePicture(entry) })),
  shown(AttentionPooling, drawPooling),
  shown(HierarchicalAttention, drawHierarchy),
  shown(CrossModalAttention, drawModalities),
  shown(PairwiseSelfAttention2D, () =>
    imagePicture(new PairwiseSelfAttention2D({ ...ofPixels, hiddenDim: 2 })),
  ),
  shown(PatchwiseSelfAttention2D, () =>
    imagePicture(new PatchwiseSelfAttention2D({ ...ofPixels, hiddenDim: 16 })),
  ),
];
