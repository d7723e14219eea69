import type { Cataloger, PackageDraft } from '../../cataloger.ts';
import { entriesSkipped, type Fields, fields, items, readJson, text, unexpected } from '../../document.ts';
import { purlOf } from '../../purl.ts';

/** Longer than any address of a repository. */
const MAX_LOCATION = 2000;

/** `https://github.com/apple/swift-nio.git` and `git@github.com:apple/swift-nio` are `github.com/apple/swift-nio`. */
function nameOf(location: string): string {
  return location
    .replace(/^[a-z][a-z0-9+.-]{0,20}:\/\//i, '')
    .replace(/^[^/@]{0,100}@/, '')
    .replace(/^([^/:]+):(?:\d+\/)?/, '$1/')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '');
}

/** One pin of version 1 (`package`, `repositoryURL`) or 2 and 3 (`identity`, `location`). */
function draftOf(pin: Fields): PackageDraft | undefined {
  const location = text(pin.location) ?? text(pin.repositoryURL);
  if (location !== undefined && location.length > MAX_LOCATION) return undefined;
  const name = location === undefined ? text(pin.identity) : nameOf(location);
  const state = fields(pin.state);
  if (name === undefined || name === '' || state === undefined) return undefined;
  // Pinned to a branch or revision: no version that advisories could speak of.
  const version = text(state.version) ?? '';
  const revision = version === '' ? text(state.revision) : undefined;
  const slash = name.lastIndexOf('/');
  const namespace = slash < 0 ? undefined : name.slice(0, slash);
  const vcs = revision === undefined ? undefined : `git+${location ?? name}@${revision}`;
  return {
    purl: purlOf({ type: 'swift', namespace, name: name.slice(slash + 1), version, qualifiers: { vcs_url: vcs } }),
    type: 'swift',
    ...(namespace === undefined ? {} : { namespace }),
    name,
    version,
  };
}

export const swift: Cataloger = {
  id: 'swift',
  title: 'Swift packages',
  specification: ['https://github.com/swiftlang/swift-package-manager/blob/main/Documentation/Usage.md'],
  version: 2,
  packageTypes: ['swift'],
  evidence: 'declared',
  reads: ['Package.resolved v1–v3', '.package.resolved'],
  patterns: [{ basename: 'Package.resolved' }, { basename: '.package.resolved' }],
  extract(file) {
    const document = readJson(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    const pins = table?.pins ?? fields(table?.object)?.pins;
    if (!Array.isArray(pins)) return { packages: [], problems: [unexpected('Package.resolved', 'it has no pins')] };
    const packages = items(pins).flatMap((pin) => draftOf(fields(pin) ?? {}) ?? []);
    const invalid = pins.length - packages.length;
    return { packages, problems: invalid > 0 ? [entriesSkipped('Package.resolved', invalid)] : [] };
  },
};
