import type { Cataloger, PackageDraft } from '../../cataloger.ts';
import { entriesSkipped, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

const SOURCES = new Set(['GEM', 'GIT', 'PATH', 'PLUGIN SOURCE']);
const OTHERS = new Set(['PLATFORMS', 'DEPENDENCIES', 'CHECKSUMS', 'RUBY VERSION', 'BUNDLED WITH']);

interface GemSpec {
  readonly name: string;
  readonly version: string;
  readonly own: boolean;
  readonly dependencies: string[];
}

interface GemfileLock {
  readonly specs: readonly GemSpec[];
  readonly direct: ReadonlySet<string>;
  readonly sections: number;
  readonly invalid: number;
  /** It has the section that follows all lists of gems. */
  readonly whole: boolean;
}

/** `1.13.6-x86_64-linux` is version and platform: a version in a lock file has no dash of its own. */
function withoutPlatform(version: string): string {
  const dash = version.indexOf('-');
  return dash < 0 ? version : version.slice(0, dash);
}

function nameAndRest(line: string): { readonly name: string; readonly rest?: string } | undefined {
  const text = line.trim();
  const open = text.indexOf(' (');
  const name = (open < 0 ? text : text.slice(0, open)).replace(/!$/, '');
  if (name === '' || name.includes(' ')) return undefined;
  if (open < 0) return { name };
  const close = text.indexOf(')', open);
  return close >= 0 && /^\)!?$/.test(text.slice(close)) ? { name, rest: text.slice(open + 2, close) } : undefined;
}

/** Bundler's lock file: sections at the margin, specs at four blanks, their dependencies at six. */
function parseGemfileLock(text: string): GemfileLock {
  const specs: GemSpec[] = [];
  const direct = new Set<string>();
  let section = '';
  let sections = 0;
  let own = false;
  let invalid = 0;
  let whole = false;
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const indent = line.length - line.trimStart().length;
    if (indent === 0) {
      section = line.trim();
      own = false;
      if (SOURCES.has(section) || section === 'DEPENDENCIES') sections++;
      if (section === 'DEPENDENCIES') whole = true;
      if (!SOURCES.has(section) && !OTHERS.has(section)) invalid++;
    } else if (SOURCES.has(section) && indent === 2 && /^ {2}\w+:/.test(line)) {
      // A PATH at the lock file's own directory is the gem being developed.
      if (section === 'PATH' && line.trim() === 'remote: .') own = true;
    } else if (SOURCES.has(section) && (indent === 4 || indent === 6)) {
      const parts = nameAndRest(line);
      if (indent === 6) {
        if (parts === undefined) invalid++;
        else specs.at(-1)?.dependencies.push(parts.name);
      } else if (parts?.rest === undefined) invalid++;
      else specs.push({ name: parts.name, version: withoutPlatform(parts.rest), own, dependencies: [] });
    } else if (SOURCES.has(section)) {
      invalid++;
    } else if (section === 'DEPENDENCIES') {
      const parts = nameAndRest(line);
      if (parts === undefined) invalid++;
      else direct.add(parts.name);
    }
  }
  return { specs, direct, sections, invalid, whole };
}

export const gemfileLock: Cataloger = {
  id: 'gemfile-lock',
  title: 'Bundler lock files',
  specification: ['https://bundler.io/man/bundle-lock.1.html', 'https://bundler.io/guides/gemfile.html'],
  version: 2,
  packageTypes: ['gem'],
  evidence: 'declared',
  reads: ['Gemfile.lock', 'gems.locked', 'Gemfile.next.lock'],
  patterns: [{ basename: 'Gemfile.lock' }, { basename: 'gems.locked' }, { basename: 'Gemfile.next.lock' }],
  extract(file) {
    const text = file.text();
    if (!text.ok) return { packages: [], problems: [text.problem] };
    const lock = parseGemfileLock(text.value);
    if (lock.sections === 0)
      return { packages: [], problems: [unexpected('Bundler lock file', 'it has no GEM or DEPENDENCIES section')] };
    const graph = draftGraph();
    for (const { name, version, own, dependencies } of lock.specs) {
      const draft: PackageDraft = {
        purl: purlOf({ type: 'gem', name, version }),
        type: 'gem',
        name,
        version,
        ...(own ? { root: true } : {}),
        ...(lock.direct.has(name) && !own ? { direct: true } : {}),
      };
      graph.add(draft, name);
      for (const dependency of dependencies) graph.edge(draft.purl, dependency);
    }
    const skipped = lock.invalid > 0 ? [entriesSkipped('Bundler lock file', lock.invalid)] : [];
    const cut = lock.whole ? [] : [unexpected('whole Bundler lock file', 'its list of DEPENDENCIES is missing')];
    return { packages: graph.drafts(), problems: [...skipped, ...cut] };
  },
};
