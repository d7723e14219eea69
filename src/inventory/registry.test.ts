/** What every cataloger must hold to. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { testContext } from '../../tests/support/extract.ts';
import { memoryContent } from '../artifacts/memory.ts';
import { PACKAGE_TYPES } from '../model/package.ts';
import type { Cataloger, FilePattern } from './cataloger.ts';
import { parsePurl } from './purl.ts';
import { CATALOGERS } from './registry.ts';

const folder = resolve(import.meta.dirname, 'catalogers');

/** Bytes that are nothing, and beginnings of what catalogers look for. */
const BAD_BYTES: readonly (readonly [string, Buffer])[] = [
  ['empty', Buffer.alloc(0)],
  ['one byte', Buffer.from([0xff])],
  ['zeros', Buffer.alloc(5000)],
  ['noise', Buffer.from(Array.from({ length: 5000 }, (_, at) => (at * 7919 + 13) % 251))],
  ['text', Buffer.from('lorem ipsum\n'.repeat(50))],
  ['invalid UTF-8', Buffer.from('\xc3\x28: \xff\xfe\n\n', 'latin1')],
  ['JSON of another shape', Buffer.from('[null, 1, "x", {"packages": [null], "dependencies": 3}]')],
  ['JSON cut off', Buffer.from('{"name": "x", "packages": {"a": {"ver')],
  ['YAML of another shape', Buffer.from('a: [1, {b: c}]\npackages:\n  - 1\n')],
  ['XML cut off', Buffer.from('<?xml version="1.0"?><project><dependencies><dependency>')],
  ['TOML cut off', Buffer.from('[[package]]\nname = "x\n')],
  ['ELF cut off', Buffer.from('\x7fELF\x02\x01\x01', 'latin1')],
  ['PE cut off', Buffer.from('MZ\x90\x00')],
  ['zip cut off', Buffer.from('PK\x03\x04\x14\x00', 'latin1')],
  ['SQLite cut off', Buffer.from('SQLite format 3\0\x10\x00')],
  ['deep nesting', Buffer.from('['.repeat(20_000))],
];

/** A path that the pattern wants. */
function samplePath(pattern: FilePattern): string {
  if ('basename' in pattern) return `srv/app/${pattern.basename}`;
  if ('extension' in pattern) return `srv/app/sample${pattern.extension}`;
  if ('path' in pattern) return pattern.path;
  return 'under' in pattern ? `${pattern.under}/sample` : 'usr/local/bin/program';
}

test('every cataloger folder is in the registry, and every entry has its folder', () => {
  const folders = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && existsSync(resolve(folder, entry.name, 'index.ts')),
  );
  assert.deepEqual(CATALOGERS.map((cataloger) => cataloger.id).sort(), folders.map((entry) => entry.name).sort());
});

function checkFacts(cataloger: Cataloger): void {
  assert.ok(cataloger.title.length > 0);
  assert.ok(Number.isInteger(cataloger.version) && cataloger.version > 0);
  assert.ok(cataloger.specification.length > 0);
  for (const url of cataloger.specification) assert.ok(URL.canParse(url), url);
  assert.ok(cataloger.reads.length > 0);
  assert.ok(cataloger.patterns.length > 0);
  for (const type of cataloger.packageTypes) assert.ok(PACKAGE_TYPES.includes(type), type);
  for (const pattern of cataloger.patterns) {
    if ('path' in pattern) assert.doesNotMatch(pattern.path, /^\/|\/$|(^|\/)\.\.?(\/|$)/);
    if ('extension' in pattern) assert.match(pattern.extension, /^\./);
    if ('where' in pattern && pattern.where !== undefined)
      assert.equal(pattern.where.global || pattern.where.sticky, false, 'a pattern has no state');
  }
}

for (const cataloger of CATALOGERS) {
  test(`cataloger ${cataloger.id}: its facts are complete`, () => checkFacts(cataloger));

  test(`cataloger ${cataloger.id}: bad input gives plain data, never an exception`, async () => {
    for (const path of new Set(cataloger.patterns.map(samplePath))) {
      for (const [name, bytes] of BAD_BYTES) {
        const extract = await cataloger.extract(memoryContent(path, bytes, 0o755), testContext());
        assert.deepEqual(JSON.parse(JSON.stringify(extract)), extract, `${path}, ${name}: JSON-safe`);
        for (const problem of extract.problems ?? []) assert.match(problem.code, /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
        for (const draft of extract.packages) {
          assert.ok(cataloger.packageTypes.includes(draft.type), `${draft.type} is not announced`);
          assert.notEqual(parsePurl(draft.purl), undefined, draft.purl);
        }
        const assembly = cataloger.assemble?.([{ path, extract }], { has: () => false });
        assert.deepEqual(JSON.parse(JSON.stringify(assembly ?? null)), assembly ?? null);
      }
    }
  });
}
