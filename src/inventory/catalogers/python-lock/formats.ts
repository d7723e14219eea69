/** What the lock files of Python's tools say, brought to one shape. */
import { entries, fields, items, text, texts } from '../../document.ts';
import { parseRequirement } from '../../python/requirement.ts';

export interface LockedPackage {
  readonly name: string;
  /** Empty for what comes from a place instead of an index. */
  readonly version: string;
  readonly root?: true;
  /** The lock file says that only development needs it. */
  readonly development?: true;
  readonly dependencies: readonly string[];
  /** Of the project itself: names that only development needs. */
  readonly developmentDependencies?: readonly string[];
}

export interface PythonLock {
  readonly packages: readonly LockedPackage[];
  /** Entries that could not be understood. */
  readonly odd: number;
  /** The part that follows all packages is missing. */
  readonly cut?: string;
  /** The format lists whatever its packages depend on. */
  readonly closed?: true;
}

/** What a project asks for; from pyproject.toml or Pipfile. */
export interface PythonManifest {
  readonly name?: string;
  readonly version?: string;
  readonly normal: readonly string[];
  readonly development: readonly string[];
}

const MAIN_GROUPS: ReadonlySet<string> = new Set(['main', 'default']);

/** `groups = ["dev"]`: for development unless a main group has it. */
function isDevelopment(groups: unknown): boolean {
  const names = texts(groups);
  return names.length > 0 && !names.some((name) => MAIN_GROUPS.has(name));
}

function collect(list: readonly unknown[], read: (table: unknown) => LockedPackage | undefined): PythonLock {
  const packages = list.flatMap((table) => read(table) ?? []);
  return { packages, odd: list.length - packages.length };
}

function names(list: unknown): string[] {
  return items(list).flatMap((one) => {
    const name = text(fields(one)?.name) ?? text(one);
    return name === undefined ? [] : (parseRequirement(name)?.name ?? []);
  });
}

/** https://python-poetry.org/docs/ : `poetry.lock` of 1.x and 2.x */
export function poetryLock(document: unknown): PythonLock | undefined {
  const list = fields(document)?.package;
  const { metadata } = fields(document) ?? {};
  if (list === undefined && metadata === undefined) return undefined;
  const cut = metadata === undefined ? { cut: 'metadata' } : {};
  const lock = collect(items(list), (table) => {
    const { name, version, category, groups, dependencies } = fields(table) ?? {};
    const [named, versioned] = [text(name), text(version)];
    if (named === undefined || versioned === undefined) return undefined;
    const development = text(category) === 'dev' || isDevelopment(groups);
    return {
      name: named,
      version: versioned,
      dependencies: entries(dependencies).map(([key]) => key),
      ...(development ? { development } : {}),
    };
  });
  return { ...lock, ...cut };
}

/** https://pdm-project.org/ : `pdm.lock` */
export function pdmLock(document: unknown): PythonLock | undefined {
  const list = fields(document)?.package;
  if (list === undefined && fields(document)?.metadata === undefined) return undefined;
  return collect(items(list), (table) => {
    const { name, version, groups, dependencies } = fields(table) ?? {};
    const named = text(name);
    if (named === undefined) return undefined;
    const development = isDevelopment(groups);
    return {
      name: named,
      version: text(version) ?? '',
      dependencies: names(dependencies),
      ...(development ? { development } : {}),
    };
  });
}

/** https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile : `uv.lock` */
export function uvLock(document: unknown): PythonLock | undefined {
  const top = fields(document);
  if (top?.version === undefined && top?.package === undefined) return undefined;
  const lock = collect(items(top?.package), (table) => {
    const row = fields(table);
    const name = text(row?.name);
    if (name === undefined) return undefined;
    const source = fields(row?.source);
    const own = source?.editable !== undefined || source?.virtual !== undefined;
    const optional = entries(row?.['optional-dependencies']).flatMap(([, list]) => names(list));
    return {
      name,
      version: text(row?.version) ?? '',
      dependencies: [...names(row?.dependencies), ...optional],
      ...(own
        ? { root: true as const, developmentDependencies: entries(row?.['dev-dependencies']).flatMap(([, list]) => names(list)) }
        : {}),
    };
  });
  return { ...lock, closed: true };
}

/** https://packaging.python.org/en/latest/specifications/pylock-toml/ */
export function pylock(document: unknown): PythonLock | undefined {
  const top = fields(document);
  if (text(top?.['lock-version']) === undefined) return undefined;
  const lock = collect(items(top?.packages), (table) => {
    const row = fields(table);
    const name = text(row?.name);
    return name === undefined ? undefined : { name, version: text(row?.version) ?? '', dependencies: names(row?.dependencies) };
  });
  return { ...lock, closed: true };
}

/** https://github.com/pypa/pipfile : `Pipfile.lock` */
export function pipfileLock(document: unknown): PythonLock | undefined {
  const top = fields(document);
  if (fields(top?.default) === undefined && fields(top?.develop) === undefined) return undefined;
  const group = (table: unknown, development: boolean) =>
    entries(table).map(([name, value]): LockedPackage | undefined => {
      const row = fields(value);
      if (row === undefined) return undefined;
      const version = /^={2,3}\s*(\S+)$/.exec(text(row.version) ?? '')?.[1] ?? '';
      return { name, version, dependencies: [], ...(development ? { development: true as const } : {}) };
    });
  // Further tables are categories of the project's own.
  const all = entries(top).flatMap(([key, table]) => (key === '_meta' ? [] : group(table, key === 'develop')));
  const packages = all.flatMap((one) => one ?? []);
  return { packages, odd: all.length - packages.length };
}

/** `[project]`, dependency groups, Poetry's, PDM's and uv's own tables. https://packaging.python.org/en/latest/specifications/pyproject-toml/ */
export function pyproject(document: unknown): PythonManifest | undefined {
  const top = fields(document);
  const project = fields(top?.project);
  const tool = fields(top?.tool);
  const poetry = fields(tool?.poetry);
  const name = text(project?.name) ?? text(poetry?.name);
  const version = text(project?.version) ?? text(poetry?.version);
  const normal = [
    ...names(project?.dependencies),
    ...entries(project?.['optional-dependencies']).flatMap(([, list]) => names(list)),
    ...entries(poetry?.dependencies).flatMap(([key]) => (key === 'python' ? [] : key)),
  ];
  const development = [
    ...entries(top?.['dependency-groups']).flatMap(([, list]) => names(list)),
    ...entries(poetry?.['dev-dependencies']).map(([key]) => key),
    ...entries(poetry?.group).flatMap(([, group]) => entries(fields(group)?.dependencies).map(([key]) => key)),
    ...entries(fields(tool?.pdm)?.['dev-dependencies']).flatMap(([, list]) => names(list)),
    ...names(fields(tool?.uv)?.['dev-dependencies']),
  ];
  if (name === undefined && normal.length === 0 && development.length === 0) return undefined;
  return { ...(name === undefined ? {} : { name }), ...(version === undefined ? {} : { version }), normal, development };
}

export function pipfile(document: unknown): PythonManifest | undefined {
  const top = fields(document);
  const keys = (table: unknown) => entries(table).map(([key]) => key);
  return { normal: keys(top?.packages), development: keys(top?.['dev-packages']) };
}
