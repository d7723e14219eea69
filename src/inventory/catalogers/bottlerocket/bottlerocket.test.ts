import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext } from '../../../../tests/support/extract.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { bottlerocket } from './index.ts';

const extract = async (value: unknown) =>
  bottlerocket.extract(
    memoryContent('usr/share/bottlerocket/application-inventory.json', typeof value === 'string' ? value : JSON.stringify(value)),
    testContext(),
  );

test('bottlerocket: packages with epoch, release and publisher', async () => {
  const result = await extract({
    Content: [
      {
        Name: 'glibc',
        Publisher: 'Bottlerocket',
        Version: '2.38',
        Release: '1.1717000000.abcdef12.br1',
        Epoch: '1',
        Architecture: 'x86_64',
      },
      { Name: 'kernel-6.1', Version: '6.1.90', Release: '', Epoch: '0', Architecture: 'x86_64' },
    ],
  });
  assert.deepEqual(
    result.packages.map((draft) => [draft.purl, draft.version, draft.vendor]),
    [
      ['pkg:rpm/glibc@2.38-1.1717000000.abcdef12.br1?arch=x86_64&epoch=1', '1:2.38-1.1717000000.abcdef12.br1', 'Bottlerocket'],
      ['pkg:rpm/kernel-6.1@6.1.90?arch=x86_64', '6.1.90', undefined],
    ],
  );
});

for (const [name, value, code, count] of [
  ['broken JSON', '{"Content": [', 'bottlerocket-inventory-unreadable', 0],
  ['no list', { Content: {} }, 'bottlerocket-inventory-unreadable', 0],
  ['null', null, 'bottlerocket-inventory-unreadable', 0],
  [
    'strange entries',
    { Content: [null, 1, { Name: 'a' }, { Name: 'a', Version: '1' }, { Name: 'b', Version: '1', Epoch: 'x' }] },
    'bottlerocket-entry-invalid',
    1,
  ],
] as const) {
  test(`bottlerocket: ${name}`, async () => {
    const result = await extract(value);
    assert.deepEqual([result.problems?.map((problem) => problem.code), result.packages.length], [[code], count]);
  });
}
