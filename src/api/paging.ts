/**
 * Paging tokens: where a list goes on. They are opaque to clients and authenticated: a token is good only for the operation, the account,
 * the region and the request that it was given for.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { RequestContext } from './context.ts';
import { invalidField } from './protocol/errors.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const LONGEST = 8192;

interface Paged {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

/** The same for the same request, whatever its members' order, its page and its page's size. */
function binding(operation: string, input: Paged, { account, region }: RequestContext): Buffer {
  const { nextToken: _token, maxResults: _size, ...rest } = input;
  const text = JSON.stringify([operation, account, region, rest], (_key, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(text).digest();
}

/** A token that leads on from `position`, any JSON value. */
export function nextToken(operation: string, input: Paged, context: RequestContext, position: unknown): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', context.pagingKey, nonce);
  cipher.setAAD(binding(operation, input, context));
  return Buffer.concat([nonce, cipher.update(JSON.stringify(position), 'utf8'), cipher.final(), cipher.getAuthTag()]).toString(
    'base64url',
  );
}

/** The position that the request's token stands for; `undefined` at the beginning. A token of another request is refused. */
export function positionOf(operation: string, input: Paged, context: RequestContext): unknown {
  const token = input.nextToken;
  if (token === undefined || token === '') return undefined;
  try {
    const bytes = Buffer.from(token, 'base64url');
    if (token.length > LONGEST || bytes.length < NONCE_BYTES + TAG_BYTES) throw new Error('not a token');
    const decipher = createDecipheriv('aes-256-gcm', context.pagingKey, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(binding(operation, input, context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]).toString('utf8');
    return JSON.parse(text) as unknown;
  } catch {
    throw invalidField('nextToken', 'The nextToken is not valid for this request');
  }
}

/**
 * One page of a list in the order of its keys: it goes on behind the key of the last one, so that what comes or goes meanwhile moves
 * nothing.
 */
export function keyedPage<T>(
  operation: string,
  input: Paged,
  context: RequestContext,
  list: readonly T[],
  { keyOf, largest }: { readonly keyOf: (one: T) => string; readonly largest: number },
): { readonly items: T[]; readonly nextToken?: string } {
  const position = positionOf(operation, input, context);
  const rest = [...list]
    .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    .filter((one) => typeof position !== 'string' || keyOf(one) > position);
  const items = rest.slice(0, Math.min(input.maxResults ?? largest, largest));
  const last = items.at(-1);
  if (last === undefined || items.length === rest.length) return { items };
  return { items, nextToken: nextToken(operation, input, context, keyOf(last)) };
}

/** One page of a list that is in memory already and does not change. */
export function page<T>(
  operation: string,
  input: Paged,
  context: RequestContext,
  list: readonly T[],
  largest: number,
): { readonly items: T[]; readonly nextToken?: string } {
  const position = positionOf(operation, input, context);
  const start = typeof position === 'number' ? position : 0;
  const end = start + Math.min(input.maxResults ?? largest, largest);
  const items = list.slice(start, end);
  return end < list.length ? { items, nextToken: nextToken(operation, input, context, end) } : { items };
}
