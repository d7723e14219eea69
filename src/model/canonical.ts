/** JSON as an identity: equal values have equal texts. */
import { hash } from 'node:crypto';

/** Names up to which moving each into its place is faster than a sort. */
const FEW = 24;

function sortedNames(value: object): readonly string[] {
  const names = Object.keys(value);
  if (names.length > FEW) return names.sort();
  for (let end = 1; end < names.length; end++) {
    const name = names[end] ?? '';
    let at = end;
    for (let before = names[at - 1]; before !== undefined && name < before; before = names[at - 1]) names[at--] = before;
    names[at] = name;
  }
  return names;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function sorted(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const made: Record<string, unknown> = {};
  for (const name of sortedNames(value)) {
    const one = value[name];
    made[name] = typeof one === 'object' ? sorted(one) : one;
  }
  return made;
}

/** JSON with sorted members. Members that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** SHA-256 of a text, as hexadecimal digits. */
export function digestOf(text: string): string {
  return hash('sha256', text);
}
