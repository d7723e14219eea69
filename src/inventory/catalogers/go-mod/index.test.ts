import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines, nameVersions } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { goMod } from './index.ts';

const GO_MOD = `module example.com/app // the app

go 1.21.3
toolchain go1.22.1

require (
	github.com/Masterminds/semver/v3 v3.1.1
	golang.org/x/net v0.1.0 // indirect
	example.com/local v1.0.0
	"example.com/forked" v1.5.0 // indirect; needed by x
	example.com/pinned v1.0.0
)

require example.com/single v0.0.0-20211111083644-e5c967477495

exclude example.com/bad v1.0.0

replace (
	example.com/local => ../local
	example.com/forked v1.5.0 => github.com/me/forked v1.5.1-fix
	example.com/pinned v0.9.0 => example.com/other v9.0.0
)
`;

test('go.mod: requirements, replacements and the standard library', async () => {
  const result = await catalog(goMod, { 'go.mod': GO_MOD });
  assert.deepEqual(lines(result), [
    'example.com/app root -> example.com/pinned@v1.0.0 example.com/single@v0.0.0-20211111083644-e5c967477495 github.com/Masterminds/semver/v3@v3.1.1',
    'example.com/pinned v1.0.0 direct',
    'example.com/single v0.0.0-20211111083644-e5c967477495 direct',
    'github.com/Masterminds/semver/v3 v3.1.1 direct',
    'github.com/me/forked v1.5.1-fix',
    'golang.org/x/net v0.1.0',
    'stdlib 1.22.1',
  ]);
  assert.deepEqual(
    result.problems.map((problem) => [problem.code, problem.effect]),
    [['go-module-outside', 'notice']],
  );
});

test('a language version is not a version of the standard library', async () => {
  const result = await catalog(goMod, { 'go.mod': 'module a\ngo 1.21\n' });
  assert.deepEqual(lines(result), ['a root']);
});

test('a local replacement inside the target is covered by its own go.mod', async () => {
  const files = {
    'a/go.mod': 'module a\ngo 1.20\nrequire b v1.0.0\nreplace b => ../b\n',
    'b/go.mod': 'module b\ngo 1.20\nrequire c v1.0.0\n',
  };
  const result = await catalog(goMod, files);
  assert.deepEqual(lines(result), ['a root', 'b root -> c@v1.0.0', 'c v1.0.0 direct']);
  assert.deepEqual(result.problems, []);
});

const SUM = `example.com/a v1.0.0 h1:x=
example.com/a v1.0.0/go.mod h1:x=
example.com/b v1.2.0 h1:x=
example.com/b v1.10.0 h1:x=
example.com/b v1.11.0 h1:x=
example.com/c v1.0.0/go.mod h1:x=
`;

test('go.sum completes the build list only below go 1.17', async () => {
  const old = 'module m\ngo 1.16\nrequire example.com/a v1.0.0\nexclude example.com/b v1.11.0\n';
  assert.deepEqual(nameVersions(await catalog(goMod, { 'go.mod': old, 'go.sum': SUM })), [
    'example.com/a v1.0.0',
    'example.com/b v1.10.0',
  ]);
  const pruned = old.replace('1.16', '1.17');
  assert.deepEqual(nameVersions(await catalog(goMod, { 'go.mod': pruned, 'go.sum': SUM })), ['example.com/a v1.0.0']);
});

test('go.work replaces in the modules it uses', async () => {
  const result = await catalog(goMod, {
    'go.work': 'go 1.21\nuse (\n\t./x\n)\nreplace example.com/a => example.com/a2 v2.0.0\n',
    'x/go.mod': 'module x\ngo 1.21\nrequire example.com/a v1.0.0\n',
    'y/go.mod': 'module y\ngo 1.21\nrequire example.com/a v1.0.0\n',
  });
  assert.deepEqual(lines(result), [
    'example.com/a v1.0.0 direct',
    'example.com/a2 v2.0.0 direct',
    'x root -> example.com/a2@v2.0.0',
    'y root -> example.com/a@v1.0.0',
  ]);
});

test('vendor/modules.txt', async () => {
  const result = await catalog(goMod, {
    'go.mod': 'module m\ngo 1.17\nrequire example.com/a v1.0.0\n',
    'vendor/modules.txt':
      '# example.com/a v1.0.0\n## explicit; go 1.17\nexample.com/a/x\n# example.com/b v1.1.0 => example.com/b2 v1.2.0\nexample.com/b\n# example.com/l v1.0.0 => ./l\n# example.com/z => example.com/z2 v1.0.0\n',
  });
  const vendored = result.packages.filter(({ paths }) => paths[0] === 'vendor/modules.txt');
  assert.deepEqual(
    vendored.map(({ draft }) => [draft.name, draft.version, draft.direct]),
    [
      ['example.com/a', 'v1.0.0', true],
      ['example.com/b2', 'v1.2.0', undefined],
    ],
  );
});

test('finds every module that the peer reports in the fixture', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles/gomod');
  if (directory === undefined) return;
  const files: Record<string, string> = {};
  for (const name of ['go.mod', 'go.sum', 'submod/go.mod', 'submod/go.sum', 'submod2/go.mod', 'submod2/go.sum'])
    files[name] = readFileSync(join(directory, name), 'utf8');
  const result = await catalog(goMod, files);
  const at = (path: string) =>
    nameVersions({ ...result, packages: result.packages.filter(({ paths }) => paths[0]?.startsWith(path)) });
  assert.equal(at('go.').length, 18);
  assert.deepEqual(
    at('submod/').filter((line) => line.startsWith('github.com/docker/distribution')),
    ['github.com/docker/distribution v2.7.1+incompatible'],
  );
  // Trivy finds CVEs of these three in the root module and of docker/distribution in both submodules (submod2 through go.sum).
  for (const line of [
    'github.com/docker/distribution v2.7.1+incompatible',
    'github.com/open-policy-agent/opa v0.35.0',
    'golang.org/x/text v0.3.6',
  ])
    assert.ok(at('go.').includes(line), line);
  assert.ok(at('submod2/').includes('github.com/docker/distribution v2.7.1+incompatible'));
  assert.deepEqual(result.problems, []);
});

test('broken input gives problems, never exceptions', async () => {
  assert.equal((await catalog(goMod, { 'go.mod': '' })).problems[0]?.code, 'document-unexpected');
  assert.equal(
    (await catalog(goMod, { 'go.mod': 'module a\nrequire (\n\tb v1.0.0\n' })).problems[0]?.code,
    'document-entries-invalid',
  );
  assert.equal((await catalog(goMod, { 'go.mod': 'module a\nrequire b\n' })).problems[0]?.code, 'document-entries-invalid');
  const piece = fc.constantFrom(
    'require',
    'replace',
    'module',
    '(',
    ')',
    '\n',
    ' ',
    '=>',
    'a',
    'v1.0.0',
    '"',
    '`',
    '//',
    '__proto__',
    '\t',
    'exclude',
    '\u0000',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const text = pieces.join('');
      await catalog(goMod, { 'go.mod': text, 'go.sum': text, 'go.work': text, 'vendor/modules.txt': `# ${text}` });
    }),
    { numRuns: 200 },
  );
});

test('a hundred thousand requirements', async () => {
  const many = Array.from({ length: 100_000 }, (_, index) => `\texample.com/m${index} v1.0.${index}`).join('\n');
  const result = await catalog(goMod, { 'go.mod': `module m\ngo 1.17\nrequire (\n${many}\n)\n` });
  assert.equal(result.packages.length, 100_001);
});
