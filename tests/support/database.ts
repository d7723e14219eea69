/** Databases of records that tests make up, compiled through a feed that yields them as they are. */
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { compileDatabase, type FileDatabase, openDatabase } from '../../src/advisories/database/index.ts';
import type { Feed, FeedRecord } from '../../src/advisories/feed.ts';
import type { SourceFile } from '../../src/advisories/update/index.ts';
import type { Advisory, Affected } from '../../src/model/advisory.ts';
import type { Problem } from '../../src/model/problem.ts';
import { temporaryDirectory } from './directory.ts';
import { atEnd } from './end.ts';

export type Facts = Extract<FeedRecord, { kind: 'facts' }>['facts'];

/** An advisory of which only some properties matter. */
export function advisoryOf(over: Partial<Advisory> & { readonly id: string }): Advisory {
  return {
    source: 'test',
    url: `https://advisories.example/${over.id}`,
    vulnerabilities: [over.id],
    aliases: [],
    kind: 'vulnerability',
    severities: [],
    cwes: [],
    affected: [],
    ...over,
  };
}

/** An affected package of which only some properties matter: npm, every version. */
export function affectedOf(over: Partial<Affected> & { readonly name: string }): Affected {
  return { stream: 'npm', status: 'affected', names: 'binary', ranges: [{ introduced: '0' }], ...over };
}

/** A source of these records that never touches a file. */
export function sourceOf(path: string, records: readonly FeedRecord[] | (() => Iterable<FeedRecord>), size = 1): SourceFile {
  const file = { path, streams: ['npm'] };
  const feed: Feed = {
    id: path,
    title: path,
    specification: [],
    licence: 'none',
    files: () => [file],
    parse: () => (typeof records === 'function' ? records() : records),
  };
  return {
    feed,
    file,
    absolutePath: `/nowhere/${path}`,
    url: `https://feeds.example/${path}`,
    fetchedAt: '2026-01-02T03:04:05Z',
    size,
  };
}

export function recordsOf(
  advisories: readonly Advisory[],
  facts: readonly Facts[] = [],
  problems: readonly Problem[] = [],
): FeedRecord[] {
  return [
    ...advisories.map((advisory) => ({ kind: 'advisory' as const, advisory })),
    ...facts.map((one) => ({ kind: 'facts' as const, facts: one })),
    ...problems.map((problem) => ({ kind: 'problem' as const, problem })),
  ];
}

/** Compiles into a temporary directory, in this thread; answers the file's path. */
export async function compiledFile(
  context: TestContext,
  sources: readonly SourceFile[],
  builtAt = '2026-01-02T03:04:06Z',
): Promise<string> {
  const out = join(temporaryDirectory(context), 'advisories.vdb');
  const compiled = await compileDatabase({ sources, origin: 'mirror', out, builtAt, workers: 0 });
  if (!compiled.ok) throw new Error(compiled.problem.message);
  return out;
}

/** A compiled database of these records, closed when the test ends. */
export async function compiledDatabase(
  context: TestContext,
  advisories: readonly Advisory[],
  facts: readonly Facts[] = [],
): Promise<FileDatabase> {
  const opened = openDatabase(await compiledFile(context, [sourceOf('records.json', recordsOf(advisories, facts))]));
  if (!opened.ok) throw new Error(opened.problem.message);
  atEnd(context, () => opened.value.close());
  return opened.value;
}
