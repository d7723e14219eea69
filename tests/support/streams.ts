/** What is asked about a package, as text that tables of tests can hold. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queriesFor, type StreamQuery } from '../../src/advisories/streams/index.ts';
import type { OperatingSystem, Package, PackageType } from '../../src/model/package.ts';
import { packageOf } from './inventory.ts';

export type Facts = Partial<Omit<Package, 'type' | 'name' | 'version'>>;
export type QueryRow = readonly [what: string, pkg: Package, os: OperatingSystem | undefined, expected: readonly string[]];

export function pkg(type: PackageType, name: string, version: string, facts: Facts = {}): Package {
  return packageOf({ type, name, version, ...facts });
}

/** `stream name version`, with `(source)` for source names and the state of a channel. */
function told({ stream, name, version, by, role, enabled, epochUnknown }: StreamQuery): string {
  const state = role === 'base' ? '' : ` channel ${enabled ?? 'unknown'}`;
  return `${stream} ${name} ${version}${by === 'source' ? ' (source)' : ''}${epochUnknown ? ' no epoch' : ''}${state}`;
}

/** Every query, or the reason why there are none. */
export function answersFor(one: Package, system?: OperatingSystem): readonly string[] {
  const answer = queriesFor(one, system);
  if (answer.kind === 'queries') return answer.queries.map(told);
  return [`${answer.reason}${answer.silent ? ', silent' : ''}: ${answer.detail}`];
}

/** The streams that are asked, without repetition. */
export function streamsFor(one: Package, system: OperatingSystem): readonly string[] {
  const answer = queriesFor(one, system);
  return answer.kind === 'queries' ? [...new Set(answer.queries.map(({ stream }) => stream))] : [];
}

/** One test for each row. */
export function testQueries(rows: readonly QueryRow[]): void {
  for (const [what, one, system, expected] of rows) test(what, () => assert.deepEqual(answersFor(one, system), expected));
}
