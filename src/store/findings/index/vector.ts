/** Typed arrays that grow, and texts as numbers: a million values without a million objects. */

type Numbers = Uint32Array | Float64Array | Uint8Array;

const LEAST = 256;

/** Numbers one after the other; `values` may be longer than `size`, and is another array after a push. */
export class Vector<T extends Numbers> {
  readonly #make: (length: number) => T;
  values: T;
  size = 0;

  constructor(make: (length: number) => T) {
    this.#make = make;
    this.values = make(0);
  }

  push(value: number): void {
    if (this.size === this.values.length) {
      const larger = this.#make(Math.max(LEAST, Math.ceil(this.size * 1.5)));
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.size++] = value;
  }

  /** 0 where nothing is. */
  at(position: number): number {
    return this.values[position] ?? 0;
  }
}

export function unsigned(): Vector<Uint32Array> {
  return new Vector((length) => new Uint32Array(length));
}

/** Numbers that may be missing: NaN. */
export function doubles(): Vector<Float64Array> {
  return new Vector((length) => new Float64Array(length));
}

export function bytes(): Vector<Uint8Array> {
  return new Vector((length) => new Uint8Array(length));
}

/** Different texts, numbered as they come; 0 is no text. */
export class Texts {
  readonly #numbers = new Map<string, number>();
  readonly #texts: (string | undefined)[] = [undefined];

  of(text: string | null): number {
    if (text === null) return 0;
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.#texts.push(text) - 1;
    this.#numbers.set(text, number);
    return number;
  }

  /** The number of a text that may be unknown: then one that no value has. */
  find(text: string): number {
    return this.#numbers.get(text) ?? -1;
  }

  at(number: number): string | undefined {
    return this.#texts[number];
  }

  /** A test of texts as a test of their numbers: those that are `known` have their answer, and each of the others is tested once. */
  tested(
    test: (text: string | undefined) => boolean,
    known: ReadonlyMap<string, boolean> = new Map(),
  ): (number: number) => boolean {
    const [no, yes] = [1, 2];
    const answers = new Uint8Array(this.#texts.length);
    for (const [text, answer] of known) {
      const number = this.#numbers.get(text);
      if (number !== undefined) answers[number] = answer ? yes : no;
    }
    return (number) => {
      let answer = answers[number] ?? 0;
      if (answer === 0) {
        answer = test(this.#texts[number]) ? yes : no;
        answers[number] = answer;
      }
      return answer === yes;
    };
  }
}
