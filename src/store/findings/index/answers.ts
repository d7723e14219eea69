/** Answers that hold as long as what they were made of. */

/** Answers kept; then all are forgotten. */
const MOST = 64;

/** The last answers to questions, as long as `version` is the same: pages of one list, and consoles, ask the same again. */
export class Answers<T> {
  readonly #kept = new Map<string, T>();
  #version: string | undefined;

  of(question: unknown, version: string, answer: () => T): T {
    if (version !== this.#version) {
      this.#kept.clear();
      this.#version = version;
    }
    // Numbers as texts: JSON has no infinite ones.
    const key = JSON.stringify(question, (_, value: unknown) => (typeof value === 'number' ? `${value}` : value));
    const known = this.#kept.get(key);
    if (known !== undefined) return known;
    if (this.#kept.size >= MOST) this.#kept.clear();
    const made = answer();
    this.#kept.set(key, made);
    return made;
  }
}
