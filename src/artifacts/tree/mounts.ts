/** Mounted file systems that are not part of the machine's own disk contents: proc_pid_mountinfo(5). */

export interface ForeignMounts {
  /** Mount points below the root that are not entered. */
  readonly skipped: readonly string[];
  /** Those of them that hold real files, which the user should know about. */
  readonly told: readonly string[];
}

/** Kernel interfaces: no files in them. */
const PSEUDO = new Set(
  (
    'autofs binfmt_misc bpf cgroup cgroup2 configfs debugfs devpts devtmpfs efivarfs fusectl hugetlbfs mqueue nsfs proc pstore ' +
    'ramfs rpc_pipefs securityfs selinuxfs sysfs tracefs'
  ).split(' '),
);
/** Other machines' files: slow, possibly endless, and assessed where they are. */
const NETWORK =
  /^(?:nfs\d?|cifs|smb3?|smbfs|ceph|glusterfs|lustre|afs|9p|gpfs|beegfs|ocfs2|gfs2|virtiofs|fuse\.(?!fuse-overlayfs).*)$/;
/** Removable media and images of packages that are assessed by their own means. */
const IMAGES = new Set(['squashfs', 'iso9660', 'udf', 'erofs']);

/** mountinfo writes blanks and backslashes as octal. */
function decodeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** Which mounts of a machine a scan of its own disk leaves out. The root itself is never among them. */
export function foreignMounts(mountinfo: string): ForeignMounts {
  const skipped = new Set<string>();
  const told = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const dash = fields.indexOf('-', 6);
    const point = decodeOctal(fields[4] ?? '');
    const type = dash < 0 ? '' : (fields[dash + 1] ?? '');
    if (type === '' || point === '' || point === '/') continue;
    const path = point.replace(/^\/+/, '');
    if (PSEUDO.has(type)) skipped.add(path);
    else if (NETWORK.test(type) || IMAGES.has(type)) {
      skipped.add(path);
      told.add(`${point} (${type})`);
    }
  }
  return { skipped: [...skipped].sort(), told: [...told].sort() };
}
