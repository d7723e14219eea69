/** The parts of a Maven project that tell its dependencies. https://maven.apache.org/pom.html */
import type { XmlElement } from '../../document.ts';

export interface PomDependency {
  readonly group: string;
  readonly artifact: string;
  readonly version?: string;
  readonly scope?: string;
  readonly type?: string;
}

export interface Pom {
  readonly group?: string;
  readonly artifact: string;
  readonly version?: string;
  readonly parent?: { readonly group: string; readonly artifact: string; readonly version: string; readonly path: string };
  readonly properties: readonly (readonly [string, string])[];
  readonly dependencies: readonly PomDependency[];
  readonly managed: readonly PomDependency[];
}

function child(element: XmlElement | undefined, name: string): XmlElement | undefined {
  return element?.children.find((one) => one.name === name);
}

function value(element: XmlElement | undefined, name: string): string | undefined {
  const found = child(element, name)?.text.trim();
  return found === undefined || found === '' || found.length > 500 ? undefined : found;
}

function dependencies(list: XmlElement | undefined): PomDependency[] {
  return (list?.children ?? []).flatMap((element) => {
    const [group, artifact] = [value(element, 'groupId'), value(element, 'artifactId')];
    if (element.name !== 'dependency' || group === undefined || artifact === undefined) return [];
    const [version, scope, type] = [value(element, 'version'), value(element, 'scope'), value(element, 'type')];
    return {
      group,
      artifact,
      ...(version === undefined ? {} : { version }),
      ...(scope === undefined ? {} : { scope }),
      ...(type === undefined ? {} : { type }),
    };
  });
}

/** Undefined when it is no project. Profiles and plug-ins are left out: whether they apply is not in the file. */
export function parsePom(root: XmlElement): Pom | undefined {
  const artifact = value(root, 'artifactId');
  if (root.name !== 'project' || artifact === undefined) return undefined;
  const above = child(root, 'parent');
  const [group, version] = [value(root, 'groupId'), value(root, 'version')];
  const [parentGroup, parentArtifact, parentVersion] = [
    value(above, 'groupId'),
    value(above, 'artifactId'),
    value(above, 'version'),
  ];
  const relative = child(above, 'relativePath');
  return {
    artifact,
    ...(group === undefined ? {} : { group }),
    ...(version === undefined ? {} : { version }),
    ...(parentGroup !== undefined && parentArtifact !== undefined && parentVersion !== undefined
      ? {
          parent: {
            group: parentGroup,
            artifact: parentArtifact,
            version: parentVersion,
            path: relative === undefined ? '../pom.xml' : relative.text.trim(),
          },
        }
      : {}),
    properties: (child(root, 'properties')?.children ?? []).map(
      (element) => [element.name, element.text.trim().slice(0, 500)] as const,
    ),
    dependencies: dependencies(child(root, 'dependencies')),
    managed: dependencies(child(child(root, 'dependencyManagement'), 'dependencies')),
  };
}
