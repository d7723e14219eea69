/** Collecting a snapshot: accounts × regions × calls. */
import { existsSync, readdirSync } from 'node:fs';
import { CALLS, type CallId } from '../../estate/calls.ts';
import type { Table } from '../../estate/estate.ts';
import { describePlace, everyCall, pathOf, type TablePlace } from '../../estate/names.ts';
import { openEstate } from '../../estate/read.ts';
import { createSnapshot } from '../../estate/write.ts';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../../model/problem.ts';
import type { Connection } from '../clients.ts';
import { adviceOn } from './advice.ts';
import { eachOf } from './pace.ts';
import { actionOf } from './policy.ts';
import { collectRegion, type Kept, thingsOf } from './region.ts';
import { assume, configuredRegion, enabledRegions, openSession, type Session } from './session.ts';

export interface CollectOptions {
  /** The snapshot's directory: new or empty, unless `resume`. */
  readonly directory: string;
  readonly connection?: Connection;
  /** Regions, or all that are enabled in an account; default: the one that the configuration names. */
  readonly regions?: readonly string[] | 'all';
  /** Collect the accounts of these roles instead of the connection's own. */
  readonly roleArns?: readonly string[];
  readonly externalId?: string;
  /** Keep what is in the directory, and ask only for what is missing or failed. */
  readonly resume?: boolean;
  /** Requests per second of one API in one region. */
  readonly perSecond?: number;
  readonly progress?: CollectProgress;
}

export interface CollectProgress {
  /** A region of an account begins or ends. */
  step(text: string): void;
  /** Counts. */
  tick(text: string): void;
}

export interface Collected {
  readonly accounts: readonly string[];
  /** Regions over all accounts. */
  readonly regions: number;
  /** Answers that are in the snapshot, errors not counted. */
  readonly answers: number;
  readonly failed: number;
  /** Sorted; one for each call and error, however many places it is about. */
  readonly problems: readonly Problem[];
}

const REGIONS_AT_ONCE = 4;

function keptOf(place: TablePlace, table: Table): readonly (readonly [string, readonly string[]])[] {
  return table.kind === 'rows' ? [[pathOf(place), thingsOf(place.call, table.rows)]] : [];
}

/** What a directory holds already. */
async function keptIn(directory: string): Promise<Result<Kept>> {
  const opened = await openEstate(directory);
  if (!opened.ok) return opened.problem.code === 'estate-empty' ? ok(new Map()) : opened;
  const all = new Map(
    opened.value.regions.flatMap((one) => {
      const { account, region } = one;
      return everyCall().flatMap(([call, { per }]) =>
        per === undefined
          ? keptOf({ account, region, call }, one.table(call))
          : [...one.tables(call)].flatMap(([thing, table]) => keptOf({ account, region, call, thing }, table)),
      );
    }),
  );
  return ok(all);
}

interface Failure {
  readonly call: CallId;
  readonly code: string;
  readonly message: string;
  readonly places: TablePlace[];
}

const DENIED = /AccessDenied|Unauthorized|AuthFailure|NotAuthorized/i;

function advice({ call, code, message }: Failure): string {
  const general = DENIED.test(code) ? undefined : adviceOn(code, message, process.env.AWS_PROFILE);
  if (general !== undefined) return `${general}; then repeat with --resume: what is whole is kept.`;
  if (DENIED.test(code)) {
    return `Allow ${actionOf(CALLS[call])} (vedette network collect --print-policy), and check that the region is enabled; then repeat with --resume.`;
  }
  return 'Repeat with --resume.';
}

/** One problem for all places at which a call failed in the same way. */
function problemOf(failure: Failure): Problem {
  const { call, code, message, places } = failure;
  const [first] = places;
  const where = first === undefined ? '' : describePlace(first);
  const others = places.length > 1 ? ` and ${places.length - 1} more` : '';
  const what = `${where}${others} failed: ${code}: ${message.slice(0, 500)}.`.replace(/\.+$/, '.');
  return incomplete('aws-call-failed', `${what} Without it, ${CALLS[call].why} cannot be said. ${advice(failure)}`);
}

class Failures {
  readonly #failures = new Map<string, Failure>();
  count = 0;

  add(place: TablePlace, code: string, message: string): void {
    this.count++;
    const key = `${place.call} ${code}`;
    const known = this.#failures.get(key);
    if (known === undefined) this.#failures.set(key, { call: place.call, code, message, places: [place] });
    else known.places.push(place);
  }

  problems(): readonly Problem[] {
    const order = ([left]: [string, Failure], [right]: [string, Failure]): number => (left < right ? -1 : 1);
    for (const { places } of this.#failures.values()) places.sort((left, right) => (pathOf(left) < pathOf(right) ? -1 : 1));
    return [...this.#failures].sort(order).map(([, failure]) => problemOf(failure));
  }
}

/** The accounts to ask, and what could not be reached. */
async function openSessions(
  options: CollectOptions,
): Promise<{ readonly sessions: readonly Session[]; readonly problems: readonly Problem[] }> {
  const { connection: given = {}, roleArns = [], externalId, regions } = options;
  // Who asks is itself asked in a region: in one of the same partition as the others.
  const home = (await configuredRegion(given)) ?? (regions === 'all' ? undefined : regions?.[0]);
  const connection = { ...given, region: home };
  const wanted =
    roleArns.length === 0
      ? [{ name: connection.profile === undefined ? 'the credentials at hand' : `profile ${connection.profile}`, connection }]
      : roleArns.map((role) => ({ name: role, connection: assume(connection, role, externalId) }));
  const sessions = new Map<string, Session>();
  const problems: Problem[] = [];
  for (const one of wanted) {
    const opened = await openSession(one.connection, one.name);
    if (opened.ok) sessions.set(opened.value.account, opened.value);
    else problems.push(opened.problem);
  }
  return { sessions: [...sessions.values()], problems };
}

async function regionsOf(options: CollectOptions, session: Session): Promise<Result<readonly string[]>> {
  if (options.regions === 'all') return enabledRegions(session);
  if (options.regions !== undefined) return ok(options.regions);
  const region = await configuredRegion(options.connection ?? {});
  if (region !== undefined) return ok([region]);
  return fail(
    incomplete(
      'aws-no-region',
      'No region is configured. Name some with --region, for example --region eu-west-1 or --region all.',
    ),
  );
}

/** A directory that is free to be written to; undefined when it is. */
function occupied(directory: string, resume: boolean): Problem | undefined {
  if (resume || !existsSync(directory) || readdirSync(directory).length === 0) return undefined;
  const message = `${directory} is there already and not empty. Continue it with --resume, or name another directory.`;
  return incomplete('estate-exists', message, directory);
}

/**
 * Collects a snapshot. What AWS refuses is recorded in it and told. A profile becomes that of the whole process. The result fails when nothing can be collected at all: no
 * account, no region, or a directory that cannot be written.
 */
export async function collect(options: CollectOptions): Promise<Result<Collected>> {
  const { directory, resume = false, progress } = options;
  try {
    const taken = occupied(directory, resume);
    if (taken !== undefined) return fail(taken);
    // A client's own profile gives it credentials and a region; endpoint_url is read of the profile that the environment names.
    if (options.connection?.profile !== undefined) process.env.AWS_PROFILE = options.connection.profile;
    const { sessions, problems: unreachable } = await openSessions(options);
    const problems = [...unreachable];
    const targets: { readonly session: Session; readonly region: string }[] = [];
    for (const session of sessions) {
      const regions = await regionsOf(options, session);
      if (regions.ok) for (const region of new Set(regions.value)) targets.push({ session, region });
      else problems.push(regions.problem);
    }
    const [problem] = problems;
    if (targets.length === 0) return fail(problem ?? incomplete('aws-no-region', 'There is no region to collect.'));
    createSnapshot(directory);
    const kept: Result<Kept> = resume ? await keptIn(directory) : ok(new Map());
    if (!kept.ok) return kept;
    const failures = new Failures();
    let answers = 0;
    const events = {
      done: (place: TablePlace) => {
        answers++;
        progress?.tick(`${answers} answers (${describePlace(place)})`);
      },
      failed: (place: TablePlace, code: string, message: string) => failures.add(place, code, message),
    };
    await eachOf(targets, REGIONS_AT_ONCE, async ({ session, region }) => {
      progress?.step(`asking ${session.account} ${region}`);
      await collectRegion({ directory, session, region, kept: kept.value, events, perSecond: options.perSecond });
    });
    return ok({
      accounts: [...new Set(targets.map(({ session }) => session.account))].sort(),
      regions: targets.length,
      answers,
      failed: failures.count,
      problems: [...problems, ...failures.problems()],
    });
  } catch (error) {
    return fail(incomplete('estate-unwritable', `The snapshot cannot be written: ${messageOf(error)}.`, directory));
  }
}
