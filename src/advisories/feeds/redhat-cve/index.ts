/**
 * Red Hat's view of each CVE: impact, and the packages that are affected without a fix, will not be fixed or are not affected.
 * Two forms: documents of the security data API (in mirrors), and the CSAF VEX archive, which is the only form published in bulk.
 */
import type { AdvisorySeverity, Affected } from '../../../model/advisory.ts';
import type { Feed, FeedFile, FeedRecord } from '../../feed.ts';
import { cvss, cwesIn, isCve, isoDate, severities, titleOf, word } from '../fields.ts';
import { isObject, type JsonObject, listAt, objectAt, textAt, textsAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { Malformed, readArchive } from '../reading.ts';
import { affectedOf, sourceComponent } from './package.ts';
import { isVex, vexAffected } from './vex.ts';

const PATHS = ['redhat-cve/securitydata-cve.tar.zst', 'redhat-cve/securitydata-cve.tar.gz', 'redhat-cve/csaf-vex.tar.zst'];
const UPSTREAM: FeedFile = {
  path: 'redhat-cve/csaf-vex.tar.zst',
  url: 'https://security.access.redhat.com/data/csaf/v2/vex/archive_latest.txt',
  through: 'latest-name',
  streams: ['rhel'],
};

interface Read {
  readonly id: string;
  readonly title: string | undefined;
  readonly description: string | undefined;
  readonly published: string | undefined;
  readonly severities: readonly AdvisorySeverity[];
  readonly cwes: readonly string[];
  readonly affected: readonly Affected[];
}

function readSecurityData(document: JsonObject): Read {
  const states = document.package_state;
  const list = Array.isArray(states) ? states : isObject(states) ? [states] : [];
  return {
    id: textAt(document, 'name') ?? '',
    title: titleOf(textAt(objectAt(document, 'bugzilla'), 'description')),
    description: descriptionOf(textsAt(document, 'details')[0]),
    published: isoDate(textAt(document, 'public_date')),
    severities: severities(
      word(textAt(document, 'threat_severity'), 'redhat'),
      cvss(textAt(objectAt(document, 'cvss3'), 'cvss3_scoring_vector'), 'redhat'),
    ),
    cwes: cwesIn(textAt(document, 'cwe')),
    affected: list.flatMap((state) => {
      const cpe = textAt(state, 'cpe');
      const component = textAt(state, 'package_name');
      const word = textAt(state, 'fix_state');
      if (cpe === undefined || component === undefined || word === undefined)
        throw new Malformed('a package state is incomplete');
      return affectedOf(cpe, sourceComponent(component), word) ?? [];
    }),
  };
}

function readVex(document: JsonObject): Read {
  const [vulnerability] = listAt(document, 'vulnerabilities');
  const note = listAt(vulnerability, 'notes').find((one) => textAt(one, 'category') === 'description');
  return {
    id: textAt(vulnerability, 'cve') ?? '',
    title: titleOf(textAt(vulnerability, 'title')),
    description: descriptionOf(textAt(note, 'text')),
    published: isoDate(textAt(vulnerability, 'release_date')),
    severities: severities(
      word(textAt(objectAt(objectAt(document, 'document'), 'aggregate_severity'), 'text'), 'redhat'),
      ...listAt(vulnerability, 'scores').map((score) => cvss(textAt(objectAt(score, 'cvss_v3'), 'vectorString'), 'redhat')),
    ),
    cwes: cwesIn(textAt(objectAt(vulnerability, 'cwe'), 'id')),
    affected: vexAffected(document, vulnerability),
  };
}

function* recordsOf(read: Read): Generator<FeedRecord> {
  const { id, title, description, published, severities: said, cwes, affected } = read;
  if (!isCve(id)) throw new Malformed('it has no CVE id');
  const head = {
    id,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
  };
  yield { kind: 'facts', facts: { ...head, severities: said, cwes } };
  if (affected.length === 0) return;
  yield {
    kind: 'advisory',
    advisory: {
      ...head,
      source: 'redhat-cve',
      url: `https://access.redhat.com/security/cve/${id}`,
      vulnerabilities: [id],
      aliases: [],
      kind: 'vulnerability',
      severities: said,
      cwes,
      affected,
    },
  };
}

export const redhatCve: Feed = {
  id: 'redhat-cve',
  title: 'Red Hat security data',
  specification: [
    'https://docs.redhat.com/en/documentation/red_hat_security_data_api/1.0/html/red_hat_security_data_api/',
    'https://redhatproductsecurity.github.io/security-data-guidelines/csaf-vex/',
  ],
  licence: 'CC-BY-4.0',
  files(present) {
    if (present.length === 0) return [UPSTREAM];
    const path = PATHS.find((candidate) => present.includes(candidate));
    return path === undefined ? [] : [{ ...UPSTREAM, path }];
  },
  parse: (file: FeedFile, path: string) =>
    readArchive(file, path, /(?:^|\/)cve-\d{4}-\d+\.json$/i, (content) => {
      const document: unknown = JSON.parse(content.toString('utf8'));
      if (isVex(document)) return recordsOf(readVex(document));
      if (!isObject(document)) throw new Malformed('it is not an object');
      return recordsOf(readSecurityData(document));
    }),
};
