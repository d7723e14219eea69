/** Why nothing was found: the package is not there, cannot be judged, or no advisory speaks of its stream. */
import { type PackageQueries, queriesFor, releaseOf } from '../advisories/streams/index.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Inventory, Package } from '../model/package.ts';

interface StreamName {
  readonly stream: string;
  readonly name: string;
}

/** A package by a name that advisories use, which no advisory could be asked about. */
export interface NotJudged {
  readonly purl: string;
  readonly name: string;
  readonly version: string;
  readonly reason: Extract<PackageQueries, { kind: 'none' }>['reason'];
  readonly detail: string;
}

/** Packages whose names the advisories use, by what could be asked about them. */
export interface Namesakes {
  readonly notJudged: readonly NotJudged[];
  /** In other streams than the advisories', with the streams that were asked. */
  readonly elsewhere: readonly { readonly pkg: Package; readonly streams: readonly string[] }[];
}

/** Finds packages that share a name with what the advisories name, and that no row of theirs reached. */
export function namesakes(named: readonly StreamName[], inventory: Inventory, reached: ReadonlySet<string>): Namesakes {
  const names = new Set(named.map(({ name }) => name));
  const notJudged: NotJudged[] = [];
  const elsewhere: { pkg: Package; streams: readonly string[] }[] = [];
  for (const pkg of inventory.packages) {
    if (reached.has(pkg.purl)) continue;
    const queries = queriesFor(pkg, inventory.target.os);
    if (queries.kind === 'none') {
      if (queries.silent || !(names.has(pkg.name) || names.has(pkg.source?.name ?? ''))) continue;
      const { purl, name, version } = pkg;
      notJudged.push({ purl, name, version, reason: queries.reason, detail: queries.detail });
    } else if (queries.queries.some(({ name }) => names.has(name))) {
      elsewhere.push({ pkg, streams: [...new Set(queries.queries.map(({ stream }) => stream))] });
    }
  }
  return { notJudged, elsewhere };
}

const SHOWN = 5;

function some(words: Iterable<string>, shown = SHOWN): string {
  const all = [...new Set(words)].sort();
  return `${all.slice(0, shown).join(', ')}${all.length > shown ? ` and ${all.length - shown} more` : ''}`;
}

function versioned({ name, version }: { readonly name: string; readonly version: string }): string {
  return version === '' ? name : `${name} ${version}`;
}

/** Sentences for packages that could not be judged, one for each reason. */
export function whyNotJudged(notJudged: readonly NotJudged[]): readonly string[] {
  const byDetail = Map.groupBy(notJudged, ({ detail }) => detail);
  return [...byDetail].map(([detail, list]) => `${some(list.map(versioned))} could not be judged: ${detail}.`);
}

/** Sentences for a vulnerability of which no advisory reached any package. */
export function whyNotReached(
  named: readonly StreamName[],
  { elsewhere, notJudged }: Namesakes,
  inventory: Inventory,
  database: AdvisoryDatabase,
): readonly string[] {
  if (named.length === 0) return ['No source says which packages it is about.'];
  if (elsewhere.length === 0 && notJudged.length === 0) {
    const names = some(
      named.map(({ name }) => name),
      10,
    );
    return [`None of the packages that its advisories name is in the target: ${names}.`];
  }
  const because = [...whyNotJudged(notJudged)];
  if (elsewhere.length > 0) {
    const asked = new Set(elsewhere.flatMap(({ streams }) => streams));
    const present = some(elsewhere.map(({ pkg }) => versioned(pkg)));
    const theirs = some(named.map(({ stream }) => stream).filter((stream) => !asked.has(stream)));
    because.push(`The target has ${present}, but the advisories are for other streams: ${theirs}.`);
    const covered = [...asked].filter((stream) => database.hasStream(stream));
    because.push(
      covered.length === 0
        ? `The advisory database has nothing about ${some(asked)}: whether it is affected is unknown.`
        : `No advisory in ${some(covered)} speaks of it.`,
    );
  }
  const { os } = inventory.target;
  const stream = os === undefined ? undefined : releaseOf(os)?.stream;
  if (stream !== undefined && elsewhere.some(({ streams }) => streams.includes(stream)))
    because.push('For system packages that means unknown, not safe.');
  return because;
}
