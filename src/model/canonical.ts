/** JSON as an identity: equal values have equal texts. */
import { hash } from 'node:crypto';

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const made: Record<string, unknown> = {};
  for (const [key, one] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (one !== undefined) made[key] = sorted(one);
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
