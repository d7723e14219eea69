/** Reading JSON, YAML, TOML and XML documents of unknown quality, and asking the result for values without trusting its shape. */
import { SaxesParser } from 'saxes';
import { parse as parseTomlText } from 'smol-toml';
import { Composer, Parser } from 'yaml';
import type { FileContent } from '../artifacts/file.ts';
import { fail, incomplete, messageOf, ok, type Problem, type Result } from '../model/problem.ts';
import { parsePlainYaml } from './plain-yaml.ts';

export { entries, type Fields, fields, items, text, texts } from './values.ts';

const MAX_XML_DEPTH = 200;

/** The problem of a file whose syntax is broken: nothing in it was assessed. */
export function unreadable(format: string, why: string): Problem {
  const detail = why.split('\n', 1)[0]?.slice(0, 200) ?? '';
  return incomplete(
    'document-unreadable',
    `Not valid ${format} (${detail}): its packages are not assessed. Restore or regenerate the file.`,
  );
}

/** The problem of a file whose syntax is fine but which is not the document its name promises. */
export function unexpected(format: string, what: string): Problem {
  const article = /^(?:[aeiou]|npm|sbt)/i.test(format) ? 'an' : 'a';
  return incomplete('document-unexpected', `Not ${article} ${format}: ${what}. Its packages are not assessed.`);
}

/** The problem of single entries that could not be understood, counted. */
export function entriesSkipped(format: string, count: number): Problem {
  const entries = count === 1 ? '1 entry' : `${count} entries`;
  return incomplete('document-entries-invalid', `${entries} of this ${format} could not be understood and were not assessed.`);
}

/** The problem of a generated text that ends within a line: its writers end every line. */
export function cutOff(format: string, file: FileContent): Problem[] {
  if (file.size === 0 || file.read(file.size - 1, 1)[0] === 0x0a) return [];
  const message = `This ${format} ends in the middle of a line: what followed may be missing. Restore or regenerate the file.`;
  return [incomplete('document-truncated', message)];
}

/** The problem of packages that others need and that a whole document would list. */
export function notListed(format: string, names: Iterable<string>): Problem[] {
  const missing = [...new Set(names)].sort();
  if (missing.length === 0) return [];
  const more = missing.length > 3 ? ` and ${missing.length - 3} more` : '';
  const message = `This ${format} does not list ${missing.slice(0, 3).join(', ').slice(0, 300)}${more}, which its packages depend on: it is cut off or out of date. Regenerate the file.`;
  return [incomplete('document-packages-missing', message)];
}

function parsed(file: FileContent, format: string, parse: (text: string) => unknown): Result<unknown> {
  const text = file.text();
  if (!text.ok) return text;
  try {
    return ok(parse(text.value));
  } catch (error) {
    return fail(unreadable(format, messageOf(error)));
  }
}

export function readJson(file: FileContent): Result<unknown> {
  return parsed(file, 'JSON', JSON.parse);
}

/** What the full parser is given at most: it takes about a second for 4 MB. */
const MAX_FULL_YAML = 32 * 1024 * 1024;
/** It looks for every alias among all anchors. */
const MAX_ALIASES = 10_000;
const MAX_DOCUMENTS = 100;

/** Brackets within brackets; in texts and comments they count too, which no real file comes near. */
const MAX_FLOW_DEPTH = 1000;

/** The full parser takes long until such a nesting overflows its stack. */
function hasDeepFlow(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5b || code === 0x7b) depth++;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth--;
    if (depth > MAX_FLOW_DEPTH) return true;
  }
  return false;
}

/** Ends at the first error: of junk, the parser makes an error per character. */
function* yamlTokens(text: string) {
  for (const token of new Parser().parse(text)) {
    if (token.type === 'error') throw new Error(token.message);
    yield token;
  }
}

function yamlOf(text: string): unknown {
  const plain = parsePlainYaml(text);
  if (plain !== undefined) return plain;
  if (text.length > MAX_FULL_YAML) throw new Error('too large for YAML that is not plain');
  if (hasDeepFlow(text)) throw new Error('nested too deeply');
  if ((text.match(/\*\w/g)?.length ?? 0) > MAX_ALIASES) throw new Error('too many aliases');
  // Its check for unique keys and its pictures of errors take quadratic time.
  const composer = new Composer({ schema: 'failsafe', uniqueKeys: false, prettyErrors: false });
  let found: unknown = null;
  let count = 0;
  for (const document of composer.compose(yamlTokens(text), true, text.length)) {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    if (++count > 1) throw new Error('several documents in one file');
    found = document.toJS();
  }
  return found;
}

/** YAML with every scalar a string, so that a version `1.10` stays what it is. */
export function readYaml(file: FileContent): Result<unknown> {
  return parsed(file, 'YAML', yamlOf);
}

/** All documents of a YAML stream, read like `readYaml`. */
export function readYamlDocuments(file: FileContent): Result<unknown[]> {
  const text = file.text();
  if (!text.ok) return text;
  const documents: unknown[] = [];
  const parts = text.value.split(/^---[ \t]*\r?$/m).filter((part) => part.trim() !== '');
  if (parts.length > MAX_DOCUMENTS) return fail(unreadable('YAML', `${parts.length} documents in one file`));
  for (const part of parts) {
    try {
      documents.push(yamlOf(part));
    } catch (error) {
      return fail(unreadable('YAML', messageOf(error)));
    }
  }
  return ok(documents);
}

export function readToml(file: FileContent): Result<unknown> {
  return parsed(file, 'TOML', (text) => parseTomlText(text, { maxDepth: 100 }));
}

export interface XmlElement {
  /** Local name, without prefix. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlElement[];
  /** Character data directly inside, untrimmed. */
  text: string;
}

/** The document as a tree of elements; throws on broken XML, a document type with entities, or absurd depth. */
export function parseXml(source: string): XmlElement {
  const root: XmlElement = { name: '', attributes: new Map(), children: [], text: '' };
  const open = [root];
  const parser = new SaxesParser();
  parser.on('error', (error) => {
    throw error;
  });
  parser.on('opentag', (tag) => {
    if (open.length > MAX_XML_DEPTH) throw new Error('elements nested too deeply');
    const attributes = new Map<string, string>();
    for (const [name, value] of Object.entries(tag.attributes)) attributes.set(localName(name), String(value));
    const element: XmlElement = { name: localName(tag.name), attributes, children: [], text: '' };
    open.at(-1)?.children.push(element);
    open.push(element);
  });
  const append = (text: string) => {
    const top = open.at(-1);
    if (top !== undefined) top.text += text;
  };
  parser.on('text', append);
  parser.on('cdata', append);
  parser.on('closetag', () => void open.pop());
  parser.write(source).close();
  const element = root.children[0];
  if (element === undefined) throw new Error('no element');
  return element;
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

export function readXml(file: FileContent): Result<XmlElement> {
  const text = file.text();
  if (!text.ok) return text;
  try {
    return ok(parseXml(text.value));
  } catch (error) {
    return fail(unreadable('XML', messageOf(error)));
  }
}
