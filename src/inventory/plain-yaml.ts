/**
 * A strict reader for the regular YAML that lock-file writers emit: block mappings and sequences, one-line scalars and flow
 * collections, `|` and simple `>` blocks. Ten times faster than a full parser, which remains the judge of everything else:
 * whatever is not clearly in this subset answers `undefined`, and the caller asks the `yaml` library. Every scalar is a string
 * (the failsafe schema), so that a version `1.10` stays what it is. `plain-yaml.test.ts` proves equality with `yaml`.
 */

export type YamlValue = string | YamlValue[] | { [key: string]: YamlValue };

const MAX_DEPTH = 40;

/** Thrown and caught inside this file only: the text leaves the subset. */
const OUTSIDE = Symbol('outside the subset');

interface Line {
  readonly indent: number;
  /** Without indentation and trailing blanks; never empty, never a comment. */
  readonly text: string;
  /** Position in the raw lines, for block scalars. */
  readonly number: number;
}

interface Reader {
  readonly raw: readonly string[];
  readonly lines: readonly Line[];
  at: number;
}

/** The document as strings, arrays and objects; undefined when it is not in the subset (or not YAML at all). */
export function parsePlainYaml(text: string): YamlValue | undefined {
  // Tabs, other line breaks and control characters have rules of their own.
  if (/[^\n\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/.test(text)) return undefined;
  const raw = text.split('\n');
  const lines: Line[] = [];
  for (let number = 0; number < raw.length; number++) {
    const line = raw[number] ?? '';
    let indent = 0;
    while (line.charCodeAt(indent) === 32) indent++;
    if (indent === line.length || line.charCodeAt(indent) === 35) continue;
    lines.push({ indent, text: line.slice(indent).trimEnd(), number });
  }
  if (lines[0]?.text === '---' && lines[0].indent === 0) lines.shift();
  const first = lines[0];
  if (first === undefined) return undefined;
  const reader: Reader = { raw, lines, at: 0 };
  try {
    const value = block(reader, first.indent, 0);
    return reader.at === lines.length ? value : undefined;
  } catch (thrown) {
    if (thrown === OUTSIDE) return undefined;
    throw thrown;
  }
}

function isItem(text: string): boolean {
  return text.startsWith('- ') || text === '-';
}

function block(reader: Reader, indent: number, depth: number): YamlValue {
  if (depth > MAX_DEPTH) throw OUTSIDE;
  const line = reader.lines[reader.at];
  if (line === undefined) throw OUTSIDE;
  return isItem(line.text) ? sequence(reader, indent, depth) : mapping(reader, indent, depth);
}

function mapping(reader: Reader, indent: number, depth: number): YamlValue {
  const result: { [key: string]: YamlValue } = {};
  for (let line = reader.lines[reader.at]; line !== undefined && line.indent >= indent; line = reader.lines[reader.at]) {
    if (line.indent !== indent || isItem(line.text)) throw OUTSIDE;
    addEntry(result, reader, line, line.text, indent, depth);
  }
  return result;
}

function sequence(reader: Reader, indent: number, depth: number): YamlValue {
  const result: YamlValue[] = [];
  for (let line = reader.lines[reader.at]; line !== undefined && line.indent >= indent; line = reader.lines[reader.at]) {
    if (line.indent !== indent) throw OUTSIDE;
    if (!isItem(line.text)) break;
    const rest = line.text.slice(1).trimStart();
    if (rest === '') {
      reader.at++;
      result.push(nested(reader, indent, depth, false));
    } else if (isItem(rest)) {
      throw OUTSIDE;
    } else if (/^[^'"[{]*[^'"[{:]:(?: |$)/.test(rest) || /^(?:'[^']*'|"[^"]*"):(?: |$)/.test(rest)) {
      result.push(inlineMapping(reader, line, rest, depth));
    } else {
      result.push(value(reader, line, rest, indent, depth));
    }
  }
  return result;
}

/** `- a: 1` followed by more entries of the same mapping at the column of `a`. */
function inlineMapping(reader: Reader, line: Line, rest: string, depth: number): YamlValue {
  const indent = line.indent + line.text.length - rest.length;
  const result: { [key: string]: YamlValue } = {};
  addEntry(result, reader, line, rest, indent, depth + 1);
  for (let next = reader.lines[reader.at]; next !== undefined && next.indent >= indent; next = reader.lines[reader.at]) {
    if (next.indent !== indent || isItem(next.text)) throw OUTSIDE;
    addEntry(result, reader, next, next.text, indent, depth + 1);
  }
  return result;
}

function addEntry(
  into: { [key: string]: YamlValue },
  reader: Reader,
  line: Line,
  text: string,
  indent: number,
  depth: number,
): void {
  if (text.startsWith('? ')) {
    explicitEntry(into, reader, line, text.slice(2).trimStart(), indent, depth);
    return;
  }
  const end = keyEnd(text);
  const written = text.slice(0, end);
  const key = /^['"]/.test(written) ? quoted(written) : written;
  checkKey(into, key);
  const rest = text.slice(end + 1).trimStart();
  if (rest === '' || rest.startsWith('#')) {
    reader.at++;
    into[key] = nested(reader, indent, depth, true);
  } else {
    into[key] = value(reader, line, rest, indent, depth);
  }
}

function checkKey(into: { [key: string]: YamlValue }, key: string): void {
  if (key === '__proto__' || key === '<<' || Object.hasOwn(into, key)) throw OUTSIDE;
}

/** `? "key"`, the form of keys above 1024 characters, with a mapping below a colon of its own. */
function explicitEntry(
  into: { [key: string]: YamlValue },
  reader: Reader,
  line: Line,
  written: string,
  indent: number,
  depth: number,
): void {
  if (!written.startsWith('"') || line.indent !== indent) throw OUTSIDE;
  const key = quoted(written);
  checkKey(into, key);
  const colon = reader.lines[reader.at + 1];
  const below = reader.lines[reader.at + 2];
  if (colon?.text !== ':' || colon.indent !== indent || below === undefined || below.indent <= indent) throw OUTSIDE;
  reader.at += 2;
  into[key] = nested(reader, indent, depth, true);
}

/** Position of the colon that ends the key. */
function keyEnd(text: string): number {
  const open = text.charCodeAt(0);
  let end: number;
  if (open === 39 || open === 34) {
    end = text.indexOf(open === 39 ? "'" : '"', 1) + 1;
    if (end === 0) throw OUTSIDE;
  } else {
    if (!/^[\w./@~<=+^$()]/.test(text) || text.startsWith('@')) throw OUTSIDE;
    end = text.indexOf(': ');
    if (end === -1) end = text.endsWith(':') ? text.length - 1 : -1;
    if (end < 1 || text.lastIndexOf(' #', end) !== -1 || text[end - 1] === ' ') throw OUTSIDE;
  }
  if (end > 1000 || text[end] !== ':' || (end + 1 < text.length && text[end + 1] !== ' ')) throw OUTSIDE;
  return end;
}

/** What stands on the lines below a key or dash that has nothing beside it. */
function nested(reader: Reader, indent: number, depth: number, underKey: boolean): YamlValue {
  const next = reader.lines[reader.at];
  if (next === undefined || next.indent < indent) return '';
  if (next.indent > indent) {
    if (!isItem(next.text) && !next.text.startsWith('? ') && !/^['"\w./@~<=+^$()].*:(?: |$)/.test(next.text)) throw OUTSIDE;
    return block(reader, next.indent, depth + 1);
  }
  return underKey && isItem(next.text) ? sequence(reader, indent, depth + 1) : '';
}

/** A value that begins beside its key or dash. */
function value(reader: Reader, line: Line, rest: string, indent: number, depth: number): YamlValue {
  reader.at++;
  const first = rest[0] ?? '';
  if (first === '|' || first === '>') return blockScalar(reader, line, rest, indent);
  const next = reader.lines[reader.at];
  if (next !== undefined && next.indent > indent) throw OUTSIDE;
  // Inside a sequence entry's own mapping a deeper line was caught above; a line at this indent is the next entry.
  if (first === "'" || first === '"') return quoted(rest);
  if (first === '{' || first === '[') return flowLine(rest, depth);
  return plain(rest);
}

function quoted(text: string): string {
  const quote = text[0] ?? '';
  if (text.length < 2 || !text.endsWith(quote)) throw OUTSIDE;
  const inner = text.slice(1, -1);
  if (inner.includes(quote) || (quote === '"' && inner.includes('\\'))) throw OUTSIDE;
  return inner;
}

function plain(text: string): string {
  if (/^[-?:,[\]{}#&*!|>'"%@`]/.test(text) && !/^-[\w.]/.test(text)) throw OUTSIDE;
  if (text.includes(': ') || text.endsWith(':') || text.startsWith('---') || text.startsWith('...')) throw OUTSIDE;
  const comment = text.indexOf(' #');
  return comment === -1 ? text : text.slice(0, comment).trimEnd();
}

function blockScalar(reader: Reader, line: Line, header: string, indent: number): string {
  if (!/^[|>]-?$/.test(header)) throw OUTSIDE;
  const lines: string[] = [];
  let column = 0;
  let number = line.number + 1;
  for (; number < reader.raw.length; number++) {
    const text = reader.raw[number] ?? '';
    const depth = text.length - text.trimStart().length;
    if (text.trim() === '') {
      if (text !== '') throw OUTSIDE;
      lines.push('');
      continue;
    }
    if (depth <= indent) break;
    if (column === 0) column = depth;
    // A more indented line has folding rules, a less indented one ends the scalar in error.
    if (lines[0] === '' || depth < column || (header[0] === '>' && depth > column)) throw OUTSIDE;
    lines.push(text.slice(column));
  }
  while (lines.at(-1) === '') lines.pop();
  if (lines.length === 0 || (reader.raw[number] ?? '').startsWith(' '.repeat(indent + 1))) throw OUTSIDE;
  if (header[0] === '>' && lines.includes('')) throw OUTSIDE;
  while ((reader.lines[reader.at]?.number ?? number) < number) reader.at++;
  return lines.join(header[0] === '>' ? ' ' : '\n') + (header.endsWith('-') ? '' : '\n');
}

interface Flow {
  readonly text: string;
  at: number;
}

function flowLine(text: string, depth: number): YamlValue {
  const flow: Flow = { text, at: 0 };
  const result = flowValue(flow, depth);
  if (flow.at !== text.length) throw OUTSIDE;
  return result;
}

function skipSpaces(flow: Flow): void {
  while (flow.text.charCodeAt(flow.at) === 32) flow.at++;
}

function flowValue(flow: Flow, depth: number): YamlValue {
  if (depth > MAX_DEPTH) throw OUTSIDE;
  const open = flow.text[flow.at];
  if (open === '{') return flowMapping(flow, depth);
  if (open !== '[') return flowScalar(flow);
  flow.at++;
  const result: YamlValue[] = [];
  skipSpaces(flow);
  while (flow.text[flow.at] !== ']') {
    result.push(flowValue(flow, depth + 1));
    skipSpaces(flow);
    if (flow.text[flow.at] === ',') flow.at++;
    else if (flow.text[flow.at] !== ']') throw OUTSIDE;
    skipSpaces(flow);
  }
  flow.at++;
  return result;
}

function flowMapping(flow: Flow, depth: number): YamlValue {
  flow.at++;
  const result: { [key: string]: YamlValue } = {};
  skipSpaces(flow);
  while (flow.text[flow.at] !== '}') {
    const key = flowScalar(flow);
    if (flow.text[flow.at] !== ':' || flow.text[flow.at + 1] !== ' ') throw OUTSIDE;
    if (key === '__proto__' || key === '<<' || Object.hasOwn(result, key)) throw OUTSIDE;
    flow.at += 2;
    skipSpaces(flow);
    result[key] = flowValue(flow, depth + 1);
    skipSpaces(flow);
    if (flow.text[flow.at] === ',') flow.at++;
    else if (flow.text[flow.at] !== '}') throw OUTSIDE;
    skipSpaces(flow);
  }
  flow.at++;
  return result;
}

function flowScalar(flow: Flow): string {
  const { text, at } = flow;
  const open = text[at];
  if (open === "'" || open === '"') {
    const end = text.indexOf(open, at + 1);
    if (end === -1 || text[end + 1] === open) throw OUTSIDE;
    flow.at = end + 1;
    return quoted(text.slice(at, end + 1));
  }
  let end = at;
  while (end < text.length) {
    const char = text[end] ?? '';
    if (char === ',' || char === ']' || char === '}') break;
    if (char === ':' && !/[\w/.@+-]/.test(text[end + 1] ?? '')) break;
    if (!/[\w ./@~<>=+^$():*-]/.test(char)) throw OUTSIDE;
    end++;
  }
  const scalar = text.slice(at, end).trimEnd();
  if (!/^[\w./~<=+^$(]/.test(scalar) || scalar.length !== end - at) throw OUTSIDE;
  flow.at = end;
  return scalar;
}
