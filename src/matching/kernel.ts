/** Kernel packages: which of them run, and what that means for a finding. docs/matching.md explains the rules. */
import type { Suppression } from '../model/finding.ts';
import type { OperatingSystem, Package, Target } from '../model/package.ts';

/** Source packages that are, or are built from, the kernel. */
const DEB_SOURCE =
  /^linux(?:-(?:signed(?:-\w+)?|meta(?:-.*)?|aws.*|azure.*|gcp.*|gke.*|oracle.*|oem.*|hwe.*|kvm|raspi.*|lowlatency.*|ibm.*|realtime.*|nvidia.*|bluefield|fips|intel.*|riscv.*|xilinx.*|latest|\d.*))?$/;
const RPM_NAME = /^kernel(?:-|$)|^kernel\d|^bpftool$|^perf$|^python3?-perf$|^kmod-kvdo$/;
const APK_NAME = /^linux-(?!pam|headers$|firmware)[\w-]+$/;
/** Built from the kernel's source without any of its running code. */
const WITHOUT_CODE =
  /^(?:linux-(?:libc-dev|headers|kbuild|doc|source|compiler|support|tools|perf|cpupower|config|base|buildinfo)|linux-\w+-headers|kernel-(?:headers|doc|devel|srpm-macros|rpm-macros|tools|tools-libs|abi|modules-extra-matched)|libcpupower|bpftool|perf$|python3?-perf)/;
/** Packages whose files are a kernel that can be started, with its release in the name or version. */
const DEB_IMAGE = /^linux-(?:image|modules|modules-extra)-(?:unsigned-|uc-)?(\d.*?)(?:-dbg)?$/;

/** Whether the package is built from the kernel's source. */
export function isKernelPackage(pkg: Package): boolean {
  if (pkg.type === 'deb') return DEB_SOURCE.test(pkg.source?.name ?? pkg.name);
  if (pkg.type === 'rpm') return RPM_NAME.test(pkg.name) && !pkg.name.startsWith('kernel-livepatch');
  return pkg.type === 'apk' && APK_NAME.test(pkg.name);
}

/** Whether the installed package is the kernel that runs; undefined when its name does not say which kernel it is. */
function runs(pkg: Package, release: string): boolean | undefined {
  if (pkg.type === 'deb') {
    const flavour = DEB_IMAGE.exec(pkg.name)?.[1];
    return flavour === undefined ? undefined : flavour === release;
  }
  if (pkg.type === 'rpm') {
    const version = pkg.version.replace(/^\d+:/, '');
    return release === version || release === `${version}.${pkg.architecture ?? ''}` || release.startsWith(`${version}.`);
  }
  // apk: 6.6.8-0-lts of linux-lts 6.6.8-r0.
  const match = /^(.*)-(\d+)-(\w+)$/.exec(release);
  return match === null ? undefined : pkg.version === `${match[1]}-r${match[2]}` && pkg.name === `linux-${match[3]}`;
}

/** Tells for a kernel package what hides its findings; undefined when they stand. */
export function kernelSuppression(pkg: Package, target: Target, installed: readonly Package[]): Suppression | undefined {
  if (WITHOUT_CODE.test(pkg.name)) {
    return { by: 'kernel-without-code', reason: 'built from the kernel sources, but holds no code of the running kernel' };
  }
  if (target.kind === 'image' || target.kind === 'lambda') {
    return { by: 'kernel-in-image', reason: 'containers run the kernel of their host: kernel packages in an image never run' };
  }
  const release = runningRelease(target.os);
  if (release === undefined) return undefined;
  const known = installed.some((one) => runs(one, release) === true);
  const verdict = runs(pkg, release);
  if (!known || verdict === true) return undefined;
  if (verdict === undefined && sharesKernel(pkg, installed, release)) return undefined;
  return { by: 'kernel-not-running', reason: `the running kernel is ${release}; this package is not part of it` };
}

/** Meta packages (`linux-image-amd64`) have no kernel of their own: their findings are those of the image package. */
function sharesKernel(pkg: Package, installed: readonly Package[], release: string): boolean {
  return installed.every((one) => one.type !== pkg.type || runs(one, release) === undefined);
}

function runningRelease(os: OperatingSystem | undefined): string | undefined {
  return os?.kernelRelease === undefined || os.kernelRelease === '' ? undefined : os.kernelRelease;
}
