import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { dockerArchive, makeImage, type TestLayer } from '../../../tests/support/image.ts';
import { needShared } from '../../../tests/support/shared.ts';
import type { TarEntry } from '../../../tests/support/tar.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import { openImage, openLambda, openProject, openRootfs } from '../../artifacts/open.ts';
import type { ArtifactSource } from '../../artifacts/source.ts';
import type { Inventory } from '../../model/package.ts';
import { incomplete, type Result } from '../../model/problem.ts';
import type { Cataloger } from '../cataloger.ts';
import { openLayerCache } from './cache.ts';
import { type InventoryOptions, takeInventory } from './index.ts';
import { NameCollector, unpackNames } from './names.ts';
import type { LayerScan } from './scan.ts';

/** `name version` lines; every other word of a line is a path the package owns. */
function cataloger(facts: Pick<Cataloger, 'id' | 'patterns'> & Partial<Cataloger>): Cataloger {
  return {
    title: facts.id,
    specification: [],
    version: 1,
    packageTypes: ['generic'],
    evidence: 'installed',
    reads: [],
    extract: (file) => {
      const text = file.text();
      if (!text.ok) return { packages: [], problems: [text.problem] };
      if (text.value.startsWith('throw')) throw new Error('boom');
      const type = facts.packageTypes?.[0] ?? 'generic';
      const lines = text.value.split('\n').filter((line) => /^\w+ \w/.test(line));
      const parsed = lines
        .map((line) => line.split(' '))
        .map(([name = '', version = '', ...paths]) => {
          return { draft: { purl: `pkg:${type}/${name}@${version}`, type, name, version }, paths };
        });
      return {
        packages: parsed.map(({ draft }) => draft),
        owns: parsed.filter(({ paths }) => paths.length > 0).map(({ draft, paths }) => ({ purl: draft.purl, paths })),
        ...(file.path === 'etc/os' ? { os: { id: 'testos', versionId: '1' } } : {}),
      };
    },
    ...facts,
  };
}

const CATALOGERS: readonly Cataloger[] = [
  cataloger({ id: 'db', packageTypes: ['deb'], patterns: [{ path: 'var/lib/db/status' }] }),
  cataloger({ id: 'os', patterns: [{ path: 'etc/os' }] }),
  cataloger({ id: 'pkg', patterns: [{ extension: '.pkg' }, { under: 'opt/records' }] }),
  cataloger({ id: 'exe', patterns: [{ executable: true }] }),
  cataloger({ id: 'lock', evidence: 'declared', patterns: [{ basename: 'my.lock' }] }),
];

async function inventoryOf(opened: Result<ArtifactSource>, options: InventoryOptions = {}): Promise<Inventory> {
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  try {
    return await takeInventory(opened.value, { catalogers: CATALOGERS, ...options });
  } finally {
    opened.value.close();
  }
}

async function imageInventory(
  directory: string,
  layers: readonly TestLayer[],
  options: InventoryOptions = {},
): Promise<Inventory> {
  const file = join(directory, 'image.tar');
  writeFileSync(file, dockerArchive(makeImage(layers)));
  return inventoryOf(await openImage(file), options);
}

/** `name@version path path …` of every package, with the number of the layer when asked. */
function summary(inventory: Inventory, withLayer = false): string[] {
  return inventory.packages.map(({ name, version, locations }) => {
    const places = locations.map(({ path, createdBy }) => (withLayer ? `${path}#${createdBy?.slice(-1)}` : path));
    return `${name}@${version} ${places.join(' ')}`;
  });
}

const file = (name: string, data: string, mode?: number): TarEntry => ({ name, data, mode });
const elf = (text: string): string => `\x7fELF\n${text}\n${'.'.repeat(80)}`;

const overlays: { name: string; layers: TarEntry[][]; expect: string[] }[] = [
  { name: 'both layers', layers: [[file('a.pkg', 'a 1')], [file('d/b.pkg', 'b 1')]], expect: ['a@1 a.pkg', 'b@1 d/b.pkg'] },
  { name: 'overwritten', layers: [[file('a.pkg', 'a 1')], [file('a.pkg', 'a 2')]], expect: ['a@2 a.pkg'] },
  { name: 'whiteout', layers: [[file('d/a.pkg', 'a 1')], [file('d/.wh.a.pkg', '')]], expect: [] },
  { name: 'whiteout of a directory', layers: [[file('d/e/a.pkg', 'a 1')], [file('.wh.d', '')]], expect: [] },
  {
    name: 'whiteout, then again',
    layers: [[file('a.pkg', 'a 1')], [file('.wh.a.pkg', '')], [file('a.pkg', 'a 3')]],
    expect: ['a@3 a.pkg'],
  },
  {
    name: 'a whiteout does not touch its own layer',
    layers: [[file('d/a.pkg', 'a 1')], [file('.wh.d', ''), file('d/b.pkg', 'b 1')]],
    expect: ['b@1 d/b.pkg'],
  },
  {
    name: 'opaque directory',
    layers: [
      [file('d/a.pkg', 'a 1'), file('d/e/c.pkg', 'c 1')],
      [file('d/.wh..wh..opq', ''), file('d/b.pkg', 'b 1')],
    ],
    expect: ['b@1 d/b.pkg'],
  },
  {
    name: 'opaque root',
    layers: [[file('a.pkg', 'a 1')], [file('.wh..wh..opq', ''), file('b.pkg', 'b 1')]],
    expect: ['b@1 b.pkg'],
  },
  { name: 'a file replaces a directory', layers: [[{ name: 'd/' }, file('d/a.pkg', 'a 1')], [file('d', '')]], expect: [] },
  { name: 'a symlink replaces a directory', layers: [[file('d/a.pkg', 'a 1')], [{ name: 'd', link: 'other' }]], expect: [] },
  { name: 'a directory replaces a file', layers: [[file('a.pkg', 'a 1')], [{ name: 'a.pkg/' }]], expect: [] },
  {
    name: 'directory, file, directory',
    layers: [[{ name: 'd/' }, file('d/a.pkg', 'a 1')], [file('d', '')], [{ name: 'd/' }, file('d/b.pkg', 'b 1')]],
    expect: ['b@1 d/b.pkg'],
  },
  {
    name: 'a directory is merged',
    layers: [[{ name: 'd/' }, file('d/a.pkg', 'a 1')], [{ name: 'd/' }]],
    expect: ['a@1 d/a.pkg'],
  },
  {
    name: 'an executable replaced by a script',
    layers: [[file('bin/x', elf('x 1'), 0o755)], [file('bin/x', '#!/bin/sh', 0o755)]],
    expect: [],
  },
  { name: 'the same package twice', layers: [[file('a.pkg', 'a 1'), file('b.pkg', 'a 1')]], expect: ['a@1 a.pkg b.pkg'] },
  {
    name: 'an executable by magic',
    layers: [[file('bin/x', elf('x 1'), 0o755), file('bin/y', elf('y 1'), 0o644)]],
    expect: ['x@1 bin/x'],
  },
  { name: 'a library without execute bit', layers: [[file('lib/liby.so.1', elf('y 1'), 0o644)]], expect: ['y@1 lib/liby.so.1'] },
  {
    name: 'a hard link to an uninteresting name',
    layers: [[file('data', 'a 1'), { name: 'a.pkg', type: '1', link: 'data' }]],
    expect: ['a@1 a.pkg'],
  },
  {
    name: 'hard links to an interesting name outlive it',
    layers: [[file('a.pkg', 'a 1'), { name: 'b.pkg', type: '1', link: 'a.pkg' }], [file('.wh.a.pkg', '')]],
    expect: ['a@1 b.pkg'],
  },
  {
    name: 'hard links to executables',
    layers: [[file('bin/x', elf('x 1'), 0o755), { name: 'bin/y', type: '1', link: 'bin/x' }]],
    expect: ['x@1 bin/x bin/y'],
  },
  {
    name: 'a symlink with an interesting name',
    layers: [[file('data', 'a 1'), { name: 'd/a.pkg', link: '../data' }]],
    expect: ['a@1 d/a.pkg'],
  },
  {
    name: 'a symlink into a lower layer',
    layers: [[file('x/data', 'a 1')], [{ name: 'a.pkg', link: '/x/data' }]],
    expect: ['a@1 a.pkg'],
  },
  {
    name: 'a symlink to a file that is read anyway',
    layers: [[file('a.pkg', 'a 1'), { name: 'b.pkg', link: 'a.pkg' }]],
    expect: ['a@1 a.pkg'],
  },
  {
    name: 'a symlink out of the root stays in it',
    layers: [[{ name: 'a.pkg', link: '../../../../etc/passwd' }, file('etc/passwd', 'p 1')]],
    expect: ['p@1 a.pkg'],
  },
  { name: 'dangling', layers: [[{ name: 'a.pkg', link: 'nowhere' }]], expect: [] },
  {
    name: 'cyclic',
    layers: [
      [
        { name: 'a.pkg', link: 'b.pkg' },
        { name: 'b.pkg', link: 'a.pkg' },
      ],
    ],
    expect: [],
  },
  {
    name: 'a database behind a linked directory',
    layers: [[{ name: 'var/lib/db', link: '../../usr/share/db' }, file('usr/share/db/status', 'a 1')]],
    expect: ['a@1 var/lib/db/status'],
  },
  {
    name: 'a directory of records behind a link',
    layers: [[{ name: 'opt/records', link: '/real' }], [file('real/one', 'a 1'), file('real/sub/two', 'b 1')]],
    expect: ['a@1 opt/records/one', 'b@1 opt/records/sub/two'],
  },
  {
    name: 'a hidden database behind a link',
    layers: [[{ name: 'var/lib/db', link: '/x' }, file('x/status', 'a 1')], [file('.wh.x', '')]],
    expect: [],
  },
];

test('layers are laid over each other', async (context) => {
  const directory = temporaryDirectory(context);
  for (const { name, layers, expect } of overlays) {
    for (const compression of ['none', 'gzip'] as const) {
      const inventory = await imageInventory(
        directory,
        layers.map((entries) => ({ entries, compression })),
      );
      assert.deepEqual(summary(inventory), expect, name);
      assert.deepEqual(inventory.problems, [], name);
    }
  }
});

test('packages of a database belong to the layer that first had them', async (context) => {
  const inventory = await imageInventory(temporaryDirectory(context), [
    { entries: [file('var/lib/db/status', 'a 1\nb 1'), file('usr/x.pkg', 'x 1')], createdBy: 'ADD base 0' },
    { entries: [file('var/lib/db/status', 'a 1\nb 2\nc 1')], createdBy: 'RUN install 1' },
    { entries: [file('var/lib/db/status', 'a 1\nb 2')], createdBy: 'RUN remove 2' },
    { entries: [file('var/lib/db/status', 'a 1\nb 2\nc 1')], createdBy: 'RUN again 3' },
  ]);
  const db = 'var/lib/db/status';
  assert.deepEqual(summary(inventory, true), [`a@1 ${db}#0`, `b@2 ${db}#1`, `c@1 ${db}#3`, 'x@1 usr/x.pkg#0']);
});

test('files that a package owns, through linked directories too', async (context) => {
  const inventory = await imageInventory(temporaryDirectory(context), [
    {
      entries: [
        { name: 'lib', link: 'usr/lib' },
        file('usr/lib/owned.pkg', 'inner 1'),
        file('usr/lib/free.pkg', 'free 1'),
        file('usr/lib/both.pkg', 'both 1'),
        file('srv/both.pkg', 'both 1'),
        file('var/lib/db/status', 'outer 1 lib/owned.pkg usr/lib/both.pkg'),
      ],
    },
  ]);
  const owned = inventory.packages.map(({ name, ownedBy }) => `${name} ${ownedBy?.join() ?? '-'}`);
  assert.deepEqual(owned, ['outer -', 'both -', 'free -', 'inner pkg:deb/outer@1']);
});

test('a cataloger that throws costs one file', async (context) => {
  const inventory = await imageInventory(temporaryDirectory(context), [
    { entries: [file('bad.pkg', 'throw'), file('good.pkg', 'g 1')] },
  ]);
  assert.deepEqual(summary(inventory), ['g@1 good.pkg']);
  assert.deepEqual(
    inventory.problems.map(({ code, path, effect }) => ({ code, path, effect })),
    [{ code: 'cataloger-failed', path: 'bad.pkg', effect: 'incomplete' }],
  );
});

test('a hundred thousand problems are told as some and a number', async (context) => {
  const many = (code: string) => Array.from({ length: 130_000 }, (_, index) => incomplete(code, 'It is broken.', `file${index}`));
  const broken: Cataloger = {
    ...cataloger({ id: 'broken', patterns: [{ extension: '.pkg' }] }),
    extract: () => ({ packages: [], problems: many('test-broken') }),
    assemble: () => ({ packages: [], problems: many('test-lonely') }),
  };
  const directory = temporaryDirectory(context);
  const { problems } = await imageInventory(directory, [{ entries: [{ name: 'a.pkg' }] }], { catalogers: [broken] });
  assert.equal(problems.length, 2002);
  const counts = problems.filter(({ path }) => path === undefined).map(({ code, message }) => `${code}: ${message}`);
  const more = '129000 more problems of this kind are not listed.';
  assert.deepEqual(counts, [`test-broken: ${more}`, `test-lonely: ${more}`]);
});

test('declared packages are read when asked for, and counted otherwise', async (context) => {
  const directory = temporaryDirectory(context);
  const layers = [
    { entries: [file('app/my.lock', 'l 1')] },
    { entries: [file('old/my.lock', 'm 1')] },
    { entries: [file('.wh.old', '')] },
  ];
  const quiet = await imageInventory(directory, layers);
  assert.deepEqual(
    [summary(quiet), quiet.problems.map(({ code, effect, message }) => `${code} ${effect} ${message.slice(0, 2)}`)],
    [[], ['declared-not-read notice 1 ']],
  );
  assert.deepEqual(summary(await imageInventory(directory, layers, { declared: true })), ['l@1 app/my.lock']);
});

test('a layer that cannot be read whole is told with its digest, the others stand', async (context) => {
  const directory = temporaryDirectory(context);
  const image = makeImage([{ entries: [file('a.pkg', 'a 1')] }, { entries: [file('b.pkg', 'b 1')] }]);
  const tars = [image.tars[0]?.subarray(0, 1024) ?? Buffer.alloc(0), image.tars[1] ?? Buffer.alloc(0)];
  writeFileSync(join(directory, 'image.tar'), dockerArchive({ ...image, tars }));
  const inventory = await inventoryOf(await openImage(join(directory, 'image.tar')));
  assert.deepEqual(summary(inventory), ['a@1 a.pkg', 'b@1 b.pkg']);
  assert.deepEqual(
    inventory.problems.map(({ code, layer }) => ({ code, layer })),
    [{ code: 'archive-truncated', layer: image.diffIds[0] }],
  );
});

test('the cache gives the same answer without walking', async (context) => {
  const directory = temporaryDirectory(context);
  const cacheDirectory = join(directory, 'cache');
  let extracted = 0;
  const counting = CATALOGERS.map((one) => ({
    ...one,
    extract: (...input: Parameters<Cataloger['extract']>) => {
      extracted++;
      return one.extract(...input);
    },
  }));
  const path = join(directory, 'image.tar');
  const layers = [
    { entries: [file('data', 'd 1'), { name: 'd.pkg', link: 'data' }, file('a.pkg', 'a 1')] },
    { entries: [file('b.pkg', 'b 1')] },
  ];
  writeFileSync(path, dockerArchive(makeImage(layers)));
  const scan = async (options: InventoryOptions = {}): Promise<Inventory> => {
    return inventoryOf(await openImage(path), { catalogers: counting, cacheDirectory, ...options });
  };
  const cold = await scan();
  assert.equal(extracted, 3);
  assert.deepEqual(await scan(), cold);
  assert.equal(extracted, 3, 'warm: nothing is read again, the second pass neither');
  await scan({ limits: { maxFileBytes: 1000 } });
  assert.equal(extracted, 6, 'other limits, other key');
  for (const name of readdirSync(cacheDirectory)) {
    const entry = join(cacheDirectory, name);
    const bytes = readFileSync(entry);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 0xff;
    writeFileSync(entry, bytes);
  }
  assert.deepEqual(await scan(), cold, 'damaged entries are misses');
  assert.equal(extracted, 9);
  writeFileSync(path, dockerArchive(makeImage([layers[0] ?? { entries: [] }, { entries: [file('b.pkg', 'b 2')] }])));
  assert.deepEqual(summary(await scan()), ['a@1 a.pkg', 'b@2 b.pkg', 'd@1 d.pkg'], 'a changed archive is read again');
});

test('what known layers say together is kept under the code that said it, and under all that it depends on', async (context) => {
  const directory = temporaryDirectory(context);
  const cacheDirectory = join(directory, 'cache');
  let assembled = 0;
  const counting = CATALOGERS.map(
    (one): Cataloger => ({
      ...one,
      assemble: (extracts, tree) => {
        assembled++;
        const placed = extracts.flatMap(({ path, extract }) => extract.packages.map((draft) => ({ draft, paths: [path] })));
        return one.assemble?.(extracts, tree) ?? { packages: placed };
      },
    }),
  );
  const path = join(directory, 'image.tar');
  const write = (b: string): void => {
    const layers = [{ entries: [file('a.pkg', 'a 1')] }, { entries: [file('b.pkg', b)] }];
    writeFileSync(path, dockerArchive(makeImage(layers)));
  };
  const scan = async (options: InventoryOptions = {}): Promise<Inventory> => {
    const before = assembled;
    const inventory = await inventoryOf(await openImage(path), { catalogers: counting, cacheDirectory, build: 'x', ...options });
    told.push(assembled > before ? 'made' : 'kept');
    return inventory;
  };
  const told: string[] = [];
  write('b 1');
  const cold = await scan();
  assert.deepEqual(await scan(), cold);
  assert.deepEqual(await scan({ build: 'y' }), cold);
  await scan({ limits: { maxFileBytes: 1000 } });
  await scan({ build: undefined });
  write('b 2');
  assert.deepEqual(summary(await scan()), ['a@1 a.pkg', 'b@2 b.pkg']);
  assert.deepEqual(told, ['made', 'kept', 'made', 'made', 'made', 'made']);
  // One with a problem that may pass is made again.
  write('throw');
  await scan();
  await scan();
  assert.deepEqual(told.slice(6), ['made', 'made']);
});

test('the cache keeps to its bound, dropping what was not used for longest', (context) => {
  const directory = temporaryDirectory(context);
  const scan: LayerScan = {
    extracts: [],
    names: 'x'.repeat(1000),
    symlinks: [],
    hardlinks: [],
    whiteouts: [],
    opaques: [],
    unread: [],
    problems: [],
  };
  const cache = openLayerCache(directory, 2500);
  assert.ok(cache);
  const ages = new Map<string, number>();
  for (const [age, key] of ['old', 'middle', 'new'].entries()) {
    const before = new Set(readdirSync(directory));
    cache.put(key, scan);
    const added = readdirSync(directory).find((name) => !before.has(name)) ?? '';
    utimesSync(join(directory, added), 1_600_000_000 + age, 1_600_000_000 + age);
    ages.set(key, age);
  }
  // Being used makes the oldest the newest.
  assert.deepEqual(cache.get('old'), scan);
  cache.trim();
  assert.deepEqual(
    [...ages.keys()].filter((key) => cache.get(key) !== undefined),
    ['old', 'new'],
  );
  cache.put('interrupted', { ...scan, problems: [{ code: 'scan-interrupted', message: '', effect: 'incomplete' }] });
  assert.equal(cache.get('interrupted'), undefined, 'results that depend on time are not kept');
});

test('worker threads give what this thread gives', async (context) => {
  const directory = temporaryDirectory(context);
  const status = (packages: string[]): TarEntry => {
    const stanza = (name: string) => `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0\n`;
    return file('var/lib/dpkg/status', packages.map(stanza).join('\n'));
  };
  const release = file('etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n');
  const layers = [{ entries: [release, status(['one'])] }, { entries: [status(['one', 'two'])] }, { entries: [file('x', 'y')] }];
  const here = await imageInventory(directory, layers, { catalogers: undefined, workers: 0 });
  const there = await imageInventory(directory, layers, { catalogers: undefined, workers: 2 });
  assert.deepEqual(there, here);
  assert.deepEqual([here.target.os?.id, here.packages.map(({ name }) => name)], ['debian', ['one', 'two']]);
});

test('a stopped scan says so', async (context) => {
  const directory = temporaryDirectory(context);
  for (const workers of [0, 2]) {
    const layers = [{ entries: [file('a.pkg', 'a 1')] }, { entries: [file('b.pkg', 'a 1')] }];
    const options = { signal: AbortSignal.abort(), workers, ...(workers > 0 ? { catalogers: undefined } : {}) };
    const inventory = await imageInventory(directory, layers, options);
    assert.deepEqual([...new Set(inventory.problems.map(({ code }) => code))], ['scan-interrupted']);
    assert.equal(inventory.problems.length, 2);
  }
});

test('directory trees: links stay inside, declared files by kind of target', async (context) => {
  const directory = temporaryDirectory(context);
  const root = join(directory, 'root');
  mkdirSync(join(root, 'usr/share/db'), { recursive: true });
  mkdirSync(join(root, 'var/lib'), { recursive: true });
  mkdirSync(join(root, '.git'), { recursive: true });
  mkdirSync(join(root, 'skip'), { recursive: true });
  writeFileSync(join(directory, 'outside.pkg'), 'outside 1');
  writeFileSync(join(root, 'outside.pkg'), 'inside 1');
  writeFileSync(join(root, 'usr/share/db/status'), 'a 1');
  writeFileSync(join(root, '.git/g.pkg'), 'git 1');
  writeFileSync(join(root, 'skip/s.pkg'), 's 1');
  writeFileSync(join(root, 'my.lock'), 'l 1');
  writeFileSync(join(root, 'x'), elf('x 1'), { mode: 0o755 });
  symlinkSync('../../usr/share/db', join(root, 'var/lib/db'));
  symlinkSync('../outside.pkg', join(root, 'link.pkg'));
  symlinkSync(directory, join(root, 'usr/up'));
  const rootfs = await inventoryOf(openRootfs(root, { exclude: ['skip'] }));
  assert.deepEqual(summary(rootfs), ['a@1 var/lib/db/status', 'git@1 .git/g.pkg', 'inside@1 outside.pkg', 'x@1 x']);
  const project = await inventoryOf(openProject(root, { exclude: ['sk*'] }));
  assert.deepEqual(summary(project), ['a@1 var/lib/db/status', 'inside@1 outside.pkg', 'l@1 my.lock', 'x@1 x']);
  const missing = openRootfs(join(directory, 'nothing'));
  assert.equal(missing.ok ? '' : missing.problem.code, 'target-missing');
});

test('functions: layers below the function, later layers over earlier', async (context) => {
  const directory = temporaryDirectory(context);
  const zip = (name: string, members: Record<string, string>): string => {
    const path = join(directory, name);
    writeFileSync(path, makeZip(Object.entries(members).map(([member, data]) => ({ name: member, data }))));
    return path;
  };
  const layers = [zip('l1.zip', { 'a.pkg': 'a 1', 'b.pkg': 'b 1' }), zip('l2.zip', { 'a.pkg': 'a 2' })];
  const opened = openLambda(zip('f.zip', { 'a.pkg': 'f 1', 'my.lock': 'l 1' }), { layers, runtime: 'nodejs22.x' });
  const inventory = await inventoryOf(opened);
  assert.deepEqual(summary(inventory), ['a@2 opt/a.pkg', 'b@1 opt/b.pkg', 'f@1 var/task/a.pkg']);
  assert.deepEqual([inventory.target.kind, opened.ok && opened.value.facts?.runtime], ['lambda', 'nodejs22.x']);
});

test('names are packed and unpacked, the root anywhere', () => {
  const names = new NameCollector();
  for (const [path, directory] of [
    ['d', true],
    ['d/x', false],
    ['a', false],
    ['d/e/f', false],
    ['d/y', true],
  ] as const)
    names.add(path, directory);
  const expected = new Map([
    ['', 'd/\0a'],
    ['d', 'x\0e//\0y/'],
    ['d/e', 'f'],
  ]);
  assert.deepEqual(unpackNames(names.pack()), expected);
  const other = new NameCollector();
  for (const path of ['d/x', 'a', 'b', 'e/f']) other.add(path, false);
  assert.deepEqual(
    unpackNames(other.pack()),
    new Map([
      ['d', 'x'],
      ['', 'd//\0a\0b\0e//'],
      ['e', 'f'],
    ]),
  );
  const deep = new NameCollector();
  deep.add('a/b/c/d', false);
  deep.add('a/b/e', true);
  assert.deepEqual(
    unpackNames(deep.pack()),
    new Map([
      ['a/b/c', 'd'],
      ['a/b', 'c//\0e/'],
      ['a', 'b//'],
      ['', 'a//'],
    ]),
  );
  assert.deepEqual(unpackNames(''), new Map());
});

/** Of the images of osv-scalibr's own tests: regular files with their sizes as `tar tv` of the layers shows them. */
const FIXTURES: [name: string, files: string[]][] = [
  ['layers-basic.tar', ['size@17 sample.txt', 'size@6800 larger-sample.txt']],
  ['layers-overwrite-file.tar', ['size@29 sample.txt']],
  ['layers-symlink-attack.tar', []],
  ['layers-symlink-cycle.tar', []],
  ['layers-symlink-dangling.tar', []],
];

test('images with overwritten files and with dangling, cyclic and escaping links', async (context) => {
  const root = needShared(context, 'fixtures/images');
  if (root === undefined) return;
  const sizes: Cataloger = {
    ...cataloger({ id: 'sizes', patterns: [{ extension: '.txt' }] }),
    extract: ({ size }) => ({
      packages: [{ purl: `pkg:generic/size@${size}`, type: 'generic', name: 'size', version: String(size) }],
    }),
  };
  for (const [name, files] of FIXTURES) {
    const inventory = await inventoryOf(await openImage(join(root, name)), { catalogers: [sizes] });
    assert.deepEqual([summary(inventory), inventory.problems], [files, []], name);
  }
});
