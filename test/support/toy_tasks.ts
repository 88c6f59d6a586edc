import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BertForMaskedLM, GPT2LMHeadModel } from '@chui/models';
import { trainWordPiece } from '@chui/tokenizer';
import { randomStream } from './random_texts.js';

const WORDS = 'the a film story actor music house river tree cat dog bird is was and of in'.split(' ');
const GOOD = ['good', 'great', 'lovely'];
const BAD = ['bad', 'awful', 'dull'];
const PEOPLE = ['ada', 'alan', 'grace'];
const PLACES = ['london', 'paris', 'kyoto'];
const EVERY = [...WORDS, ...GOOD, ...BAD, ...PEOPLE, ...PLACES, 'where', '?'];

/** A model that knows nothing, and its tokenizer, whose words are those of the toy tasks. */
export async function writeToyModel(
  folder: string,
  name: string,
  kind: 'encoder' | 'decoder' = 'encoder',
): Promise<void> {
  const directory = join(folder, name);
  const tokenizer = await trainWordPiece(Array.from({ length: 3 }, () => EVERY.join(' ')));
  const sizes = {
    ...{ vocabSize: tokenizer.vocabSize, hiddenSize: 32, numHiddenLayers: 2, numAttentionHeads: 2 },
    ...{ maxPositionEmbeddings: 24, initializerRange: 0.1 },
  };
  const model =
    kind === 'encoder'
      ? BertForMaskedLM.fromConfig({ ...sizes, intermediateSize: 64 }, { seed: 1 })
      : GPT2LMHeadModel.fromConfig({ ...sizes, nInner: 64 } as object, { seed: 1 });
  await model.savePretrained(directory);
  await tokenizer.save(directory);
  model.dispose();
}

/** Draws of the toy tasks that depend on the seed alone. */
class Draws {
  private readonly random: () => number;

  constructor(seed: number) {
    this.random = randomStream(seed);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[Math.floor(this.random() * values.length)]!;
  }

  words(count: number): string[] {
    return Array.from({ length: count }, () => this.oneOf(WORDS));
  }
}

/** A task that a few rules solve: a file of examples, by their number and a seed. */
type ToyFile = (count: number, seed: number) => string;

const lines = (count: number, seed: number, line: (draws: Draws) => string) => {
  const draws = new Draws(seed);
  return Array.from({ length: count }, () => `${line(draws)}\n`).join('');
};

/** Texts are good or bad as one word of theirs is. */
export const sentiment: ToyFile = (count, seed) =>
  `text\tlabel\n${lines(count, seed, (draws) => {
    const isGood = draws.oneOf([true, false]);
    const text = [...draws.words(2), draws.oneOf(isGood ? GOOD : BAD), ...draws.words(draws.oneOf([1, 3]))];
    return `${text.join(' ')}\t${isGood ? 'good' : 'bad'}`;
  })}`;

/** People and places among words, in two columns. */
export const names: ToyFile = (count, seed) =>
  lines(count, seed, (draws) => {
    const place = [`${draws.oneOf(PLACES)}\tB-LOC`, `${draws.oneOf(PLACES)}\tI-LOC`];
    const [first, ...others] = draws.words(4).map((word) => `${word}\tO`);
    return [first, `${draws.oneOf(PEOPLE)}\tB-PER`, ...others, ...place, ''].join('\n');
  });

/** Who is where: the place is the answer. As of SQuAD. */
export const questions: ToyFile = (count, seed) => {
  const draws = new Draws(seed);
  const qas = Array.from({ length: count }, (_, id) => {
    const [person, place] = [draws.oneOf(PEOPLE), draws.oneOf(PLACES)];
    const context = [...draws.words(2), person, 'was in', place, ...draws.words(3)].join(' ');
    const answers = [{ text: place, answer_start: context.indexOf(place) }];
    return { context, qas: [{ id: `${id}`, question: `where was ${person} ?`, answers }] };
  });
  return JSON.stringify({ data: [{ title: 'toys', paragraphs: qas }] });
};

/** The right one of two choices is the good one. */
export const choices: ToyFile = (count, seed) =>
  lines(count, seed, (draws) => {
    const label = draws.oneOf([0, 1]);
    const [right, wrong] = [draws.oneOf(GOOD), draws.oneOf(BAD)].map((word) =>
      [...draws.words(2), word].join(' '),
    );
    const [choice0, choice1] = label === 0 ? [right, wrong] : [wrong, right];
    return JSON.stringify({ question: draws.words(2).join(' '), choice0, choice1, label });
  });

/** Texts that are alike if both are about a person, or both about a place. */
export const likeness: ToyFile = (count, seed) =>
  `sentence1,sentence2,score\n${lines(count, seed, (draws) => {
    const [one, other] = [draws.oneOf([PEOPLE, PLACES]), draws.oneOf([PEOPLE, PLACES])];
    const texts = [one, other].map((about) => [...draws.words(1), draws.oneOf(about)].join(' '));
    return [...texts, one === other ? 5 : 0].join(',');
  })}`;

/** A person is in a place, over and over. */
export const texts: ToyFile = (count, seed) =>
  lines(
    count,
    seed,
    (draws) => `${draws.oneOf(PEOPLE)} was in the house of ${draws.oneOf(PEOPLE)} in ${draws.oneOf(PLACES)}`,
  );

/** Writes NAME.train and NAME.eval files of a task. */
export async function writeToy(folder: string, file: ToyFile, name: string, ending: string, count: number) {
  await writeFile(join(folder, `${name}.train.${ending}`), file(count, 1));
  await writeFile(join(folder, `${name}.eval.${ending}`), file(40, 2));
}
