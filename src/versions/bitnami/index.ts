/**
 * Bitnami: the version of the application and, after a hyphen, the number of Bitnami's own revision, which is later than the
 * version without it. Advisories name application versions, so an inclusive upper bound means all revisions.
 */

import { defineScheme } from '../define.ts';
import { compareDigits, isDigits } from '../digits.ts';
import { numberKey } from '../key.ts';
import { compareSemantic, encodeSemantic, parseSemantic, type SemanticVersion } from '../semver/core.ts';

interface BitnamiVersion {
  readonly application: SemanticVersion;
  readonly revision?: string;
}

function parse(text: string): BitnamiVersion | undefined {
  const hyphen = text.lastIndexOf('-');
  const tail = text.slice(hyphen + 1);
  const hasRevision = hyphen > 0 && isDigits(tail);
  const application = parseSemantic(hasRevision ? text.slice(0, hyphen) : text);
  if (application === undefined) return undefined;
  return hasRevision ? { application, revision: tail } : { application };
}

function compare(a: BitnamiVersion, b: BitnamiVersion): number {
  const order = compareSemantic(a.application, b.application);
  if (order !== 0) return order;
  if (a.revision === undefined || b.revision === undefined)
    return Number(a.revision !== undefined) - Number(b.revision !== undefined);
  return compareDigits(a.revision, b.revision);
}

function encode({ application, revision }: BitnamiVersion): string {
  return encodeSemantic(application) + (revision === undefined ? '\x01' : `\x02${numberKey(revision)}`);
}

export const bitnami = defineScheme<BitnamiVersion>({
  id: 'bitnami',
  specification: ['https://github.com/bitnami/vulndb', 'https://github.com/bitnami/go-version'],
  examples: ['8.2.1', '8.2.1-4', '2024.1.0-rc.1', '1.2.3-0'],
  parse,
  compare,
  encode,
  encodeFamily: (parsed) => (parsed.revision === undefined ? `${encode(parsed).slice(0, -1)}\xff` : encode(parsed)),
});
