/**
 * A small sound file of every format of every cataloger, damaged in every way: its packages are either all found or something is
 * told to be missing, nothing throws, and nothing takes long or much.
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { assembled, extractsOf } from '../../tests/support/catalogued.ts';
import { cuts, flips, lies } from '../../tests/support/damage.ts';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { SAMPLES, type Sample } from '../../tests/support/samples/index.ts';
import { excuseOf, isExcused, SILENT } from '../../tests/support/samples/silent.ts';
import { spent } from '../../tests/support/spent.ts';
import { makeTar } from '../../tests/support/tar.ts';
import { makeZip } from '../../tests/support/zip.ts';
import type { ArtifactSource } from '../artifacts/source.ts';
import type { OperatingSystem, Package } from '../model/package.ts';
import { ok, type Problem } from '../model/problem.ts';
import { takeInventory } from './pipeline/index.ts';
import { CATALOGERS } from './registry.ts';

/** Of processor time for one damaged file; sound ones take less than one. */
const MAX_MILLISECONDS = 5000;
const MAX_MEMORY = 128 * 1024 * 1024;
/** Longer samples are damaged at as many places. */
const MOST_CUTS = 400;
const MOST_FLIPS = 100;
const MOST_LIES = 80;

interface Outcome {
  readonly packages: readonly Package[];
  readonly problems: readonly Problem[];
  readonly os?: OperatingSystem;
}

/** Reads a sample with other bytes in its place. */
async function readerOf(sample: Sample): Promise<(bytes: Uint8Array) => Promise<Outcome>> {
  const beside = await Promise.all(Object.entries(sample.beside).map(([path, bytes]) => extractsOf(path, bytes)));
  const paths = [sample.path, ...Object.keys(sample.beside)];
  return async (bytes) => assembled(paths, [...beside.flat(), ...(await extractsOf(sample.path, bytes))]);
}

function factsOf({ packages, os }: Outcome): string[] {
  const system = os === undefined ? [] : [`os ${os.id} ${os.versionId}`];
  return [...packages.map(({ name, version }) => `${name} ${version}`.trim()), ...system].sort();
}

/** What even the sound samples of a cataloger are told to lack. */
const ALWAYS: Readonly<Record<string, string>> = { 'package-json': 'javascript-lock-missing' };

function told({ cataloger }: Sample, { problems }: Outcome): string[] {
  return problems.filter(({ code, effect }) => effect === 'incomplete' && code !== ALWAYS[cataloger]).map(({ code }) => code);
}

/** Reads damaged bytes; fails when that takes long, or finds more than could be in them. */
async function bounded(read: (bytes: Uint8Array) => Promise<Outcome>, bytes: Uint8Array, name: string): Promise<Outcome> {
  let outcome: Outcome = { packages: [], problems: [] };
  const cost = await spent(async () => (outcome = await read(bytes)));
  assert.ok(cost < MAX_MILLISECONDS, `${name} takes too long`);
  assert.ok(outcome.packages.length < 200, `${name} gives ${outcome.packages.length} packages`);
  return outcome;
}

test('every cataloger has a sample of two packages, and every excuse is of one that exists', () => {
  for (const { id, packageTypes } of CATALOGERS) {
    const most = Math.max(...SAMPLES.filter(({ cataloger }) => cataloger === id).map(({ packages }) => packages.length));
    assert.ok(most >= (packageTypes.length === 0 ? 1 : 2), id);
  }
  const names = new Set(SAMPLES.flatMap(({ cataloger, format }) => [cataloger, `${cataloger}/${format}`]));
  for (const name of [...Object.keys(SILENT), ...Object.keys(ALWAYS)]) assert.ok(names.has(name), name);
});

/** Excuses that some cut made use of. */
const needed = new Set<string>();

for (const sample of SAMPLES) {
  const title = `${sample.cataloger}: ${sample.format}`;

  test(`${title}: sound, it is read completely`, async () => {
    const outcome = await (await readerOf(sample))(sample.bytes);
    assert.deepEqual(factsOf(outcome), sample.packages);
    assert.deepEqual(told(sample, outcome), []);
  });

  test(`${title}: cut off anywhere, no loss is silent`, async () => {
    const read = await readerOf(sample);
    const excuse = excuseOf(sample);
    for (const at of cuts(sample.bytes, MOST_CUTS)) {
      const outcome = await bounded(read, sample.bytes.subarray(0, at), `cut at ${at}`);
      const found = new Set(factsOf(outcome));
      const missing = sample.packages.filter((fact) => !found.has(fact));
      if (missing.length === 0 || told(sample, outcome).length > 0) continue;
      const shown = `${missing.join(', ')} lost by a cut at ${at} of ${sample.bytes.length}: …${JSON.stringify(sample.bytes.toString('latin1', at - 20, at))}`;
      assert.ok(isExcused(excuse, { sample, at, missing, os: outcome.os }), shown);
      if (excuse !== undefined) needed.add(excuse);
    }
  });

  test(`${title}: with changed bytes and lying numbers it is read in bounds`, async () => {
    const read = await readerOf(sample);
    for (const { name, bytes } of flips(sample.bytes, MOST_FLIPS)) await bounded(read, bytes, name);
    // Texts have no numbers that anything is read by.
    const binary = sample.bytes.includes(0);
    for (const { name, bytes } of binary ? lies(sample.bytes, MOST_LIES) : []) {
      const before = process.memoryUsage().arrayBuffers;
      await bounded(read, bytes, name);
      assert.ok(process.memoryUsage().arrayBuffers - before < MAX_MEMORY, `${name} takes too much memory`);
    }
  });
}

test('every excuse is needed', () => assert.deepEqual([...needed].sort(), Object.keys(SILENT).sort()));

test('any bytes, and samples with pieces missing, are read without an exception', async () => {
  const readers = await Promise.all(SAMPLES.map(async (sample) => ({ sample, read: await readerOf(sample) })));
  const damaged = fc.constantFrom(...readers).chain(({ sample, read }) => {
    const place = fc.nat({ max: sample.bytes.length });
    const torn = fc.tuple(place, place).map(([a, b]) => Buffer.concat([sample.bytes.subarray(0, a), sample.bytes.subarray(b)]));
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.string({ unit: 'binary' }).map(Buffer.from), torn);
    return fc.record({ name: fc.constant(`${sample.cataloger}: ${sample.format}`), read: fc.constant(read), bytes });
  });
  await fc.assert(
    fc.asyncProperty(damaged, async ({ name, read, bytes }) => void (await bounded(read, bytes, name))),
    { numRuns: 1000 },
  );
});

/** Changes of sound samples that lost packages in silence once. */
const CHANGES: readonly (readonly [name: string, from: string | RegExp, to: string])[] = [
  ['dpkg/status', '\n\nPackage', '\nPackage'],
  ['apk/installed', '\n\nC:', '\nC:'],
  ['rpm/manifest', 'src.rpm\nzlib', 'src.rpm\tzlib'],
  ['bitnami/components', '"version"', '"vershon"'],
  ['npm-lock/v3', '"packages"', '"peckages"'],
  ['bun-lock/bun.lock', '"packages"', '"peckages"'],
  ["npm-installed/Plug'n'Play map", 'packageRegistryData', 'peckageRegistryData'],
  ['composer-lock/composer.lock', '"packages"', '"peckages"'],
  ['conan/conan.lock of Conan 1', '"graph_lock"', '"graph_lack"'],
  ['nuget/packages.config', '<package id="B"', '<peckage id="B"'],
  ['cocoapods/Podfile.lock', 'PODS:', 'PODZ:'],
  ['pub/pubspec.lock', 'packages:', 'peckages:'],
  ['gemfile-lock/Gemfile.lock', 'GEM', 'GEN'],
  ['gemfile-lock/Gemfile.lock', '    racc (1.6.0)', '   racc (1.6.0)'],
  ['go-mod/go.mod', 'require (', 'requize ('],
  ['go-mod/vendor/modules.txt', ' v0.9.1', ' w0.9.1'],
  ['pnpm-lock/v9', '  b@2.1.0: {}\n', ''],
  ['pnpm-lock/v5', /\n {2}\/b\/2.*/s, '\n'],
  ['yarn-lock/Yarn 1', /\nb@.*/s, ''],
  ['yarn-lock/Yarn 4', /\n"b@.*/s, ''],
  ['cargo/Cargo.lock', /\n\[\[package\]\]\nname = "value-bag".*/s, ''],
  ['python-lock/uv.lock', /\[\[package\]\]\nname = "httpx".*/s, ''],
  ['npm-lock/v1', '"dependencies"', '"dependincies"'],
  ['composer-lock/composer.lock', '"packages-dev"', '"packages-div"'],
  ['gemfile-lock/Gemfile.lock', '(2.8.0)\n', '(2.8.0)X'],
  ['cocoapods/Podfile.lock', '(5.6.2)\n', '(5.6.2)X'],
  ['go-mod/go.mod', 'go 1.21.3', 'go 1.x1.3'],
  ['go-mod/go.mod', 'v1.9.1\n', 'v1.9.1 '],
  ['go-mod/vendor/modules.txt', '\n# golang', '\n! golang'],
  ['haskell/cabal.project.freeze', 'any.zlib', 'any,zlib!'],
  ['haskell/cabal.project.freeze', 'any.zlib', 'anx.zlib'],
  ['conan/conanfile.txt', '[requires]', '[requizes]'],
  ['go-binary/ELF', '5\u00b3\u0001mmm', '5\u00b2\u0001mmm'],
  ['python-lock/Pipfile.lock', '"default":{', '"default":[],"other":{"a":1,'],
];

for (const [name, from, to] of CHANGES) {
  test(`${name}: ${from} → ${JSON.stringify(to)} is told`, async () => {
    const sample = SAMPLES.find(({ cataloger, format }) => `${cataloger}/${format}` === name);
    assert.ok(sample !== undefined);
    const source = sample.bytes.toString('latin1');
    const changed = source.replace(from, to);
    assert.notEqual(changed, source);
    assert.notDeepEqual(told(sample, await (await readerOf(sample))(Buffer.from(changed, 'latin1'))), []);
  });
}

test('a page of another type in an rpm database is told', async () => {
  const sample = SAMPLES.find(({ format }) => format === 'Berkeley DB');
  assert.ok(sample !== undefined);
  const changed = Buffer.from(sample.bytes);
  changed[512 + 25] = 12;
  assert.deepEqual(told(sample, await (await readerOf(sample))(changed)), ['rpm-database-corrupt']);
});

const MANY = 300_000;

/** Texts on which patterns and parsers took seconds to minutes once. */
const HOSTILE: readonly (readonly [path: string, source: string | Uint8Array])[] = [
  ['Package.resolved', JSON.stringify({ pins: [{ location: `https://x/${'/'.repeat(MANY)}y`, state: { version: '1' } }] })],
  ['requirements.txt', `a==1 ${' #x'.repeat(MANY / 3)}\rb`],
  ['requirements.txt', `${'a.'.repeat(4999)}\u2028\n`.repeat(MANY / 10_000)],
  ['requirements.txt', `a${' '.repeat(9990)}x\n`.repeat(MANY / 10_000)],
  ['conanfile.txt', `[requires]\n${' #x'.repeat(MANY / 3)}\rb`],
  ['x.jar', makeZip([{ name: 'META-INF/maven/a/b/pom.properties', data: `version=${' '.repeat(MANY)}\u2028x\n` }])],
  ['pubspec.lock', `packages:\n  a: b\n${'}'.repeat(MANY)}\nsdks: x\n`],
  ['pnpm-lock.yaml', `lockfileVersion: '9.0'\npackages:\n  a@1: ${'({'.repeat(MANY / 2)}\n`],
];

test('texts made against patterns and parsers end soon', async () => {
  for (const [path, source] of HOSTILE) {
    await bounded(async (bytes) => assembled([path], await extractsOf(path, bytes)), Buffer.from(source), path);
  }
});

/** A layer with these files, opened as the tar that it is. */
function layerOf(directory: string, files: Readonly<Record<string, string | Uint8Array>>): ArtifactSource {
  const file = join(directory, 'layer.tar');
  const tar = makeTar(Object.entries(files).map(([name, data]) => ({ name, data, mode: 0o755 })));
  writeFileSync(file, tar);
  const open = async () => ok({ kind: 'tar', file, offset: 0, size: tar.length } as const);
  return {
    kind: 'image',
    name: 'sample',
    layers: [{ name: 'layer', size: tar.length, open }],
    problems: [],
    workspace: directory,
    close: () => {},
  };
}

test('through the whole pipeline: samples whole, empty, halved and overwritten', async (context) => {
  const directory = temporaryDirectory(context);
  for (const sample of SAMPLES) {
    const { bytes, path, beside, packages } = sample;
    const half = Math.floor(bytes.length / 2);
    const overwritten = Buffer.from(bytes).fill(0xff, half, Math.min(half + 40, bytes.length));
    for (const damaged of [bytes, Buffer.alloc(0), bytes.subarray(0, half), overwritten]) {
      const source = layerOf(directory, { ...beside, [path]: damaged });
      const inventory = await takeInventory(source, { declared: true, workers: 0 });
      const codes = inventory.problems.map(({ code }) => code);
      assert.ok(!codes.includes('cataloger-failed'), `${sample.cataloger}: ${sample.format}: ${codes.join()}`);
      const { os } = inventory.target;
      if (damaged === bytes) assert.deepEqual(factsOf({ ...inventory, ...(os === undefined ? {} : { os }) }), packages);
      assert.deepEqual(readdirSync(directory), ['layer.tar'], 'nothing else is written');
    }
  }
});
