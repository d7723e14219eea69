/** What the API asks of the engine. */
import type { Change, Services } from '../../api/context.ts';
import { scanReport } from '../../api/scan/report.ts';
import type { Advisories } from '../../engine/advisories.ts';
import { announceFindings } from '../../engine/announce.ts';
import type { Engine } from '../../engine/engine.ts';
import { resuppress } from '../../engine/suppression.ts';
import { ok } from '../../model/problem.ts';
import type { Write } from '../../store/index.ts';

/** The services of an engine; `now` is the time that changes are made at. */
export function servicesOf(engine: Engine, advisories: Advisories, now: () => number): Services {
  return {
    async changed(tx: Write, change: Change) {
      if (change.kind === 'report') return engine.report(tx, change.id);
      if (change.kind !== 'suppression') return engine.reconfigured(tx);
      const at = now();
      await announceFindings(tx, await resuppress(tx, change.account, at), 'updated', at);
    },
    async advisories() {
      const matcher = await advisories.matcher();
      return matcher.ok ? ok(matcher.value.database) : matcher;
    },
    async scanSbom(sbom, format) {
      const matcher = await advisories.matcher();
      if (!matcher.ok) throw Object.assign(new Error(matcher.problem.message), { statusCode: 503 });
      return scanReport(sbom, format, matcher.value.database, new Date(now()).toISOString().slice(0, 10));
    },
  };
}
