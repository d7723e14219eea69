/**
 * The list that replaces the database in images without rpm: one line per package of tab-separated
 * NAME, VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, EPOCH, SIZE, ARCH, EPOCHNUM, SOURCERPM.
 * https://github.com/microsoft/azurelinux/blob/3.0/SPECS/distroless-packages/
 */
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { RpmHeader } from './header.ts';

export function readManifest(text: string): { headers: RpmHeader[]; problems: Problem[] } {
  const headers: RpmHeader[] = [];
  let invalid = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [name, evr, , , vendor, , , architecture, epoch, sourceRpm] = line
      .split('\t')
      .map((part) => (part === '(none)' ? '' : part.trim()));
    const dash = evr?.lastIndexOf('-') ?? -1;
    if (!name || evr === undefined || dash <= 0 || sourceRpm === undefined) {
      invalid++;
      continue;
    }
    headers.push({
      name,
      version: evr.slice(0, dash),
      release: evr.slice(dash + 1),
      ...(epoch && /^\d{1,9}$/.test(epoch) ? { epoch: Number(epoch) } : {}),
      ...(architecture ? { architecture } : {}),
      ...(vendor ? { vendor } : {}),
      ...(sourceRpm === '' ? {} : { sourceRpm }),
      *files() {},
    });
  }
  const problems =
    invalid === 0
      ? []
      : [incomplete('rpm-manifest-entry-invalid', `${invalid} lines of the package manifest could not be understood.`)];
  return { headers, problems };
}
