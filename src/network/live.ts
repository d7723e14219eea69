/** An analysis that follows changes: what has been worked out stays, and only what depends on a change is worked out again. */
import { isDeepStrictEqual } from 'node:util';
import { type Families, familiesOf, isReachable, type Options, openingsInto, reachable } from './analyse.ts';
import type { NetworkChange } from './change.ts';
import { Dependents } from './dependents.ts';
import type { Exposure } from './exposure.ts';
import type { Network } from './model.ts';
import type { Opening } from './opening.ts';
import { hasUnknowns } from './unknowns.ts';

export interface ExposureChange {
  /** Interfaces that were looked at again, sorted: everything that differs enters by one of them. */
  readonly interfaces: readonly string[];
  readonly opened: readonly Exposure[];
  readonly closed: readonly Exposure[];
  /** The same way in, with other ports, sources or another path. */
  readonly changed: readonly { readonly before: Exposure; readonly after: Exposure }[];
}

function compare(interfaces: readonly string[], before: readonly Exposure[], after: readonly Exposure[]): ExposureChange {
  const [old, now] = [new Map(before.map((one) => [one.id, one])), new Map(after.map((one) => [one.id, one]))];
  return {
    interfaces,
    opened: after.filter(({ id }) => !old.has(id)),
    closed: before.filter(({ id }) => !now.has(id)),
    changed: after.flatMap((exposure) => {
      const earlier = old.get(exposure.id);
      return earlier === undefined || isDeepStrictEqual(earlier, exposure) ? [] : [{ before: earlier, after: exposure }];
    }),
  };
}

type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

/** With new states put in. */
function replaced<T>(things: ReadonlyMap<string, T>, change: ReadonlyMap<string, T | undefined>): ReadonlyMap<string, T> {
  if (change.size === 0) return things;
  const next = new Map(things);
  for (const [id, value] of change)
    if (value === undefined) next.delete(id);
    else next.set(id, value);
  return next;
}

/** What is replaced, and what by: either may have been asked for already, what is new as something unknown. */
function touched<T>(things: ReadonlyMap<string, T>, change: ReadonlyMap<string, T | undefined>): T[] {
  return [...change].flatMap(([id, value]) => [things.get(id), value].filter((one) => one !== undefined));
}

/** An opening is of the moment: one that was handed out before a change is not to be asked for details after it. */
export class LiveNetwork {
  /** Everything that has been worked out refers to this one object. */
  readonly #network: Mutable<Network>;
  readonly #families: Families;
  readonly #options: Options;
  readonly #dependents: Dependents;
  #unsure: boolean;

  constructor(network: Network, options: Options = {}) {
    this.#network = { ...network };
    this.#families = familiesOf(this.#network);
    this.#options = options;
    this.#dependents = new Dependents(network, this.#families.targets);
    this.#unsure = hasUnknowns(network);
  }

  /** Interfaces that can be entered by, as they are told. */
  get interfaces(): readonly string[] {
    return reachable(this.#network).map(({ id }) => id);
  }

  /** Everything that enters by an interface. */
  openingsInto(id: string): Iterable<Opening> {
    const eni = this.#network.interfaces.get(id);
    return eni === undefined || !isReachable(eni)
      ? []
      : openingsInto(this.#network, this.#families, this.#options, this.#unsure, eni);
  }

  /** Takes a change in; the interfaces by which now something else may enter, sorted. */
  follow(change: NetworkChange): readonly string[] {
    return this.#plan(change).commit();
  }

  /** Takes a change in, and says what it has opened and closed. */
  reassess(change: NetworkChange): ExposureChange {
    const { interfaces, commit } = this.#plan(change);
    const exposures = (): Exposure[] => interfaces.flatMap((id) => Array.from(this.openingsInto(id), ({ exposure }) => exposure));
    const before = exposures();
    commit();
    return compare(interfaces, before, exposures());
  }

  #plan(change: NetworkChange): { readonly interfaces: readonly string[]; readonly commit: () => readonly string[] } {
    const network = this.#network;
    const next = {
      groups: replaced(network.groups, change.groups),
      acls: replaced(network.acls, change.acls),
      routeTables: replaced(network.routeTables, change.routeTables),
    };
    const old = {
      groups: touched(network.groups, change.groups),
      acls: touched(network.acls, change.acls),
      routeTables: touched(network.routeTables, change.routeTables),
    };
    const interfaces = [...this.#dependents.of(old)].sort();
    const commit = (): readonly string[] => {
      Object.assign(network, next);
      this.#families.four.forget(old);
      this.#families.six.forget(old);
      // What is unknown from now on concerns the same interfaces.
      this.#unsure = hasUnknowns(network);
      return interfaces;
    };
    return { interfaces, commit };
  }
}
