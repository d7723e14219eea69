/** yarn.lock of Yarn 1 (its own format) and of Yarn 2 and later (YAML). https://classic.yarnpkg.com/lang/en/docs/yarn-lock/ */
import { entries, fields, text } from '../../document.ts';
import type { Wanted } from '../../javascript/manifest.ts';
import { wantsOf } from '../../javascript/manifest.ts';
import { aliasedName, packageName, packageVersion, splitNamed } from '../../javascript/names.ts';
import { stringEnd } from '../../javascript/plain-json.ts';

export interface YarnEntry {
  /** What is asked for and answered by this package: `name@range`. */
  readonly keys: readonly string[];
  readonly name: string;
  /** Empty for folders. */
  readonly version: string;
  readonly source: string;
  /** The folder of a workspace, from the lock file's own. */
  readonly workspace?: string;
  readonly uses: readonly Wanted[];
}

export interface YarnLock {
  readonly kind: 'lock';
  readonly entries: readonly YarnEntry[];
  readonly invalid: number;
}

interface Block {
  readonly keys: string[];
  readonly facts: Map<string, string>;
  readonly uses: Map<string, string>;
}

const BETWEEN = new Set([' ', '\t', '\r', ',']);

/** The words of a line: bare or JSON-quoted, separated by blanks or commas. */
function words(line: string): string[] {
  const found: string[] = [];
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (BETWEEN.has(character)) continue;
    let end = at + 1;
    if (character === '"') {
      end = stringEnd(line, at);
      const inner = line.slice(at + 1, end);
      found.push(inner.includes('\\') ? inner.replace(/\\(.)/g, '$1') : inner);
    } else {
      while (end < line.length && !BETWEEN.has(line[end] ?? '')) end++;
      found.push(line.slice(at, end));
    }
    at = end;
  }
  return found;
}

function blocksOf(source: string): { readonly blocks: Block[]; readonly invalid: number } {
  const blocks: Block[] = [];
  let invalid = 0;
  let block: Block | undefined;
  let section = '';
  for (const raw of source.split('\n')) {
    const line = raw.trimEnd();
    if (line === '' || line.startsWith('#')) continue;
    const indent = line.length - line.trimStart().length;
    const opens = line.endsWith(':');
    const parts = words(opens ? line.slice(0, -1) : line);
    const [first, second] = parts;
    if (indent === 0) {
      block = opens && first !== undefined ? { keys: parts, facts: new Map(), uses: new Map() } : undefined;
      if (block === undefined) invalid++;
      else blocks.push(block);
    } else if (block === undefined || first === undefined) {
      invalid++;
    } else if (indent === 2) {
      section = opens ? first : '';
      if (!opens && second !== undefined) block.facts.set(first, second);
    } else if (section === 'dependencies' || section === 'optionalDependencies') {
      if (packageName(first) === undefined) invalid++;
      else block.uses.set(first, second ?? '');
    }
  }
  return { blocks, invalid };
}

export function parseClassic(source: string): YarnLock {
  const { blocks, invalid } = blocksOf(source);
  const found: YarnEntry[] = [];
  let unnamed = 0;
  for (const { keys, facts, uses } of blocks) {
    const asked = splitNamed(keys[0] ?? '');
    if (asked === undefined) {
      unnamed++;
      continue;
    }
    if (!facts.has('version')) unnamed++;
    const version = packageVersion(facts.get('version')) ?? '';
    const name = aliasedName(asked.rest) ?? asked.name;
    found.push({ keys, name, version, source: facts.get('resolved') ?? asked.rest, uses: [...uses] });
  }
  return { kind: 'lock', entries: found, invalid: invalid + unnamed };
}

/** Undefined when the document is none of Yarn's. */
export function parseBerry(document: unknown): YarnLock | undefined {
  const table = fields(document);
  if (fields(table?.__metadata) === undefined) return undefined;
  const found: YarnEntry[] = [];
  let invalid = 0;
  for (const [key, value] of entries(table)) {
    if (key === '__metadata') continue;
    const entry = fields(value);
    const resolution = splitNamed(text(entry?.resolution) ?? '');
    if (entry === undefined || resolution === undefined) {
      invalid++;
      continue;
    }
    const { name, rest } = resolution;
    // A linked folder need not be a package, and the name is only what the project calls it.
    if (rest.startsWith('link:')) continue;
    const workspace = rest.startsWith('workspace:') ? rest.slice('workspace:'.length) : undefined;
    const local = workspace !== undefined || rest.startsWith('portal:');
    found.push({
      keys: key.split(', '),
      name,
      // Yarn writes `0.0.0-use.local` for folders.
      version: local ? '' : (packageVersion(entry.version) ?? ''),
      source: rest,
      ...(workspace === undefined ? {} : { workspace }),
      uses: wantsOf(entry, ['dependencies', 'optionalDependencies']),
    });
  }
  return { kind: 'lock', entries: found, invalid };
}
