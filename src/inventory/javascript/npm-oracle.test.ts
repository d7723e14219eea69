/** What npm itself says of a tree that it made, held against both readers of npm's trees. */
import assert from 'node:assert/strict';
import { readFileSync, utimesSync } from 'node:fs';
import { resolve } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Catalogued, catalog } from '../../../tests/support/cataloger.ts';
import { installProject, type ListedPackage, listProject, needNpm, type PublishedPackage } from '../../../tests/support/npm.ts';
import { openRootfs } from '../../artifacts/open.ts';
import type { Package } from '../../model/package.ts';
import { npmInstalled } from '../catalogers/npm-installed/index.ts';
import { npmLock } from '../catalogers/npm-lock/index.ts';
import { takeInventory } from '../pipeline/index.ts';

const pkg = (name: string, version: string, more: Readonly<Record<string, unknown>> = {}): PublishedPackage => ({
  manifest: { name, version, license: 'MIT', ...more },
});

/** Nested duplicates, scopes, peers, options, aliases, bundles, cycles, pre-releases, development at several depths. */
const PUBLISHED: readonly PublishedPackage[] = [
  pkg('base', '1.0.0'),
  pkg('base', '2.0.0', { dependencies: { cycle: '^1.0.0' } }),
  pkg('cycle', '1.0.0', { dependencies: { base: '^2.0.0' } }),
  pkg('@acme/http', '3.1.0', { dependencies: { base: '^1.0.0', '@acme/util': '*' } }),
  pkg('@acme/util', '0.0.1-rc.1'),
  pkg('@acme/util', '0.5.0+build.7', { dependencies: { base: '2' } }),
  pkg('framework', '5.0.0', { peerDependencies: { base: '>=1' } }),
  pkg('plugin', '1.2.3', {
    peerDependencies: { framework: '^5.0.0', absent: '*' },
    peerDependenciesMeta: { absent: { optional: true } },
  }),
  pkg('native', '1.0.0', { os: ['!linux'] }),
  pkg('maybe', '1.0.0', { dependencies: { shared: '1.0.0' } }),
  pkg('shared', '1.0.0'),
  pkg('tester', '9.0.0', { dependencies: { base: '^1.0.0', shared: '^1.0.0', 'only-tests': '*' } }),
  pkg('only-tests', '0.1.0', { dependencies: { base: '^2.0.0' }, devDependencies: { nobody: '1' } }),
  pkg('linter', '4.0.0', { optionalDependencies: { maybe: '1.0.0', native: '*' } }),
  {
    ...pkg('bundler', '1.0.0', { dependencies: { inner: '1.0.0' }, bundleDependencies: ['inner'] }),
    files: { 'node_modules/inner/package.json': '{"name":"inner","version":"1.0.0"}' },
  },
  { ...pkg('fixtured', '1.0.0'), files: { 'test/fixtures/node_modules/evil/package.json': '{"name":"evil","version":"6.6.6"}' } },
];

const PROJECT = {
  'package.json': JSON.stringify({
    name: 'project',
    version: '0.1.0',
    workspaces: ['packages/*', '!packages/skip'],
    dependencies: {
      base: '1',
      '@acme/http': '^3.0.0',
      plugin: '*',
      bundler: '*',
      old: 'npm:@acme/util@0.0.1-rc.1',
      side: 'file:side',
    },
    optionalDependencies: { native: '*', maybe: '*' },
    devDependencies: { tester: '*', linter: '*', fixtured: '*' },
  }),
  'packages/one/package.json': JSON.stringify({
    name: '@project/one',
    version: '1.0.0',
    dependencies: { base: '2', '@project/two': '*' },
  }),
  'packages/two/package.json': JSON.stringify({ name: '@project/two', version: '2.0.0', devDependencies: { 'only-tests': '*' } }),
  'side/package.json': JSON.stringify({ name: 'side', version: '7.0.0', dependencies: { shared: '*' } }),
};

const WORKSPACES = ['@project/one', '@project/two'];

/** `name version [dev]`, each once; for development only when every place of it is. */
function summary(packages: Iterable<Pick<ListedPackage, 'name' | 'version' | 'development'>>): string[] {
  const found = new Map<string, boolean>();
  for (const { name, version, development } of packages) {
    const key = `${name} ${version}`;
    found.set(key, (found.get(key) ?? true) && development);
  }
  return [...found].map(([key, development]) => (development ? `${key} dev` : key)).sort();
}

function summaryOf(result: Catalogued): string[] {
  return summary(result.packages.map(({ draft }) => ({ ...draft, development: draft.development === true })));
}

async function installed(project: string): Promise<readonly Package[]> {
  const source = openRootfs(project);
  assert.ok(source.ok);
  const inventory = await takeInventory(source.value, { catalogers: [npmInstalled], workers: 0 });
  assert.deepEqual(inventory.problems, []);
  return inventory.packages;
}

async function compare(context: TestContext, project: string): Promise<void> {
  const lock = await catalog(npmLock, { 'package-lock.json': readFileSync(`${project}/package-lock.json`) });
  assert.deepEqual(summaryOf(lock), summary(await listProject(context, project, '--package-lock-only')), 'lock file');
  const listed = await listProject(context, project);
  const packages = await installed(project);
  assert.deepEqual(
    summary(packages.map((found) => ({ ...found, development: found.development === true }))),
    summary(listed),
    'node_modules',
  );
  const place = (path: string) => path.slice(0, Math.max(0, path.length - '/package.json'.length));
  assert.deepEqual(
    packages.flatMap(({ name, locations }) => locations.map(({ path }) => `${name} ${place(path)}`)).sort(),
    listed.map(({ name, path }) => `${name} ${path}`).sort(),
    'places',
  );
  // Both readers follow the same edges.
  const shown = (purl: string, uses: readonly string[] | undefined) => `${purl} -> ${(uses ?? []).join(' ')}`;
  const present = new Set(packages.map(({ purl }) => purl));
  const edges = new Map<string, Set<string>>();
  for (const { draft } of lock.packages)
    edges.set(draft.purl, new Set([...(edges.get(draft.purl) ?? []), ...(draft.dependsOn ?? [])]));
  assert.deepEqual(
    packages.map(({ purl, dependsOn }) => shown(purl, dependsOn)),
    packages.map(({ purl }) => shown(purl, [...(edges.get(purl) ?? [])].filter((used) => present.has(used)).sort())),
    'edges',
  );
}

for (const options of [
  [],
  ['--lockfile-version=2'],
  ['--install-strategy=nested'],
  ['--install-strategy=linked'],
  ['--omit=dev'],
]) {
  test(`a tree that npm made: ${options.join(' ') || 'defaults'}`, async (t) => {
    if (!needNpm(t)) return;
    const project = await installProject(t, PUBLISHED, PROJECT, options);
    if (options[0] === '--install-strategy=linked') {
      const names = (await installed(project)).map(({ name }) => name);
      const lock = await catalog(npmLock, { 'package-lock.json': readFileSync(`${project}/package-lock.json`) });
      // Packages for other systems are in the lock file only, and this layout leaves bundled ones out of it.
      const locked = lock.packages.map(({ draft }) => draft.name).filter((name) => name !== 'native');
      assert.deepEqual([...new Set(names)].sort(), [...new Set([...locked, 'inner'])].sort());
      return;
    }
    await compare(t, project);
    const packages = await installed(project);
    assert.deepEqual(
      packages
        .filter(({ root }) => root)
        .map(({ name }) => name)
        .sort(),
      [...WORKSPACES, 'project'].sort(),
    );
    const direct = packages.filter((found) => found.direct).map(({ name }) => name);
    for (const name of ['plugin', '@acme/http', 'side']) assert.ok(direct.includes(name), name);
    for (const name of ['cycle', 'framework', 'inner', 'shared']) assert.ok(!direct.includes(name), name);
    assert.ok(!packages.some(({ name }) => name === 'evil'), 'material for tests is not installed');
  });
}

test('lock files of version 1 tell the same packages', async (t) => {
  if (!needNpm(t)) return;
  const { workspaces: _, ...manifest } = JSON.parse(PROJECT['package.json']);
  const files = { 'package.json': JSON.stringify(manifest), 'side/package.json': PROJECT['side/package.json'] };
  const project = await installProject(t, PUBLISHED, files, ['--lockfile-version=1']);
  const read = (name: string) => readFileSync(`${project}/${name}`);
  const result = await catalog(npmLock, {
    'package-lock.json': read('package-lock.json'),
    'package.json': read('package.json'),
  });
  // Version 1 does not tell the versions of folders.
  const listed = await listProject(t, project, '--package-lock-only');
  const expected = summary(listed).map((line) => (line.startsWith('side ') ? 'side ' : line));
  assert.deepEqual(summaryOf(result), expected);
  const direct = result.packages.filter(({ draft }) => draft.direct).map(({ draft }) => draft.name);
  assert.deepEqual(
    new Set(direct),
    new Set(['base', '@acme/http', 'plugin', 'bundler', '@acme/util', 'side', 'native', 'maybe', 'tester', 'linter', 'fixtured']),
  );
});

test('this project as npm lists it', async (t) => {
  if (!needNpm(t)) return;
  const project = resolve(import.meta.dirname, '../../..');
  // npm tells development packages only as long as nothing in node_modules (a tool's cache) is younger than its own record.
  utimesSync(resolve(project, 'node_modules/.package-lock.json'), new Date(), new Date());
  await compare(t, project);
});
