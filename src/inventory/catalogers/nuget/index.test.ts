import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { needShared } from '../../../../tests/support/shared.ts';
import { nuget } from './index.ts';
import { lowestVersion } from './project.ts';

const LOCK = JSON.stringify({
  version: 2,
  dependencies: {
    'net8.0': {
      A: { type: 'Direct', requested: '[1.0.0, )', resolved: '1.0.0', dependencies: { b: '2.0.0' } },
      B: { type: 'Transitive', resolved: '2.0.0' },
      C: { type: 'CentralTransitive', resolved: '3.0.0' },
      own: { type: 'Project', dependencies: { A: '1.0.0' } },
    },
    'net8.0/linux-x64': { D: { type: 'Transitive', resolved: '4.0.0', dependencies: { B: '2.0.0' } } },
    net472: { B: { type: 'Direct', resolved: '2.1.0' } },
  },
});

test('packages.lock.json', async () => {
  assert.deepEqual(lines(await catalog(nuget, { 'packages.lock.json': LOCK })), [
    'A 1.0.0 direct -> B@2.0.0',
    'B 2.0.0',
    'B 2.1.0 direct',
    'C 3.0.0',
    'D 4.0.0 -> B@2.0.0',
  ]);
});

const CSPROJ = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><JsonVersion>13.0.1</JsonVersion></PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Newtonsoft.Json" Version="$(JsonVersion)" />
    <PackageReference Include="Serilog"><Version>[2.10,3.0)</Version></PackageReference>
    <PackageReference Include="Central" />
    <PackageReference Include="StyleCop" Version="1.1.118" PrivateAssets="all" />
    <PackageReference Include="Floating" Version="1.*" />
    <PackageReference Include="Unknown" Version="$(Elsewhere)" />
  </ItemGroup>
</Project>`;
const PROPS = `<Project><ItemGroup><PackageVersion Include="central" Version="5.0.0" /></ItemGroup></Project>`;

test('project files with central versions', async () => {
  const result = await catalog(nuget, { 'Directory.Packages.props': PROPS, 'src/app/app.csproj': CSPROJ });
  assert.deepEqual(lines(result), [
    'Central 5.0.0 direct',
    'Floating direct',
    'Newtonsoft.Json 13.0.1 direct',
    'Serilog 2.10 direct',
    'StyleCop 1.1.118 direct dev',
    'Unknown direct',
    'central 5.0.0',
  ]);
});

test('a lock file beside the project file wins', async () => {
  const result = await catalog(nuget, { 'packages.lock.json': LOCK, 'app.csproj': CSPROJ });
  assert.ok(result.packages.every(({ paths }) => paths[0] === 'packages.lock.json'));
});

test('packages.config', async () => {
  const source = `<?xml version="1.0"?><packages><package id="jQuery" version="3.1.1" targetFramework="net46"/><package id="T" version="1" developmentDependency="true"/><package id="x"/></packages>`;
  const result = await catalog(nuget, { 'packages.config': source });
  assert.deepEqual(lines(result), ['T 1 direct dev', 'jQuery 3.1.1 direct']);
  assert.equal(result.problems[0]?.code, 'document-entries-invalid');
});

test('lowest versions of ranges', () => {
  const table: Record<string, string> = {
    '1.2.3': '1.2.3',
    '[1.2.3]': '1.2.3',
    '[1.0, 2.0)': '1.0',
    '(1.0,2.0)': '',
    '(,2.0]': '',
    '1.*': '',
    '*': '',
    '[1.0,)': '1.0',
  };
  for (const [range, expected] of Object.entries(table)) assert.equal(lowestVersion(range), expected, range);
});

test('the fixture gives what the peer reports', async (t) => {
  const directory = needShared(t, 'fixtures/lockfiles');
  if (directory === undefined) return;
  const [expected] = JSON.parse(readFileSync(`${directory}/expected-trivy/nuget.json`, 'utf8'));
  const result = await catalog(nuget, { 'packages.lock.json': readFileSync(`${directory}/nuget/packages.lock.json`) });
  const shown = result.packages.map(({ draft }) => `${draft.name} ${draft.version} ${draft.direct ? 'direct' : 'indirect'}`);
  assert.deepEqual(
    shown.sort(),
    expected.packages.map((pkg: Record<string, string>) => `${pkg.name} ${pkg.version} ${pkg.relationship}`).sort(),
  );
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (path: string, source: string) => (await catalog(nuget, { [path]: source })).problems[0]?.code;
  assert.equal(await code('packages.lock.json', '{'), 'document-unreadable');
  assert.equal(await code('packages.lock.json', '{"dependencies": []}'), 'document-unexpected');
  assert.equal(await code('a.csproj', '<Project>'), 'document-unreadable');
  assert.equal(await code('a.csproj', ''), 'document-unreadable');
  assert.equal(await code('a.csproj', '<a>'.repeat(100_000)), 'document-unreadable');
  assert.equal(await code('a.csproj', '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), 'document-unreadable');
  await fc.assert(
    fc.asyncProperty(
      fc.json(),
      async (json) =>
        void (await catalog(nuget, { 'packages.lock.json': `{"dependencies":{"n":${json},"__proto__":{"a":${json}}}}` })),
    ),
  );
  for (let end = 0; end < CSPROJ.length; end += 5) assert.ok(await code('a.csproj', CSPROJ.slice(0, end)));
});
