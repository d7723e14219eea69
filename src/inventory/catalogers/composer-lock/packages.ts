/** The package entries that composer.lock and installed.json have in common. */
import type { PackageDraft } from '../../cataloger.ts';
import { entries, fields, text, texts } from '../../document.ts';
import type { DraftGraph } from '../../draft-graph.ts';
import { purlOf } from '../../purl.ts';

export function composerDraft(name: string, version: string): PackageDraft {
  const slash = name.indexOf('/');
  const namespace = slash < 0 ? undefined : name.slice(0, slash);
  return {
    purl: purlOf({ type: 'composer', namespace, name: name.slice(slash + 1), version }),
    type: 'composer',
    ...(namespace === undefined ? {} : { namespace: namespace.toLowerCase() }),
    // Packagist names are lower case; old locks may not be.
    name: name.toLowerCase(),
    version,
  };
}

/** Adds one entry with its edges; false when it has no name or version. What it provides or replaces leads to it as well. */
export function addComposerPackage(graph: DraftGraph, value: unknown, marks: Pick<PackageDraft, 'development'>): boolean {
  const entry = fields(value);
  const name = text(entry?.name);
  const version = text(entry?.version);
  if (entry === undefined || name === undefined || version === undefined) return false;
  const license = text(entry.license);
  const licenses = license === undefined ? texts(entry.license) : [license];
  const draft = { ...composerDraft(name, version), ...(licenses.length > 0 ? { licenses } : {}), ...marks };
  const standsFor = [...entries(entry.replace), ...entries(entry.provide)].map(([key]) => key.toLowerCase());
  graph.add(draft, draft.name, ...standsFor);
  for (const [key] of entries(entry.require)) graph.edge(draft.purl, key.toLowerCase());
  return true;
}
