import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { entries, entriesSkipped, type Fields, fields, items, readJson, text, texts, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

/** `name/version[@user/channel][#revision][:package][%timestamp]`; a range in brackets is no version. */
const REFERENCE =
  /^([A-Za-z0-9_][A-Za-z0-9_+.-]{0,200})\/(\[[^\]]{0,300}\]|[A-Za-z0-9_][A-Za-z0-9_+.-]{0,200})(?:@([^/#:%\s]{0,200})\/([^/#:%\s]{0,200}))?(?=$|[@#:%\s])/;

function draftOf(reference: string, marks: Pick<PackageDraft, 'direct' | 'development' | 'root'>): PackageDraft | undefined {
  const found = REFERENCE.exec(reference);
  const name = found?.[1];
  const written = found?.[2];
  if (name === undefined || written === undefined) return undefined;
  const version = written.startsWith('[') ? '' : written;
  // `_/_` is how Conan 1 writes that there is neither.
  const user = found?.[3] === '_' ? undefined : found?.[3];
  const channel = found?.[4] === '_' ? undefined : found?.[4];
  return {
    purl: purlOf({ type: 'conan', namespace: user, name, version, qualifiers: { user, channel } }),
    type: 'conan',
    ...(user === undefined ? {} : { namespace: user }),
    name,
    version,
    ...marks,
  };
}

/** Conan 1: a graph of numbered nodes; node 0 is the project. */
function extractGraph(nodes: Fields): Extract {
  const graph = draftGraph();
  const edges: [string, string][] = [];
  const root = fields(nodes['0']);
  const wanted = new Set(texts(root?.requires));
  const tools = new Set(texts(root?.build_requires));
  let invalid = 0;
  for (const [id, value] of entries(nodes)) {
    const node = fields(value);
    const reference = text(node?.ref);
    const isRoot = id === '0' && (node?.path !== undefined || node?.recipe === 'Consumer' || reference === undefined);
    if (reference === undefined) {
      // The consumer may be a bare conanfile.txt without name and version.
      if (!isRoot) invalid++;
      continue;
    }
    const development = node?.context === 'build' || tools.has(id);
    const direct = wanted.has(id) || tools.has(id);
    const draft = draftOf(reference, {
      ...(isRoot ? { root: true } : {}),
      ...(direct ? { direct } : {}),
      ...(development ? { development } : {}),
    });
    if (draft === undefined) {
      if (!isRoot) invalid++;
      continue;
    }
    graph.add(draft, id);
    for (const target of [...texts(node?.requires), ...texts(node?.build_requires)]) edges.push([draft.purl, target]);
  }
  for (const [from, to] of edges) graph.edge(from, to);
  return { packages: graph.drafts(), problems: invalid > 0 ? [entriesSkipped('conan.lock', invalid)] : [] };
}

/** Conan 2: flat lists. Older lock bundles of Conan 1 with revisions look the same. */
function extractLists(document: Fields): Extract {
  const graph = draftGraph();
  let invalid = 0;
  for (const [key, development] of [
    ['requires', false],
    ['build_requires', true],
    ['python_requires', true],
    ['config_requires', true],
  ] as const) {
    for (const item of items(document[key])) {
      const reference = text(item) ?? text(items(item)[0]);
      const draft = reference === undefined ? undefined : draftOf(reference, development ? { development } : {});
      if (draft === undefined) invalid++;
      else graph.add(draft);
    }
  }
  return { packages: graph.drafts(), problems: invalid > 0 ? [entriesSkipped('conan.lock', invalid)] : [] };
}

/** Sections of something else than packages. */
const OTHERS: ReadonlySet<string> = new Set(['[generators]', '[options]', '[imports]', '[layout]']);
const SECTIONS: Readonly<Record<string, boolean>> = {
  '[requires]': false,
  '[build_requires]': true,
  '[tool_requires]': true,
  '[test_requires]': true,
};

/** conanfile.txt: `name/version` lines in sections. */
function extractManifest(source: string): Extract {
  const graph = draftGraph();
  let section = '';
  let invalid = 0;
  for (const raw of source.split('\n')) {
    const comment = raw.search(/(?:^|\s)#/);
    const line = (comment < 0 ? raw : raw.slice(0, comment)).trim();
    if (line.startsWith('[') && line.endsWith(']')) {
      section = line;
      if (!Object.hasOwn(SECTIONS, line) && !OTHERS.has(line)) invalid++;
    } else if (line !== '' && section === '') invalid++;
    else if (line !== '' && Object.hasOwn(SECTIONS, section)) {
      const development = SECTIONS[section];
      const draft = draftOf(line, { direct: true, ...(development ? { development } : {}) });
      if (draft === undefined) invalid++;
      else graph.add(draft);
    }
  }
  return { packages: graph.drafts(), problems: invalid > 0 ? [entriesSkipped('conanfile.txt', invalid)] : [] };
}

const KEYS: ReadonlySet<string> = new Set(
  'version requires build_requires python_requires config_requires alias overrides'.split(' '),
);

export const conan: Cataloger = {
  id: 'conan',
  title: 'Conan',
  specification: [
    'https://docs.conan.io/2/tutorial/versioning/lockfiles.html',
    'https://docs.conan.io/2/reference/conanfile_txt.html',
  ],
  version: 2,
  packageTypes: ['conan'],
  evidence: 'declared',
  reads: ['conan.lock of Conan 1 and 2', 'conanfile.txt'],
  patterns: [{ basename: 'conan.lock' }, { basename: 'conanfile.txt' }],
  extract(file) {
    if (file.path.endsWith('.txt')) {
      const source = file.text();
      return source.ok ? extractManifest(source.value) : { packages: [], problems: [source.problem] };
    }
    const document = readJson(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    const nodes = fields(fields(table?.graph_lock)?.nodes);
    if (nodes !== undefined) return extractGraph(nodes);
    if (table === undefined || table.version === undefined || Object.keys(table).some((key) => !KEYS.has(key)))
      return { packages: [], problems: [unexpected('conan.lock', 'it has neither a graph nor lists of requirements')] };
    return extractLists(table);
  },
};
