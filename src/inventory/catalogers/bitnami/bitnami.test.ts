import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testContext } from '../../../../tests/support/extract.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { bitnami } from './index.ts';

const extract = async (path: string, value: unknown) =>
  bitnami.extract(memoryContent(path, typeof value === 'string' ? value : JSON.stringify(value)), testContext());

test('bitnami: the components file', async () => {
  const result = await extract('opt/bitnami/.bitnami_components.json', {
    nginx: { arch: 'amd64', distro: 'debian-12', type: 'NAMI', version: '1.25.3-1' },
    odd: 1,
  });
  assert.deepEqual(result.packages, [
    {
      purl: 'pkg:bitnami/nginx@1.25.3-1?arch=amd64&distro=debian-12',
      type: 'bitnami',
      name: 'nginx',
      version: '1.25.3-1',
      architecture: 'amd64',
    },
  ]);
});

test('bitnami: SPDX documents, only what Bitnami names', async () => {
  const result = await extract('opt/bitnami/redis/.spdx-redis.spdx', {
    packages: [
      {
        name: 'redis',
        externalRefs: [
          { referenceLocator: 'cpe:2.3:a' },
          { referenceLocator: 'pkg:bitnami/redis@7.2.4-2?arch=arm64&distro=debian-12' },
        ],
      },
      { name: 'zlib', externalRefs: [{ referenceLocator: 'pkg:generic/zlib@1.3' }] },
      null,
    ],
  });
  assert.deepEqual(
    result.packages.map((draft) => draft.purl),
    ['pkg:bitnami/redis@7.2.4-2?arch=arm64&distro=debian-12'],
  );
});

for (const value of ['', '{', 'null', '[]', '{"packages": 1}', '{"packages": [{"externalRefs": "x"}]}']) {
  test(`bitnami: ${JSON.stringify(value)} is a problem`, async () => {
    for (const path of ['opt/bitnami/x/.spdx-x.spdx', 'opt/bitnami/.bitnami_components.json']) {
      assert.equal((await extract(path, value)).problems?.[0]?.code, 'bitnami-components-unreadable');
    }
  });
}
