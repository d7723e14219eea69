import type { FileContent } from '../../../artifacts/file.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { cutOff, entriesSkipped, fields, items, readYaml, text, unexpected } from '../../document.ts';
import { purlOf } from '../../purl.ts';

function draftOf(name: string, version: string): PackageDraft {
  return { purl: purlOf({ type: 'hackage', name, version }), type: 'hackage', name, version };
}

/** `HsYAML-0.2.1.0@sha256:…,5311`: the version starts after the last dash. */
function fromIdentifier(identifier: string): PackageDraft | undefined {
  const found = /^([A-Za-z0-9][A-Za-z0-9-]{0,200})-(\d[\d.]{0,100})(?:$|@)/.exec(identifier);
  return found?.[1] === undefined || found[2] === undefined ? undefined : draftOf(found[1], found[2]);
}

function extractStack(document: unknown): Extract {
  const list = fields(document)?.packages;
  if (!Array.isArray(list)) return { packages: [], problems: [unexpected('stack.yaml.lock', 'it has no packages')] };
  const packages: PackageDraft[] = [];
  let invalid = 0;
  for (const item of items(list)) {
    const completed = fields(fields(item)?.completed);
    const identifier = text(completed?.hackage);
    const name = text(completed?.name);
    const version = text(completed?.version);
    // Archives and repositories state name and version instead.
    const draft =
      identifier !== undefined
        ? fromIdentifier(identifier)
        : name !== undefined && version !== undefined
          ? draftOf(name, version)
          : undefined;
    if (draft === undefined) invalid++;
    else packages.push(draft);
  }
  const skipped = invalid > 0 ? [entriesSkipped('stack.yaml.lock', invalid)] : [];
  const whole = fields(document)?.snapshots !== undefined;
  const cut = whole ? [] : [unexpected('whole stack.yaml.lock', 'its last part, "snapshots", is missing')];
  return { packages, problems: [...skipped, ...cut] };
}

/** `any` means wherever it is used; setup programs may be told apart: `app:setup.base`. */
const PINNED =
  /^\s*(?:constraints:\s*)?(?:any\.|[A-Za-z0-9-]{1,200}:setup\.)?([A-Za-z0-9][A-Za-z0-9-]{0,200})\s*==\s*(\d[\d.]{0,100})\s*$/;

/** `constraints: any.base ==4.14.3.0, any.zlib ==0.6.2.3, zlib -non-blocking-ffi`: flags are not packages. */
function extractFreeze(source: string, file: FileContent): Extract {
  const packages: PackageDraft[] = [];
  let invalid = 0;
  for (const part of source.split(/[,\n]/)) {
    if (!part.includes('==') && !/(?:^|\s)any\./.test(part)) continue;
    const found = PINNED.exec(part);
    if (found?.[1] === undefined || found[2] === undefined) invalid++;
    else packages.push(draftOf(found[1], found[2]));
  }
  if (packages.length === 0 && invalid === 0 && !source.includes('constraints'))
    return { packages, problems: [unexpected('cabal freeze file', 'it has no constraints')] };
  const skipped = invalid > 0 ? [entriesSkipped('cabal freeze file', invalid)] : [];
  const cut = /,\s*$/.test(source.slice(-200))
    ? [unexpected('whole cabal freeze file', 'its list of constraints does not end')]
    : [];
  return { packages, problems: [...skipped, ...cut, ...cutOff('cabal freeze file', file)] };
}

export const haskell: Cataloger = {
  id: 'haskell',
  title: 'Haskell lock files',
  specification: [
    'https://docs.haskellstack.org/en/stable/topics/lock_files/',
    'https://cabal.readthedocs.io/en/stable/cabal-commands.html#cabal-freeze',
  ],
  version: 2,
  packageTypes: ['hackage'],
  evidence: 'declared',
  reads: ['stack.yaml.lock', 'cabal.project.freeze'],
  patterns: [{ basename: 'stack.yaml.lock' }, { basename: 'cabal.project.freeze' }],
  extract(file) {
    if (file.path.endsWith('.lock')) {
      const document = readYaml(file);
      return document.ok ? extractStack(document.value) : { packages: [], problems: [document.problem] };
    }
    const source = file.text();
    return source.ok ? extractFreeze(source.value, file) : { packages: [], problems: [source.problem] };
  },
};
