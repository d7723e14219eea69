import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pino } from 'pino';
import type { RequestContext } from './context.ts';
import { keyedPage, nextToken, page, positionOf } from './paging.ts';
import { ApiError } from './protocol/errors.ts';

const base = { account: '111122223333', region: 'us-east-1', pagingKey: Buffer.alloc(32, 7), logger: pino({ level: 'silent' }) };
const context = base as unknown as RequestContext;

function refused(operation: string, input: object, changed: Partial<RequestContext> = {}): void {
  assert.throws(
    () => positionOf(operation, input, { ...context, ...changed }),
    (error) => error instanceof ApiError && error.code === 'ValidationException',
  );
}

test('a token is good for its request only', () => {
  const input = { filterCriteria: { a: [1], b: 2 }, maxResults: 5 };
  const position = { after: ['x', 3] };
  const token = nextToken('ListFindings', input, context, position);
  // Another page size, and members in another order, are the same request.
  const again = { nextToken: token, maxResults: 9, filterCriteria: { b: 2, a: [1] } };
  assert.deepEqual(positionOf('ListFindings', again, context), position);
  assert.equal(positionOf('ListFindings', { ...input, nextToken: undefined }, context), undefined);
  assert.ok(!Buffer.from(token, 'base64url').toString('latin1').includes('after'));
  refused('ListCoverage', again);
  refused('ListFindings', { ...again, filterCriteria: { a: [2], b: 2 } });
  refused('ListFindings', again, { account: '222233334444' });
  refused('ListFindings', again, { region: 'eu-west-1' });
  refused('ListFindings', again, { pagingKey: Buffer.alloc(32, 8) });
  for (let at = 0; at < token.length; at += 1) {
    const character = token[at] === 'A' ? 'B' : 'A';
    const changed = `${token.slice(0, at)}${character}${token.slice(at + 1)}`;
    if (Buffer.from(changed, 'base64url').equals(Buffer.from(token, 'base64url'))) continue;
    refused('ListFindings', { ...again, nextToken: changed });
  }
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 60 }), (text) => refused('ListFindings', { ...again, nextToken: text })),
  );
});

test('pages are exact: never empty behind a token, every item once', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.integer({ min: 1, max: 7 }), (length, maxResults) => {
      const list = Array.from({ length }, (_, at) => at);
      const seen: number[] = [];
      for (let token: string | undefined, pages = 0; ; pages += 1) {
        const found = page('List', { maxResults, nextToken: token }, context, list, 5);
        assert.ok(found.items.length > 0 || length === 0);
        seen.push(...found.items);
        token = found.nextToken;
        if (token === undefined) break;
        assert.ok(pages < 30);
      }
      assert.deepEqual(seen, list);
    }),
  );
});

test('pages by key: what comes and goes between them moves nothing', () => {
  const options = { keyOf: (one: string) => one, largest: 2 };
  const first = keyedPage('List', {}, context, ['d', 'b', 'a', 'c'], options);
  assert.deepEqual(first.items, ['a', 'b']);
  const { nextToken: token } = first;
  assert.deepEqual(keyedPage('List', { nextToken: token }, context, ['aa', 'c', 'd', 'e'], options).items, ['c', 'd']);
  const last = keyedPage('List', { nextToken: token }, context, ['a', 'd', 'c'], options);
  assert.deepEqual(last, { items: ['c', 'd'] });
  assert.deepEqual(keyedPage('List', {}, context, ['b', 'a'], options), { items: ['a', 'b'] });
});
