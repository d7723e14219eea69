import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { gemfileLock } from './index.ts';

const LOCK = `GIT
  remote: https://example.com/forked.git
  revision: 0123456789abcdef
  tag: v1.2.3
  specs:
    forked (1.2.3)
      rack (>= 2)

PATH
  remote: .
  specs:
    mygem (0.1.0)
      nokogiri (~> 1.13)

PATH
  remote: engines/shop
  specs:
    shop (0.0.1)

GEM
  remote: https://rubygems.org/
  specs:
    mini_portile2 (2.8.0)
    nokogiri (1.13.6)
      mini_portile2 (~> 2.8.0)
      racc (~> 1.4)
    nokogiri (1.13.6-x86_64-linux)
      racc (~> 1.4)
    racc (1.6.0.pre1)
    rack (2.2.3)

PLATFORMS
  ruby
  x86_64-linux

DEPENDENCIES
  forked!
  mygem!
  rack (= 2.2.3)

CHECKSUMS
  rack (2.2.3) sha256=00

RUBY VERSION
   ruby 2.7.6p219

BUNDLED WITH
   2.3.7
`;

test('sections, platforms and direct dependencies', async () => {
  for (const path of ['Gemfile.lock', 'gems.locked']) {
    for (const text of [LOCK, LOCK.replaceAll('\n', '\r\n')]) {
      const result = await catalog(gemfileLock, { [path]: text });
      assert.deepEqual(lines(result), [
        'forked 1.2.3 direct -> rack@2.2.3',
        'mini_portile2 2.8.0',
        'mygem 0.1.0 root -> nokogiri@1.13.6',
        'nokogiri 1.13.6 -> mini_portile2@2.8.0 racc@1.6.0.pre1',
        'racc 1.6.0.pre1',
        'rack 2.2.3 direct',
        'shop 0.0.1',
      ]);
      assert.deepEqual(result.problems, []);
    }
  }
});

test('broken input gives problems, never exceptions', async () => {
  assert.equal((await catalog(gemfileLock, { 'Gemfile.lock': '<<<<<<< HEAD' })).problems[0]?.code, 'document-unexpected');
  assert.equal(
    (await catalog(gemfileLock, { 'Gemfile.lock': 'GEM\n  specs:\n    rack\n' })).problems[0]?.code,
    'document-entries-invalid',
  );
  const piece = fc.constantFrom(
    'GEM\n',
    '  specs:\n',
    '    a (1)\n',
    '      b (',
    '\n',
    ' ',
    '(',
    ')',
    '-',
    '__proto__',
    'DEPENDENCIES\n',
    '!',
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 30 }),
      async (pieces) => void (await catalog(gemfileLock, { 'Gemfile.lock': pieces.join('') })),
    ),
    { numRuns: 200 },
  );
});

test('a hundred thousand gems', async () => {
  const many = Array.from(
    { length: 100_000 },
    (_, index) => `    g${index} (1.0.${index})\n      g${(index * 7) % 100_000}`,
  ).join('\n');
  assert.equal((await catalog(gemfileLock, { 'Gemfile.lock': `GEM\n  specs:\n${many}\n` })).packages.length, 100_000);
});
