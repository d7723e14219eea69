/** The ignore file: a YAML list of what is hidden, for which package, why, and until when. docs/matching.md describes it. */
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type YAMLMap } from 'yaml';
import { fail, incomplete, ok, type Result } from '../model/problem.ts';
import { globText, type ProductTest, productPurl, type SuppressionRule } from './rule.ts';

const KEYS = ['id', 'package', 'purl', 'version', 'path', 'reason', 'expires'] as const;
const MAX_BYTES = 4 * 1024 * 1024;

class Wrong extends Error {}

function textOf(map: YAMLMap, key: (typeof KEYS)[number]): string | undefined {
  const value = map.get(key, true);
  if (value === undefined) return undefined;
  const plain = isScalar(value) ? (value.source ?? value.value) : undefined;
  if (typeof plain !== 'string' || plain.trim() === '') throw new Wrong(`"${key}" must be a text`);
  return plain.trim();
}

function productOf(map: YAMLMap): ProductTest | undefined {
  const name = textOf(map, 'package');
  const version = textOf(map, 'version');
  const path = textOf(map, 'path');
  const purlText = textOf(map, 'purl');
  const purl = purlText === undefined ? undefined : productPurl(purlText);
  if (purlText !== undefined && purl === undefined) throw new Wrong(`"${purlText}" is no package URL`);
  const test = {
    ...(name === undefined ? {} : { name: globText(name) }),
    ...(version === undefined ? {} : { version }),
    ...(path === undefined ? {} : { path: globText(path.replace(/^\//, '')) }),
    ...(purl === undefined ? {} : { purl }),
  };
  return Object.keys(test).length === 0 ? undefined : test;
}

function ruleOf(item: unknown, place: string): SuppressionRule {
  if (!isMap(item)) throw new Wrong('each entry is a map with at least "id" and "reason"');
  for (const { key } of item.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (!KEYS.some((known) => known === name)) throw new Wrong(`"${name}" is not a key here; known are ${KEYS.join(', ')}`);
  }
  const id = textOf(item, 'id');
  const product = productOf(item);
  const reason = textOf(item, 'reason');
  const expires = textOf(item, 'expires');
  if (id === undefined && product === undefined) throw new Wrong('it needs "id", or a package, purl or path');
  if (reason === undefined) throw new Wrong('it needs a "reason": the next reader will ask');
  if (expires !== undefined && (!/^\d{4}-\d\d-\d\d$/.test(expires) || Number.isNaN(Date.parse(expires))))
    throw new Wrong(`"expires" is a date as YYYY-MM-DD, not "${expires}"`);
  return {
    by: 'ignore-file',
    ...(id === undefined ? {} : { id }),
    products: product === undefined ? [] : [product],
    reason,
    rule: place,
    ...(expires === undefined ? {} : { expires }),
  };
}

/** Reads the file; the problem `ignore-file-invalid` names the line. An empty file has no rules. */
export function readIgnoreFile(text: string, name: string): Result<SuppressionRule[]> {
  const invalid = (message: string, line?: number) => {
    const place = line === undefined ? name : `${name}:${line}`;
    return fail(incomplete('ignore-file-invalid', `${place}: ${message}.`, name));
  };
  if (text.length > MAX_BYTES) return invalid(`it has more than ${MAX_BYTES / 1024 / 1024} MiB`);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', merge: false });
  const [error] = document.errors;
  if (error !== undefined)
    return invalid(error.message.split('\n', 1)[0]?.replace(/:$/, '') ?? 'not YAML', error.linePos?.[0].line);
  let list: unknown = document.contents;
  if (list === null) return ok([]);
  if (isMap(list)) list = list.get('ignore', true);
  if (!isSeq(list)) return invalid('it must be a list of entries, or a map with such a list under "ignore"');
  const rules: SuppressionRule[] = [];
  for (const item of list.items) {
    const line = isMap(item) || isScalar(item) ? lines.linePos(item.range?.[0] ?? 0).line : 1;
    try {
      rules.push(ruleOf(item, `${name}:${line}`));
    } catch (error) {
      if (error instanceof Wrong) return invalid(error.message, line);
      throw error;
    }
  }
  return ok(rules);
}
