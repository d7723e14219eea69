/** FriendsOfPHP security advisories: intervals of affected versions, one for each branch. */
import type { Advisory } from '../../../model/advisory.ts';
import { schemes } from '../../../versions/registry.ts';
import type { Feed, FeedFile } from '../../feed.ts';
import { normalizeName } from '../../streams/index.ts';
import { archiveFiles } from '../choose.ts';
import { isCve, isoDate, titleOf } from '../fields.ts';
import { comparison, type Interval, meet, within } from '../intervals.ts';
import { isObject, type JsonObject, objectAt, textAt } from '../json.ts';
import { Malformed, readArchive } from '../reading.ts';
import { readYaml } from '../yaml.ts';

function branchInterval(name: string, branch: unknown): Interval {
  const versions = isObject(branch) ? branch.versions : undefined;
  const bounds = Array.isArray(versions) ? versions : [versions];
  const parts = bounds.map((bound) => {
    const interval = typeof bound === 'string' || typeof bound === 'number' ? comparison(String(bound)) : undefined;
    if (interval === undefined) throw new Malformed(`branch ${name.slice(0, 50)} has no usable versions`);
    return interval;
  });
  return meet(parts, schemes.composer);
}

function readAdvisory(document: JsonObject, path: string): Advisory {
  const reference = textAt(document, 'reference') ?? '';
  const name = /^composer:\/\/(\S+\/\S+)$/.exec(reference)?.[1];
  if (name === undefined) throw new Malformed(`its reference "${reference.slice(0, 100)}" is no Composer package`);
  const branches = Object.entries(objectAt(document, 'branches'));
  if (branches.length === 0) throw new Malformed('it has no branches');
  const cve = textAt(document, 'cve') ?? '';
  const own = `${name}/${path.slice(path.lastIndexOf('/') + 1).replace(/\.ya?ml$/, '')}`;
  const id = isCve(cve) ? cve : own;
  const times = branches.flatMap(([, branch]) => isoDate(textAt(branch, 'time')) ?? []).sort();
  const [published] = times;
  const title = titleOf(textAt(document, 'title'));
  return {
    id,
    source: 'friendsofphp',
    url: textAt(document, 'link') ?? 'https://github.com/FriendsOfPHP/security-advisories',
    vulnerabilities: [id],
    aliases: [],
    ...(title === undefined ? {} : { title }),
    ...(published === undefined ? {} : { published }),
    kind: 'vulnerability',
    severities: [],
    cwes: [],
    affected: [
      {
        stream: 'Packagist',
        name: normalizeName('Packagist', name),
        status: 'affected',
        ...within(
          branches.map(([branch, value]) => branchInterval(branch, value)),
          schemes.composer,
        ),
        names: 'binary',
      },
    ],
  };
}

export const friendsofphp: Feed = {
  id: 'friendsofphp',
  title: 'FriendsOfPHP security advisories',
  specification: ['https://github.com/FriendsOfPHP/security-advisories#contributing'],
  licence: 'Unlicense',
  files: archiveFiles(
    'friendsofphp/security-advisories',
    'https://github.com/FriendsOfPHP/security-advisories/archive/refs/heads/master.tar.gz',
    ['Packagist'],
  ),
  parse: (file: FeedFile, path: string) =>
    // The repository also holds its own configuration (`.github/…`, `.travis.yml`).
    readArchive(file, path, /^(?!(?:[^/]+\/)?\.)(?:[^/]+\/)?[^/]+\/[^/]+\/[^/.][^/]*\.yaml$/, function* (content, name) {
      yield { kind: 'advisory', advisory: readAdvisory(readYaml(content), name) };
    }),
};
