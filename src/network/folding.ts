/** The meet of the stages of many ways that begin alike. */
import type { Grant, GrantPool } from './sets/grants.ts';
import { constant, overlay, type Partition } from './sets/partition.ts';
import type { Point, Spans } from './sets/spans.ts';
import type { Stage } from './stage.ts';

interface Step<P extends Point> {
  readonly reach: Partition<P, Grant>;
  readonly next: Map<Stage<P>, Step<P>>;
}

/** What all stages let through; equal beginnings are worked out once. */
export class Folding<P extends Point> {
  readonly #grants: GrantPool;
  readonly #root: Step<P>;

  constructor(grants: GrantPool, everything: Spans<P>) {
    this.#grants = grants;
    this.#root = { reach: constant(everything, grants.all), next: new Map() };
  }

  fold(stages: readonly Stage<P>[]): Partition<P, Grant> {
    let step: Step<P> | undefined = this.#root;
    let { reach } = this.#root;
    for (const stage of stages) {
      if (stage.gate === true) continue;
      if (stage.gate === false) return [];
      const known: Step<P> | undefined = stage.shared === true ? step?.next.get(stage) : undefined;
      if (known !== undefined) {
        step = known;
        ({ reach } = known);
      } else {
        reach = overlay(reach, stage.admits(), this.#grants.meet);
        const made: Step<P> | undefined = stage.shared === true && step !== undefined ? { reach, next: new Map() } : undefined;
        if (made !== undefined) step?.next.set(stage, made);
        step = made;
      }
      if (reach.length === 0) return reach;
    }
    return reach;
  }

  /** Drops what was worked out with these stages. */
  forget(stages: ReadonlySet<Stage<P>>): void {
    const prune = (step: Step<P>): void => {
      for (const [stage, next] of step.next)
        if (stages.has(stage)) step.next.delete(stage);
        else prune(next);
    };
    if (stages.size > 0) prune(this.#root);
  }
}
