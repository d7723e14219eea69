/** A rule that hides findings, wherever it came from (ignore file, VEX), and how it is held against a match. */
import { type PurlParts, parsePurl } from '../inventory/purl.ts';
import type { Match, Suppression } from '../model/finding.ts';

/** Which packages a rule is about; every member that is set must hold. */
export interface ProductTest {
  /** Package name, glob with `*`. */
  readonly name?: RegExp;
  /** Version, exactly as installed. */
  readonly version?: string;
  /** Path of the package, glob. */
  readonly path?: RegExp;
  /** Package URL: type, namespace and name must be equal; version and qualifiers only where it has them. */
  readonly purl?: PurlParts;
}

export interface SuppressionRule {
  readonly by: 'ignore-file' | 'vex';
  /** The vulnerability by any of its names; undefined = every one. */
  readonly id?: string;
  /** One of them must hold; empty = every package. */
  readonly products: readonly ProductTest[];
  readonly reason: string;
  /** `file:line` or the statement's id, for the report. */
  readonly rule: string;
  /** ISO date after which it hides nothing. */
  readonly expires?: string;
}

function purlHolds(asked: PurlParts, purl: string): boolean {
  const has = parsePurl(purl);
  if (has === undefined || has.type !== asked.type || has.name !== asked.name) return false;
  if (asked.namespace !== undefined && has.namespace !== asked.namespace) return false;
  if (asked.version !== undefined && has.version !== asked.version) return false;
  return Object.entries(asked.qualifiers ?? {}).every(([key, value]) => has.qualifiers?.[key] === value);
}

function productHolds(test: ProductTest, { package: pkg }: Match): boolean {
  if (test.name?.test(pkg.name) === false) return false;
  if (test.version !== undefined && test.version !== pkg.version) return false;
  if (test.purl !== undefined && !purlHolds(test.purl, pkg.purl)) return false;
  // Every place must be named: hiding one copy must not hide another.
  return test.path === undefined || (pkg.locations.length > 0 && pkg.locations.every(({ path }) => test.path?.test(path)));
}

/** Whether the rule is about this match. */
export function ruleHolds(rule: SuppressionRule, match: Match): boolean {
  if (rule.id !== undefined && rule.id !== match.id && !match.aliases.includes(rule.id)) return false;
  return rule.products.length === 0 || rule.products.some((test) => productHolds(test, match));
}

/** What the report shows of it. */
export function suppressionBy({ by, reason, rule, expires }: SuppressionRule): Suppression {
  return { by, reason, rule, ...(expires === undefined ? {} : { expires }) };
}

/** A glob over a whole text: `*` is any run of characters, `?` one. Linear-time: runs of `*` are one. */
export function globText(glob: string): RegExp {
  const body = glob
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${body}$`, 's');
}
