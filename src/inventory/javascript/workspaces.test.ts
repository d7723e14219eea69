import assert from 'node:assert/strict';
import { matchesGlob } from 'node:path/posix';
import { test } from 'node:test';
import fc from 'fast-check';
import { workspaceMatcher } from './workspaces.ts';

test('globs of workspaces', () => {
  const table: readonly (readonly [globs: readonly string[], folder: string, member: boolean])[] = [
    [['packages/*'], 'packages/a', true],
    [['packages/*'], 'packages/a/b', false],
    [['./packages/*/'], 'packages/a', true],
    [['packages/**'], 'packages/a/b', true],
    [['**/lib-?'], 'lib-a', true],
    [['**/lib-?'], 'x/y/lib-ab', false],
    [['{apps,libs}/*'], 'libs/a', true],
    [['*', '!no'], 'no', false],
    [['*', '!n*', 'no'], 'no', true],
    [['a'], 'b', false],
  ];
  for (const [globs, folder, member] of table) assert.equal(workspaceMatcher(globs)(folder), member, `${globs} ${folder}`);
});

test('a folder is a workspace when its package.json is found by the glob, as Node.js matches globs', () => {
  const segment = fc
    .string({ unit: fc.constantFrom('a', 'b', '*', '?'), minLength: 1, maxLength: 4 })
    .filter((text) => !text.includes('**'));
  const glob = fc.array(fc.oneof(segment, fc.constant('**')), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  const folder = fc.array(fc.stringMatching(/^[ab]{1,4}$/), { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(glob, folder, (pattern, path) => {
      assert.equal(
        workspaceMatcher([pattern])(path),
        matchesGlob(`${path}/package.json`, `${pattern}/package.json`),
        `${pattern} ${path}`,
      );
    }),
    { numRuns: 1000 },
  );
});

test('hostile globs take no time', () => {
  const isMember = workspaceMatcher([`${'**/'.repeat(29)}x`, `${'*a'.repeat(199)}b`, '{'.repeat(300), 'a'.repeat(10_000)]);
  for (let round = 0; round < 100; round++) assert.equal(isMember(`${'a/'.repeat(28)}${'a'.repeat(2000)}`), false);
});
