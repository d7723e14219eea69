import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { entriesSkipped, unexpected, unreadable } from '../../document.ts';
import { type DraftGraph, draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';
import { parseTerms, type Term } from './terms.ts';

function list(term: Term | undefined): readonly Term[] {
  return term === undefined || typeof term === 'string' ? [] : term;
}

function word(term: Term | undefined): string {
  return typeof term === 'string' ? term : '';
}

function hexDraft(name: string, version: string, repository: string, marks: Pick<PackageDraft, 'direct'>): PackageDraft {
  // Private organisations are repositories of their own (`hexpm:acme`), in purls the namespace.
  const organisation = repository.startsWith('hexpm:') ? repository.slice(6) : undefined;
  return {
    purl: purlOf({ type: 'hex', namespace: organisation, name, version }),
    type: 'hex',
    ...(organisation === undefined ? {} : { namespace: organisation }),
    name,
    version,
    ...marks,
  };
}

/** A package fetched from a repository has a revision, but no version that advisories could speak of. */
function gitDraft(name: string, url: string, revision: string, marks: Pick<PackageDraft, 'direct'>): PackageDraft {
  const purl = purlOf({ type: 'hex', name, qualifiers: { vcs_url: `git+${url}@${revision}` } });
  return { purl, type: 'hex', name, version: '', ...marks };
}

/** `%{"app": {:hex, :package, "1.0.0", "checksum", [:mix], [{:dep, "~> 1.0", […]}], "hexpm", "checksum"}, …}` */
function addMix(graph: DraftGraph, terms: readonly Term[]): number {
  let invalid = 0;
  const table = list(terms[0]);
  for (let index = 0; index + 1 < table.length; index += 2) {
    const application = word(table[index]);
    const [kind, second, third, , , dependencies, repository] = list(table[index + 1]);
    if (kind === 'hex' && word(second) !== '' && word(third) !== '') {
      const draft = hexDraft(word(second), word(third), word(repository), {});
      graph.add(draft, application);
      for (const dependency of list(dependencies)) graph.edge(draft.purl, word(list(dependency)[0]));
    } else if (kind === 'git' && application !== '') {
      graph.add(gitDraft(application, word(second), word(third), {}), application);
    } else if (kind !== 'path') invalid++;
  }
  return invalid;
}

/** `[{<<"app">>,{pkg,<<"package">>,<<"1.0.0">>},0}, …]`, since version 1.1.0 inside `{"1.2.0", […]}.`; the number is the depth. */
function addRebar(graph: DraftGraph, terms: readonly Term[]): number {
  let invalid = 0;
  const first = list(terms[0]);
  const table = typeof first[0] === 'string' ? list(first[1]) : first;
  for (const entry of table) {
    const [application, source, level] = list(entry);
    const [kind, second, third] = list(source);
    const marks = word(level) === '0' ? { direct: true } : {};
    if (kind === 'pkg' && word(second) !== '' && word(third) !== '')
      graph.add(hexDraft(word(second), word(third), '', marks), word(application));
    else if (kind === 'git' && word(application) !== '') {
      const revision = list(third);
      graph.add(gitDraft(word(application), word(second), word(revision[1]), marks), word(application));
    } else invalid++;
  }
  return invalid;
}

export const mix: Cataloger = {
  id: 'mix',
  title: 'Elixir and Erlang lock files',
  specification: ['https://hexdocs.pm/mix/Mix.Tasks.Deps.html', 'https://rebar3.org/docs/configuration/dependencies/'],
  version: 1,
  packageTypes: ['hex'],
  evidence: 'declared',
  reads: ['mix.lock', 'rebar.lock'],
  patterns: [{ basename: 'mix.lock' }, { basename: 'rebar.lock' }],
  extract(file): Extract {
    const text = file.text();
    if (!text.ok) return { packages: [], problems: [text.problem] };
    const isMix = file.path.endsWith('mix.lock');
    const format = isMix ? 'mix.lock' : 'rebar.lock';
    const terms = parseTerms(text.value);
    if (terms === undefined) return { packages: [], problems: [unreadable(format, 'a term is broken or cut off')] };
    if (terms.length === 0 || typeof terms[0] === 'string')
      return { packages: [], problems: [unexpected(format, 'it holds no list of packages')] };
    const graph = draftGraph();
    const invalid = isMix ? addMix(graph, terms) : addRebar(graph, terms);
    return { packages: graph.drafts(), problems: invalid > 0 ? [entriesSkipped(format, invalid)] : [] };
  },
};
