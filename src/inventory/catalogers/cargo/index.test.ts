import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { cargo } from './index.ts';

const REGISTRY = 'registry+https://github.com/rust-lang/crates.io-index';

const V4 = `version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = ["util 1.0.0", "log", "mock", "forked"]

[[package]]
name = "forked"
version = "0.3.0"
source = "git+https://example.com/forked?branch=main#abc"

[[package]]
name = "log"
version = "0.4.0"
source = "${REGISTRY}"
dependencies = ["util 2.0.0"]

[[package]]
name = "mock"
version = "1.0.0"
source = "${REGISTRY}"
dependencies = ["log", "only-mock"]

[[package]]
name = "only-mock"
version = "1.0.0"
source = "${REGISTRY}"

[[package]]
name = "util"
version = "1.0.0"
source = "${REGISTRY}"

[[package]]
name = "util"
version = "2.0.0"
source = "${REGISTRY}"
`;
const MANIFEST = `[package]
name = "app"
version = "0.1.0"
[dependencies]
logging = { package = "log", version = "0.4" }
forked = "*"
[target.'cfg(unix)'.build-dependencies]
util = "1"
[dev-dependencies]
mock = "1"
`;

test('Cargo.lock with its manifest', async () => {
  assert.deepEqual(lines(await catalog(cargo, { 'Cargo.lock': V4, 'Cargo.toml': MANIFEST })), [
    'app 0.1.0 root -> forked@0.3.0?vcs_url=git%2Bhttps%3A%2F%2Fexample.com%2Fforked%3Fbranch%3Dmain%23abc log@0.4.0 mock@1.0.0 util@1.0.0',
    'forked 0.3.0 direct',
    'log 0.4.0 direct -> util@2.0.0',
    'mock 1.0.0 direct dev -> log@0.4.0 only-mock@1.0.0',
    'only-mock 1.0.0 dev',
    'util 1.0.0 direct',
    'util 2.0.0',
  ]);
});

test('without a manifest nothing is called development', async () => {
  const marks = (await catalog(cargo, { 'Cargo.lock': V4 })).packages.filter(({ draft }) => draft.development);
  assert.deepEqual(marks, []);
});

test('version 1 names sources in its edges and keeps the root apart', async () => {
  const v1 = `[root]
name = "app"
version = "0.1.0"
dependencies = ["a 1.0.0 (${REGISTRY})"]
[[package]]
name = "a"
version = "1.0.0"
source = "${REGISTRY}"
[metadata]
"checksum a 1.0.0 (${REGISTRY})" = "00"
`;
  assert.deepEqual(lines(await catalog(cargo, { 'Cargo.lock': v1 })), ['a 1.0.0 direct', 'app 0.1.0 root -> a@1.0.0']);
});

test('the fixture gives the packages and relations that the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const read = (name: string) => readFileSync(`${directory}/${name}`, 'utf8');
  const result = await catalog(cargo, { 'Cargo.lock': read('cargo/Cargo.lock'), 'Cargo.toml': read('cargo/Cargo.toml') });
  const [expected] = JSON.parse(read('expected-trivy/cargo.lock.json'));
  const relation = (draft: { root?: boolean; direct?: boolean }) => (draft.root ? 'root' : draft.direct ? 'direct' : 'indirect');
  // Trivy leaves development packages out; here they are marked.
  const shown = result.packages
    .filter(({ draft }) => !draft.development)
    .map(({ draft }) => `${draft.name} ${draft.version} ${relation(draft)}`);
  const peer = expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version} ${pkg.relationship}`);
  assert.deepEqual(shown.sort(), peer.sort());
  assert.deepEqual(
    result.packages.filter(({ draft }) => draft.development).map(({ draft }) => draft.name),
    ['winapi', 'winapi-i686-pc-windows-gnu', 'winapi-x86_64-pc-windows-gnu'],
  );

  const large = await catalog(cargo, { 'Cargo.lock': read('trivy-ci-test/Cargo.lock') });
  const declared = read('trivy-ci-test/Cargo.lock').match(/^\[\[package\]\]$/gm)?.length;
  assert.equal(large.packages.length, declared);
  assert.deepEqual(large.problems, []);
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(cargo, { 'Cargo.lock': source })).problems[0]?.code;
  assert.equal(await code('[[package'), 'document-unreadable');
  assert.equal(await code('a = 1'), 'document-unexpected');
  assert.equal(await code('version = 3\n[[package]]\nname = "x"'), 'document-entries-invalid');
  assert.equal(await code('package = "x"'), undefined);
  assert.equal((await catalog(cargo, { 'Cargo.toml': '[' })).problems[0]?.effect, 'notice');
  for (let end = 0; end < V4.length; end += 7) await catalog(cargo, { 'Cargo.lock': V4.slice(0, end) });
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => void (await catalog(cargo, { 'Cargo.lock': `package = ${json}` }))),
    { numRuns: 100 },
  );
});

test('cyclic graphs and odd names', async () => {
  const source = `version = 4\n[[package]]\nname = "__proto__"\nversion = "1.0.0"\ndependencies = ["b"]\n[[package]]\nname = "b"\nversion = "1.0.0"\ndependencies = ["__proto__", "b"]\n`;
  assert.deepEqual(lines(await catalog(cargo, { 'Cargo.lock': source })), [
    '__proto__ 1.0.0 root -> b@1.0.0',
    'b 1.0.0 root -> __proto__@1.0.0',
  ]);
});
