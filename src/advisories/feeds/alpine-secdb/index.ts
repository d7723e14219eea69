/** Alpine's security database: which version of a source package fixed what, for each branch and repository. */
import type { Advisory, Affected } from '../../../model/advisory.ts';
import type { Feed, FeedFile } from '../../feed.ts';
import { normalizeName, osvStream } from '../../streams/index.ts';
import { isCve, sorted } from '../fields.ts';
import { isObject, listAt, objectAt, textAt } from '../json.ts';
import { isolated, Malformed, readFile, unknownStream } from '../reading.ts';

const FILE = /^alpine-secdb\/(v\d{1,3}\.\d{1,3}|edge)\/(?:main|community)\.json$/;
const BASE = 'https://secdb.alpinelinux.org';
/** Branches that upstream publishes; the newest may not be there yet, which an update tells as a file that could not be fetched. */
const BRANCHES = [...Array.from({ length: 23 }, (_, index) => `v3.${index + 2}`), 'edge'];
/** Branches before 3.3 have no community repository. */
const MAIN_ONLY = new Set(['v3.2']);

function fileOf(path: string): FeedFile {
  const branch = path.split('/')[1] ?? '';
  return {
    path,
    url: `${BASE}/${path.slice('alpine-secdb/'.length)}`,
    optional: true,
    streams: [`alpine/${branch.replace(/^v/, '')}`],
  };
}

const NAME =
  /^[A-Z][A-Za-z]{0,11}-[A-Za-z0-9][\w.:-]{0,60}\d[\w-]{0,20}$|^[a-z]{3,12}-sec-\d{4}-\d{1,5}$|^[A-Z]{2,4}\d{4,8}(?:-\d{1,5})?$/;

interface Named {
  readonly vulnerabilities: readonly string[];
  readonly aliases: readonly string[];
  /** What the entry says beside ids: `(not actually applicable)`, `(+ regression fix)`. */
  readonly remark: string;
}

/**
 * An entry names one CVE or several, and other ids for it; `CVE_2019-2426`, `CVE-2021-35940.patch`, `CVE-????-????? XSA-312` and
 * remarks in brackets occur.
 */
function readIds(entry: string): Named {
  const remark = /\(([^()]{1,200})\)/.exec(entry)?.[1] ?? '';
  const names = entry
    .replace(/\([^()]{0,200}\)?/g, ' ')
    .split(/[\s,;]+/, 50)
    .map((name) => name.replace(/^CVE_/, 'CVE-').replace(/\.patch$/, ''))
    // rsync's `CVE-2017-17434-1` and `-2` are two patches for one CVE.
    .map((name) => /^(CVE-\d{4}-\d{4,19})-\d{1,2}$/.exec(name)?.[1] ?? name)
    .filter((name) => NAME.test(name));
  const cves = sorted(names.filter(isCve));
  const others = sorted(names.filter((name) => !isCve(name)));
  if (cves.length > 0) return { vulnerabilities: cves, aliases: others, remark };
  const [main, ...aliases] = others;
  return { vulnerabilities: main === undefined ? [] : [main], aliases, remark };
}

interface Found {
  readonly aliases: Set<string>;
  readonly affected: Affected[];
}

function readPackage(item: unknown, stream: string, found: Map<string, Found>): string[] {
  const named = objectAt(item, 'pkg');
  const name = textAt(named, 'name');
  if (name === undefined) throw new Malformed('a package has no name');
  const secfixes = named.secfixes;
  if (secfixes === undefined || secfixes === null) return [];
  if (!isObject(secfixes)) throw new Malformed(`the fixes of ${name.slice(0, 100)} are not an object`);
  const odd: string[] = [];
  for (const [version, entries] of Object.entries(secfixes)) {
    if (!Array.isArray(entries)) continue;
    for (const entry of entries) {
      const { vulnerabilities, aliases, remark } = typeof entry === 'string' ? readIds(entry.slice(0, 500)) : readIds('');
      if (vulnerabilities.length === 0) odd.push(`${name} ${version}: ${String(entry).slice(0, 60)}`);
      // Version 0 means: looked at, and not affected.
      const safe = version === '0' || /\bnot (?:actually )?(?:applicable|affected)\b/i.test(remark);
      const affected: Affected = {
        stream,
        name: normalizeName(stream, name),
        status: safe ? 'not-affected' : 'affected',
        ranges: safe ? [{}] : [{ fixed: version }],
        names: 'source',
        ...(remark === '' ? {} : { note: remark }),
      };
      for (const id of vulnerabilities) {
        const known = found.get(id) ?? { aliases: new Set(), affected: [] };
        found.set(id, known);
        for (const alias of aliases) known.aliases.add(alias);
        known.affected.push(affected);
      }
    }
  }
  return odd;
}

function advisoryOf(id: string, { aliases, affected }: Found): Advisory {
  return {
    id,
    source: 'alpine-secdb',
    url: `https://security.alpinelinux.org/vuln/${encodeURIComponent(id)}`,
    vulnerabilities: [id],
    aliases: sorted(aliases),
    kind: 'vulnerability',
    severities: [],
    cwes: [],
    affected,
  };
}

export const alpineSecdb: Feed = {
  id: 'alpine-secdb',
  title: 'Alpine security database',
  specification: ['https://secdb.alpinelinux.org/', 'https://gitlab.alpinelinux.org/alpine/infra/docker/secdb'],
  licence: 'CC-BY-SA-4.0',
  files: (present) =>
    present.length > 0
      ? present.filter((path) => FILE.test(path)).map(fileOf)
      : BRANCHES.flatMap((branch) =>
          (MAIN_ONLY.has(branch) ? ['main'] : ['main', 'community']).map((repository) =>
            fileOf(`alpine-secdb/${branch}/${repository}.json`),
          ),
        ),
  parse: (file: FeedFile, path: string) =>
    readFile(file, path, function* (content, _name, tell) {
      const branch = FILE.exec(file.path)?.[1] ?? '';
      const stream = branch === 'edge' ? 'alpine/edge' : osvStream(`Alpine:${branch}`)?.stream;
      if (stream === undefined) {
        yield* tell(unknownStream(file.path, `Alpine ${branch}`));
        return;
      }
      const document: unknown = JSON.parse(content.toString('utf8'));
      if (!isObject(document) || !Array.isArray(document.packages)) throw new Malformed('it holds no list of packages');
      const found = new Map<string, Found>();
      for (const [index, item] of listAt(document, 'packages').entries()) {
        yield* isolated(`${file.path}#${index}`, tell, () =>
          readPackage(item, stream, found).flatMap((odd) =>
            tell({
              code: 'feed-id-unusable',
              message: `A fix names no vulnerability: ${odd}.`,
              effect: 'notice',
              path: file.path,
            }),
          ),
        );
      }
      for (const [id, entry] of found) yield { kind: 'advisory', advisory: advisoryOf(id, entry) };
    }),
};
