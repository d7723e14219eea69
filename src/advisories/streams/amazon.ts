/**
 * Amazon Linux 2's Extras. A topic (`php8.1`, `kernel-5.10`, `docker`) is a repository beside the core one and often has packages
 * of the same names as core or as other topics: a `kernel` may be 4.14 of core or 5.10, 5.15 of a topic, and each has its own
 * advisories. The repository a package came from settles it. Where that is not known (images, SBOMs) the version of its source
 * does: kernel 5.10.230 is of `kernel-5.10`, php 8.1.29 of `php8.1`, and neither is of core.
 */
import type { Package } from '../../model/package.ts';
import { REPOSITORIES } from '../feeds/amazon/repositories.ts';

const EXTRAS = 'amazon/2/extras/';

/** Topics with other versions of packages that are in core too, and no version in their own name: only the repository tells. */
const TOLD_BY_REPOSITORY: ReadonlySet<string> = new Set(['dnsmasq', 'emacs', 'epel', 'selinux-ng', 'testing', 'vim']);

interface Topic {
  readonly name: string;
  /** Source package of the software that a versioned topic is about. */
  readonly software?: string;
  readonly line?: string;
}

function topicOf(name: string): Topic {
  const [, software, line] = /^([A-Za-z]+(?:-[a-z]+)*)-?(\d+(?:\.\d+)*)(?:\.x)?$/.exec(name) ?? [];
  return software === undefined || line === undefined ? { name } : { name, software, line };
}

const TOPICS: readonly Topic[] = REPOSITORIES.flatMap(({ stream }) =>
  stream.startsWith(EXTRAS) ? [topicOf(stream.slice(EXTRAS.length))] : [],
);

/** Whether the package is built from the software that the topic is about, in whatever version. */
function isOf(software: string, pkg: Package): boolean {
  if (pkg.source !== undefined) return pkg.source.name === software;
  if (/^kernel-livepatch-/.test(pkg.name)) return false;
  return pkg.name === software || pkg.name.startsWith(`${software}-`);
}

function isInLine(version: string, line: string): boolean {
  const plain = version.replace(/^\d+:/, '');
  return plain === line || plain.startsWith(`${line}.`) || plain.startsWith(`${line}-`);
}

/** Streams of an Amazon Linux 2 package. */
function streamsOfTwo(pkg: Package): readonly string[] {
  const repository = pkg.repository ?? '';
  const extra = /^amzn2extra-(.{1,60})$/.exec(repository)?.[1];
  if (extra !== undefined) return [`${EXTRAS}${extra}`];
  if (/^amzn2-core\b/.test(repository)) return ['amazon/2'];
  const version = pkg.source?.version ?? pkg.version;
  const kernel = isOf('kernel', pkg) ? /^(?:\d+:)?(\d+\.\d+)\./.exec(version)?.[1] : undefined;
  // Core has had 4.9 and 4.14; every later kernel is of a topic, known here or not.
  if (kernel !== undefined && Number.parseInt(kernel, 10) > 4) return [`${EXTRAS}kernel-${kernel}`];
  const fitting = TOPICS.filter(({ name, software, line }) => {
    if (TOLD_BY_REPOSITORY.has(name)) return false;
    return software === undefined || line === undefined || !isOf(software, pkg) || isInLine(version, line);
  });
  const own = fitting.filter(({ software, line }) => software !== undefined && line !== undefined && isOf(software, pkg));
  if (own.length > 0) return own.map(({ name }) => `${EXTRAS}${name}`);
  return ['amazon/2', ...fitting.map(({ name }) => `${EXTRAS}${name}`)];
}

/** Streams of a package of Amazon Linux. */
export function amazonStreams(pkg: Package, release: string): readonly string[] {
  if (release === '2') return streamsOfTwo(pkg);
  const base = `amazon/${release}`;
  const patched = release === '2023' && /^kernel-livepatch-/.test(pkg.name);
  return patched ? [base, `${base}/kernel-livepatch`] : [base];
}
