import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { collect, readFeed } from '../../../../tests/support/feed.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { epss } from './index.ts';

test('the daily file: date of the first line, percentile', async (context) => {
  const csv =
    '#model_version:v2025.03.14,score_date:2026-01-02T00:00:00+0000\ncve,epss,percentile\nCVE-2021-44228,0.94358,0.99961\r\n';
  const output = await readFeed(context, epss, 'epss/epss_scores-current.csv.gz', gzipSync(csv));
  assert.deepEqual(output.facts, [{ id: 'CVE-2021-44228', epss: { score: 0.94358, percentile: 0.99961, date: '2026-01-02' } }]);
});

test('without a first line the name tells the date; without either nothing is believed', async (context) => {
  const csv = 'cve,epss\nCVE-2017-0001,0.04847\n';
  const output = await readFeed(context, epss, 'epss/epss_scores-2021-08-31.csv', csv);
  assert.deepEqual(output.facts, [{ id: 'CVE-2017-0001', epss: { score: 0.04847, date: '2021-08-31' } }]);
  const undated = await readFeed(context, epss, 'epss/epss_scores-current.csv', csv);
  assert.deepEqual([undated.facts, undated.problems.map(({ code }) => code)], [[], ['feed-file-unreadable']]);
});

test('malformed lines cost only themselves, and not every one is told', async (context) => {
  const bad = Array.from({ length: 100 }, () => 'CVE-1,2\n').join('');
  const output = await readFeed(
    context,
    epss,
    'epss/epss_scores-2021-08-31.csv',
    `cve,epss\n${bad}CVE-2017-0001,0.5\nCVE-2017-0002,\n`,
  );
  assert.equal(output.facts.length, 1);
  assert.equal(output.problems.length, 21);
  assert.match(output.problems[20]?.message ?? '', /^81 more problems/);
});

test('a mirror may hold several days; all are read and each keeps its date', async (context) => {
  const path = needShared(context, 'epss');
  if (path === undefined) return;
  const names = ['2021-08-31', '2025-07-05.exploited-subset', '2026-08-22.kev-subset'].map(
    (day) => `epss/epss_scores-${day}.csv.gz`,
  );
  const counts: (readonly [number, string | undefined])[] = [];
  for (const file of epss.files(['epss/README.md', ...names])) {
    const output = await collect(epss.parse(file, `${path}/../${file.path}`));
    assert.deepEqual(output.problems, []);
    counts.push([output.facts.length, output.facts[0]?.epss?.date]);
  }
  assert.deepEqual(counts, [
    [72272, '2021-08-31'],
    [6182, '2025-07-05'],
    [1556, '2026-08-22'],
  ]);
});
