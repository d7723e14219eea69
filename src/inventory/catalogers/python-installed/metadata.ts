/** Core metadata of Python distributions: headers as in mail. https://packaging.python.org/en/latest/specifications/core-metadata/ */

export interface PythonMetadata {
  readonly name: string;
  readonly version: string;
  readonly licenses: readonly string[];
  /** Names of required distributions, those that only an extra asks for left out. */
  readonly requires: readonly string[];
}

const MAX_LINES = 20_000;

/** Header fields up to the first empty line; folded lines belong to the field before. */
function* headers(text: string): Iterable<readonly [key: string, value: string]> {
  let key = '';
  let value = '';
  for (const line of text.split('\n', MAX_LINES)) {
    const plain = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (plain === '') break;
    if (/^[ \t]/.test(plain)) {
      value += `\n${plain.trim()}`;
      continue;
    }
    if (key !== '') yield [key, value];
    const colon = plain.indexOf(':');
    key = colon > 0 ? plain.slice(0, colon).toLowerCase() : '';
    value = plain.slice(colon + 1).trim();
  }
  if (key !== '') yield [key, value];
}

/** `requests (>=2.8) ; extra == 'socks'` asks for `requests`, but only for those who want the extra. */
export function requirementName(text: string): string | undefined {
  if (/;.*\bextra\s*==/.test(text.slice(0, 2000))) return undefined;
  return /^\s*([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)/.exec(text)?.[1];
}

/** Undefined when it does not give name and version. */
export function parseMetadata(text: string): PythonMetadata | undefined {
  let name: string | undefined;
  let version: string | undefined;
  let expression: string | undefined;
  let license: string | undefined;
  const classifiers: string[] = [];
  const requires = new Set<string>();
  for (const [key, value] of headers(text)) {
    if (value === '' || value === 'UNKNOWN') continue;
    if (key === 'name') name ??= value;
    else if (key === 'version') version ??= value;
    else if (key === 'license-expression') expression ??= value;
    else if (key === 'license') license ??= value.includes('\n') ? undefined : value.slice(0, 200);
    else if (key === 'classifier' && value.startsWith('License ::'))
      classifiers.push(value.slice(value.lastIndexOf('::') + 2).trim());
    else if (key === 'requires-dist') {
      const required = requirementName(value);
      if (required !== undefined) requires.add(required);
    }
  }
  if (name === undefined || version === undefined || name.length > 200 || version.length > 200) return undefined;
  const licenses =
    expression !== undefined ? [expression] : classifiers.length > 0 ? classifiers : license === undefined ? [] : [license];
  return { name, version, licenses, requires: [...requires] };
}
