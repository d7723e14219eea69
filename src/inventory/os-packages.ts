/** How the catalogers of operating system packages write down what they found, and how the distribution gets into the purl. */
import type { OperatingSystem } from '../model/package.ts';
import type { PackageDraft } from './cataloger.ts';
import { parsePurl, purlOf } from './purl.ts';

type OsPackageType = 'deb' | 'rpm' | 'apk';

export interface OsPackageFacts extends Omit<PackageDraft, 'purl' | 'type' | 'version'> {
  readonly type: OsPackageType;
  /** Without epoch for rpm; as written for deb and apk. */
  readonly version: string;
  /** rpm only; 0 counts as none. */
  readonly epoch?: number;
}

/**
 * The draft of an operating system package. One file does not say which distribution it belongs to: the purl has no namespace
 * until `distributionPurl` gives it one.
 */
export function osPackageDraft(facts: OsPackageFacts): PackageDraft {
  const { epoch, ...rest } = facts;
  const hasEpoch = epoch !== undefined && epoch !== 0;
  const qualifiers = { arch: facts.architecture, epoch: hasEpoch ? String(epoch) : undefined };
  const purl = purlOf({ type: facts.type, name: facts.name, version: facts.version, qualifiers });
  return { purl, ...rest, version: hasEpoch ? `${epoch}:${facts.version}` : facts.version };
}

/** `source`, unless it says nothing that the package itself does not say. */
export function sourceOf(
  name: string | undefined,
  version: string | undefined,
  own: { name: string; version: string },
): PackageDraft['source'] {
  if (!name) return undefined;
  if (version === undefined || version === '' || version === own.version) return name === own.name ? undefined : { name };
  return { name, version };
}

const OS_TYPES: ReadonlySet<string> = new Set<OsPackageType>(['deb', 'rpm', 'apk']);

/** True for the types whose purl namespace is the distribution. */
export function isOsPackage(type: string): type is OsPackageType {
  return OS_TYPES.has(type);
}

/** The purl with the distribution as namespace and as `distro` qualifier; purls of other types, or with a namespace, are returned as they are. */
export function distributionPurl(purl: string, os: OperatingSystem | undefined): string {
  if (os === undefined || os.id === '') return purl;
  const parts = parsePurl(purl);
  if (parts === undefined || !isOsPackage(parts.type) || parts.namespace !== undefined) return purl;
  const distro = os.versionId === '' ? os.id : `${os.id}-${os.versionId}`;
  return purlOf({ ...parts, namespace: os.id, qualifiers: { ...parts.qualifiers, distro } });
}
