import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { flipped, truncations } from '../../../../tests/support/damage.ts';
import { bunLock } from './index.ts';

const LOCK = `{
  // comments are allowed
  "lockfileVersion": 1,
  "workspaces": {
    "": { "name": "app", "dependencies": { "a": "^1", "g": "x/g", "l": "link:l", }, "devDependencies": { "@s/d": "*" } },
    "libs/one": { "name": "one", "version": "0.1.0", "dependencies": { "b": "2" } },
  },
  "packages": {
    "@s/d": ["@s/d@4.0.0", "", { "dependencies": { "b": "1" } }, "sha512-a=="],
    "@s/d/b": ["b@1.0.0-rc.1", "", {}, "sha512-b=="],
    "a": ["real@1.0.0", "", { "peerDependencies": { "b": "*" }, "optionalDependencies": { "missing": "1" } }, "sha512-,}//=="],
    "b": ["b@2.0.0", "", {}, ""], /* and so are these */
    "g": ["g@github:x/g#0123", { "dependencies": { "b": "*" } }, "x-g-0123"],
    "l": ["l@link:l", {}],
    "one": ["one@workspace:libs/one"],
    "one/b": ["b@2.5.0", "", {}, ""],
  },
}
`;

test('bun.lock: nesting, aliases, workspaces, sources', async () => {
  assert.deepEqual(lines(await catalog(bunLock, { 'bun.lock': LOCK })), [
    '@s/d 4.0.0 direct dev -> b@1.0.0-rc.1',
    'app root -> %40s/d@4.0.0 g?vcs_url=github%3Ax%2Fg%230123 real@1.0.0',
    'b 1.0.0-rc.1 dev',
    'b 2.0.0',
    'b 2.5.0 direct',
    'g direct -> b@2.0.0',
    'one 0.1.0 root -> b@2.5.0',
    'real 1.0.0 direct -> b@2.0.0',
  ]);
});

test('broken text gives problems, never exceptions', async () => {
  const run = (source: string | Uint8Array) => catalog(bunLock, { 'bun.lock': source });
  const code = async (source: string) => (await run(source)).problems[0]?.code;
  assert.equal(await code('{'), 'document-unreadable');
  assert.equal(await code('{}'), 'document-unexpected');
  assert.equal(await code('{"workspaces":{},"packages":{"a":["b"],"c":1}}'), 'document-entries-invalid');
  assert.deepEqual(
    lines(
      await run('{"workspaces":{"":{"dependencies":{"__proto__":"1"}}},"packages":{"__proto__":["__proto__@1.0.0","",{},""]}}'),
    ),
    ['__proto__ 1.0.0 direct'],
  );
  for (const cut of truncations(LOCK, '{}[],:"')) await run(cut);
  await fc.assert(
    fc.asyncProperty(flipped(LOCK, '"{}[],:/*\\@a'), async (bytes) => void (await run(bytes))),
    { numRuns: 150 },
  );
});

test('broken binary files give problems, never exceptions', async () => {
  const run = (source: Uint8Array) => catalog(bunLock, { 'bun.lockb': source });
  for (const file of ['bun-1.4.lockb', 'bun-1.1.lockb']) {
    const bytes = readFileSync(resolve(import.meta.dirname, '../../javascript/testdata', file));
    const code = async (change: (copy: Buffer) => void) => {
      const copy = Buffer.from(bytes);
      change(copy);
      return (await run(copy)).problems[0]?.code;
    };
    assert.equal(await code(() => {}), undefined);
    assert.equal(await code((copy) => copy.write('?', 3)), 'bun-lockb-unreadable');
    // The format version, the number of packages, the place of the first array.
    assert.equal(await code((copy) => copy.writeUInt32LE(9, 42)), 'bun-lockb-unreadable');
    assert.equal(await code((copy) => copy.writeBigUInt64LE(2n ** 63n, 86)), 'bun-lockb-unreadable');
    assert.equal(await code((copy) => copy.writeUInt32LE(4000, 86)), 'bun-lockb-unreadable');
    assert.equal(
      await code((copy) => copy.writeBigUInt64LE(0xdeadbeefn, Number(copy.readBigUInt64LE(118)))),
      'bun-lockb-unreadable',
    );
    let cut = 0;
    for (let size = 0; size < bytes.length; size += 61) if ((await run(bytes.subarray(0, size))).problems.length > 0) cut++;
    assert.ok(cut > 50);
    await fc.assert(
      fc.asyncProperty(flipped(bytes), async (broken) => void (await run(broken))),
      { numRuns: 300 },
    );
  }
});
