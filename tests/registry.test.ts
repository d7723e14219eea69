/** Pulling from a real registry (CNCF distribution) what a real client (skopeo) has pushed. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openImage } from '../src/artifacts/open.ts';
import { takeInventory } from '../src/inventory/pipeline/index.ts';
import type { Inventory } from '../src/model/package.ts';
import { temporaryDirectory } from './support/directory.ts';
import { missingPrograms, skopeo, startDistribution } from './support/distribution.ts';
import { dockerArchive, makeImage } from './support/image.ts';
import { skipOrFail } from './support/shared.ts';

async function inventoryOf(target: string): Promise<Inventory> {
  const opened = await openImage(target);
  assert.ok(opened.ok, opened.ok ? '' : opened.problem.message);
  try {
    return await takeInventory(opened.value);
  } finally {
    opened.value.close();
  }
}

test('an image pushed by skopeo gives the inventory of its archive', async (context) => {
  const missing = missingPrograms('skopeo', 'docker-registry');
  if (missing.length > 0) return skipOrFail(context, `needs the programs ${missing.join(', ')}`);
  const directory = temporaryDirectory(context);
  const host = await startDistribution(context, directory);
  const status = 'Package: one\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1.0-1\n';
  const release = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n';
  const image = makeImage([
    { entries: [{ name: 'etc/' }, { name: 'etc/os-release', data: release }], createdBy: 'ADD base' },
    { entries: [{ name: 'var/lib/dpkg/status', data: status }], createdBy: 'RUN apt-get install one' },
  ]);
  const archive = join(directory, 'image.tar');
  writeFileSync(archive, dockerArchive(image));
  const expected = await inventoryOf(archive);
  assert.deepEqual(
    expected.packages.map(({ name }) => name),
    ['one'],
  );
  for (const format of ['v2s2', 'oci']) {
    const reference = `${host}/team/app:${format}`;
    skopeo(
      directory,
      'copy',
      '--dest-tls-verify=false',
      '--format',
      format,
      `docker-archive:${archive}`,
      `docker://${reference}`,
    );
    const inventory = await inventoryOf(reference);
    assert.deepEqual(inventory.packages, expected.packages, format);
    assert.deepEqual(inventory.target.os, expected.target.os, format);
    assert.deepEqual(inventory.problems, expected.problems, format);
    assert.deepEqual((await inventoryOf(`${host}/team/app@${inventory.target.digest}`)).packages, expected.packages, 'by digest');
  }
});
