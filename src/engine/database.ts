/** Which advisory database an assessment uses, and bringing it about: a file, a mirror, the network, the starter set. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  compileDatabase,
  databasePath,
  type FileDatabase,
  openDatabase,
  sourcesDirectory,
} from '../advisories/database/index.ts';
import { feeds } from '../advisories/feeds/registry.ts';
import { STREAM_FAMILIES } from '../advisories/streams/index.ts';
import { type SourceFile, type UpdateOptions, updateSources, type Wanted } from '../advisories/update/index.ts';
import type { AdvisoryDatabase, DatabaseInfo, DatabaseSource } from '../model/advisory.ts';
import { fail, incomplete, messageOf, notice, ok, type Problem, type Result } from '../model/problem.ts';
import type { SchemeId } from '../versions/scheme.ts';
import { familiesOf, filesFor, missingFrom, withoutStreams } from './database-streams.ts';

export interface DatabaseChoice {
  /** This compiled file and no other. */
  readonly db?: string;
  /** A directory or an http(s) address in the layout of the upstreams. */
  readonly mirror?: string;
  /** Never use the network. */
  readonly offline?: boolean;
}

export interface DatabaseContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** The folder of the starter set. */
  readonly starter: string;
  /** A mirror that is used when it exists and nothing else was asked for. */
  readonly neighbour?: string;
  /** Stream families of the system at hand. */
  readonly system: readonly string[];
  /** A step that takes long. */
  readonly step: (text: string) => void;
  /** A figure that changes quickly. */
  readonly tick: (text: string) => void;
  readonly signal?: AbortSignal;
  /** How upstreams are asked. Default: the network, with patience. */
  readonly network?: Pick<UpdateOptions, 'fetch' | 'attempts' | 'sleep'>;
}

export interface ReadyDatabase {
  readonly database: AdvisoryDatabase;
  /** What its user must know of how it came about. */
  readonly problems: readonly Problem[];
}

/** Problems that cost a whole source, and with it an unknown part of what can be found. */
const WHOLE_SOURCE: ReadonlySet<string> = new Set([
  'source-missing',
  'source-unreadable',
  'feed-failed',
  'feed-file-unreadable',
  'mirror-unreadable',
]);

function ready(
  database: FileDatabase,
  file: string,
  needed: readonly string[],
  problems: readonly Problem[] = [],
): ReadyDatabase {
  const lost = database.problems.filter(({ effect }) => effect === 'incomplete');
  const whole = lost.filter(({ code }) => WHOLE_SOURCE.has(code));
  const records = lost.length - whole.length;
  const message = `${records} times advisories could not be read when the database was compiled: "vedette db status" lists them.`;
  return {
    database,
    problems: [
      ...withoutStreams(missingFrom(database, needed), file),
      ...problems,
      ...whole,
      ...(records === 0 ? [] : [notice('advisories-left-out', message)]),
    ],
  };
}

interface Origin {
  readonly origin: DatabaseSource['origin'];
  readonly mirror?: string;
}

function isAddress(mirror: string): boolean {
  return /^https?:\/\//i.test(mirror);
}

/** Where data are taken from when they must be taken: what was asked for, a neighbouring mirror, the network. */
function originOf(choice: DatabaseChoice, context: DatabaseContext): Origin | undefined {
  const asked = choice.mirror ?? context.env.VEDETTE_MIRROR;
  if (asked === 'none') return choice.offline === true ? undefined : { origin: 'network' };
  if (asked !== undefined && asked !== '') {
    return choice.offline === true && isAddress(asked) ? undefined : { origin: 'mirror', mirror: asked };
  }
  if (context.neighbour !== undefined && existsSync(context.neighbour)) return { origin: 'mirror', mirror: context.neighbour };
  return choice.offline === true ? undefined : { origin: 'network' };
}

async function compile(
  sources: readonly SourceFile[],
  origin: DatabaseSource['origin'],
  problems: readonly Problem[],
  context: DatabaseContext,
): Promise<Result<readonly Problem[]>> {
  const path = databasePath(context.env);
  context.step(`compiling the advisory database from ${sources.length} sources …`);
  const compiled = await compileDatabase({
    sources,
    origin,
    out: path,
    problems,
    builtAt: `${context.now().toISOString().slice(0, 19)}Z`,
    progress: ({ done, total }) => context.tick(`compiling: ${done} of ${total} sources`),
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  return compiled.ok ? ok(compiled.value.problems) : compiled;
}

async function fromStarter(problems: readonly Problem[], context: DatabaseContext): Promise<Result<readonly Problem[]>> {
  const { sources } = await updateSources({
    mirror: context.starter,
    directory: sourcesDirectory(context.env),
    feeds,
    now: context.now,
  });
  if (sources.length === 0)
    return fail(
      incomplete('database-missing', 'There is no advisory database, no network and no starter set; give --db or --mirror.'),
    );
  return compile(sources, 'starter', problems, context);
}

/** Nothing could be had: an existing database stays as it is; without one the starter set is compiled. */
async function unchanged(why: Problem, context: DatabaseContext): Promise<Result<readonly Problem[]>> {
  return open(databasePath(context.env)).ok ? ok([why]) : fromStarter([why], context);
}

/**
 * Fetches what is wanted and compiles it. A source that fails keeps its last good data. When nothing at all can be had, an existing
 * database stays as it is (told), and without one the starter set is compiled. `gains` tells whether what was had is worth compiling.
 */
export async function updateDatabase(
  choice: DatabaseChoice,
  wanted: Wanted,
  context: DatabaseContext,
  gains: (sources: readonly SourceFile[]) => boolean = () => true,
): Promise<Result<readonly Problem[]>> {
  const from = originOf(choice, context);
  if (from === undefined)
    return unchanged(notice('database-offline', 'Nothing was fetched: the network is not to be used.'), context);
  const { origin, mirror } = from;
  context.step(
    mirror === undefined
      ? 'fetching advisory data from the public upstreams …'
      : `reading advisory data from the mirror ${mirror} …`,
  );
  const update = await updateSources({
    ...(mirror === undefined ? {} : { mirror }),
    directory: sourcesDirectory(context.env),
    feeds,
    wanted,
    now: context.now,
    ...context.network,
    progress: ({ path, step, bytes, total }) => {
      if (step === 'receiving' && bytes !== undefined) {
        const all = total === undefined ? '' : ` of ${(total / 1e6).toFixed(1)}`;
        context.tick(`fetching ${path}: ${(bytes / 1e6).toFixed(1)}${all} MB`);
      } else context.tick(`${path}: ${step}`);
    },
    ...(context.signal === undefined ? {} : { signal: context.signal }),
  });
  if (update.sources.some(({ file }) => file.streams.length > 0))
    return gains(update.sources) ? compile(update.sources, origin, update.problems, context) : ok(update.problems);
  if (choice.mirror !== undefined) {
    const first = update.problems[0];
    return fail(
      first ??
        incomplete(
          'mirror-empty',
          `The mirror ${choice.mirror} has none of the files that Vedette reads; docs/advisory-data.md lists them.`,
        ),
    );
  }
  const reasons = [...new Set(update.problems.map(({ message }) => message))].slice(0, 1).join(' ');
  return unchanged(notice('upstreams-unreachable', `No advisory source could be reached. ${reasons}`.trim()), context);
}

function open(path: string): Result<FileDatabase> {
  try {
    return openDatabase(path);
  } catch (error) {
    return fail(incomplete('database-unreadable', `${path} cannot be read (${messageOf(error)}).`, path));
  }
}

/** Schemes of packages that belong to a distribution. */
const SYSTEM_SCHEMES: ReadonlySet<SchemeId> = new Set(['deb', 'rpm', 'apk']);

/** The database compiled before. */
export function openKnown(env: DatabaseContext['env']): Result<FileDatabase> {
  return open(databasePath(env));
}

/** What `db update` fetches unless told: what the database has now; without one, language packages and this machine's system. */
export function usualFamilies(context: DatabaseContext): readonly string[] {
  const known = openKnown(context.env);
  if (known.ok && !known.value.info.sources.every(({ origin }) => origin === 'starter')) return familiesOf(known.value.info);
  const languages = STREAM_FAMILIES.filter(({ scheme }) => !SYSTEM_SCHEMES.has(scheme)).map(({ id }) => id);
  return [...languages, ...context.system].sort();
}

/** Whether the database was made from this mirror. */
function madeFrom(info: DatabaseInfo, mirror: string): boolean {
  const start = isAddress(mirror) ? mirror : join(process.cwd(), mirror);
  return info.sources.some(({ url }) => url.startsWith(mirror) || url.startsWith(start));
}

/** Of what went wrong in an update that left the database as it was: what concerns these streams, and why nothing was fetched. */
function concerning(problems: readonly Problem[], streams: readonly string[]): readonly Problem[] {
  const files = new Set(filesFor(streams, []));
  return problems.filter(({ code, path }) => (path === undefined ? code !== 'source-not-in-mirror' : files.has(path)));
}

/**
 * The database for targets that need these streams: the file that was named; else the one compiled before when it knows them; else
 * one is made now. When what is missing cannot be had, the one compiled before is used all the same, and says what it lacks.
 * `refresh` makes it anew when it holds only the starter set or is older than a day (not from directories).
 */
export async function databaseFor(
  choice: DatabaseChoice,
  needed: readonly string[],
  context: DatabaseContext,
  refresh = false,
): Promise<Result<ReadyDatabase>> {
  if (choice.db !== undefined) {
    const opened = open(choice.db);
    return opened.ok ? ok(ready(opened.value, choice.db, needed)) : opened;
  }
  const path = databasePath(context.env);
  const before = existsSync(path) ? open(path) : undefined;
  let missing: readonly string[] = needed;
  let usable = false;
  let gains: ((sources: readonly SourceFile[]) => boolean) | undefined;
  if (before?.ok === true) {
    const { info } = before.value;
    const starter = info.sources.every(({ origin }) => origin === 'starter');
    const stale = refresh && (starter || context.now().getTime() - Date.parse(info.builtAt) > 24 * 60 * 60 * 1000);
    usable = choice.mirror === undefined || madeFrom(info, choice.mirror);
    missing = missingFrom(before.value, needed);
    // A starter set is all there was: asking again at every scan would cost a time-out each.
    if (usable && !stale && (missing.length === 0 || starter)) return ok(ready(before.value, path, needed));
    if (usable && !stale)
      gains = (sources) =>
        filesFor(
          missing,
          sources.map(({ file }) => file.path),
        ).length > 0;
  } else if (before !== undefined) context.step(`${before.problem.message} It is made again.`);
  const from = originOf(choice, context);
  const known = before?.ok === true ? familiesOf(before.value.info) : [];
  const local = from?.mirror !== undefined && !isAddress(from.mirror);
  const wanted = local ? 'all' : [...new Set([...known, ...needed.map((stream) => stream.split('/', 1)[0] ?? stream)])].sort();
  const updated = await updateDatabase(choice, wanted, context, gains);
  if (!updated.ok) {
    if (!usable || before?.ok !== true) return updated;
    const why = notice(
      'database-not-updated',
      `The database could not be updated: ${updated.problem.message}`,
      updated.problem.path,
    );
    return ok(ready(before.value, path, needed, [why]));
  }
  const after = open(path);
  if (!after.ok) return after;
  const kept = new Set(after.value.problems.map((problem) => JSON.stringify(problem)));
  const others = updated.value.filter((problem) => !kept.has(JSON.stringify(problem)));
  return ok(ready(after.value, path, needed, concerning(others, missing)));
}
