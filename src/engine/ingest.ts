/** What happens when an inventory comes in: it is matched at once, and its findings, coverage and events are written together. */

import type { Kysely } from 'kysely';
import { canonicalJson, digestOf } from '../model/canonical.ts';
import type { Inventory } from '../model/package.ts';
import type { Problem } from '../model/problem.ts';
import { detailRows } from '../store/findings/compose.ts';
import { chunks, isShared, keepDecisions, type Tables, type WorkStore, type Write } from '../store/index.ts';
import { isSwitchedOn, SWITCHED_OFF, WITHOUT_FINDINGS } from './activation.ts';
import { announce } from './announce.ts';
import { CARRIED, carry, isWhole } from './carry.ts';
import { contentOf } from './content.ts';
import { type MatchedUnit, packageDetails, storeDetails } from './details.ts';
import { isCurrent } from './in-use.ts';
import { keptProblems, readInventory } from './inventory.ts';
import { keepUnsure } from './keep.ts';
import { type Changes, noChanges, reconcile } from './lifecycle.ts';
import type { Matcher } from './matcher.ts';
import { type Description, type Place, resourceOf } from './resource.ts';
import { holdUnits, type StoredResource, storeOccurrences, storeResource, storeUnits } from './store-resource.ts';
import { suppress } from './suppression.ts';
import { unitsOf } from './units.ts';

export interface Arrival {
  readonly description: Description;
  readonly inventory: Inventory;
  readonly place: Place;
  /** `agent`, `push`, `registry`, `api`, `self`. */
  readonly origin: string;
  /** What set it off. */
  readonly trigger: 'inventory' | 'rescan';
}

export interface Ingested {
  readonly uid: string;
  readonly resource: number;
  /** Of the inventory as it was sent. */
  readonly packages: number;
  readonly changes: Changes;
  /** Problems of the inventory and of matching it. */
  readonly problems: readonly Problem[];
  readonly durationMs: number;
}

const SCAN_MODES: Readonly<Record<string, string>> = { agent: 'EC2_INSPECTOR_AGENT_BASED', self: 'EC2_INSPECTOR_AGENT_BASED' };

/** Problems of matching for which nothing can be said of the system's packages. */
const UNSUPPORTED = ['match-unknown-distribution', 'match-unsupported-release', 'match-system-unknown'] as const;

function has(codes: readonly string[], code: string): boolean {
  return codes.includes(code);
}

/**
 * The status that coverage shows, from what could not be done. An inventory that is known not to say everything, whether the first or a
 * later one, is assessed as far as it goes, and is no success: Inspector's reason for an inventory that is not what the resource has is
 * STALE_INVENTORY.
 */
function statusOf(
  { packages, problems: own }: Inventory,
  problems: readonly Problem[],
): { readonly statusCode: string; readonly statusReason: string } {
  if (problems.some(({ code }) => has(UNSUPPORTED, code))) return { statusCode: 'INACTIVE', statusReason: 'UNSUPPORTED_OS' };
  if (packages.length === 0) return { statusCode: 'INACTIVE', statusReason: 'NO_INVENTORY' };
  const isWhole = own.every(({ effect }) => effect !== 'incomplete');
  return { statusCode: 'ACTIVE', statusReason: isWhole ? 'SUCCESSFUL' : 'STALE_INVENTORY' };
}

/** Brings the findings of a resource in line with what its units matched, and writes down what that cost. */
async function settle(
  tx: Write,
  matcher: Matcher,
  given: {
    readonly resource: StoredResource;
    readonly units: readonly MatchedUnit[];
    readonly trigger: Arrival['trigger'];
    readonly started: number;
    readonly clock: () => number;
    readonly covered: boolean;
    readonly problems: readonly Problem[];
    /** Assessed, or kept without findings. */
    readonly on: boolean;
  },
): Promise<{ readonly changes: Changes; readonly durationMs: number }> {
  const { resource, trigger, started, clock, on } = given;
  const matched = resource.isNew
    ? given.units
    : given.units.map((unit): MatchedUnit => ({ ...unit, unsure: matcher.isUnsure(unit.data) }));
  const units = on ? await keepUnsure(tx, resource.id, matched) : [];
  const found = packageDetails(units);
  const details = [...found.values()].map(detailRows);
  const ids = await storeDetails(tx, details, matcher.database);
  const desired = new Map(details.map((one, index) => [one.detail.key, contentOf(one, ids[index] ?? 0, resource.exposure)]));
  const changes = await reconcile(tx, {
    resource,
    type: 'PACKAGE_VULNERABILITY',
    desired,
    closedBy: on ? 'fixed' : 'scan-disabled',
    now: started,
  });
  await suppress(tx, resource.account, [...changes.created, ...changes.updated, ...changes.reopened], started);
  await announce(tx, {
    changes,
    now: started,
    ...(resource.isNew && on && { initial: resource }),
    ...(given.covered && { covered: [resource.id] }),
  });
  const { problems } = given;
  return { changes, durationMs: await record(tx, matcher, { resource, units, trigger, started, clock, changes, problems }) };
}

/** Writes down what an assessment was, and how long it took. */
async function record(
  tx: Write,
  matcher: Matcher,
  given: {
    readonly resource: Pick<StoredResource, 'id'>;
    readonly units: readonly object[];
    readonly trigger: Arrival['trigger'];
    readonly started: number;
    readonly clock: () => number;
    readonly changes: Changes;
    readonly problems: readonly Problem[];
  },
): Promise<number> {
  const { resource, units, trigger, started, clock, changes, problems } = given;
  const carried = problems.find(({ code }) => has(CARRIED, code));
  const durationMs = clock() - started;
  const row = {
    resource_id: resource.id,
    trigger,
    database: matcher.database.info.builtAt,
    started_at: started,
    duration_ms: durationMs,
    units: units.length,
    created: changes.created.length + changes.reopened.length,
    changed: changes.updated.length,
    closed: changes.closed.length,
    problem: carried === undefined ? null : JSON.stringify(carried),
  };
  await tx.insertInto('assessment').values(row).execute();
  return durationMs;
}

/** What the store has of a resource that is there; with `lock`, until the end of the transaction. */
async function known(db: Kysely<Tables>, { account, region, uid }: Place & { uid: string }, lock = false) {
  const query = db
    .selectFrom('resource')
    .select(['units', 'target', 'problems'])
    .where('account', '=', account)
    .where('region', '=', region)
    .where('uid', '=', uid)
    .where('removed_at', 'is', null);
  return (lock ? query.forUpdate() : query).executeTakeFirst();
}

/** Matches and stores an inventory. Undefined: the advisory database changed meanwhile, try again with the new one. */
export async function ingest(
  store: WorkStore,
  matcher: Matcher,
  arrival: Arrival,
  clock: () => number,
): Promise<Ingested | undefined> {
  const started = clock();
  const { inventory: sent, description, place, origin, trigger } = arrival;
  const { uid } = resourceOf(description, sent, place);
  const before = isWhole(sent) ? undefined : await known(store.read, { ...place, uid });
  const inventory = before === undefined ? sent : carry(sent, (await readInventory(store.read, before)).inventory);
  const resource = { ...resourceOf(description, inventory, place), uid };
  const units = unitsOf(inventory);
  const matched = matcher.inventory(inventory, units);
  const packages = sent.packages.length;
  const sighting = {
    resource,
    target: inventory.target,
    origin,
    scanMode: resource.type === 'AWS_EC2_INSTANCE' ? (SCAN_MODES[origin] ?? null) : null,
    digest: digestOf(canonicalJson(units.map(({ digest }) => digest).sort())),
    problems: keptProblems(inventory, matched.problems),
    ...statusOf(inventory, matched.problems),
    now: started,
  };
  return store.write(async (tx) => {
    await keepDecisions(tx);
    if (!(await isCurrent(tx, store, matcher))) return undefined;
    // Another inventory came in between, the first one perhaps: what is carried over is another thing.
    if (!isWhole(sent) && (await known(tx, resource, isShared(tx)))?.units !== before?.units) return undefined;
    const on = await isSwitchedOn(tx, resource.account, resource.type);
    const seen = on ? sighting : { ...sighting, statusCode: SWITCHED_OFF.code, statusReason: SWITCHED_OFF.reason };
    const stored = await storeResource(tx, store.engine, seen);
    const { problems } = matched;
    if (stored.isSettled) {
      const changes = noChanges();
      const durationMs = await record(tx, matcher, { resource: stored, units, trigger, started, clock, changes, problems });
      return { uid, resource: stored.id, packages, changes, durationMs, problems };
    }
    const ids = await storeUnits(tx, units);
    await storeOccurrences(tx, stored, ids);
    const settled = await settle(tx, matcher, {
      resource: stored,
      units: units.map(({ data }, index) => ({
        id: ids[index] ?? 0,
        data,
        vulnerabilities: matched.vulnerabilities[index] ?? [],
      })),
      trigger,
      started,
      clock,
      covered: stored.status !== `${seen.statusCode} ${seen.statusReason}`,
      problems,
      on,
    });
    return { uid, resource: stored.id, packages, ...settled, problems };
  });
}

/**
 * Matches what the store has of a resource again. Undefined: there is nothing to match, it is not to be assessed, or the advisory
 * database changed meanwhile.
 */
export async function rescan(
  store: WorkStore,
  matcher: Matcher,
  resource: number,
  clock: () => number,
): Promise<Ingested | undefined> {
  const started = clock();
  return store.write(async (tx) => {
    await keepDecisions(tx);
    if (!(await isCurrent(tx, store, matcher))) return undefined;
    const query = tx.selectFrom('resource').selectAll().where('id', '=', resource).where('removed_at', 'is', null);
    const row = await (store.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst();
    const kept = row === undefined ? undefined : await readInventory(tx, row);
    if (row === undefined || kept === undefined || kept.units.length === 0) return undefined;
    // An image whose window ended stays as it is until it is handed in again.
    const expired = WITHOUT_FINDINGS.includes(row.status_reason) && row.status_reason !== SWITCHED_OFF.reason;
    if (expired || !(await isSwitchedOn(tx, row.account, row.type))) return undefined;
    await holdUnits(tx, kept.ids);
    // Units that wait to be matched again have been matched for this resource with the new advisories already.
    for (const some of chunks(kept.ids)) {
      await tx.updateTable('unit').set({ pending: 2 }).where('id', 'in', some).where('pending', '=', 1).execute();
    }
    const matched = matcher.inventory(kept.inventory, kept.units);
    const { statusCode, statusReason } =
      row.status_reason === 'STALE_INVENTORY'
        ? { statusCode: row.status_code, statusReason: row.status_reason }
        : statusOf(kept.inventory, matched.problems);
    await tx
      .updateTable('resource')
      .set({
        problems: JSON.stringify(keptProblems(kept.inventory, matched.problems)),
        status_code: statusCode,
        status_reason: statusReason,
        scanned_at: started,
        updated_at: started,
      })
      .where('id', '=', resource)
      .execute();
    const status = `${row.status_code} ${row.status_reason}`;
    const settled = await settle(tx, matcher, {
      resource: { ...row, before: kept.ids, isNew: false, isSettled: false, status },
      units: kept.units.map(({ data }, index) => ({
        id: kept.ids[index] ?? 0,
        data,
        vulnerabilities: matched.vulnerabilities[index] ?? [],
      })),
      trigger: 'rescan',
      started,
      clock,
      covered: status !== `${statusCode} ${statusReason}`,
      problems: matched.problems,
      on: true,
    });
    return { uid: row.uid, resource, packages: kept.inventory.packages.length, ...settled, problems: matched.problems };
  });
}
