/** The formats that leave no way to tell every loss, and which losses those are. */
import { releaseOf } from '../../../src/advisories/streams/index.ts';
import type { OperatingSystem } from '../../../src/model/package.ts';
import { LEAST_PROGRAM } from '../catalogued.ts';
import type { Sample } from './sample.ts';

/** A sample that was cut off, and what that lost without a word. */
interface Cut {
  readonly sample: Sample;
  readonly at: number;
  readonly missing: readonly string[];
  /** The system that is told all the same. */
  readonly os: OperatingSystem | undefined;
}

/** Whether the format leaves no way to tell this loss. */
type Excuse = (cut: Cut) => boolean;

/** All that is missing ends behind the last whole line. */
function behindWholeLines({ sample, at, missing }: Cut): boolean {
  const source = sample.bytes.toString('latin1');
  const whole = at === 0 ? 0 : source.lastIndexOf('\n', at - 1) + 1;
  return missing.every((fact) => {
    const text = fact.slice(fact.lastIndexOf(' ') + 1);
    return source.indexOf(text) + text.length > whole;
  });
}

/** Between two lines, or at the end of one that is whole but for its end. */
function atLineEnd(cut: Cut): boolean {
  const { bytes } = cut.sample;
  return (cut.at === 0 || bytes[cut.at - 1] === 0x0a || bytes[cut.at] === 0x0a) && behindWholeLines(cut);
}

function shorterThan(least: number): Excuse {
  return ({ at }) => at < least;
}

/** Advisories know no such release: then no package of it can be judged, which matching tells. */
function noKnownRelease({ os }: Cut): boolean {
  return os === undefined || releaseOf(os)?.stream === undefined;
}

const PROGRAM = [shorterThan(LEAST_PROGRAM), 'smaller than any program: not looked at'] as const;
const LIST = [atLineEnd, 'a list without an end mark: cut between two lines it is a shorter one'] as const;
const BY_HAND = [behindWholeLines, 'written by hand: no end mark, and the last line often has no end either'] as const;
const ARCHIVE = [shorterThan(4), 'no archive at all: placeholders and pointers of Git LFS are told as a notice'] as const;

/** Cataloger, or cataloger and format → which cuts may lose packages in silence, and why. Everything else is told. */
export const SILENT: Readonly<Record<string, readonly [Excuse, string]>> = {
  'os-release': [noKnownRelease, 'a system that is not named is unknown, never another one'],
  dpkg: LIST,
  apk: LIST,
  'rpm/manifest': LIST,
  'go-binary': PROGRAM,
  'rust-binary': PROGRAM,
  'runtimes/ELF': PROGRAM,
  'runtimes/PE': PROGRAM,
  'runtimes/Mach-O': PROGRAM,
  'runtimes/openjdk': [shorterThan(13), 'much else is called `release`: it is known by its first words'],
  'runtimes/Go toolchain': [shorterThan(2), 'known by its first letters'],
  'yarn-lock': LIST,
  'pnpm-lock/v5': LIST,
  'java-lock/dependency-locks': LIST,
  'python-installed/PKG-INFO of a project': [atLineEnd, 'what is being developed may have no version yet'],
  'python-installed/wheel': ARCHIVE,
  'python-installed/zipped application': ARCHIVE,
  'python-lock/uv.lock': LIST,
  'python-lock/pdm.lock': LIST,
  'python-lock/pylock.toml': LIST,
  'python-requirements': BY_HAND,
  cargo: LIST,
  'conan/conanfile.txt': BY_HAND,
  'github-actions': BY_HAND,
  'go-mod': LIST,
};

/** The entry of the table that speaks of a sample; undefined when each of its losses must be told. */
export function excuseOf({ cataloger, format }: Sample): string | undefined {
  return [`${cataloger}/${format}`, cataloger].find((name) => Object.hasOwn(SILENT, name));
}

export function isExcused(name: string | undefined, cut: Cut): boolean {
  return name !== undefined && SILENT[name]?.[0](cut) === true;
}
