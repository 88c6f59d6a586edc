import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readSafetensors, type SavedTensor } from '@chui/hub';

const roots = ['models', 'encoders', 'decoders', 'rnn_lm'].map(
  (name) => new URL(`../fixtures/${name}/`, import.meta.url),
);

/** A tiny model of Hugging Face's library, or of PyTorch's layers, and what it computes: outputs, gradients, a training. */
export interface ModelCase {
  readonly name: string;
  readonly directory: string;
  readonly architecture: string;
  readonly modelType: string;
  /** Arguments of `forward`, under their names here. */
  readonly inputs: Readonly<Record<string, SavedTensor>>;
  /** Under the names of the file: `logits`, `hidden_states.0`, … */
  readonly outputs: Readonly<Record<string, SavedTensor>>;
  readonly gradients: Readonly<Record<string, SavedTensor>>;
  /** Parameters that the loss does not reach, or that are not trained. */
  readonly noGradient: readonly string[];
  readonly noise: Readonly<Record<string, number>>;
  readonly train?: {
    readonly lr: number;
    readonly weight_decay: number;
    readonly lrs: number[];
    readonly losses: number[];
    readonly grad_norms: number[];
    readonly final_loss: number;
    readonly warmup_steps: number;
    readonly steps: number;
  };
  readonly generation: readonly GenerationCase[];
}

/** What the library generates. */
export interface GenerationCase {
  /** Options of `generate`, under the library's names. */
  readonly kwargs: Readonly<Record<string, unknown>>;
  readonly input_ids: number[][];
  readonly attention_mask?: number[][];
  readonly expected: number[][];
  /** Ids of each row up to the end of its sequence. */
  readonly lengths: number[];
  readonly sequences_scores?: number[];
  /** Scores of each step after the processors, (steps, rows, V). */
  readonly scores?: SavedTensor;
}

const camel = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());

export const modelCases = (isMeant: (modelType: string) => boolean): ModelCase[] =>
  roots
    .flatMap((root) => readdirSync(root).map((name) => readCase(root, name)))
    .filter(({ modelType }) => isMeant(modelType));

function readCase(root: URL, name: string): ModelCase {
  const directory = fileURLToPath(new URL(`${name}/`, root));
  const said = JSON.parse(readFileSync(`${directory}case.json`, 'utf8'));
  const { tensors } = readSafetensors(readFileSync(`${directory}io.safetensors`), name);
  const under = (prefix: string, rename = (key: string) => key) =>
    Object.fromEntries(
      [...tensors]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => [rename(key.slice(prefix.length)), value]),
    );
  return {
    name,
    directory,
    architecture: said.architecture,
    modelType: said.model_type,
    inputs: under('input.', camel),
    outputs: under('output.'),
    gradients: under('grad.'),
    noGradient: said.no_gradient ?? [],
    noise: said.noise ?? {},
    train: said.train,
    generation: ((said.generation ?? []) as (GenerationCase & { scores_tensor?: string })[]).map((each) => {
      const scores = each.scores_tensor && tensors.get(each.scores_tensor);
      return { ...each, ...(scores && { scores }) };
    }),
  };
}
