/** The subset of Elixir and Erlang terms that lock files are written in: strings, binaries, atoms, numbers, tuples, lists, maps. */

export type Term = string | readonly Term[];

const MAX_DEPTH = 50;
/** Atoms, numbers, keyword keys (`git:`); a leading colon is dropped, a trailing one too. */
const WORD = /:?[A-Za-z0-9_@.+\-!?]+:?|:/y;
const CLOSING: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')' };

/** All top-level terms. Tuples, lists and maps become arrays, a map's keys and values alternate. Undefined when it is not such a text. */
export function parseTerms(source: string): Term[] | undefined {
  let at = 0;

  /** Whitespace, separators and comments mean nothing between the elements of a lock file. */
  function skip(): void {
    for (; at < source.length; at++) {
      const char = source[at] ?? '';
      if (char === '#' || (char === '%' && source[at + 1] !== '{')) {
        const end = source.indexOf('\n', at);
        at = end < 0 ? source.length : end;
      } else if (source.startsWith('=>', at)) at++;
      else if (!' \t\r\n,'.includes(char)) return;
    }
  }

  function quoted(): string | undefined {
    let text = '';
    const quote = source[at] ?? '';
    for (let position = at + 1; position < source.length; position++) {
      const char = source[position] ?? '';
      if (char === quote) {
        at = position + 1;
        // A quoted keyword key: "name": value.
        if (source[at] === ':') at++;
        return text;
      }
      text += char === '\\' ? (source[++position] ?? '') : char;
    }
    return undefined;
  }

  function term(depth: number): Term | undefined {
    if (depth > MAX_DEPTH) return undefined;
    if (source.startsWith('%{', at)) at++;
    if (source.startsWith('<<', at)) {
      at += 2;
      skip();
      const text = source[at] === '"' ? quoted() : '';
      skip();
      if (text === undefined || !source.startsWith('>>', at)) return undefined;
      at += 2;
      return text;
    }
    const char = source[at] ?? '';
    const closing = CLOSING[char];
    if (closing !== undefined) {
      at++;
      const list: Term[] = [];
      for (skip(); source[at] !== closing; skip()) {
        const element = at < source.length ? term(depth + 1) : undefined;
        if (element === undefined) return undefined;
        list.push(element);
      }
      at++;
      return list;
    }
    if (char === ':' && (source[at + 1] === '"' || source[at + 1] === "'")) at++;
    if (source[at] === '"' || source[at] === "'") return quoted();
    WORD.lastIndex = at;
    const word = WORD.exec(source)?.[0];
    if (word === undefined) return undefined;
    at += word.length;
    return word.replace(/^:/, '').replace(/[:.]$/, '');
  }

  const terms: Term[] = [];
  for (skip(); at < source.length; skip()) {
    // Erlang ends each top-level term with a full stop.
    if (source[at] === '.') {
      at++;
      continue;
    }
    const found = term(0);
    if (found === undefined) return undefined;
    terms.push(found);
  }
  return terms;
}
