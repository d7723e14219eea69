import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { makeImage, makeIndex } from '../../../tests/support/image.ts';
import { type FakeRegistry, fakeRegistry, publish } from '../../../tests/support/registry.ts';
import { type ImageOptions, openImage } from '../open.ts';
import { parseChallenges } from './challenge.ts';
import { findCredentials } from './credentials.ts';
import { isLoopback, parseReference } from './reference.ts';

const image = makeImage([
  { entries: [{ name: 'a', data: 'A' }], compression: 'gzip' },
  { entries: [{ name: 'b', data: 'B' }], compression: 'zstd' },
]);
const layerDigests = [...image.blobs.keys()].filter((digest) => digest !== image.configDigest && digest !== image.manifestDigest);

const references: [text: string, name: string, registry: string][] = [
  ['alpine', 'docker.io/library/alpine:latest', 'registry-1.docker.io'],
  ['alpine:3.20', 'docker.io/library/alpine:3.20', 'registry-1.docker.io'],
  ['team/app', 'docker.io/team/app:latest', 'registry-1.docker.io'],
  ['docker.io/alpine', 'docker.io/library/alpine:latest', 'registry-1.docker.io'],
  ['index.docker.io/team/app:1', 'docker.io/team/app:1', 'registry-1.docker.io'],
  ['localhost/app', 'localhost/app:latest', 'localhost'],
  ['localhost:5000/app:1', 'localhost:5000/app:1', 'localhost:5000'],
  ['[::1]:5000/a/b/c', '[::1]:5000/a/b/c:latest', '[::1]:5000'],
  ['ghcr.io/a/b__c/d-e.f:V1_x', 'ghcr.io/a/b__c/d-e.f:V1_x', 'ghcr.io'],
  [`reg.example:5000/a@sha256:${'0'.repeat(64)}`, `reg.example:5000/a@sha256:${'0'.repeat(64)}`, 'reg.example:5000'],
  [`a:1@sha256:${'0'.repeat(64)}`, `docker.io/library/a:1@sha256:${'0'.repeat(64)}`, 'registry-1.docker.io'],
];

test('references', () => {
  for (const [text, name, registry] of references) {
    const parsed = parseReference(text);
    assert.ok(parsed.ok, text);
    assert.deepEqual([parsed.value.name, parsed.value.registry], [name, registry], text);
  }
  const wrong = [
    '',
    'UPPER',
    'a b',
    'a:',
    'a:b:c',
    '-a',
    'a//b',
    'a/../b',
    'a@sha256:12',
    'host:99999999/a',
    'http://a/b',
    'a:..',
    'x'.repeat(600),
    '/etc/x',
    './x.tar',
  ];
  for (const text of wrong) assert.ok(!parseReference(text).ok, text);
  for (const [host, local] of [
    ['localhost:5000', true],
    ['127.9.9.9', true],
    ['[::1]:1', true],
    ['127.0.0.1.evil.example', false],
    ['localhost.example', false],
  ] as const) {
    assert.equal(isLoopback(host), local, host);
  }
});

test('challenges', () => {
  const cases: [header: string, expect: [string, Record<string, string>][]][] = [
    [
      'Bearer realm="https://a/token",service="s",scope="repository:x:pull,push"',
      [['bearer', { realm: 'https://a/token', service: 's', scope: 'repository:x:pull,push' }]],
    ],
    [
      'Basic realm="x", Bearer realm=https://b',
      [
        ['bearer', { realm: 'https://b' }],
        ['basic', { realm: 'x' }],
      ],
    ],
    ['basic', [['basic', {}]]],
    ['Bearer realm="a\\"b"', [['bearer', { realm: 'a"b' }]]],
    ['Negotiate', []],
    ['', []],
  ];
  for (const [header, expect] of cases) {
    assert.deepEqual(
      parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]),
      expect,
      header,
    );
  }
});

/** Opens the image and fetches all layers: file names, codes of problems. */
async function fetchAll(
  registry: FakeRegistry,
  options: ImageOptions = {},
  tag = '1',
): Promise<{ digest?: string; keys: string[]; problems: string[] }> {
  const reference = tag.includes(':') ? `team/app@${tag}` : `team/app:${tag}`;
  const opened = await openImage(`${registry.host}/${reference}`, {
    retryMilliseconds: 1,
    dockerConfig: '/nonexistent',
    ...options,
  });
  if (!opened.ok) return { keys: [], problems: [opened.problem.code] };
  const { value: source } = opened;
  try {
    const problems = source.problems.map(({ code }) => code);
    for (const layer of source.layers) {
      const bytes = await layer.open();
      if (!bytes.ok) problems.push(bytes.problem.code);
      else if (bytes.value.kind === 'tar') assert.equal(readFileSync(bytes.value.file).length, layer.size);
    }
    return { digest: source.digest, keys: source.layers.map(({ cacheKey = '' }) => cacheKey), problems };
  } finally {
    source.close();
    assert.ok(!existsSync(source.workspace), 'the workspace is removed');
  }
}

const whole = { digest: image.manifestDigest, keys: layerDigests.map((digest) => `blob:${digest}`), problems: [] };
const login = { username: 'user', password: 'pass:word' };

function dockerConfig(context: TestContext, value: unknown): string {
  const directory = temporaryDirectory(context);
  writeFileSync(join(directory, 'config.json'), typeof value === 'string' ? value : JSON.stringify(value));
  return directory;
}

function auths(host: string): { auths: Record<string, { auth: string }> } {
  return { auths: { [host]: { auth: Buffer.from(`${login.username}:${login.password}`).toString('base64') } } };
}

test('anonymous, with a token, with a login', async (context) => {
  for (const auth of ['none', 'token'] as const) {
    const registry = await fakeRegistry(context, { auth });
    publish(registry, image);
    assert.deepEqual(await fetchAll(registry), whole, auth);
    assert.deepEqual(await fetchAll(registry, {}, image.manifestDigest), whole, 'by digest');
    assert.deepEqual((await fetchAll(registry, {}, 'absent')).problems, ['image-not-found']);
  }
  for (const auth of ['token', 'basic'] as const) {
    const registry = await fakeRegistry(context, { auth, login });
    publish(registry, image);
    assert.deepEqual((await fetchAll(registry)).problems, ['registry-unauthorised'], auth);
    assert.deepEqual(await fetchAll(registry, { dockerConfig: dockerConfig(context, auths(registry.host)) }), whole, auth);
    assert.deepEqual((await fetchAll(registry, { dockerConfig: dockerConfig(context, auths('elsewhere')) })).problems, [
      'registry-unauthorised',
    ]);
  }
});

test('a token that expires between layers is fetched again', async (context) => {
  const registry = await fakeRegistry(context, { auth: 'token' });
  publish(registry, image);
  let expired = false;
  registry.intercept = ({ url = '' }, response) => {
    if (expired || !url.endsWith(layerDigests[1] ?? '-')) return false;
    expired = true;
    response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
    return true;
  };
  assert.deepEqual(await fetchAll(registry), whole);
  assert.equal(registry.requests.filter((line) => line.includes('/token')).length, 2);
});

test('content that does not match its digest is never handed on', async (context) => {
  const registry = await fakeRegistry(context);
  publish(registry, image);
  const [first = '', second = ''] = layerDigests;
  const blob = Buffer.from(image.blobs.get(second) ?? []);
  blob[blob.length >> 1] = (blob[blob.length >> 1] ?? 0) ^ 1;
  registry.blobs.set(second, blob);
  assert.deepEqual((await fetchAll(registry)).problems, ['digest-mismatch']);
  registry.blobs.set(second, Buffer.concat([image.blobs.get(second) ?? blob, blob]));
  assert.deepEqual((await fetchAll(registry)).problems, ['layer-download-failed'], 'longer than promised');
  registry.blobs.delete(first);
  assert.deepEqual((await fetchAll(registry)).problems, ['image-not-found', 'layer-download-failed']);
  registry.manifests.set(image.manifestDigest, Buffer.from(`${image.manifest} `));
  assert.deepEqual((await fetchAll(registry, {}, image.manifestDigest)).problems, ['digest-mismatch']);
  registry.blobs.set(image.configDigest, Buffer.from('{}'));
  assert.deepEqual((await fetchAll(registry)).problems, ['digest-mismatch']);
});

test('platforms of an index', async (context) => {
  const registry = await fakeRegistry(context);
  const arm = makeImage([{ entries: [{ name: 'arm' }] }], { os: 'linux', architecture: 'arm64' });
  publish(registry, image, 'amd');
  publish(registry, arm, 'arm');
  registry.manifests.set(
    '1',
    makeIndex([
      { image: arm, platform: { os: 'linux', architecture: 'arm64' } },
      { image, platform: { os: 'linux', architecture: 'amd64' } },
    ]),
  );
  assert.equal((await fetchAll(registry, { platform: 'linux/arm64' })).digest, arm.manifestDigest);
  assert.equal((await fetchAll(registry, { platform: 'linux/amd64' })).digest, image.manifestDigest);
  assert.deepEqual((await fetchAll(registry, { platform: 'linux/386' })).problems, ['platform-not-found']);
  assert.deepEqual((await fetchAll(registry, { platform: 'linux/386' }, 'amd')).problems, ['platform-not-found']);
});

test('failures that pass are tried again, others are not', async (context) => {
  const registry = await fakeRegistry(context);
  publish(registry, image);
  let failures = 2;
  registry.intercept = (_request, response) => {
    if (failures-- <= 0) return false;
    if (failures === 0) response.destroy();
    else response.writeHead(503, { 'retry-after': '0' }).end();
    return true;
  };
  assert.deepEqual(await fetchAll(registry), whole);
  registry.intercept = ({ url }, response) => {
    if (url === '/v2/') return false;
    response.writeHead(500).end();
    return true;
  };
  const before = registry.requests.length;
  assert.deepEqual((await fetchAll(registry)).problems, ['registry-failed']);
  assert.equal(registry.requests.length - before, 5, 'the probe and four attempts');
});

test('redirects to other hosts do not carry the login', async (context) => {
  const registry = await fakeRegistry(context, { auth: 'basic', login });
  const storage = await fakeRegistry(context);
  publish(registry, image);
  publish(storage, image);
  registry.intercept = ({ url = '', headers }, response) => {
    if (!url.includes('/blobs/') || headers.authorization === undefined) return false;
    response.writeHead(307, { location: `http://${storage.host}${url}` }).end();
    return true;
  };
  assert.deepEqual(await fetchAll(registry, { dockerConfig: dockerConfig(context, auths(registry.host)) }), whole);
  assert.equal(storage.requests.length, 3);
  assert.deepEqual(
    storage.requests.filter((line) => !line.endsWith('anonymous')),
    [],
  );
  registry.intercept = (_request, response) => {
    response.writeHead(302, { location: '/v2/' }).end();
    return true;
  };
  assert.deepEqual((await fetchAll(registry)).problems, ['registry-unreachable'], 'loops end');
});

test('a token service must be https or on this machine', async (context) => {
  const registry = await fakeRegistry(context);
  publish(registry, image);
  registry.intercept = ({ url = '' }, response) => {
    if (url === '/v2/') return false;
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://collector.example/token"' }).end();
    return true;
  };
  assert.deepEqual((await fetchAll(registry, { dockerConfig: dockerConfig(context, auths(registry.host)) })).problems, [
    'registry-unauthorised',
  ]);
});

test('foreign and encrypted layers are told', async (context) => {
  const registry = await fakeRegistry(context);
  const odd = makeImage([
    { entries: [{ name: 'a' }], mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip' },
    { entries: [{ name: 'b' }], mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip+encrypted' },
  ]);
  publish(registry, odd);
  registry.blobs.delete(odd.diffIds[0] ?? '');
  assert.deepEqual((await fetchAll(registry)).problems, ['layer-not-distributable', 'layer-encrypted']);
});

test('credentials from helpers and files', async (context) => {
  const bin = temporaryDirectory(context);
  const log = join(bin, 'asked');
  const helper = (name: string, script: string): void => {
    writeFileSync(join(bin, `docker-credential-${name}`), `#!/bin/sh\ncat > "${log}"\n${script}\n`);
    chmodSync(join(bin, `docker-credential-${name}`), 0o755);
  };
  mkdirSync(bin, { recursive: true });
  helper('good', `echo '{"Username":"u","Secret":"s"}'`);
  helper('token', `echo '{"Username":"<token>","Secret":"t"}'`);
  helper('none', 'echo "credentials not found in native keychain"; exit 1');
  helper('bad', 'echo nonsense');
  const path = process.env.PATH;
  process.env.PATH = `${bin}:${path}`;
  try {
    const basic = { kind: 'basic', username: 'u', password: 's' };
    const cases: [config: unknown, registry: string, answer: unknown][] = [
      [{ credHelpers: { 'r.example': 'good' } }, 'r.example', basic],
      [{ credHelpers: { 'r.example': 'good' } }, 'other.example', undefined],
      [{ credsStore: 'token' }, 'r.example', { kind: 'identity', token: 't' }],
      [{ credsStore: 'none' }, 'r.example', undefined],
      [{ credsStore: 'bad' }, 'r.example', 'credential-helper-failed'],
      [{ credsStore: 'absent' }, 'r.example', 'credential-helper-failed'],
      [{ credsStore: '../good' }, 'r.example', undefined],
      [{ credsStore: 'none', auths: { 'r.example': { username: 'u', password: 's' } } }, 'r.example', basic],
      [{ auths: { 'https://index.docker.io/v1/': { auth: 'dTpz' } } }, 'registry-1.docker.io', basic],
      [{ auths: { 'https://r.example': { identitytoken: 'i', auth: 'dTpz' } } }, 'r.example', { kind: 'identity', token: 'i' }],
      [{ auths: { 'r.example': { auth: '!!' } } }, 'r.example', undefined],
      ['{', 'r.example', 'docker-config-invalid'],
    ];
    for (const [config, registry, answer] of cases) {
      const { credentials, problem } = await findCredentials(registry, dockerConfig(context, config));
      assert.deepEqual(credentials ?? problem?.code, answer, JSON.stringify(config));
    }
    await findCredentials('registry-1.docker.io', dockerConfig(context, { credsStore: 'good' }));
    assert.equal(readFileSync(log, 'utf8'), 'https://index.docker.io/v1/');
  } finally {
    process.env.PATH = path;
  }
});
