/** Hiding matches without losing them: rules of the user and VEX, Inspector's "only fixed", development dependencies. */
import type { Match, Suppression } from '../model/finding.ts';
import { notice, type Problem } from '../model/problem.ts';
import { productPurl, ruleHolds, type SuppressionRule, suppressionBy } from './rule.ts';

export { readIgnoreFile } from './ignore-file.ts';
export type { SuppressionRule } from './rule.ts';
export { readVex } from './vex.ts';

/** The hiding rules among those that hold, without VEX statements that another one speaks against, which are in `overruled`. */
function effective(holding: readonly SuppressionRule[]) {
  const keeping = holding.filter(({ keeps }) => keeps === true);
  // The newest statement counts. Of equally old ones, or when it is not known which is newer, the one that hides nothing.
  const latest = keeping.reduce((newest, { time = Infinity }) => Math.max(newest, time), -Infinity);
  const isNewest = ({ time }: SuppressionRule) => keeping.length === 0 || (time !== undefined && time > latest);
  const counting: SuppressionRule[] = [];
  const overruled: SuppressionRule[] = [];
  for (const rule of holding)
    if (rule.keeps !== true) (rule.by === 'ignore-file' || isNewest(rule) ? counting : overruled).push(rule);
  return { counting, overruled, keeping };
}

/**
 * The first rule that holds hides a match; VEX statements that another one contradicts count only when they are newer. Expired rules
 * hide nothing and are told; so are rules of the ignore file that hit nothing, because they are out of date or misspelt, and matches
 * that stay because VEX documents disagree. VEX documents speak of many products, so their misses are normal.
 */
export function applySuppressions(
  matches: readonly Match[],
  rules: readonly SuppressionRule[],
  options: { readonly today: string },
): { readonly matches: readonly Match[]; readonly problems: readonly Problem[] } {
  if (rules.length === 0) return { matches, problems: [] };
  const today = options.today.slice(0, 10);
  const isValid = ({ expires }: SuppressionRule) => expires === undefined || expires >= today;
  const place = new Map(rules.map((rule, index) => [rule, index]));
  const byId = Map.groupBy(rules.filter(isValid), ({ id }) => id ?? '');
  const used = new Set<SuppressionRule>();
  const disputed: string[] = [];
  const result = matches.map((match) => {
    const candidates = new Set([match.id, ...match.aliases, ''].flatMap((id) => byId.get(id) ?? []));
    if (candidates.size === 0) return match;
    const purl = productPurl(match.package.purl);
    const holding = [...candidates].filter((rule) => ruleHolds(rule, match, purl));
    for (const rule of holding) used.add(rule);
    if (match.suppressed !== undefined) return match;
    const { counting, overruled, keeping } = effective(holding);
    const [first] = counting.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    if (first !== undefined) return { ...match, suppressed: suppressionBy(first) };
    const [against] = keeping;
    if (overruled[0] !== undefined && against !== undefined)
      disputed.push(`${match.id} in ${match.package.name}: ${overruled[0].rule} against ${against.rule}`);
    return match;
  });
  const expired = rules
    .filter((rule) => !isValid(rule))
    .map(({ rule, id, expires }) =>
      notice('rule-expired', `The rule at ${rule} (${id ?? 'any id'}) expired on ${expires} and hides nothing.`),
    );
  const idle = rules
    .filter((rule) => rule.by === 'ignore-file' && isValid(rule) && !used.has(rule))
    .map(({ rule, id }) => notice('rule-unused', `The rule at ${rule} (${id ?? 'any id'}) hides nothing in this target.`));
  const conflicts =
    disputed.length === 0
      ? []
      : [
          notice(
            'vex-conflict',
            `VEX statements disagree about ${disputed.length} of the findings, and none that would hide them is the newest; they stay (${disputed[0]}).`,
          ),
        ];
  return { matches: result, problems: [...expired, ...idle, ...conflicts] };
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
