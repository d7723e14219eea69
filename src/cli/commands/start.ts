/** `vedette start` (and `npm start`): the main job on this very machine, with nothing to configure. */

import { resolve } from 'node:path';
import { assess } from '../../engine/assess.ts';
import type { DatabaseChoice } from '../../engine/database.ts';
import { thousands } from '../../model/number.ts';
import { FORMATS } from '../../reports/registry.ts';
import { databaseForInventory } from '../advisories.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { parseOutputs, writeReports } from '../output.ts';
import { readRules } from '../rules.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { progressOn } from '../terminal.ts';
import { timestampNow } from './scan.ts';

export interface StartOptions extends DatabaseChoice {
  readonly toolVersion: string;
  readonly quiet?: boolean;
}

const REPORTS = ['html=vedette-report.html', 'json=vedette-report.json'];

/**
 * Status 0 when the reports were written, complete or not: it shows what there is to see, and says what it could not look at.
 * `scan host` is the command for gates.
 */
export async function start(options: StartOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  const started = performance.now();
  const inventory = await inventoryOf(targetArgument('host', []), {}, progress);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  progress.say(`found ${thousands(inventory.packages.length)} packages on this machine in ${seconds} s`);
  const { database, problems } = await databaseForInventory(inventory, options, progress, true);
  progress.step('assessing …');
  const timestamp = timestampNow();
  const assessment = assess(inventory, database, {
    today: timestamp.slice(0, 10),
    toolVersion: options.toolVersion,
    rules: readRules({}),
    problems,
  });
  progress.done();
  writeReports(assessment, parseOutputs(['table', ...REPORTS], FORMATS), { limit: 20, timestamp });
  progress.say(`reports: ${REPORTS.map((report) => resolve(report.slice(report.indexOf('=') + 1))).join(' and ')}`);
  progress.say('more: bin/vedette --help, or npx vedette scan image|project|rootfs|lambda|sbom …');
  return EXIT.done;
}
