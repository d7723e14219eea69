import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { dotnetDeps } from './index.ts';

const DEPS = JSON.stringify({
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0/linux-x64' },
  targets: {
    '.NETCoreApp,Version=v8.0/linux-x64': {
      'App/1.0.0': {
        dependencies: {
          'Newtonsoft.Json': '13.0.1',
          Analyzer: '2.0.0',
          'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64': '8.0.1',
        },
        runtime: { 'App.dll': {} },
      },
      'Newtonsoft.Json/13.0.1': { dependencies: { 'System.Text/4.0': '4.0.0' }, runtime: { 'lib/x.dll': {} } },
      'Analyzer/2.0.0': {},
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { runtime: { 'a.dll': {} }, native: { 'a.so': {} } },
    },
  },
  libraries: {
    'App/1.0.0': { type: 'project' },
    'Newtonsoft.Json/13.0.1': { type: 'package' },
    'Analyzer/2.0.0': { type: 'package' },
    'Loose/1.0.0.0': { type: 'reference' },
    'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { type: 'runtimepack' },
  },
});

test('projects, packages, runtime packs and what is only compiled against', async () => {
  assert.deepEqual(lines(await catalog(dotnetDeps, { 'app/App.deps.json': DEPS })), [
    'Analyzer 2.0.0 direct dev',
    'App 1.0.0 root -> Analyzer@2.0.0 Microsoft.NETCore.App.Runtime.linux-x64@8.0.1 Newtonsoft.Json@13.0.1',
    'Microsoft.NETCore.App.Runtime.linux-x64 8.0.1 direct',
    'Newtonsoft.Json 13.0.1 direct',
  ]);
});

test('the fixture gives what the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-trivy/dotnet.json`, 'utf8'));
  const result = await catalog(dotnetDeps, {
    'datacollector.deps.json': readFileSync(`${directory}/dotnet/datacollector.deps.json`),
  });
  const shown = result.packages.map(({ draft }) => `${draft.name} ${draft.version} ${draft.root ? 'root' : ''}`);
  assert.deepEqual(
    shown.sort(),
    expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version} ${pkg.relationship ?? ''}`).sort(),
  );
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(dotnetDeps, { 'a.deps.json': source })).problems[0]?.code;
  assert.equal(await code('{"libraries"'), 'document-unreadable');
  assert.equal(await code('[]'), 'document-unexpected');
  assert.equal(await code('{"libraries":{"x":{}}}'), 'document-entries-invalid');
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      async (json) =>
        void (await catalog(dotnetDeps, {
          'a.deps.json': `{"libraries":{"a/1":${json},"__proto__/1":{}},"targets":{"x":${json}}}`,
        })),
    ),
  );
});
