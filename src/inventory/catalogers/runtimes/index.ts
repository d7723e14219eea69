/** Runtimes, servers and libraries that were copied or compiled into place rather than installed as packages. */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { cutOff } from '../../document.ts';
import { openExecutable, section } from '../../formats/executable.ts';
import { purlOf } from '../../purl.ts';
import { RECOGNISERS, type Recogniser, TEXT_PLACES } from './recognisers.ts';

const CHUNK = 1024 * 1024;
/** Longer than any version text, so that none is missed between two chunks. */
const OVERLAP = 512;
/** How much of one program is looked through; the largest runtimes have about 130 MB. */
const MAX_SEARCH = 256 * 1024 * 1024;
const MAX_TEXT = 1024 * 1024;

const DOTNET =
  /(?:^|\/)shared\/Microsoft\.(NETCore|AspNetCore|WindowsDesktop)\.App\/(\d{1,4}\.\d{1,4}\.\d{1,4}[\w.-]{0,40})\/[^/]+$/;
const DOTNET_PRODUCTS: Readonly<Record<string, string>> = {
  NETCore: 'dotnet-runtime',
  AspNetCore: 'aspnetcore-runtime',
  WindowsDesktop: 'windowsdesktop-runtime',
};
const GO_TOOLCHAIN = /(?:^|\/)go\/VERSION$/;

function generic(product: string, version: string, vendor?: string): PackageDraft {
  const purl = purlOf({ type: 'generic', name: product, version });
  return { purl, type: 'generic', name: product, version, ...(vendor === undefined ? {} : { vendor }) };
}

/** The first version text in the bytes between two offsets. */
function searchRange(content: FileContent, from: number, to: number, recogniser: Recogniser, prefix: string): string | undefined {
  const end = Math.min(to, from + MAX_SEARCH);
  for (let at = from; at < end; at += CHUNK) {
    const bytes = content.read(at, Math.min(CHUNK + OVERLAP, end - at));
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const version = versionIn(text, recogniser, prefix);
    if (version !== undefined) return version;
  }
  return undefined;
}

function versionIn(text: string, recogniser: Recogniser, prefix: string): string | undefined {
  for (const pattern of recogniser.versions) {
    if (prefix === '') {
      const version = pattern.exec(text)?.[1];
      if (version !== undefined) return version;
      continue;
    }
    for (const found of text.matchAll(new RegExp(pattern, `${pattern.flags}g`))) {
      if (found[1]?.startsWith(`${prefix}.`)) return found[1];
    }
  }
  return undefined;
}

function binaryVersion(content: FileContent, recogniser: Recogniser, prefix: string): string | undefined {
  const executable = openExecutable(content);
  if (executable === undefined) return undefined;
  // Texts are constants: where those are known they are looked through first, and usually nothing else.
  const constants = section(executable, '.rodata', '.rdata', '__cstring');
  if (constants !== undefined) {
    const version = searchRange(content, constants.offset, constants.offset + constants.size, recogniser, prefix);
    if (version !== undefined) return version;
  }
  return searchRange(content, 0, content.size, recogniser, prefix);
}

function extract(file: FileContent): Extract {
  const dotnet = DOTNET.exec(file.path);
  if (dotnet !== null) return { packages: [generic(DOTNET_PRODUCTS[dotnet[1] ?? ''] ?? 'dotnet-runtime', dotnet[2] ?? '')] };
  const name = file.path.slice(file.path.lastIndexOf('/') + 1);
  if (name === 'VERSION') return goToolchain(file);
  const packages: PackageDraft[] = [];
  for (const recogniser of RECOGNISERS) {
    const found = recogniser.file.exec(name);
    if (found === null) continue;
    if (recogniser.kind === 'binary') {
      const version = binaryVersion(file, recogniser, found[1] ?? '');
      if (version !== undefined) packages.push(generic(recogniser.product, version));
      continue;
    }
    const text = file.text(MAX_TEXT);
    // Much else is called `release`: a large one is not what is meant.
    if (!text.ok) continue;
    const version = versionIn(text.value, recogniser, '');
    const vendor = recogniser.product === 'openjdk' ? /^IMPLEMENTOR="([^"\n]{1,80})"/m.exec(text.value)?.[1] : undefined;
    if (version !== undefined) packages.push(generic(recogniser.product, version, vendor));
    else if (name !== 'release' || /^(?:JAVA_|IMPLEMENTOR=")/m.test(text.value))
      return { packages, problems: [unknown(recogniser.product)] };
    if (name === 'OTP_VERSION') return { packages, problems: cutOff('file with the version of Erlang', file) };
  }
  return { packages };
}

function unknown(product: string): Problem {
  return incomplete(
    'runtime-version-unknown',
    `This file tells the version of ${product}, but cannot be understood: ${product} was not assessed.`,
  );
}

/** `go1.22.1` in the VERSION file of a Go installation: advisories call it `toolchain`. */
function goToolchain(file: FileContent): Extract {
  const text = file.text(MAX_TEXT);
  const version = text.ok ? /^go(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)\s*(?:\n|$)/.exec(text.value)?.[1] : undefined;
  if (version === undefined) return { packages: [], problems: text.ok && text.value.startsWith('go') ? [unknown('Go')] : [] };
  // Go 1.21 added a line with the time. Before, no line was ended: `go1.2` is rather part of a version than from 2013.
  const minor = Number(version.split('.')[1]);
  const problems = minor >= 21 || minor <= 2 ? cutOff('file with the version of Go', file) : [];
  const purl = purlOf({ type: 'golang', name: 'toolchain', version });
  return { packages: [{ purl, type: 'golang', name: 'toolchain', version }], problems };
}

/** One condition on the whole path for all programs, made of the table's file names. */
const BINARY_NAMES = RECOGNISERS.filter((recogniser) => recogniser.kind === 'binary').map((recogniser) =>
  recogniser.file.source.replace(/^\^/, '').replace(/\$$/, ''),
);

export const runtimes: Cataloger = {
  id: 'runtimes',
  title: 'Runtimes and servers without a package',
  specification: ['https://github.com/package-url/purl-spec/blob/main/types-doc/generic-definition.md'],
  version: 2,
  packageTypes: ['generic', 'golang'],
  evidence: 'installed',
  reads: [
    ...new Set(RECOGNISERS.map((recogniser) => recogniser.product)),
    'dotnet-runtime',
    'aspnetcore-runtime',
    'Go toolchain',
  ],
  patterns: [
    { executable: true, where: new RegExp(`(?:^|/)(?:${BINARY_NAMES.join('|')})$`) },
    ...TEXT_PLACES,
    { basename: 'VERSION', where: GO_TOOLCHAIN },
    { extension: '.deps.json', where: DOTNET },
  ],
  extract,
};
