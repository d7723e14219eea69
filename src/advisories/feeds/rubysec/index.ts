/** ruby-advisory-db: states what is patched and what never was affected; everything else is affected. */
import type { Advisory, AdvisorySeverity } from '../../../model/advisory.ts';
import { schemes } from '../../../versions/registry.ts';
import type { Feed, FeedFile } from '../../feed.ts';
import { normalizeName } from '../../streams/index.ts';
import { archiveFiles } from '../choose.ts';
import { cvss, isCve, isoDate, severities, titleOf } from '../fields.ts';
import { everything, without } from '../intervals.ts';
import { type JsonObject, textAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { Malformed, readArchive } from '../reading.ts';
import { readYaml } from '../yaml.ts';
import { readRequirement } from './requirement.ts';

/** The requirements at a key: a list of texts, or nothing. */
function requirements(document: JsonObject, key: string): readonly string[] {
  const value = document[key] ?? [];
  if (!Array.isArray(value)) throw new Malformed(`${key} is not a list`);
  return value.map((item) => {
    if (typeof item !== 'string' && typeof item !== 'number')
      throw new Malformed(`${key} holds something that is no requirement`);
    return String(item);
  });
}

/** The database gives scores without vectors; a band is all that can be told from them. */
function scoreWord(document: JsonObject): AdvisorySeverity | undefined {
  const score = [document.cvss_v3, document.cvss_v4, document.cvss_v2].find((value) => typeof value === 'number');
  if (typeof score !== 'number' || !(score > 0)) return undefined;
  const band = score >= 9 ? 'critical' : score >= 7 ? 'high' : score >= 4 ? 'medium' : 'low';
  return { kind: 'word', value: band, source: 'rubysec' };
}

function readAdvisory(document: JsonObject, path: string): Advisory {
  const id = path.slice(path.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '');
  const gem = textAt(document, 'gem');
  const engine = textAt(document, 'engine');
  const name = gem ?? engine;
  if (name === undefined) throw new Malformed('it names no gem and no engine');
  const stream = gem === undefined ? `generic/${name.toLowerCase()}` : 'RubyGems';
  const safe = [...requirements(document, 'patched_versions'), ...requirements(document, 'unaffected_versions')];
  const affected = without([everything()], safe.map(readRequirement), schemes.gem);
  const cve = `CVE-${String(document.cve ?? '')}`;
  const ghsa = textAt(document, 'ghsa');
  const main = isCve(cve) ? cve : id;
  const title = titleOf(textAt(document, 'title'));
  const description = descriptionOf(textAt(document, 'description'), 'markdown');
  const published = isoDate(textAt(document, 'date'));
  const platform = textAt(document, 'platform');
  return {
    id,
    source: 'rubysec',
    url: textAt(document, 'url') ?? 'https://rubysec.com/',
    vulnerabilities: [main],
    aliases: ghsa === undefined || `GHSA-${ghsa}` === main || `GHSA-${ghsa}` === id ? [] : [`GHSA-${ghsa}`],
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published, modified: published }),
    kind: 'vulnerability',
    severities: severities(cvss(textAt(document, 'cvss_v3_vector'), 'rubysec'), scoreWord(document)),
    cwes: [],
    affected: [
      {
        stream,
        name: normalizeName(stream, name),
        status: 'affected',
        ...affected,
        names: 'binary',
        ...(platform === undefined ? {} : { note: `only on ${platform.slice(0, 50)}` }),
      },
    ],
  };
}

export const rubysec: Feed = {
  id: 'rubysec',
  title: 'Ruby Advisory Database',
  specification: ['https://github.com/rubysec/ruby-advisory-db#directory-structure'],
  licence: 'public domain',
  files: archiveFiles(
    'rubysec/ruby-advisory-db',
    'https://github.com/rubysec/ruby-advisory-db/archive/refs/heads/master.tar.gz',
    ['RubyGems', 'generic/ruby', 'generic/jruby', 'generic/mruby'],
  ),
  parse: (file: FeedFile, path: string) =>
    readArchive(file, path, /(?:^|\/)(?:gems|rubies)\/[^/]+\/[^/]+\.yml$/, function* (content, name) {
      const advisory = readAdvisory(readYaml(content), name);
      if (advisory.affected.some(({ ranges }) => ranges.length > 0)) yield { kind: 'advisory', advisory };
    }),
};
