import type { FileContent } from '../../../artifacts/file.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { openZip, type ZipArchive, type ZipEntry } from '../../../artifacts/zip/index.ts';
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { mavenDraft } from '../../drafts.ts';
import { type Coordinates, coordinatesOf, fileIdentity, guessed, parseManifest } from './identity.ts';

const EXTENSIONS = ['.jar', '.war', '.ear', '.sar', '.par', '.kar', '.hpi', '.jpi'];
const NESTED = /\.(?:jar|war|ear|sar|par|kar|hpi|jpi)$/i;
const DESCRIPTOR = /(?:^|\/)META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MAX_DESCRIPTOR = 1024 * 1024;
const MAX_MANIFEST = 8 * 1024 * 1024;
const MAX_NESTED = 512 * 1024 * 1024;
/** Archives inside of one archive, over all levels. */
const MAX_ARCHIVES = 20_000;

interface Walk {
  readonly context: ExtractContext;
  readonly packages: PackageDraft[];
  readonly problems: Problem[];
  archives: number;
}

function read(walk: Walk, archive: ZipArchive, entry: ZipEntry, path: string, limit: number): Uint8Array | undefined {
  if (entry.size <= limit && !walk.context.spend(entry.size)) {
    const message = 'The archive holds more than may be inflated of one file: the rest of it was not looked at.';
    walk.problems.push(incomplete('archive-too-large', message, `${path}!/${entry.path}`));
    return undefined;
  }
  const bytes = archive.read(entry, limit);
  if (bytes.ok) return bytes.value;
  walk.problems.push({ ...bytes.problem, path: `${path}!/${entry.path}` });
  return undefined;
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
}

/** Whether the coordinates are those of the file: `guava-31.1-jre.jar` is `guava`. */
function isItself({ artifact, version }: Coordinates, path: string): boolean {
  const file = fileIdentity(path);
  return (
    file.artifact === artifact && (file.version === undefined || file.version === version || version.startsWith(file.version))
  );
}

function describe(walk: Walk, archive: ZipArchive, path: string): void {
  const found = new Map<string, Coordinates>();
  for (const entry of archive.entries) {
    if (!DESCRIPTOR.test(entry.path)) continue;
    const text = decode(read(walk, archive, entry, path, MAX_DESCRIPTOR));
    const coordinates = text === undefined ? undefined : coordinatesOf(text);
    if (coordinates !== undefined) found.set(`${coordinates.group}:${coordinates.artifact}:${coordinates.version}`, coordinates);
  }
  const all = [...found.values()];
  const known = all.some((coordinates) => isItself(coordinates, path));
  if (!known && all.length !== 1) {
    const entry = archive.entries.find((one) => one.path === 'META-INF/MANIFEST.MF');
    const text = entry === undefined ? undefined : decode(read(walk, archive, entry, path, MAX_MANIFEST));
    const own = guessed(path, text === undefined ? undefined : parseManifest(text));
    // A shaded jar without a descriptor of its own; what has no group then is listed only when nothing else is known.
    if (own !== undefined && (all.length === 0 || own.group !== undefined)) all.push(own);
  }
  for (const { group, artifact, version } of all) walk.packages.push(mavenDraft(group, artifact, version, { paths: [path] }));
}

function look(walk: Walk, content: FileContent, path: string, depth: number): void {
  const opened = openZip(content);
  if (!opened.ok) {
    walk.problems.push({ ...opened.problem, path });
    return;
  }
  walk.problems.push(...opened.value.problems.map((problem) => ({ ...problem, path: problem.path ?? path })));
  describe(walk, opened.value, path);
  for (const entry of opened.value.entries) {
    if (!NESTED.test(entry.path) || entry.kind !== 'file') continue;
    const inner = `${path}!/${entry.path}`;
    if (depth <= 0 || ++walk.archives > MAX_ARCHIVES) {
      const why = depth <= 0 ? 'is nested too deeply' : 'is one of too many';
      walk.problems.push(incomplete('archive-nested', `The archive ${why}: it was not looked at.`, inner));
      if (depth > 0) return;
      continue;
    }
    const bytes = read(walk, opened.value, entry, path, MAX_NESTED);
    if (bytes !== undefined) look(walk, memoryContent(inner, bytes), inner, depth - 1);
  }
}

function extract(file: FileContent, context: ExtractContext): Extract {
  const walk: Walk = { context, packages: [], problems: [], archives: 0 };
  look(walk, file, file.path, context.depth);
  const unique = new Map<string, PackageDraft>();
  for (const draft of walk.packages) {
    const known = unique.get(draft.purl);
    unique.set(draft.purl, known === undefined ? draft : { ...known, paths: [...(known.paths ?? []), ...(draft.paths ?? [])] });
  }
  return { packages: [...unique.values()], ...(walk.problems.length > 0 ? { problems: walk.problems } : {}) };
}

export const javaArchive: Cataloger = {
  id: 'java-archive',
  title: 'Java archives',
  specification: [
    'https://docs.oracle.com/en/java/javase/21/docs/specs/jar/jar.html',
    'https://maven.apache.org/shared/maven-archiver/',
  ],
  version: 2,
  packageTypes: ['maven'],
  evidence: 'installed',
  reads: ['jar, war, ear, sar, par, kar, hpi, jpi, nested and shaded: pom.properties, manifest, file name'],
  patterns: EXTENSIONS.map((extension) => ({ extension })),
  extract,
};
