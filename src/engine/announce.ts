/** Telling targets what changed: events go into the outbox with the change itself. Without targets nothing is written. */

import type { CoverageEvent, FindingEvent, ScanEvent } from '../delivery/event.ts';
import { activeTargets, enqueue } from '../delivery/outbox/enqueue.ts';
import { apiFinding } from '../store/findings/api-finding.ts';
import { findingsById } from '../store/findings/list.ts';
import { readDetails } from '../store/findings/resource.ts';
import { chunks, SEVERITY_ORDER, type Write } from '../store/index.ts';
import type { Changes, FindingResource } from './lifecycle.ts';

export interface News {
  readonly changes: Changes;
  readonly now: number;
  /** A resource that was assessed for the first time. */
  readonly initial?: Pick<FindingResource, 'id'>;
  /** Resources whose scan status changed. */
  readonly covered?: readonly number[];
}

const WORDS: Readonly<Record<keyof Changes, FindingEvent['change']>> = {
  created: 'created',
  updated: 'updated',
  closed: 'closed',
  reopened: 'reopened',
};

/** Puts the events of a change into the outbox of every target. */
export async function announce(tx: Write, { changes, now, initial, covered = [] }: News): Promise<void> {
  const targets = await activeTargets(tx);
  if (targets.length === 0) return;
  const time = new Date(now).toISOString();
  for (const kind of ['created', 'updated', 'closed', 'reopened'] as const) {
    await announceFindings(tx, changes[kind], WORDS[kind], now);
  }
  for (const id of covered) {
    const row = await tx
      .selectFrom('resource')
      .select(['uid', 'account', 'region', 'status_code', 'status_reason'])
      .where('id', '=', id)
      .executeTakeFirst();
    if (row === undefined) continue;
    const event: CoverageEvent = {
      kind: 'coverage',
      account: row.account,
      region: row.region,
      time,
      resources: [row.uid],
      statusCode: row.status_code,
      reason: row.status_reason,
      scanType: 'PACKAGE',
    };
    await enqueue(tx, [event], now);
  }
  if (initial !== undefined) await announceScan(tx, initial.id, time, now);
}

/** Findings as they are now, with what happened to them. */
export async function announceFindings(
  tx: Write,
  ids: readonly number[],
  change: FindingEvent['change'],
  now: number,
): Promise<void> {
  const targets = await activeTargets(tx);
  if (targets.length === 0) return;
  const time = new Date(now).toISOString();
  for (const some of chunks(ids)) {
    const events = (await findingsById(tx, some)).map(
      (row): FindingEvent => ({
        kind: 'finding',
        account: row.account,
        region: row.resource_region,
        time,
        resources: [row.resource_uid],
        finding: apiFinding(row),
        change,
      }),
    );
    await enqueue(tx, events, now);
  }
}

async function announceScan(tx: Write, id: number, time: string, now: number): Promise<void> {
  const row = await tx
    .selectFrom('resource')
    .select(['uid', 'account', 'region', 'type', 'details'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  const counted = await tx
    .selectFrom('finding')
    .select(['severity', ({ fn }) => fn.countAll<number>().as('count')])
    .where('resource_id', '=', id)
    .where('status', '=', 'ACTIVE')
    .groupBy('severity')
    .execute();
  const counts = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, TOTAL: 0 };
  for (const { severity, count } of counted) {
    const word = SEVERITY_ORDER[severity];
    if (word === 'CRITICAL' || word === 'HIGH' || word === 'MEDIUM') counts[word] = Number(count);
    counts.TOTAL += Number(count);
  }
  const { awsEcrContainerImage: image } = readDetails(row.details);
  const repository = row.uid.replace(/\/sha256:[0-9a-f]+$/, '');
  const event: ScanEvent = {
    kind: 'scan',
    account: row.account,
    region: row.region,
    time,
    resources: [row.type === 'AWS_ECR_CONTAINER_IMAGE' ? repository : row.uid],
    resourceType: row.type,
    counts,
    ...(image !== undefined && {
      image: { repository, digest: image.imageHash ?? '', tags: image.imageTags ?? [] },
    }),
  };
  await enqueue(tx, [event], now);
}
