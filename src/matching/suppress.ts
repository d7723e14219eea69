/** Hiding matches without losing them: rules of the user and VEX, Inspector's "only fixed", development dependencies. */
import type { Match, Suppression } from '../model/finding.ts';
import { notice, type Problem } from '../model/problem.ts';
import { ruleHolds, type SuppressionRule, suppressionBy } from './rule.ts';

export { readIgnoreFile } from './ignore-file.ts';
export type { SuppressionRule } from './rule.ts';
export { readVex } from './vex.ts';

/**
 * The first rule that holds hides a match. Expired rules hide nothing and are told; so are rules of the ignore file that hit
 * nothing, because they are out of date or misspelt. VEX documents speak of many products, so their misses are normal.
 */
export function applySuppressions(
  matches: readonly Match[],
  rules: readonly SuppressionRule[],
  options: { readonly today: string },
): { readonly matches: readonly Match[]; readonly problems: readonly Problem[] } {
  if (rules.length === 0) return { matches, problems: [] };
  const today = options.today.slice(0, 10);
  const valid = rules.filter(({ expires }) => expires === undefined || expires >= today);
  const byId = Map.groupBy(valid, ({ id }) => id ?? '');
  const used = new Set<SuppressionRule>();
  const result = matches.map((match) => {
    const candidates = [match.id, ...match.aliases, ''].flatMap((id) => byId.get(id) ?? []);
    const holding = candidates.filter((rule) => ruleHolds(rule, match));
    for (const rule of holding) used.add(rule);
    const first = valid.find((rule) => holding.includes(rule));
    return first === undefined || match.suppressed !== undefined ? match : { ...match, suppressed: suppressionBy(first) };
  });
  const expired = rules
    .filter((rule) => !valid.includes(rule))
    .map(({ rule, id, expires }) =>
      notice('rule-expired', `The rule at ${rule} (${id ?? 'any id'}) expired on ${expires} and hides nothing.`),
    );
  const idle = valid
    .filter((rule) => rule.by === 'ignore-file' && !used.has(rule))
    .map(({ rule, id }) => notice('rule-unused', `The rule at ${rule} (${id ?? 'any id'}) hides nothing in this target.`));
  return { matches: result, problems: [...expired, ...idle] };
}

function hide(matches: readonly Match[], test: (match: Match) => boolean, by: Suppression): readonly Match[] {
  return matches.map((match) => (match.suppressed === undefined && test(match) ? { ...match, suppressed: by } : match));
}

/** Findings that no update closes, as Amazon Inspector leaves them out. End-of-life systems stay. */
export function setAsideUnfixed(matches: readonly Match[]): readonly Match[] {
  const by = { by: 'only-fixed', reason: 'no fixed version is known, and only findings with a fix were asked for' };
  return hide(matches, ({ kind, status }) => kind === 'vulnerability' && status !== 'fix-available', by);
}

/** Findings in packages that are only needed to develop the project. */
export function setAsideDevelopment(matches: readonly Match[]): readonly Match[] {
  const by = { by: 'development', reason: 'a development dependency, and those were left out' };
  return hide(matches, (match) => match.package.development === true, by);
}
