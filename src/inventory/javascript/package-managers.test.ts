/**
 * One project with two workspaces, installed by every package manager from one registry: their lock files (`testdata`, file names
 * tell program and version) say the same in a dozen formats, and every reader must hear it.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { catalog, lines } from '../../../tests/support/cataloger.ts';
import type { Cataloger, PackageDraft } from '../cataloger.ts';
import { bunLock } from '../catalogers/bun-lock/index.ts';
import { pnpmLock } from '../catalogers/pnpm-lock/index.ts';
import { yarnLock } from '../catalogers/yarn-lock/index.ts';

const REMOTE = 'https://registry.example/side-7.0.0.tgz';

const MANIFESTS = {
  'app/package.json': JSON.stringify({
    name: 'project',
    version: '0.1.0',
    workspaces: ['packages/*'],
    dependencies: {
      base: '1',
      '@acme/http': '^3.0.0',
      plugin: '*',
      framework: '5',
      old: 'npm:@acme/util@0.0.1-rc.1',
      remote: REMOTE,
      typescript: '^5.0.0',
    },
    optionalDependencies: { native: '*', maybe: '*' },
    devDependencies: { tester: '*', linter: '*' },
  }),
  'app/packages/one/package.json': JSON.stringify({
    name: '@project/one',
    version: '1.0.0',
    dependencies: { base: '2', '@project/two': '*' },
  }),
  'app/packages/two/package.json': JSON.stringify({
    name: '@project/two',
    version: '2.0.0',
    devDependencies: { 'only-tests': '*' },
  }),
};

const PACKAGES = [
  '@acme/http 3.1.0 direct -> %40acme/util@0.5.0 base@1.0.0',
  '@acme/util 0.0.1-rc.1 direct',
  '@acme/util 0.5.0 -> base@2.0.0',
  '@project/one 1.0.0 root -> %40project/two@2.0.0 base@2.0.0',
  '@project/two 2.0.0 root -> only-tests@0.1.0',
  'base 1.0.0 direct',
  'base 2.0.0 direct -> cycle@1.0.0',
  'cycle 1.0.0 -> base@2.0.0',
  'framework 5.0.0 direct -> base@1.0.0',
  'linter 4.0.0 direct dev -> maybe@1.0.0 native@1.0.0',
  'maybe 1.0.0 direct -> shared@1.0.0',
  'native 1.0.0 direct',
  'only-tests 0.1.0 direct dev -> base@2.0.0',
  'plugin 1.2.3 direct -> base@1.0.0 framework@5.0.0',
  'project 0.1.0 root -> %40acme/http@3.1.0 %40acme/util@0.0.1-rc.1 base@1.0.0 framework@5.0.0 linter@4.0.0 maybe@1.0.0 native@1.0.0 plugin@1.2.3 remote@7.0.0 tester@9.0.0 typescript@5.0.4',
  'remote 7.0.0 direct -> shared@1.0.0',
  'shared 1.0.0',
  'tester 9.0.0 direct dev -> base@1.0.0 only-tests@0.1.0 shared@1.0.0',
  'typescript 5.0.4 direct',
];

/** Yarn's lock files do not tell what peers are answered by. */
const WITHOUT_PEERS = PACKAGES.map((line) => line.replace(/^(framework|plugin)(.*) ->.*/, '$1$2'));
/** Yarn 2 and 3 cannot patch the stand-in for TypeScript. */
const WITHOUT_TYPESCRIPT = WITHOUT_PEERS.map((line) => line.replace(' typescript@5.0.4', '')).filter(
  (line) => !line.startsWith('typescript'),
);
/** Bun's lock files do not tell the versions of tarballs. */
const WITHOUT_REMOTE = PACKAGES.map((line) =>
  line
    .replace('remote@7.0.0', 'remote?download_url=https%3A%2F%2Fregistry.example%2Fside-7.0.0.tgz')
    .replace(/^remote 7.0.0/, 'remote'),
);
/** Binary lock files hold lengths of strings, so that the address of the registry is the one it had. */
const BINARY = WITHOUT_REMOTE.map((line) => line.replace('https%3A%2F%2Fregistry.example', 'http%3A%2F%2F127.0.0.1%3A4873'));
/** Bun 1.1 answered peers with the newest version. */
const BUN_1_1 = BINARY.map((line) => line.replace(/^((?:framework|plugin) .*)base@1.0.0/, '$1base@2.0.0'));

const CASES: readonly (readonly [file: string, Cataloger, name: string, readonly string[]])[] = [
  ['pnpm-3.yaml', pnpmLock, 'pnpm-lock.yaml', PACKAGES],
  ['pnpm-5.yaml', pnpmLock, 'pnpm-lock.yaml', PACKAGES],
  ['pnpm-7.yaml', pnpmLock, 'pnpm-lock.yaml', PACKAGES],
  ['pnpm-8.yaml', pnpmLock, 'pnpm-lock.yaml', PACKAGES],
  ['pnpm-10.yaml', pnpmLock, 'pnpm-lock.yaml', PACKAGES],
  ['yarn-1.lock', yarnLock, 'yarn.lock', WITHOUT_PEERS],
  ['yarn-2.lock', yarnLock, 'yarn.lock', WITHOUT_TYPESCRIPT],
  ['yarn-3.lock', yarnLock, 'yarn.lock', WITHOUT_TYPESCRIPT],
  ['yarn-4.lock', yarnLock, 'yarn.lock', WITHOUT_PEERS],
  ['bun-1.4.lock', bunLock, 'bun.lock', WITHOUT_REMOTE],
  ['bun-1.4.lockb', bunLock, 'bun.lockb', BINARY],
  ['bun-1.1.lockb', bunLock, 'bun.lockb', BUN_1_1],
];

for (const [file, cataloger, name, expected] of CASES) {
  test(`the lock file ${file}`, async () => {
    const bytes = readFileSync(resolve(import.meta.dirname, 'testdata', file));
    const result = await catalog(cataloger, { ...MANIFESTS, [`app/${name}`]: bytes });
    assert.deepEqual(result.problems, []);
    // A patched package and the one it was made of are the same.
    const packages = new Map(
      result.packages.map(({ draft }) => [draft.purl, draft] as const satisfies readonly [string, PackageDraft]),
    );
    assert.deepEqual(lines({ packages: [...packages.values()].map((draft) => ({ draft, paths: [] })), problems: [] }), expected);
  });
}
