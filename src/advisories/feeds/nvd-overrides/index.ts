/** CPE configurations that Anchore adds where NVD has not analysed a CVE: versions of software outside package managers. */
import type { Advisory, Affected, VersionRange } from '../../../model/advisory.ts';
import type { Feed, FeedFile } from '../../feed.ts';
import { normalizeName } from '../../streams/index.ts';
import { archiveFiles } from '../choose.ts';
import { isCve, isoDate, sorted, titleOf } from '../fields.ts';
import { isObject, listAt, objectAt, textAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { Malformed, readArchive } from '../reading.ts';
import { readCpe } from './cpe.ts';
import { PRODUCTS } from './products.ts';

/** What all criteria together say of one product. */
interface Collected {
  readonly ranges: Map<string, VersionRange>;
  readonly versions: Set<string>;
  readonly unaffected: Set<string>;
}

/** A single version as the program prints it: the update belongs to it (`1.8.0` + `update431` is `1.8.0_431`). */
function exactVersion(version: string, update: string): string {
  if (update === '*' || update === '-') return version;
  const java = /^update_?(\d{1,5})$/.exec(update)?.[1];
  return java === undefined ? `${version}${/^\d/.test(update) ? '.' : '-'}${update}` : `${version}_${java}`;
}

function collect(match: unknown, products: Map<string, Collected>): void {
  const criteria = textAt(match, 'criteria');
  if (criteria === undefined) throw new Malformed('a match has no criteria');
  const cpe = readCpe(criteria);
  if (cpe === undefined) throw new Malformed(`"${criteria.slice(0, 100)}" is no CPE 2.3`);
  const key = `${cpe.vendor}:${cpe.product}`;
  const name = Object.hasOwn(PRODUCTS, key) ? PRODUCTS[key] : undefined;
  // A target software says that it is a plug-in or a client for something else.
  if (name === undefined || !isObject(match) || match.vulnerable !== true || !/^[*-]$/.test(cpe.targetSoftware)) return;
  const found = products.get(name) ?? { ranges: new Map(), versions: new Set(), unaffected: new Set() };
  products.set(name, found);
  if (cpe.version !== '*') {
    if (cpe.version !== '-') found.versions.add(exactVersion(cpe.version, cpe.update));
    return;
  }
  const after = textAt(match, 'versionStartExcluding');
  const introduced = textAt(match, 'versionStartIncluding') ?? after;
  const fixed = textAt(match, 'versionEndExcluding');
  const lastAffected = textAt(match, 'versionEndIncluding');
  if (after !== undefined) found.unaffected.add(after);
  const range = {
    ...(introduced === undefined ? {} : { introduced }),
    ...(fixed !== undefined ? { fixed } : lastAffected === undefined ? {} : { lastAffected }),
  };
  found.ranges.set(JSON.stringify(range), range);
}

function affectedOf(name: string, { ranges, versions, unaffected }: Collected): Affected {
  const stream = `generic/${name}`;
  return {
    stream,
    name: normalizeName(stream, name),
    status: 'affected',
    ranges: [...ranges.values()],
    ...(versions.size === 0 ? {} : { versions: sorted(versions) }),
    ...(unaffected.size === 0 ? {} : { unaffectedVersions: sorted(unaffected) }),
    names: 'binary',
  };
}

/** Undefined when nothing in it is one of the products. */
function readAdvisory(record: unknown): Advisory | undefined {
  const annotation = objectAt(record, '_annotation');
  const id = textAt(annotation, 'cve_id') ?? '';
  if (!isCve(id)) throw new Malformed('it has no CVE id');
  const products = new Map<string, Collected>();
  for (const configuration of listAt(objectAt(record, 'cve'), 'configurations')) {
    for (const node of listAt(configuration, 'nodes')) {
      if (isObject(node) && node.negate === true) continue;
      for (const match of listAt(node, 'cpeMatch')) collect(match, products);
    }
  }
  if (products.size === 0) return undefined;
  const title = titleOf(textAt(annotation, 'description'));
  const description = descriptionOf(textAt(annotation, 'description'));
  const published = isoDate(textAt(annotation, 'published'));
  const modified = isoDate(textAt(annotation, 'modified'));
  return {
    id,
    source: 'nvd-overrides',
    url: `https://nvd.nist.gov/vuln/detail/${id}`,
    vulnerabilities: [id],
    aliases: [],
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
    ...(modified === undefined ? {} : { modified }),
    kind: 'vulnerability',
    severities: [],
    cwes: [],
    affected: [...products].map(([name, found]) => affectedOf(name, found)).sort((a, b) => (a.stream < b.stream ? -1 : 1)),
  };
}

export const nvdOverrides: Feed = {
  id: 'nvd-overrides',
  title: 'NVD data overrides',
  specification: ['https://github.com/anchore/nvd-data-overrides', 'https://nvd.nist.gov/developers/vulnerabilities'],
  licence: 'CC0-1.0',
  files: archiveFiles(
    'nvd-overrides/nvd-data-overrides',
    'https://github.com/anchore/nvd-data-overrides/archive/refs/heads/main.tar.gz',
    sorted(Object.values(PRODUCTS)).map((name) => `generic/${name}`),
  ),
  parse: (file: FeedFile, path: string) =>
    readArchive(file, path, /(?:^|\/)CVE-\d{4}-\d+\.json$/, function* (content) {
      const advisory = readAdvisory(JSON.parse(content.toString('utf8')));
      if (advisory) yield { kind: 'advisory', advisory };
    }),
};
