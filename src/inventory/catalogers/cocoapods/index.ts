import type { Cataloger } from '../../cataloger.ts';
import { entries, entriesSkipped, fields, items, readYaml, text, unexpected } from '../../document.ts';
import { draftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

/** `Firebase/Core (6.0.0)`: pod, subspec, version. Advisories speak of pods, so subspecs count as their pod. */
function podOf(line: string): { readonly name: string; readonly version: string } | undefined {
  const open = line.indexOf(' (');
  const name = (open < 0 ? line : line.slice(0, open)).split('/', 1)[0]?.trim() ?? '';
  if (name === '') return undefined;
  return { name, version: open < 0 || !line.endsWith(')') ? '' : line.slice(open + 2, -1) };
}

/** https://github.com/CocoaPods/Core/blob/master/lib/cocoapods-core/lockfile.rb */
const SECTIONS: ReadonlySet<string> = new Set([
  'PODS',
  'DEPENDENCIES',
  'SPEC REPOS',
  'EXTERNAL SOURCES',
  'CHECKOUT OPTIONS',
  'SPEC CHECKSUMS',
  'PODFILE CHECKSUM',
  'COCOAPODS',
]);

export const cocoapods: Cataloger = {
  id: 'cocoapods',
  title: 'CocoaPods lock files',
  specification: ['https://guides.cocoapods.org/using/using-cocoapods.html#what-is-podfilelock'],
  version: 2,
  packageTypes: ['cocoapods'],
  evidence: 'declared',
  reads: ['Podfile.lock'],
  patterns: [{ basename: 'Podfile.lock' }],
  extract(file) {
    const document = readYaml(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    if (table === undefined || (table.PODS === undefined && table.COCOAPODS === undefined))
      return { packages: [], problems: [unexpected('Podfile.lock', 'it has no PODS')] };
    const direct = new Set(items(table.DEPENDENCIES).map((line) => podOf(text(line) ?? '')?.name));
    const graph = draftGraph();
    let invalid = 0;
    for (const item of items(table.PODS)) {
      // A pod with dependencies is a mapping of one key.
      const [line, dependencies] = typeof item === 'string' ? [item, []] : (entries(item)[0] ?? ['', []]);
      const pod = podOf(line);
      if (pod === undefined || !/^[^\s()]+$/.test(pod.version)) {
        invalid++;
        continue;
      }
      const purl = purlOf({ type: 'cocoapods', ...pod });
      graph.add({ purl, type: 'cocoapods', ...pod, ...(direct.has(pod.name) ? { direct: true } : {}) }, pod.name);
      for (const dependency of items(dependencies)) graph.edge(purl, podOf(text(dependency) ?? '')?.name ?? '');
    }
    invalid += Object.keys(table).filter((key) => !SECTIONS.has(key)).length;
    const whole =
      table.COCOAPODS === undefined ? [unexpected('whole Podfile.lock', 'its last line, "COCOAPODS", is missing')] : [];
    return {
      packages: graph.drafts(),
      problems: [...(invalid > 0 ? [entriesSkipped('Podfile.lock', invalid)] : []), ...whole],
    };
  },
};
