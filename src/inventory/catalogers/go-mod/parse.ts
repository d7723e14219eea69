/** The line formats of the go command: go.mod and go.work, go.sum, vendor/modules.txt. https://go.dev/ref/mod */

export interface GoReplacement {
  readonly path: string;
  /** Empty: every version. */
  readonly version: string;
  readonly to: string;
  /** Empty: a directory. */
  readonly toVersion: string;
}

interface GoRequirement {
  readonly path: string;
  readonly version: string;
  readonly indirect: boolean;
}

export interface GoModule {
  readonly kind: 'mod';
  readonly module: string;
  readonly go: string;
  readonly toolchain: string;
  readonly require: readonly GoRequirement[];
  readonly replace: readonly GoReplacement[];
  /** `path@version`. */
  readonly exclude: readonly string[];
  /** Directories of go.work's `use`. */
  readonly use: readonly string[];
  /** Lines of known directives that could not be understood. */
  readonly invalid: number;
}

export interface GoSum {
  readonly kind: 'sum';
  readonly modules: readonly (readonly [path: string, version: string])[];
  readonly invalid: number;
}

export interface GoVendor {
  readonly kind: 'vendor';
  readonly modules: readonly { readonly path: string; readonly version: string; readonly replace?: GoReplacement }[];
  readonly invalid: number;
}

/** Tokens of a line; `//` starts a comment, quotes and backquotes hold spaces. */
function tokens(line: string): { readonly words: string[]; readonly comment: string } {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    const char = line[at] ?? '';
    if (char === ' ' || char === '\t' || char === '\r') {
      at++;
    } else if (line.startsWith('//', at)) {
      return { words, comment: line.slice(at + 2).trim() };
    } else if (char === '"' || char === '`') {
      const end = line.indexOf(char, at + 1);
      words.push(line.slice(at + 1, end < 0 ? undefined : end));
      at = end < 0 ? line.length : end + 1;
    } else if (char === '(' || char === ')') {
      words.push(char);
      at++;
    } else {
      let end = at;
      while (end < line.length && !' \t\r()"`'.includes(line[end] ?? '') && !line.startsWith('//', end)) end++;
      words.push(line.slice(at, end));
      at = end;
    }
  }
  return { words, comment: '' };
}

const VERSION = /^v\d/;
const LANGUAGE = /^\d+(?:\.\d+){1,2}(?:(?:rc|beta|alpha)\d+)?(?:-[\w.-]+)?$/;
/** https://go.dev/ref/mod#go-mod-file and https://go.dev/ref/mod#go-work-file */
const VERBS: ReadonlySet<string> = new Set(
  'module go toolchain godebug require exclude replace retract tool ignore use'.split(' '),
);

function replacement(words: readonly string[]): GoReplacement | undefined {
  const arrow = words.indexOf('=>');
  const [path, version = ''] = words.slice(0, arrow);
  const [to, toVersion = ''] = words.slice(arrow + 1);
  if (arrow < 1 || arrow > 2 || path === undefined || to === undefined) return undefined;
  return { path, version, to, toVersion };
}

export function parseGoMod(text: string): GoModule {
  let module = '';
  let go = '';
  let toolchain = '';
  let invalid = 0;
  const require: GoRequirement[] = [];
  const replace: GoReplacement[] = [];
  const exclude: string[] = [];
  const use: string[] = [];
  let block: string | undefined;
  for (const line of text.split('\n')) {
    const { words, comment } = tokens(line);
    if (words.length === 0) continue;
    if (block !== undefined && words[0] === ')') {
      block = undefined;
      continue;
    }
    const verb = block ?? words.shift() ?? '';
    if (block === undefined && words[0] === '(') {
      block = verb;
      continue;
    }
    const [first, second] = words;
    if (!VERBS.has(verb) || first === undefined) invalid++;
    else if (verb === 'module') module = first;
    else if (verb === 'go' && LANGUAGE.test(first)) go = first;
    else if (verb === 'go') invalid++;
    else if (verb === 'toolchain') toolchain = first;
    else if (verb === 'require') {
      if (second !== undefined && words.length === 2 && VERSION.test(second))
        require.push({ path: first, version: second, indirect: /^indirect(?:$|[\s;])/.test(comment) });
      else invalid++;
    } else if (verb === 'replace') {
      const found = replacement(words);
      if (found === undefined) invalid++;
      else replace.push(found);
    } else if (verb === 'exclude' && second !== undefined) exclude.push(`${first}@${second}`);
    else if (verb === 'use') use.push(first);
  }
  // A block that never closes: the file is cut off.
  if (block !== undefined) invalid++;
  return { kind: 'mod', module, go, toolchain, require, replace, exclude, use, invalid };
}

/** Only modules whose content (not just whose go.mod) has a sum: those the build may use. */
export function parseGoSum(text: string): GoSum {
  const modules: [string, string][] = [];
  let invalid = 0;
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [path, version, sum, ...rest] = line.trim().split(/\s+/);
    if (path === undefined || version === undefined || sum === undefined || rest.length > 0 || !VERSION.test(version)) invalid++;
    else if (!version.endsWith('/go.mod')) modules.push([path, version]);
  }
  return { kind: 'sum', modules, invalid };
}

export function parseModulesTxt(text: string): GoVendor {
  const modules: { path: string; version: string; replace?: GoReplacement }[] = [];
  let invalid = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('# ')) {
      // Notes on the module, or the path of one of its packages.
      if (!line.startsWith('##') && /\S\s+\S/.test(line)) invalid++;
      continue;
    }
    const words = line.slice(2).trim().split(/\s+/);
    const [path, version] = words;
    // Lines without a version repeat replacements that apply to nothing vendored.
    if (path === undefined || version === undefined || !VERSION.test(version)) {
      if (!words.includes('=>')) invalid++;
      continue;
    }
    const replace = words.includes('=>') ? replacement(words) : undefined;
    modules.push({ path, version, ...(replace === undefined ? {} : { replace }) });
  }
  return { kind: 'vendor', modules, invalid };
}

/** The standard library's version, when the directives name a full one (`1.21.3`, not the language version `1.21`). */
export function standardLibraryVersion(module: Pick<GoModule, 'go' | 'toolchain'>): string | undefined {
  for (const directive of [module.toolchain, module.go]) {
    const found = /^(?:go)?(\d+\.\d+\.\d+)(?=$|[-+ ])/.exec(directive);
    if (found?.[1] !== undefined) return found[1];
  }
  return undefined;
}

/** Whether the language version is below 1.17, where go.mod lists only direct requirements. No directive means 1.16. */
export function isUnpruned(module: Pick<GoModule, 'go'>): boolean {
  const found = /^(\d+)\.(\d+)/.exec(module.go);
  if (found === null) return true;
  return Number(found[1]) === 1 && Number(found[2]) < 17;
}
