/** Watching a real registry (CNCF distribution) with a real server: what is pushed is found, what is deleted is closed. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  type CoveredResource,
  type Finding,
  Inspector2Client,
  ListCoverageCommand,
  ListFindingsCommand,
} from '@aws-sdk/client-inspector2';
import { startVedette, vedette } from './support/command.ts';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from './support/database.ts';
import { temporaryDirectory } from './support/directory.ts';
import { missingPrograms, skopeo, startDistribution } from './support/distribution.ts';
import { atEnd } from './support/end.ts';
import { dockerArchive, makeImage } from './support/image.ts';
import { skipOrFail } from './support/shared.ts';

/** Less than anything but a notification needs to be followed by: the next look is a day away, and what was lost is looked for after 11 minutes. */
const PATIENCE_MS = 120_000;

interface Served {
  readonly url: string;
  readonly key: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly inspector: Inspector2Client;
  api(method: string, path: string, body?: object): Promise<{ readonly status: number; readonly body: Record<string, unknown> }>;
}

/** Asks until the answer is good. */
async function until<T>(what: string, ask: () => Promise<T>, good: (answer: T) => boolean): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    assert.ok(Date.now() < deadline, `${what}: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** `vedette serve` with a database in which every version of the npm package `padder` is vulnerable. */
async function serve(context: TestContext, home: string, more: readonly string[] = []): Promise<Served> {
  const advisory = advisoryOf({ id: 'CVE-2099-0001', affected: [affectedOf({ name: 'padder' })] });
  const db = await compiledFile(context, [sourceOf('records.json', recordsOf([advisory]))]);
  const child = startVedette(home, ['serve', '--data', 'data', '--listen', '0', '--db', db, '--offline', ...more]);
  const closed = new Promise((resolve) => child.once('close', resolve));
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  atEnd(context, async () => {
    child.kill();
    await closed;
  });
  const line = await until(
    'the server starts',
    async () => said.split('\n').find((one) => one.includes('"listening"')),
    (found) => found !== undefined || child.exitCode !== null,
  );
  assert.ok(line !== undefined, said);
  const { url, credentials } = JSON.parse(line) as { readonly url: string; readonly credentials: string };
  const file = readFileSync(credentials, 'utf8');
  const value = (name: string) => new RegExp(`^${name}\\s*=\\s*(\\S+)`, 'm').exec(file)?.[1] ?? '';
  const key = { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
  const inspector = new Inspector2Client({ endpoint: url, region: 'us-east-1', credentials: key });
  atEnd(context, () => inspector.destroy());
  return {
    url,
    key,
    inspector,
    async api(method, path, body) {
      const answer = await fetch(`${url}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${key.accessKeyId}:${key.secretAccessKey}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
    },
  };
}

function imageWith(directory: string, name: string, version: string): { readonly archive: string } {
  const release = 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian 12"\n';
  const image = makeImage([
    { entries: [{ name: 'etc/' }, { name: 'etc/os-release', data: release }] },
    { entries: [{ name: `app/node_modules/${name}/package.json`, data: JSON.stringify({ name, version }) }] },
  ]);
  const archive = join(directory, `${name}-${version}.tar`);
  writeFileSync(archive, dockerArchive(image));
  return { archive };
}

const findings = async ({ inspector }: Served): Promise<readonly Finding[]> =>
  (await inspector.send(new ListFindingsCommand({}))).findings ?? [];
const coverage = async ({ inspector }: Served): Promise<readonly CoveredResource[]> =>
  (await inspector.send(new ListCoverageCommand({}))).coveredResources ?? [];

test('a push is found and a deletion closed by notifications', async (context) => {
  const missing = missingPrograms('skopeo', 'docker-registry');
  if (missing.length > 0) return skipOrFail(context, `needs the programs ${missing.join(', ')}`);
  const directory = temporaryDirectory(context);
  const served = await serve(context, directory);
  const notifications = [
    'notifications:',
    '  endpoints:',
    '    - name: vedette',
    `      url: ${served.url}/api/v1/registries/notifications?registry=local`,
    '      timeout: 2s',
    '      threshold: 5',
    '      backoff: 1s',
    '      headers:',
    `        Authorization: ["Bearer ${served.key.accessKeyId}:${served.key.secretAccessKey}"]`,
    '',
  ];
  const host = await startDistribution(context, directory, notifications.join('\n'));
  const push = (archive: string, reference: string) =>
    skopeo(directory, 'copy', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${host}/${reference}`);

  const repositories = [
    { pattern: 'vendor/*', frequency: 'MANUAL' },
    { pattern: 'once/*', frequency: 'SCAN_ON_PUSH' },
    { pattern: '*', frequency: 'CONTINUOUS_SCAN' },
  ];
  const put = await served.api('PUT', '/registries/local', {
    address: host,
    intervalMinutes: 1440,
    repositories,
    credentials: { username: 'robot', password: 'hush-hush' },
  });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  assert.doesNotMatch(JSON.stringify(put.body), /hush/);
  await until(
    'the empty registry is looked at',
    () => served.api('GET', '/registries'),
    ({ body }) => /"polledAt"/.test(JSON.stringify(body)),
  );

  const { archive } = imageWith(directory, 'padder', '1.2.0');
  const pushed = Date.now();
  push(archive, 'team/app:1');
  const [found] = await until(
    'the push is found',
    () => findings(served),
    (list) => list.length === 1,
  );
  const details = found?.resources?.[0]?.details?.awsEcrContainerImage;
  assert.deepEqual([details?.repositoryName, details?.registry, details?.imageTags], ['team/app', host, ['1']]);
  const pushedAt = details?.pushedAt?.getTime() ?? 0;
  assert.ok(pushedAt >= pushed - 1_000 && pushedAt <= Date.now(), `${pushedAt}, pushed ${pushed}`);

  // The same image under another tag is not read again.
  push(archive, 'team/app:stable');
  const tags = async () => (await findings(served))[0]?.resources?.[0]?.details?.awsEcrContainerImage?.imageTags;
  await until('the new tag', tags, (list) => list?.join() === '1,stable');

  push(archive, 'vendor/app:1');
  push(archive, 'once/app:1');
  const shown = (row: CoveredResource) => [
    row.resourceId?.replace(/^.*:repository\//, '').replace(/sha256:.*/, 'DIGEST'),
    row.resourceType,
    row.scanStatus?.statusCode,
    row.scanStatus?.reason,
    row.resourceMetadata?.ecrRepository?.scanFrequency,
  ];
  const all = [
    ['once/app', 'AWS_ECR_REPOSITORY', 'ACTIVE', 'SUCCESSFUL', 'SCAN_ON_PUSH'],
    ['once/app/DIGEST', 'AWS_ECR_CONTAINER_IMAGE', 'ACTIVE', 'SCAN_FREQUENCY_SCAN_ON_PUSH', undefined],
    ['team/app', 'AWS_ECR_REPOSITORY', 'ACTIVE', 'SUCCESSFUL', 'CONTINUOUS_SCAN'],
    ['team/app/DIGEST', 'AWS_ECR_CONTAINER_IMAGE', 'ACTIVE', 'SUCCESSFUL', undefined],
    ['vendor/app', 'AWS_ECR_REPOSITORY', 'INACTIVE', 'SCAN_FREQUENCY_MANUAL', 'MANUAL'],
    ['vendor/app/DIGEST', 'AWS_ECR_CONTAINER_IMAGE', 'INACTIVE', 'SCAN_FREQUENCY_MANUAL', undefined],
  ];
  await until(
    'both are covered',
    async () => (await coverage(served)).map(shown).sort(),
    (rows) => isDeepStrictEqual(rows, all),
  );

  skopeo(directory, 'delete', '--tls-verify=false', `docker://${host}/team/app:1`);
  const closed = await until(
    'the deletion is followed',
    () => findings(served),
    (list) => list.some(({ status }) => status === 'CLOSED'),
  );
  assert.deepEqual(
    closed.map(({ status, resources }) => [resources?.[0]?.details?.awsEcrContainerImage?.repositoryName, status]).sort(),
    [
      ['once/app', 'ACTIVE'],
      ['team/app', 'CLOSED'],
    ],
  );

  const unknown = await served.api('POST', '/registries/notifications?registry=other', { events: [{ action: 'push' }] });
  assert.deepEqual(unknown, { status: 200, body: { accepted: 0, ignored: 0, unknown: 1 } });
  const listed = await served.api('GET', '/registries');
  assert.equal(listed.body.unknownNotifications, 1);
  assert.equal((await served.api('DELETE', '/registries/local')).status, 204);
  assert.equal((await served.api('DELETE', '/registries/local')).status, 404);
  await until(
    'nothing is watched',
    () => findings(served),
    (list) => list.every(({ status }) => status === 'CLOSED'),
  );
});

test('--registry: what it names is watched from the start; a login on the command line is refused', async (context) => {
  const missing = missingPrograms('skopeo', 'docker-registry');
  if (missing.length > 0) return skipOrFail(context, `needs the programs ${missing.join(', ')}`);
  const directory = temporaryDirectory(context);
  const host = await startDistribution(context, directory);
  const { archive } = imageWith(directory, 'padder', '1.2.0');
  for (const name of ['team/app', 'other/app']) {
    skopeo(directory, 'copy', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${host}/${name}:1`);
  }
  const served = await serve(context, directory, ['--registry', `http://${host}/team/*`]);
  const list = await until(
    'the image is found',
    () => findings(served),
    (found) => found.length > 0,
  );
  assert.deepEqual(
    list.map(({ resources }) => resources?.[0]?.details?.awsEcrContainerImage?.repositoryName),
    ['team/app'],
  );
  for (const text of ['https://robot:hush@registry.example', 'ftp://registry.example', '']) {
    const refused = await vedette(directory, ['serve', '--registry', text]);
    assert.equal(refused.status, 2);
    assert.match(refused.stderr, /--registry takes an address/);
    assert.doesNotMatch(refused.stderr, /hush/);
  }
});
