import type { Cataloger } from '../../cataloger.ts';
import { NOT_INSTALLED } from '../../javascript/manifest.ts';
import { assembleInstalled } from './assemble.ts';
import { extractNpmFile } from './extract.ts';

/** Package roots: directly in a `node_modules` or a scope there, and where Yarn's pnpm layout puts them. Not what packages hold inside. */
const PACKAGE_ROOT = /(?:^|\/)node_modules\/(?:(?:@[^/]+\/)?[^/.@][^/]*|\.store\/[^/]+\/package)\/package\.json$/;

export const npmInstalled: Cataloger = {
  id: 'npm-installed',
  title: 'Installed npm packages',
  specification: [
    'https://docs.npmjs.com/cli/configuring-npm/folders',
    'https://docs.npmjs.com/cli/configuring-npm/package-json',
    'https://yarnpkg.com/advanced/pnp-spec',
  ],
  version: 2,
  packageTypes: ['npm'],
  evidence: 'installed',
  reads: [
    'node_modules of npm, Yarn, pnpm and Bun, global ones too',
    "Yarn Plug'n'Play maps (.pnp.cjs) and the archives they lead to",
    'package.json of the project (direct and development marks)',
  ],
  patterns: [
    { basename: 'package.json', where: PACKAGE_ROOT },
    { basename: 'package.json', where: NOT_INSTALLED },
    { basename: '.package-lock.json', where: /(?:^|\/)node_modules\/\.package-lock\.json$/ },
    { basename: '.pnp.cjs' },
    { basename: '.pnp.js' },
    { basename: '.pnp.data.json' },
    { extension: '.zip', where: /(?:^|\/)\.yarn\/(?:berry\/)?cache\/[^/]+\.zip$/ },
  ],
  extract: extractNpmFile,
  assemble: assembleInstalled,
};
