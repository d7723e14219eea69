import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { pythonLock } from './index.ts';

const POETRY1 = `[[package]]
name = "click"
version = "8.1.0"
category = "main"
[[package]]
name = "pytest"
version = "7.0.0"
category = "dev"
[package.dependencies]
Iniconfig = "*"
[[package]]
name = "iniconfig"
version = "2.0.0"
category = "dev"
[metadata]
lock-version = "1.1"
`;
const POETRY2 = `[[package]]
name = "click"
version = "8.1.0"
groups = ["main", "dev"]
[[package]]
name = "pytest"
version = "8.0.0"
groups = ["dev"]
[metadata]
lock-version = "2.1"
`;
const UV = `version = 1
[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "httpx" }]
[package.dev-dependencies]
dev = [{ name = "ruff" }]
[[package]]
name = "httpx"
version = "0.27.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [{ name = "certifi" }]
[[package]]
name = "certifi"
version = "2024.2.2"
source = { registry = "https://pypi.org/simple" }
[[package]]
name = "ruff"
version = "0.4.0"
source = { registry = "https://pypi.org/simple" }
`;
const PDM = `[metadata]
groups = ["default", "lint"]
[[package]]
name = "requests"
version = "2.31.0"
groups = ["default"]
dependencies = ["urllib3<3,>=1.21.1", "pysocks; extra == 'socks'"]
[[package]]
name = "urllib3"
version = "2.2.0"
groups = ["default", "lint"]
[[package]]
name = "ruff"
version = "0.1.0"
groups = ["lint"]
`;
const PYLOCK = `lock-version = "1.0"
created-by = "pip"
[[packages]]
name = "attrs"
version = "25.1.0"
[[packages]]
name = "cattrs"
version = "24.1.2"
dependencies = [{ name = "attrs" }]
[[packages]]
name = "local"
directory = { path = "." }
`;
const PIPFILE_LOCK = JSON.stringify({
  _meta: {},
  default: { flask: { version: '==2.0.0' }, forked: { git: 'https://example.com/x.git', ref: 'abc' } },
  develop: { pytest: { version: '==7.0.0' } },
});
const PYPROJECT =
  '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["click>=8"]\n[dependency-groups]\ndev = ["pytest"]\n';

const CASES: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  ['poetry 1', { 'poetry.lock': POETRY1 }, ['click 8.1.0', 'iniconfig 2.0.0 dev', 'pytest 7.0.0 dev -> iniconfig@2.0.0']],
  ['poetry 2', { 'poetry.lock': POETRY2 }, ['click 8.1.0', 'pytest 8.0.0 dev']],
  [
    'poetry with pyproject.toml',
    { 'a/poetry.lock': POETRY2, 'a/pyproject.toml': PYPROJECT },
    ['click 8.1.0 direct', 'pytest 8.0.0 direct dev', 'shop 1.0 root -> click@8.1.0 pytest@8.0.0'],
  ],
  [
    'uv',
    { 'uv.lock': UV },
    [
      'app 0.1.0 root -> httpx@0.27.0 ruff@0.4.0',
      'certifi 2024.2.2',
      'httpx 0.27.0 direct -> certifi@2024.2.2',
      'ruff 0.4.0 direct dev',
    ],
  ],
  ['pdm', { 'pdm.lock': PDM }, ['requests 2.31.0 -> urllib3@2.2.0', 'ruff 0.1.0 dev', 'urllib3 2.2.0']],
  ['pylock', { 'pylock.toml': PYLOCK, 'pylock.dev.toml': PYLOCK }, ['attrs', 'cattrs', 'local'].flatMap((name) => [name, name])],
  [
    'Pipfile.lock with Pipfile',
    { 'Pipfile.lock': PIPFILE_LOCK, Pipfile: '[packages]\nflask = "*"\n[dev-packages]\npytest = "*"\n' },
    ['flask 2.0.0 direct', 'forked', 'pytest 7.0.0 direct dev'],
  ],
];

for (const [name, files, expected] of CASES) {
  test(name, async () => {
    const result = await catalog(pythonLock, files);
    const shown = name === 'pylock' ? lines(result).map((line) => line.split(' ', 1)[0]) : lines(result);
    assert.deepEqual([shown, result.problems], [expected, []]);
  });
}

test('broken files are problems, and nothing throws', async () => {
  const code = async (path: string, text: string) => (await catalog(pythonLock, { [path]: text })).problems[0]?.code;
  assert.equal(await code('poetry.lock', '[[package'), 'document-unreadable');
  assert.equal(await code('uv.lock', ''), 'document-unexpected');
  assert.equal(await code('pdm.lock', 'a = 1\n'), 'document-unexpected');
  assert.equal(await code('pylock.toml', 'a = 1\n'), 'document-unexpected');
  assert.equal(await code('Pipfile.lock', '[]'), 'document-unexpected');
  assert.equal(await code('poetry.lock', '[[package]]\nname = "a"\n[metadata]\n'), 'document-entries-invalid');
  assert.equal((await catalog(pythonLock, { 'pyproject.toml': '[' })).problems[0]?.effect, 'notice');
  for (const [path, text] of [
    ['poetry.lock', POETRY1],
    ['uv.lock', UV],
    ['Pipfile.lock', PIPFILE_LOCK],
  ] as const)
    for (let end = 0; end < text.length; end += 7) await code(path, text.slice(0, end));
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => void (await code('Pipfile.lock', `{"default":${json},"develop":${json}}`))),
    { numRuns: 50 },
  );
});
