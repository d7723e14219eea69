/** What a client makes of servers that answer, refuse, stumble, lie and hang up; and what it does not even try. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { atEnd } from '../../../tests/support/end.ts';
import { inventoryOf, packageOf } from '../../../tests/support/inventory.ts';
import { readSbom } from '../../inventory/sbom/read.ts';
import { incomplete, notice } from '../../model/problem.ts';
import { CommandError } from '../exit.ts';
import { bodyOf } from './body.ts';
import { clientFor } from './client.ts';
import { handIn } from './hand-in.ts';

const KEY = { VEDETTE_ACCESS_KEY_ID: 'AKIAEXAMPLE', VEDETTE_SECRET_ACCESS_KEY: 'secret' };

async function serving(context: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  atEnd(context, () => server.close());
  await new Promise((listening) => server.once('listening', listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('answers, and what is to be done with the body', async (context) => {
  let status = 200;
  let text = '';
  const seen: string[] = [];
  const url = await serving(context, (request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization} ${request.headers['content-type']}`);
    response.writeHead(status, status === 301 ? { location: 'https://elsewhere.example/' } : {}).end(text);
  });
  const client = clientFor({ server: url }, KEY);
  const cases: readonly (readonly [status: number, text: string, code: string | undefined, said: RegExp])[] = [
    [200, '{"resource":"i-1","packages":1,"findings":{},"problems":[]}', undefined, /^$/],
    [200, '<html>Log in to the network</html>', 'server-unknown', /not as a Vedette server/],
    [200, '{"hello":1}', 'server-unknown', /not as a Vedette server/],
    [400, '{"message":"sbom is \\"wrong\\""}', 'server-refused', /answered: sbom is "wrong"$/],
    [413, '', 'server-refused', /status 413/],
    [401, '{"message":"no"}', 'server-denied', /no/],
    [403, '{"message":"The security token is not known"}', 'server-denied', /token/],
    [404, 'not here', 'server-unknown', /status 404/],
    [429, '{"message":"Rate exceeded"}', 'server-busy', /Rate/],
    [301, '', 'server-unknown', /status 301, go to https:\/\/elsewhere\.example\/\. Is it/],
    [500, '{"message":{"deep":1}}', 'server-failed', /status 500$/],
    [503, '', 'server-busy', /status 503/],
  ];
  for (const [one, body, code, said] of cases) {
    [status, text] = [one, body];
    const answer = await handIn(client, '{}');
    assert.equal(answer.ok ? undefined : answer.problem.code, code, body);
    assert.match(answer.ok ? '' : answer.problem.message, said);
  }
  assert.equal(seen[0], 'POST /api/v1/inventories Bearer AKIAEXAMPLE:secret application/json');
});

test('a file goes as it lies there, and only so much of an answer is read', async (context) => {
  const file = join(temporaryDirectory(context), 'body.gz');
  const text = JSON.stringify({ long: 'x'.repeat(1_000_000) });
  writeFileSync(file, gzipSync(text));
  const seen: string[] = [];
  const url = await serving(context, async (request, response) => {
    if (request.url === '/endless') {
      const more = () => {
        while (response.write('x'.repeat(65_536)));
      };
      response.on('drain', more);
      return more();
    }
    const { 'content-encoding': encoding, 'content-length': length } = request.headers;
    const body = Buffer.concat(await request.toArray());
    seen.push(`${encoding} ${Number(length) === body.length} ${gunzipSync(body).toString() === text}`);
    response.end('{}');
  });
  const client = clientFor({ server: url }, KEY);
  assert.deepEqual(await client.post('/x', { gzip: file }), { ok: true, value: {} });
  assert.deepEqual(seen, ['gzip true true']);
  const endless = await client.post('/endless', '{}');
  assert.match(endless.ok ? '' : endless.problem.message, /more than 8 MiB/);
  const gone = await client.post('/x', { gzip: `${file}.gone` });
  assert.match(gone.ok ? '' : gone.problem.message, /ENOENT/);
  const stopped = await client.post('/x', '{}', { stop: AbortSignal.abort() });
  assert.equal(stopped.ok ? '' : stopped.problem.code, 'server-unreachable');
});

test('https to a server of http, and the other way, is told as such', async (context) => {
  const url = await serving(context, (_request, response) => response.end('{}'));
  const answer = await clientFor({ server: url.replace('http:', 'https:') }, KEY).post('/x', '{}');
  assert.match(answer.ok ? '' : answer.problem.message, /it does not speak TLS there; is it http or https/);
  assert.ok(!answer.ok && !answer.problem.message.includes('\n'));
});

test('a server that is not there, or hangs up in the middle, is one to try again', async (context) => {
  const url = await serving(context, (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('{"resource":');
    setImmediate(() => response.destroy());
  });
  for (const server of [url, 'http://127.0.0.1:9']) {
    const answer = await clientFor({ server }, KEY).post('/x', '{}');
    assert.ok(!answer.ok);
    assert.equal(answer.problem.code, 'server-unreachable');
    assert.ok(!answer.problem.message.includes('secret'));
  }
});

test('addresses and keys that make no sense end the command; keys are not sent in clear', (context) => {
  const directory = temporaryDirectory(context);
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const good = file('good', '[default]\naws_access_key_id = A\naws_secret_access_key=B\n');
  const cases: readonly (readonly [options: Parameters<typeof clientFor>[0], env: NodeJS.ProcessEnv, said: RegExp])[] = [
    [{ server: 'http://' }, KEY, /none/],
    [{ server: 'http://vedette.example:8042' }, KEY, /not encrypted/],
    [{ server: 'http://127.0.0.1.example' }, KEY, /not encrypted/],
    [{ server: 'https://vedette.example', credentials: join(directory, 'missing') }, KEY, /cannot be read/],
    [
      { server: 'https://vedette.example', credentials: file('half', 'aws_access_key_id = A\n') },
      KEY,
      /has no aws_access_key_id/,
    ],
    [{ server: 'https://vedette.example' }, { HOME: directory }, /cannot be read/],
  ];
  for (const [options, env, said] of cases) {
    assert.throws(
      () => clientFor(options, env),
      (error) => error instanceof CommandError && said.test(error.message) && !error.message.includes('secret\n'),
      said.source,
    );
  }
  const urls = [
    'vedette.example',
    'https://vedette.example:1/path',
    'http://localhost:1',
    'http://[::1]:1',
    'http://127.9.9.9:1',
  ];
  assert.deepEqual(
    urls.map((server) => clientFor({ server, credentials: good }, {}).url),
    ['https://vedette.example', 'https://vedette.example:1', 'http://localhost:1', 'http://[::1]:1', 'http://127.9.9.9:1'],
  );
  assert.equal(clientFor({ server: 'http://vedette.example', allowHttp: true }, KEY).url, 'http://vedette.example');
});

test('every problem of an inventory reaches the server as it is', () => {
  const long = 'x'.repeat(5000);
  const problems = [
    ...Array.from({ length: 2000 }, (_, index) => notice('b', '', `${index}`)),
    { ...incomplete('a', long, long), layer: 'sha256:1' },
  ];
  const inventory = { ...inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })]), problems };
  const { sbom } = JSON.parse(bodyOf({ kind: 'host', name: 'h' }, inventory, 'agent'));
  const read = readSbom(Buffer.from(JSON.stringify(sbom)), 'h');
  assert.ok(read.ok);
  assert.deepEqual(read.value, inventory);
});
