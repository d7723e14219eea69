/** Counts for targets that take metrics. */
import { SEVERITY_ORDER, type Write } from '../store/index.ts';
import type { MetricsEvent } from './event.ts';
import { activeTargets, enqueue } from './outbox/enqueue.ts';

/** Puts the counts of every account and region into the outbox, when a target takes them; gives the number of rows written. */
export async function enqueueMetrics(tx: Write, now: number): Promise<number> {
  if (!(await activeTargets(tx)).some(({ events }) => events.has('metrics'))) return 0;
  const findings = await tx
    .selectFrom('finding')
    .select(({ fn }) => ['account', 'region', 'severity', fn.countAll<number>().as('count')])
    .where('status', '=', 'ACTIVE')
    .groupBy(['account', 'region', 'severity'])
    .execute();
  const resources = await tx
    .selectFrom('resource')
    .select(({ fn }) => ['account', 'region', 'status_code', fn.countAll<number>().as('count')])
    .where('removed_at', 'is', null)
    .groupBy(['account', 'region', 'status_code'])
    .execute();
  const places = new Map([...findings, ...resources].map(({ account, region }) => [`${account} ${region}`, { account, region }]));
  const events = [...places.values()].map(({ account, region }): MetricsEvent => {
    const here = (row: { readonly account: string; readonly region: string }) => row.account === account && row.region === region;
    const countOf = (severity: number) => findings.find((row) => here(row) && row.severity === severity)?.count ?? 0;
    const status = (code: string) => resources.find((row) => here(row) && row.status_code === code)?.count ?? 0;
    return {
      kind: 'metrics',
      account,
      region,
      time: new Date(now).toISOString(),
      resources: [region],
      // Nothing to count is a value too: alarms need the zero.
      findingCounts: Object.fromEntries(SEVERITY_ORDER.map((severity, index) => [severity, countOf(index)])),
      resourceCounts: Object.fromEntries(['ACTIVE', 'INACTIVE'].map((code) => [code, status(code)])),
    };
  });
  return await enqueue(tx, events, now);
}
