/** Slices of Ubuntu packages in images that Chisel cut. https://documentation.ubuntu.com/chisel/en/latest/reference/manifest */
import { zstdDecompressSync } from 'node:zlib';
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, messageOf } from '../../../model/problem.ts';
import type { Cataloger, Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { osPackageDraft } from '../../os-packages.ts';
import { ownedPaths } from '../../ownership.ts';

const MANIFEST = 'var/lib/chisel/manifest.wall';
const MAX_UNPACKED = 256 * 1024 * 1024;

function extract(file: FileContent, context: ExtractContext): Extract {
  const broken = (why: string): Extract => ({
    packages: [],
    problems: [
      incomplete('chisel-manifest-unreadable', `The manifest of Chisel cannot be read (${why}): its packages are not assessed.`),
    ],
  });
  const packed = file.bytes();
  if (!packed.ok) return { packages: [], problems: [packed.problem] };
  let text: string;
  try {
    const bytes = zstdDecompressSync(packed.value, { maxOutputLength: MAX_UNPACKED });
    if (!context.spend(bytes.length)) return broken('it unpacks to more than is allowed here');
    text = bytes.toString('utf8');
  } catch (error) {
    return broken(messageOf(error).slice(0, 100));
  }
  const packages = new Map<string, PackageDraft>();
  const files = new Map<string, string[]>();
  let invalid = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    try {
      const { kind, name, version, arch, slice, path } = Object(JSON.parse(line)) as Record<string, unknown>;
      if (kind === 'package') {
        if (typeof name !== 'string' || typeof version !== 'string') invalid++;
        else
          packages.set(
            name,
            osPackageDraft({ type: 'deb', name, version, ...(typeof arch === 'string' ? { architecture: arch } : {}) }),
          );
      } else if (kind === 'content' && typeof slice === 'string' && typeof path === 'string') {
        // A slice is named after its package: `libc6_libs`.
        const owner = slice.slice(0, slice.lastIndexOf('_'));
        const list = files.get(owner);
        if (list === undefined) files.set(owner, [path]);
        else list.push(path);
      }
    } catch {
      invalid++;
    }
  }
  if (packages.size === 0) return broken('it names no package');
  const owns = [...files].flatMap(([name, list]) => {
    const purl = packages.get(name)?.purl;
    const paths = purl === undefined ? [] : ownedPaths(list, context);
    return purl === undefined || paths.length === 0 ? [] : [{ purl, paths }];
  });
  const problems =
    invalid === 0
      ? undefined
      : [incomplete('chisel-entry-invalid', `${invalid} lines of the manifest of Chisel could not be understood.`)];
  return {
    packages: [...packages.values()],
    ...(problems === undefined ? {} : { problems }),
    ...(owns.length === 0 ? {} : { owns }),
  };
}

export const chisel: Cataloger = {
  id: 'chisel',
  title: 'Ubuntu package slices (Chisel)',
  specification: ['https://documentation.ubuntu.com/chisel/en/latest/reference/manifest'],
  version: 1,
  packageTypes: ['deb'],
  evidence: 'installed',
  reads: [MANIFEST],
  patterns: [{ path: MANIFEST }],
  extract,
};
