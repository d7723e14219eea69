import type { FileContent } from '../../../artifacts/file.ts';
import { notice } from '../../../model/problem.ts';
import type { Cataloger, Extract, PackageDraft } from '../../cataloger.ts';
import { entriesSkipped } from '../../document.ts';
import { pypiDraft } from '../../drafts.ts';

const FILE = /(?:^|\/)(?:[\w.-]*requirements?[\w.-]*|constraints?[\w.-]*|requirements\/[\w.-]+)\.txt$/i;
const DEVELOPMENT = /(?:^|[/._-])(?:dev|develop|development|tests?|testing|lint|docs?|ci)(?:[/._-]|$)/i;
const MAX_LINE = 10_000;
/** Without hashes and markers. */
const MAX_SPECIFIER = 1000;

/** Name, extras, and the rest of a requirement. https://packaging.python.org/en/latest/specifications/dependency-specifiers/ */
const REQUIREMENT = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(.*)$/;
const PIN = /^\(?\s*={2,3}\s*([^\s,;*)]+)\s*\)?$/;

/** What is before a `#` at the start or behind a blank. */
function withoutComment(line: string): string {
  const at = line.search(/(?:^|\s)#/);
  return at < 0 ? line : line.slice(0, at);
}

/** Logical lines: joined at a backslash, without comments. */
function* lines(text: string): Iterable<string> {
  let pending = '';
  for (const raw of text.split('\n')) {
    const line = raw.replace(/\r$/, '');
    if (line.endsWith('\\') && pending.length < MAX_LINE) {
      pending += `${line.slice(0, -1)} `;
      continue;
    }
    // Runs of blanks mean what one does, and cost patterns much more.
    const whole = withoutComment(pending + line)
      .replace(/\s+/g, ' ')
      .trim();
    pending = '';
    if (whole !== '') yield whole;
  }
  const rest = pending.replace(/\s+/g, ' ').trim();
  if (rest !== '') yield rest;
}

/** A file at a place, not a version: `name @ https://…`, `git+https://…#egg=name`. */
function located(line: string): string | undefined {
  return (
    /[#&]egg=([A-Za-z0-9._-]{1,200})/.exec(line)?.[1] ?? /^([A-Za-z0-9._-]{1,200})\s*(?:\[[^\]]*\])?\s*@\s*\S/.exec(line)?.[1]
  );
}

function draftOf(line: string, development: boolean): PackageDraft | undefined {
  const marks = { direct: true, ...(development ? { development } : {}) };
  const place = located(line);
  if (place !== undefined) return pypiDraft(place, '', marks);
  const options = line.search(/\s--(?:hash|config-settings?|global-option|install-option)[= ]/);
  const specifier = (options < 0 ? line : line.slice(0, options)).split(';', 1)[0] ?? '';
  if (specifier.length > MAX_SPECIFIER) return undefined;
  const found = REQUIREMENT.exec(specifier.trim());
  const [name, rest] = [found?.[1], found?.[2]?.trim() ?? ''];
  if (name === undefined || (rest !== '' && !/^[(<>=!~]/.test(rest))) return undefined;
  return pypiDraft(name, PIN.exec(rest)?.[1] ?? '', marks);
}

function extract(file: FileContent): Extract {
  const text = file.text();
  if (!text.ok) return { packages: [], problems: [text.problem] };
  const development = DEVELOPMENT.test(file.path.slice(file.path.lastIndexOf('/requirements') + 1).replace(/requirements?/i, ''));
  const drafts = new Map<string, PackageDraft>();
  let [odd, open] = [0, 0];
  for (const line of lines(text.value)) {
    // Options, other files (which are read by their own names), and paths to projects.
    if (/^-|^\.{0,2}\//.test(line) && !line.includes('egg=')) continue;
    const draft = line.length > MAX_LINE ? undefined : draftOf(line.replace(/^(?:-e|--editable)[ =]/, ''), development);
    if (draft === undefined) odd++;
    else {
      if (draft.version === '') open++;
      drafts.set(draft.purl, draft);
    }
  }
  const problems = [
    ...(odd > 0 ? [entriesSkipped('requirements file', odd)] : []),
    ...(open > 0
      ? [
          notice(
            'requirements-unpinned',
            `${open} of the requirements name no exact version (==): which one is installed is not known. Give a lock file or pin them.`,
          ),
        ]
      : []),
  ];
  return { packages: [...drafts.values()], ...(problems.length > 0 ? { problems } : {}) };
}

export const pythonRequirements: Cataloger = {
  id: 'python-requirements',
  title: 'pip requirements',
  specification: ['https://pip.pypa.io/en/stable/reference/requirements-file-format/'],
  version: 2,
  packageTypes: ['pypi'],
  evidence: 'declared',
  reads: ['*requirements*.txt', 'requirements/*.txt', 'constraints*.txt'],
  patterns: [{ extension: '.txt', where: FILE }],
  extract,
};
