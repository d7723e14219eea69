/** The server with the real client: what is refused, how, and what operators see. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  BatchGetAccountStatusCommand,
  DisableCommand,
  EnableCommand,
  Inspector2Client,
  InternalServerException,
  ListCodeSecurityIntegrationsCommand,
  ListFindingsCommand,
  ListTagsForResourceCommand,
  ThrottlingException,
  UntagResourceCommand,
  ValidationException,
} from '@aws-sdk/client-inspector2';
import { temporaryDirectory } from '../../tests/support/directory.ts';
import { atEnd } from '../../tests/support/end.ts';
import { ACCOUNT, testService } from '../../tests/support/service.ts';
import { skipOrFail } from '../../tests/support/shared.ts';
import { sign } from '../../tests/support/sign.ts';
import { sealer } from '../store/seal.ts';
import { firstCredentials } from './auth/keys.ts';
import type { NativeRoutes } from './native.ts';

test('errors reach the client as it knows them', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  await assert.rejects(client.send(new ListFindingsCommand({ maxResults: 101 })), (error) => {
    assert.ok(error instanceof ValidationException);
    assert.equal(
      error.message,
      "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    );
    assert.equal(error.reason, 'FIELD_VALIDATION_FAILED');
    assert.deepEqual(error.fields, [{ name: 'maxResults', message: 'Member must have value less than or equal to 100' }]);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
  // Inputs in path and query: the client sends no body.
  await assert.rejects(client.send(new ListCodeSecurityIntegrationsCommand({ maxResults: 500 })), (error) => {
    assert.ok(error instanceof ValidationException);
    assert.equal(error.fields?.[0]?.name, 'maxResults');
    return true;
  });
  const resourceArn = `arn:aws:inspector2:us-east-1:${ACCOUNT}:owner/${ACCOUNT}/filter/0123456789abcdef`;
  await assert.rejects(client.send(new ListTagsForResourceCommand({ resourceArn })), new RegExp(resourceArn));
  await assert.rejects(client.send(new UntagResourceCommand({ resourceArn: 'x', tagKeys: ['a', 'b'] })), ValidationException);
});

test('a client whose clock is wrong corrects it by the answer', async (context) => {
  const service = await testService(context);
  const options = { endpoint: await service.url(), region: 'us-east-1', credentials: await service.key() };
  service.clock.offset = 3_600_000;
  const client = new Inspector2Client({ ...options, maxAttempts: 2 });
  atEnd(context, () => client.destroy());
  const { accounts, $metadata } = await client.send(new BatchGetAccountStatusCommand({}));
  assert.deepEqual([accounts?.length, $metadata.attempts], [1, 2]);
});

test('bodies that are no documents of the model', async (context) => {
  const service = await testService(context);
  const credentials = await service.key();
  const headers = { 'content-type': 'application/json' };
  const cases = [
    ['{', 400, 'CANNOT_PARSE'],
    ['[]', 400, 'CANNOT_PARSE'],
    ['"x"', 400, 'CANNOT_PARSE'],
    ['{"resourceTypes":"EC2"}', 400, 'CANNOT_PARSE'],
    ['{"resourceTypes":[1]}', 400, 'CANNOT_PARSE'],
    ['{"resourceTypes":[null]}', 400, 'FIELD_VALIDATION_FAILED'],
    ['null', 400, 'FIELD_VALIDATION_FAILED'],
    ['', 400, 'FIELD_VALIDATION_FAILED'],
    ['{"resourceTypes":["EC2"],"accountIds":null,"other":{"__proto__":[]},"__proto__":{"x":1}}', 200, undefined],
  ] as const;
  for (const [body, status, reason] of cases) {
    const answer = await service.server.inject(await sign({ method: 'POST', path: '/enable', headers, body }, { credentials }));
    assert.equal(answer.statusCode, status, body);
    assert.equal(answer.json().reason, reason, body);
  }
  const large = { method: 'POST', path: '/enable', headers, body: JSON.stringify({ x: 'x'.repeat(2 ** 20) }) } as const;
  const refused = await service.server.inject(await sign(large, { credentials }));
  assert.deepEqual([refused.statusCode, refused.headers['x-amzn-errortype']], [413, 'RequestEntityTooLargeException']);
  const nowhere = await service.server.inject({ method: 'POST', url: '/nothing' });
  assert.deepEqual([nowhere.statusCode, nowhere.headers['x-amzn-errortype']], [404, 'UnknownOperationException']);
  const odd = await service.server.inject({ method: 'GET', url: '/tags/%zz' });
  assert.ok(odd.statusCode >= 400 && odd.statusCode < 500);
});

test('a fault inside is logged with the request id, and told without its cause', async (context) => {
  const service = await testService(context, {
    services: {
      changed: () => Promise.reject(new Error('disk on fire')),
      advisories: () => Promise.reject(new Error('no database')),
      scanSbom: () => Promise.reject(new Error('no database')),
    },
  });
  const client = await service.client();
  await assert.rejects(client.send(new DisableCommand({ resourceTypes: ['EC2'] })), (error) => {
    assert.ok(error instanceof InternalServerException);
    assert.ok(!error.message.includes('fire'));
    const line = service.log.find((text) => text.includes('disk on fire')) ?? '';
    assert.equal(JSON.parse(line).requestId, error.$metadata.requestId);
    return true;
  });
  const credentials = await service.key();
  const body = JSON.stringify({ sbom: { bomFormat: 'CycloneDX' } });
  const request = { method: 'POST', path: '/scan/sbom', headers: { 'content-type': 'application/json' }, body } as const;
  const scan = await service.server.inject(await sign(request, { credentials, service: 'inspector-scan' }));
  assert.deepEqual([scan.statusCode, scan.json().reason], [500, 'OTHER']);
});

test('ScanSbom: signed for its own service, larger bodies, its own reasons', async (context) => {
  const service = await testService(context);
  const credentials = await service.key('read-only');
  const send = async (body: string, name: string) => {
    const headers = { 'content-type': 'application/json' };
    const signed = await sign({ method: 'POST', path: '/scan/sbom', headers, body }, { credentials, service: name });
    return service.server.inject(signed);
  };
  const scan = (document: object, name = 'inspector-scan') => send(JSON.stringify(document), name);
  const components = [{ type: 'library', name: 'x'.repeat(2 ** 21) }];
  const good = await scan({ sbom: { bomFormat: 'CycloneDX', components }, outputFormat: 'CYCLONE_DX_1_5' });
  assert.equal(good.statusCode, 200);
  assert.deepEqual(good.json().sbom.components, components);
  assert.equal((await scan({ sbom: { bomFormat: 'SPDX' } })).json().reason, 'UNSUPPORTED_SBOM_TYPE');
  assert.equal((await scan({ sbom: 'x' })).json().reason, 'CANNOT_PARSE');
  assert.equal((await scan({ sbom: {}, outputFormat: 'PDF' })).json().fields[0].name, 'outputFormat');
  const deep = `{"sbom":{"bomFormat":"CycloneDX","components":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`;
  const refused = await send(deep, 'inspector-scan');
  assert.deepEqual([refused.statusCode, refused.json().fields?.[0].name], [400, 'sbom']);
  assert.equal((await scan({ sbom: {} }, 'inspector2')).headers['x-amzn-errortype'], 'InvalidSignatureException');
});

test('roles: readers change nothing, agents call nothing of AWS', async (context) => {
  const service = await testService(context);
  const reader = await service.client({ role: 'read-only' });
  const agent = await service.client({ role: 'agent' });
  assert.equal((await reader.send(new BatchGetAccountStatusCommand({}))).accounts?.length, 1);
  await assert.rejects(
    reader.send(new EnableCommand({ resourceTypes: ['EC2'] })),
    /User: arn:aws:iam::111122223333:user\/test is not authorized to perform: inspector2:Enable/,
  );
  await assert.rejects(agent.send(new ListFindingsCommand({})), /not authorized to perform: inspector2:ListFindings/);
});

test('too many requests of one key wait; others do not', async (context) => {
  const service = await testService(context, { rate: { perSecond: 0.5, burst: 2 } });
  const [one, other] = [await service.client(), await service.client()];
  for (let at = 0; at < 2; at += 1) await one.send(new BatchGetAccountStatusCommand({}));
  await assert.rejects(one.send(new BatchGetAccountStatusCommand({})), (error) => {
    assert.ok(error instanceof ThrottlingException);
    assert.equal(error.retryAfterSeconds, 2);
    assert.equal(error.$metadata.httpStatusCode, 429);
    return true;
  });
  await other.send(new BatchGetAccountStatusCommand({}));
  service.clock.offset += 2000;
  await one.send(new BatchGetAccountStatusCommand({}));
});

test('health, readiness, metrics, and a log without secrets', async (context) => {
  const problems = [{ code: 'database-missing', message: 'There is no advisory database', effect: 'incomplete' } as const];
  const service = await testService(context, { ready: async () => (service.clock.offset === 0 ? [] : problems) });
  assert.equal((await service.server.inject('/healthz')).statusCode, 200);
  const front = await service.server.inject('/');
  assert.equal(front.statusCode, 200);
  for (const path of [front.json().native, ...front.json().operation]) {
    assert.equal((await service.server.inject(path)).statusCode, 200, path);
  }
  assert.equal((await service.server.inject('/readyz')).statusCode, 200);
  service.clock.offset = 1;
  const unready = await service.server.inject('/readyz');
  assert.deepEqual([unready.statusCode, unready.json().problems], [503, problems]);
  const credentials = await service.key();
  const client = await service.client({ credentials });
  const { $metadata } = await client.send(new BatchGetAccountStatusCommand({}));
  await client.send(new ListFindingsCommand({ maxResults: 0 })).catch(() => undefined);
  const { body } = await service.server.inject('/metrics');
  assert.match(body, /^vedette_http_requests_total\{operation="BatchGetAccountStatus",status="200"\} 1$/m);
  assert.match(body, /^vedette_http_requests_total\{operation="ListFindings",status="400"\} 1$/m);
  assert.match(body, /^vedette_http_request_seconds_bucket\{operation="BatchGetAccountStatus",le="\+Inf"\} 1$/m);
  const line = JSON.parse(service.log.find((text) => text.includes($metadata.requestId ?? '?')) ?? '{}');
  assert.deepEqual(
    [line.operation, line.status, line.key, line.account],
    ['BatchGetAccountStatus', 200, credentials.accessKeyId, ACCOUNT],
  );
  assert.ok(!service.log.join().includes(credentials.secretAccessKey));
  const row = await service.store.read
    .selectFrom('access_key')
    .selectAll()
    .where('id', '=', credentials.accessKeyId)
    .executeTakeFirst();
  assert.ok(!JSON.stringify(row).includes(credentials.secretAccessKey));
});

test('the native API: bearer or signature, roles by route, its own description', async (context) => {
  const native: NativeRoutes = (app, api) => {
    const schema = {
      summary: 'Hands in an inventory',
      body: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
    };
    app.post('/inventory', { schema, onRequest: api.allow('admin', 'agent') }, async (request) => ({
      by: api.contextOf(request).principal.role,
      region: api.contextOf(request).region,
      body: request.body,
    }));
    app.get('/things', async () => []);
  };
  const service = await testService(context, { native });
  const keys = { admin: await service.key(), agent: await service.key('agent'), reader: await service.key('read-only') };
  const bearer = ({ accessKeyId, secretAccessKey }: { accessKeyId: string; secretAccessKey: string }) => ({
    authorization: `Bearer ${accessKeyId}:${secretAccessKey}`,
  });
  const post = (headers: Record<string, string>, payload: object = { name: 'x' }) =>
    service.server.inject({ method: 'POST', url: '/api/v1/inventory', headers, payload });
  const good = await post(bearer(keys.agent));
  assert.deepEqual(good.json(), { by: 'agent', region: 'us-east-1', body: { name: 'x' } });
  assert.equal((await post(bearer(keys.reader))).statusCode, 403);
  assert.equal(
    (await post(bearer({ ...keys.agent, secretAccessKey: 'wrong' }))).headers['x-amzn-errortype'],
    'UnrecognizedClientException',
  );
  assert.equal((await post({})).headers['x-amzn-errortype'], 'MissingAuthenticationTokenException');
  assert.equal((await post(bearer(keys.agent), {})).statusCode, 400);
  assert.equal((await post({ ...bearer(keys.agent), 'content-type': 'application/json' }, Buffer.from('{'))).statusCode, 400);
  const packed = (payload: Buffer, encoding = 'gzip') =>
    post({ ...bearer(keys.agent), 'content-type': 'application/json', 'content-encoding': encoding }, payload);
  assert.deepEqual((await packed(gzipSync('{"name":"y"}'))).json().body, { name: 'y' });
  assert.equal((await packed(Buffer.from('no gzip'))).statusCode, 400);
  assert.equal((await packed(gzipSync('{"name":"y"}'), 'br')).statusCode, 400);
  assert.equal((await packed(gzipSync(Buffer.alloc(65 * 2 ** 20, ' ')))).statusCode, 413);
  const temporary = await service.key('agent', ACCOUNT, 60_000);
  assert.equal((await post(bearer(temporary))).statusCode, 403);
  const request = {
    method: 'POST',
    path: '/api/v1/inventory',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"y"}',
  } as const;
  assert.equal(
    (await service.server.inject(await sign(request, { credentials: keys.admin, region: 'eu-west-1' }))).json().region,
    'eu-west-1',
  );
  const list = (headers: Record<string, string>) => service.server.inject({ url: '/api/v1/things', headers });
  assert.deepEqual([(await list(bearer(keys.reader))).statusCode, (await list(bearer(keys.agent))).statusCode], [200, 403]);
  const description = (await service.server.inject('/api/v1/openapi.json')).json();
  assert.equal(description.openapi, '3.1.0');
  assert.deepEqual(Object.keys(description.paths).sort(), ['/api/v1/inventory', '/api/v1/things']);
});

test('closing waits for requests that run; what cannot be done now is 503', async (context) => {
  let release: () => void = () => undefined;
  const started = Promise.withResolvers<void>();
  const native: NativeRoutes = (app) => {
    app.get('/slow', async () => {
      started.resolve();
      await new Promise<void>((done) => {
        release = done;
      });
      return { done: true };
    });
    app.get('/later', async () => {
      throw Object.assign(new Error('The advisory database is being made'), { statusCode: 503, code: 'database-missing' });
    });
  };
  const service = await testService(context, { native });
  const { accessKeyId, secretAccessKey } = await service.key();
  const headers = { authorization: `Bearer ${accessKeyId}:${secretAccessKey}` };
  const later = await service.server.inject({ url: '/api/v1/later', headers });
  assert.deepEqual([later.statusCode, later.json().message], [503, 'The advisory database is being made']);
  const running = fetch(`${await service.url()}/api/v1/slow`, { headers });
  await started.promise;
  const closed = service.server.close();
  release();
  assert.deepEqual(await (await running).json(), { done: true });
  await closed;
  await assert.rejects(fetch(`${await service.url()}/healthz`));
});

test('a client that hangs up before it has sent all is no fault of the server', async (context) => {
  const [begun, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const native: NativeRoutes = (app) => {
    const hooks = { preParsing: async () => begun.resolve(), onError: async () => ended.resolve() };
    app.post('/things', hooks, async () => assert.fail('nothing came'));
  };
  const service = await testService(context, { native });
  const { accessKeyId, secretAccessKey } = await service.key();
  const authorization = `Bearer ${accessKeyId}:${secretAccessKey}`;
  const headers = { authorization, 'content-type': 'application/json', 'content-length': '100' };
  const half = httpRequest(`${await service.url()}/api/v1/things`, { method: 'POST', headers });
  half.on('error', () => undefined);
  half.write('{"half":');
  await begun.promise;
  half.destroy();
  await ended.promise;
  await service.server.close();
  assert.deepEqual(
    service.log.map((line) => JSON.parse(line)).filter(({ level }) => level > 30),
    [],
  );
});

test('TLS with a given certificate', async (context) => {
  const directory = temporaryDirectory(context);
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const make = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    key,
    '-out',
    cert,
    ...subject,
  ];
  try {
    execFileSync('openssl', make, { stdio: 'ignore' });
  } catch {
    return skipOrFail(context, 'openssl is not installed');
  }
  const tls = { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  const service = await testService(context, { tls });
  const url = await service.url();
  assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/);
  const status = await new Promise((done, reject) => {
    httpsRequest(`${url}/healthz`, { ca: tls.cert }, (answer) => done(answer.resume().statusCode))
      .on('error', reject)
      .end();
  });
  assert.equal(status, 200);
});

test('the first credentials are made once, for their owner only', async (context) => {
  const service = await testService(context);
  const directory = join(temporaryDirectory(context), 'data');
  const seal = sealer(Buffer.alloc(32, 1));
  const first = await firstCredentials(service.store, seal, { directory, account: ACCOUNT, now: 1 });
  assert.equal(first.made, true);
  assert.equal(statSync(first.path).mode & 0o777, 0o600);
  const text = readFileSync(first.path, 'utf8');
  assert.match(text, /^\[default\]\naws_access_key_id = AKIA[A-Z2-7]{16}\naws_secret_access_key = [A-Za-z0-9]{40}\n$/);
  assert.deepEqual(await firstCredentials(service.store, seal, { directory, account: ACCOUNT, now: 2 }), {
    path: first.path,
    made: false,
  });
  assert.equal(readFileSync(first.path, 'utf8'), text);
});
