/** A rule that hides findings, wherever it came from (ignore file, VEX), and how it is held against a match. */
import { type PurlParts, parsePurl, purlOf } from '../inventory/purl.ts';
import type { Match, Suppression } from '../model/finding.ts';

/** Whether a text fits. */
export type Glob = (text: string) => boolean;

/** Which packages a rule is about; every member that is set must hold. */
export interface ProductTest {
  readonly name?: Glob;
  /** Version, exactly as installed. */
  readonly version?: string;
  /** Path of the package. */
  readonly path?: Glob;
  /** Made by `productPurl`: type, namespace and name must be equal; version and qualifiers only where it has them. */
  readonly purl?: PurlParts;
}

export interface SuppressionRule {
  readonly by: 'ignore-file' | 'vex';
  /** VEX that says affected, or not decided yet: it hides nothing, and keeps what an older statement would hide. */
  readonly keeps?: true;
  /** VEX: when it was said, milliseconds since 1970; absent = not known. */
  readonly time?: number;
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

/** Distributions that purls name in several ways. */
const NAMESPACES: Readonly<Record<string, string>> = {
  redhat: 'rhel',
  amazon: 'amzn',
  alma: 'almalinux',
  rockylinux: 'rocky',
  oracle: 'ol',
  oraclelinux: 'ol',
  sles: 'suse',
  sled: 'suse',
  sles_sap: 'suse',
  'opensuse-leap': 'opensuse',
  'opensuse-tumbleweed': 'opensuse',
};

/** The parts of a purl in its canonical spelling, for comparison; undefined when it is none. */
export function productPurl(text: string): PurlParts | undefined {
  const written = parsePurl(text);
  const parts = written === undefined ? undefined : parsePurl(purlOf(written));
  const namespace = parts?.namespace;
  if (parts === undefined || namespace === undefined || !Object.hasOwn(NAMESPACES, namespace)) return parts;
  return { ...parts, namespace: NAMESPACES[namespace] ?? namespace };
}

/** What is asked and not stated holds only when nothing is to be hidden. */
function purlHolds(asked: PurlParts, has: PurlParts, keeps: boolean): boolean {
  const holds = (wanted: string | undefined, stated: string | undefined) =>
    wanted === undefined || wanted === stated || (keeps && stated === undefined);
  return (
    has.type === asked.type &&
    has.name === asked.name &&
    (asked.namespace === undefined || has.namespace === asked.namespace) &&
    holds(asked.version, has.version) &&
    Object.entries(asked.qualifiers ?? {}).every(([key, value]) => holds(value, has.qualifiers?.[key]))
  );
}

/** Whether the rule is about this match; `purl` is that of its package, by `productPurl`. */
export function ruleHolds(rule: SuppressionRule, match: Match, purl: PurlParts | undefined): boolean {
  if (rule.id !== undefined && rule.id !== match.id && !match.aliases.includes(rule.id)) return false;
  const { package: pkg } = match;
  const holds = (test: ProductTest) => {
    if (test.name?.(pkg.name) === false) return false;
    if (test.version !== undefined && test.version !== pkg.version) return false;
    if (test.purl !== undefined && (purl === undefined || !purlHolds(test.purl, purl, rule.keeps === true))) return false;
    // Every place must be named: hiding one copy must not hide another.
    const { path } = test;
    return path === undefined || (pkg.locations.length > 0 && pkg.locations.every((location) => path(location.path)));
  };
  return rule.products.length === 0 || rule.products.some(holds);
}

/** What the report shows of it. */
export function suppressionBy({ by, reason, rule, expires }: SuppressionRule): Suppression {
  return { by, reason, rule, ...(expires === undefined ? {} : { expires }) };
}

/**
 * A glob over a whole text: `*` is any run of characters, `?` one. Where a text does not go on to fit, only the last `*` takes one
 * character more: at worst glob times text steps, where a regular expression would try every way to share the text among the stars.
 */
export function globText(glob: string): Glob {
  return (text) => {
    let at = 0;
    let star = -1;
    let resume = 0;
    for (let from = 0; from < text.length; ) {
      if (glob[at] === '*') {
        star = at++;
        resume = from;
      } else if (glob[at] === '?' || (at < glob.length && glob[at] === text[from])) {
        at++;
        from++;
      } else if (star >= 0) {
        at = star + 1;
        from = ++resume;
      } else return false;
    }
    while (glob[at] === '*') at++;
    return at === glob.length;
  };
}
