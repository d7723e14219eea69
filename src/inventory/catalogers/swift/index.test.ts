import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines, nameVersions } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { swift } from './index.ts';

test('all three versions of the format', async () => {
  const state = { revision: 'abc', version: '2.41.0' };
  const first = {
    object: { pins: [{ package: 'swift-nio', repositoryURL: 'https://github.com/apple/swift-nio.git', state }] },
    version: 1,
  };
  const second = {
    pins: [
      { identity: 'swift-nio', kind: 'remoteSourceControl', location: 'git@github.com:apple/swift-nio.git', state },
      {
        identity: 'edge',
        kind: 'remoteSourceControl',
        location: 'ssh://git@example.com:2222/me/edge',
        state: { branch: 'main', revision: 'def' },
      },
      { identity: 'mona.linkedlist', kind: 'registry', location: '', state: { version: '1.2.0' } },
    ],
    version: 3,
  };
  assert.deepEqual(lines(await catalog(swift, { 'Package.resolved': JSON.stringify(first) })), [
    'github.com/apple/swift-nio 2.41.0',
  ]);
  const result = await catalog(swift, { 'App.xcworkspace/xcshareddata/swiftpm/Package.resolved': JSON.stringify(second) });
  assert.deepEqual(lines(result), ['example.com/me/edge', 'github.com/apple/swift-nio 2.41.0', 'mona.linkedlist 1.2.0']);
  assert.equal(result.packages[0]?.draft.purl, 'pkg:swift/github.com/apple/swift-nio@2.41.0');
});

test('the fixture gives what the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-trivy/swift.json`, 'utf8'));
  const result = await catalog(swift, { 'Package.resolved': readFileSync(`${directory}/swift/Package.resolved`) });
  assert.deepEqual(
    nameVersions(result),
    expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version}`),
  );
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(swift, { 'Package.resolved': source })).problems[0]?.code;
  assert.equal(await code('{"pins"'), 'document-unreadable');
  assert.equal(await code('{"version": 9}'), 'document-unexpected');
  assert.equal(await code('{"pins": [1, {"location": "x"}, {"location": "://", "state": {}}]}'), 'document-entries-invalid');
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      fc.string(),
      async (json, location) => void (await code(JSON.stringify({ pins: [json, { location, state: {} }] }))),
    ),
  );
});
