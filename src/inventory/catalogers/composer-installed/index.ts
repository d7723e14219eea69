import type { Cataloger } from '../../cataloger.ts';
import { entriesSkipped, fields, items, readJson, text, texts, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { addComposerPackage } from '../composer-lock/packages.ts';

export const composerInstalled: Cataloger = {
  id: 'composer-installed',
  title: 'Installed Composer packages',
  specification: ['https://getcomposer.org/doc/07-runtime.md'],
  version: 1,
  packageTypes: ['composer'],
  evidence: 'installed',
  reads: ['vendor/composer/installed.json of Composer 1 and 2'],
  patterns: [{ basename: 'installed.json', where: /(?:^|\/)composer\/installed\.json$/ }],
  extract(file) {
    const document = readJson(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    // Composer 1 wrote the bare list.
    const table = fields(document.value);
    const list = table === undefined ? document.value : table.packages;
    if (!Array.isArray(list)) return { packages: [], problems: [unexpected('installed.json', 'it lists no packages')] };
    const development = new Set(texts(table?.['dev-package-names']));
    const graph = draftGraph();
    let invalid = 0;
    for (const entry of items(list)) {
      const marks = development.has(text(fields(entry)?.name) ?? '') ? { development: true } : {};
      if (!addComposerPackage(graph, entry, marks)) invalid++;
    }
    return { packages: graph.drafts(), problems: invalid > 0 ? [entriesSkipped('installed.json', invalid)] : [] };
  },
};
