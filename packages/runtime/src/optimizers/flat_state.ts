import {
  concat,
  dispose,
  keep,
  reshape,
  split,
  type Tensor,
  type Tensor1D,
  tidy,
  util,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';

/** A tensor and what it is called, as optimizers save their state. */
export interface NamedTensor {
  name: string;
  tensor: Tensor;
}

/** A parameter that has a gradient. */
export interface Parameter {
  readonly name: string;
  readonly shape: number[];
  readonly size: number;
}

/** Tensors end to end as one vector, so that one op serves them all. */
export function flatten(tensors: readonly Tensor[]): Tensor1D {
  const rows = tensors.map(
    (tensor) => (tensor.rank === 1 ? tensor : reshape(tensor, [tensor.size])) as Tensor1D,
  );
  return rows.length === 1 ? (rows[0] as Tensor1D) : concat(rows);
}

/** The inverse of `flatten`. */
export function unflatten(flat: Tensor, parameters: readonly Omit<Parameter, 'name'>[]): Tensor[] {
  const sizes = parameters.map(({ size }) => size);
  const rows = parameters.length === 1 ? [flat] : split(flat, sizes);
  return rows.map((row, index) => reshape(row, parameters[index]!.shape));
}

/**
 * Values that an optimizer keeps for each parameter, as one variable for all of them. It follows the list of
 * parameters: what belongs to one that is not in the list waits by its name.
 */
export class FlatState {
  private parameters: readonly Parameter[] = [];
  private flat?: Variable;
  private readonly waiting = new Map<string, Tensor>();

  /**
   * @param suffix what is kept; it stands behind the parameter's name in `weights`
   * @param shapeOf the shape of what is kept of a parameter of some shape, undefined for nothing. Default: its own
   */
  constructor(
    readonly suffix: string,
    private readonly shapeOf: (shape: number[]) => number[] | undefined = (shape) => shape,
  ) {}

  /** The values for these parameters, zeros at first, if they have any; the variable stays the state's own. */
  variableFor(all: readonly Parameter[]): Variable | undefined {
    const parameters = this.keptOf(all);
    if (this.flat && sameNames(parameters, this.parameters)) return this.flat;
    this.park();
    if (parameters.length === 0) return undefined;
    const rows = tidy(() =>
      flatten(parameters.map(({ name, shape }) => this.waitingFor(name, shape) ?? zeros(shape))),
    );
    this.flat = variable(rows, false);
    rows.dispose();
    for (const { name } of parameters) {
      this.waiting.get(name)?.dispose();
      this.waiting.delete(name);
    }
    this.parameters = parameters;
    return this.flat;
  }

  /** The values by name, `parameter/suffix`; the tensors are the caller's. */
  weights(): NamedTensor[] {
    const current = this.flat ? tidy(() => unflatten(this.flat!, this.parameters)) : [];
    const named: [string, Tensor][] = [
      ...this.parameters.map(({ name }, index): [string, Tensor] => [name, current[index]!]),
      ...[...this.waiting].map(([name, tensor]): [string, Tensor] => [name, tensor.clone()]),
    ];
    return named.map(([name, tensor]) => ({ name: `${name}/${this.suffix}`, tensor }));
  }

  /** Takes what `weights` gave, of which it keeps copies, in place of all it has. */
  setWeights(weights: readonly NamedTensor[]): void {
    this.dispose();
    const ending = `/${this.suffix}`;
    for (const { name, tensor } of weights) {
      if (name.endsWith(ending)) this.waiting.set(name.slice(0, -ending.length), tensor.clone());
    }
  }

  dispose(): void {
    this.flat?.dispose();
    this.flat = undefined;
    this.parameters = [];
    dispose([...this.waiting.values()]);
    this.waiting.clear();
  }

  /** What is kept of parameters, in their order, by their names. */
  keptOf(parameters: readonly Parameter[]): Parameter[] {
    return parameters.flatMap(({ name, shape: whole }) => {
      const shape = this.shapeOf(whole);
      return shape ? [{ name, shape, size: util.sizeFromShape(shape) }] : [];
    });
  }

  /** Keeps the values by parameter, so that the next list of parameters may be another. */
  park(): void {
    if (!this.flat) return;
    const tensors = tidy(() => unflatten(this.flat!, this.parameters));
    for (const [index, { name }] of this.parameters.entries()) this.waiting.set(name, keep(tensors[index]!));
    this.flat.dispose();
    this.flat = undefined;
    this.parameters = [];
  }

  private waitingFor(name: string, shape: number[]): Tensor | undefined {
    const tensor = this.waiting.get(name);
    if (tensor && tensor.shape.join() !== shape.join()) {
      throw new RangeError(`${name}/${this.suffix} must be of shape (${shape}), but is (${tensor.shape})`);
    }
    return tensor;
  }
}

function sameNames(a: readonly Parameter[], b: readonly Parameter[]): boolean {
  return a.length === b.length && a.every(({ name }, index) => name === b[index]!.name);
}
