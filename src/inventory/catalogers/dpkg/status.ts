/** Stanzas of a dpkg status file. https://man7.org/linux/man-pages/man5/deb822.5.html */
import { incomplete, type Problem } from '../../../model/problem.ts';
import type { PackageDraft } from '../../cataloger.ts';
import { osPackageDraft, sourceOf } from '../../os-packages.ts';

/** States in which no files of the package are there; every other state of dpkg(1) has some. */
const ABSENT = new Set(['not-installed', 'config-files']);
const NAME = /^[A-Za-z0-9][A-Za-z0-9+.-]*$/;
const VERSION = /^[^\s\x00-\x1f]+$/;

interface Stanza {
  name?: string;
  version?: string;
  architecture?: string;
  source?: string;
  maintainer?: string;
  state?: string;
  /** A field came twice: the empty line between two packages is gone. */
  twice?: true;
}

const FIELDS: ReadonlyMap<string, Exclude<keyof Stanza, 'twice'>> = new Map([
  ['package', 'name'],
  ['version', 'version'],
  ['architecture', 'architecture'],
  ['source', 'source'],
  ['maintainer', 'maintainer'],
  ['status', 'state'],
]);
/** First letters of those fields in either case: most lines are ruled out by one look. */
const INITIALS = new Set([...'pvasmPVASM'].map((letter) => letter.charCodeAt(0)));

/** The packages that are present, and what could not be understood. A stanza without a `Status` field (distroless) is installed. */
export function readStatus(text: string): { packages: PackageDraft[]; problems: Problem[] } {
  const packages: PackageDraft[] = [];
  let invalid = 0;
  let stanza: Stanza = {};
  let filled = false;
  const finish = (): void => {
    if (!filled) return;
    const draft = draftOf(stanza);
    if (draft === 'invalid') invalid++;
    else if (draft !== 'absent') packages.push(draft);
    stanza = {};
    filled = false;
  };
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 ? text.length : newline;
    const first = text.charCodeAt(at);
    if (end === at || (first === 13 && end === at + 1)) finish();
    else {
      filled = true;
      if (INITIALS.has(first)) readField(text, at, end, stanza);
    }
    at = end + 1;
  }
  finish();
  const problems: Problem[] = [];
  if (invalid > 0) {
    const entries = invalid === 1 ? '1 entry' : `${invalid} entries`;
    problems.push(
      incomplete(
        'dpkg-entry-invalid',
        `${entries} of the dpkg database could not be understood; check it with \`dpkg --audit\`.`,
      ),
    );
  }
  return { packages, problems };
}

function readField(text: string, start: number, end: number, stanza: Stanza): void {
  const colon = text.indexOf(':', start);
  // The longest wanted name has 12 letters.
  if (colon < 0 || colon >= end || colon - start > 12) return;
  const field = FIELDS.get(text.slice(start, colon).toLowerCase());
  if (field === undefined) return;
  if (stanza[field] !== undefined) stanza.twice = true;
  stanza[field] = text.slice(colon + 1, end).trim();
}

function draftOf(stanza: Stanza): PackageDraft | 'absent' | 'invalid' {
  const { name, version, architecture, maintainer } = stanza;
  if (stanza.twice) return 'invalid';
  const state = stanza.state?.split(/\s+/, 3)[2];
  if (stanza.state !== undefined && state === undefined) return 'invalid';
  if (state !== undefined && ABSENT.has(state)) return 'absent';
  if (name === undefined || !NAME.test(name) || version === undefined || !VERSION.test(version)) return 'invalid';
  const [, sourceName, sourceVersion] = /^([^\s(]+)(?:\s*\(([^()]*)\))?/.exec(stanza.source ?? '') ?? [];
  const source = sourceOf(sourceName, sourceVersion?.trim(), { name, version });
  return osPackageDraft({
    type: 'deb',
    name,
    version,
    ...(architecture ? { architecture } : {}),
    ...(source === undefined ? {} : { source }),
    ...(maintainer ? { vendor: maintainer } : {}),
  });
}
