/** `WWW-Authenticate` challenges (RFC 9110 section 11) and the token service of registries (distribution's token specification). */

export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_HEADER = 8192;

/** The challenges of a header that registries use; the strongest (Bearer) first. */
export function parseChallenges(header: string): Challenge[] {
  const found: Challenge[] = [];
  if (header.length > MAX_HEADER) return found;
  const token = /(?:^|[\s,])(bearer|basic)(?=\s|,|$)|([a-z_]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/gi;
  let parameters = new Map<string, string>();
  for (const match of header.matchAll(token)) {
    const [, scheme, key, quoted, plain] = match;
    if (scheme !== undefined) {
      parameters = new Map();
      found.push({ scheme: scheme.toLowerCase() === 'bearer' ? 'bearer' : 'basic', parameters });
    } else if (key !== undefined) parameters.set(key.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  }
  return found.sort((a, b) => (a.scheme === b.scheme ? 0 : a.scheme === 'bearer' ? -1 : 1));
}
