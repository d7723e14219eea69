/** A cache of texts. */

export interface Text {
  readonly text: string;
}

/** Texts by id, up to a number of characters; the one that was not asked for longest goes first. */
export class Kept<T extends Text> {
  readonly #entries = new Map<number, T>();
  readonly #most: number;
  #characters = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get(id: number): T | undefined {
    const entry = this.#entries.get(id);
    if (entry !== undefined) {
      this.#entries.delete(id);
      this.#entries.set(id, entry);
    }
    return entry;
  }

  set(id: number, entry: T): void {
    this.delete(id);
    this.#entries.set(id, entry);
    this.#characters += entry.text.length;
    for (const [oldest] of this.#entries) {
      if (this.#characters <= this.#most) return;
      this.delete(oldest);
    }
  }

  delete(id: number): void {
    this.#characters -= this.#entries.get(id)?.text.length ?? 0;
    this.#entries.delete(id);
  }
}
