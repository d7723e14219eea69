/**
 * Texts that others wrote, as Vedette keeps them: one line without markup, and without what would act instead of being read (control
 * characters, terminal escapes, marks that turn the direction of text). Whoever shows them still escapes for its own format.
 */

/** Characters (UTF-16 code units) of a description: what the API can show. */
export const MAX_DESCRIPTION = 1024;
/** What is looked at of a text; markup makes it longer than what is left of it. */
const MAX_RAW = 8 * MAX_DESCRIPTION;
/** A word that is longer is cut. */
const MAX_WORD = 100;
const ELLIPSIS = '...';

const TERMINAL_ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[ -/]*[0-~])?/g;
/** All but tab and the ends of lines. */
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;
/** Marks of direction, characters without width, byte order marks, invisible tags. */
const INVISIBLE = /[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\udb40[\udc00-\udc7f]/g;

/** The text without what acts instead of being read; lines stay lines. */
export function harmless(text: string): string {
  return text.toWellFormed().replace(TERMINAL_ESCAPES, '').replace(CONTROLS, ' ').replace(INVISIBLE, '');
}

const FENCE = /^\s{0,3}(?:`{3,}|~{3,})/;
/** Underlines of headings, rulers, and what divides a table's head from its body. */
const RULER = /^\s*[-=*_|:+\s]{3,}$/;
const HEADING = /^\s{0,3}#{1,6}\s+(.*?)[\s#]*$/;
const TAGS = /<\/?(?:br|p|details|summary|pre|code|ul|ol|li|strong|em|sub|sup|h[1-6])\s*\/?>/gi;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: ' ' };

/** Lines without marks at their beginning; what is between fences counts as code. */
function withoutBlocks(markdown: string): string {
  let isCode = false;
  const lines = markdown.split(/\r\n|[\n\r]/).flatMap((line) => {
    if (FENCE.test(line)) {
      isCode = !isCode;
      return [];
    }
    if (isCode) return [line.trim() === '' ? '' : `\`${line.replaceAll('`', "'")}\``];
    if (RULER.test(line)) return [''];
    const heading = HEADING.exec(line)?.[1];
    if (heading !== undefined) return heading === '' ? [] : [/[.:!?]$/.test(heading) ? heading : `${heading}:`];
    return [line.replace(/^\s*>\s?/, '')];
  });
  return lines.join('\n');
}

function withoutMarks(text: string): string {
  return text
    .replace(/!?\[([^[\]]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+"[^"]*")?\)/g, '$1')
    .replace(/<(https?:\/\/[^\s<>]+)>/g, '$1')
    .replace(TAGS, ' ')
    .replace(/\*\*([^*]+)\*\*/g, '$1')
    .replace(/\\([\\`*_#<>[\]])/g, '$1')
    .replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

/** What the Markdown of an advisory says, without its marks. */
function readMarkdown(markdown: string): string {
  const text = withoutBlocks(markdown.replace(/<!--[\s\S]*?-->/g, ' '));
  // What is between backticks is code: nothing in it is a mark.
  return text
    .split(/(`[^`]+`)/)
    .map((part, index) => (index % 2 === 1 ? part.slice(1, -1) : withoutMarks(part)))
    .join('');
}

/** Cuts at a word, and shows it; never inside of a pair of surrogates. */
function cutAtWord(text: string): string {
  const most = MAX_DESCRIPTION - ELLIPSIS.length;
  const start = text.slice(0, most);
  const space = text[most] === ' ' ? most : start.lastIndexOf(' ');
  const kept = space >= most - MAX_WORD ? start.slice(0, space) : start.replace(/[\ud800-\udbff]$/, '');
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** A text of several sentences as a description: one line of at most `MAX_DESCRIPTION` characters; undefined when nothing is left. */
export function descriptionOf(text: string | undefined, form: 'plain' | 'markdown' = 'plain'): string | undefined {
  if (text === undefined) return undefined;
  const start = harmless(text.slice(0, MAX_RAW));
  const line = (form === 'markdown' ? harmless(readMarkdown(start)) : start).replace(/\s+/g, ' ').trim();
  if (line === '') return undefined;
  if (text.length > MAX_RAW && line.length <= MAX_DESCRIPTION) return cutAtWord(`${line} `.padEnd(MAX_DESCRIPTION + 1));
  return line.length <= MAX_DESCRIPTION ? line : cutAtWord(line);
}
