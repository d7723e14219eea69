/** The inventory vocabulary: what is installed or declared, where, and how we know. */
import type { Problem } from './problem.ts';

/** purl types (https://github.com/package-url/purl-spec) that Vedette catalogs. */
export const PACKAGE_TYPES = [
  'deb',
  'rpm',
  'apk',
  'npm',
  'pypi',
  'maven',
  'golang',
  'cargo',
  'gem',
  'composer',
  'nuget',
  'pub',
  'hex',
  'swift',
  'cocoapods',
  'conan',
  'hackage',
  'cran',
  'githubactions',
  'bitnami',
  'generic',
] as const;
export type PackageType = (typeof PACKAGE_TYPES)[number];

/** `installed`: files that run. `declared`: a lock file or manifest that says what would be installed. */
export type PackageEvidence = 'installed' | 'declared';

export interface Location {
  /** Path inside the target, no leading slash; a nested archive member is `outer.jar!/inner.jar`. */
  readonly path: string;
  /** Digest (diff id where known) of the layer that brought the file. */
  readonly layer?: string;
  /** The image history line that made the layer. */
  readonly createdBy?: string;
}

export interface Package {
  /** Canonical purl; unique key of a package within an inventory. */
  readonly purl: string;
  readonly type: PackageType;
  /** purl namespace: npm scope with `@`, Maven group id, distribution id for OS packages, Go host and path … */
  readonly namespace?: string;
  /** Name as the ecosystem writes it, with its namespace where names carry one (`@scope/name`, `group:artifact`, Go module path). */
  readonly name: string;
  /** As the native tool prints it; deb and rpm with `epoch:` when there is one. Empty when unknown. */
  readonly version: string;
  readonly evidence: PackageEvidence;
  readonly architecture?: string;
  /** deb and rpm: the source package; apk: the origin. `version` only where it differs from the binary's. */
  readonly source?: { readonly name: string; readonly version?: string };
  /** deb maintainer, rpm vendor, apk maintainer: tells a distribution's package from a third party's. */
  readonly vendor?: string;
  /** rpm from_repo, apk repository: which channel it came from. */
  readonly repository?: string;
  /** rpm modularity label `name:stream[:version:context]`. */
  readonly modularity?: string;
  readonly licenses?: readonly string[];
  /** Sorted by path. */
  readonly locations: readonly Location[];
  /** purls of the packages this one depends on directly, within the inventory. */
  readonly dependsOn?: readonly string[];
  /** The project itself rather than something it uses. */
  readonly root?: boolean;
  /** Named by the project's own manifest. */
  readonly direct?: boolean;
  readonly development?: boolean;
  /** Purls of the OS packages that own every location's file. */
  readonly ownedBy?: readonly string[];
  /** Id of the cataloger that found it. */
  readonly foundBy: string;
}

/** Facts about the operating system, from os-release and friends. */
export interface OperatingSystem {
  /** os-release ID: debian, ubuntu, alpine, amzn, rhel, almalinux, rocky, sles, opensuse-leap, bottlerocket … */
  readonly id: string;
  readonly versionId: string;
  readonly idLike?: readonly string[];
  readonly codename?: string;
  readonly variantId?: string;
  readonly prettyName: string;
  /** Release of the running kernel (`uname -r`); only for the live host. */
  readonly kernelRelease?: string;
  /** Ubuntu Pro services that are enabled: `esm-infra`, `esm-apps` …; undefined when unknown. */
  readonly proServices?: readonly string[];
  /** apk repositories, CPEs, content sets: raw facts that choose an advisory stream. */
  readonly repositories?: readonly string[];
  readonly cpe?: string;
}

/** What a target is. `installed` evidence counts for the first five, `declared` for projects. */
export type TargetKind = 'image' | 'host' | 'rootfs' | 'lambda' | 'sbom' | 'project';

export interface Target {
  readonly kind: TargetKind;
  /** What the user typed or what identifies it: reference, path, host name. */
  readonly name: string;
  /** Image manifest or config digest. */
  readonly digest?: string;
  readonly architecture?: string;
  readonly os?: OperatingSystem;
}

/** A snapshot of what a target contains: the only thing matching sees. */
export interface Inventory {
  readonly target: Target;
  /** Sorted by purl; one entry per purl with all its locations. */
  readonly packages: readonly Package[];
  readonly problems: readonly Problem[];
  /** Names of what a document lists and does not tell enough of; absent when there are none. */
  readonly unassessed?: readonly string[];
}
