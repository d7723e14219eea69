import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePatterns, isExecutableMagic, isLibraryName } from './classifier.ts';

const classifier = compilePatterns([
  { patterns: [{ basename: 'package.json', where: /(?:^|\/)node_modules\// }] },
  { patterns: [{ extension: '.jar' }, { extension: '.tar.gz' }] },
  { patterns: [{ path: 'etc/os-release' }, { under: 'var/lib/dpkg/info', where: /\.list$/ }, { under: 'var' }] },
  { patterns: [{ executable: true }] },
  { patterns: [{ executable: true, where: /(?:^|\/)node$/ }, { basename: 'package.json' }] },
]);

const cases: [path: string, byName: number[], ifExecutable: number[]][] = [
  ['a/node_modules/b/package.json', [0, 4], []],
  ['package.json', [4], []],
  ['Package.json', [], []],
  ['lib/App.JAR', [1], []],
  ['x.tar.gz', [1], []],
  ['jar', [], [3]],
  ['etc/os-release', [2], [3]],
  ['x/etc/os-release', [], [3]],
  ['var/lib/dpkg/info/a.list', [2], []],
  ['var/x', [2], [3]],
  ['variable/x', [], [3]],
  ['usr/bin/node', [], [3, 4]],
  ['usr/lib/python3/os.py', [], []],
  ['usr/lib/libc.so.6', [], [3]],
  ['opt/.sh', [], [3]],
];

test('which catalogers want a path', () => {
  for (const [path, byName, ifExecutable] of cases) {
    assert.deepEqual(classifier.byName(path), byName, path);
    assert.deepEqual(classifier.ifExecutable(path), ifExecutable, path);
    assert.equal(classifier.mayMatter(path), byName.length + ifExecutable.length > 0, path);
  }
  // The memory of the last directory must not leak into the next.
  for (const [path, byName] of [...cases].reverse()) assert.deepEqual(classifier.byName(path), byName, path);
});

test('libraries by name, executables by magic', () => {
  for (const name of ['a/libc.so', 'libc.so.6', 'libx.so.1.2.3', 'X.DLL', 'a.exe', 'b.dylib', 'addon.node'])
    assert.ok(isLibraryName(name), name);
  for (const name of ['so', 'a.sox', 'libc.so/x', 'x.jar']) assert.ok(!isLibraryName(name), name);
  for (const hex of ['7f454c46', '4d5a9000', 'feedface', 'feedfacf', 'cefaedfe', 'cffaedfe', 'cafebabe']) {
    assert.ok(isExecutableMagic(Buffer.from(hex, 'hex')), hex);
  }
  for (const hex of ['', '7f', '23212f62', '504b0304']) assert.ok(!isExecutableMagic(Buffer.from(hex, 'hex')), hex);
});
