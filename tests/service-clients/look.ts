/** Looking at answers, of which nothing is known before. */
import assert from 'node:assert/strict';
import { type Fields, fields, items, text } from '../../src/inventory/values.ts';

/** What is at a path of members and places in lists; undefined where it leads nowhere. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce((one: unknown, key) => (typeof key === 'number' ? items(one)[key] : fields(one)?.[key]), value);
}

function must<T>(found: T | undefined, what: string, value: unknown): T {
  assert.ok(found !== undefined, `not ${what}: ${JSON.stringify(value)}`);
  return found;
}

/** The members of an object, and of nothing else. */
export function members(value: unknown): Fields {
  return must(fields(value), 'an object', value);
}

/** A list, and nothing else. */
export function list(value: unknown): readonly unknown[] {
  return must(Array.isArray(value) ? items(value) : undefined, 'a list', value);
}

/** A text that says something, and nothing else. */
export function said(value: unknown): string {
  return must(text(value), 'a text', value);
}
