/**
 * The list that replaces the database in images without rpm: one line per package of tab-separated
 * NAME, VERSION-RELEASE, INSTALLTIME, BUILDTIME, VENDOR, EPOCH, SIZE, ARCH, EPOCHNUM, SOURCERPM.
 * https://github.com/microsoft/azurelinux/blob/3.0/SPECS/distroless-packages/
 */
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { RpmHeader } from './header.ts';

const COLUMNS = 10;

export function readManifest(text: string): { headers: RpmHeader[]; problems: Problem[] } {
  const headers: RpmHeader[] = [];
  let invalid = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const columns = line.split('\t').map((part) => (part === '(none)' ? '' : part.trim()));
    const [name, evr, , , vendor, , , architecture, epoch, sourceRpm] = columns;
    const dash = evr?.lastIndexOf('-') ?? -1;
    if (!name || evr === undefined || dash <= 0 || sourceRpm === undefined || columns.length > COLUMNS) {
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
  if (text === '' || !text.endsWith('\n')) {
    const message = 'The package manifest ends in the middle of a line: packages after it are missing. Build the image again.';
    problems.push(incomplete('rpm-manifest-truncated', message));
  }
  return { headers, problems };
}
