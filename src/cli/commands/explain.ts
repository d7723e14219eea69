/** `vedette explain`: why a target is, or is not, affected. */
import { databaseFor } from '../../engine/database.ts';
import { explainVulnerability } from '../../matching/explain.ts';
import { renderExplanation } from '../../matching/explain-text.ts';
import { databaseContext, databaseForInventory, orThrow } from '../advisories.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { writeStdout } from '../output.ts';
import { readRules } from '../rules.ts';
import { inventoryOf, parseTarget, type TargetOptions } from '../target.ts';
import { progressOn, useColor } from '../terminal.ts';
import { type ScanOptions, timestampNow } from './scan.ts';

type Shared = 'db' | 'mirror' | 'offline' | 'ignoreFile' | 'vex' | 'date' | 'quiet';

export interface ExplainOptions extends TargetOptions, Pick<ScanOptions, Shared> {
  readonly target?: string;
  readonly json?: boolean;
}

/** Status 3 when the inventory is incomplete: "not affected" then stands for what could be read. */
export async function explain(id: string, options: ExplainOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  const target = options.target === undefined ? undefined : parseTarget(options.target);
  const rules = readRules(options);
  const inventory = target === undefined ? undefined : await inventoryOf(target, options, progress);
  const { database } =
    inventory === undefined
      ? orThrow(await databaseFor(options, [], databaseContext(progress)))
      : await databaseForInventory(inventory, options, progress);
  const explanation = explainVulnerability(id, database, inventory, {
    today: options.date ?? timestampNow().slice(0, 10),
    rules,
  });
  progress.done();
  if (options.json === true) writeStdout([`${JSON.stringify(explanation, undefined, 2)}\n`]);
  else {
    const width = Math.max(80, process.stdout.columns ?? 120);
    writeStdout(renderExplanation(explanation, { color: useColor(process.stdout), width }));
  }
  return inventory?.problems.some(({ effect }) => effect === 'incomplete') === true ? EXIT.incomplete : EXIT.done;
}
