/** Asking parsed data of unknown shape for values, without trusting it. */

export type Fields = { readonly [key: string]: unknown };

/** An object's fields, or undefined for anything else. */
export function fields(value: unknown): Fields | undefined {
  return isFields(value) ? value : undefined;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Own entries of an object in its order; none for anything else. */
export function entries(value: unknown): [string, unknown][] {
  return isFields(value) ? Object.entries(value) : [];
}

/** The elements of an array; none for anything else. */
export function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A string that says something, trimmed; undefined for anything else. */
export function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const trimmed = value.trim();
  return trimmed === '' ? undefined : trimmed;
}

/** The strings of an array. */
export function texts(value: unknown): string[] {
  return items(value).flatMap((item) => text(item) ?? []);
}
