/**
 * The shared fixtures from end to end, against the lists that trivy and others give for them
 * (aquasecurity/trivy integration goldens, see the fixtures' README).
 */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openImage, openProject, openRootfs } from '../src/artifacts/open.ts';
import type { ArtifactSource } from '../src/artifacts/source.ts';
import { takeInventory } from '../src/inventory/pipeline/index.ts';
import { readSbom } from '../src/inventory/sbom/read.ts';
import type { Inventory } from '../src/model/package.ts';
import type { Result } from '../src/model/problem.ts';
import { temporaryDirectory } from './support/directory.ts';
import { needShared } from './support/shared.ts';

async function inventoryOf(opened: Result<ArtifactSource>, declared = false): Promise<Inventory> {
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  try {
    return await takeInventory(opened.value, { declared, workers: 0 });
  } finally {
    opened.value.close();
  }
}

/** Sorted `name version` of packages whose version is known. */
function pairs({ packages }: Pick<Inventory, 'packages'>): string[] {
  return [...new Set(packages.filter(({ version }) => version !== '').map(({ name, version }) => `${name} ${version}`))].sort();
}

interface Golden {
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
  readonly vulnerabilities?: readonly { readonly name: string; readonly installedVersion: string }[];
}

/** What a golden lists: all packages, or only those that had a vulnerability in that scanner's test database. */
function goldenOf(file: string): { readonly all: string[]; readonly some: string[] } {
  const results: readonly Golden[] = JSON.parse(readFileSync(file, 'utf8'));
  const all = results.flatMap(({ packages = [] }) => packages.map(({ name, version }) => `${name} ${version}`));
  const some = results.flatMap(({ vulnerabilities = [] }) => vulnerabilities.map((one) => `${one.name} ${one.installedVersion}`));
  return { all: [...new Set(all)].sort(), some: [...new Set(some)].sort() };
}

/** `more` and `why`: packages that the files name and that scanner leaves out. */
const LOCKFILES: readonly {
  readonly folder: string;
  readonly golden: string;
  readonly more?: readonly string[];
  readonly why?: string;
}[] = [
  {
    folder: 'cargo',
    golden: 'cargo.lock',
    more: ['winapi 0.3.9', 'winapi-i686-pc-windows-gnu 0.4.0', 'winapi-x86_64-pc-windows-gnu 0.4.0'],
    why: 'what only another platform builds is in the lock file too',
  },
  { folder: 'composer', golden: 'composer.lock' },
  { folder: 'dotnet', golden: 'dotnet' },
  { folder: 'gomod', golden: 'gomod' },
  { folder: 'gradle', golden: 'gradle' },
  { folder: 'npm', golden: 'npm', more: ['z-lock 1.0.0'], why: 'a development dependency is marked, not dropped' },
  { folder: 'nuget', golden: 'nuget' },
  { folder: 'pip', golden: 'pip' },
  { folder: 'pnpm', golden: 'pnpm' },
  { folder: 'pom', golden: 'pom' },
  { folder: 'sbt', golden: 'sbt' },
  { folder: 'swift', golden: 'swift' },
];

for (const { folder, golden, more = [], why } of LOCKFILES) {
  test(`fixture lockfiles/${folder}: the packages of trivy's list${why === undefined ? '' : ` (${why})`}`, async (context) => {
    const root = needShared(context, 'fixtures/lockfiles');
    if (root === undefined) return;
    const inventory = await inventoryOf(openProject(join(root, folder)), true);
    const found = pairs(inventory);
    const { all, some } = goldenOf(join(root, 'expected-trivy', `${golden}.json`));
    assert.ok(all.length + some.length > 0);
    assert.deepEqual(
      [...all, ...some].filter((pair) => !found.includes(pair)),
      [],
    );
    const own = new Set(
      inventory.packages.filter(({ root: project }) => project === true).map(({ name, version }) => `${name} ${version}`),
    );
    if (all.length > 0)
      assert.deepEqual(
        found.filter((pair) => !all.includes(pair) && !own.has(pair)),
        more,
      );
  });
}

/** Facts of the images: their package databases and lock files as `tar` shows them. */
const IMAGES: readonly { readonly file: string; readonly types: Readonly<Record<string, number>>; readonly has?: string }[] = [
  { file: 'alpine-3.11.docker-archive.tar.gz', types: { apk: 14, generic: 2 }, has: 'musl 1.1.24-r2' },
  { file: 'hello-world.docker-archive.tar', types: {} },
];

async function image(context: TestContext, file: string): Promise<Inventory | undefined> {
  const path = needShared(context, `fixtures/images/${file}`);
  return path === undefined ? undefined : inventoryOf(await openImage(path), true);
}

for (const { file, types, has } of IMAGES) {
  test(`fixture images/${file}`, async (context) => {
    const inventory = await image(context, file);
    if (inventory === undefined) return;
    const counted = Object.groupBy(inventory.packages, ({ type }) => type);
    assert.deepEqual(Object.fromEntries(Object.entries(counted).map(([type, list]) => [type, list?.length])), types);
    if (has !== undefined) assert.ok(pairs(inventory).includes(has), pairs(inventory).join('\n'));
  });
}

test('fixture images/nginx: the packages of the docker archive', async (context) => {
  const docker = await image(context, 'nginx.docker-archive.tar');
  if (docker === undefined) return;
  // The fixture has one of the layers that its configuration lists.
  assert.deepEqual(
    docker.problems.map(({ code }) => code),
    ['image-inconsistent'],
  );
  assert.equal(docker.packages.filter(({ type }) => type === 'deb').length, 84);
  assert.ok(pairs(docker).includes('libc6 2.28-10'));
});

test('fixture images/nginx: the OCI archive was cut down by hand, and that is told', async (context) => {
  const oci = await image(context, 'nginx.oci-archive.tar');
  if (oci === undefined) return;
  const codes = oci.problems.filter(({ effect }) => effect === 'incomplete').map(({ code }) => code);
  assert.deepEqual([...new Set(codes)], ['digest-mismatch', 'image-inconsistent']);
});

test('fixtures images/gemfile and images/poetry: lock files inside of images', async (context) => {
  const [gems, poetry] = [await image(context, 'gemfile.docker-archive.tar'), await image(context, 'poetry.docker-archive.tar')];
  if (gems === undefined || poetry === undefined) return;
  assert.ok(gems.packages.some(({ type }) => type === 'gem'));
  assert.ok(poetry.packages.some(({ type }) => type === 'pypi'));
});

test('fixture images/3-level-jar: a jar in a jar in a jar', async (context) => {
  const inventory = await image(context, '3-level-jar.docker-archive.tar');
  if (inventory === undefined) return;
  assert.ok(inventory.packages.some(({ locations }) => locations.some(({ path }) => path.split('!/').length === 3)));
});

/** Java archives: what trivy's parser test gives for them (pkg/dependency/parser/java/jar). */
const ARCHIVES: readonly { readonly file: string; readonly has: readonly string[] }[] = [
  { file: 'nested.jar', has: [] },
  {
    file: 'hadoop-shaded-guava-1.1.0-SNAPSHOT.jar',
    has: [
      'com.google.guava:failureaccess 1.0.1',
      'com.google.guava:guava 29.0-jre',
      'com.google.guava:listenablefuture 9999.0-empty-to-avoid-conflict-with-guava',
      'com.google.j2objc:j2objc-annotations 1.3',
      'org.apache.hadoop.thirdparty:hadoop-shaded-guava 1.1.0-SNAPSHOT',
    ],
  },
  { file: 'multi-license-1.0.0.jar', has: ['com.example:multi-license 1.0.0'] },
  { file: 'heuristic-1.0.0-SNAPSHOT.jar', has: ['heuristic 1.0.0-SNAPSHOT'] },
];

for (const { file, has } of ARCHIVES) {
  test(`fixture java/${file}`, async (context) => {
    const source = needShared(context, `fixtures/java/${file}`);
    if (source === undefined) return;
    const root = temporaryDirectory(context);
    copyFileSync(source, join(root, file));
    const inventory = await inventoryOf(openRootfs(root));
    assert.deepEqual(
      has.filter((pair) => !pairs(inventory).includes(pair)),
      [],
    );
    assert.deepEqual(
      inventory.problems.filter(({ effect }) => effect === 'incomplete'),
      [],
    );
  });
}

test('fixture java/gradle.war: the jars inside, each where it lies', async (context) => {
  const source = needShared(context, 'fixtures/java/gradle.war');
  if (source === undefined) return;
  const root = temporaryDirectory(context);
  copyFileSync(source, join(root, 'gradle.war'));
  const inventory = await inventoryOf(openRootfs(root));
  const { all } = goldenOf(join(dirname(source), 'expected-gradle.war.json'));
  assert.deepEqual(
    all.filter((pair) => !pairs(inventory).includes(pair)),
    [],
  );
  const log4j = inventory.packages.find(({ name }) => name === 'log4j:log4j');
  assert.match(log4j?.locations[0]?.path ?? '', /^gradle\.war!\/WEB-INF\/lib\/log4j-.*\.jar$/);
});

test('fixture python: a wheel that lies around is a package', async (context) => {
  const source = needShared(context, 'fixtures/python/monotonic-1.6-py2.py3-none-any.whl');
  if (source === undefined) return;
  const inventory = await inventoryOf(openRootfs(dirname(source)));
  assert.deepEqual(pairs(inventory), ['monotonic 1.6']);
});

test('fixtures sbom/centos-7: CycloneDX and SPDX give the same packages', async (context) => {
  const root = needShared(context, 'fixtures/sbom');
  if (root === undefined) return;
  const read = (name: string) => {
    const result = readSbom(readFileSync(join(root, name)), name);
    assert.ok(result.ok, name);
    return pairs(result.value);
  };
  const expected = read('centos-7-cyclonedx.json');
  assert.ok(expected.length > 0);
  for (const name of ['centos-7-spdx.json', 'centos-7-spdx.txt']) assert.deepEqual(read(name), expected, name);
});
