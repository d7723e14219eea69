/** Bottlerocket's inventory of what its image was built from. https://bottlerocket.dev/en/faq/#4_1 */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, messageOf } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { osPackageDraft } from '../../os-packages.ts';

const NAME = 'usr/share/bottlerocket/application-inventory.json';

function text(entry: object, key: string): string {
  const value: unknown = Reflect.get(entry, key);
  return typeof value === 'string' ? value.trim() : typeof value === 'number' ? String(value) : '';
}

function draftOf(entry: unknown): PackageDraft | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const name = text(entry, 'Name');
  const version = text(entry, 'Version');
  const release = text(entry, 'Release');
  const epoch = text(entry, 'Epoch');
  if (name === '' || version === '' || !/^\d{0,9}$/.test(epoch)) return undefined;
  const architecture = text(entry, 'Architecture');
  const vendor = text(entry, 'Publisher');
  return osPackageDraft({
    type: 'rpm',
    name,
    version: release === '' ? version : `${version}-${release}`,
    epoch: Number(epoch),
    ...(architecture === '' ? {} : { architecture }),
    ...(vendor === '' ? {} : { vendor }),
  });
}

function extract(file: FileContent): Extract {
  const content = file.text();
  if (!content.ok) return { packages: [], problems: [content.problem] };
  let entries: unknown;
  try {
    const document: unknown = JSON.parse(content.value);
    entries = typeof document === 'object' && document !== null ? Reflect.get(document, 'Content') : undefined;
  } catch (error) {
    const why = messageOf(error).slice(0, 100);
    return {
      packages: [],
      problems: [
        incomplete(
          'bottlerocket-inventory-unreadable',
          `The inventory is not valid JSON (${why}): its packages are not assessed.`,
        ),
      ],
    };
  }
  if (!Array.isArray(entries)) {
    return {
      packages: [],
      problems: [
        incomplete('bottlerocket-inventory-unreadable', 'The inventory has no list of contents: its packages are not assessed.'),
      ],
    };
  }
  const packages = entries.flatMap((entry) => draftOf(entry) ?? []);
  const invalid = entries.length - packages.length;
  if (invalid === 0) return { packages };
  return {
    packages,
    problems: [
      incomplete(
        'bottlerocket-entry-invalid',
        `${invalid} of ${entries.length} entries of the inventory could not be understood.`,
      ),
    ],
  };
}

export const bottlerocket: Cataloger = {
  id: 'bottlerocket',
  title: 'Bottlerocket inventory',
  specification: ['https://github.com/bottlerocket-os/bottlerocket/blob/develop/README.md'],
  version: 1,
  packageTypes: ['rpm'],
  evidence: 'installed',
  reads: [NAME],
  patterns: [
    { path: NAME },
    // The root file system as the image of an update has it.
    {
      basename: 'application-inventory.json',
      where: /^[a-z0-9_]+-bottlerocket-linux-gnu\/sys-root\/usr\/share\/bottlerocket\/[^/]+$/,
    },
  ],
  extract,
};
