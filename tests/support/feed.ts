/** Running feeds on bytes, for tests. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Feed, FeedFile, FeedRecord } from '../../src/advisories/feed.ts';
import type { Advisory } from '../../src/model/advisory.ts';
import type { Problem } from '../../src/model/problem.ts';
import { temporaryDirectory } from './directory.ts';

type Facts = Extract<FeedRecord, { kind: 'facts' }>['facts'];

export interface FeedOutput {
  readonly advisories: readonly Advisory[];
  readonly facts: readonly Facts[];
  readonly problems: readonly Problem[];
}

export async function collect(records: ReturnType<Feed['parse']>): Promise<FeedOutput> {
  const output = { advisories: [] as Advisory[], facts: [] as Facts[], problems: [] as Problem[] };
  for await (const record of records) {
    if (record.kind === 'advisory') output.advisories.push(record.advisory);
    else if (record.kind === 'facts') output.facts.push(record.facts);
    else output.problems.push(record.problem);
  }
  return output;
}

/** What a feed makes of a file with this content at this path of a mirror. */
export async function readFeed(
  context: TestContext,
  feed: Feed,
  path: string,
  content: Uint8Array | string,
): Promise<FeedOutput> {
  const absolute = join(temporaryDirectory(context), path);
  mkdirSync(dirname(absolute), { recursive: true });
  writeFileSync(absolute, content);
  const file: FeedFile = feed.files([path])[0] ?? { path, streams: [] };
  return collect(feed.parse(file, absolute));
}
