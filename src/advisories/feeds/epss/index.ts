/**
 * EPSS: the estimated probability of exploitation within 30 days. Every value carries the day it was computed for; where several
 * files speak of a CVE the database keeps the newest, and reports show the date. Old models' scores are never passed off as new ones.
 */
import type { Feed, FeedFile } from '../../feed.ts';
import { isCve } from '../fields.ts';
import { Malformed, readFile, recordProblem } from '../reading.ts';

const FILE = /^epss\/epss_scores-[^/]+\.csv(?:\.gz)?$/;
const UPSTREAM: FeedFile = {
  path: 'epss/epss_scores-current.csv.gz',
  url: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz',
  streams: [],
};

/** The day of the scores: the file's own comment before the file's name. */
function dateOf(comment: string, path: string): string {
  const date = /\bscore_date:(\d{4}-\d{2}-\d{2})/.exec(comment)?.[1] ?? /epss_scores-(\d{4}-\d{2}-\d{2})/.exec(path)?.[1];
  if (date === undefined) throw new Malformed('neither its first line nor its name says of which day the scores are');
  return date;
}

function probability(text: string | undefined): number | undefined {
  const value = text === undefined || text === '' ? Number.NaN : Number(text);
  return value >= 0 && value <= 1 ? value : undefined;
}

export const epss: Feed = {
  id: 'epss',
  title: 'Exploit Prediction Scoring System',
  specification: ['https://www.first.org/epss/data_stats'],
  licence: 'free with attribution to FIRST',
  files: (present) =>
    present.length === 0 ? [UPSTREAM] : present.filter((path) => FILE.test(path)).map((path) => ({ ...UPSTREAM, path })),
  parse: (file: FeedFile, path: string) =>
    readFile(file, path, function* (content, _name, tell) {
      const lines = content.toString('latin1').split('\n');
      let at = 0;
      let comment = '';
      while (lines[at]?.startsWith('#')) comment += lines[at++];
      const date = dateOf(comment, file.path);
      const header = (lines[at++] ?? '').trim().split(',');
      const [cve, score, rank] = [header.indexOf('cve'), header.indexOf('epss'), header.indexOf('percentile')];
      if (cve < 0 || score < 0) throw new Malformed('its header does not name the columns "cve" and "epss"');
      for (; at < lines.length; at++) {
        const line = (lines[at] ?? '').trim();
        if (line === '') continue;
        const fields = line.split(',');
        const id = fields[cve] ?? '';
        const value = probability(fields[score]);
        if (!isCve(id) || value === undefined) {
          yield* tell(recordProblem(`${file.path}#${at + 1}`, 'a line has no CVE id or no probability'));
          continue;
        }
        const percentile = probability(fields[rank]);
        yield { kind: 'facts', facts: { id, epss: { score: value, ...(percentile === undefined ? {} : { percentile }), date } } };
      }
    }),
};
