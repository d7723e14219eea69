import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { temporaryDirectory } from '../../../../tests/support/directory.ts';
import { makeZip } from '../../../../tests/support/zip.ts';
import { openRootfs } from '../../../artifacts/open.ts';
import { takeInventory } from '../../pipeline/index.ts';
import { npmInstalled } from './index.ts';

const manifest = (name: string, version: string, dependencies: readonly string[] = [], more: object = {}) =>
  JSON.stringify({ name, version, dependencies: Object.fromEntries(dependencies.map((wanted) => [wanted, '*'])), ...more });

test('resolution, marks and licences in a plain tree', async () => {
  const result = await catalog(npmInstalled, {
    'app/package.json': manifest('app', '1.0.0', ['a'], { devDependencies: { t: '*' } }),
    'app/node_modules/a/package.json': manifest('a', 'v1.0.0', ['b', 'gone'], { license: { type: 'MIT' } }),
    'app/node_modules/a/node_modules/b/package.json': manifest('b', '1.0.0', ['c']),
    'app/node_modules/b/package.json': manifest('b', '2.0.0'),
    'app/node_modules/@s/c/package.json': manifest('@s/c', '3.0.0'),
    'app/node_modules/c/package.json': manifest('c', '4.0.0', [], { licenses: ['ISC', { type: 'BSD' }] }),
    'app/node_modules/t/package.json': manifest('t', '5.0.0', ['b']),
    'usr/lib/node_modules/npm/package.json': manifest('npm', '11.0.0', ['x']),
    'usr/lib/node_modules/npm/node_modules/x/package.json': manifest('x', '1.1.1'),
    'opt/yarn-v1.22.22/package.json': manifest('yarn', '1.22.22'),
    'srv/unrelated/package.json': manifest('unrelated', '1.0.0', ['a']),
  });
  assert.deepEqual(lines(result), [
    '@s/c 3.0.0',
    'a 1.0.0 direct -> b@1.0.0',
    'app 1.0.0 root -> a@1.0.0 t@5.0.0',
    'b 1.0.0 -> c@4.0.0',
    'b 2.0.0 dev',
    'c 4.0.0',
    'npm 11.0.0 -> x@1.1.1',
    't 5.0.0 direct dev -> b@2.0.0',
    'x 1.1.1',
    'yarn 1.22.22',
  ]);
  assert.deepEqual(result.packages.flatMap(({ draft }) => draft.licenses ?? []).sort(), ['BSD', 'ISC', 'MIT']);
});

test('what packages hold inside is no package', async () => {
  const wanted = (path: string) =>
    npmInstalled.patterns.some(
      (pattern) => 'basename' in pattern && path.endsWith(`/${pattern.basename}`) && pattern.where?.test(path) !== false,
    );
  for (const path of [
    'a/node_modules/b/dist/package.json',
    'a/node_modules/@s/package.json',
    'a/node_modules/.bin/package.json',
    'a/node_modules/b/test/fixtures/package.json',
  ])
    assert.equal(wanted(path), false, path);
  for (const path of [
    'a/node_modules/b/package.json',
    'a/node_modules/@s/b/package.json',
    'a/node_modules/.pnpm/b@1/node_modules/b/package.json',
  ])
    assert.equal(wanted(path), true, path);
  const evil = manifest('evil', '6.6.6');
  const result = await catalog(npmInstalled, {
    'node_modules/b/test/node_modules/evil/package.json': evil,
    'node_modules/b/dist/node_modules/real/package.json': manifest('real', '1.0.0'),
    'test/app/node_modules/own/package.json': manifest('own', '1.0.0'),
  });
  assert.deepEqual(lines(result), ['own 1.0.0', 'real 1.0.0']);
});

test("npm's own record: development without a package.json of the project, and packages without theirs", async () => {
  const record = {
    packages: {
      'node_modules/a': { version: '1.0.0' },
      'node_modules/d': { version: '2.0.0', dev: true },
      'node_modules/bare': { version: '3.0.0' },
      'node_modules/removed': { version: '4.0.0' },
    },
  };
  const files = {
    'node_modules/.package-lock.json': JSON.stringify(record),
    'node_modules/a/package.json': manifest('a', '1.0.0'),
    'node_modules/d/package.json': manifest('d', '2.0.0'),
    'node_modules/bare': '',
    'node_modules/nameless/package.json': '{}',
  };
  assert.deepEqual(lines(await catalog(npmInstalled, files)), ['a 1.0.0', 'bare 3.0.0', 'd 2.0.0 dev', 'nameless']);
});

async function inventoryOf(t: TestContext, files: Readonly<Record<string, string>>, links: Readonly<Record<string, string>>) {
  const root = temporaryDirectory(t);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  const source = openRootfs(root);
  assert.ok(source.ok);
  const { packages, problems } = await takeInventory(source.value, { catalogers: [npmInstalled], workers: 0 });
  return lines({ packages: packages.map((draft) => ({ draft, paths: [] })), problems });
}

test("pnpm's store of links, with a workspace", async (t) => {
  const store = 'node_modules/.pnpm';
  const files = {
    'package.json': manifest('app', '1.0.0', ['a'], { devDependencies: { t: '*' } }),
    'packages/one/package.json': manifest('one', '0.1.0', ['b', 'app']),
    [`${store}/a@1.0.0_b@1/node_modules/a/package.json`]: manifest('a', '1.0.0', ['b', '@s/h']),
    [`${store}/b@1.0.0/node_modules/b/package.json`]: manifest('b', '1.0.0', ['b']),
    [`${store}/@s+h@2.0.0/node_modules/@s/h/package.json`]: manifest('@s/h', '2.0.0'),
    [`${store}/t@3.0.0/node_modules/t/package.json`]: manifest('t', '3.0.0', ['hoisted']),
    [`${store}/hoisted@4.0.0/node_modules/hoisted/package.json`]: manifest('hoisted', '4.0.0'),
  };
  const links = {
    'node_modules/a': '.pnpm/a@1.0.0_b@1/node_modules/a',
    'node_modules/t': '.pnpm/t@3.0.0/node_modules/t',
    'packages/one/node_modules/b': '../../../node_modules/.pnpm/b@1.0.0/node_modules/b',
    'packages/one/node_modules/app': '../../..',
    [`${store}/a@1.0.0_b@1/node_modules/b`]: '../../b@1.0.0/node_modules/b',
    [`${store}/a@1.0.0_b@1/node_modules/@s/h`]: '../../../@s+h@2.0.0/node_modules/@s/h',
    [`${store}/node_modules/hoisted`]: '../hoisted@4.0.0/node_modules/hoisted',
    [`${store}/node_modules/loop`]: 'loop',
  };
  assert.deepEqual(await inventoryOf(t, files, links), [
    '@s/h 2.0.0',
    'a 1.0.0 direct -> %40s/h@2.0.0 b@1.0.0',
    'app 1.0.0 root -> a@1.0.0 t@3.0.0',
    'b 1.0.0 direct',
    'hoisted 4.0.0 dev',
    'one 0.1.0 root -> app@1.0.0 b@1.0.0',
    't 3.0.0 direct dev -> hoisted@4.0.0',
  ]);
});

const STATE = {
  __info: ["it's \\ text"],
  packageRegistryData: [
    [null, [[null, { packageLocation: './', packageDependencies: [['a', 'npm:1.0.0']], linkType: 'SOFT' }]]],
    [
      'app',
      [
        [
          'workspace:.',
          {
            packageLocation: './',
            packageDependencies: [
              ['a', 'npm:1.0.0'],
              ['t', 'virtual:0123#npm:2.0.0'],
              ['gone', null],
              ['other', ['@s/real', 'npm:3.0.0']],
            ],
            linkType: 'SOFT',
          },
        ],
      ],
    ],
    [
      'a',
      [
        [
          'npm:1.0.0',
          {
            packageLocation: './.yarn/cache/a-npm-1.0.0-abc.zip/node_modules/a/',
            packageDependencies: [
              ['a', 'npm:1.0.0'],
              ['g', 'https://x/g.git#commit=1'],
            ],
            linkType: 'HARD',
          },
        ],
      ],
    ],
    [
      't',
      [
        [
          'virtual:0123#npm:2.0.0',
          {
            packageLocation: './.yarn/__virtual__/t-virtual-0/1/../.yarn/berry/cache/t.zip/node_modules/t/',
            packageDependencies: [['p', 'patch:p@npm%3A5.0.4#optional!builtin<compat/p>']],
            linkType: 'HARD',
          },
        ],
      ],
    ],
    [
      'p',
      [
        [
          'patch:p@npm%3A5.0.4#optional!builtin<compat/p>',
          { packageLocation: './x/', packageDependencies: [], linkType: 'HARD' },
        ],
      ],
    ],
    [
      'g',
      [
        [
          'https://x/g.git#commit=1',
          {
            packageLocation: './.yarn/__virtual__/g-virtual-1/0/cache/g-https-1.zip/node_modules/g/',
            packageDependencies: [],
            linkType: 'HARD',
          },
        ],
      ],
    ],
    [
      '@s/real',
      [
        [
          'npm:3.0.0',
          { packageLocation: './.yarn/unplugged/real/node_modules/@s/real/', packageDependencies: [], linkType: 'HARD' },
        ],
      ],
    ],
    [
      'lost',
      [['https://x/lost.tgz', { packageLocation: './lost.zip/node_modules/lost/', packageDependencies: 3, linkType: 'HARD' }]],
    ],
    ['bad', [['npm:9.9.9', null]], 7],
  ],
};

const PNP_LINES = [
  '@s/real 3.0.0 direct',
  'a 1.0.0 direct -> g@6.0.0',
  'app 0.0.1 root -> %40s/real@3.0.0 a@1.0.0 t@2.0.0',
  'g 6.0.0',
  'lost',
  'p 5.0.4 dev',
  't 2.0.0 direct dev -> p@5.0.4',
];

test("Plug'n'Play maps with the archives they lead to", async () => {
  const json = JSON.stringify(STATE, null, 2);
  const archive = (name: string, version: string) =>
    makeZip([{ name: `node_modules/${name}/package.json`, data: manifest(name, version, [], { license: 'MIT' }) }]);
  const files = {
    'package.json': manifest('app', '0.0.1', ['a', 'other'], { devDependencies: { t: '*' } }),
    '.yarn/cache/a-npm-1.0.0-abc.zip': archive('a', '1.0.0'),
    '.yarn/cache/g-https-1.zip': archive('g', '6.0.0'),
    '.yarn/cache/unused-npm-1.0.0.zip': archive('unused', '1.0.0'),
    '.yarn/unplugged/real/node_modules/@s/real/package.json': manifest('@s/real', '3.0.0'),
  };
  const escaped = json.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\\n');
  const yarn4 = `#!/usr/bin/env node\nconst RAW_RUNTIME_STATE =\n'${escaped}';\n\nfunction $$SETUP_STATE(hydrateRuntimeState, basePath) {}\n`;
  const yarn2 = `function $$SETUP_STATE(hydrateRuntimeState, basePath) {\n  return hydrateRuntimeState(${json}, {basePath: basePath || __dirname});\n}\n`;
  const maps: readonly Readonly<Record<string, string>>[] = [
    { '.pnp.cjs': yarn4 },
    { '.pnp.js': yarn2 },
    { '.pnp.data.json': json, '.pnp.cjs': 'require("./.pnp.data.json")' },
  ];
  for (const map of maps) {
    const result = await catalog(npmInstalled, { ...files, ...map });
    assert.deepEqual(lines(result), PNP_LINES);
    assert.deepEqual(result.problems, []);
    assert.deepEqual(result.packages.find(({ draft }) => draft.name === 'a')?.paths, ['.yarn/cache/a-npm-1.0.0-abc.zip']);
  }
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (path: string, bytes: string | Uint8Array) =>
    (await catalog(npmInstalled, { [path]: bytes })).problems[0]?.code;
  assert.equal(await code('node_modules/a/package.json', '{"name": "a", "ver'), 'document-unreadable');
  assert.equal(await code('node_modules/a/package.json', '[]'), 'document-unexpected');
  assert.equal(await code('package.json', '{'), 'javascript-manifest-unreadable');
  assert.equal(await code('.pnp.cjs', 'nothing'), 'document-unreadable');
  assert.equal(await code('.pnp.cjs', "RAW_RUNTIME_STATE = '{"), 'document-unreadable');
  assert.equal(await code('.yarn/cache/x.zip', 'PK'), 'archive-truncated');
  assert.equal(await code('.yarn/cache/x.zip', makeZip([{ name: 'x', data: '' }])), 'yarn-archive-unreadable');
  const member = 'node_modules/x/package.json';
  assert.equal(await code('.yarn/cache/x.zip', makeZip([{ name: member, data: '{' }])), 'document-unreadable');
  const odd = { 'node_modules/__proto__/package.json': '{"version":"1.0.0","dependencies":{"__proto__":"1","constructor":1}}' };
  assert.deepEqual(lines(await catalog(npmInstalled, odd)), ['__proto__ 1.0.0']);
  await fc.assert(
    fc.asyncProperty(fc.json(), fc.json(), async (a, b) => {
      await catalog(npmInstalled, {
        'package.json': `{"name":"x","dependencies":${a},"workspaces":${b}}`,
        'node_modules/a/package.json': a,
        'node_modules/.package-lock.json': `{"packages":${b}}`,
        '.pnp.data.json': `{"packageRegistryData":${a}}`,
      });
    }),
  );
});
