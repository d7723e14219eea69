/** Errors of both engines in words for people; mistakes of the program are not among them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { storeTrouble } from './trouble.ts';

const sqlite = (text: string, errcode: number) => Object.assign(new Error(text), { errcode });
const coded = (code: string) => Object.assign(new Error('x'), { code });

test('what the store cannot do has a code', () => {
  const cases: readonly (readonly [error: unknown, code: string | undefined])[] = [
    [sqlite('database or disk is full', 13), 'store-full'],
    [sqlite('attempt to write a readonly database', 8), 'store-read-only'],
    [sqlite('attempt to write a readonly database', 1032), 'store-read-only'],
    [sqlite('disk I/O error', 778), 'store-unreadable'],
    [sqlite('database disk image is malformed', 11), 'store-damaged'],
    [sqlite('UNIQUE constraint failed', 2067), undefined],
    [coded('53100'), 'store-full'],
    [coded('25006'), 'store-read-only'],
    [coded('57P01'), 'store-unreachable'],
    [coded('ECONNREFUSED'), 'store-unreachable'],
    [new Error('Connection terminated unexpectedly'), 'store-unreachable'],
    [coded('23505'), undefined],
    [new TypeError('x is not a function'), undefined],
    ['text', undefined],
  ];
  for (const [error, code] of cases) assert.equal(storeTrouble(error)?.code, code, String(error));
});
