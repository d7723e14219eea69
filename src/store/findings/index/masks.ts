/** What passes a filter, as bytes. */
import type { PositionTest } from './evaluate.ts';

/** One byte for each position: 1 where all tests pass. */
export function mask(size: number, tests: readonly PositionTest[]): Uint8Array {
  const bytes = new Uint8Array(size).fill(1);
  for (const test of tests) {
    for (let position = 0; position < size; position++) if (bytes[position] === 1 && !test(position)) bytes[position] = 0;
  }
  return bytes;
}

/** Which details and which resources pass. */
export interface DetailsAndResources {
  readonly detail: Uint8Array;
  readonly resource: Uint8Array;
}

interface Versions {
  readonly detailVersion: number;
  readonly resourceVersion: number;
}

/** Answers kept; then all are forgotten. */
const MOST = 64;

/** The last filters' answers, as long as details and resources are what they were: pages of one list ask the same again. */
export class Masks {
  readonly #kept = new Map<string, DetailsAndResources>();
  #versions: Versions = { detailVersion: -1, resourceVersion: -1 };

  of(filter: unknown, versions: Versions, make: () => DetailsAndResources): DetailsAndResources {
    const { detailVersion, resourceVersion } = versions;
    if (detailVersion !== this.#versions.detailVersion || resourceVersion !== this.#versions.resourceVersion) {
      this.#kept.clear();
      this.#versions = { detailVersion, resourceVersion };
    }
    // Numbers as texts: JSON has no infinite ones.
    const key = JSON.stringify(filter, (_, value: unknown) => (typeof value === 'number' ? `${value}` : value));
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#kept.size >= MOST) this.#kept.clear();
    const made = make();
    this.#kept.set(key, made);
    return made;
  }
}
