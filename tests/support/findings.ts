/** Details, resources and findings for tests of the store: written as the engine writes them. */
import { createHash } from 'node:crypto';
import type { Insertable } from 'kysely';
import type { Vulnerability } from '../../src/model/finding.ts';
import { detailColumns, detailRows } from '../../src/store/findings/compose.ts';
import type { Detail, DetailPart } from '../../src/store/findings/detail.ts';
import { resourceAttributes, resourceColumns, type StoredDetails } from '../../src/store/findings/resource.ts';
import type { FindingTable, ResourceTable } from '../../src/store/schema.ts';
import type { Store, Write } from '../../src/store/store.ts';

const ACCOUNT = '123456789012';
const NOW = Date.UTC(2026, 10, 21);

function sampleVulnerability(change: Partial<Vulnerability> = {}): Vulnerability {
  return {
    id: 'CVE-2024-6119',
    kind: 'vulnerability',
    aliases: [],
    title: 'openssl: possible denial of service in X.509 name checks',
    published: '2024-09-03T16:15:07Z',
    severity: 'MEDIUM',
    severitySource: 'ubuntu',
    score: { value: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', version: '3.1', source: 'nvd' },
    scores: [{ value: 7.5, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', version: '3.1', source: 'nvd' }],
    priority: { value: 40, parts: [] },
    status: 'fix-available',
    package: 'pkg:deb/ubuntu/openssl@3.0.13-0ubuntu3.1?arch=amd64',
    packageName: 'openssl',
    installedVersion: '3.0.13-0ubuntu3.1',
    fixedVersions: ['3.0.13-0ubuntu3.4'],
    exploits: [],
    cwes: ['CWE-843'],
    evidence: [
      {
        source: 'ubuntu',
        id: 'UBUNTU-CVE-2024-6119',
        url: 'https://ubuntu.com/security/CVE-2024-6119',
        stream: 'ubuntu/24.04/main',
        name: 'openssl',
        by: 'source',
        version: '3.0.13-0ubuntu3.1',
        range: { introduced: '0', fixed: '3.0.13-0ubuntu3.4' },
        status: 'fix-available',
        fixedVersion: '3.0.13-0ubuntu3.4',
        severity: { kind: 'word', value: 'medium', source: 'ubuntu' },
      },
    ],
    locations: [{ path: 'var/lib/dpkg/status' }],
    ...change,
  };
}

export function samplePart(
  unit: number,
  change: Partial<Vulnerability> = {},
  known: Partial<DetailPart['package']> = {},
): DetailPart {
  const facts = { type: 'deb', architecture: 'amd64', namespace: 'ubuntu', ...known };
  return { unit, vulnerability: sampleVulnerability(change), package: facts };
}

export interface SampleResource {
  readonly uid: string;
  readonly type: string;
  readonly details: StoredDetails;
  readonly tags?: Readonly<Record<string, string>>;
  readonly platform?: string;
  readonly account?: string;
  readonly change?: Partial<Insertable<ResourceTable>>;
}

/** Writes a resource with its attributes; its id. */
export async function insertResource(tx: Write, sample: SampleResource, more: Parameters<typeof resourceAttributes>[1] = {}) {
  const row = {
    uid: sample.uid,
    account: sample.account ?? ACCOUNT,
    region: 'us-east-1',
    type: sample.type,
    name: sample.uid,
    platform: sample.platform ?? null,
    details: JSON.stringify(sample.details),
    tags: JSON.stringify(sample.tags ?? {}),
    target: '{}',
    origin: 'agent',
    scan_mode: null,
    status_code: 'ACTIVE',
    status_reason: 'SUCCESSFUL',
    inventory_digest: null,
    units: '[]',
    inventory_at: null,
    scanned_at: NOW,
    problems: '[]',
    exposure: null,
    first_seen_at: NOW,
    updated_at: NOW,
    removed_at: null,
    ...sample.change,
  } satisfies Insertable<ResourceTable>;
  const { component, repository, registry, pushed_at } = resourceColumns(row);
  const repeated = { component, repository, registry, pushed_at };
  const { id } = await tx
    .insertInto('resource')
    .values({ ...row, ...repeated })
    .returning('id')
    .executeTakeFirstOrThrow();
  const attributes = resourceAttributes(row, more).map((attribute) => ({ resource_id: id, ...attribute }));
  if (attributes.length > 0) await tx.insertInto('resource_attribute').values(attributes).execute();
  return { ...row, id };
}

/** Writes a detail with its packages and values, once; its id and columns. */
export async function insertDetail(tx: Write, detail: Detail) {
  const { detail: row, packages, values } = detailRows(detail);
  const known = await tx.selectFrom('detail').select('id').where('digest', '=', row.digest).executeTakeFirst();
  if (known !== undefined) return { ...row, id: known.id };
  const { id } = await tx.insertInto('detail').values(row).returning('id').executeTakeFirstOrThrow();
  if (packages.length > 0)
    await tx
      .insertInto('detail_package')
      .values(packages.map((one) => ({ detail_id: id, ...one })))
      .execute();
  if (values.length > 0)
    await tx
      .insertInto('detail_value')
      .values(values.map((one) => ({ detail_id: id, ...one })))
      .execute();
  return { ...row, id };
}

type Written<T extends (...all: never[]) => Promise<unknown>> = Awaited<ReturnType<T>>;

/** Writes a finding; its id. */
export async function insertFinding(
  tx: Write,
  resource: Written<typeof insertResource>,
  detail: Written<typeof insertDetail>,
  change: Partial<Insertable<FindingTable>> = {},
): Promise<number> {
  const hash = createHash('sha256')
    .update(`${resource.id}/${detail.key}/${change.generation ?? 0}`)
    .digest('hex')
    .slice(0, 32);
  const { id } = await tx
    .insertInto('finding')
    .values({
      arn: `arn:aws:inspector2:${resource.region}:${resource.account}:finding/${hash}`,
      resource_id: resource.id,
      detail_id: detail.id,
      generation: 0,
      status: 'ACTIVE',
      filter_id: null,
      adjustments: null,
      first_observed_at: NOW,
      last_observed_at: NOW,
      updated_at: NOW,
      closed_at: null,
      closed_by: null,
      ...resourceColumns(resource),
      ...detailColumns(detail),
      ...change,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** A store of one finding on one instance, for tests of single requests. */
export async function writeSample(store: Store): Promise<void> {
  await store.write(async (tx) => {
    const resource = await insertResource(tx, {
      uid: 'i-0123456789abcdef0',
      type: 'AWS_EC2_INSTANCE',
      platform: 'UBUNTU_24_04',
      details: { awsEc2Instance: { type: 't3.small', imageId: 'ami-0123456789abcdef0', platform: 'UBUNTU_24_04' } },
      tags: { Name: 'web' },
    });
    const detail = await insertDetail(tx, { kind: 'package', id: 'CVE-2024-6119', parts: [samplePart(1)] });
    await insertFinding(tx, resource, detail);
  });
}
