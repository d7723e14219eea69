/** `vedette start` (and `npm start`): the main job on this very machine, with nothing to configure, and then the service. */
import { join, resolve } from 'node:path';
import { databasePath } from '../../advisories/database/index.ts';
import { assess } from '../../engine/assess.ts';
import { thousands } from '../../model/number.ts';
import type { Inventory } from '../../model/package.ts';
import { FORMATS } from '../../reports/registry.ts';
import { databaseForInventory, orThrow } from '../advisories.ts';
import { digestOfInventory, hostAgent } from '../agent/host.ts';
import { runAgent, TIMES } from '../agent/loop.ts';
import { openSpool } from '../agent/spool.ts';
import { stateOf } from '../agent/watch.ts';
import { EXIT, type ExitStatus } from '../exit.ts';
import { parseOutputs, writeReports } from '../output.ts';
import { readRules } from '../rules.ts';
import { clientFor } from '../service/client.ts';
import { describeHost } from '../service/host-facts.ts';
import { openRuntime } from '../service/runtime.ts';
import { type ServerOptions, startServer } from '../service/server.ts';
import { untilStopped } from '../service/stop.ts';
import { inventoryOf, targetArgument } from '../target.ts';
import { type Progress, progressOn } from '../terminal.ts';
import { timestampNow } from './scan.ts';

export interface StartOptions extends ServerOptions {
  readonly toolVersion: string;
  /** End after the first assessment. */
  readonly once?: boolean;
}

const REPORTS = ['html=vedette-report.html', 'json=vedette-report.json'];

/**
 * Status 0 when the reports were written, complete or not: it shows what there is to see, and says what it could not look at.
 * `scan host` is the command for gates.
 */
export async function start(options: StartOptions): Promise<ExitStatus> {
  const progress = progressOn(process.stderr, options.quiet === true);
  const started = performance.now();
  const state = stateOf();
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
  if (options.once === true) return EXIT.done;
  return serveHost(inventory, state, options, progress);
}

/** The service, with this machine as its first resource, until it is stopped. */
async function serveHost(inventory: Inventory, state: string, options: StartOptions, progress: Progress): Promise<ExitStatus> {
  progress.step('starting the service …');
  const runtime = await openRuntime({ logLevel: 'warn', ...options });
  const { engine, directory, place, logger } = runtime;
  orThrow(await engine.adopt(options.db ?? databasePath(process.env)));
  const description = describeHost();
  const first = orThrow(await engine.ingest({ description, inventory, place, origin: 'self', trigger: 'inventory' }));
  const { server, url, credentials } = await startServer(runtime, options);
  await engine.work();
  await runtime.registries.work();
  runtime.dispatch();
  progress.done();
  progress.say(
    `${first.uid} is stored in ${directory}; the Amazon Inspector API is at ${url}, and this machine is looked at again when packages change`,
  );
  const line = `AWS_SHARED_CREDENTIALS_FILE=${shell(credentials)} AWS_DEFAULT_REGION=${place.region} aws inspector2 list-findings --endpoint-url ${url} --max-items 3`;
  process.stdout.write(`\n${line}\n`);
  progress.say('Ctrl-C stops it; "npm start -- --once" ends after the report');
  const stop = new AbortController();
  const parts = hostAgent({
    client: clientFor({ server: url, credentials }),
    spool: openSpool(join(directory, 'self')),
    tags: [],
    progress,
    stop: stop.signal,
  });
  const now = Date.now();
  const seen = { state, digest: digestOfInventory(inventory), takenAt: now, spooledAt: now };
  const looking = runAgent(parts, TIMES, seen);
  await untilStopped(logger);
  stop.abort();
  await looking;
  await server.close();
  await runtime.close();
  return EXIT.done;
}

/** As one word of a shell. */
function shell(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
