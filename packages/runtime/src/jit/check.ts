import type { Graph, GraphNode } from './graph.js';
import type { Program, Source } from './program.js';
import { isVariable } from './recording_backend.js';

/** A recording with the graph that it was made of. */
export interface Recorded {
  readonly program: Program;
  readonly graph: Graph;
  /** Where the graph's placeholders come from. */
  readonly sources: ReadonlyMap<number, Source>;
  /** What it gives, by names: results by their places, variables that it assigns by theirs. */
  readonly outputs: ReadonlyMap<string, number>;
  /** What it returns beside tensors, as a text. */
  readonly constants: string;
  /** Whether the function made variables, or kept tensors, which it does not make again. */
  readonly hasMade: boolean;
}

/**
 * Records a function twice, a third time if it made something in the first, and compares.
 *
 * @throws Error naming what differs, if something does
 */
export function recordChecked(record: () => Recorded): Program {
  let first = record();
  if (first.hasMade) {
    first.program.dispose();
    first = record();
  }
  let second: Recorded | undefined;
  try {
    second = record();
    const difference = differenceOf(first, second);
    if (difference) throw new Error(`a recorded function must do the same each time, but ${difference}`);
  } catch (error) {
    first.program.dispose();
    throw error;
  } finally {
    second?.program.dispose();
  }
  return first.program;
}

/** What differs between what two recordings compute, first thing first. */
function differenceOf(first: Recorded, second: Recorded): string | undefined {
  const [names, others] = [first, second].map(({ outputs }) => [...outputs.keys()].join(', '));
  if (names !== others) return `this one gives ${names || 'nothing'}, then ${others || 'nothing'}`;
  const found: { node: number; difference: string }[] = [];
  const compared = new Set<string>();
  const open = [...first.outputs].map(([name, id]) => [id, second.outputs.get(name)!] as const);
  while (open.length > 0) {
    const [a, b] = open.pop()!;
    const pair = `${a} ${b}`;
    if (compared.has(pair)) continue;
    compared.add(pair);
    const [node, other] = [first.graph.node(a), second.graph.node(b)];
    const difference = readsOther(first.sources.get(a), second.sources.get(b)) ?? differs(node, other);
    if (difference) found.push({ node: a, difference: `${difference}${node.line ?? ''}` });
    else open.push(...node.inputs.map((input, index) => [input, other.inputs[index]!] as const));
  }
  const [earliest] = found.sort((one, two) => one.node - two.node);
  if (earliest) return earliest.difference;
  return first.constants === second.constants ? undefined : 'this one returns other constants the next time';
}

function readsOther(source: Source | undefined, other: Source | undefined): string | undefined {
  if (!source || !other || source === other) return undefined;
  const [one, two] = [source, other].map(nameOf);
  return one === two && !isOtherTensor(source, other) ? undefined : `this one reads ${one}, then ${two}`;
}

const isTensor = (source: Source) => source !== 'seed' && !('argument' in source) && !isVariable(source);

const isOtherTensor = (source: Source, other: Source) =>
  isTensor(source) && (source as { dataId: object }).dataId !== (other as { dataId: object }).dataId;

function nameOf(source: Source): string {
  if (source === 'seed') return 'random numbers';
  if ('argument' in source) return `tensor ${source.argument} of its arguments`;
  return isVariable(source) ? `the variable ${source.name}` : `a tensor of shape [${source.shape}]`;
}

function differs(node: GraphNode, other: GraphNode): string | undefined {
  if (node.op !== other.op || node.output !== other.output || node.inputs.length !== other.inputs.length) {
    return `this one computes ${node.op}, then ${other.op}`;
  }
  const [attributes, otherAttributes] = [node, other].map((each) => JSON.stringify(each.attributes));
  if (attributes !== otherAttributes) {
    const index = node.attributes.findIndex(
      (attribute, at) => JSON.stringify(attribute) !== JSON.stringify(other.attributes[at]),
    );
    const [one, two] = [node, other].map(({ attributes }) => JSON.stringify(attributes[index]?.value));
    return `${node.op} has ${node.attributes[index]?.name} ${one}, then ${two}`;
  }
  if (`${node.shape}` !== `${other.shape}`) {
    return `${node.op} gives shape [${node.shape}], then [${other.shape}]`;
  }
  const index = node.values?.findIndex((value, at) => !Object.is(value, other.values![at])) ?? -1;
  return index < 0
    ? undefined
    : `the constant ${node.values![index]} is ${other.values![index]} the next time`;
}
