/** Packages, SBOMs and snapshots handed in as files, over real connections; what the service tells of itself. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fastify } from 'fastify';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { beforeTwo } from '../../../tests/support/engine.ts';
import { dockerArchive, makeImage } from '../../../tests/support/image.ts';
import { testNative } from '../../../tests/support/native.ts';
import { makeTar } from '../../../tests/support/tar.ts';
import { makeZip } from '../../../tests/support/zip.ts';
import { ApiError } from '../protocol/errors.ts';
import { uploadsIn } from './uploads.ts';

const ADVISORIES = [beforeTwo('CVE-2025-0001', 'left')];
const PACKAGE = JSON.stringify({ name: 'left', version: '1.0.0' });

async function start(context: TestContext) {
  const native = await testNative(context, ADVISORIES);
  const url = await native.service.url();
  const send = async (path: string, body: Uint8Array | string, role: 'admin' | 'agent' | 'read-only' = 'agent') => {
    const { accessKeyId, secretAccessKey } = await native.service.key(role);
    const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}`, 'content-type': 'application/octet-stream' };
    const answer = await fetch(`${url}/api/v1${path}`, { method: 'POST', headers, body: new Uint8Array(Buffer.from(body)) });
    // biome-ignore lint/suspicious/noExplicitAny: an answer is looked at member by member
    return { status: answer.status, body: (await answer.json()) as any };
  };
  return { ...native, send };
}

test('an image, a function and an SBOM are assessed as they come', async (context) => {
  const { send, ask } = await start(context);
  const layer = { entries: [{ name: 'app/node_modules/left/package.json', data: PACKAGE }] };
  const image = await send('/images?name=team/app&tag=1.0&tag=latest', dockerArchive(makeImage([layer])));
  assert.deepEqual([image.status, image.body.packages, image.body.findings.created], [200, 1, 1], JSON.stringify(image.body));
  assert.match(image.body.resource, /^arn:aws:ecr:us-east-1:111122223333:repository\/team\/app\/sha256:[0-9a-f]{64}$/);
  const zip = makeZip([{ name: 'node_modules/left/package.json', data: PACKAGE }]);
  const lambda = await send('/lambda?name=thumbs&runtime=nodejs22.x', zip);
  assert.deepEqual([lambda.status, lambda.body.findings.created], [200, 1], JSON.stringify(lambda.body));
  const component = { type: 'library', name: 'left', version: '1.0.0', purl: 'pkg:npm/left@1.0.0' };
  const sbom = await send(
    '/sboms?name=shop',
    JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components: [component] }),
  );
  assert.deepEqual([sbom.status, sbom.body.findings.created], [200, 1], JSON.stringify(sbom.body));
  const { resources } = (await ask('GET', '/resources')).body;
  assert.deepEqual(
    resources.map((one: { name: string; type: string; origin: string }) => [one.name, one.type, one.origin]),
    [
      ['team/app', 'AWS_ECR_CONTAINER_IMAGE', 'api'],
      ['thumbs', 'AWS_LAMBDA_FUNCTION', 'api'],
      ['shop', 'CODE_REPOSITORY', 'api'],
    ],
  );
  const { details } = (await ask('GET', `/resources/${resources[0].id}`)).body;
  assert.deepEqual(details.awsEcrContainerImage.imageTags, ['1.0', 'latest']);
});

test('a function or an SBOM that could not be read whole closes nothing', async (context) => {
  const { send, ask } = await start(context);
  const zip = makeZip([
    { name: 'index.js', data: 'exports.handler = 1' },
    { name: 'node_modules/left/package.json', data: PACKAGE },
  ]);
  await send('/lambda?name=thumbs&runtime=nodejs22.x', zip);
  const cut = await send('/lambda?name=thumbs&runtime=nodejs22.x', zip.subarray(0, zip.length - 30));
  assert.deepEqual([cut.status, cut.body.findings.closed], [200, 0], JSON.stringify(cut.body));
  const whole = await send('/lambda?name=thumbs&runtime=nodejs22.x', makeZip([{ name: 'index.js', data: '' }]));
  assert.deepEqual([whole.status, whole.body.findings.closed], [200, 1], JSON.stringify(whole.body));

  const document = (...components: object[]) => JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components });
  const left = { type: 'library', name: 'left', version: '1.0.0' };
  await send('/sboms?name=shop', document({ ...left, purl: 'pkg:npm/left@1.0.0' }));
  const nameless = await send('/sboms?name=shop', document(left));
  assert.deepEqual([nameless.status, nameless.body.findings.closed], [200, 0], JSON.stringify(nameless.body));
  const [, shop] = (await ask('GET', '/resources')).body.resources;
  assert.deepEqual([shop.statusCode, shop.statusReason], ['ACTIVE', 'STALE_INVENTORY']);
  const { problems } = (await ask('GET', `/resources/${shop.id}`)).body;
  assert.deepEqual(
    problems.map((one: { code: string; from: string }) => [one.code, one.from]),
    [
      ['sbom-component-without-purl', 'inventory'],
      ['inventory-carried', 'inventory'],
    ],
  );
  const gone = await send('/sboms?name=shop', document({ ...left, name: 'other' }));
  assert.deepEqual([gone.status, gone.body.findings.closed], [200, 1], JSON.stringify(gone.body));
});

test('files that are none of these are refused, and so is who may not send them', async (context) => {
  const { send } = await start(context);
  for (const path of ['/images?name=a', '/lambda?name=a', '/sboms?name=a']) {
    for (const body of ['', 'nothing of the kind', '\0'.repeat(2000)]) {
      const answer = await send(path, body);
      const told = `${path} ${JSON.stringify(answer.body)}`;
      // A zip that cannot be read is a package of which nothing is known: that is told as a problem.
      if (answer.status === 200) assert.ok(answer.body.problems.length > 0 && answer.body.packages === 0, told);
      else assert.deepEqual([answer.status, typeof answer.body.message], [400, 'string'], told);
      assert.ok(!/vedette-upload/.test(JSON.stringify(answer.body)), told);
    }
  }
  assert.equal((await send('/images', 'x')).status, 400);
  assert.equal((await send('/images?name=../x', 'x')).status, 400);
  assert.equal((await send('/images?name=a', 'x', 'read-only')).status, 403);
  assert.equal((await send('/estate', 'x', 'agent')).status, 403);
});

test('an upload is bounded, and nothing of it is left', async (context) => {
  const directory = temporaryDirectory(context);
  const uploads = uploadsIn(fastify(), directory);
  const body = () => Readable.from([Buffer.alloc(600), Buffer.alloc(600)]);
  assert.equal(await uploads.receive(body(), 1200, async (file) => statSync(file).size), 1200);
  await assert.rejects(
    uploads.receive(body(), 1199, async () => 0),
    (error) => error instanceof ApiError && error.status === 413,
  );
  await assert.rejects(
    uploads.receive(body(), 2000, async () => Promise.reject(new Error('no'))),
    /no/,
  );
  const broken = new Readable({ read() {} });
  const waiting = uploads.receive(broken, 10, async () => 0);
  const second = uploads.receive(new Readable({ read() {} }).destroy(new Error('cut')), 10, async () => 0);
  await assert.rejects(second, /cut/);
  broken.destroy(new Error('cut'));
  await assert.rejects(waiting, /cut/);
  assert.deepEqual(readdirSync(directory), []);
});

test('a snapshot of the network is analysed; without one there is nothing to analyse again', async (context) => {
  const { send, ask } = await start(context);
  const root = resolve(import.meta.dirname, '../../../examples/estate/snapshot');
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const entries = files.map((entry) => {
    const path = join(entry.parentPath, entry.name);
    return { name: relative(root, path), data: readFileSync(path) };
  });
  const analysed = await send('/estate', makeTar(entries), 'admin');
  assert.equal(analysed.status, 200, JSON.stringify(analysed.body));
  assert.ok(analysed.body.instances > 0 && analysed.body.created > 0, JSON.stringify(analysed.body));
  assert.equal((await ask('GET', '/assessments?trigger=network')).body.assessments.length, 1);
  assert.equal((await send('/estate', 'no tar', 'admin')).status, 400);
  assert.equal((await ask('POST', '/estate/analyze')).status, 409);
});

test('the service tells of its database and of what waits', async (context) => {
  const { ask, host } = await start(context);
  await host('a', ['left', '1.0']);
  const database = await ask('GET', '/database', undefined, 'read-only');
  assert.deepEqual([database.status, database.body.advisories, database.body.pending], [200, 1, 0]);
  assert.equal(database.body.sources.length, 1);
  const { body } = await ask('GET', '/status', undefined, 'read-only');
  assert.deepEqual([body.resources, body.findings, body.deadJobs, body.problems], [{ SUCCESSFUL: 1 }, { ACTIVE: 1 }, 0, []]);
});
