/** All patterns of all catalogers compiled into one question per path, so that the cost of a file does not grow with the catalogers. */
import { basenameOf } from '../artifacts/paths.ts';
import type { Cataloger } from './cataloger.ts';

/** Positions in the list of catalogers given to `compilePatterns`, ascending and without repetition. */
export type Wanted = readonly number[];

export interface Classifier {
  /** Catalogers that want the path by its name. */
  byName(path: string): Wanted;
  /** Catalogers that want it if it is executable and starts as ELF, PE or Mach-O files do. */
  ifExecutable(path: string): Wanted;
  /** True when some cataloger could want a file of this path: exact for names, by likely names for executables. */
  mayMatter(path: string): boolean;
  /** Whole paths that are wanted, by cataloger: the places symlinks are followed to. */
  readonly paths: ReadonlyMap<string, Wanted>;
  /** Directories everything below may be wanted of. */
  readonly directories: readonly string[];
}

interface Rule {
  readonly cataloger: number;
  readonly where?: RegExp;
}

const NONE: Wanted = [];

/** Endings of files that are data whatever their mode says: mount options and careless archives set execute bits everywhere. */
const DATA = new Set(
  (
    'a bc c cc cfg cmake conf cpp crt cs css csv d dart ear eot gif go golden gz h hpp htm html ico info ini ipynb jar java jpeg ' +
    'jpg js json jsonld jsx key kt la less list lst lua map md md5sums mjs mo o otf pb pc pem php pl pm png po proto ps py pyc pyi ' +
    'pyo rb rs rst scala scss sh snap svg tcl test tex toml ts tsx ttf txt vim war wasm whl woff woff2 xml xsl xz yaml yml zip'
  ).split(' '),
);
const LIBRARY = /\.(?:so(?:\.[\w.]+)?|dll|exe|dylib|node)$/i;

/** True for names that libraries have, which are mapped rather than executed and often lack the execute bit. */
export function isLibraryName(path: string): boolean {
  return LIBRARY.test(basenameOf(path));
}

function hasDataName(path: string): boolean {
  const name = basenameOf(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 && DATA.has(name.slice(dot + 1).toLowerCase());
}

/** ELF, PE (`MZ`) and Mach-O (thin and fat, either byte order). */
export function isExecutableMagic(head: Uint8Array): boolean {
  const [a, b, c, d] = head;
  if (a === 0x7f) return b === 0x45 && c === 0x4c && d === 0x46;
  if (a === 0x4d) return b === 0x5a;
  if (a === 0xfe) return b === 0xed && c === 0xfa && (d === 0xce || d === 0xcf);
  if (a === 0xce || a === 0xcf) return b === 0xfa && c === 0xed && d === 0xfe;
  return a === 0xca && b === 0xfe && c === 0xba && d === 0xbe;
}

function add<K>(map: Map<K, Rule[]>, key: K, rule: Rule): void {
  const rules = map.get(key);
  if (rules === undefined) map.set(key, [rule]);
  else rules.push(rule);
}

/** Adds the catalogers of the rules that hold for `path`. */
function collect(rules: readonly Rule[] | undefined, path: string, into: number[]): void {
  if (rules === undefined) return;
  for (const { cataloger, where } of rules) {
    if ((where === undefined || where.test(path)) && !into.includes(cataloger)) into.push(cataloger);
  }
}

/** Compiles the patterns of the catalogers; `Wanted` numbers are positions in this list. */
export function compilePatterns(catalogers: readonly Pick<Cataloger, 'patterns'>[]): Classifier {
  const basenames = new Map<string, Rule[]>();
  const extensions = new Map<string, Rule[]>();
  const exact = new Map<string, Rule[]>();
  const under = new Map<string, Rule[]>();
  const executables: Rule[] = [];
  for (const [cataloger, { patterns }] of catalogers.entries()) {
    for (const pattern of patterns) {
      const rule: Rule = 'where' in pattern ? { cataloger, where: pattern.where } : { cataloger };
      if ('basename' in pattern) add(basenames, pattern.basename, rule);
      else if ('extension' in pattern) add(extensions, pattern.extension.toLowerCase(), rule);
      else if ('path' in pattern) add(exact, pattern.path, rule);
      else if ('under' in pattern) add(under, pattern.under, rule);
      else executables.push(rule);
    }
  }

  const endings = new Set([...extensions.keys()].map((extension) => extension.charCodeAt(extension.length - 1) | 0x20));

  // Archives and directory walks list a directory's files together: its `under` rules are looked up once.
  let lastDirectory = '';
  let lastRules: readonly Rule[] = [];
  function underRules(path: string): readonly Rule[] {
    const slash = path.lastIndexOf('/');
    if (slash < 0) return [];
    if (slash === lastDirectory.length && path.startsWith(lastDirectory)) return lastRules;
    lastDirectory = path.slice(0, slash);
    const rules: Rule[] = [];
    for (let at = path.indexOf('/'); at >= 0 && at <= slash; at = path.indexOf('/', at + 1)) {
      rules.push(...(under.get(path.slice(0, at)) ?? []));
    }
    lastRules = rules;
    return rules;
  }

  function byName(path: string): Wanted {
    let found: number[] | undefined;
    const hit = (rules: readonly Rule[] | undefined): void => {
      if (rules === undefined || rules.length === 0) return;
      found ??= [];
      collect(rules, path, found);
    };
    const nameStart = path.lastIndexOf('/') + 1;
    hit(basenames.get(nameStart === 0 ? path : path.slice(nameStart)));
    // Few names end in a letter that some extension ends in: the others need no look at their dots.
    if (endings.has(path.charCodeAt(path.length - 1) | 0x20)) {
      for (let dot = path.indexOf('.', nameStart); dot >= 0; dot = path.indexOf('.', dot + 1)) {
        hit(extensions.get(path.slice(dot).toLowerCase()));
      }
    }
    hit(exact.get(path));
    hit(underRules(path));
    return found === undefined || found.length === 0 ? NONE : found.length === 1 ? found : found.sort((a, b) => a - b);
  }

  function ifExecutable(path: string): Wanted {
    if (executables.length === 0 || hasDataName(path)) return NONE;
    const found: number[] = [];
    collect(executables, path, found);
    return found;
  }

  return {
    byName,
    ifExecutable,
    mayMatter: (path) => byName(path).length > 0 || ifExecutable(path).length > 0,
    paths: new Map([...exact].map(([path, rules]) => [path, rules.map((rule) => rule.cataloger)])),
    directories: [...under.keys()],
  };
}
