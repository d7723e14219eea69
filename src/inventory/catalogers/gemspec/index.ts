import { posix } from 'node:path';
import type { Cataloger, PackageDraft, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { cutOff, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

/** A Ruby string literal as RubyGems writes them: `"x".freeze`, `'x'`, `%q<x>.freeze`. */
const LITERAL = /^\s*(?:"([^"\n]{0,500})"|'([^'\n]{0,500})'|%q<([^>\n]{0,500})>)/;

function literal(text: string): string | undefined {
  const found = LITERAL.exec(text);
  return found?.[1] ?? found?.[2] ?? found?.[3];
}

interface Specification {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly string[];
  readonly dependencies: readonly string[];
}

/** The value of `s.field = …` when it is a literal, possibly inside `Gem::Version.new(…)`. */
function assigned(line: string, field: string): string | undefined {
  const found = /^\s*\w{1,40}\.(\w{1,40})\s*=(.*)$/.exec(line);
  if (found === null || found[1] !== field) return undefined;
  return literal((found[2] ?? '').replace(/^\s*Gem::Version\.new\(/, ''));
}

function listed(line: string): string[] {
  const open = line.indexOf('[');
  const inside = open < 0 ? line.slice(line.indexOf('=') + 1) : line.slice(open + 1);
  return inside.split(',').flatMap((part) => literal(part) ?? []);
}

/**
 * An installed specification. Its second line, `# stub: name version platform paths`, is what RubyGems itself trusts for name and
 * version; files that were not written by RubyGems have only the assignments.
 */
function parseGemspec(text: string): Specification | undefined {
  let name: string | undefined;
  let version: string | undefined;
  let licenses: string[] = [];
  const dependencies = new Set<string>();
  for (const line of text.split('\n')) {
    if (line.length > 10_000) continue;
    if (line.startsWith('# stub: ')) {
      const [stubName, stubVersion] = line.slice(8).trim().split(/\s+/);
      name ??= stubName;
      version ??= stubVersion;
      continue;
    }
    name ??= assigned(line, 'name');
    version ??= assigned(line, 'version');
    if (/^\s*\w{1,40}\.licenses?\s*=/.test(line)) licenses = listed(line);
    const dependency = /^\s*\w{1,40}\.add_(?:runtime_)?dependency[( ](.*)$/.exec(line);
    const used = dependency === null ? undefined : literal(dependency[1] ?? '');
    if (used !== undefined) dependencies.add(used);
  }
  return name === undefined || version === undefined
    ? undefined
    : { name, version, licenses, dependencies: [...dependencies].sort() };
}

/** Default gems lie one directory deeper, beside the gems they are used with. */
function repositoryOf(path: string): string {
  const directory = posix.dirname(path);
  return directory.endsWith('/default') ? posix.dirname(directory) : directory;
}

/** Edges name gems only; they lead to the gems of the same repository. */
function assemble(extracts: readonly PathExtract[]) {
  const repositories = new Map<string, PathExtract[]>();
  for (const item of extracts) {
    const repository = repositoryOf(item.path);
    const list = repositories.get(repository);
    if (list === undefined) repositories.set(repository, [item]);
    else list.push(item);
  }
  const packages: PlacedDraft[] = [];
  for (const members of repositories.values()) {
    const graph = draftGraph();
    const paths = new Map<string, string[]>();
    for (const { path, extract } of members) {
      for (const draft of extract.packages) {
        graph.add(draft, draft.name);
        paths.set(draft.purl, [...(paths.get(draft.purl) ?? []), path]);
        // Our own extract: the names of its dependencies.
        for (const name of extract.data as readonly string[]) graph.edge(draft.purl, name);
      }
    }
    for (const draft of graph.drafts()) packages.push({ draft, paths: paths.get(draft.purl) ?? [] });
  }
  return { packages };
}

export const gemspec: Cataloger = {
  id: 'gemspec',
  title: 'Installed Ruby gems',
  specification: ['https://guides.rubygems.org/specification-reference/'],
  version: 2,
  packageTypes: ['gem'],
  evidence: 'installed',
  reads: ['specifications/*.gemspec', 'specifications/default/*.gemspec'],
  patterns: [{ extension: '.gemspec', where: /(?:^|\/)specifications\/(?:default\/)?[^/]+$/ }],
  extract(file) {
    const text = file.text(4 << 20);
    if (!text.ok) return { packages: [], problems: [text.problem] };
    const found = parseGemspec(text.value);
    if (found === undefined)
      return { packages: [], problems: [unexpected('installed gem specification', 'it gives no name and version')] };
    const { name, version, licenses, dependencies } = found;
    const draft: PackageDraft = {
      purl: purlOf({ type: 'gem', name, version }),
      type: 'gem',
      name,
      version,
      ...(licenses.length > 0 ? { licenses } : {}),
    };
    const whole = /\bend\s*$/.test(text.value.slice(-200));
    return { packages: [draft], data: dependencies, problems: whole ? [] : cutOff('gem specification', file) };
  },
  assemble,
};
