/** Crates in programs that cargo-auditable made. https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md */
import { inflateSync } from 'node:zlib';
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, messageOf } from '../../../model/problem.ts';
import type { Cataloger, Extract, ExtractContext, PackageDraft } from '../../cataloger.ts';
import { openExecutable, section } from '../../formats/executable.ts';
import { purlOf } from '../../purl.ts';

/** The list of a large program takes some hundred kilobytes. */
const MAX_PACKED = 8 * 1024 * 1024;
const MAX_UNPACKED = 32 * 1024 * 1024;

interface Crate {
  readonly draft: PackageDraft;
  readonly uses: readonly unknown[];
}

function crateOf(value: unknown): Crate | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, version, kind, root, dependencies } = value as Record<string, unknown>;
  if (typeof name !== 'string' || typeof version !== 'string' || name.trim() === '') return undefined;
  const draft: PackageDraft = {
    purl: purlOf({ type: 'cargo', name, version }),
    type: 'cargo',
    name,
    version,
    ...(root === true ? { root: true } : {}),
    // Crates that only ran during the build are listed too; they are not in the program.
    ...(kind === 'build' ? { development: true } : {}),
  };
  return { draft, uses: Array.isArray(dependencies) ? dependencies : [] };
}

function extract(file: FileContent, context: ExtractContext): Extract {
  const executable = openExecutable(file);
  const part = executable === undefined ? undefined : section(executable, '.dep-v0');
  if (part === undefined) return { packages: [] };
  const broken = (why: string): Extract => ({
    packages: [],
    problems: [incomplete('rust-audit-data-corrupt', `The program lists its crates, but the list cannot be read (${why}).`)],
  });
  if (part.size > MAX_PACKED) return broken('it is too large');
  let list: unknown;
  try {
    const json = inflateSync(file.read(part.offset, part.size), { maxOutputLength: MAX_UNPACKED });
    if (!context.spend(json.length)) return broken('it unpacks to more than is allowed here');
    const document: unknown = JSON.parse(json.toString('utf8'));
    list = typeof document === 'object' && document !== null ? Reflect.get(document, 'packages') : undefined;
  } catch (error) {
    return broken(messageOf(error).slice(0, 100));
  }
  if (!Array.isArray(list)) return broken('it has no packages');
  const crates = list.map(crateOf);
  const invalid = crates.filter((crate) => crate === undefined).length;
  const packages = crates.flatMap((crate) => {
    if (crate === undefined) return [];
    const purls = crate.uses.flatMap((index) => (typeof index === 'number' ? (crates[index]?.draft.purl ?? []) : []));
    return [purls.length === 0 ? crate.draft : { ...crate.draft, dependsOn: [...new Set(purls)].sort() }];
  });
  if (invalid === 0) return { packages };
  return {
    packages,
    problems: [incomplete('rust-audit-data-corrupt', `${invalid} crates that the program lists could not be understood.`)],
  };
}

export const rustBinary: Cataloger = {
  id: 'rust-binary',
  title: 'Rust programs (cargo-auditable)',
  specification: ['https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md'],
  version: 2,
  packageTypes: ['cargo'],
  evidence: 'installed',
  reads: ['crates listed by cargo-auditable in ELF, PE and Mach-O programs'],
  patterns: [{ executable: true }],
  extract,
};
