import {
  add,
  cast,
  greater,
  isFinite as isFiniteTensor,
  logicalAnd,
  logicalNot,
  type Scalar,
  scalar,
  sub,
  type Tensor,
  tidy,
  type Variable,
  variable,
  zeros,
} from '@tensorflow/tfjs-core';
import type { FlatUpdated } from './flat_update.js';

/**
 * What is done about a step whose gradients or loss are not finite: it is made all the same; it changes nothing; or it and
 * all steps after it change nothing, until `resume`.
 */
export type NonFinite = 'apply' | 'skip' | 'halt';

const KINDS: readonly NonFinite[] = ['apply', 'skip', 'halt'];

/**
 * Keeps steps that are not finite from parameters and states, in ops on the backend, so that nothing is read back.
 *
 * @throws RangeError if `kind` is not one.
 */
export class StepGuard {
  /** How many steps were not made. */
  readonly skippedSteps: Variable;
  private norms?: Variable;

  constructor(readonly kind: NonFinite) {
    if (!KINDS.includes(kind)) {
      throw new RangeError(`nonFinite must be one of ${KINDS.join(', ')}, but is ${JSON.stringify(kind)}`);
    }
    this.skippedSteps = tidy(() => variable(scalar(0), false));
  }

  /** See `FlatOptimizer`. */
  get gradientNorms(): Variable | undefined {
    return this.norms;
  }

  /** Bool scalar, whether a step may be made if its gradients are finite; undefined where it is made whatever they are. */
  allowed(loss: Scalar | undefined): Tensor | undefined {
    if (this.kind === 'apply') return undefined;
    const finite = loss && isFiniteTensor(loss);
    if (this.kind === 'skip') return finite ?? cast(scalar(1), 'bool');
    const running = logicalNot(greater(this.skippedSteps, 0));
    return finite ? logicalAnd(finite, running) : running;
  }

  /** Takes down what became of a step. `step` is its number; what it gives is how many were made. */
  settle({ taken, gradientNorms }: FlatUpdated, step: Tensor): Tensor {
    if (!taken || !gradientNorms) return step;
    const skipped = sub(1, cast(taken, 'float32'));
    this.skippedSteps.assign(add(this.skippedSteps, skipped));
    this.normsOf(gradientNorms.shape).assign(gradientNorms);
    return sub(step, skipped);
  }

  resume(): void {
    tidy(() => this.skippedSteps.assign(scalar(0)));
  }

  dispose(): void {
    this.skippedSteps.dispose();
    this.norms?.dispose();
  }

  private normsOf(shape: number[]): Variable {
    if (this.norms?.size !== shape[0]) {
      this.norms?.dispose();
      this.norms = variable(zeros(shape), false);
    }
    return this.norms!;
  }
}
