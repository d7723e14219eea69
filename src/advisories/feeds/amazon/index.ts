/** Amazon Linux security bulletins (ALAS) from each repository's updateinfo. */
import type { Advisory, Affected } from '../../../model/advisory.ts';
import { messageOf } from '../../../model/problem.ts';
import type { Feed, FeedFile, FeedRecord } from '../../feed.ts';
import { normalizeName } from '../../streams/index.ts';
import { unpacked } from '../archive.ts';
import { isCve, isoDate, severities, sorted, titleOf, word } from '../fields.ts';
import { descriptionOf } from '../prose.ts';
import { fileProblem, isolated, Malformed, problemCounter } from '../reading.ts';
import { REPOSITORIES, type Repository, repositoryOf } from './repositories.ts';
import { readUpdates, type Update, type UpdatePackage } from './updateinfo.ts';

const FILE = /^amazon\/(.+)\/repodata\/updateinfo\.xml(?:\.gz|\.zst)?$/;

function fileOf({ stream, mirrorList }: Repository, path: string): FeedFile {
  const extra = stream.startsWith('amazon/2/extras/');
  return { path, url: mirrorList, through: 'mirror-list', ...(extra ? { optional: true } : {}), streams: [stream] };
}

/** Bulletins are filed under their product, without its number: `ALAS2KERNEL-5.10-2022-001` is `AL2/ALASKERNEL-5.10-2022-001`. */
function pageOf(id: string): string {
  const [, product = ''] = /^ALAS(2023|2)?/.exec(id) ?? [];
  return `https://alas.aws.amazon.com/${product === '' ? '' : `AL${product}/`}${encodeURIComponent(id.replace(/^ALAS(?:2023|2)/, 'ALAS'))}.html`;
}

/**
 * Extras offer several kernel lines under one package name. A bulletin for one line says nothing about kernels before it, so its
 * ranges start with the line.
 */
function lineOf(stream: string, version: string): string | undefined {
  const line = /\/kernel-(\d+\.\d+)$/.exec(stream)?.[1];
  return line !== undefined && version.replace(/^\d+:/, '').startsWith(`${line}.`) ? line : undefined;
}

/** One entry for each name and version, with the architectures that have it. */
function affectedOf(packages: readonly UpdatePackage[], stream: string): Affected[] {
  const builds = new Map<string, { readonly build: UpdatePackage; readonly architectures: Set<string> }>();
  for (const build of packages) {
    if (build.architecture === 'src') continue;
    const key = `${build.name} ${build.version}`;
    const known = builds.get(key);
    if (known) known.architectures.add(build.architecture);
    else builds.set(key, { build, architectures: new Set([build.architecture]) });
  }
  return [...builds.values()].map(({ build: { name, version }, architectures }) => {
    const line = lineOf(stream, version);
    const restricted = !architectures.has('noarch') && !architectures.has('');
    return {
      stream,
      name: normalizeName(stream, name),
      status: 'affected',
      ranges: [{ ...(line === undefined ? {} : { introduced: line }), fixed: version }],
      ...(restricted ? { architectures: sorted(architectures) } : {}),
      names: 'binary',
    };
  });
}

/** What stands before the words about the first CVE. */
const PREAMBLE = /^Package updates are available for [^\n]{1,200}:\s+CVE-[\d-]+:\s+/;

function readAdvisory(update: Update, stream: string): Advisory {
  const { id, cves } = update;
  if (!/^[\w.-]{1,80}$/.test(id)) throw new Malformed('an update has no id');
  const listed = sorted(cves.filter(isCve));
  const title = titleOf(update.title);
  const description = descriptionOf(listed.length === 1 ? update.description.replace(PREAMBLE, '') : update.description);
  const published = isoDate(update.issued);
  const modified = isoDate(update.updated);
  return {
    id,
    source: 'amazon',
    url: pageOf(id),
    vulnerabilities: listed.length > 0 ? listed : [id],
    aliases: [],
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    ...(published === undefined ? {} : { published }),
    ...(modified === undefined ? {} : { modified }),
    kind: 'vulnerability',
    severities: severities(word(update.severity, 'amazon')),
    cwes: [],
    affected: affectedOf(update.packages, stream),
  };
}

async function* parse(file: FeedFile, path: string): AsyncGenerator<FeedRecord> {
  const counter = problemCounter(file.path);
  const stream = repositoryOf(FILE.exec(file.path)?.[1] ?? '')?.stream ?? '';
  try {
    for await (const update of readUpdates(unpacked(path))) {
      // Bug fixes and enhancements are published in the same form.
      if (update.type !== 'security') continue;
      yield* isolated(`${file.path}#${update.id.slice(0, 80)}`, counter.add, () => [
        { kind: 'advisory', advisory: readAdvisory(update, stream) },
      ]);
    }
  } catch (error) {
    yield* counter.add(fileProblem(file.path, messageOf(error)));
  }
  yield* counter.rest();
}

export const amazon: Feed = {
  id: 'amazon',
  title: 'Amazon Linux Security Center',
  specification: ['https://alas.aws.amazon.com/', 'https://docs.aws.amazon.com/linux/al2023/ug/security-inplace-update.html'],
  licence: 'no explicit licence stated by the publisher',
  files: (present) =>
    present.length === 0
      ? REPOSITORIES.map((repository) => fileOf(repository, `amazon/${repository.folder}/repodata/updateinfo.xml.gz`))
      : present.flatMap((path) => {
          const repository = repositoryOf(FILE.exec(path)?.[1] ?? '');
          return repository === undefined ? [] : [fileOf(repository, path)];
        }),
  parse,
};
