/** An estate snapshot in the service: network findings of its instances, and what every score of them then is. */
import type { Estate } from '../estate/estate.ts';
import type { Problem } from '../model/problem.ts';
import { assessNetwork, type NetworkAssessment } from '../network/index.ts';
import type { Exposure } from '../scoring/contextual.ts';
import { detailRows } from '../store/findings/compose.ts';
import type { NetworkDetail } from '../store/findings/detail.ts';
import { chunks, isShared, keepDecisions, type Store, type Write } from '../store/index.ts';
import { isSwitchedOn } from './activation.ts';
import { announce } from './announce.ts';
import { contentOf, readDetail } from './content.ts';
import { storeDetails } from './details.ts';
import { type Changes, type FindingResource, noChanges, reconcile, updatedAt } from './lifecycle.ts';
import { holdUnits, readUnits } from './store-resource.ts';
import { suppress } from './suppression.ts';
import { endTerminated, presentInstances } from './terminated.ts';

type Finding = NetworkAssessment['findings'][number];

const TYPE = 'NETWORK_REACHABILITY';

/**
 * What is never known, whatever is collected: it is of sources that no finding here is about, or makes the findings concerned
 * unknown. Where it kept findings from closing, they would stay for ever.
 */
const LASTING: ReadonlySet<string> = new Set(['network-gateway-unmodelled', 'network-witness-failed']);

export interface NetworkAssessed {
  /** Instances of the estate. */
  readonly instances: number;
  readonly changes: Changes;
  readonly problems: readonly Problem[];
}

function detailOf(finding: Finding): NetworkDetail {
  return {
    kind: 'network',
    title: finding.title,
    description: finding.description,
    severity: finding.severity,
    protocol: finding.protocol,
    begin: finding.openPortRange.begin,
    end: finding.openPortRange.end,
    steps: finding.networkPath.steps,
    remediation: finding.remediation,
  };
}

/** An instance of the estate, wherever it says where it is. */
interface Instance {
  readonly uid: string;
  readonly account: string;
  readonly region: string;
}

function instancesOf(estate: Estate): readonly Instance[] {
  return estate.regions.flatMap((place) =>
    presentInstances(place).ids.map((uid) => ({ uid, account: place.account, region: place.region })),
  );
}

/**
 * From where instances can be reached for certain; one that something may reach, nobody knows what, is not in the map.
 * Where the snapshot lacks something, only that the Internet reaches an instance is certain.
 */
function exposuresOf({ exposures, problems }: NetworkAssessment, instances: readonly Instance[]): ReadonlyMap<string, Exposure> {
  const isWhole = problems.every(({ effect }) => effect !== 'incomplete');
  const found = new Map<string, Exposure | 'unknown'>(instances.map(({ uid }) => [uid, isWhole ? 'none' : 'unknown']));
  for (const { instance, source, unknown } of exposures) {
    if (instance === undefined || !found.has(instance)) continue;
    const before = found.get(instance);
    if (before === 'internet') continue;
    const reached = source.kind === 'internet' ? 'internet' : 'other';
    if (unknown.length > 0) found.set(instance, 'unknown');
    else if (reached === 'internet') found.set(instance, 'internet');
    else if (before === 'none') found.set(instance, 'other');
  }
  return new Map([...found].flatMap(([uid, exposure]) => (exposure === 'unknown' ? [] : [[uid, exposure] as const])));
}

const UNMANAGED = { status_code: 'INACTIVE', status_reason: 'UNMANAGED_EC2_INSTANCE' } as const;

type EstateResource = FindingResource & {
  readonly exposure: string | null;
  readonly units: string;
  readonly removed_at: number | null;
};

/** The rows of instances; those that no inventory has come from are made, so that they are in coverage as not managed. */
async function resourcesOf(tx: Write, instances: readonly Instance[], now: number): Promise<Map<string, EstateResource>> {
  const found = new Map<string, EstateResource>();
  const read = async () => {
    for (const some of chunks(instances)) {
      const query = tx
        .selectFrom('resource')
        .select([
          'id',
          'uid',
          'account',
          'region',
          'type',
          'component',
          'repository',
          'registry',
          'pushed_at',
          'exposure',
          'units',
          'removed_at',
        ])
        .where(
          'uid',
          'in',
          some.map(({ uid }) => uid),
        )
        .orderBy('id');
      // Whoever assesses the same resources at the same time waits here.
      for (const row of await (isShared(tx) ? query.forUpdate() : query).execute()) found.set(row.uid, row);
    }
  };
  await read();
  // Taken for gone: an older snapshot was looked at in between, or somebody removed them.
  const back = [...found.values()].filter(({ removed_at }) => removed_at !== null).map(({ id }) => id);
  for (const some of chunks(back)) {
    const again = { ...UNMANAGED, origin: 'estate', removed_at: null, updated_at: now };
    await tx.updateTable('resource').set(again).where('id', 'in', some).execute();
  }
  const missing = instances.filter(({ uid }) => !found.has(uid));
  for (const some of chunks(missing)) {
    const rows = some.map(({ uid, account, region }) => ({
      uid,
      account,
      region,
      type: 'AWS_EC2_INSTANCE',
      name: uid,
      platform: null,
      details: JSON.stringify({ awsEc2Instance: {} }),
      tags: '{}',
      component: null,
      repository: null,
      registry: null,
      pushed_at: null,
      target: JSON.stringify({ kind: 'host', name: uid }),
      origin: 'estate',
      scan_mode: null,
      ...UNMANAGED,
      inventory_digest: null,
      units: '[]',
      inventory_at: null,
      scanned_at: now,
      problems: '[]',
      exposure: null,
      first_seen_at: now,
      updated_at: now,
      removed_at: null,
    }));
    await tx.insertInto('resource').values(rows).execute();
  }
  if (missing.length > 0) await read();
  return found;
}

/** Gives the package findings of a resource the score that fits its new exposure. Ids of those that changed. */
async function rescore(tx: Write, resource: number, exposure: string | null, now: number): Promise<readonly number[]> {
  const rows = await tx
    .selectFrom('finding')
    .innerJoin('detail', 'detail.id', 'finding.detail_id')
    .select(['finding.id', 'finding.score', 'finding.detail_id', 'detail.data'])
    .where('finding.resource_id', '=', resource)
    .where('finding.type', '=', 'PACKAGE_VULNERABILITY')
    .where('finding.status', '!=', 'CLOSED')
    .execute();
  const changed: number[] = [];
  for (const { id, score, detail_id, data } of rows) {
    const content = contentOf(detailRows(readDetail(data)), detail_id, exposure);
    if (content.score === score) continue;
    const { score: value, adjustments } = content;
    await tx
      .updateTable('finding')
      .set({ score: value, adjustments, ...updatedAt(now) })
      .where('id', '=', id)
      .execute();
    changed.push(id);
  }
  return changed;
}

/**
 * Analyses a snapshot and brings the network findings and scores of its instances in line. Findings that may or may not be reachable,
 * because something is not known, are not findings here; the problems tell of them.
 */
export async function assessEstate(store: Store, estate: Estate, clock: () => number): Promise<NetworkAssessed> {
  const started = clock();
  const assessment = assessNetwork(estate, 'inspector-v2');
  const instances = instancesOf(estate);
  const exposures = exposuresOf(assessment, instances);
  const certain = assessment.findings.filter(({ unknown, state }) => unknown.length === 0 && state === 'active');
  const byInstance = Map.groupBy(certain, ({ resource }) => resource);
  // What cannot be seen any more because something is not known has not been fixed.
  const isWhole = assessment.problems.every(({ effect, code }) => effect !== 'incomplete' || LASTING.has(code));
  const unsure = new Set(assessment.findings.flatMap(({ unknown, resource }) => (unknown.length > 0 ? [resource] : [])));
  const all = noChanges();
  for (const some of chunks(instances, 200)) {
    await store.write(async (tx) => {
      await keepDecisions(tx);
      const now = clock();
      const resources = await resourcesOf(tx, some, now);
      for (const { uid, account } of some) {
        const resource = resources.get(uid);
        if (resource === undefined) continue;
        const on = await isSwitchedOn(tx, account, resource.type);
        const details = on ? (byInstance.get(uid) ?? []).map((finding) => detailRows(detailOf(finding))) : [];
        const ids = await storeDetails(tx, details);
        const desired = new Map(details.map((one, index) => [one.detail.key, contentOf(one, ids[index] ?? 0, null)]));
        const isSeen = !on || (isWhole && !unsure.has(uid));
        const changes = await reconcile(tx, {
          resource,
          type: TYPE,
          desired,
          ...(!isSeen && { keys: [...desired.keys()] }),
          closedBy: on ? 'fixed' : 'scan-disabled',
          now,
        });
        await tx
          .updateTable('resource')
          // Who could not look at everything has not looked: the API has no other word for it.
          .set({ network_at: now, network_reason: isWhole && !unsure.has(uid) ? 'SUCCESSFUL' : 'ACCESS_DENIED' })
          .where('id', '=', resource.id)
          .execute();
        const exposure = exposures.get(uid) ?? null;
        if (exposure !== resource.exposure) {
          // Who matches units again meanwhile would score by what it was.
          await holdUnits(tx, readUnits(resource.units));
          await tx.updateTable('resource').set({ exposure, updated_at: now }).where('id', '=', resource.id).execute();
          changes.updated.push(...(await rescore(tx, resource.id, exposure, now)));
        }
        await suppress(tx, account, [...changes.created, ...changes.updated, ...changes.reopened], now);
        await announce(tx, { changes, now });
        for (const name of ['created', 'updated', 'closed', 'reopened'] as const) all[name].push(...changes[name]);
      }
    });
  }
  for (const place of estate.regions) all.closed.push(...(await endTerminated(store, place, clock())));
  await store.write((tx) =>
    tx
      .insertInto('assessment')
      .values({
        resource_id: null,
        trigger: 'network',
        database: null,
        started_at: started,
        duration_ms: clock() - started,
        units: instances.length,
        created: all.created.length + all.reopened.length,
        changed: all.updated.length,
        closed: all.closed.length,
        problem: null,
      })
      .execute(),
  );
  return { instances: instances.length, changes: all, problems: assessment.problems };
}
