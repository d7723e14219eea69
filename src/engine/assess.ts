/** The main job as one pure function: inventory × advisory database → scored, filtered findings. No I/O, no clock. */
import { matchInventory } from '../matching/match.ts';
import { applySuppressions, type SuppressionRule, setAsideDevelopment, setAsideUnfixed } from '../matching/suppress.ts';
import type { AdvisoryDatabase, DatabaseInfo } from '../model/advisory.ts';
import { type Assessment, type AssessmentSummary, SEVERITIES, type Severity, type Vulnerability } from '../model/finding.ts';
import type { Inventory } from '../model/package.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';
import { scoreAll } from '../scoring/score.ts';

export interface AssessOptions {
  /** ISO date; end of life, expiry of rules and the age of the data are judged on it. */
  readonly today: string;
  readonly toolVersion: string;
  /** Of ignore files and VEX documents. */
  readonly rules?: readonly SuppressionRule[];
  /** Set findings without a fix aside, as Inspector does. */
  readonly onlyFixed?: boolean;
  /** Set findings in development dependencies aside. */
  readonly noDev?: boolean;
  /** Give vulnerabilities their whole texts: for formats that show them. */
  readonly descriptions?: boolean;
  /** What went wrong before: in getting the database, in reading rules. */
  readonly problems?: readonly Problem[];
}

/** Sources whose newest record is older are told. */
const OLD_DAYS = 30;
const DAY = 24 * 60 * 60 * 1000;

/** Counts of an assessment. */
export function summarize(
  packages: number,
  vulnerabilities: readonly Vulnerability[],
  problems: readonly Problem[],
  setAside: number,
): AssessmentSummary {
  const bySeverity: Record<Severity, number> = { CRITICAL: 0, HIGH: 0, MEDIUM: 0, LOW: 0, INFORMATIONAL: 0, UNTRIAGED: 0 };
  const reported = vulnerabilities.filter((found) => found.suppressed === undefined);
  for (const severity of SEVERITIES) bySeverity[severity] = reported.filter((found) => found.severity === severity).length;
  return {
    packages,
    bySeverity,
    fixable: reported.filter((found) => found.status === 'fix-available').length,
    exploited: reported.filter((found) => found.kev !== undefined).length,
    suppressed: vulnerabilities.length - reported.length,
    setAside,
    complete: problems.every((problem) => problem.effect !== 'incomplete'),
  };
}

/** What the reader must know of the advisory data themselves: a starter set, stale or old sources. */
function databaseProblems(info: DatabaseInfo, today: string): Problem[] {
  const problems: Problem[] = [];
  if (info.sources.length > 0 && info.sources.every((source) => source.origin === 'starter')) {
    const message = `Only the starter set was used: ${info.advisories} advisories about well-known vulnerabilities. Run "vedette db update" where there is a network, or give a mirror, for the rest.`;
    problems.push(incomplete('starter-database', message));
  }
  for (const { id, stale } of info.sources) {
    if (stale === undefined) continue;
    problems.push(notice('source-stale', `${id} could not be updated since ${stale.since}: ${stale.reason}`));
  }
  const old = info.sources.filter(
    ({ origin, asOf }) => origin !== 'starter' && asOf !== undefined && Date.parse(today) - Date.parse(asOf) > OLD_DAYS * DAY,
  );
  const oldest = old.reduce<string | undefined>(
    (least, { asOf }) => (least === undefined || (asOf ?? '') < least ? asOf : least),
    undefined,
  );
  if (oldest !== undefined) {
    const message = `The newest record of ${old.length} of ${info.sources.length} sources is more than ${OLD_DAYS} days old (the oldest of ${oldest.slice(0, 10)}): later vulnerabilities are not known. "vedette db status" lists them.`;
    problems.push(notice('advisory-data-old', message));
  }
  return problems;
}

function described(vulnerabilities: readonly Vulnerability[], database: AdvisoryDatabase): readonly Vulnerability[] {
  const texts = new Map<string, string | undefined>();
  // In the order of their ids: what lies together in the database is unpacked once.
  for (const id of [...new Set(vulnerabilities.map(({ id }) => id))].sort()) texts.set(id, database.description(id));
  return vulnerabilities.map((found) => {
    const description = texts.get(found.id);
    return description === undefined ? found : { ...found, description };
  });
}

/** Assesses an inventory. The same inventory, database and options give the same assessment, byte for byte. */
export function assess(inventory: Inventory, database: AdvisoryDatabase, options: AssessOptions): Assessment {
  const { today, rules = [] } = options;
  const matched = matchInventory(inventory, database, { today });
  const ruled = applySuppressions(matched.matches, rules, { today });
  const fixed = options.onlyFixed === true ? setAsideUnfixed(ruled.matches) : ruled.matches;
  const matches = options.noDev === true ? setAsideDevelopment(fixed) : fixed;
  const { vulnerabilities: scored, problems: scoring } = scoreAll(matches, database);
  const vulnerabilities = options.descriptions === true ? described(scored, database) : scored;
  const problems = [
    ...(options.problems ?? []),
    ...databaseProblems(database.info, today),
    ...inventory.problems,
    ...matched.problems,
    ...ruled.problems,
    ...scoring,
  ];
  return {
    tool: { name: 'vedette', version: options.toolVersion },
    database: database.info,
    target: inventory.target,
    packages: inventory.packages,
    vulnerabilities,
    problems,
    summary: summarize(inventory.packages.length, vulnerabilities, problems, matched.setAside),
  };
}
