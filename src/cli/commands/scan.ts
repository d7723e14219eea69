/** `vedette scan`: inventory, database, assessment, reports, exit status. */

import { assess } from '../../engine/assess.ts';
import { parsePolicy } from '../../engine/policy.ts';
import type { Assessment } from '../../model/finding.ts';
import { thousands } from '../../model/number.ts';
import { FORMATS } from '../../reports/registry.ts';
import { databaseForInventory, orThrow } from '../advisories.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { parseOutputs, writeReports } from '../output.ts';
import { readRules } from '../rules.ts';
import { inventoryOf, type TargetOptions, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';

export interface ScanOptions extends TargetOptions {
  readonly toolVersion: string;
  readonly db?: string;
  readonly mirror?: string;
  readonly offline?: boolean;
  readonly format?: readonly string[];
  readonly failOn?: string;
  readonly onlyFixed?: boolean;
  /** commander's form of `--no-dev`. */
  readonly dev?: boolean;
  readonly ignoreFile?: string;
  readonly vex?: readonly string[];
  readonly showSuppressed?: boolean;
  readonly all?: boolean;
  readonly limit?: number;
  readonly evidence?: number;
  readonly timestamp?: boolean;
  readonly date?: string;
  readonly quiet?: boolean;
}

/** Now, to the second, as reports write it. */
export function timestampNow(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

/** The exit status of an assessment: the policy's word weighs more than incompleteness. */
function statusOf(assessment: Assessment, fails: boolean): ExitStatus {
  if (fails) return EXIT.policy;
  return assessment.summary.complete ? EXIT.done : EXIT.incomplete;
}

/** Runs the command; the reports are written before the status is decided. */
export async function scan(kind: string, names: readonly string[], options: ScanOptions): Promise<ExitStatus> {
  const outputs = parseOutputs(options.format ?? ['table'], FORMATS);
  const policy = options.failOn === undefined ? undefined : orThrow(parsePolicy(options.failOn), EXIT.usage);
  const rules = readRules(options);
  const target = targetArgument(kind, names);
  const progress = progressOn(process.stderr, options.quiet === true);
  const inventory = await inventoryOf(target, options, progress);
  const { database, problems } = await databaseForInventory(inventory, options, progress);
  progress.step(`assessing ${thousands(inventory.packages.length)} packages …`);
  const assessment = assess(inventory, database, {
    today: options.date ?? timestampNow().slice(0, 10),
    toolVersion: options.toolVersion,
    rules,
    onlyFixed: options.onlyFixed === true,
    noDev: options.dev === false,
    descriptions: outputs.some(({ format }) => format.describes === true),
    problems,
  });
  progress.done();
  const { all, limit, evidence, showSuppressed } = options;
  const timestamp = options.timestamp === true ? timestampNow() : undefined;
  writeReports(assessment, outputs, { all, limit, evidence, showSuppressed, timestamp });
  const failing = policy === undefined ? [] : assessment.vulnerabilities.filter((found) => !found.suppressed && policy(found));
  if (failing.length > 0) {
    const shown = [...new Set(failing.map(({ id }) => id))].slice(0, 5).join(', ');
    progress.say(`--fail-on "${options.failOn}": ${failing.length} findings match (${shown}${failing.length > 5 ? ' …' : ''})`);
  }
  return statusOf(assessment, failing.length > 0);
}
