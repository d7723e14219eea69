import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { pythonRequirements } from './index.ts';

const FILE = `# pinned
-r base.txt
--index-url https://example.com/simple
Django==4.2.1 --hash=sha256:aa \\
    --hash=sha256:bb
requests[socks] == 2.31.0 ; python_version >= "3.8"  # why
urllib3===1.26.18
flask>=2,<3
numpy
pinned-star==1.*
git+https://example.com/forked.git@main#egg=forked
private @ https://example.com/private.whl
-e ./local
./other
`;

test('pins are versions; ranges, places and bare names have none, and that is told', async () => {
  const result = await catalog(pythonRequirements, { 'srv/requirements.txt': FILE });
  assert.deepEqual(lines(result), [
    'Django 4.2.1 direct',
    'flask direct',
    'forked direct',
    'numpy direct',
    'pinned-star direct',
    'private direct',
    'requests 2.31.0 direct',
    'urllib3 1.26.18 direct',
  ]);
  assert.deepEqual(
    result.problems.map(({ code, effect }) => [code, effect]),
    [['requirements-unpinned', 'notice']],
  );
});

test('files for development', async () => {
  for (const [path, development] of [
    ['requirements-dev.txt', true],
    ['requirements/test.txt', true],
    ['dev-requirements.txt', true],
    ['requirements/production.txt', false],
    ['requirements.txt', false],
  ] as const) {
    const expected = `a 1 direct${development ? ' dev' : ''}`;
    assert.deepEqual(lines(await catalog(pythonRequirements, { [path]: 'a==1\n' })), [expected], path);
  }
});

test('odd lines are counted, nothing throws, long lines stay linear', async () => {
  const odd = await catalog(pythonRequirements, { 'requirements.txt': 'good==1\n!!!\nname what\n' });
  assert.deepEqual([lines(odd), odd.problems[0]?.code], [['good 1 direct'], 'document-entries-invalid']);
  await catalog(pythonRequirements, { 'requirements.txt': `${'a'.repeat(500_000)}\n${'\\\n'.repeat(50_000)}x==1\n` });
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      async (text) => void (await catalog(pythonRequirements, { 'requirements.txt': text })),
    ),
  );
});
