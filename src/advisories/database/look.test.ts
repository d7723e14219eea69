import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  advisoryOf,
  affectedOf,
  compiledDatabase,
  compiledFile,
  type Facts,
  recordsOf,
  sourceOf,
} from '../../../tests/support/database.ts';
import type { Advisory } from '../../model/advisory.ts';
import { diffDatabases, renderDiff } from './diff.ts';
import { databasePath, sourcesDirectory } from './location.ts';
import { databaseStatus, renderSearch, renderShow, renderStatus, searchPackages, showVulnerability } from './look.ts';
import { openDatabase } from './open.ts';

const PLAIN = { color: false, width: 100 };

const ADVISORIES: readonly Advisory[] = [
  advisoryOf({
    id: 'GHSA-aaaa-bbbb-cccc',
    source: 'ghsa',
    vulnerabilities: ['CVE-2024-1'],
    title: 'Leftpad pads\u001b[31m left',
    severities: [{ kind: 'word', value: 'high', source: 'ghsa' }],
    affected: [
      affectedOf({
        name: 'leftpad',
        ranges: [
          { introduced: '0', fixed: '1.2.0' },
          { introduced: '2.0.0', lastAffected: '2.1.0' },
        ],
      }),
      affectedOf({ name: 'leftpad-more', ranges: [{ introduced: '1.0.0' }], versions: ['0.9.0'] }),
      affectedOf({ name: 'odd', ranges: [{ introduced: '0', fixed: 'soon' }] }),
      affectedOf({ name: 'odd-dev', ranges: [{ introduced: '0', fixed: 'soon' }] }),
    ],
  }),
  advisoryOf({
    id: 'DSA-5000-1',
    source: 'osv-debian',
    vulnerabilities: ['CVE-2024-1', 'CVE-2024-2'],
    affected: [
      affectedOf({
        name: 'leftpad',
        stream: 'debian/12',
        names: 'source',
        status: 'will-not-fix',
        ranges: [{ introduced: '0' }],
      }),
    ],
  }),
];
const FACTS: readonly Facts[] = [
  {
    id: 'CVE-2024-1',
    title: 'Padding',
    description: 'Padding, at length. It goes on.',
    epss: { score: 0.1234, percentile: 0.9, date: '2026-01-01' },
    kev: { dateAdded: '2025-01-01', ransomware: true },
    exploits: ['EDB-1'],
    exploitation: 'active',
  },
  { id: 'CVE-2024-9', rejected: true },
];

test('one vulnerability with everything that is known of it, by any of its names', async (context) => {
  const database = await compiledDatabase(context, ADVISORIES, FACTS);
  const shown = showVulnerability(database, 'cve-2024-1');
  assert.ok(shown);
  assert.deepEqual(
    shown.advisories.map(({ id, affected }) => [id, affected.map(({ stream, name, ranges }) => [stream, name, ranges])]),
    [
      ['DSA-5000-1', [['debian/12', 'leftpad', [{ introduced: '0' }]]]],
      [
        'GHSA-aaaa-bbbb-cccc',
        [
          [
            'npm',
            'leftpad',
            [
              { introduced: '0', fixed: '1.2.0' },
              { introduced: '2.0.0', lastAffected: '2.1.0' },
            ],
          ],
          ['npm', 'leftpad-more', [{ introduced: '1.0.0' }]],
          ['npm', 'odd', []],
          ['npm', 'odd-dev', []],
        ],
      ],
    ],
  );
  assert.equal(showVulnerability(database, 'ghsa-AAAA-bbbb-CCCC')?.advisories[0]?.id, 'GHSA-aaaa-bbbb-cccc');
  assert.deepEqual(showVulnerability(database, 'CVE-2024-9')?.facts?.rejected, true);
  assert.equal(showVulnerability(database, 'CVE-1999-1'), undefined);

  const text = [...renderShow(shown, PLAIN)].join('');
  for (const part of [
    'Padding',
    'Padding, at length. It goes on.',
    'EPSS        12.3 % on 2026-01-01',
    'CISA KEV since 2025-01-01, used by ransomware',
    'before 1.2.0; from 2.0.0 up to 2.1.0',
    'from 1.0.0 on; 1 listed version',
    'npm  odd and 1 more  affected  not comparable: soon',
    'every version',
    'will-not-fix',
  ])
    assert.ok(text.includes(part), `${part} in\n${text}`);
  assert.ok(!text.includes('\u001b'), 'nothing of a source reaches the terminal as a command');
  const colored = [...renderShow(shown, { ...PLAIN, color: true })].join('');
  assert.equal(colored.replace(/\u001b\[\d+m/g, ''), text);
});

test('packages are found by a part of their name, exact ones first', async (context) => {
  const database = await compiledDatabase(context, ADVISORIES);
  assert.deepEqual(searchPackages(database, 'LEFTPAD', 10), [
    { stream: 'debian/12', name: 'leftpad', rows: 1 },
    { stream: 'npm', name: 'leftpad', rows: 1 },
    { stream: 'npm', name: 'leftpad-more', rows: 1 },
  ]);
  assert.deepEqual(searchPackages(database, 'leftpad', 1).length, 1);
  assert.deepEqual(searchPackages(database, 'nothing', 5), []);
  const text = [...renderSearch(searchPackages(database, 'left', 5), PLAIN)];
  assert.deepEqual(text, [
    'NAME          STREAM     ADVISORIES\n',
    'leftpad       debian/12           1\n',
    'leftpad       npm                 1\n',
    'leftpad-more  npm                 1\n',
  ]);
  assert.match([...renderSearch([], PLAIN)].join(''), /no such name/);
});

test('the status tells sources, their age, and what went wrong', async (context) => {
  const stale = { since: '2025-11-11T00:00:00Z', reason: 'no route to host' };
  const sources = [
    { ...sourceOf('osv/npm/all.zip', recordsOf(ADVISORIES.map((one) => ({ ...one, modified: '2025-10-10T00:00:00Z' })))), stale },
    ...['3.19', '3.20'].map((branch) => sourceOf(`alpine-secdb/v${branch}/main.json`, recordsOf([advisoryOf({ id: branch })]))),
    sourceOf('kev/kev.json', function* () {
      yield* recordsOf([], FACTS);
      throw new Error('boom');
    }),
  ];
  const opened = openDatabase(await compiledFile(context, sources));
  assert.ok(opened.ok);
  const status = databaseStatus(opened.value);
  opened.value.close();
  assert.deepEqual(status.streams, [
    { stream: 'debian/12', names: 1 },
    { stream: 'npm', names: 4 },
  ]);
  const text = [...renderStatus(status, PLAIN)].join('');
  assert.match(text, /4 advisories, 4 ranges, 2 streams/);
  assert.match(text, /osv\/npm\/all\.zip +mirror +2026-01-02 +2025-10-10 +2 +stale since 2025-11-11: no route to host/);
  assert.match(text, /kev\/kev\.json +mirror +2026-01-02 +2026-01-01 +2 +incomplete, see below/);
  assert.match(text, /alpine-secdb \(2 files\) +mirror +2026-01-02 +unknown +2\n/);
  assert.match(text, /boom/);
});

async function changesBetween(context: TestContext, before: readonly Advisory[], after: readonly Advisory[]) {
  const changes = diffDatabases(await compiledDatabase(context, before), await compiledDatabase(context, after));
  return changes.map(({ stream, name, change }) => `${change} ${stream} ${name}`);
}

test('a diff names exactly what has to be matched again', async (context) => {
  const [ghsa, dsa] = ADVISORIES;
  assert.ok(ghsa && dsa);
  const withFix = (fixed: string): Advisory => ({
    ...dsa,
    affected: dsa.affected.map((one) => ({ ...one, ranges: [{ fixed }] })),
  });
  const cases: readonly (readonly [string, readonly Advisory[], readonly Advisory[], readonly string[]])[] = [
    ['the same', ADVISORIES, ADVISORIES, []],
    ['another order', ADVISORIES, ADVISORIES.toReversed(), []],
    ['another advisory before it', [dsa], [{ ...ghsa, id: 'A-0', affected: [] }, dsa], []],
    [
      'gone and new',
      [ghsa],
      [dsa],
      ['added debian/12 leftpad', 'removed npm leftpad', 'removed npm leftpad-more', 'removed npm odd', 'removed npm odd-dev'],
    ],
    ['a fix', [dsa], [withFix('1.0')], ['changed debian/12 leftpad']],
    ['another fix', [withFix('1.0')], [withFix('1.1')], ['changed debian/12 leftpad']],
    [
      'inclusive instead',
      [withFix('1.0')],
      [{ ...dsa, affected: dsa.affected.map((one) => ({ ...one, ranges: [{ lastAffected: '1.0' }] })) }],
      ['changed debian/12 leftpad'],
    ],
    [
      'start instead of end',
      [withFix('1.0')],
      [{ ...dsa, affected: dsa.affected.map((one) => ({ ...one, ranges: [{ introduced: '1.0' }] })) }],
      ['changed debian/12 leftpad'],
    ],
    [
      'a note',
      [dsa],
      [{ ...dsa, affected: dsa.affected.map((one) => ({ ...one, note: 'new' })) }],
      ['changed debian/12 leftpad'],
    ],
    [
      'a status',
      [dsa],
      [{ ...dsa, affected: dsa.affected.map((one) => ({ ...one, status: 'not-affected' as const })) }],
      ['changed debian/12 leftpad'],
    ],
    ['vulnerabilities', [dsa], [{ ...dsa, vulnerabilities: ['CVE-2024-1'] }], ['changed debian/12 leftpad']],
    ['kind', [dsa], [{ ...dsa, kind: 'malware' }], ['changed debian/12 leftpad']],
    [
      'title, severity and date decide no match',
      [dsa],
      [{ ...dsa, title: 'new', modified: '2025-01-01T00:00:00Z', cwes: ['CWE-1'] }],
      [],
    ],
    ['ranges in another order', [{ ...ghsa, affected: ghsa.affected }], [{ ...ghsa, affected: ghsa.affected.toReversed() }], []],
  ];
  for (const [title, before, after, expected] of cases)
    assert.deepEqual(await changesBetween(context, before, after), expected, title);
});

test('a diff in words', () => {
  assert.deepEqual([...renderDiff([])], ['no difference\n']);
  assert.deepEqual(
    [...renderDiff([{ stream: 'npm', name: 'a', change: 'added' }])].join(''),
    'added    npm  a\n1 added, 0 changed, 0 removed\n',
  );
});

test('where the database is kept', () => {
  const cases: readonly (readonly [Readonly<Record<string, string>>, string, string])[] = [
    [{ HOME: '/home/u' }, '/home/u/.cache/vedette/advisories.vdb', '/home/u/.cache/vedette/sources'],
    [{ HOME: '/home/u', XDG_CACHE_HOME: '/c' }, '/c/vedette/advisories.vdb', '/c/vedette/sources'],
    [{ HOME: '/home/u', XDG_CACHE_HOME: '/c', VEDETTE_HOME: '/v' }, '/v/advisories.vdb', '/v/sources'],
    [{ VEDETTE_HOME: '/v', VEDETTE_DB: '/d/x.vdb' }, '/d/x.vdb', '/v/sources'],
    [
      { HOME: '/home/u', XDG_CACHE_HOME: '', VEDETTE_HOME: '', VEDETTE_DB: '' },
      '/home/u/.cache/vedette/advisories.vdb',
      '/home/u/.cache/vedette/sources',
    ],
    // The base directory specification: relative paths there are to be ignored.
    [{ HOME: '/home/u', XDG_CACHE_HOME: 'relative' }, '/home/u/.cache/vedette/advisories.vdb', '/home/u/.cache/vedette/sources'],
  ];
  for (const [env, database, sources] of cases) assert.deepEqual([databasePath(env), sourcesDirectory(env)], [database, sources]);
});
