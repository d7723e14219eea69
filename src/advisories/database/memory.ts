/** The advisory database as plain objects in memory, for tests and small sets. Same answers as the compiled file. */
import type { Advisory, AdvisoryDatabase, AffectedRow, DatabaseInfo, VulnerabilityFacts } from '../../model/advisory.ts';
import type { PartialFacts } from '../feed.ts';
import { FORMAT_VERSION } from './format.ts';
import { type StreamKeys, streamKeys } from './keys.ts';
import { type AdvisoryHead, byText, describing, mergeFacts, mergeHeads, newestFirst } from './merge.ts';
import { type EncodedRow, encodeRow } from './row.ts';

interface Gathered {
  readonly heads: AdvisoryHead[];
  readonly described: { readonly modified: string; readonly description: string | undefined }[];
  /** By `stream\nname`: the rows of the newest record, and its date. */
  readonly pairs: Map<string, { modified: string; readonly rows: Map<string, EncodedRow> }>;
}

function gather(advisories: readonly Advisory[], keys: StreamKeys): Gathered[] {
  const all = new Map<string, Gathered>();
  for (const { affected, description, ...head } of advisories) {
    const key = `${head.id}\n${head.source}`;
    const gathered: Gathered = all.get(key) ?? { heads: [], described: [], pairs: new Map() };
    all.set(key, gathered);
    gathered.heads.push(head);
    const modified = head.modified ?? '';
    gathered.described.push({ modified, description });
    for (const one of affected) {
      const pairKey = `${one.stream}\n${one.name}`;
      let pair = gathered.pairs.get(pairKey);
      if (pair && pair.modified > modified) continue;
      if (!pair || pair.modified < modified) {
        pair = { modified, rows: new Map() };
        gathered.pairs.set(pairKey, pair);
      }
      const row = encodeRow(one, keys);
      pair.rows.set(JSON.stringify(row), row);
    }
  }
  return [...all].sort(([a], [b]) => byText(a, b)).map(([, gathered]) => gathered);
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

/** A database of these advisories and facts. Records that share id and source are merged as `compileDatabase` merges them. */
export function memoryDatabase(
  advisories: readonly Advisory[],
  facts: readonly PartialFacts[] = [],
  info: Partial<DatabaseInfo> = {},
): AdvisoryDatabase {
  const heads: AdvisoryHead[] = [];
  const descriptions = new Map<number, string>();
  const rows = new Map<string, AffectedRow[]>();
  const streams = new Set<string>();
  const pairsOf: { stream: string; name: string }[][] = [];
  const references = new Map<string, Set<number>>();
  let ranges = 0;
  for (const { heads: records, described, pairs } of gather(advisories, streamKeys())) {
    const [first, ...others] = records;
    if (first === undefined) continue;
    const head = mergeHeads(first, others);
    const advisory = heads.push(head) - 1;
    const description = newestFirst(described).find((one) => one.description !== undefined)?.description;
    if (description !== undefined) descriptions.set(advisory, description);
    for (const id of [head.id, ...head.vulnerabilities, ...head.aliases]) {
      const set = references.get(id) ?? new Set();
      references.set(id, set.add(advisory));
    }
    const places: { stream: string; name: string }[] = [];
    for (const [key, pair] of [...pairs].sort(([a], [b]) => byText(a, b))) {
      const end = key.indexOf('\n');
      const stream = key.slice(0, end);
      const name = key.slice(end + 1);
      places.push({ stream, name });
      streams.add(stream);
      for (const row of pair.rows.values()) {
        ranges += row.ranges.length;
        append(rows, key, { advisory, ...row });
      }
    }
    pairsOf.push(places);
  }
  const factsById = new Map<string, PartialFacts[]>();
  for (const one of facts) append(factsById, one.id, one);
  const merged = new Map<string, VulnerabilityFacts>();
  for (const [id, [first, ...others]] of factsById) if (first) merged.set(id, mergeFacts(first, others));

  return {
    info: {
      formatVersion: FORMAT_VERSION,
      builtAt: '1970-01-01T00:00:00Z',
      sources: [],
      advisories: heads.length,
      ranges,
      ...info,
    },
    hasStream: (stream) => streams.has(stream),
    lookup: (stream, name) => rows.get(`${stream}\n${name}`) ?? [],
    advisory(reference) {
      const head = heads[reference];
      if (head === undefined) throw new RangeError(`no advisory ${reference}`);
      return head;
    },
    facts: (id) => merged.get(id),
    description(id) {
      const own = factsById.get(id)?.find((one) => one.description !== undefined)?.description;
      const described = [...(references.get(id) ?? [])].flatMap((reference) => {
        const [head, description] = [heads[reference], descriptions.get(reference)];
        return head === undefined || description === undefined ? [] : [{ head, description }];
      });
      return own ?? describing(id, described)?.description;
    },
    advisoriesFor: (id) => [...(references.get(id) ?? [])],
    affectedBy: (reference) => pairsOf[reference] ?? [],
  };
}
