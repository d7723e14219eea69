/** The first few of many, in order. */

/** The least few; between equal keys the position decides, downwards when `sign` is negative. */
export class Heap {
  readonly #limit: number;
  readonly #sign: number;
  readonly #keys: number[] = [];
  readonly #positions: number[] = [];
  /** A key that is not less than this has no place any more. */
  bound = Number.NaN;

  constructor(limit: number, sign: number) {
    this.#limit = limit;
    this.#sign = sign;
  }

  get full(): boolean {
    return this.#keys.length >= this.#limit;
  }

  /** Whether one place in the heap comes later than another in the order. */
  #later(a: number, b: number): boolean {
    const [left = 0, right = 0] = [this.#keys[a], this.#keys[b]];
    if (left !== right) return left > right;
    return this.#sign * ((this.#positions[a] ?? 0) - (this.#positions[b] ?? 0)) > 0;
  }

  #swap(a: number, b: number): void {
    const [key = 0, position = 0] = [this.#keys[a], this.#positions[a]];
    this.#keys[a] = this.#keys[b] ?? 0;
    this.#positions[a] = this.#positions[b] ?? 0;
    this.#keys[b] = key;
    this.#positions[b] = position;
  }

  /** Callers have compared with `bound`. */
  add(key: number, position: number): void {
    if (this.full) {
      this.#keys[0] = key;
      this.#positions[0] = position;
      this.#sink();
    } else {
      let at = this.#keys.push(key) - 1;
      this.#positions.push(position);
      for (let parent = (at - 1) >> 1; at > 0 && this.#later(at, parent); parent = (at - 1) >> 1) {
        this.#swap(at, parent);
        at = parent;
      }
    }
    if (this.full) this.bound = this.#keys[0] ?? Number.NaN;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const [left, right] = [2 * at + 1, 2 * at + 2];
      let latest = at;
      if (left < this.#keys.length && this.#later(left, latest)) latest = left;
      if (right < this.#keys.length && this.#later(right, latest)) latest = right;
      if (latest === at) return;
      this.#swap(at, latest);
      at = latest;
    }
  }

  sorted(): number[] {
    const places = this.#keys.map((_, place) => place);
    places.sort((a, b) => (this.#later(a, b) ? 1 : -1));
    return places.map((place) => this.#positions[place] ?? 0);
  }
}
