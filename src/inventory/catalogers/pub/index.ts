import type { Cataloger, PackageDraft } from '../../cataloger.ts';
import { entries, entriesSkipped, fields, readYaml, text, unexpected } from '../../document.ts';
import { purlOf } from '../../purl.ts';

/** The lock file says how each package came in, but has no edges. */
function draftOf(key: string, value: unknown): PackageDraft | undefined {
  const entry = fields(value);
  const name = text(fields(entry?.description)?.name) ?? key;
  const version = text(entry?.version);
  const dependency = text(entry?.dependency) ?? '';
  if (version === undefined || key === '') return undefined;
  return {
    purl: purlOf({ type: 'pub', name, version }),
    type: 'pub',
    name,
    version,
    // "direct main", "direct dev", "direct overridden", "transitive"
    ...(dependency.startsWith('direct') ? { direct: true } : {}),
    ...(dependency === 'direct dev' ? { development: true } : {}),
  };
}

export const pub: Cataloger = {
  id: 'pub',
  title: 'Dart and Flutter lock files',
  specification: ['https://dart.dev/tools/pub/glossary#lockfile', 'https://dart.dev/tools/pub/cmd/pub-deps'],
  version: 2,
  packageTypes: ['pub'],
  evidence: 'declared',
  reads: ['pubspec.lock'],
  patterns: [{ basename: 'pubspec.lock' }],
  extract(file) {
    const document = readYaml(file);
    if (!document.ok) return { packages: [], problems: [document.problem] };
    const table = fields(document.value);
    // A project without dependencies has no list, but still says which SDK it needs.
    if (table === undefined || (table.packages === undefined && table.sdks === undefined))
      return { packages: [], problems: [unexpected('pubspec.lock', 'it lists no packages')] };
    const list = entries(table.packages);
    const packages = list.flatMap(([key, value]) => draftOf(key, value) ?? []);
    const odd = Object.keys(table).filter((key) => key !== 'packages' && key !== 'sdks');
    const invalid = list.length - packages.length + odd.length;
    // The last part of every lock file since Dart 1.
    const whole = table.sdks === undefined ? [unexpected('whole pubspec.lock', 'its last part, "sdks", is missing')] : [];
    return { packages, problems: [...(invalid > 0 ? [entriesSkipped('pubspec.lock', invalid)] : []), ...whole] };
  },
};
