/**
 * Every line of the shared version vectors (google/osv-scalibr, semantic/testdata) through comparer and key. Lines whose order we
 * do not follow are named below, with what the native tool says today.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { needShared } from '../../tests/support/shared.ts';
import { schemeById } from './registry.ts';
import type { SchemeId } from './scheme.ts';

const FILES: readonly (readonly [file: string, ...schemes: SchemeId[]])[] = [
  ['alpine-versions', 'apk'],
  ['alpine-versions-generated', 'apk'],
  ['cran-versions', 'cran'],
  ['cran-versions-generated', 'cran'],
  ['debian-versions', 'deb'],
  ['debian-versions-generated', 'deb'],
  ['hackage-versions', 'hackage'],
  ['maven-versions', 'maven'],
  ['maven-versions-generated', 'maven'],
  ['nuget-versions', 'nuget'],
  ['packagist-versions', 'composer'],
  ['packagist-versions-generated', 'composer'],
  ['pub-versions', 'pub'],
  ['pypi-versions', 'pypi'],
  ['pypi-versions-generated', 'pypi'],
  ['redhat-versions', 'rpm'],
  ['rubygems-versions', 'gem'],
  ['rubygems-versions-generated', 'gem'],
  ['semver-versions', 'semver', 'npm', 'hex', 'go'],
];

/** What we answer instead; `!` is "not comparable". */
type Answer = '<' | '=' | '>' | '!';

interface Exception {
  readonly file: string;
  readonly reason: string;
  readonly answer: Answer;
  readonly lines: readonly string[];
}

const EXCEPTIONS: readonly Exception[] = [
  {
    file: 'maven-versions-generated',
    reason:
      'observed with Maven before 3.9; since MNG-7644 `.X` is `-X` for every word X, also behind zeros: the left one is later',
    answer: '>',
    lines: [
      '1.0.0-RC16 < 1.0.0.RC8-beta',
      '1.0.0-gradle-rework-beta3 < 1.0.0.RC7-3',
      '2.9.0-1 < 2.9.0.RC1',
      '3.6.2.FL.20090615 < 3.6.2-FL-2009-05-11',
      '6.1.12.rc5 < 6.1.12rc1',
      '1.1.31.sec10 < 1.1.31_noneautotype',
      '1.1.34.sec10 < 1.1.34_noneautotype',
      '1.1.46.sec10 < 1.1.46_noneautotype',
      '1.2.8.sec10_noneautotype < 1.2.8_noneautotype',
      '1.2.31.sec10 < 1.2.31_noneautotype',
      '1.2.48.sec10 < 1.2.48_noneautotype',
      '1.2.50.sec10 < 1.2.50_noneautotype',
      '1.2.54.sec10 < 1.2.54_noneautotype',
      '1.2.57.sec10 < 1.2.57_noneautotype',
      '1.2.60.sec10 < 1.2.60_noneautotype',
      '1.2.67.sec10 < 1.2.67_noneautotype',
      '1.0.0rc0 < 1.0.beta8',
      '1.5.9.RC1 < 1.5.9-RC0',
      '3.5.0-CR-2 < 3.5.0.Beta-1',
      '1.1.0-01-glassfish < 1.1.0.Beta1',
    ],
  },
  {
    file: 'packagist-versions',
    reason: 'PHP version_compare; Composer normalises both to 1.0.0.0',
    answer: '=',
    lines: ['1.0.0 > 1.0'],
  },
  {
    file: 'packagist-versions',
    reason: 'a branch is not a version: Composer replaces it by an alias before comparing with versions',
    answer: '!',
    lines: ['dev-foo < 1.26.0', '1.26.0 > dev-foo'],
  },
  {
    file: 'packagist-versions',
    reason: '# is PHP version_compare only; Composer: Invalid version string',
    answer: '!',
    lines: [
      '1.2.3.# = 1.2.3',
      '1.2.3.# = 1.2.3.#',
      '1.2.3.# = 1.2.3.1',
      '1.2.3.#.1 > 1.2.3',
      '1.2.3.#.p3 > 1.2.3',
      '1.2.3.#.beta < 1.2.3',
    ],
  },
  {
    file: 'packagist-versions-generated',
    reason:
      'PHP version_compare of unequally long numbers, and of `stable`; Composer normalises the left one to the release, which is later',
    answer: '>',
    lines: [
      'v3.0 < v3.0.0-beta',
      'v3.4 < v3.4.0-alpha',
      'v4-beta4 < v4.0-alpha',
      'v1.9.0-BETA.1 < v1.9.0-ALPHA.2',
      '5.1.0-stable < 5.1.0-beta2',
      'v4.4 < v4.4.0-beta',
      'v6.5 < v6.5.0-beta-0',
      'v6.6 < v6.6.0-beta',
    ],
  },
  {
    file: 'packagist-versions-generated',
    reason: 'PHP version_compare knows only lower-case words; Composer normalises to alpha and beta',
    answer: '<',
    lines: ['v1.9.0-ALPHA.1 = v1.9.0-BETA.1', 'v1.9.0-ALPHA.2 = v1.9.0-BETA.2'],
  },
];

/**
 * Python: lines with a version from before PEP 440, which `packaging` 26.3 refuses with InvalidVersion (checked over all versions of
 * both files: it refuses exactly the ones that we refuse). We answer "not comparable".
 */
const LEGACY_PYTHON_LINES: Readonly<Record<string, number>> = { 'pypi-versions': 11, 'pypi-versions-generated': 69 };

function answers(id: SchemeId, a: string, b: string): readonly [Answer, Answer] {
  const scheme = schemeById(id);
  const compared = scheme.compare(a, b);
  const left = scheme.key(a);
  const right = scheme.key(b);
  const sign = (order: number): Answer => (order < 0 ? '<' : order > 0 ? '>' : '=');
  return [
    compared.ok ? sign(compared.value) : '!',
    left.ok && right.ok ? sign(Number(left.value > right.value) - Number(left.value < right.value)) : '!',
  ];
}

function check(context: TestContext, file: string, ids: readonly SchemeId[]): void {
  const path = needShared(context, `versions/${file}.txt`);
  if (path === undefined) return;
  const exceptions = EXCEPTIONS.filter((exception) => exception.file === file);
  const used = new Set<string>();
  let lines = 0;
  let legacy = 0;
  for (const raw of readFileSync(path, 'utf8').split('\n')) {
    const line = raw.trim();
    const [, a, expected, b] = /^(\S+) ([<=>]) (\S+)$/.exec(line) ?? [];
    if (line === '' || line.startsWith('#') || line.startsWith('//')) continue;
    assert.ok(a !== undefined && b !== undefined && expected !== undefined, `unreadable line: ${line}`);
    lines += 1;
    for (const id of ids) {
      const exception = exceptions.find((candidate) => candidate.lines.includes(line));
      if (exception) used.add(line);
      const got = answers(id, a, b);
      if (got[0] === '!' && got[1] === '!' && file in LEGACY_PYTHON_LINES) legacy += 1;
      else assert.deepEqual(got, Array(2).fill(exception?.answer ?? expected), `${id}: ${line}`);
    }
  }
  assert.ok(lines > 10);
  assert.deepEqual(
    [...used].sort(),
    [...new Set(exceptions.flatMap((exception) => exception.lines))].sort(),
    'every exception is needed',
  );
  assert.equal(legacy, LEGACY_PYTHON_LINES[file] ?? 0);
}

for (const [file, ...ids] of FILES) test(`${file} as ${ids.join(', ')}`, (context) => check(context, file, ids));
