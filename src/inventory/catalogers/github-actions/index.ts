import type { Cataloger, PackageDraft } from '../../cataloger.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

/** A step or job that uses an action; the comment beside a pinned commit customarily names the version. */
const USES =
  /^\s*(?:-\s+)?["']?uses["']?\s*:\s*["']?([\w.-]{1,100}\/[\w.-]{1,100})((?:\/[\w.-]{1,100}){0,20})@([^\s"'#]{1,200})["']?\s*(?:#\s*(.*))?$/;
const FULL_VERSION = /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/;

/** A tag that names one release. `v4` and branches move: which release they mean is unknown. */
function versionOf(reference: string, comment: string): string {
  if (FULL_VERSION.test(reference)) return reference;
  const first = comment.split(/[\s,;]/, 1)[0]?.replace(/^(?:tag=|@)/, '') ?? '';
  return /^[0-9a-f]{40}$/.test(reference) && FULL_VERSION.test(first) ? first : '';
}

function draftOf(line: string): PackageDraft | undefined {
  if (line.length > 2000) return undefined;
  const found = USES.exec(line);
  const name = found?.[1];
  const reference = found?.[3];
  if (name === undefined || reference === undefined) return undefined;
  const version = versionOf(reference, found?.[4] ?? '');
  const slash = name.indexOf('/');
  const namespace = name.slice(0, slash);
  return {
    purl: purlOf({ type: 'githubactions', namespace, name: name.slice(slash + 1), version }),
    type: 'githubactions',
    namespace,
    name,
    version,
    direct: true,
  };
}

export const githubActions: Cataloger = {
  id: 'github-actions',
  title: 'GitHub Actions',
  specification: ['https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsuses'],
  version: 1,
  packageTypes: ['githubactions'],
  evidence: 'declared',
  reads: ['.github/workflows/*.yml', 'action.yml'],
  patterns: [
    { extension: '.yml', where: /(?:^|\/)\.github\/workflows\/[^/]+$/ },
    { extension: '.yaml', where: /(?:^|\/)\.github\/workflows\/[^/]+$/ },
    { basename: 'action.yml', where: /^(?!(?:.*\/)?node_modules\/)/ },
    { basename: 'action.yaml', where: /^(?!(?:.*\/)?node_modules\/)/ },
  ],
  extract(file) {
    const text = file.text(16 << 20);
    if (!text.ok) return { packages: [], problems: [text.problem] };
    const graph = draftGraph();
    for (const line of text.value.split(/\r?\n/)) {
      const draft = draftOf(line);
      if (draft !== undefined) graph.add(draft);
    }
    return { packages: graph.drafts() };
  },
};
