/** What the API asks of the engine. */
import type { Change, Services } from '../../api/context.ts';
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
      const current = await advisories.current();
      return current.ok ? ok(current.value.database) : current;
    },
    async scanSbom(sbom, format) {
      const current = await advisories.current();
      if (!current.ok) throw Object.assign(new Error(current.problem.message), { statusCode: 503 });
      // What matching needs is loaded by those who ask for it.
      const { scanReport } = await import('../../api/scan/report.ts');
      return scanReport(sbom, format, current.value.database, current.value.today);
    },
  };
}
