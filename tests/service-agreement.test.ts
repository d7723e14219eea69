/** `push` and `agent` against a server: what it then lists is what `vedette scan` finds in the same target. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Finding, Inspector2Client, paginateListFindings } from '@aws-sdk/client-inspector2';
import { sendAll } from '../src/cli/agent/loop.ts';
import { openSpool } from '../src/cli/agent/spool.ts';
import { bodyOf } from '../src/cli/service/body.ts';
import { clientFor } from '../src/cli/service/client.ts';
import { handIn } from '../src/cli/service/hand-in.ts';
import { vedette } from './support/command.ts';
import { advisoryOf, affectedOf, compiledFile, recordsOf, sourceOf } from './support/database.ts';
import { temporaryDirectory } from './support/directory.ts';
import { atEnd } from './support/end.ts';
import { inventoryOf, packageOf, systemOf } from './support/inventory.ts';
import { keyIn, type Serving, startServing } from './support/processes.ts';
import { makeZip } from './support/zip.ts';

const ADVISORIES = [
  ['CVE-2099-0001', [{ name: 'padder', ranges: [{ introduced: '0', fixed: '1.3.0' }] }]],
  ['CVE-2099-0002', [{ name: 'padder' }, { name: '@team/tester', ranges: [{ introduced: '1.0.0', fixed: '1.0.1' }] }]],
  [
    'CVE-2099-0004',
    [{ name: 'openssl', stream: 'debian/12', names: 'source', ranges: [{ introduced: '0', fixed: '3.0.13-1~deb12u1' }] }],
  ],
  ['CVE-2099-0005', [{ name: 'bash', stream: 'debian/12', names: 'source', ranges: [{ introduced: '0', fixed: '5.0-1' }] }]],
] as const;

function database(context: TestContext): Promise<string> {
  const advisories = ADVISORIES.map(([id, affected]) =>
    advisoryOf({ id: `ADV-${id}`, vulnerabilities: [id], affected: affected.map((one) => affectedOf({ ...one })) }),
  );
  return compiledFile(context, [sourceOf('records.json', recordsOf(advisories))]);
}

const LOCK = {
  name: 'shop',
  version: '1.0.0',
  lockfileVersion: 3,
  packages: {
    '': { name: 'shop', version: '1.0.0', dependencies: { padder: '^1.0.0' } },
    'node_modules/padder': { version: '1.2.0' },
    'node_modules/other': { version: '1.0.0' },
    'node_modules/other/node_modules/padder': { version: '1.3.1' },
    'node_modules/@team/tester': { version: '1.0.0', dev: true },
  },
};

function status(name: string, version: string, source: string): string {
  return `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nSource: ${source}\nVersion: ${version}\n\n`;
}

/** A home with one target of each kind; the arguments of `scan` and `push` for them. */
function targets(home: string): readonly (readonly string[])[] {
  const write = (path: string, data: string | Uint8Array) => {
    mkdirSync(join(home, path, '..'), { recursive: true });
    writeFileSync(join(home, path), data);
  };
  write('shop/package-lock.json', JSON.stringify(LOCK));
  write('disk/etc/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n');
  write(
    'disk/var/lib/dpkg/status',
    status('libssl3', '3.0.11-1~deb12u1', 'openssl') +
      status('openssl', '3.0.11-1~deb12u1', 'openssl') +
      status('bash', '5.2-1', 'bash'),
  );
  const module = JSON.stringify({ name: 'padder', version: '1.0.0' });
  write('function.zip', makeZip([{ name: 'node_modules/padder/package.json', data: module }]));
  const components = [
    { type: 'library', name: 'left', version: '1.1.0', purl: 'pkg:npm/left@1.1.0' },
    { type: 'library', name: 'padder', version: '9.0.0', purl: 'pkg:npm/padder@9.0.0' },
  ];
  write('bom.json', JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1, components }));
  return [
    ['project', 'shop'],
    ['rootfs', 'disk'],
    ['lambda', 'function.zip', '--runtime', 'nodejs22.x'],
    ['sbom', 'bom.json'],
  ];
}

function clientOf(context: TestContext, { url, data }: Serving): Inspector2Client {
  const client = new Inspector2Client({ endpoint: url, region: 'us-east-1', credentials: keyIn(join(data, 'credentials')) });
  atEnd(context, () => client.destroy());
  return client;
}

async function findingsOf(client: Inspector2Client, resource: string): Promise<readonly Finding[]> {
  const filterCriteria = { resourceId: [{ comparison: 'EQUALS' as const, value: resource }] };
  const all: Finding[] = [];
  for await (const page of paginateListFindings({ client, pageSize: 2 }, { filterCriteria })) all.push(...(page.findings ?? []));
  return all;
}

/** `CVE: package, package`: versions without release, as the API has them apart. */
function listed(rows: readonly (readonly [id: string, pkg: string])[]): readonly string[] {
  return [...Map.groupBy(rows, ([id]) => id)]
    .map(([id, list]) => `${id}: ${[...new Set(list.map(([, pkg]) => pkg))].sort()}`)
    .sort();
}

test('the findings of what was pushed are those of a scan', async (context) => {
  const db = await database(context);
  const home = temporaryDirectory(context);
  const server = await startServing(context, ['--db', db]);
  await server.said('a new advisory database is in use');
  const client = clientOf(context, server);
  const to = ['--server', server.url, '--credentials', join(server.data, 'credentials'), '-q'];
  let compared = 0;
  for (const target of targets(home)) {
    const [scan, push] = await Promise.all([
      vedette(home, ['scan', ...target, '--db', db, '--format', 'json', '-q']),
      vedette(home, ['push', ...target, ...to]),
    ]);
    assert.equal(push.status, scan.status, `${target}: ${scan.stderr}${push.stderr}`);
    const found: { id: string; packageName: string; package: string }[] = JSON.parse(scan.stdout).vulnerabilities;
    const findings = await findingsOf(client, push.stdout.trim());
    const rows = findings.flatMap(({ packageVulnerabilityDetails: told }) =>
      (told?.vulnerablePackages ?? []).map((pkg) => [told?.vulnerabilityId ?? '', pkg.name ?? ''] as const),
    );
    assert.deepEqual(listed(rows), listed(found.map(({ id, packageName }) => [id, packageName])), target.join(' '));
    compared += findings.length;
    // Again: nothing is new.
    const again = await vedette(home, ['push', ...target, ...to.slice(0, -1)]);
    assert.match(again.stderr, /findings: 0 new, 0 changed, 0 closed, 0 reopened/);
  }
  assert.equal(compared, 2 + 1 + 2 + 1);
  assert.equal((await server.stop('SIGTERM')).status, 0);
});

test('what a spool kept while the server was down arrives when it is back, after a restart on the same store', async (context) => {
  const db = await database(context);
  const home = temporaryDirectory(context);
  const first = await startServing(context, ['--db', db], {}, home);
  await first.said('a new advisory database is in use');
  const credentials = join(first.data, 'credentials');
  const spool = openSpool(join(temporaryDirectory(context), 'spool'));
  const body = (version: string) =>
    bodyOf(
      { kind: 'host', name: 'web', machine: 'machine-1' },
      inventoryOf([packageOf({ type: 'npm', name: 'padder', version })], systemOf('debian', '12')),
      'agent',
    );
  const said: string[] = [];
  const send = (url: string) => {
    const client = clientFor({ server: url, credentials }, {});
    return sendAll({ spool, send: (file) => handIn(client, { gzip: file }), say: (text) => void said.push(text) });
  };
  const add = (version: string, now: number) => {
    const place = spool.place();
    writeFileSync(place, gzipSync(body(version)));
    spool.add(place, now);
  };
  add('1.0.0', 1);
  assert.equal(await send(first.url), true);
  await first.stop();
  for (const [index, version] of ['1.3.0', '1.2.0'].entries()) add(version, 2 + index);
  assert.equal(await send(first.url), false);
  assert.equal(spool.list().length, 2);
  assert.match(said.join('\n'), /does not answer .*kept and sent later/);

  const second = await startServing(context, ['--db', db], {}, home);
  assert.equal(await send(second.url), true);
  assert.deepEqual(spool.list(), []);
  const client = clientOf(context, second);
  const { findings = [] } = await listAll(client);
  assert.deepEqual(findings.map(({ packageVulnerabilityDetails: told, status }) => `${status} ${told?.vulnerabilityId}`).sort(), [
    'ACTIVE CVE-2099-0001',
    'ACTIVE CVE-2099-0002',
  ]);
  assert.equal((await second.stop('SIGTERM')).status, 0);
});

async function listAll(client: Inspector2Client): Promise<{ readonly findings: readonly Finding[] }> {
  const findings: Finding[] = [];
  for await (const page of paginateListFindings({ client }, {})) findings.push(...(page.findings ?? []));
  return { findings };
}
