/** `vedette start` (and `npm start`): the main job on this very machine, with nothing to configure, and then the service. */
import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { databasePath } from '../../advisories/database/index.ts';
import { assess } from '../../engine/assess.ts';
import { thousands } from '../../model/number.ts';
import { FORMATS } from '../../reports/registry.ts';
import { databaseForInventory, orThrow } from '../advisories.ts';
import { hostAgent, takeApart } from '../agent/host.ts';
import { runAgent, TIMES } from '../agent/loop.ts';
import { openSpool } from '../agent/spool.ts';
import { writeTaken } from '../agent/take.ts';
import { stateOf } from '../agent/watch.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { parseOutputs, writeReports } from '../output.ts';
import { readRules } from '../rules.ts';
import { clientFor } from '../service/client.ts';
import { handIn } from '../service/hand-in.ts';
import { withRuntime } from '../service/life.ts';
import type { Runtime } from '../service/runtime.ts';
import { type ServerOptions, type Started, startServer } from '../service/server.ts';
import { endBy, unlessTold, untilTold } from '../service/stop.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { type Progress, progressOn } from '../terminal.ts';
import { timestampNow } from './scan.ts';

export interface StartOptions extends ServerOptions {
  readonly toolVersion: string;
  /** End after the first assessment. */
  readonly once?: boolean;
  /** Internal: the first assessment, whose inventory goes into this file. */
  readonly takeInto?: string;
}

const REPORTS = ['html=vedette-report.html', 'json=vedette-report.json'];

/**
 * Status 0 when the reports were written, complete or not: it shows what there is to see, and says what it could not look at.
 * `scan host` is the command for gates.
 */
export async function start(options: StartOptions): Promise<ExitStatus> {
  return options.once === true || options.takeInto !== undefined ? assessHost(options) : serveHost(options);
}

async function assessHost(options: StartOptions): Promise<ExitStatus> {
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
    descriptions: true,
    problems,
  });
  progress.done();
  writeReports(assessment, parseOutputs(['table', ...REPORTS], FORMATS), { limit: 20, timestamp });
  progress.say(`reports: ${REPORTS.map((report) => resolve(report.slice(report.indexOf('=') + 1))).join(' and ')}`);
  progress.say('more: bin/vedette --help, or npx vedette scan image|project|rootfs|lambda|sbom …');
  if (options.takeInto !== undefined) writeTaken(options.takeInto, inventory, []);
  return EXIT.done;
}

/** Options that the first assessment gets. */
function forAssessment({ db, mirror, offline, quiet }: StartOptions): readonly string[] {
  const given = { '--db': db, '--mirror': mirror };
  const switches = { '--offline': offline, '--quiet': quiet };
  return [
    ...Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, value])),
    ...Object.entries(switches).flatMap(([name, value]) => (value === true ? [name] : [])),
  ];
}

/**
 * The first assessment, in a process of its own, and then the service, with this machine as its first resource, until it is stopped.
 * What would keep the service from starting (another one, a port in use) is found out before.
 */
async function serveHost(options: StartOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  const cutOff = await withRuntime({ logLevel: 'warn', ...options }, async (runtime, stop) => {
    const started = await startServer(runtime, options);
    try {
      await assessAndServe({ runtime, started, stop }, options, progress);
    } finally {
      await started.server.close();
    }
  });
  return cutOff === undefined ? EXIT.done : endBy(cutOff);
}

interface Up {
  readonly runtime: Runtime;
  readonly started: Started;
  readonly stop: AbortSignal;
}

async function assessAndServe({ runtime, started, stop }: Up, options: StartOptions, progress: Progress): Promise<void> {
  const { engine, directory, place, logger } = runtime;
  const { url, credentials } = started;
  const state = stateOf();
  const spool = openSpool(join(directory, 'self'));
  const file = spool.place();
  const taken = await takeApart(['start', ...forAssessment(options)], { place: file, output: 'inherit', stop });
  stop.throwIfAborted();
  const digest = orThrow(taken);
  progress.step('storing what was found …');
  orThrow(await unlessTold(stop, () => engine.adopt(options.db ?? databasePath(process.env))));
  await unlessTold(stop, () => engine.work());
  runtime.dispatch();
  const client = clientFor({ server: url, credentials });
  const first = orThrow(await unlessTold(stop, () => handIn(client, { gzip: file })));
  rmSync(file);
  progress.done();
  progress.say(`${first.resource} is stored in ${directory}; it is looked at again when packages change, and when advisories do`);
  const line = `AWS_SHARED_CREDENTIALS_FILE=${shell(credentials)} AWS_DEFAULT_REGION=${place.region} aws inspector2 list-findings --endpoint-url ${url} --sort-criteria field=SEVERITY,sortOrder=DESC --max-items 3`;
  process.stdout.write(`\n${line}\n`);
  progress.say(`the Amazon Inspector API is at ${url}; Ctrl-C stops it ("npm start -- --once" ends after the report)`);
  const parts = hostAgent({ client, spool, tags: [], progress, stop });
  const now = Date.now();
  const looking = runAgent(parts, TIMES, { state, digest, takenAt: now, spooledAt: now });
  await untilTold(stop, logger);
  await looking;
}

/** As one word of a shell. */
function shell(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
