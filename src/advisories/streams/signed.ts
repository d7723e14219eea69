/**
 * Debian and Ubuntu sign boot code in source packages of their own, built from the binaries of the real source. The kernel image
 * that is installed, `linux-image-6.1.0-18-amd64`, says that its source is `linux-signed-amd64` 6.1.76+1; advisories speak of `linux`
 * 6.1.76-1. Asking for the signed name would miss every kernel.
 */
import type { Package } from '../../model/package.ts';

interface SignedSource {
  readonly distribution: string;
  /** Name of the signed source; a group is the rest of the real one's name. */
  readonly name: RegExp;
  readonly real: string;
  /** The real source's version within the signed one's. */
  readonly version: (version: string) => string;
}

/** The hyphen before the revision is a plus sign, which native packages may have: `6.1.76+1` is `6.1.76-1`. */
function plusToHyphen(version: string): string {
  return version.replace('+', '-');
}

const SIGNED: readonly SignedSource[] = [
  { distribution: 'debian', name: /^linux-signed-(?:amd64|arm64|i386)$/, real: 'linux', version: plusToHyphen },
  {
    distribution: 'debian',
    name: /^grub-efi-(?:amd64|arm64|ia32)-signed$/,
    real: 'grub2',
    // The number of the signing comes first: `1+2.06+13+deb12u1`.
    version: (version) => plusToHyphen(version.replace(/^\d+\+/, '')),
  },
  { distribution: 'ubuntu', name: /^linux-signed(-[a-z0-9.-]{1,40})?$/, real: 'linux', version: (version) => version },
];

/** Name and version of the source that advisories speak of. */
export function realSource(distribution: string, pkg: Package): { readonly name: string; readonly version: string } {
  const name = pkg.source?.name ?? pkg.name;
  const version = pkg.source?.version ?? pkg.version;
  for (const signed of SIGNED) {
    const found = signed.distribution === distribution ? signed.name.exec(name) : null;
    if (found !== null) return { name: `${signed.real}${found[1] ?? ''}`, version: signed.version(version) };
  }
  return { name, version };
}
