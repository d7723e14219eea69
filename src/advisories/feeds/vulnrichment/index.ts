/** CISA's enrichment of CVE records: the CNA's own words, CVSS, CWE, and SSVC's exploitation. */
import type { AdvisorySeverity, VulnerabilityFacts } from '../../../model/advisory.ts';
import type { Feed, FeedFile, PartialFacts } from '../../feed.ts';
import { archiveFiles } from '../choose.ts';
import { cvss, cwesIn, isCve, isoDate, severities, sorted, titleOf } from '../fields.ts';
import { listAt, objectAt, textAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { Malformed, readArchive } from '../reading.ts';

const METRICS = ['cvssV4_0', 'cvssV3_1', 'cvssV3_0', 'cvssV2_0'];
const EXPLOITATION: readonly VulnerabilityFacts['exploitation'][] = ['none', 'poc', 'active'];

function severitiesOf(container: unknown, source: string): AdvisorySeverity[] {
  return severities(
    ...listAt(container, 'metrics').flatMap((metric) =>
      METRICS.map((name) => cvss(textAt(objectAt(metric, name), 'vectorString'), source)),
    ),
  );
}

function cwesOf(container: unknown): readonly string[] {
  return listAt(container, 'problemTypes').flatMap((type) =>
    listAt(type, 'descriptions').flatMap((description) =>
      cwesIn(textAt(description, 'cweId') ?? textAt(description, 'description')),
    ),
  );
}

function exploitationOf(container: unknown): VulnerabilityFacts['exploitation'] {
  for (const metric of listAt(container, 'metrics')) {
    const ssvc = objectAt(metric, 'other');
    if (textAt(ssvc, 'type') !== 'ssvc') continue;
    for (const option of listAt(objectAt(ssvc, 'content'), 'options')) {
      const said = textAt(option, 'Exploitation')?.toLowerCase();
      const known = EXPLOITATION.find((point) => point === said);
      if (known) return known;
    }
  }
  return undefined;
}

function isCisa(container: unknown): boolean {
  return (
    textAt(objectAt(container, 'providerMetadata'), 'shortName') === 'CISA-ADP' ||
    textAt(container, 'title') === 'CISA ADP Vulnrichment'
  );
}

/** The CNA's words, in English where it has several languages. */
function wordsOf(cna: unknown): string | undefined {
  const all = listAt(cna, 'descriptions');
  return textAt(all.find((one) => /^en\b/i.test(textAt(one, 'lang') ?? '')) ?? all[0], 'value');
}

function readFacts(record: unknown): PartialFacts {
  const metadata = objectAt(record, 'cveMetadata');
  const id = textAt(metadata, 'cveId') ?? '';
  if (!isCve(id)) throw new Malformed('it has no CVE id');
  if (textAt(metadata, 'state') === 'REJECTED') return { id, rejected: true };
  const containers = objectAt(record, 'containers');
  const cna = objectAt(containers, 'cna');
  const cisa = listAt(containers, 'adp').filter(isCisa);
  const title = titleOf(textAt(cna, 'title') ?? textAt(listAt(cna, 'descriptions')[0], 'value'));
  const description = descriptionOf(wordsOf(cna));
  const published = isoDate(textAt(metadata, 'datePublished'));
  const exploitation = cisa.map(exploitationOf).find((said) => said !== undefined);
  return {
    id,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
    severities: [...severitiesOf(cna, 'cna'), ...severities(...cisa.flatMap((container) => severitiesOf(container, 'cisa-adp')))],
    cwes: sorted([cna, ...cisa].flatMap(cwesOf)),
    ...(exploitation === undefined ? {} : { exploitation }),
  };
}

export const vulnrichment: Feed = {
  id: 'vulnrichment',
  title: 'CISA Vulnrichment',
  specification: ['https://github.com/cisagov/vulnrichment', 'https://github.com/CVEProject/cve-schema'],
  licence: 'CC0-1.0',
  files: archiveFiles(
    'vulnrichment/vulnrichment',
    'https://github.com/cisagov/vulnrichment/archive/refs/heads/develop.tar.gz',
    [],
  ),
  parse: (file: FeedFile, path: string) =>
    readArchive(file, path, /(?:^|\/)CVE-\d{4}-\d+\.json$/, function* (content) {
      yield { kind: 'facts', facts: readFacts(JSON.parse(content.toString('utf8'))) };
    }),
};
