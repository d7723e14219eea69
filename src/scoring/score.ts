/** From matches to scored vulnerabilities. Pure: the same matches and the same database give the same answer. */
import type { Advisory, AdvisoryDatabase, AdvisorySeverity, VulnerabilityFacts } from '../model/advisory.ts';
import type { Match, Score, Vulnerability } from '../model/finding.ts';
import type { Problem } from '../model/problem.ts';
import { scoreVector } from './cvss.ts';
import { priorityOf } from './priority.ts';
import { compareText, decide, sortScores, type Verdict } from './severity.ts';

type Sources = Pick<AdvisoryDatabase, 'advisory' | 'facts'>;
type Header = Omit<Advisory, 'affected'>;

/** What decides where no source speaks of severity, by kind of finding. Inspector reports an end-of-life system as CRITICAL. */
const BY_KIND: Readonly<Record<Exclude<Match['kind'], 'vulnerability'>, Pick<Verdict, 'severity' | 'source'>>> = {
  malware: { severity: 'CRITICAL', source: 'malware' },
  'end-of-life': { severity: 'CRITICAL', source: 'end-of-life' },
  informational: { severity: 'INFORMATIONAL', source: 'informational' },
};

/** What is known of a match whatever package it is in and whether something hides it. */
/** Scores by evidence: binary packages of one source share it, and all that follows from it. */
export type ScoreMemory = WeakMap<Match['evidence'], Scored>;

interface Scored {
  readonly known: Pick<
    Vulnerability,
    'title' | 'published' | 'severity' | 'severitySource' | 'score' | 'scores' | 'priority' | 'epss' | 'kev' | 'exploits' | 'cwes'
  >;
  readonly problems: readonly Problem[];
}

function scoreOne(match: Match, database: Sources): Scored {
  const headers = match.advisories.map((reference) => database.advisory(reference));
  const facts = factsOf(match, database);
  const said = {
    package: match.evidence.flatMap(({ severity }) => (severity ? [severity] : [])),
    advisories: headers.flatMap((header) => header.severities),
    facts: facts.flatMap((fact) => fact.severities),
  };
  const { scores, problems } = scoresOf([...said.package, ...said.advisories, ...said.facts], match);
  const verdict = verdictOf(match, decide({ ...said, scores }, match.package.type));
  const merged = {
    epss: first(facts, (fact) => fact.epss),
    kev: first(facts, (fact) => fact.kev),
    exploits: sorted(facts.flatMap((fact) => fact.exploits)),
    exploitation: first(facts, (fact) => fact.exploitation),
  };
  const title = first(facts, (fact) => fact.title) ?? first(headers, (header) => header.title);
  const published = first(facts, (fact) => fact.published) ?? earliest(headers);
  const known: Scored['known'] = {
    ...(title !== undefined && { title }),
    ...(published !== undefined && { published }),
    severity: verdict.severity,
    severitySource: verdict.source,
    ...(verdict.score && { score: verdict.score }),
    scores,
    priority: priorityOf({ verdict, kind: match.kind, status: match.status, facts: merged }),
    ...(merged.epss && { epss: merged.epss }),
    ...(merged.kev && { kev: merged.kev }),
    exploits: merged.exploits,
    cwes: sorted([...facts, ...headers].flatMap((source) => source.cwes)),
  };
  return { known, problems };
}

function vulnerabilityOf(match: Match, { known }: Scored): Vulnerability {
  return {
    id: match.id,
    kind: match.kind,
    aliases: match.aliases,
    ...known,
    status: match.status,
    package: match.package.purl,
    packageName: match.package.name,
    installedVersion: match.package.version,
    fixedVersions: match.fixedVersions,
    evidence: match.evidence,
    locations: match.package.locations,
    ...(match.suppressed && { suppressed: match.suppressed }),
  };
}

/** The same facts again and again: one vulnerability is in many packages. */
function remembering(database: Sources): Sources {
  const known = new Map<string, VulnerabilityFacts | undefined>();
  return {
    advisory: (reference) => database.advisory(reference),
    facts(id) {
      if (!known.has(id)) known.set(id, database.facts(id));
      return known.get(id);
    },
  };
}

/**
 * Scores all, in the order of an assessment: priority descending, then id, then purl. `problems` are notices about vectors that could
 * not be scored, each once; the vulnerabilities are complete without them. Facts are those of a match's id; of its aliases too unless
 * the id is a CVE, whose facts stand for themselves. `scored` may be given again with the same database: what was scored before is there.
 */
export function scoreAll(
  matches: readonly Match[],
  database: Sources,
  scored: ScoreMemory = new WeakMap(),
): { readonly vulnerabilities: readonly Vulnerability[]; readonly problems: readonly Problem[] } {
  const sources = remembering(database);
  const problems = new Map<string, Problem>();
  const vulnerabilities = matches.map((match) => {
    const one = scored.get(match.evidence) ?? scoreOne(match, sources);
    scored.set(match.evidence, one);
    for (const problem of one.problems) problems.set(`${problem.path} ${problem.message}`, problem);
    return vulnerabilityOf(match, one);
  });
  return {
    vulnerabilities: vulnerabilities.sort(
      (a, b) => b.priority.value - a.priority.value || compareText(a.id, b.id) || compareText(a.package, b.package),
    ),
    problems: [...problems.entries()].sort(([a], [b]) => compareText(a, b)).map(([, problem]) => problem),
  };
}

function factsOf(match: Match, database: Sources): readonly VulnerabilityFacts[] {
  const ids = match.id.startsWith('CVE-') ? [match.id] : [match.id, ...match.aliases];
  return ids.flatMap((id) => database.facts(id) ?? []);
}

/** Distinct scores in deciding order, and the vectors that have none. */
function scoresOf(
  severities: readonly AdvisorySeverity[],
  match: Match,
): { scores: readonly Score[]; problems: readonly Problem[] } {
  const scores = new Map<string, Score>();
  const problems = new Map<string, Problem>();
  for (const severity of severities) {
    if (severity.kind === 'word') continue;
    const scored = scoreVector(severity);
    if (scored.ok) scores.set(`${severity.source} ${scored.value.version} ${scored.value.vector}`, scored.value);
    else problems.set(scored.problem.message, { ...scored.problem, path: match.id });
  }
  return { scores: sortScores([...scores.values()], match.package.type), problems: [...problems.values()] };
}

/** A malicious package is CRITICAL whatever else is said of it; the other kinds speak only where no source does. */
function verdictOf(match: Match, decided: Verdict): Verdict {
  if (match.kind === 'vulnerability') return decided;
  return match.kind === 'malware' || decided.severity === 'UNTRIAGED' ? { ...decided, ...BY_KIND[match.kind] } : decided;
}

function first<T, V>(list: readonly T[], read: (item: T) => V | undefined): V | undefined {
  for (const item of list) {
    const value = read(item);
    if (value !== undefined) return value;
  }
  return undefined;
}

function earliest(headers: readonly Header[]): string | undefined {
  return headers.flatMap((header) => header.published ?? []).sort()[0];
}

function sorted(list: readonly string[]): readonly string[] {
  return [...new Set(list)].sort();
}
