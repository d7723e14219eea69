/** Validation in the words of AWS. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { spent } from '../../../tests/support/spent.ts';
import { INSPECTOR2 } from '../inspector2/service.ts';
import type { Model } from './model.ts';
import { check, validationMessage } from './validate.ts';

const model: Model = {
  operations: {},
  shapes: {
    Input: {
      type: 'structure',
      required: ['name'],
      members: {
        name: 'Name',
        size: 'Size',
        kind: 'Kind',
        ids: 'Ids',
        rows: 'Rows',
        tags: 'Tags',
        at: 'Time',
        data: 'Data',
        one: 'One',
        share: 'Share',
      },
    },
    Name: { type: 'string', min: 1, max: 3 },
    Size: { type: 'integer', min: 1, max: 100 },
    Kind: { type: 'string', enum: ['A', 'B'] },
    Id: { type: 'string', min: 12, max: 12, pattern: '\\d{12}' },
    Ids: { type: 'list', member: 'Id', max: 2 },
    Row: { type: 'structure', required: ['kind'], members: { kind: 'Kind' }, closed: true },
    Rows: { type: 'list', member: 'Row' },
    Tags: { type: 'map', key: 'Name', value: 'Name' },
    Time: { type: 'timestamp' },
    Share: { type: 'double' },
    Data: { type: 'blob', max: 3 },
    One: { type: 'union', members: { a: 'Name', b: 'Name' } },
  },
};

const said = (document: object) => {
  const { errors } = check(model, 'Input', { name: 'x', ...document });
  return errors.length === 0 ? '' : validationMessage(errors);
};

test('what is valid, and what is wrong in which words', () => {
  for (const document of [
    {
      size: 100,
      kind: 'A',
      ids: ['123456789012'],
      rows: [{ kind: 'B' }],
      tags: { a: 'b' },
      at: 1.5,
      data: 'AAAA',
      one: { a: 'x' },
    },
    { name: '𝒳𝒳𝒳', size: null, other: { deep: [] }, ids: [] },
  ]) {
    assert.equal(said(document), '');
  }
  const one = (name: string, message: string) =>
    `1 validation error detected: Value at '${name}' failed to satisfy constraint: ${message}`;
  const cases: readonly (readonly [object, string])[] = [
    [{ name: null }, one('name', 'Member must not be null')],
    [{ name: '' }, one('name', 'Member must have length greater than or equal to 1')],
    [{ name: 'abcd' }, one('name', 'Member must have length less than or equal to 3')],
    [{ size: 101 }, one('size', 'Member must have value less than or equal to 100')],
    [{ size: 1.5 }, one('size', 'Member must be a whole number')],
    [{ size: '5' }, one('size', 'Member must be a whole number')],
    [JSON.parse('{"share":1e999}'), one('share', 'Member must be a number')],
    [{ kind: 'C' }, one('kind', 'Member must satisfy enum value set: [A, B]')],
    [
      { ids: ['12345678901x'] },
      one('ids', 'Member must satisfy constraint: [Member must satisfy regular expression pattern: \\d{12}]'),
    ],
    [{ ids: ['x', 'x', 'x'] }, one('ids', 'Member must have length less than or equal to 2')],
    [{ ids: [null] }, one('ids.1.member', 'Member must not be null')],
    [{ rows: [{ kind: 'A' }, {}] }, one('rows.2.member.kind', 'Member must not be null')],
    [{ rows: [{ kind: 'A', new: 1 }] }, one('rows.1.member.new', 'Member is not known to this service')],
    [{ tags: { abcd: 'x' } }, one('tags', 'Map keys must satisfy constraint: [Member must have length less than or equal to 3]')],
    [{ tags: { a: '' } }, one('tags', 'Map value must satisfy constraint: [Member must have length greater than or equal to 1]')],
    [{ at: '2026-01-01' }, one('at', 'Member must be a number: seconds since 1970')],
    [{ at: 1e300 }, one('at', 'Member must be a number: seconds since 1970')],
    [{ data: 'AAAAAAAA' }, one('data', 'Member must have length less than or equal to 3')],
    [{ data: '%' }, one('data', 'Member must be a string in base64')],
    [{ one: {} }, one('one', 'Member must have exactly one of these set: [a, b]')],
    [{ one: { a: 'x', b: 'y' } }, one('one', 'Member must have exactly one of these set: [a, b]')],
  ];
  for (const [document, message] of cases) assert.equal(said(document), message);
  assert.match(said({ size: 0, kind: '' }), /^2 validation errors detected: Value at 'size' .*; Value at 'kind' /);
});

test('what the model does not know is left out, also where its name is special', () => {
  const document = JSON.parse('{"name":"x","__proto__":{"size":5},"constructor":1,"tags":{"__p":"x"},"x":[]}');
  assert.deepEqual(check(model, 'Input', document).known, { name: 'x', tags: { __p: 'x' } });
});

test('many errors and long texts cost little', async () => {
  const rows = Array.from({ length: 100_000 }, () => ({}));
  assert.equal(check(model, 'Input', { name: 'x', rows }).errors.length, 20);
  const pieces = [':ecr:', 'a', '1', '/a', ' ', 'arn:aws:', '-', 'a.'];
  const long = pieces.map((piece) => `arn:${piece.repeat(2 ** 18 / piece.length)}`);
  const allowed = pieces.flatMap((piece) => ['', '/', 'arn:'].map((start) => start + piece.repeat(2048 / piece.length)));
  for (const [name, shape] of Object.entries(INSPECTOR2.model.shapes)) {
    if (shape.pattern === undefined) continue;
    for (const text of [...long, ...allowed]) {
      const cost = await spent(() => check(INSPECTOR2.model, name, text.slice(0, shape.max ?? 2 ** 20)));
      assert.ok(cost < 1000, `${name}: ${text.slice(0, 20)}`);
    }
  }
});
