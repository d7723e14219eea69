import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import type { LayerVisitor, Limits } from '../file.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import { normalisePath, resolveInRoot } from '../paths.ts';
import type { TreePart, TreeRules } from '../source.ts';
import { openSpool, openWorkspace, withWorkspace } from '../workspace.ts';
import { globPattern } from './glob.ts';
import { foreignMounts } from './mounts.ts';
import { planTree, walkTree } from './walk.ts';

const RULES: TreeRules = { skipPaths: [], skipNames: [], exclude: [], oneFileSystem: false };

async function walk(
  root: string,
  rules: Partial<TreeRules> = {},
  how: { part?: TreePart; limits?: Partial<Limits>; signal?: AbortSignal } = {},
) {
  const seen: string[] = [];
  const visitor: LayerVisitor = {
    entry: ({ path, kind }) => {
      seen.push(kind === 'symlink' ? `${path}@` : path);
      return 'content';
    },
    magic: () => false,
    file: ({ path }, content) => {
      const text = content.text();
      if (text.ok && text.value !== '') seen.push(`${path}=${text.value}`);
    },
    problem: ({ code }) => seen.push(`!${code}`),
  };
  const layer = { root, rules: { ...RULES, ...rules }, part: how.part };
  await walkTree(layer, visitor, { limits: { ...DEFAULT_LIMITS, ...how.limits }, name: 'the test', signal: how.signal });
  return seen.sort();
}

function plant(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

test('a tree is walked without following links', async (context) => {
  const root = temporaryDirectory(context);
  plant(root, { a: '1', 'd/b': '2', 'd/e/c': '', 'skip/x': '3', 'd/node_modules/y': '4' });
  symlinkSync('/', join(root, 'up'));
  symlinkSync('up', join(root, 'd/again'));
  const all = [
    'a',
    'a=1',
    'd/again@',
    'd/b',
    'd/b=2',
    'd/e/c',
    'd/node_modules/y',
    'd/node_modules/y=4',
    'skip/x',
    'skip/x=3',
    'up@',
  ];
  assert.deepEqual(await walk(root), all);
  assert.deepEqual(await walk(root, { skipPaths: ['skip', 'd/e'], skipNames: ['node_modules'] }), [
    'a',
    'a=1',
    'd/again@',
    'd/b',
    'd/b=2',
    'up@',
  ]);
  assert.deepEqual(await walk(root, { exclude: ['d/**', 'up', '*/x'] }), ['a', 'a=1']);
  assert.deepEqual(await walk(root, { oneFileSystem: true }), all);
  assert.deepEqual(await walk(root, {}, { part: { subtrees: ['d/e'], folders: ['d'], files: ['a'] } }), [
    'a',
    'a=1',
    'd/again@',
    'd/b',
    'd/b=2',
    'd/e/c',
  ]);
  assert.deepEqual(
    await walk(root, {}, { limits: { maxEntries: 2 } }).then((seen) => seen.filter((line) => line.startsWith('!'))),
    ['!archive-too-many-entries'],
  );
  assert.deepEqual(await walk(join(root, 'a')), ['!directory-unreadable']);
});

test('shares of a walk make up the whole', async (context) => {
  const root = temporaryDirectory(context);
  for (let index = 0; index < 20; index++) plant(root, { [`d${index % 5}/e${index}/f`]: '', [`d${index % 5}/g${index}`]: '' });
  const layer = { root, rules: RULES };
  assert.equal(planTree(layer, DEFAULT_LIMITS, 100, 3), undefined, 'too small');
  const parts = planTree(layer, DEFAULT_LIMITS, 10, 3) ?? [];
  assert.equal(parts.length, 3);
  const shares = await Promise.all(parts.map((part) => walk(root, {}, { part })));
  assert.deepEqual(shares.flat().sort(), await walk(root));
});

test('globs', () => {
  const cases: [glob: string, yes: string[], no: string[]][] = [
    ['a', ['a', 'a/b'], ['ab', 'b/a']],
    ['*.log', ['x.log', '.log'], ['d/x.log', 'x.logs']],
    ['**/x', ['x', 'a/x', 'a/b/x/y'], ['ax']],
    ['a/**', ['a/b', 'a/b/c'], ['a', 'b/a']],
    ['a?c', ['abc'], ['ac', 'a/c']],
    ['./a.b/', ['a.b', 'a.b/c'], ['axb']],
    ['/a(b|c)[d]', ['a(b|c)[d]'], ['abd']],
  ];
  for (const [glob, yes, no] of cases) {
    for (const path of yes) assert.ok(globPattern(glob).test(path), `${glob} covers ${path}`);
    for (const path of no) assert.ok(!globPattern(glob).test(path), `${glob} does not cover ${path}`);
  }
});

test('mounts that are not the machine’s own disk', () => {
  const lines = [
    '25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '26 25 0:5 / /proc rw - proc proc rw',
    '27 25 0:6 / /home rw,relatime shared:3 master:4 - xfs /dev/vdb rw',
    '28 25 0:7 / /mnt/my\\040share rw - nfs4 server:/x rw',
    '29 25 0:8 / /snap/core/1 ro - squashfs /dev/loop0 ro',
    '30 25 0:9 / /sys/kernel/tracing rw - tracefs tracefs rw',
    '31 25 0:10 / /media/me rw - fuse.sshfs me@host:/ rw',
    '32 25 0:11 / /tmp rw - tmpfs tmpfs rw',
    'nonsense',
    '',
  ];
  assert.deepEqual(foreignMounts(lines.join('\n')), {
    skipped: ['media/me', 'mnt/my share', 'proc', 'snap/core/1', 'sys/kernel/tracing'],
    told: ['/media/me (fuse.sshfs)', '/mnt/my share (nfs4)', '/snap/core/1 (squashfs)'],
  });
});

test('names have one normal form and do not escape', () => {
  const cases: [string, string | undefined][] = [
    ['a/b', 'a/b'],
    ['./a//b/', 'a/b'],
    ['/a/./b', 'a/b'],
    ['a/../b', 'b'],
    ['', ''],
    ['.', ''],
    ['..', undefined],
    ['a/../../b', undefined],
    ['a\0b', undefined],
    ['...', '...'],
    ['a/..b/.c', 'a/..b/.c'],
  ];
  for (const [raw, path] of cases) assert.equal(normalisePath(raw), path, raw);
  const segments = fc.array(fc.constantFrom('a', 'b', '..', '.', '', '...'), { maxLength: 8 });
  fc.assert(
    fc.property(segments, (parts) => {
      const path = normalisePath(parts.join('/'));
      if (path === undefined) return;
      assert.equal(normalisePath(path), path);
      if (path !== '') for (const part of path.split('/')) assert.ok(!['', '.', '..'].includes(part));
    }),
  );
});

test('links are resolved inside the root and end', () => {
  const links: Record<string, string> = {
    l: 'a/b',
    up: '../../x',
    abs: '/a',
    loop: 'pool',
    pool: 'loop',
    'a/in': '../l',
    self: 'self/x',
  };
  const resolve = (path: string): string | undefined => {
    return resolveInRoot(path, (at) => (Object.hasOwn(links, at) ? { link: links[at] ?? '' } : 'other'));
  };
  for (const [path, real] of [
    ['l/c', 'a/b/c'],
    ['up', 'x'],
    ['abs/in', 'a/b'],
    ['loop', undefined],
    ['self', undefined],
    ['q', 'q'],
  ] as const) {
    assert.equal(resolve(path), real, path);
  }
});

test('workspaces are removed, whatever happens', async (context) => {
  const parent = temporaryDirectory(context);
  let kept = '';
  await assert.rejects(
    withWorkspace(async ({ directory }) => {
      kept = directory;
      writeFileSync(join(directory, 'x'), '');
      const spool = openSpool(directory);
      assert.deepEqual(readdirSync(directory), ['x'], 'a spool has no name');
      spool.close();
      throw new Error('boom');
    }),
    /boom/,
  );
  assert.ok(!existsSync(kept));
  const workspace = openWorkspace(parent);
  assert.ok(workspace.ok);
  workspace.value.close();
  workspace.value.close();
  assert.deepEqual(readdirSync(parent), []);
  const nowhere = openWorkspace(join(parent, 'missing'));
  assert.ok(!nowhere.ok);
  assert.equal(nowhere.problem.code, 'workspace-unavailable');
  assert.match(nowhere.problem.message, /missing.*TMPDIR/s);
});

test('an interrupted process leaves nothing behind and dies by its signal', async (context) => {
  const parent = temporaryDirectory(context);
  const module = new URL('../workspace.ts', import.meta.url).href;
  const script = `const { openWorkspace } = await import(${JSON.stringify(module)}); openWorkspace(${JSON.stringify(parent)}); console.log('ready'); setInterval(() => {}, 1000);`;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'exit');
    await once(child.stdout, 'data');
    assert.equal(readdirSync(parent).length, 1);
    child.kill(signal);
    assert.deepEqual(await ended, [null, signal]);
    assert.deepEqual(readdirSync(parent), []);
  }
});
