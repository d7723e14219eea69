/** A made-up fleet in an embedded store: resources of the three kinds, and findings with the skew of real ones. Details are shared. */
import type { Insertable } from 'kysely';
import { detailColumns, detailRows } from '../../src/store/findings/compose.ts';
import type { PackageDetail } from '../../src/store/findings/detail.ts';
import { resourceAttributes, resourceColumns } from '../../src/store/findings/resource.ts';
import type { FindingTable, ResourceTable } from '../../src/store/schema.ts';
import type { Store, Write } from '../../src/store/store.ts';
import { samplePart } from '../../tests/support/findings.ts';
import { randomOf } from '../../tests/support/random-findings.ts';

export interface FleetSize {
  readonly resources: number;
  readonly findings: number;
  /** Different details: what findings share. */
  readonly details: number;
  readonly accounts: number;
}

const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 21);

const SEVERITIES = ['UNTRIAGED', 'INFORMATIONAL', 'LOW', 'MEDIUM', 'MEDIUM', 'MEDIUM', 'HIGH', 'HIGH', 'CRITICAL'] as const;
const PLATFORMS = ['UBUNTU_22_04', 'UBUNTU_24_04', 'AMAZON_LINUX_2', 'AMAZON_LINUX_2023', 'DEBIAN_12', 'RHEL_9'];
const RUNTIMES = ['PYTHON_3_9', 'PYTHON_3_10', 'NODEJS_18_X', 'JAVA_17'] as const;

type Random = () => number;

/** Few of the first are most of all. */
function skewed(random: Random, count: number): number {
  return Math.min(count - 1, Math.floor(count * random() ** 3));
}

function hex(index: number, length: number): string {
  return index.toString(16).padStart(length, '0');
}

export function accountOf(index: number): string {
  return String(100_000_000_000 + index);
}

function resourceRow(
  random: Random,
  index: number,
  size: FleetSize,
): Insertable<ResourceTable> & { readonly details: string; readonly tags: string } {
  const account = accountOf(skewed(random, size.accounts));
  const kind = index % 10;
  const base = {
    account,
    region: 'us-east-1',
    target: '{}',
    origin: 'agent',
    scan_mode: null,
    status_code: 'ACTIVE',
    status_reason: 'SUCCESSFUL',
    inventory_digest: null,
    units: '[]',
    inventory_at: NOW,
    scanned_at: NOW,
    problems: '[]',
    exposure: null,
    first_seen_at: NOW - 90 * DAY,
    updated_at: NOW,
    removed_at: null,
  };
  const tags = JSON.stringify({ Name: `host-${index}`, env: ['prod', 'test', 'dev'][index % 3], team: `team-${index % 40}` });
  if (kind < 5) {
    const platform = PLATFORMS[skewed(random, PLATFORMS.length)] ?? null;
    const details = {
      awsEc2Instance: {
        type: 't3.small',
        imageId: `ami-${hex(skewed(random, 200), 17)}`,
        vpcId: `vpc-${hex(index % 50, 17)}`,
        subnetId: `subnet-${hex(index % 300, 17)}`,
        launchedAt: new Date(NOW - index * 1000).toISOString(),
        platform,
      },
    };
    const uid = `i-${hex(index, 17)}`;
    return { ...base, uid, type: 'AWS_EC2_INSTANCE', name: uid, platform, tags, details: JSON.stringify(details) };
  }
  if (kind < 8) {
    const repositoryName = `team-${index % 40}/app-${skewed(random, 300)}`;
    const imageHash = `sha256:${hex(index, 64)}`;
    const details = {
      awsEcrContainerImage: {
        repositoryName,
        registry: account,
        imageHash,
        imageTags: [`v${index % 100}`, ...(index % 7 === 0 ? ['latest'] : [])],
        architecture: index % 4 === 0 ? 'arm64' : 'amd64',
        pushedAt: new Date(NOW - skewed(random, 400) * DAY).toISOString(),
        platform: 'DEBIAN_12',
        inUseCount: index % 5,
      },
    };
    const uid = `arn:aws:ecr:us-east-1:${account}:repository/${repositoryName}/${imageHash}`;
    return {
      ...base,
      uid,
      type: 'AWS_ECR_CONTAINER_IMAGE',
      name: repositoryName,
      platform: 'DEBIAN_12',
      tags: '{}',
      details: JSON.stringify(details),
    };
  }
  const functionName = `function-${index}`;
  const details = {
    awsLambdaFunction: {
      functionName,
      runtime: RUNTIMES[index % RUNTIMES.length],
      codeSha256: hex(index, 44),
      version: '$LATEST',
      executionRoleArn: `arn:aws:iam::${account}:role/r${index % 100}`,
      layers: [`arn:aws:lambda:us-east-1:${account}:layer:base:${index % 9}`],
      lastModifiedAt: new Date(NOW - skewed(random, 400) * DAY).toISOString(),
    },
  };
  const uid = `arn:aws:lambda:us-east-1:${account}:function:${functionName}:$LATEST`;
  return {
    ...base,
    uid,
    type: 'AWS_LAMBDA_FUNCTION',
    name: functionName,
    platform: null,
    tags,
    details: JSON.stringify(details),
  };
}

function detailOf(random: Random, index: number, size: FleetSize): PackageDetail {
  const vulnerability = Math.floor(index / 3);
  const id = `CVE-${2016 + (vulnerability % 11)}-${1000 + vulnerability}`;
  const score = Math.round(random() * 100) / 10;
  const part = (number: number) => {
    const name = `package-${skewed(random, 4000)}`;
    return samplePart(
      number,
      {
        id,
        title: `${name}: a flaw in parsing that lets an attacker stop the service`,
        aliases: [`GHSA-${hex(vulnerability, 4)}-${hex(index % 65_536, 4)}`],
        severity: SEVERITIES[Math.floor(random() * SEVERITIES.length)] ?? 'LOW',
        score: { value: score, vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H', version: '3.1', source: 'nvd' },
        epss: { score: Math.round(random() ** 6 * 1e5) / 1e5, date: '2026-11-20' },
        packageName: name,
        installedVersion: `${index % 9}.${index % 13}-${1 + (index % 3)}`,
        status: random() < 0.7 ? 'fix-available' : 'no-fix',
        exploits: random() < 0.05 ? ['EDB-1'] : [],
        locations: [{ path: 'var/lib/dpkg/status', layer: `sha256:${hex(skewed(random, 3000), 64)}` }],
      },
      { type: index % 3 === 2 ? 'npm' : 'deb' },
    );
  };
  return {
    kind: 'package',
    id,
    parts: [part(1 + (index % 50_000)), ...(random() < 0.4 ? [part(1 + ((index * 7) % size.details))] : [])],
  };
}

async function insertAll<T extends object>(rows: readonly T[], insert: (some: readonly T[]) => Promise<unknown>): Promise<void> {
  const size = 500;
  for (let start = 0; start < rows.length; start += size) await insert(rows.slice(start, start + size));
}

async function writeDetails(tx: Write, random: Random, size: FleetSize) {
  const rows = Array.from({ length: size.details }, (_, index) => ({
    id: index + 1,
    ...detailRows(detailOf(random, index, size)),
  }));
  await insertAll(rows, (some) =>
    tx
      .insertInto('detail')
      .values(some.map(({ id, detail }) => ({ id, ...detail })))
      .execute(),
  );
  const packages = rows.flatMap(({ id, packages: list }) => list.map((one) => ({ detail_id: id, ...one })));
  await insertAll(packages, (some) =>
    tx
      .insertInto('detail_package')
      .values([...some])
      .execute(),
  );
  const values = rows.flatMap(({ id, values: list }) => list.map((one) => ({ detail_id: id, ...one })));
  await insertAll(values, (some) =>
    tx
      .insertInto('detail_value')
      .values([...some])
      .execute(),
  );
  return rows.map(({ id, detail }) => ({ id, columns: detailColumns(detail) }));
}

async function writeResources(tx: Write, random: Random, size: FleetSize) {
  const rows = Array.from({ length: size.resources }, (_, index) => ({ id: index + 1, ...resourceRow(random, index, size) }));
  await insertAll(rows, (some) =>
    tx
      .insertInto('resource')
      .values([...some])
      .execute(),
  );
  const attributes = rows.flatMap((row) => resourceAttributes(row).map((one) => ({ resource_id: row.id, ...one })));
  await insertAll(attributes, (some) =>
    tx
      .insertInto('resource_attribute')
      .values([...some])
      .execute(),
  );
  return rows.map((row) => ({ id: row.id, columns: resourceColumns({ ...row, platform: row.platform ?? null }) }));
}

/** Fills an empty store. */
export async function writeFleet(store: Store, size: FleetSize): Promise<void> {
  const random = randomOf(20_261_121);
  const details = await store.write((tx) => writeDetails(tx, random, size));
  const resources = await store.write((tx) => writeResources(tx, random, size));
  const each = size.findings / size.resources;
  let written = 0;
  for (let start = 0; start < resources.length; start += 400) {
    const rows: Insertable<FindingTable>[] = [];
    for (const { id, columns } of resources.slice(start, start + 400)) {
      // Hosts of one kind have much in common: each draws from a window of the details.
      const window = skewed(random, 20) * Math.floor(details.length / 20);
      const wanted = Math.round(each * (0.4 + 1.2 * random()));
      const chosen = new Map<string, (typeof details)[number]>();
      for (let turn = 0; turn < wanted * 2 && chosen.size < wanted; turn++) {
        const detail = details[(window + skewed(random, Math.floor(details.length / 3))) % details.length];
        if (detail !== undefined) chosen.set(detail.columns.key, detail);
      }
      for (const detail of chosen.values()) {
        const first = NOW - skewed(random, 365) * DAY - Math.floor(random() * DAY);
        const luck = random();
        rows.push({
          arn: `arn:aws:inspector2:us-east-1:${columns.account}:finding/${hex(++written, 32)}`,
          resource_id: id,
          detail_id: detail.id,
          generation: 0,
          status: luck < 0.75 ? 'ACTIVE' : luck < 0.9 ? 'CLOSED' : 'SUPPRESSED',
          filter_id: null,
          adjustments: null,
          first_observed_at: first,
          last_observed_at: first + Math.floor(random() * 5 * DAY),
          updated_at: first + Math.floor(random() * 5 * DAY),
          closed_at: null,
          closed_by: null,
          ...columns,
          ...detail.columns,
        });
      }
    }
    await store.write((tx) =>
      insertAll(rows, (some) =>
        tx
          .insertInto('finding')
          .values([...some])
          .execute(),
      ),
    );
  }
}
