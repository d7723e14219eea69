import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { javaPom } from './index.ts';

const PARENT = `<?xml version="1.0"?>
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <groupId>org.acme</groupId><artifactId>parent</artifactId><version>1.0</version>
  <properties><guava.version>31.1-jre</guava.version></properties>
  <dependencyManagement><dependencies>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>\${guava.version}</version></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13</version><scope>test</scope></dependency>
  </dependencies></dependencyManagement>
</project>`;
const CHILD = `<project>
  <parent><groupId>org.acme</groupId><artifactId>parent</artifactId><version>1.0</version></parent>
  <artifactId>web</artifactId>
  <dependencies>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId></dependency>
    <dependency><groupId>junit</groupId><artifactId>junit</artifactId></dependency>
    <dependency><groupId>\${project.groupId}</groupId><artifactId>core</artifactId><version>\${project.version}</version></dependency>
    <dependency><groupId>org.exact</groupId><artifactId>one</artifactId><version>[1.2]</version></dependency>
    <dependency><groupId>org.range</groupId><artifactId>many</artifactId><version>[1.2,2.0)</version></dependency>
    <dependency><groupId>org.boot</groupId><artifactId>managed-elsewhere</artifactId></dependency>
  </dependencies>
</project>`;

test('properties, managed versions, parents in the tree; what is set elsewhere is told, not made up', async () => {
  const result = await catalog(javaPom, { 'pom.xml': PARENT, 'web/pom.xml': CHILD });
  assert.deepEqual(
    lines(result).map((line) => line.split(' -> ', 1)[0]),
    [
      'com.google.guava:guava 31.1-jre direct',
      'junit:junit 4.13 direct dev',
      'org.acme:core 1.0 direct',
      'org.acme:parent 1.0 root',
      'org.acme:web 1.0 root',
      'org.boot:managed-elsewhere direct',
      'org.exact:one 1.2 direct',
      'org.range:many direct',
    ],
  );
  assert.deepEqual(
    result.problems.map(({ code, effect }) => [code, effect]),
    [['pom-version-unknown', 'notice']],
  );
});

test('hostile projects: entities, parents in a circle, placeholders in themselves, deep nesting', async () => {
  const code = async (text: string) => (await catalog(javaPom, { 'pom.xml': text })).problems[0]?.code;
  assert.equal(
    await code('<!DOCTYPE a [<!ENTITY x "y">]><project><artifactId>&x;</artifactId></project>'),
    'document-unreadable',
  );
  assert.equal(await code('<project/>'), 'document-unexpected');
  assert.equal(await code(`${'<a>'.repeat(500)}`), 'document-unreadable');
  const circle = (name: string, other: string) =>
    `<project><groupId>g</groupId><artifactId>${name}</artifactId><version>1</version><parent><groupId>g</groupId><artifactId>${other}</artifactId><version>1</version><relativePath>../${other}</relativePath></parent></project>`;
  const result = await catalog(javaPom, { 'a/pom.xml': circle('a', 'b'), 'b/pom.xml': circle('b', 'a') });
  assert.equal(result.packages.length, 2);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Maven's own placeholder.
  const self = '<project><artifactId>a</artifactId><properties><x>${x}${x}</x></properties><version>${x}</version></project>';
  assert.deepEqual(lines(await catalog(javaPom, { 'pom.xml': self })), ['a root']);
  for (let end = 0; end < CHILD.length - 1; end += 11) assert.ok((await code(CHILD.slice(0, end))) !== undefined, String(end));
  await fc.assert(
    fc.asyncProperty(fc.string(), async (text) => void (await code(`<project><artifactId>${text}</artifactId></project>`))),
    { numRuns: 50 },
  );
});
