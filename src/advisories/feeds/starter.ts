/** The starter set that ships with Vedette, in the layout of a mirror. docs/advisory-data.md says what is in it. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Its folder lies beside `package.json`, above the sources and the bundle alike. */
export function starterDirectory(from = import.meta.dirname): string {
  for (let directory = from; ; directory = dirname(directory)) {
    if (existsSync(join(directory, 'package.json')) || directory === dirname(directory)) return join(directory, 'starter');
  }
}
