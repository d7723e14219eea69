/**
 * What Semantic Versioning and its relatives share: dotted numbers, a pre-release, build metadata. Tolerant where ecosystems are:
 * a leading `v`, missing or additional numbers (missing ones are 0), a pre-release without its hyphen.
 */
import { compareDigits, compareLists, compareNumbersPadded, compareText, isDigits, withoutTrailingZeros } from '../digits.ts';
import { numberKey } from '../key.ts';

export interface SemanticVersion {
  readonly numbers: readonly string[];
  /** Identifiers of the pre-release; empty = none. */
  readonly pre: readonly string[];
  /** Identifiers of the build metadata; empty = none. */
  readonly build: readonly string[];
}

const FORM = /^[vV=]?(\d+(?:\.\d+)*)(?:-([0-9A-Za-z._~-]+)|([A-Za-z][0-9A-Za-z._~-]*))?(?:\+([!-~]*))?$/;

function identifiers(text: string | undefined): readonly string[] {
  return text === undefined || text === '' ? [] : text.split('.');
}

export function parseSemantic(text: string): SemanticVersion | undefined {
  const [whole, numbers, pre, attached, build] = FORM.exec(text) ?? [];
  if (whole === undefined || numbers === undefined) return undefined;
  const before = identifiers(pre ?? attached);
  return before.includes('') ? undefined : { numbers: numbers.split('.'), pre: before, build: identifiers(build) };
}

/** Numeric identifiers by value and below the others, which compare as ASCII. */
function compareIdentifier(a: string, b: string): number {
  const numeric = isDigits(a);
  if (numeric !== isDigits(b)) return numeric ? -1 : 1;
  return numeric ? compareDigits(a, b) : compareText(a, b);
}

export function compareIdentifiers(a: readonly string[], b: readonly string[]): number {
  return compareLists(a, b, compareIdentifier);
}

/** Precedence as the specification says: build metadata do not count, any pre-release is below its release. */
export function compareSemantic(a: SemanticVersion, b: SemanticVersion): number {
  const order = compareNumbersPadded(a.numbers, b.numbers);
  if (order !== 0) return order;
  if (a.pre.length === 0 || b.pre.length === 0) return Number(a.pre.length === 0) - Number(b.pre.length === 0);
  return compareIdentifiers(a.pre, b.pre);
}

const END_OF_IDENTIFIERS = '\x01';
const PRE_RELEASE = '\x01';
const RELEASE = '\x02';
const FURTHER_NUMBER = '\x03';

/** Numeric identifiers 2 and the number, others 3 and the text up to a 1; 1 at the end, so that more identifiers are greater. */
export function encodeIdentifiers(list: readonly string[]): string {
  let key = '';
  for (const identifier of list) key += isDigits(identifier) ? `\x02${numberKey(identifier)}` : `\x03${identifier}\x01`;
  return key + END_OF_IDENTIFIERS;
}

export function encodeSemantic({ numbers, pre }: SemanticVersion): string {
  let key = numberKey(numbers[0] ?? '') + numberKey(numbers[1] ?? '') + numberKey(numbers[2] ?? '');
  if (numbers.length > 3)
    for (const further of withoutTrailingZeros(numbers.slice(3))) key += FURTHER_NUMBER + numberKey(further);
  return pre.length === 0 ? key + RELEASE : key + PRE_RELEASE + encodeIdentifiers(pre);
}
