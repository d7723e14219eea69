/** What could not be judged, and why: a package that no advisory source speaks of is unknown, not fine. */
import type { PackageQueries, StreamQuery } from '../advisories/streams/index.ts';
import { isOsPackage } from '../inventory/os-packages.ts';
import type { AdvisoryDatabase } from '../model/advisory.ts';
import type { Match } from '../model/finding.ts';
import { thousands } from '../model/number.ts';
import type { Package, Target } from '../model/package.ts';
import { incomplete, notice, type Problem } from '../model/problem.ts';

type Unanswerable = Extract<PackageQueries, { kind: 'none' }>;

const SHOWN = 5;

function some(names: Iterable<string>): string {
  const all = [...new Set(names)].sort();
  return `${all.slice(0, SHOWN).join(', ')}${all.length > SHOWN ? ` and ${all.length - SHOWN} more` : ''}`;
}

function packages(count: number): string {
  return count === 1 ? '1 package' : `${thousands(count)} packages`;
}

/** What each reason means for the reader, after a number of packages. */
const SAYS: Readonly<Record<Unanswerable['reason'], string>> = {
  'third-party': 'came from a third party, whose builds the distribution does not speak of',
  'unknown-distribution': 'could not be judged: the distribution is not one that Vedette has advisories for',
  'unsupported-release': 'could not be judged: there are no advisories for this release',
  'no-version': 'without a version to compare',
  'unsupported-type': 'of a kind that no advisory source covers',
  'pseudo-package': 'not counted as software',
};

/** Collects during matching; `problems` sums up, one problem for each reason. */
export class Coverage {
  readonly #target: Target;
  readonly #none = new Map<string, { readonly answer: Unanswerable; readonly names: string[]; system: boolean }>();
  readonly #uncovered = new Map<string, { readonly names: string[]; system: boolean }>();
  readonly #incomparable: string[] = [];

  constructor(target: Target) {
    this.#target = target;
  }

  /** No query can be made for the package. */
  unanswerable(pkg: Package, answer: Unanswerable): void {
    if (answer.silent) return;
    const key = `${answer.reason}\n${answer.detail}`;
    const known = this.#none.get(key) ?? { answer, names: [], system: false };
    known.names.push(pkg.name);
    known.system ||= isOsPackage(pkg.type);
    this.#none.set(key, known);
  }

  /** Remembers streams that the database has nothing of. Channels alone do not say what is affected. */
  asked(pkg: Package, queries: readonly StreamQuery[], database: AdvisoryDatabase): void {
    if (queries.some(({ stream, role }) => role === 'base' && database.hasStream(stream))) return;
    const stream = queries[0]?.stream ?? '';
    const known = this.#uncovered.get(stream) ?? { names: [], system: false };
    known.names.push(pkg.name);
    known.system ||= isOsPackage(pkg.type);
    this.#uncovered.set(stream, known);
  }

  /** Remembers packages whose version could not be compared. */
  compared(pkg: Package, matches: readonly Match[]): void {
    if (matches.some(({ status }) => status === 'not-comparable')) this.#incomparable.push(`${pkg.name} ${pkg.version}`);
  }

  /** Sorted by code and message. A whole system that could not be judged makes the result incomplete. */
  problems(): readonly Problem[] {
    const problems: Problem[] = [];
    for (const { answer, names, system } of this.#none.values()) {
      const whole = system && (answer.reason === 'unknown-distribution' || answer.reason === 'unsupported-release');
      const message = `${packages(names.length)} (${some(names)}) ${SAYS[answer.reason]}: ${answer.detail}.`;
      problems.push((whole ? incomplete : notice)(`match-${answer.reason}`, message));
    }
    for (const [stream, { names, system }] of this.#uncovered) {
      const message = `The advisory database has nothing about ${stream}: ${packages(names.length)} (${some(names)}) could not be judged. Run "vedette db update" or use a mirror that has it.`;
      problems.push((system || !stream.startsWith('generic/') ? incomplete : notice)('match-stream-missing', message));
    }
    if (this.#incomparable.length > 0) {
      const message = `${packages(this.#incomparable.length)} (${some(this.#incomparable)}) could not be compared with some advisory; they are listed as "not comparable".`;
      problems.push(incomplete('version-not-comparable', message));
    }
    const { os } = this.#target;
    const hasSystem = [...this.#none.values()].some(({ system }) => system);
    if (os === undefined && hasSystem) {
      problems.push(
        incomplete(
          'match-system-unknown',
          'The target has system packages and no os-release: which distribution they are from is not known.',
        ),
      );
    }
    return problems.sort((a, b) => (a.code + a.message < b.code + b.message ? -1 : 1));
  }
}
