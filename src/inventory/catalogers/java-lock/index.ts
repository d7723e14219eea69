import type { FileContent } from '../../../artifacts/file.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { cutOff, entriesSkipped, fields, items, readJson, text, texts, unexpected } from '../../document.ts';
import { mavenDraft } from '../../drafts.ts';

const TEST = /^test|test(?:Compile|Runtime|Annotation)|Test(?:Compile|Runtime|Annotation)|^(?:IntegrationTest|it)$/i;

/** Every configuration that holds it is for tests. */
function isTest(configurations: readonly string[]): boolean {
  return configurations.length > 0 && configurations.every((name) => TEST.test(name));
}

function extractOf(drafts: readonly PackageDraft[], odd: number, format: string): Extract {
  const unique = new Map(drafts.map((draft) => [draft.purl, draft]));
  return { packages: [...unique.values()], ...(odd > 0 ? { problems: [entriesSkipped(format, odd)] } : {}) };
}

/** `group:artifact:version=configuration,configuration`; the last line, `empty=…`, tells a whole file from one that was cut off. */
function gradle(content: string, file: FileContent): Extract {
  const { path } = file;
  const build = path.endsWith('buildscript-gradle.lockfile');
  const drafts: PackageDraft[] = [];
  let [odd, whole] = [0, false];
  for (const raw of content.split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('empty=')) {
      whole = true;
      continue;
    }
    const found = /^([^:=\s]{1,200}):([^:=\s]{1,200}):([^:=\s]{1,200})(?:=(.*))?$/.exec(line);
    if (found === null) {
      odd++;
      continue;
    }
    const configurations = found[4] === undefined ? [path.slice(path.lastIndexOf('/') + 1)] : found[4].split(',');
    const development = build || isTest(configurations);
    drafts.push(mavenDraft(found[1], found[2] ?? '', found[3] ?? '', development ? { development } : {}));
  }
  const result = extractOf(drafts, odd, 'Gradle lock file');
  const old = /\/dependency-locks\//.test(`/${path}`);
  if (whole) return result;
  if (old) return { ...result, problems: [...(result.problems ?? []), ...cutOff('Gradle lock file', file)] };
  return {
    ...result,
    problems: [...(result.problems ?? []), unexpected('whole Gradle lock file', 'its last line ("empty=") is missing')],
  };
}

function sbt(file: FileContent): Extract {
  const document = readJson(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  const list = fields(document.value)?.dependencies;
  if (!Array.isArray(list)) return { packages: [], problems: [unexpected('sbt lock file', 'it has no list of dependencies')] };
  const drafts = items(list).flatMap((item) => {
    const { org, name, version, configurations } = fields(item) ?? {};
    const [group, artifact, versioned] = [text(org), text(name), text(version)];
    if (group === undefined || artifact === undefined || versioned === undefined) return [];
    return mavenDraft(group, artifact, versioned, isTest(texts(configurations)) ? { development: true } : {});
  });
  return extractOf(drafts, list.length - drafts.length, 'sbt lock file');
}

function extract(file: FileContent): Extract {
  if (file.path.endsWith('.sbt.lock')) return sbt(file);
  const content = file.text();
  return content.ok ? gradle(content.value, file) : { packages: [], problems: [content.problem] };
}

export const javaLock: Cataloger = {
  id: 'java-lock',
  title: 'Gradle and sbt lock files',
  specification: [
    'https://docs.gradle.org/current/userguide/dependency_locking.html',
    'https://github.com/stringbean/sbt-dependency-lock',
  ],
  version: 2,
  packageTypes: ['maven'],
  evidence: 'declared',
  reads: ['gradle.lockfile', 'buildscript-gradle.lockfile', 'gradle/dependency-locks/*.lockfile', 'build.sbt.lock'],
  patterns: [
    { basename: 'gradle.lockfile' },
    { basename: 'buildscript-gradle.lockfile' },
    { extension: '.lockfile', where: /(?:^|\/)dependency-locks\/[^/]+\.lockfile$/ },
    { basename: 'build.sbt.lock' },
  ],
  extract,
};
