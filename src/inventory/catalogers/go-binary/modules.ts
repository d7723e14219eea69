/** Packages out of Go build information. https://pkg.go.dev/runtime/debug#BuildInfo */
import type { PackageDraft } from '../../cataloger.ts';
import { purlOf } from '../../purl.ts';
import type { BuildInfo } from './build-info.ts';

interface Module {
  readonly path: string;
  readonly version: string;
}

/**
 * The standard library's version as advisories write it: `go1.22.1` → 1.22.1, `go1.22rc1` → 1.22.0-rc1. Tails of experiments
 * (` X:…`, `-X:…`) and vendors (` (Red Hat …)`) are cut off; a development version has none.
 */
export function standardLibraryVersion(goVersion: string): string {
  const found = /^go(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:(rc|beta|alpha)(\d{1,9}))?/.exec(goVersion);
  if (found === null) return '';
  const [, major, minor, patch = '0', stage, number] = found;
  return `${major}.${minor}.${patch}${stage === undefined ? '' : `-${stage}${number}`}`;
}

function golangDraft(path: string, version: string, root = false): PackageDraft {
  const slash = path.lastIndexOf('/');
  const namespace = slash < 0 ? undefined : path.slice(0, slash);
  const known = version === '(devel)' ? '' : version;
  return {
    purl: purlOf({ type: 'golang', namespace, name: path.slice(slash + 1), version: known }),
    type: 'golang',
    ...(namespace === undefined ? {} : { namespace }),
    name: path,
    version: known,
    ...(root ? { root: true } : {}),
  };
}

const PSEUDO = /^v\d+\.\d+\.\d+-(?:.+\.)?\d{14}-[0-9a-f]{12}(?:\+.*)?$/;
const RELEASE = /^v\d+\.\d+\.\d+/;

/** `-X main.version=v1.2.3`: what most projects put into their programs when built outside of `go install`. */
const LINKED = /-X[ =]["']?(?:[\w./-]+\.)?(?:gitVersion|buildVersion|appVersion|version)=v?(\d+\.\d+\.\d+[\w.+-]*)/i;

/** A release in the build information, else one given to the linker, else the pseudo-version of the commit, else unknown. */
function mainVersion(recorded: string, linkerFlags: string): string {
  if (RELEASE.test(recorded) && !PSEUDO.test(recorded)) return recorded;
  const linked = LINKED.exec(linkerFlags.slice(0, 64 * 1024))?.[1];
  if (linked !== undefined) return `v${linked}`;
  return PSEUDO.test(recorded) ? recorded : '';
}

/** A quoted Go string, or the text itself. */
function unquoted(text: string): string {
  if (!text.startsWith('"')) return text;
  try {
    return String(JSON.parse(text));
  } catch {
    return text;
  }
}

/** The program's own module (marked root), the modules in it with replacements followed, and the standard library. */
export function goPackages(info: BuildInfo): PackageDraft[] {
  let main: Module | undefined;
  let linkerFlags = '';
  const modules: Module[] = [];
  let replaceMain = false;
  for (const line of info.modules.split('\n')) {
    const [kind, path = '', version = ''] = line.split('\t');
    if (kind === 'mod') {
      main = { path, version };
      replaceMain = true;
    } else if (kind === 'dep') {
      modules.push({ path, version });
      replaceMain = false;
    } else if (kind === '=>') {
      if (replaceMain) main = { path, version };
      else if (modules.pop() !== undefined) modules.push({ path, version });
    } else if (kind === 'build' && path.startsWith('-ldflags=')) linkerFlags = unquoted(path.slice('-ldflags='.length));
  }
  const drafts = modules.filter((module) => isModulePath(module.path)).map((module) => golangDraft(module.path, module.version));
  if (main !== undefined && isModulePath(main.path))
    drafts.push(golangDraft(main.path, mainVersion(main.version, linkerFlags), true));
  drafts.push(golangDraft('stdlib', standardLibraryVersion(info.goVersion)));
  const unique = new Map(drafts.map((draft) => [draft.purl, draft]));
  return [...unique.values()].sort((a, b) => (a.purl < b.purl ? -1 : 1));
}

/** A replacement by a local folder has no module path and no version anybody could look up. */
function isModulePath(path: string): boolean {
  return path !== '' && path.length < 1000 && !/^[./]|[\s\x00-\x1f]/.test(path);
}
