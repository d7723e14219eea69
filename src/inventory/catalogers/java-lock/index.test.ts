import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { javaLock } from './index.ts';

const GRADLE = `# This is a Gradle generated file for dependency locking.
com.google.guava:guava:31.1-jre=compileClasspath,runtimeClasspath,testRuntimeClasspath
org.junit.jupiter:junit-jupiter:5.9.0=testCompileClasspath,testRuntimeClasspath
empty=annotationProcessor
`;

test('Gradle: configurations tell what only tests need', async () => {
  assert.deepEqual(lines(await catalog(javaLock, { 'gradle.lockfile': GRADLE })), [
    'com.google.guava:guava 31.1-jre',
    'org.junit.jupiter:junit-jupiter 5.9.0 dev',
  ]);
  assert.deepEqual(lines(await catalog(javaLock, { 'buildscript-gradle.lockfile': 'a:b:1=classpath\nempty=\n' })), ['a:b 1 dev']);
  assert.deepEqual(lines(await catalog(javaLock, { 'gradle/dependency-locks/testRuntime.lockfile': 'a:b:1\n' })), ['a:b 1 dev']);
});

test('sbt', async () => {
  const dependencies = [
    { org: 'com.typesafe.akka', name: 'akka-actor_2.13', version: '2.8.0', configurations: ['compile', 'test'] },
    { org: 'org.scalatest', name: 'scalatest_2.13', version: '3.2.15', configurations: ['test'] },
  ];
  assert.deepEqual(lines(await catalog(javaLock, { 'build.sbt.lock': JSON.stringify({ lockVersion: 1, dependencies }) })), [
    'com.typesafe.akka:akka-actor_2.13 2.8.0',
    'org.scalatest:scalatest_2.13 3.2.15 dev',
  ]);
});

test('broken input gives problems, never exceptions', async () => {
  const codes = async (path: string, text: string) =>
    (await catalog(javaLock, { [path]: text })).problems.map(({ code }) => code);
  assert.deepEqual(await codes('gradle.lockfile', 'a:b\nempty=\n'), ['document-entries-invalid']);
  assert.deepEqual(await codes('gradle.lockfile', GRADLE.slice(0, 120)), ['document-unexpected']);
  assert.deepEqual(await codes('build.sbt.lock', '{'), ['document-unreadable']);
  assert.deepEqual(await codes('build.sbt.lock', '{}'), ['document-unexpected']);
  assert.deepEqual(await codes('build.sbt.lock', '{"dependencies":[1]}'), ['document-entries-invalid']);
  for (let end = 0; end < GRADLE.length - 20; end += 3)
    assert.ok((await codes('gradle.lockfile', GRADLE.slice(0, end))).length > 0);
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => void (await codes('build.sbt.lock', `{"dependencies":[${json}]}`))),
    { numRuns: 50 },
  );
});
