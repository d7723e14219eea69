import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { haskell } from './index.ts';

const STACK = `packages:
- completed:
    hackage: http2-client-0.9@sha256:00,2410
    pantry-tree:
      sha256: 00
      size: 1
  original:
    hackage: http2-client-0.9
- completed:
    commit: abc
    git: https://example.com/x.git
    name: from-git
    version: 1.10
  original:
    git: https://example.com/x.git
snapshots:
- original: lts-20.0
`;

test('stack.yaml.lock', async () => {
  assert.deepEqual(lines(await catalog(haskell, { 'stack.yaml.lock': STACK })), ['from-git 1.10', 'http2-client 0.9']);
});

test('cabal.project.freeze', async () => {
  const source = `active-repositories: hackage.haskell.org:merge
constraints: any.base ==4.14.3.0,
             any.zlib ==0.6.2.3,
             zlib -non-blocking-ffi -pkg-config
index-state: hackage.haskell.org 2022-01-01T00:00:00Z
`;
  const result = await catalog(haskell, { 'cabal.project.freeze': source });
  assert.deepEqual(lines(result), ['base 4.14.3.0', 'zlib 0.6.2.3']);
  assert.deepEqual(result.problems, []);
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (path: string, source: string) => (await catalog(haskell, { [path]: source })).problems[0]?.code;
  assert.equal(await code('stack.yaml.lock', 'packages: {'), 'document-unreadable');
  assert.equal(await code('stack.yaml.lock', 'a: b'), 'document-unexpected');
  assert.equal(await code('stack.yaml.lock', 'packages:\n- completed:\n    hackage: x\n'), 'document-entries-invalid');
  assert.equal(await code('cabal.project.freeze', ''), 'document-unexpected');
  assert.equal(await code('cabal.project.freeze', 'constraints: any.base >=4'), 'document-entries-invalid');
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => void (await code('stack.yaml.lock', `packages: ${json}`))),
    { numRuns: 50 },
  );
});
