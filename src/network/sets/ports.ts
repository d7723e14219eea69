/** Sets of ports, each kept once: equal sets are one object, and what was combined before is not combined again. */
import { intersect, type Spans, subtract, union } from './spans.ts';

export interface Ports {
  readonly id: number;
  readonly spans: Spans<number>;
}

type Operation = (a: Spans<number>, b: Spans<number>) => Spans<number>;

export class PortPool {
  readonly #known = new Map<string, Ports>();
  /** By first and last port. */
  readonly #ranges = new Map<number, Ports>();
  readonly #done = new Map<Operation, Map<number, Ports>>();
  readonly none = this.of([]);
  readonly all = this.of([0, 65_536]);

  of(spans: Spans<number>): Ports {
    const key = spans.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const ports = { id: this.#known.size, spans };
    this.#known.set(key, ports);
    return ports;
  }

  /** First to last, both inclusive. */
  range(first: number, last: number): Ports {
    if (first > last) return this.none;
    const key = first * 65_536 + last;
    const known = this.#ranges.get(key);
    if (known !== undefined) return known;
    const made = this.of([first, last + 1]);
    this.#ranges.set(key, made);
    return made;
  }

  #combine(a: Ports, b: Ports, operation: Operation): Ports {
    // 2^26 sets: more than memory holds.
    const key = a.id * 67_108_864 + b.id;
    let done = this.#done.get(operation);
    if (done === undefined) {
      done = new Map();
      this.#done.set(operation, done);
    }
    const known = done.get(key);
    if (known !== undefined) return known;
    const result = this.of(operation(a.spans, b.spans));
    done.set(key, result);
    return result;
  }

  union(a: Ports, b: Ports): Ports {
    return a === b ? a : this.#combine(a, b, union);
  }

  intersect(a: Ports, b: Ports): Ports {
    if (a === b || b === this.all) return a;
    return a === this.all ? b : this.#combine(a, b, intersect);
  }

  subtract(a: Ports, b: Ports): Ports {
    return a === b ? this.none : this.#combine(a, b, subtract);
  }
}
