/** Pieces of the schemas of the native API: docs/native-api.md is made from them. */
import { ApiError } from '../protocol/errors.ts';

export const TEXT = { type: 'string', minLength: 1, maxLength: 1024 } as const;
export const INTEGER = { type: 'integer' } as const;
export const TIME = { type: ['string', 'null'], description: 'ISO 8601, UTC' } as const;
export const NULLABLE = { type: ['string', 'null'] } as const;
export const ANY = {} as const;

/** A number of a row in the path. */
export const ID_PATH = {
  type: 'object',
  required: ['id'],
  properties: { id: { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER } },
} as const;

export interface IdPath {
  readonly id: number;
}

/** Query members of every list. */
export const PAGE = {
  limit: { type: 'integer', minimum: 1, maximum: 1000, default: 100 },
  after: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0, description: '`next` of the page before' },
} as const;

export interface Page {
  readonly limit: number;
  readonly after: number;
}

export function object<P extends object>(properties: P) {
  return { type: 'object', properties } as const;
}

/** An answer with one list, and `next` where there is more of it. */
export function listOf(name: string, row: object) {
  return object({
    [name]: { type: 'array', items: row },
    next: { type: 'integer', description: 'Give it as `after` for the next page; absent on the last one' },
  });
}

/** A page out of one row more than asked for. */
export function paged<T extends { readonly id: number }>(
  rows: readonly T[],
  { limit }: Page,
): { rows: readonly T[]; next?: number } {
  const kept = rows.slice(0, limit);
  const last = kept.at(-1);
  return rows.length > limit && last !== undefined ? { rows: kept, next: last.id } : { rows: kept };
}

export function iso(time: number | null | undefined): string | null {
  return time === null || time === undefined ? null : new Date(time).toISOString();
}

/** 409: the thing is in a state that does not allow it. */
export function refused(message: string): ApiError {
  return new ApiError('ConflictException', message);
}
