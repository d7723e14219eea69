import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog } from '../../../../tests/support/cataloger.ts';
import { testContext } from '../../../../tests/support/extract.ts';
import { makeZip, type ZipMember } from '../../../../tests/support/zip.ts';
import { memoryContent } from '../../../artifacts/memory.ts';
import { javaArchive } from './index.ts';

function descriptor(group: string, artifact: string, version: string): ZipMember {
  return {
    name: `META-INF/maven/${group}/${artifact}/pom.properties`,
    data: `#Generated\nversion=${version}\ngroupId=${group}\nartifactId=${artifact}\n`,
  };
}
function manifest(...attributes: readonly string[]): ZipMember {
  return {
    name: 'META-INF/MANIFEST.MF',
    data: `Manifest-Version: 1.0\r\n${attributes.map((line) => `${line}\r\n`).join('')}\r\n`,
  };
}

/** `name version @path` of every package and place. */
async function found(path: string, members: readonly ZipMember[]): Promise<string[]> {
  const { packages } = await catalog(javaArchive, { [path]: makeZip(members) });
  return packages
    .flatMap(({ draft, paths }) => (draft.paths ?? paths).map((place) => `${draft.name} ${draft.version} @${place}`))
    .sort();
}

const CASES: readonly (readonly [string, string, readonly ZipMember[], readonly string[]])[] = [
  ['the Maven descriptor', 'a/x-1.0.jar', [descriptor('org.acme', 'x', '1.0')], ['org.acme:x 1.0 @a/x-1.0.jar']],
  [
    'a shaded jar lists what it holds',
    'fat-2.0.jar',
    [descriptor('org.acme', 'fat', '2.0'), descriptor('com.google.guava', 'guava', '31.1-jre')],
    ['com.google.guava:guava 31.1-jre @fat-2.0.jar', 'org.acme:fat 2.0 @fat-2.0.jar'],
  ],
  [
    'the file name, the group by fame',
    'lib/commons-io-2.6.jar',
    [manifest()],
    ['commons-io:commons-io 2.6 @lib/commons-io-2.6.jar'],
  ],
  [
    'the manifest gives group and version, the file name the artifact',
    'widget.jar',
    [manifest('Implementation-Version: 1.5', 'Implementation-Vendor-Id: org.acme', 'Implementation-Title: The Widget')],
    ['org.acme:widget 1.5 @widget.jar'],
  ],
  [
    'a bundle’s symbolic name, folded over lines',
    'org-acme-core-3.1.jar',
    [manifest('Bundle-SymbolicName: org.acme.lib.org-acme', ' -core;singleton:=true', 'Bundle-Version: 3.1.0')],
    ['org.acme.lib:org-acme-core 3.1 @org-acme-core-3.1.jar'],
  ],
  ['no group known: named, but not to be matched', 'thing-0.9.jar', [manifest()], ['thing 0.9 @thing-0.9.jar']],
  [
    'an agent that shows another’s manifest',
    'agent-1.0.jar',
    [manifest('Weave-Classes: x', 'Implementation-Vendor-Id: org.other')],
    ['agent 1.0 @agent-1.0.jar'],
  ],
  [
    'an unfilled template is no descriptor',
    'x-1.0.jar',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Maven's own placeholder.
    [descriptor('org.acme', 'x', '${project.version}')],
    ['x 1.0 @x-1.0.jar'],
  ],
  ['a jar about which nothing is known', 'classes.jar', [{ name: 'A.class', data: '' }], []],
];

for (const [name, path, members, expected] of CASES) {
  test(name, async () => assert.deepEqual(await found(path, members), expected));
}

test('jars in wars in ears, each where it lies; the same twice is one package at two places', async () => {
  const jar = makeZip([descriptor('org.acme', 'x', '1.0')]);
  const war = makeZip([
    { name: 'WEB-INF/lib/x-1.0.jar', data: jar, method: 0 },
    { name: 'WEB-INF/other/x.jar', data: jar },
  ]);
  assert.deepEqual(await found('app.ear', [{ name: 'web.war', data: war }]), [
    'org.acme:x 1.0 @app.ear!/web.war!/WEB-INF/lib/x-1.0.jar',
    'org.acme:x 1.0 @app.ear!/web.war!/WEB-INF/other/x.jar',
  ]);
});

test('depth, budget and damage are problems', async () => {
  let nested = makeZip([descriptor('org.acme', 'x', '1.0')]);
  for (let level = 0; level < 6; level++) nested = makeZip([{ name: 'in.jar', data: nested }]);
  const extract = async (bytes: Uint8Array, budget?: number) =>
    javaArchive.extract(memoryContent('a.jar', bytes), testContext(budget === undefined ? { depth: 4 } : { budget }));
  assert.equal((await extract(nested)).problems?.[0]?.code, 'archive-nested');
  assert.equal((await extract(makeZip([descriptor('org.acme', 'x', '1.0')]), 10)).problems?.[0]?.code, 'archive-too-large');
  const whole = makeZip([descriptor('org.acme', 'x', '1.0'), { name: 'lib/y-1.jar', data: makeZip([manifest()]) }]);
  for (let end = 0; end < whole.length; end += 5) {
    assert.equal((await extract(whole.subarray(0, end))).problems?.[0]?.effect, 'incomplete', `cut at ${end}`);
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(whole.length - 1), fc.nat(255), async (at, byte) => {
      const copy = Buffer.from(whole);
      copy[at] = byte;
      await extract(copy);
    }),
    { numRuns: 200 },
  );
});
