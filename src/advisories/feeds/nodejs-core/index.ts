/** Vulnerabilities of Node.js itself, as the security working group lists them in npm range syntax. */
import { Range } from 'semver';
import type { Advisory } from '../../../model/advisory.ts';
import { messageOf } from '../../../model/problem.ts';
import { schemes } from '../../../versions/registry.ts';
import type { Feed, FeedFile } from '../../feed.ts';
import { fixedFiles } from '../choose.ts';
import { cvss, isCve, isoDate, severities, sorted, titleOf, word } from '../fields.ts';
import { type Interval, meet, without } from '../intervals.ts';
import { isObject, type JsonObject, textAt, textsAt } from '../json.ts';
import { descriptionOf } from '../prose.ts';
import { isolated, Malformed, readFile } from '../reading.ts';

/**
 * The intervals of a range. semver writes the end of `8.x` as `<9.0.0-0`; the `-0` is dropped, so that neighbouring lines join and
 * the end of a vulnerable line can be told as the version to move to.
 */
function intervalsOf(text: string): Interval[] {
  if (text.length > 1000) throw new Malformed('a range is too long');
  let range: Range;
  try {
    range = new Range(text);
  } catch (error) {
    throw new Malformed(messageOf(error));
  }
  return range.set.map((comparators) =>
    meet(
      comparators.map(({ operator, semver }): Interval => {
        const version = typeof semver === 'object' && 'version' in semver ? semver.version.replace(/-0$/, '') : undefined;
        if (version === undefined) return {};
        if (operator === '>=' || operator === '>') return { low: { version, inclusive: operator === '>=' } };
        if (operator === '<=' || operator === '<') return { high: { version, inclusive: operator === '<=' } };
        return { low: { version, inclusive: true }, high: { version, inclusive: true } };
      }),
      schemes.npm,
    ),
  );
}

function readAdvisory(key: string, entry: JsonObject): Advisory {
  const vulnerable = textAt(entry, 'vulnerable');
  if (vulnerable === undefined) throw new Malformed('it does not say what is vulnerable');
  const patched = textAt(entry, 'patched');
  const versions = without(intervalsOf(vulnerable), patched === undefined ? [] : intervalsOf(patched), schemes.npm);
  const id = `NSWG-COR-${key}`;
  const cves = sorted(textsAt(entry, 'cve').filter(isCve));
  const title = titleOf(textAt(entry, 'description') ?? textAt(entry, 'overview'));
  const description = descriptionOf(textAt(entry, 'overview') ?? textAt(entry, 'description'), 'markdown');
  const published = isoDate(textAt(entry, 'publish_date'));
  const vector = textAt(entry, 'cvss')?.replace(/^(?:CVSS:)?/, 'CVSS:');
  const only = textsAt(entry, 'affectedEnvironments').filter((environment) => environment !== 'all');
  return {
    id,
    source: 'nodejs-core',
    url: textAt(entry, 'ref')?.split(/\s/)[0] ?? 'https://github.com/nodejs/security-wg/tree/main/vuln/core',
    vulnerabilities: cves.length > 0 ? cves : [id],
    aliases: [],
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
    kind: 'vulnerability',
    severities: severities(cvss(vector, 'nodejs-core'), word(textAt(entry, 'severity'), 'nodejs-core')),
    cwes: [],
    affected: [
      {
        stream: 'generic/node',
        name: 'node',
        status: 'affected',
        ...versions,
        names: 'binary',
        ...(only.length === 0 ? {} : { note: `only on ${only.join(', ').slice(0, 100)}` }),
      },
    ],
  };
}

export const nodejsCore: Feed = {
  id: 'nodejs-core',
  title: 'Node.js core vulnerabilities',
  specification: ['https://github.com/nodejs/security-wg/tree/main/vuln'],
  licence: 'MIT',
  files: fixedFiles([
    {
      path: 'nodejs-core/index.json',
      url: 'https://raw.githubusercontent.com/nodejs/security-wg/main/vuln/core/index.json',
      streams: ['generic/node'],
    },
  ]),
  parse: (file: FeedFile, path: string) =>
    readFile(file, path, function* (content, _name, tell) {
      const list: unknown = JSON.parse(content.toString('utf8'));
      if (!isObject(list) || Object.keys(list).length === 0) throw new Malformed('it holds no vulnerabilities');
      for (const [key, entry] of Object.entries(list)) {
        yield* isolated(`${file.path}#${key.slice(0, 50)}`, tell, () => {
          if (!isObject(entry)) throw new Malformed('it is not an object');
          return [{ kind: 'advisory', advisory: readAdvisory(key, entry) }];
        });
      }
    }),
};
