import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { testContext } from '../../../../tests/support/extract.ts';
import { needShared, skipOrFail } from '../../../../tests/support/shared.ts';
import { spent } from '../../../../tests/support/spent.ts';
import { makeZip } from '../../../../tests/support/zip.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { pypiName } from '../../drafts.ts';
import { pythonInstalled } from './index.ts';

const SITE = 'usr/lib/python3.11/site-packages';
const FLASK = `Metadata-Version: 2.1
Name: Flask
Version: 2.0.0
License: BSD-3-Clause
Requires-Dist: Werkzeug (>=2.0)
Requires-Dist: Jinja2>=3.0 ; python_version >= "3.6"
Requires-Dist: asgiref>=3.2 ; extra == "async"
Requires-Dist: zope.interface

Version: 9.9.9 is a line of the description
`;
const head = (name: string, version: string, more = '') => `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${more}`;

test('distributions, their needs, and what they were asked for', async () => {
  const result = await catalog(pythonInstalled, {
    [`${SITE}/Flask-2.0.0.dist-info/METADATA`]: FLASK,
    [`${SITE}/Flask-2.0.0.dist-info/REQUESTED`]: '',
    [`${SITE}/Werkzeug-2.0.0.dist-info/METADATA`]: head('Werkzeug', '2.0.0'),
    [`${SITE}/asgiref-3.dist-info/METADATA`]: head('asgiref', '3'),
    [`${SITE}/zope_interface-5.egg-info/PKG-INFO`]: head('zope.interface', '5'),
    [`${SITE}/zope_interface-5.egg-info/requires.txt`]: 'setuptools\n\n[docs]\nSphinx\n',
    [`${SITE}/setuptools-65.egg/EGG-INFO/PKG-INFO`]: head('setuptools', '65'),
    [`${SITE}/old-1.0-py3.11.egg-info`]: 'Metadata-Version: 1.0\r\nName: old\r\nVersion: 1.0\r\n\r\ntext',
    'opt/other/site-packages/jinja2-3.dist-info/METADATA': head('Jinja2', '3'),
  });
  assert.deepEqual(lines(result), [
    'Flask 2.0.0 direct -> werkzeug@2.0.0 zope-interface@5',
    'Jinja2 3',
    'Werkzeug 2.0.0',
    'asgiref 3',
    'old 1.0',
    'setuptools 65',
    'zope.interface 5 -> setuptools@65',
  ]);
  assert.deepEqual(result.problems, []);
  assert.deepEqual(result.packages.find(({ draft }) => draft.name === 'Flask')?.draft.licenses, ['BSD-3-Clause']);
});

test('the project itself, what came from a repository, and test material of packages', async () => {
  const direct = (value: object) => JSON.stringify(value);
  const result = await catalog(pythonInstalled, {
    [`${SITE}/app-1.dist-info/METADATA`]: head('app', '1'),
    [`${SITE}/app-1.dist-info/direct_url.json`]: direct({ url: 'file:///src/app', dir_info: { editable: true } }),
    [`${SITE}/lib-2.dist-info/METADATA`]: head('lib', '2'),
    [`${SITE}/lib-2.dist-info/direct_url.json`]: direct({
      url: 'https://user:secret@example.com/lib.git',
      vcs_info: { vcs: 'git', commit_id: 'abc' },
    }),
    [`${SITE}/airplane/tests/data/fake-1.dist-info/METADATA`]: head('fake', '1'),
    'src/tool.egg-info/PKG-INFO': head('tool', '0.1'),
  });
  assert.deepEqual(
    result.packages.map(({ draft }) => [draft.purl, draft.root === true]),
    [
      ['pkg:pypi/tool@0.1', true],
      ['pkg:pypi/app@1', true],
      ['pkg:pypi/lib@2?vcs_url=git%2Bhttps%3A%2F%2Fexample.com%2Flib.git%40abc', false],
    ],
  );
});

test('what the metadata leaves out the folder tells; nothing is made up', async () => {
  const only = async (path: string, content: string) => catalog(pythonInstalled, { [path]: content });
  assert.deepEqual(lines(await only('a/foo_bar-1.2.dist-info/METADATA', 'Metadata-Version: 2.1\n\nname: x')), ['foo_bar 1.2']);
  assert.deepEqual(lines(await only('a/foo.egg-info/PKG-INFO', 'Name: foo\n')), ['foo root']);
  assert.equal((await only('a/foo.egg-info/PKG-INFO', 'junk\n')).problems[0]?.code, 'document-unexpected');
  const text = `License: ${'very long '.repeat(50)}\nClassifier: License :: OSI Approved :: MIT License\n`;
  const result = await only('a/b-1.dist-info/METADATA', head('b', '1', text));
  assert.deepEqual(result.packages[0]?.draft.licenses, ['MIT License']);
});

test('wheels, eggs and zipped applications', async () => {
  const wheel = makeZip([
    { name: 'setuptools-65.dist-info/METADATA', data: head('setuptools', '65') },
    { name: 'setuptools/_vendor/jaraco.text-3.dist-info/METADATA', data: head('jaraco.text', '3') },
    { name: 'setuptools/tests/x-1.dist-info/METADATA', data: head('x', '1') },
  ]);
  const egg = makeZip([{ name: 'EGG-INFO/PKG-INFO', data: 'Metadata-Version: 1.0\n' }]);
  const result = await catalog(pythonInstalled, {
    'dist/setuptools-65-py3-none-any.whl': wheel,
    'dist/six-1.16-py3.9.egg': egg,
    'dist/app.pex': makeZip([{ name: '.deps/q-1.whl/q-1.dist-info/METADATA', data: head('q', '1') }], {
      prefix: Buffer.from('#!/usr/bin/env python3\n'),
    }),
    'dist/PYZ-00.pyz': 'PYZ\0 something else',
  });
  assert.deepEqual(lines(result), ['jaraco.text 3', 'q 1', 'setuptools 65', 'six 1.16']);
  assert.deepEqual(result.packages.find(({ draft }) => draft.version === '3')?.draft.paths, [
    'dist/setuptools-65-py3-none-any.whl!/setuptools/_vendor/jaraco.text-3.dist-info/METADATA',
  ]);
  assert.deepEqual(result.problems, []);
});

test('damaged archives: what was cut off is incomplete, what never was one is a notice', async () => {
  const whole = makeZip([{ name: 'a-1.dist-info/METADATA', data: head('a', '1') }]);
  const problems = async (bytes: Uint8Array | string) =>
    (await catalog(pythonInstalled, { 'a-1-py3-none-any.whl': bytes })).problems.map(({ code, effect }) => `${code} ${effect}`);
  assert.deepEqual(await problems(whole.subarray(0, 60)), ['archive-truncated incomplete']);
  const script = Buffer.concat([Buffer.from('#!/bin/sh\n'), whole.subarray(0, 60)]);
  assert.deepEqual(await problems(script), ['archive-truncated incomplete']);
  assert.deepEqual(await problems('version https://git-lfs.github.com/spec/v1\n'), ['archive-not-zip notice']);
  assert.deepEqual(await problems(makeZip([{ name: 'a.py', data: '' }])), ['document-unexpected incomplete']);
  const bomb = makeZip([{ name: 'a-1.dist-info/METADATA', data: Buffer.alloc(3 << 20) }]);
  const spent = await pythonInstalled.extract(memoryContent('a.whl', bomb), testContext({ budget: 1 << 20 }));
  assert.deepEqual(
    spent.problems?.map(({ code }) => code),
    ['archive-too-large'],
  );
  for (let end = 0; end < whole.length; end++) {
    const { packages, problems: told } = await catalog(pythonInstalled, { 'a.whl': whole.subarray(0, end) });
    assert.ok(packages.length === 0 && told.length === 1, `cut at ${end}`);
  }
});

test('any bytes give plain answers', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 300 }), async (text) => {
      await catalog(pythonInstalled, { 'a.dist-info/METADATA': `Name: x\n${text}`, 'a.egg-info/requires.txt': text });
    }),
  );
  const long = `Requires-Dist: ${'a-'.repeat(200_000)}\nRequires-Dist: x ${'('.repeat(100_000)}\n`.repeat(4);
  const cost = await spent(() => catalog(pythonInstalled, { 'a-1.dist-info/METADATA': head('a', '1', long) }));
  assert.ok(cost < 2000, `${cost} ms`);
});

test('fixture: the wheel', async (context) => {
  const path = needShared(context, 'fixtures/python/monotonic-1.6-py2.py3-none-any.whl');
  if (path === undefined) return;
  const result = await catalog(pythonInstalled, { 'monotonic-1.6-py2.py3-none-any.whl': readFileSync(path) });
  assert.deepEqual(lines(result), ['monotonic 1.6']);
});

/** Files of a directory of installed packages that the cataloger asks for. */
function installation(directory: string): Record<string, Uint8Array> {
  const files: Record<string, Uint8Array> = {};
  for (const name of readdirSync(directory)) {
    if (!/\.(?:dist|egg)-info$|\.egg$/.test(name)) continue;
    for (const member of ['', 'METADATA', 'PKG-INFO', 'EGG-INFO/PKG-INFO']) {
      const path = join(directory, name, member);
      if (existsSync(path) && statSync(path).isFile()) files[path.slice(1)] = readFileSync(path);
    }
  }
  return files;
}

test('oracle: pip lists the same packages of the same directories', async (context) => {
  let listed: readonly { readonly name: string; readonly version: string; readonly location: string }[];
  try {
    const arguments_ = ['-m', 'pip', 'list', '--format', 'json', '-v', '--disable-pip-version-check'];
    listed = JSON.parse(execFileSync('python3', arguments_, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return skipOrFail(context, 'needs python3 with pip');
  }
  const locations = [...new Set(listed.map(({ location }) => location))].filter((location) => /-packages$/.test(location));
  assert.ok(locations.length > 0);
  for (const location of locations) {
    const result = await catalog(pythonInstalled, installation(location));
    assert.deepEqual(result.problems, []);
    const ours = result.packages.map(({ draft }) => `${pypiName(draft.name)} ${draft.version}`);
    const pips = listed.filter((one) => one.location === location).map(({ name, version }) => `${pypiName(name)} ${version}`);
    assert.deepEqual([...new Set(ours)].sort(), pips.sort(), location);
  }
});
