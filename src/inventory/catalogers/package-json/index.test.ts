import assert from 'node:assert/strict';
import { test } from 'node:test';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { packageJson } from './index.ts';

const manifest = (name: string, more: object = { dependencies: { a: '^1.0.0' } }) =>
  JSON.stringify({ name, version: '1.0.0', ...more });

test('ranges are no versions: a project without a lock file is told, and nothing is invented', async () => {
  const result = await catalog(packageJson, {
    'package.json': manifest('app', { dependencies: { a: '1.0.0' }, devDependencies: { b: '*' } }),
    'none/package.json': manifest('none', {}),
    'only-type/package.json': '{"type": "module"}',
  });
  assert.deepEqual(lines(result), ['app 1.0.0 root']);
  assert.deepEqual(
    result.problems.map(({ code, effect, path }) => `${code} ${effect} ${path}`),
    ['javascript-lock-missing incomplete package.json'],
  );
  assert.match(result.problems[0]?.message ?? '', /^2 dependencies are asked for/);
});

test('a lock file or installation answers for its folder and the workspaces of it', async () => {
  const files = {
    'locked/package.json': manifest('locked', { workspaces: ['packages/*'], dependencies: { a: '1' } }),
    'locked/yarn.lock': '',
    'locked/packages/one/package.json': manifest('one'),
    'locked/examples/two/package.json': manifest('two'),
    'pnpm/package.json': manifest('three'),
    'pnpm/pnpm-workspace.yaml': "packages:\n  - 'libs/**'\n  - '!**/test/**'\n",
    'pnpm/pnpm-lock.yaml': '',
    'pnpm/libs/deep/four/package.json': manifest('four'),
    'pnpm/libs/five/test/six/package.json': manifest('six'),
    'installed/package.json': manifest('installed'),
    'installed/node_modules': '',
  };
  const { problems } = await catalog(packageJson, files);
  assert.deepEqual(
    problems.map(({ path }) => path),
    ['locked/examples/two/package.json', 'pnpm/libs/five/test/six/package.json'],
  );
});

test('broken input gives problems, never exceptions', async () => {
  assert.equal((await catalog(packageJson, { 'package.json': '{' })).problems[0]?.code, 'javascript-manifest-unreadable');
  assert.deepEqual((await catalog(packageJson, { 'pnpm-workspace.yaml': 'packages: [', 'package.json': '[]' })).problems, []);
});
