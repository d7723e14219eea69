/** Which operating system this is. https://www.freedesktop.org/software/systemd/man/os-release.html */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete, messageOf, notice } from '../../../model/problem.ts';
import type { Assembly, Cataloger, Extract, PathExtract } from '../../cataloger.ts';
import {
  alpineRelease,
  apkRepositories,
  contentManifest,
  debianVersion,
  lsbRelease,
  type OsFacts,
  osRelease,
  releaseLine,
  ubuntuPro,
} from './facts.ts';

/** Release files are a few lines; anything larger is not one. */
const MAX_BYTES = 1024 * 1024;

interface Source {
  readonly path: string;
  readonly read: (text: string) => OsFacts;
  /** Also told when another file named the system first: facts that no release file has. */
  readonly always?: true;
}

/** The first that names a system decides; the others add only what they alone can say. */
const SOURCES: readonly Source[] = [
  { path: 'etc/os-release', read: osRelease },
  { path: 'usr/lib/os-release', read: osRelease },
  // A derivative keeps the file of what it was built from: its own comes first.
  { path: 'etc/oracle-release', read: releaseLine },
  { path: 'etc/almalinux-release', read: releaseLine },
  { path: 'etc/rocky-release', read: releaseLine },
  { path: 'etc/centos-release', read: releaseLine },
  { path: 'etc/fedora-release', read: releaseLine },
  { path: 'etc/mariner-release', read: releaseLine },
  { path: 'etc/photon-release', read: releaseLine },
  { path: 'etc/SuSE-release', read: releaseLine },
  { path: 'etc/system-release', read: releaseLine },
  { path: 'etc/redhat-release', read: releaseLine },
  { path: 'etc/alpine-release', read: alpineRelease },
  { path: 'etc/lsb-release', read: lsbRelease },
  { path: 'etc/debian_version', read: debianVersion },
  { path: 'etc/apk/repositories', read: apkRepositories, always: true },
  { path: 'var/lib/ubuntu-advantage/status.json', read: ubuntuPro, always: true },
];
const SOURCE_OF = new Map(SOURCES.map((source, rank) => [source.path, { ...source, rank }]));
const MANIFESTS = ['root/buildinfo/content_manifests', 'usr/share/buildinfo'];

function isManifest(path: string): boolean {
  return MANIFESTS.some((folder) => path.startsWith(`${folder}/`));
}

const CUT = incomplete(
  'os-release-truncated',
  'This file about the operating system ends in the middle of the line that names it or its version, which may be another one. Restore it, or end its last line.',
);

/** The text ends with an id or version that is from a line without an end: only part of it may be there. */
function isCut(text: string, facts: OsFacts, read: Source['read']): boolean {
  if (![facts.id, facts.versionId].some((value) => value !== undefined && text.endsWith(value))) return false;
  const whole = read(text.slice(0, text.lastIndexOf('\n') + 1));
  return whole.id !== facts.id || whole.versionId !== facts.versionId;
}

function extract(file: FileContent): Extract {
  const read = isManifest(file.path) ? contentManifest : (SOURCE_OF.get(file.path)?.read ?? osRelease);
  const text = file.text(MAX_BYTES);
  if (!text.ok) return { packages: [], problems: [text.problem] };
  try {
    const data = read(text.value);
    return { packages: [], data, ...(isCut(text.value, data, read) ? { problems: [CUT] } : {}) };
  } catch (error) {
    const why = messageOf(error).slice(0, 100);
    return {
      packages: [],
      problems: [notice('os-release-unreadable', `This file about the operating system cannot be read (${why}).`)],
    };
  }
}

function assemble(extracts: readonly PathExtract[]): Assembly {
  const facts = extracts
    .map(({ path, extract }) => ({ path, facts: (extract.data ?? {}) as OsFacts, source: SOURCE_OF.get(path) }))
    .sort((a, b) => (a.source?.rank ?? SOURCES.length) - (b.source?.rank ?? SOURCES.length));
  const named = facts.find((entry) => entry.facts.id !== undefined);
  let os: OsFacts = { ...named?.facts };
  for (const { facts: more, source } of facts) {
    // A release candidate's os-release has no VERSION_ID; the older file of the same system does.
    if (more.id !== undefined && more.id === os.id) os = { ...more, ...os };
    else if (source === undefined || source.always) os = { ...os, ...more, ...mergedRepositories(os, more) };
  }
  return Object.keys(os).length === 0 ? { packages: [] } : { packages: [], os };
}

function mergedRepositories(a: OsFacts, b: OsFacts): OsFacts {
  const all = [...new Set([...(a.repositories ?? []), ...(b.repositories ?? [])])].sort();
  return all.length === 0 ? {} : { repositories: all };
}

export const osReleaseCataloger: Cataloger = {
  id: 'os-release',
  title: 'Operating system',
  specification: [
    'https://www.freedesktop.org/software/systemd/man/os-release.html',
    'https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/lsbrelease.html',
    'https://wiki.alpinelinux.org/wiki/Repositories',
    'https://canonical-ubuntu-pro-client.readthedocs-hosted.com/',
  ],
  version: 2,
  packageTypes: [],
  evidence: 'installed',
  reads: [
    'os-release',
    'lsb-release',
    'debian_version',
    'alpine-release, apk repositories',
    'redhat-release and its kind',
    'Ubuntu Pro status',
    'Red Hat content manifests',
  ],
  patterns: [
    ...SOURCES.map(({ path }) => ({ path })),
    ...MANIFESTS.map((under) => ({ under, where: /\/content_manifests\/[^/]+\.json$|\/content-sets\.json$/ })),
  ],
  extract,
  assemble,
};
