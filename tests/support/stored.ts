/** What a store and a file of events say, to compare runs of which one was disturbed. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fields, items, text } from '../../src/inventory/values.ts';
import type { Store } from '../../src/store/store.ts';

/** Everything the store says, without times and row numbers. */
export async function said(store: Store) {
  const findings = await store.read
    .selectFrom('finding')
    .innerJoin('resource', 'resource.id', 'finding.resource_id')
    .innerJoin('detail', 'detail.id', 'finding.detail_id')
    .select(['resource.uid', 'finding.arn', 'finding.key', 'finding.status', 'finding.generation', 'finding.closed_by'])
    .select(['finding.severity', 'finding.score', 'finding.fix', 'finding.title', 'detail.type', 'detail.vulnerability'])
    .orderBy('finding.arn')
    .execute();
  const packages = await store.read
    .selectFrom('finding')
    .innerJoin('detail_package', 'detail_package.detail_id', 'finding.detail_id')
    .innerJoin('unit', 'unit.id', 'detail_package.unit_id')
    .select(['finding.arn', 'detail_package.name', 'detail_package.version', 'unit.digest'])
    .orderBy('finding.arn')
    .orderBy('detail_package.name')
    .orderBy('unit.digest')
    .execute();
  const resources = await store.read
    .selectFrom('resource')
    .select(['uid', 'name', 'type', 'status_code', 'status_reason', 'inventory_digest', 'problems', 'removed_at'])
    .orderBy('uid')
    .execute();
  const occurrences = await store.read
    .selectFrom('occurrence')
    .innerJoin('unit', 'unit.id', 'occurrence.unit_id')
    .innerJoin('resource', 'resource.id', 'occurrence.resource_id')
    .select(['resource.uid', 'unit.digest', 'unit.pending'])
    .orderBy('resource.uid')
    .orderBy('unit.digest')
    .execute();
  return { findings, packages, resources, occurrences };
}

/** The events of each finding, in the order they arrived; the same event twice in a row is one that was sent again. */
export function deliveredIn(path: string): ReadonlyMap<string, readonly string[]> {
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  const found = new Map<string, { readonly ids: string[]; readonly said: string[] }>();
  for (const line of lines) {
    let event: ReturnType<typeof fields>;
    try {
      event = fields(JSON.parse(line));
    } catch {
      // Half a line that a killed process left: the event comes again.
      continue;
    }
    if (event?.['detail-type'] !== 'Inspector2 Finding') continue;
    const { findingArn, status, title, severity } = fields(event.detail) ?? {};
    const id = text(event.id) ?? '';
    const own = found.get(String(findingArn)) ?? { ids: [], said: [] };
    found.set(String(findingArn), own);
    if (own.ids.at(-1) === id) continue;
    assert.ok(!own.ids.includes(id), `${findingArn}: an event came again after a later one`);
    own.ids.push(id);
    own.said.push(JSON.stringify([status, title, severity, items(event.resources)]));
  }
  return new Map([...found].map(([arn, { said }]) => [arn, said]));
}
