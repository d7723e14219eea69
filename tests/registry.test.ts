/** Pulling from a real registry (CNCF distribution) what a real client (skopeo) has pushed. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openImage } from '../src/artifacts/open.ts';
import { takeInventory } from '../src/inventory/pipeline/index.ts';
import type { Inventory } from '../src/model/package.ts';
import { temporaryDirectory } from './support/directory.ts';
import { dockerArchive, makeImage } from './support/image.ts';
import { skipOrFail } from './support/shared.ts';

function installed(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Starts the registry and waits until it answers. */
async function startRegistry(context: TestContext, directory: string): Promise<string> {
  const port = await freePort();
  const storage = join(directory, 'storage');
  const config = `version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: ${storage}\nhttp:\n  addr: 127.0.0.1:${port}\n`;
  writeFileSync(join(directory, 'config.yml'), config);
  const child = spawn('docker-registry', ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  context.after(async () => {
    child.kill();
    await ended;
  });
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined);
    if (answer?.ok === true) return `127.0.0.1:${port}`;
    assert.ok(Date.now() < deadline && child.exitCode === null, 'the registry does not start');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

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
  for (const program of ['skopeo', 'docker-registry']) {
    if (!installed(program)) return skipOrFail(context, `needs the program ${program}`);
  }
  const directory = temporaryDirectory(context);
  const host = await startRegistry(context, directory);
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
    const args = [
      'copy',
      '--insecure-policy',
      '--dest-tls-verify=false',
      '--format',
      format,
      `docker-archive:${archive}`,
      `docker://${reference}`,
    ];
    const pushed = spawnSync('skopeo', args, { env: { ...process.env, HOME: directory, TMPDIR: directory } });
    assert.equal(pushed.status, 0, String(pushed.stderr));
    const inventory = await inventoryOf(reference);
    assert.deepEqual(inventory.packages, expected.packages, format);
    assert.deepEqual(inventory.target.os, expected.target.os, format);
    assert.deepEqual(inventory.problems, expected.problems, format);
    assert.deepEqual((await inventoryOf(`${host}/team/app@${inventory.target.digest}`)).packages, expected.packages, 'by digest');
  }
});
