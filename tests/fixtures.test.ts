/**
 * The shared fixtures from end to end, against the lists that trivy and others give for them
 * (aquasecurity/trivy integration goldens, see the fixtures' README).
 */
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
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

/** Sorted `name version` of packages that are not the project itself. */
function pairs({ packages }: Pick<Inventory, 'packages'>): string[] {
  return [...new Set(packages.filter(({ root }) => root !== true).map(({ name, version }) => `${name} ${version}`))].sort();
}

interface Expected {
  readonly packages?: readonly { readonly name: string; readonly version: string }[];
}

function expectedPairs(file: string): string[] {
  const results: readonly Expected[] = JSON.parse(readFileSync(file, 'utf8'));
  return [...new Set(results.flatMap(({ packages = [] }) => packages.map(({ name, version }) => `${name} ${version}`)))].sort();
}

/** Where the golden list is not what the files say, and why. */
interface Lockfile {
  readonly folder: string;
  readonly golden: string;
  readonly more?: readonly string[];
  readonly less?: readonly string[];
  readonly why?: string;
}

const LOCKFILES: readonly Lockfile[] = [
  { folder: 'cargo', golden: 'cargo.lock' },
  { folder: 'composer', golden: 'composer.lock' },
  { folder: 'dotnet', golden: 'dotnet' },
  { folder: 'gomod', golden: 'gomod' },
  { folder: 'gradle', golden: 'gradle' },
  { folder: 'npm', golden: 'npm' },
  { folder: 'nuget', golden: 'nuget' },
  { folder: 'pip', golden: 'pip' },
  { folder: 'pnpm', golden: 'pnpm' },
  { folder: 'pom', golden: 'pom' },
  { folder: 'sbt', golden: 'sbt' },
  { folder: 'swift', golden: 'swift' },
];

for (const { folder, golden, more = [], less = [], why } of LOCKFILES) {
  test(`fixture lockfiles/${folder}: the packages of trivy's list${why === undefined ? '' : ` (${why})`}`, async (context) => {
    const root = needShared(context, 'fixtures/lockfiles');
    if (root === undefined) return;
    const found = pairs(await inventoryOf(openProject(join(root, folder)), true));
    const expected = expectedPairs(join(root, 'expected-trivy', `${golden}.json`));
    assert.deepEqual(
      [found.filter((pair) => !expected.includes(pair)), expected.filter((pair) => !found.includes(pair))],
      [more, less],
    );
  });
}

/** Facts of the images: their package databases and lock files as `tar` shows them. */
const IMAGES: readonly { readonly file: string; readonly types: Readonly<Record<string, number>>; readonly has?: string }[] = [
  { file: 'alpine-3.11.docker-archive.tar.gz', types: { apk: 14 }, has: 'musl 1.1.24-r0' },
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

test('fixture images/nginx: docker archive and OCI archive of one image give one inventory', async (context) => {
  const docker = await image(context, 'nginx.docker-archive.tar');
  const oci = await image(context, 'nginx.oci-archive.tar');
  if (docker === undefined || oci === undefined) return;
  assert.ok(pairs(docker).length > 0);
  assert.deepEqual(pairs(oci), pairs(docker));
});

/** A root file system around one package database. */
const DATABASES: readonly { readonly from: string; readonly to: string; readonly packages: number }[] = [];

for (const { from, to, packages } of DATABASES) {
  test(`fixture os/${from} as a root file system`, async (context) => {
    const source = needShared(context, `fixtures/os/${from}`);
    if (source === undefined) return;
    const root = temporaryDirectory(context);
    mkdirSync(join(root, dirname(to)), { recursive: true });
    if (from.endsWith('.gz')) cpSync(source, join(root, to));
    else copyFileSync(source, join(root, to));
    assert.equal((await inventoryOf(openRootfs(root))).packages.length, packages, basename(from));
  });
}

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
  assert.equal(typeof gunzipSync, 'function');
});
