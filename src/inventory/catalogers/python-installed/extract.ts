/** What single files of an installation say. */
import type { FileContent } from '../../../artifacts/file.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { basenameOf, parentOf } from '../../../artifacts/paths.ts';
import type { Problem } from '../../../model/problem.ts';
import { openArchive, readMember } from '../../archive.ts';
import type { Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { cutOff, fields, readJson, text, unexpected } from '../../document.ts';
import { pypiDraft } from '../../drafts.ts';
import { type Metadata, parseMetadata, readFields } from '../../python/metadata.ts';
import { parseRequirement } from '../../python/requirement.ts';

/** Metadata of one distribution: its draft is in `packages`. */
export interface Distribution {
  readonly kind: 'distribution';
  readonly requires: readonly string[];
}

/** `requires.txt` of an egg: what its PKG-INFO does not say. */
export interface EggRequires {
  readonly kind: 'requires';
  readonly requires: readonly string[];
}

/** `direct_url.json`: not from an index. https://packaging.python.org/en/latest/specifications/direct-url/ */
export interface Origin {
  readonly kind: 'origin';
  /** A directory of this machine: the project itself. */
  readonly local: boolean;
  readonly vcsUrl?: string;
}

export type InstalledFact = Distribution | EggRequires | Origin;

const NOTHING: Extract = { packages: [] };
const TEST_FOLDERS = new Set('test tests testing testdata test-data test_data fixtures'.split(' '));
const MAX_METADATA = 4 * 1024 * 1024;
const MAX_WHEEL_PACKAGES = 10_000;

/** True for what an installed package keeps to test itself with. */
function isTestMaterial(path: string): boolean {
  const at = path.indexOf('-packages/');
  return (
    at >= 0 &&
    parentOf(path.slice(at))
      .split('/')
      .some((segment) => TEST_FOLDERS.has(segment))
  );
}

/** `name-version.dist-info`, `name-version-py3.9.egg-info`: what the metadata leaves out. */
function folderFacts(folder: string): { readonly name?: string; readonly version?: string } {
  const found = /^([A-Za-z0-9._]+)-([A-Za-z0-9._+!]+)(?:-[^/]*)?\.(?:dist-info|egg-info|egg)$/i.exec(folder);
  const [, name, version] = found ?? [];
  return name === undefined || version === undefined ? {} : { name, version: version.replaceAll('_', '-') };
}

/** A `*.egg-info` beside sources is that of the project they belong to. */
function isDevelopFolder(path: string): boolean {
  return /\.egg-info\/PKG-INFO$/i.test(path) && !/(?:site|dist)-packages\/|\.egg\//.test(path);
}

function draftOf(metadata: Metadata, folder: string): PackageDraft | undefined {
  const known = folderFacts(folder);
  const name = metadata.name ?? known.name;
  const version = metadata.version ?? known.version ?? '';
  if (name === undefined) return undefined;
  return pypiDraft(name, version, metadata.licenses.length > 0 ? { licenses: metadata.licenses } : {});
}

function extractMetadata(file: FileContent): Extract {
  const head = readFields(file);
  const metadata = parseMetadata(head);
  const folder = file.path.toLowerCase().endsWith('.egg-info') ? basenameOf(file.path) : basenameOf(infoFolder(file.path));
  const draft = draftOf(metadata, folder);
  if (draft === undefined)
    return { packages: [], problems: [unexpected("Python distribution's metadata", 'it names no distribution')] };
  const own = isDevelopFolder(file.path) ? { root: true } : {};
  const data: Distribution = { kind: 'distribution', requires: metadata.requires };
  // Without the empty line after the fields, and without an end of the last one.
  const problems = head.length === file.size ? cutOff("Python distribution's metadata", file) : [];
  return { packages: [{ ...draft, ...own }], data, ...(problems.length > 0 ? { problems } : {}) };
}

/** The folder that carries name and version: for an egg the one around `EGG-INFO`. */
export function infoFolder(path: string): string {
  const folder = parentOf(path);
  return basenameOf(folder).toUpperCase() === 'EGG-INFO' ? parentOf(folder) : folder;
}

function extractRequires(file: FileContent): Extract {
  const source = file.text(MAX_METADATA);
  // It only adds edges to what PKG-INFO says.
  if (!source.ok) return NOTHING;
  const unconditional = source.value.split(/^\[/m, 1)[0] ?? '';
  const requires = unconditional.split('\n').flatMap((line) => parseRequirement(line)?.name ?? []);
  return requires.length === 0 ? NOTHING : { packages: [], data: { kind: 'requires', requires } satisfies EggRequires };
}

function extractOrigin(file: FileContent): Extract {
  const document = readJson(file);
  if (!document.ok) return NOTHING;
  const table = fields(document.value);
  const url = text(table?.url);
  const vcs = fields(table?.vcs_info);
  if (fields(table?.dir_info) !== undefined) return { packages: [], data: { kind: 'origin', local: true } satisfies Origin };
  if (url === undefined || vcs === undefined || url.length > 2000) return NOTHING;
  // Never the user name and password that a URL may carry.
  const clean = url.replace(/^([a-z+]+:\/\/)[^/]*@/i, '$1');
  const vcsUrl = `${text(vcs.vcs) ?? 'git'}+${clean}@${text(vcs.commit_id) ?? ''}`.replace(/@$/, '');
  return { packages: [], data: { kind: 'origin', local: false, vcsUrl } satisfies Origin };
}

/** Wheels, eggs and zipped applications: every distribution in them, those of bundled libraries as well. */
function extractArchive(file: FileContent, context: ExtractContext): Extract {
  const archive = openArchive(file);
  if (!archive.ok) {
    const { problem } = archive;
    // `.pyz` and `.pex` are endings that other things have, too.
    const known = /\.(?:whl|egg)$/i.test(file.path);
    return problem.effect === 'notice' && !known ? NOTHING : { packages: [], problems: [problem] };
  }
  const problems: Problem[] = [...archive.value.problems];
  const packages: PackageDraft[] = [];
  const isInfo = /(?:^|\/)(?:[^/]+\.dist-info\/METADATA|EGG-INFO\/PKG-INFO)$/;
  for (const entry of archive.value.entries) {
    if (entry.kind !== 'file' || !isInfo.test(entry.path) || isTestMaterial(`-packages/${entry.path}`)) continue;
    if (packages.length === MAX_WHEEL_PACKAGES) break;
    const place = `${file.path}!/${entry.path}`;
    const bytes = readMember(archive.value, entry, place, context, MAX_METADATA);
    if (!bytes.ok) {
      problems.push(bytes.problem);
      continue;
    }
    const inner = infoFolder(entry.path);
    const draft = draftOf(parseMetadata(readFields(memoryContent(place, bytes.value))), basenameOf(inner || file.path));
    if (draft === undefined)
      problems.push({ ...unexpected("Python distribution's metadata", 'it names no distribution'), path: place });
    else packages.push({ ...draft, paths: [parentOf(inner) === '' ? file.path : place] });
  }
  if (packages.length === 0 && problems.length === 0 && /\.(?:whl|egg)$/i.test(file.path))
    problems.push(unexpected('wheel or egg', 'it carries no metadata'));
  return { packages, problems };
}

export function extractInstalled(file: FileContent, context: ExtractContext): Extract {
  if (isTestMaterial(file.path)) return NOTHING;
  const name = basenameOf(file.path);
  if (name === 'direct_url.json') return extractOrigin(file);
  if (name === 'requires.txt') return extractRequires(file);
  if (/\.(?:whl|egg|pex|pyz)$/i.test(name)) return extractArchive(file, context);
  return /^(?:METADATA|PKG-INFO|.*\.egg-info)$/i.test(name) ? extractMetadata(file) : NOTHING;
}
