/** Which streams are asked about a package, under which name and with which version. */
import type { OperatingSystem, Package } from '../../model/package.ts';
import { amazonStreams } from './amazon.ts';
import { type Distribution, distributionOf } from './distributions.ts';
import { type Ecosystem, ecosystemOfType } from './ecosystems.ts';
import { comparedVersion } from './families.ts';
import { type NameKind, none, type PackageQueries, type StreamChoice, type StreamQuery } from './model.ts';
import { goModulesOf, PRODUCTS, productName, productScheme } from './products.ts';
import { redhatChannels } from './redhat.ts';
import { releaseName, streamName, whyUnsupported } from './release.ts';
import { realSource } from './signed.ts';
import { suseStreams } from './suse.ts';
import { thirdParty } from './third-parties.ts';
import { ubuntuChannels } from './ubuntu.ts';

const OS_TYPES: ReadonlySet<string> = new Set(['deb', 'rpm', 'apk']);

function isPseudo(pkg: Package): boolean {
  // Keys that rpm keeps as packages, and the dependency lists that `apk add --virtual` makes.
  return (pkg.type === 'rpm' && pkg.name === 'gpg-pubkey') || (pkg.type === 'apk' && pkg.name.startsWith('.'));
}

function noVersion(pkg: Package): PackageQueries {
  return none('no-version', 'no file says which version it is', pkg.root === true);
}

function base(stream: string): StreamChoice {
  return { stream, role: 'base' };
}

/** Streams beside the one that the release names. */
const EXCEPTIONS: Readonly<Record<string, (pkg: Package, os: OperatingSystem, release: string) => readonly StreamChoice[]>> = {
  amazon: (pkg, _os, release) => amazonStreams(pkg, release).map(base),
  debian: (_pkg, os, release) =>
    [`debian/${release}`, ...(os.versionId === 'sid' && release !== 'sid' ? ['debian/sid'] : [])].map(base),
  rhel: (pkg, os, release) => [base(`rhel/${release}`), ...redhatChannels(pkg, os, release)],
  sles: (_pkg, os, release) => suseStreams(os, release),
  ubuntu: (pkg, os, release) => [base(`ubuntu/${release}`), ...ubuntuChannels(pkg, os, release)],
};

function withoutEpoch(version: string): string {
  return version.replace(/^\d+:/, '');
}

/** What is compared under each kind of name. A source rpm's file name has no epoch, so its version has none either. */
function named(pkg: Package, by: NameKind, distribution: Distribution): Omit<StreamQuery, keyof StreamChoice> {
  if (by === 'binary') return { name: pkg.name, by, version: pkg.version };
  const { name, version } = realSource(distribution.id, pkg);
  return pkg.type === 'rpm' ? { name, by, version: withoutEpoch(version), epochUnknown: true } : { name, by, version };
}

function systemQueries(pkg: Package, os: OperatingSystem | undefined): PackageQueries {
  if (os === undefined || os.id === '') return none('unknown-distribution', 'no file says which distribution it is');
  const distribution = distributionOf(os.id);
  if (distribution === undefined)
    return none('unknown-distribution', `Vedette has no advisory source for ${os.prettyName || os.id}`);
  if (distribution.scheme !== pkg.type) return none('third-party', `${distribution.title} has no packages of type ${pkg.type}`);
  const release = releaseName(distribution, os);
  const unsupported = whyUnsupported(distribution, os, release);
  if (unsupported !== undefined) return none('unsupported-release', unsupported);
  const builder = thirdParty(pkg, distribution);
  if (builder !== undefined) return none('third-party', `built by ${builder}`);
  return { kind: 'queries', scheme: distribution.scheme, queries: distributionQueries(pkg, os, distribution, release) };
}

function distributionQueries(pkg: Package, os: OperatingSystem, distribution: Distribution, release: string): StreamQuery[] {
  const choices = EXCEPTIONS[distribution.id]?.(pkg, os, release) ?? [base(streamName(distribution, release))];
  const names = distribution.names.map((by) => named(pkg, by, distribution));
  return choices.flatMap((choice) =>
    names.map((name) => ({ ...choice, ...name, version: comparedVersion(choice.stream, name.version) })),
  );
}

function languageQueries(pkg: Package, ecosystem: Ecosystem): PackageQueries {
  if (ecosystem.feeds.length === 0) return none('unsupported-type', `no advisory source speaks of ${ecosystem.title} packages`);
  if (ecosystem.complete?.form.test(pkg.name) === false) return none('unsupported-type', ecosystem.complete.otherwise);
  if (ecosystem.privateNamespaces === true && pkg.namespace !== undefined)
    return none('third-party', `published by ${pkg.namespace.slice(0, 80)} and not by the public registry`);
  const version = ecosystem.version?.(pkg.version) ?? pkg.version;
  if (version === '') return noVersion(pkg);
  const name = ecosystem.normalize?.(pkg.name) ?? pkg.name;
  const query: StreamQuery = { stream: ecosystem.id, name, by: 'binary', version, role: 'base' };
  return { kind: 'queries', scheme: ecosystem.scheme, queries: [query] };
}

function programQueries(pkg: Package): PackageQueries {
  const modules = goModulesOf(pkg.name);
  if (modules.length > 0) {
    const queries = modules.map(
      (name): StreamQuery => ({ stream: 'Go', name, by: 'binary', version: pkg.version, role: 'base' }),
    );
    return { kind: 'queries', scheme: 'go', queries };
  }
  const name = productName(pkg.name);
  if (!PRODUCTS.has(name)) return none('unsupported-type', 'no advisory source speaks of programs by these names');
  const query: StreamQuery = { stream: `generic/${name}`, name, by: 'binary', version: pkg.version, role: 'base' };
  return { kind: 'queries', scheme: productScheme(name), queries: [query] };
}

/** The questions about a package, or the reason why there are none. Every package gets one or the other. */
export function queriesFor(pkg: Package, os: OperatingSystem | undefined): PackageQueries {
  if (isPseudo(pkg)) return none('pseudo-package', 'it stands for no software', true);
  if (pkg.version.trim() === '') return noVersion(pkg);
  if (OS_TYPES.has(pkg.type)) return systemQueries(pkg, os);
  const ecosystem = ecosystemOfType(pkg.type);
  if (ecosystem !== undefined) return languageQueries(pkg, ecosystem);
  return pkg.type === 'generic'
    ? programQueries(pkg)
    : none('unsupported-type', `no advisory source speaks of ${pkg.type} packages`);
}
