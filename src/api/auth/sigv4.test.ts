/** Signatures: AWS's published vectors, the SDK's signer, and what must not pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { testService } from '../../../tests/support/service.ts';
import { type Request, sign } from '../../../tests/support/sign.ts';
import { readClaim, type SignedRequest, signatureMatches, signingKeys } from './sigv4.ts';

const ARN = 'arn:aws:inspector2:us-east-1:111122223333:owner/111122223333/filter/0123456789abcdef';
const TAGS = `/tags/${encodeURIComponent(ARN)}`;

// https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html
const VECTORS = [
  ['get-vanilla', 'GET', '/', '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
  [
    'get-vanilla-query-order-key-case',
    'GET',
    '/',
    'Param2=value2&Param1=value1',
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  ['post-vanilla', 'POST', '/', '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
] as const;

test("AWS's vectors", () => {
  for (const [name, method, path, query, signature] of VECTORS) {
    const request: SignedRequest = {
      method,
      path,
      query,
      headers: {
        host: 'example.amazonaws.com',
        'x-amz-date': '20150830T123600Z',
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
      },
    };
    const claim = readClaim(request);
    assert.equal(claim.time, Date.UTC(2015, 7, 30, 12, 36, 0));
    assert.ok(signatureMatches(claim, request, Buffer.alloc(0), signingKeys('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')), name);
    assert.ok(!signatureMatches(claim, request, Buffer.from('x'), signingKeys('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY')), name);
    assert.ok(!signatureMatches(claim, request, Buffer.alloc(0), signingKeys('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEX')), name);
  }
});

const json = { 'content-type': 'application/json' };
const LIST: Request = { method: 'POST', path: '/members/list', headers: json, body: '{"maxResults":3}' };

test("what the SDK's signer signs passes: odd paths and queries, no content hash, unsigned bodies, presigned", async (context) => {
  const service = await testService(context);
  const credentials = await service.key();
  const requests: Request[] = [
    { ...LIST, path: '/status/batch/get', body: '{}' },
    { ...LIST, path: '/status/batch/get', headers: { ...json, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }, body: '{}' },
    { ...LIST, path: '/status/batch/get', headers: { ...json, 'x-amz-meta': '  a   b  ' }, body: '{"accountIds":[]}' },
    { method: 'GET', path: TAGS },
    { method: 'GET', path: `/tags/${encodeURIComponent("a b+c%d*'(!)~ü/..")}` },
    { method: 'DELETE', path: TAGS, query: { tagKeys: ['b', 'a', 'B', 'x+y', '='] } },
    { method: 'POST', path: '/codesecurity/integration/list', query: { maxResults: '5', nextToken: 'a/b+c=' } },
  ];
  for (const request of requests) {
    const answer = await service.server.inject(await sign(request, { credentials }));
    assert.ok(!/Signature|Token/.test(String(answer.headers['x-amzn-errortype'])), `${request.path}: ${answer.body}`);
  }
  const presigned = await sign({ method: 'GET', path: TAGS }, { credentials, expires: 60 });
  assert.equal((await service.server.inject(presigned)).headers['x-amzn-errortype'], 'ResourceNotFoundException');
  const temporary = await service.key('admin', '111122223333', 3_600_000);
  for (const expires of [undefined, 60]) {
    const signed = await sign({ method: 'GET', path: TAGS }, { credentials: temporary, ...(expires ? { expires } : {}) });
    assert.equal((await service.server.inject(signed)).headers['x-amzn-errortype'], 'ResourceNotFoundException');
  }
});

test('any part that was changed after signing is noticed', async (context) => {
  const service = await testService(context);
  const credentials = await service.key();
  const good = await sign({ ...LIST, query: { a: '1' } }, { credentials });
  const error = async (request: Parameters<typeof service.server.inject>[0]) =>
    (await service.server.inject(request)).headers['x-amzn-errortype'];
  assert.equal(await error(good), 'AccessDeniedException');
  const changed = [
    { ...good, payload: '{"maxResults":4}' },
    { ...good, url: '/members/list?a=2' },
    { ...good, url: '/filters/list?a=1' },
    { ...good, headers: { ...good.headers, 'content-type': 'text/plain' } },
    { ...good, headers: { ...good.headers, host: 'other.test' } },
    {
      ...good,
      headers: {
        ...good.headers,
        authorization: `${good.headers.authorization?.slice(0, -1)}${good.headers.authorization?.endsWith('0') ? 1 : 0}`,
      },
    },
    { ...good, headers: { ...good.headers, authorization: `${good.headers.authorization?.slice(0, -2)}` } },
  ];
  for (const [at, request] of changed.entries()) assert.equal(await error(request), 'InvalidSignatureException', `change ${at}`);
  assert.equal(await error({ ...good, headers: { ...good.headers, 'x-amz-extra': '1' } }), 'IncompleteSignatureException');
});

test('who is not known, too late, or elsewhere is refused with the reason', async (context) => {
  const service = await testService(context);
  const credentials = await service.key();
  const answer = async (request: Parameters<typeof service.server.inject>[0]) => {
    const { statusCode, headers, body } = await service.server.inject(request);
    return [statusCode, headers['x-amzn-errortype'], JSON.parse(body).message] as const;
  };
  const now = Date.now();
  const minutes = (count: number) => now + count * 60_000;
  const wrong = { ...credentials, secretAccessKey: `${credentials.secretAccessKey.slice(1)}x` };
  const unknown = { ...credentials, accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };
  const temporary = await service.key('admin', '111122223333', 60_000);
  const cases = [
    [{ method: 'POST', url: '/members/list', payload: '{}' } as const, 'MissingAuthenticationTokenException', /Missing/],
    [await sign(LIST, { credentials: wrong }), 'InvalidSignatureException', /does not match/],
    [await sign(LIST, { credentials: unknown }), 'UnrecognizedClientException', /security token/],
    [await sign(LIST, { credentials: { ...credentials, sessionToken: 'x' } }), 'UnrecognizedClientException', /security token/],
    [
      await sign(LIST, { credentials: { accessKeyId: temporary.accessKeyId, secretAccessKey: temporary.secretAccessKey } }),
      'UnrecognizedClientException',
      /security token/,
    ],
    [await sign(LIST, { credentials, at: minutes(-16) }), 'RequestTimeTooSkewed', /the time of the server is \d{8}T\d{6}Z/],
    [await sign(LIST, { credentials, at: minutes(16) }), 'RequestTimeTooSkewed', /Set the clock/],
    [await sign(LIST, { credentials, region: 'us-west-2' }), 'InvalidSignatureException', /answers for 'us-east-1', 'eu-west-1'/],
    [await sign(LIST, { credentials, service: 's3' }), 'InvalidSignatureException', /'inspector2'/],
    [
      await sign({ method: 'GET', path: TAGS }, { credentials, at: minutes(-2), expires: 60 }),
      'InvalidSignatureException',
      /expired/,
    ],
    [
      await sign({ method: 'GET', path: TAGS }, { credentials, at: minutes(30), expires: 60 }),
      'InvalidSignatureException',
      /not yet/,
    ],
  ] as const;
  for (const [request, name, message] of cases) {
    const [status, type, said] = await answer(request);
    assert.equal(type, name);
    assert.match(said, message);
    assert.equal(status, 403);
  }
  assert.equal((await answer(await sign(LIST, { credentials, at: minutes(-14) })))[1], 'AccessDeniedException');
  service.clock.offset = 61_000;
  assert.equal((await answer(await sign(LIST, { credentials: temporary })))[1], 'ExpiredTokenException');
  await service.store.write((tx) =>
    tx.updateTable('access_key').set({ disabled: 1 }).where('id', '=', credentials.accessKeyId).execute(),
  );
  assert.equal((await answer(await sign(LIST, { credentials })))[1], 'UnrecognizedClientException');
});

test('headers and queries of any form are refused, never a fault', async (context) => {
  const service = await testService(context);
  const { accessKeyId } = await service.key();
  const piece = fc.oneof(
    fc.string({ unit: 'grapheme-ascii', maxLength: 20 }),
    fc.constantFrom(
      'AWS4-HMAC-SHA256 ',
      `Credential=${accessKeyId}/20261121/us-east-1/inspector2/aws4_request`,
      'SignedHeaders=host;x-amz-date;constructor;__proto__',
      'Signature=00',
      ', ',
      '=',
      'Bearer ',
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 6 }), fc.boolean(), async (pieces, inQuery) => {
      const text = pieces.join('');
      const answer = await service.server.inject({
        method: 'POST',
        url: inQuery ? `/enable?X-Amz-Signature=${text.replace(/[^!-~]/g, '%zz')}` : '/enable',
        headers: {
          ...(inQuery ? {} : { authorization: text }),
          'x-amz-date': '20261121T000000Z',
          'content-type': 'application/json',
        },
        payload: '{}',
      });
      assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, `${answer.statusCode} ${answer.body}`);
    }),
    { numRuns: 150 },
  );
});
