import { dirname, join } from 'node:path/posix';
import type { FileContent } from '../../../artifacts/file.ts';
import { notice, type Problem } from '../../../model/problem.ts';
import type { Cataloger, Extract, PathExtract, PlacedDraft } from '../../cataloger.ts';
import { readXml, unexpected } from '../../document.ts';
import { mavenDraft } from '../../drafts.ts';
import { type Pom, type PomDependency, parsePom } from './model.ts';

const MAX_PARENTS = 20;
const MAX_PLACEHOLDERS = 50;

function extract(file: FileContent): Extract {
  const document = readXml(file);
  if (!document.ok) return { packages: [], problems: [document.problem] };
  const pom = parsePom(document.value);
  return pom === undefined
    ? { packages: [], problems: [unexpected('Maven project', 'it has no artifactId')] }
    : { packages: [], data: pom };
}

/** The project and its parents within the tree, nearest first. */
function lineage(path: string, poms: ReadonlyMap<string, Pom>): { readonly line: readonly Pom[]; readonly complete: boolean } {
  const line: Pom[] = [];
  let at: string | undefined = path;
  for (let depth = 0; depth < MAX_PARENTS; depth++) {
    const pom: Pom | undefined = at === undefined ? undefined : poms.get(at);
    if (pom === undefined) return { line, complete: false };
    line.push(pom);
    if (pom.parent === undefined) return { line, complete: true };
    const parent: NonNullable<Pom['parent']> = pom.parent;
    const named = join(dirname(at ?? ''), parent.path);
    const candidates: string[] = parent.path === '' ? [] : [named, join(named, 'pom.xml')];
    at = candidates.find((candidate): boolean => {
      const found: Pom | undefined = poms.get(candidate);
      return found?.artifact === parent.artifact && (found.group ?? found.parent?.group) === parent.group;
    });
  }
  return { line, complete: false };
}

/** Properties as the project sees them: its own before its parents', and the project's own coordinates. */
function interpolator(line: readonly Pom[]): (text: string | undefined) => string | undefined {
  const [own] = line;
  const values = new Map<string, string>();
  for (const { properties } of line.toReversed()) for (const [key, value] of properties) values.set(key, value);
  const group = own?.group ?? own?.parent?.group;
  const version = own?.version ?? own?.parent?.version;
  for (const prefix of ['project.', 'pom.', '']) {
    if (group !== undefined) values.set(`${prefix}groupId`, group);
    if (version !== undefined) values.set(`${prefix}version`, version);
    if (own !== undefined) values.set(`${prefix}artifactId`, own.artifact);
  }
  if (own?.parent !== undefined) {
    values.set('project.parent.version', own.parent.version);
    values.set('project.parent.groupId', own.parent.group);
  }
  return (text) => {
    let result = text;
    for (let count = 0; count < MAX_PLACEHOLDERS && result?.includes('${') === true; count++) {
      const found = /\$\{([^{}]{1,200})\}/.exec(result);
      const value = found === null ? undefined : values.get(found[1] ?? '');
      if (found === null || value === undefined || result.length > 2000) return undefined;
      result = result.replace(found[0], () => value);
    }
    return result?.includes('${') === true ? undefined : result;
  };
}

function managedVersion(
  dependency: PomDependency,
  line: readonly Pom[],
  fill: ReturnType<typeof interpolator>,
): PomDependency | undefined {
  for (const { managed } of line) {
    const found = managed.find(
      (one) => fill(one.group) === dependency.group && fill(one.artifact) === dependency.artifact && one.scope !== 'import',
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Version ranges choose when the project is built; `[1.2]` is the one range that names a version. */
function exact(version: string | undefined): string | undefined {
  if (version === undefined) return undefined;
  const single = /^\[([^,[\]()]+)\]$/.exec(version)?.[1];
  return single ?? (/^[[(]|,/.test(version) ? undefined : version);
}

function resolve(
  path: string,
  pom: Pom,
  poms: ReadonlyMap<string, Pom>,
): { readonly placed: PlacedDraft[]; readonly open: string[] } {
  const { line } = lineage(path, poms);
  const fill = interpolator(line.length > 0 ? line : [pom]);
  const open: string[] = [];
  const uses: string[] = [];
  const placed = line
    .flatMap(({ dependencies }) => dependencies)
    .flatMap((stated): PlacedDraft[] => {
      const dependency = {
        ...stated,
        group: fill(stated.group) ?? stated.group,
        artifact: fill(stated.artifact) ?? stated.artifact,
      };
      const managed = managedVersion(dependency, line, fill);
      const version = exact(fill(dependency.version ?? managed?.version));
      const scope = dependency.scope ?? managed?.scope;
      if (scope === 'system' || dependency.group.includes('${') || dependency.artifact.includes('${')) {
        open.push(`${dependency.group}:${dependency.artifact}`);
        return [];
      }
      if (version === undefined) open.push(`${dependency.group}:${dependency.artifact}`);
      const draft = mavenDraft(dependency.group, dependency.artifact, version ?? '', {
        direct: true,
        ...(scope === 'test' ? { development: true } : {}),
      });
      uses.push(draft.purl);
      return [{ draft, paths: [path] }];
    });
  const group = fill(pom.group ?? pom.parent?.group);
  const own = mavenDraft(group, pom.artifact, fill(pom.version ?? pom.parent?.version) ?? '', {
    root: true,
    ...(uses.length > 0 ? { dependsOn: [...new Set(uses)].sort() } : {}),
  });
  return { placed: [{ draft: own, paths: [path] }, ...placed], open };
}

function assemble(extracts: readonly PathExtract[]) {
  // Our own extracts: the shape of `data` is known.
  const poms = new Map(
    extracts.flatMap(({ path, extract: { data } }) => (data === undefined ? [] : [[path, data as Pom] as const])),
  );
  const packages: PlacedDraft[] = [];
  const problems: Problem[] = [];
  for (const [path, pom] of poms) {
    const { placed, open } = resolve(path, pom, poms);
    packages.push(...placed);
    if (open.length === 0) continue;
    const shown = `${open.slice(0, 5).join(', ')}${open.length > 5 ? ` and ${open.length - 5} more` : ''}`;
    const message = `The versions of ${shown} are set outside of this tree (by a parent, an imported list or the build): they are not known. Scan the built archive for them.`;
    problems.push(notice('pom-version-unknown', message, path));
  }
  return { packages, problems };
}

export const javaPom: Cataloger = {
  id: 'java-pom',
  title: 'Maven projects',
  specification: [
    'https://maven.apache.org/pom.html',
    'https://maven.apache.org/guides/introduction/introduction-to-dependency-mechanism.html',
  ],
  version: 1,
  packageTypes: ['maven'],
  evidence: 'declared',
  reads: ['pom.xml with its parents in the tree; direct dependencies only'],
  patterns: [{ basename: 'pom.xml' }],
  extract,
  assemble,
};
