/** What single files of an installation say. */
import type { FileContent } from '../../../artifacts/file.ts';
import { decodeText } from '../../../artifacts/memory.ts';
import { basenameOf, parentOf } from '../../../artifacts/paths.ts';
import { openZip } from '../../../artifacts/zip/index.ts';
import { incomplete, messageOf } from '../../../model/problem.ts';
import type { Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { entries, fields, readJson, unexpected, unreadable } from '../../document.ts';
import { npmDraft } from '../../drafts.ts';
import { extractManifest, type Manifest, normalWants } from '../../javascript/manifest.ts';
import { licensesOf, packageName, packageVersion, unversionedDraft } from '../../javascript/names.ts';
import { folderName, isPlausiblePath, placeOf } from '../../javascript/resolution.ts';
import { type PnpPackage, parsePnp } from './pnp.ts';

/** An installed package's own package.json: its draft is in `packages`. */
export interface Installed {
  readonly kind: 'installed';
  readonly uses: readonly string[];
}

/** An archive of Yarn's cache: its draft is in `data`, because a cache is not an installation. */
export interface Cached {
  readonly kind: 'cached';
  readonly draft: PackageDraft;
}

/** What npm recorded of a `node_modules` folder: places from the folder that holds it. */
export interface Record {
  readonly kind: 'record';
  readonly packages: readonly { readonly path: string; readonly draft: PackageDraft }[];
}

export interface Pnp {
  readonly kind: 'pnp';
  readonly packages: readonly PnpPackage[];
}

export type InstalledFact = Installed | Cached | Record | Pnp | Manifest;

/** Folders of packages in which a `node_modules` is material for tests. */
const TEST_FOLDERS = new Set(
  'test tests __tests__ spec specs __mocks__ mocks fixture fixtures __fixtures__ testdata test-data example examples e2e bench'.split(
    ' ',
  ),
);
/** Programs unpacked outside of any `node_modules`: Yarn in the official images of Node.js. */
const UNPACKED = /^opt\/yarn-v[^/]+\/package\.json$/;
const MAX_MANIFEST = 4 * 1024 * 1024;

/** True for what a package keeps to test itself with. */
function isTestMaterial(path: string): boolean {
  const parts = path.split('node_modules/');
  return parts.slice(1, -1).some((part) => part.split('/').some((segment, at) => at > 0 && TEST_FOLDERS.has(segment)));
}

/** The draft of a package's own package.json; what is missing there the name of its folder tells. */
function manifestDraft(value: unknown, folder: string): { readonly draft: PackageDraft; readonly uses: string[] } | undefined {
  const document = fields(value);
  const name = packageName(document?.name) ?? packageName(placeOf(folder)?.name) ?? packageName(folderName(folder));
  if (document === undefined || name === undefined) return undefined;
  const licenses = licensesOf(document);
  const marks = licenses.length > 0 ? { licenses } : {};
  const version = packageVersion(document.version);
  const draft = version === undefined ? unversionedDraft(name, '', marks) : npmDraft(name, version, marks);
  return { draft, uses: normalWants(document).map(([wanted]) => wanted) };
}

function extractInstalled(file: FileContent): Extract {
  const document = readJson(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  // What Yarn puts in place of a package that is not for this system.
  if (fields(document.value)?.mocked === true) return { packages: [] };
  const found = manifestDraft(document.value, parentOf(file.path));
  if (found === undefined) return { packages: [], problems: [unexpected('package.json', 'it names no package')] };
  return { packages: [found.draft], data: { kind: 'installed', uses: found.uses } satisfies Installed };
}

function extractRecord(file: FileContent): Extract {
  const document = readJson(file);
  // Every package has its own package.json as well: the record only adds to those.
  if (!document.ok) return { packages: [] };
  const packages: { path: string; draft: PackageDraft }[] = [];
  for (const [path, value] of entries(fields(document.value)?.packages)) {
    const entry = fields(value);
    const name = packageName(entry?.name) ?? packageName(placeOf(path)?.name);
    const version = packageVersion(entry?.version);
    if (entry === undefined || entry.link === true || name === undefined || version === undefined || !isPlausiblePath(path))
      continue;
    packages.push({ path, draft: npmDraft(name, version, entry.dev === true ? { development: true } : {}) });
  }
  return { packages: [], data: { kind: 'record', packages } satisfies Record };
}

function extractCached(file: FileContent, context: ExtractContext): Extract {
  const archive = openZip(file);
  if (!archive.ok) return { packages: [], problems: [archive.problem] };
  const member = archive.value.entries.find(({ path }) => /^node_modules\/(?:@[^/]+\/)?[^/]+\/package\.json$/.test(path));
  if (member === undefined || !context.spend(member.size)) {
    const message = "The archive in Yarn's cache holds no package.json that can be read: reinstall to restore it.";
    return { packages: [], problems: [incomplete('yarn-archive-unreadable', message)] };
  }
  const bytes = archive.value.read(member, MAX_MANIFEST);
  if (!bytes.ok) return { packages: [], problems: [bytes.problem] };
  try {
    const found = manifestDraft(JSON.parse(decodeText(bytes.value)), parentOf(member.path));
    if (found !== undefined) return { packages: [], data: { kind: 'cached', draft: found.draft } satisfies Cached };
    return { packages: [], problems: [unexpected('package.json', 'it names no package')] };
  } catch (error) {
    return { packages: [], problems: [{ ...unreadable('JSON', messageOf(error)), path: `${file.path}!/${member.path}` }] };
  }
}

function extractPnp(file: FileContent): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  // With its data beside it the script has none.
  if (
    basenameOf(file.path) !== '.pnp.data.json' &&
    text.value.includes('.pnp.data.json') &&
    !text.value.includes('packageRegistryData"')
  )
    return { packages: [] };
  const packages = parsePnp(text.value, parentOf(file.path));
  if (!packages.ok) return { packages: [], problems: [packages.problem] };
  return { packages: [], data: { kind: 'pnp', packages: packages.value } satisfies Pnp };
}

export function extractNpmFile(file: FileContent, context: ExtractContext): Extract {
  const { path } = file;
  const name = basenameOf(path);
  if (name.startsWith('.pnp.')) return extractPnp(file);
  if (name.endsWith('.zip')) return extractCached(file, context);
  if (!isPlausiblePath(path) || isTestMaterial(path)) return { packages: [] };
  if (name === '.package-lock.json') return extractRecord(file);
  return UNPACKED.test(path) || path.split('/').includes('node_modules') ? extractInstalled(file) : extractManifest(file);
}
