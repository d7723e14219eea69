/** CISA's Known Exploited Vulnerabilities. */
import type { Feed, FeedFile } from '../../feed.ts';
import { fixedFiles } from '../choose.ts';
import { cwesIn, isCve, sorted, titleOf } from '../fields.ts';
import { isObject, listAt, textAt, textsAt } from '../json.ts';
import { isolated, Malformed, readFile } from '../reading.ts';

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export const kev: Feed = {
  id: 'kev',
  title: 'CISA Known Exploited Vulnerabilities',
  specification: ['https://www.cisa.gov/known-exploited-vulnerabilities-catalog'],
  licence: 'CC0-1.0',
  files: fixedFiles([
    {
      path: 'kev/known_exploited_vulnerabilities.json',
      url: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
      streams: [],
    },
  ]),
  parse: (file: FeedFile, path: string) =>
    readFile(file, path, function* (content, _name, tell) {
      const catalog: unknown = JSON.parse(content.toString('utf8'));
      if (!isObject(catalog) || !Array.isArray(catalog.vulnerabilities))
        throw new Malformed('it holds no list of vulnerabilities');
      for (const [index, entry] of listAt(catalog, 'vulnerabilities').entries()) {
        yield* isolated(`${file.path}#${index}`, tell, () => {
          const id = textAt(entry, 'cveID') ?? '';
          const dateAdded = textAt(entry, 'dateAdded') ?? '';
          if (!isCve(id) || !DAY.test(dateAdded)) throw new Malformed('it has no CVE id or no date');
          const dueDate = textAt(entry, 'dueDate');
          const title = titleOf(textAt(entry, 'vulnerabilityName'));
          return [
            {
              kind: 'facts',
              facts: {
                id,
                ...(title === undefined ? {} : { title }),
                cwes: sorted(textsAt(entry, 'cwes').flatMap(cwesIn)),
                kev: {
                  dateAdded,
                  ...(dueDate !== undefined && DAY.test(dueDate) ? { dueDate } : {}),
                  ransomware: textAt(entry, 'knownRansomwareCampaignUse')?.toLowerCase() === 'known',
                },
              },
            },
          ];
        });
      }
    }),
};
