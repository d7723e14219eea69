/**
 * Python: PEP 440. Legacy versions are not comparable, as in `packaging` since 22: an order for them would be a guess. An inclusive
 * upper bound without local label means every local build of it, as `<=` does in the specification.
 */

import { defineScheme } from '../define.ts';
import { compareDigits, compareLists, compareNumbersPadded, compareText, isDigits, withoutTrailingZeros } from '../digits.ts';
import { numberKey } from '../key.ts';

interface PythonVersion {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly pre?: { readonly letter: 'a' | 'b' | 'rc'; readonly number: string };
  readonly post?: string;
  readonly dev?: string;
  readonly local: readonly string[];
}

const FORM = new RegExp(
  [
    /^v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)/,
    /(?:[-_.]?(?<letter>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?<number>\d*))?/,
    /(?:-(?<implicit>\d+)|(?<post>[-_.]?(?:post|rev|r)[-_.]?)(?<postNumber>\d*))?/,
    /(?:(?<dev>[-_.]?dev[-_.]?)(?<devNumber>\d*))?/,
    /(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?$/,
  ]
    .map((part) => part.source)
    .join(''),
);

function letterOf(word: string): 'a' | 'b' | 'rc' {
  if (word.startsWith('a')) return 'a';
  return word.startsWith('b') ? 'b' : 'rc';
}

function parse(text: string): PythonVersion | undefined {
  const groups = FORM.exec(text.toLowerCase())?.groups;
  if (groups?.release === undefined) return undefined;
  return {
    epoch: groups.epoch ?? '0',
    release: groups.release.split('.'),
    pre: groups.letter === undefined ? undefined : { letter: letterOf(groups.letter), number: groups.number ?? '' },
    post: groups.implicit ?? (groups.post === undefined ? undefined : (groups.postNumber ?? '')),
    dev: groups.dev === undefined ? undefined : (groups.devNumber ?? ''),
    local: groups.local === undefined ? [] : groups.local.split(/[-_.]/),
  };
}

/** Absent numbers sort below (`-1`) or above (`1`) all present ones. */
function compareOptional(a: string | undefined, b: string | undefined, absent: -1 | 1): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? absent : -absent;
  return compareDigits(a, b);
}

/** 1.0.dev1 comes before 1.0a1, and 1.0a1 before 1.0 and 1.0.post1. */
function phase(version: PythonVersion): string {
  if (version.pre) return version.pre.letter;
  return version.post === undefined && version.dev !== undefined ? '' : 'release';
}

const PHASES = ['', 'a', 'b', 'rc', 'release'];

function compareLocal(a: string, b: string): number {
  const numeric = isDigits(a);
  if (numeric !== isDigits(b)) return numeric ? 1 : -1;
  return numeric ? compareDigits(a, b) : compareText(a, b);
}

function compare(a: PythonVersion, b: PythonVersion): number {
  return (
    compareDigits(a.epoch, b.epoch) ||
    compareNumbersPadded(a.release, b.release) ||
    PHASES.indexOf(phase(a)) - PHASES.indexOf(phase(b)) ||
    compareDigits(a.pre?.number ?? '', b.pre?.number ?? '') ||
    compareOptional(a.post, b.post, -1) ||
    compareOptional(a.dev, b.dev, 1) ||
    compareLists(a.local, b.local, compareLocal)
  );
}

const PRE_BYTES = { a: '\x02', b: '\x03', rc: '\x04' };

function encodePre({ pre, post, dev }: PythonVersion): string {
  if (pre) return PRE_BYTES[pre.letter] + numberKey(pre.number);
  return post === undefined && dev !== undefined ? '\x01' : '\x05';
}

function encode(version: PythonVersion): string {
  const { epoch, release, post, dev, local } = version;
  const numbers = withoutTrailingZeros(release).map((number) => `\x02${numberKey(number)}`);
  const labels = local.map((label) => (isDigits(label) ? `\x02${numberKey(label)}` : `\x01${label}\0`));
  return [
    numberKey(epoch),
    ...numbers,
    '\x01',
    encodePre(version),
    post === undefined ? '\x01' : `\x02${numberKey(post)}`,
    dev === undefined ? '\x02' : `\x01${numberKey(dev)}`,
    ...labels,
    '\0',
  ].join('');
}

export const pypi = defineScheme<PythonVersion>({
  id: 'pypi',
  specification: ['https://packaging.python.org/en/latest/specifications/version-specifiers/'],
  examples: ['1.0', '2!1.0rc1', '1.2.post3.dev4', '1.0-1', '1.0+local.1'],
  parse,
  compare,
  encode,
  encodeFamily: (parsed) => (parsed.local.length === 0 ? `${encode(parsed).slice(0, -1)}\xff` : encode(parsed)),
});
