/** Registries that lie, do not end or fall silent: the scan ends with a coded problem, within its limits, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { type Answer, APPLICATION, askImage, FOUND, isHonest, SYSTEM } from '../../../tests/support/corpus.ts';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeImage } from '../../../tests/support/image.ts';
import { type FakeRegistry, fakeRegistry, publish } from '../../../tests/support/registry.ts';

const MEBIBYTE = 1024 * 1024;
const image = makeImage([
  { entries: SYSTEM, compression: 'gzip' },
  { entries: APPLICATION, compression: 'zstd' },
]);
const sound: Answer = { packages: FOUND, incomplete: [] };
const PARTS = {
  manifest: '/manifests/',
  configuration: image.configDigest,
  layer: [...image.blobs.keys()].find((digest) => digest !== image.configDigest && digest !== image.manifestDigest) ?? '',
};

/** Writes without end, as fast as it is read. */
function endless(response: ServerResponse, chunk: Buffer): void {
  const more = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', more);
  };
  more();
}

type Lie = (response: ServerResponse, body: Buffer) => void;

const LIES: Readonly<Record<string, Lie>> = {
  'a body that does not end': (response) => endless(response.writeHead(200), Buffer.alloc(MEBIBYTE)),
  'a body that falls silent': (response, body) => void response.writeHead(200).write(body.subarray(0, 20)),
  'a body that is cut off': (response, body) => {
    response.writeHead(200, { 'content-length': body.length }).write(body.subarray(0, -1), () => response.destroy());
  },
  'a shorter body': (response, body) => void response.writeHead(200).end(body.subarray(0, -1)),
  'a longer body': (response, body) => void response.writeHead(200).end(Buffer.concat([body, body])),
  'no body': (response) => void response.writeHead(204).end(),
  'other bytes': (response, body) => void response.writeHead(200).end(Buffer.alloc(body.length, '{')),
  'the same bytes, said to be compressed': (response, body) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(body),
  'an error page': (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
  'no answer that is HTTP': (response) => void response.socket?.end('SSH-2.0-OpenSSH_9.2\r\n'),
};

async function ask(registry: FakeRegistry, directory: string, maxMilliseconds = 250): Promise<Answer> {
  const limits = { maxMilliseconds, maxTotalBytes: 64 * MEBIBYTE };
  const options = { retryMilliseconds: 1, dockerConfig: '/nonexistent' };
  return askImage(directory, limits, options)(`${registry.host}/team/app:1`);
}

test('every part of an image, every lie', async (context) => {
  const registry = await fakeRegistry(context);
  const directory = temporaryDirectory(context);
  publish(registry, image);
  assert.deepEqual(await ask(registry, directory, 30_000), sound);
  for (const [part, where] of Object.entries(PARTS)) {
    for (const [name, lie] of Object.entries(LIES)) {
      registry.intercept = ({ url = '' }, response) => {
        if (!url.includes(where)) return false;
        lie(response, part === 'manifest' ? image.manifest : (image.blobs.get(where) ?? Buffer.alloc(0)));
        return true;
      };
      const started = performance.now();
      const answer = await ask(registry, directory);
      assert.ok(answer.incomplete.length > 0 && isHonest(answer, sound), `${part}: ${name}: ${answer.packages}`);
      // Below the time that headers have.
      assert.ok(performance.now() - started < 25_000, `${part}: ${name}: it ends in time`);
      assert.deepEqual(readdirSync(directory), [], `${part}: ${name}: nothing stays behind`);
    }
  }
});

test('a token service that does not end, a registry that asks again and again', async (context) => {
  const registry = await fakeRegistry(context, { auth: 'token' });
  const directory = temporaryDirectory(context);
  publish(registry, image);
  registry.intercept = ({ url = '' }, response) => {
    if (!url.startsWith('/token')) return false;
    endless(response.writeHead(200), Buffer.alloc(MEBIBYTE, ' '));
    return true;
  };
  assert.deepEqual((await ask(registry, directory, 30_000)).incomplete, ['registry-unauthorised']);
  registry.intercept = ({ url = '' }, response) => {
    if (url === '/v2/' || url.startsWith('/token')) return false;
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
    return true;
  };
  assert.deepEqual((await ask(registry, directory, 30_000)).incomplete, ['registry-unauthorised']);
  assert.deepEqual(readdirSync(directory), []);
});
