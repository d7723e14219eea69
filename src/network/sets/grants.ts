/** What a constraint lets through at one address: destination ports, and the client's own ports for which a reply gets back. */
import type { PortPool, Ports } from './ports.ts';

export interface Grant {
  readonly id: number;
  readonly ports: Ports;
  readonly clients: Ports;
}

/** Equal grants are one object, so that parts with equal grants merge. */
export class GrantPool {
  readonly pool: PortPool;
  readonly all: Grant;
  readonly #known = new Map<number, Grant>();
  readonly #met = new Map<number, Grant | undefined>();

  constructor(pool: PortPool) {
    this.pool = pool;
    this.all = this.#make(pool.all, pool.all);
  }

  #make(ports: Ports, clients: Ports): Grant {
    const key = ports.id * 67_108_864 + clients.id;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const grant = { id: this.#known.size, ports, clients };
    this.#known.set(key, grant);
    return grant;
  }

  /** Undefined when nothing gets through. */
  of(ports: Ports, clients: Ports): Grant | undefined {
    return ports === this.pool.none || clients === this.pool.none ? undefined : this.#make(ports, clients);
  }

  /** What both let through. Bound, to be handed to `overlay`. */
  readonly meet = (a: Grant, b: Grant): Grant | undefined => {
    if (a === b || b === this.all) return a;
    if (a === this.all) return b;
    const key = a.id * 67_108_864 + b.id;
    if (this.#met.has(key)) return this.#met.get(key);
    const met = this.of(this.pool.intersect(a.ports, b.ports), this.pool.intersect(a.clients, b.clients));
    this.#met.set(key, met);
    return met;
  };
}
