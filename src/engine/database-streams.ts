/** Which streams the files that a database was made from feed, and which it lacks. */
import { feeds } from '../advisories/feeds/registry.ts';
import { chooseFiles } from '../advisories/update/choose.ts';
import type { Wanted } from '../advisories/update/index.ts';
import type { AdvisoryDatabase, DatabaseInfo } from '../model/advisory.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';

/** Paths of the files that a database was made from, as a mirror would list them. */
function readFiles({ sources }: DatabaseInfo): readonly string[] {
  return sources.map(({ id }) => id).sort();
}

/** The files of feeds among these that feed any of the streams. */
export function filesFor(streams: Wanted, paths: readonly string[]): readonly string[] {
  return chooseFiles(feeds, paths, streams).flatMap(({ file }) => (file.streams.length > 0 ? [file.path] : []));
}

/** Those of the streams that some upstream publishes and no file in the database feeds. */
export function missingFrom(database: AdvisoryDatabase, streams: readonly string[]): readonly string[] {
  const read = readFiles(database.info);
  const known = new Set(read);
  return streams.filter(
    (stream) =>
      !database.hasStream(stream) &&
      filesFor([stream], []).length > 0 &&
      !filesFor([stream], read).some((path) => known.has(path)),
  );
}

/** Beginnings of the streams that these files feed; of files that no feed reads, none. */
export function streamsOfFiles(paths: readonly string[]): readonly string[] {
  const known = new Set(paths);
  const files = chooseFiles(feeds, [...known].sort(), 'all').filter(({ file }) => known.has(file.path));
  return [...new Set(files.flatMap(({ file }) => file.streams))].sort();
}

/** Stream families (the part before the first slash) that the sources of a database feed. */
export function familiesOf(info: DatabaseInfo): string[] {
  return [...new Set(streamsOfFiles(readFiles(info)).map((stream) => stream.split('/', 1)[0] ?? stream))].sort();
}

/** Streams and files listed in one message. */
const SHOWN = 5;

function listed(words: readonly string[]): string {
  return `${words.slice(0, SHOWN).join(', ')}${words.length > SHOWN ? ` and ${words.length - SHOWN} more` : ''}`;
}

function told(tell: typeof incomplete, streams: readonly string[], database: string): readonly Problem[] {
  if (streams.length === 0) return [];
  const files = listed([...new Set(filesFor(streams, []))]);
  const message = `The advisory database was made without ${listed(streams)}, which packages of the target need. A scan with a network adds it ("--mirror none" passes over a mirror), or one with a mirror that has ${files}.`;
  return [tell('database-stream-missing', message, database)];
}

/** What is told of needed streams that a database lacks. Programs without a package are few: they do without. */
export function withoutStreams(missing: readonly string[], database: string): readonly Problem[] {
  const isProgram = (stream: string) => stream.startsWith('generic/');
  return [
    ...told(
      incomplete,
      missing.filter((stream) => !isProgram(stream)),
      database,
    ),
    ...told(notice, missing.filter(isProgram), database),
  ];
}
