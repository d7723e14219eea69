/** JSON as JavaScript tools write it for people: with comments and trailing commas. */

/** Position of the quote that ends the string which begins at `at`. */
export function stringEnd(source: string, at: number): number {
  let end = at + 1;
  while (end < source.length && source[end] !== '"') end += source[end] === '\\' ? 2 : 1;
  return end;
}

function withoutComments(source: string): string {
  const parts: string[] = [];
  let kept = 0;
  for (let at = 0; at < source.length; at++) {
    const character = source[at];
    if (character === '"') at = stringEnd(source, at);
    if (character !== '/') continue;
    const opened = source[at + 1];
    if (opened !== '/' && opened !== '*') continue;
    const found = source.indexOf(opened === '/' ? '\n' : '*/', at + 2);
    const end = found < 0 ? source.length : found + (opened === '/' ? 0 : 2);
    parts.push(source.slice(kept, at));
    kept = end;
    at = end - 1;
  }
  parts.push(source.slice(kept));
  return parts.join(' ');
}

function withoutTrailingCommas(source: string): string {
  const parts: string[] = [];
  let kept = 0;
  let comma = -1;
  for (let at = 0; at < source.length; at++) {
    const character = source[at] ?? '';
    if (character === ',') {
      comma = at;
    } else if (character > ' ') {
      if (comma >= 0 && (character === ']' || character === '}')) {
        parts.push(source.slice(kept, comma));
        kept = comma + 1;
      }
      comma = -1;
      if (character === '"') at = stringEnd(source, at);
    }
  }
  parts.push(source.slice(kept));
  return parts.join('');
}

/** JSON with comments and trailing commas as plain JSON; linear in its length. */
export function plainJson(source: string): string {
  return withoutTrailingCommas(source.includes('//') || source.includes('/*') ? withoutComments(source) : source);
}
