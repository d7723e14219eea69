/** Go modules and the Go standard library in compiled programs. */
import type { FileContent } from '../../../artifacts/file.ts';
import { incomplete } from '../../../model/problem.ts';
import type { Cataloger, Extract } from '../../cataloger.ts';
import { openExecutable } from '../../formats/executable.ts';
import { readBuildInfo } from './build-info.ts';
import { goPackages } from './modules.ts';

function extract(file: FileContent): Extract {
  const executable = openExecutable(file);
  if (executable === undefined) return { packages: [] };
  const info = readBuildInfo(file, executable);
  if (info === undefined) {
    if (!executable.truncated) return { packages: [] };
    return {
      packages: [],
      problems: [
        incomplete(
          'executable-truncated',
          'The program is cut off or damaged: what was compiled into it cannot be told. Replace the file.',
        ),
      ],
    };
  }
  if ('error' in info) {
    return {
      packages: [],
      problems: [
        incomplete(
          'go-build-info-corrupt',
          `The program was made with Go, but its build information cannot be read: ${info.error}.`,
        ),
      ],
    };
  }
  return { packages: goPackages(info) };
}

export const goBinary: Cataloger = {
  id: 'go-binary',
  title: 'Go programs',
  specification: ['https://pkg.go.dev/debug/buildinfo', 'https://pkg.go.dev/runtime/debug#BuildInfo'],
  version: 3,
  packageTypes: ['golang'],
  evidence: 'installed',
  reads: ['build information in ELF, PE and Mach-O programs, Go 1.13 and later, with the standard library'],
  patterns: [{ executable: true }],
  extract,
};
