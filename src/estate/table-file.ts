/** What one file of a snapshot holds. Contents are hostile: whatever is wrong with them makes a failed table and a problem. */
import type { FileContent } from '../artifacts/file.ts';
import { fields, items, text } from '../inventory/values.ts';
import { incomplete, messageOf, ok, type Problem, type Result } from '../model/problem.ts';
import { CALLS, type Call, type CallId } from './calls.ts';
import type { Row, Table } from './estate.ts';
import type { FileForm } from './names.ts';

const MEBIBYTE = 1024 * 1024;
/** JSON documents are parsed at once, and V8 holds no string of more than 512 MiB. */
const MAX_DOCUMENT_BYTES = 400 * MEBIBYTE;
const MAX_LINE_BYTES = 16 * MEBIBYTE;
const MAX_ERROR_BYTES = MEBIBYTE;
/** AWS nests a dozen levels. */
const MAX_DEPTH = 64;
/** AWS needs 60 characters and more for each list or object. */
const DENSE_CHARACTERS = 12;
const DENSE_FROM = 64 * MEBIBYTE;
const CHUNK_BYTES = 4 * MEBIBYTE;
const NEWLINE = 0x0a;

const MAX_CODE = 200;
const MAX_MESSAGE = 4000;

/** What a file says; `hollow` = it says nothing, which a shell leaves behind when a command printed nothing. */
export type FileAnswer = Result<Table | 'hollow'>;

function bad(code: string, message: string): FileAnswer {
  return { ok: false, problem: incomplete(code, message) };
}

/** The table of a call that could not be had. */
export function failedTable(code: string, message: string): Table {
  return { kind: 'failed', code: code.slice(0, MAX_CODE), message: message.slice(0, MAX_MESSAGE) };
}

/** The table of a file that cannot be relied upon. */
export function unusable(problem: Problem): Table {
  return failedTable(problem.code, problem.message);
}

/** How much may still be held in memory; shared by all files of a snapshot. */
export interface Budget {
  /** Members and elements of rows. */
  values: number;
}

/** How many values there are in one; infinite when they are nested too deep. */
function valuesIn(value: unknown, room: number): number {
  if (typeof value !== 'object' || value === null) return 1;
  if (room === 0) return Number.POSITIVE_INFINITY;
  let count = 1;
  for (const inner of Object.values(value)) count += valuesIn(inner, room - 1);
  return count;
}

/** True for a large document that is little else than brackets: a small file that would fill the memory. */
function isDense(json: string): boolean {
  if (json.length < DENSE_FROM) return false;
  let room = json.length / DENSE_CHARACTERS;
  for (const bracket of ['[', '{']) {
    for (let at = json.indexOf(bracket); at >= 0; at = json.indexOf(bracket, at + 1)) if (--room < 0) return true;
  }
  return false;
}

/** The text of a document, in UTF-8 or, as PowerShell's `>` writes it, UTF-16 with its mark. */
function textOf(content: FileContent): Result<string> {
  const [first, second] = content.read(0, 2);
  if (first !== 0xff || second !== 0xfe) return content.text(MAX_DOCUMENT_BYTES);
  const bytes = content.bytes(MAX_DOCUMENT_BYTES);
  return bytes.ok ? ok(Buffer.from(bytes.value).toString('utf16le').slice(1)) : bytes;
}

function parsed(json: string): Result<unknown> {
  try {
    return ok(JSON.parse(json));
  } catch (error) {
    const message = `It is not JSON (${messageOf(error).slice(0, 200)}). Ask AWS again, with --output json.`;
    return { ok: false, problem: incomplete('estate-malformed', message) };
  }
}

/** Rows that can be relied upon: objects of sane depth, and no two that contradict each other under one id. */
function rowsOf(values: Iterable<unknown>, { id }: Call, budget: Budget): FileAnswer {
  const rows: Row[] = [];
  const seen = new Map<string, Row>();
  for (const value of values) {
    const row = fields(value);
    const where = `Row ${rows.length + 1}`;
    if (row === undefined) return bad('estate-malformed', `${where} is not an object. Ask AWS again, with --output json.`);
    const size = valuesIn(row, MAX_DEPTH);
    if (!Number.isFinite(size)) return bad('estate-malformed', `${where} is nested more than ${MAX_DEPTH} levels deep.`);
    if (size > budget.values) {
      return bad('estate-too-large', 'The snapshot holds more than fits into memory. Split it by accounts or regions.');
    }
    budget.values -= size;
    const key = id === undefined ? undefined : text(row[id]);
    if (key !== undefined) {
      const other = seen.get(key);
      if (other !== undefined) {
        // Pages that were cut while things changed may repeat a row.
        if (JSON.stringify(other) === JSON.stringify(row)) continue;
        return bad('estate-duplicate-row', `Two rows that differ have the ${id} ${key.slice(0, 200)}. Ask AWS again.`);
      }
      seen.set(key, row);
    }
    rows.push(row);
  }
  return ok({ kind: 'rows', rows });
}

/** What says in an answer of AWS that there is more. */
const MORE = ['NextToken', 'NextMarker', 'AdditionalRoutesAvailable'] as const;

function fromDocument(content: FileContent, call: Call, budget: Budget): FileAnswer {
  const source = textOf(content);
  if (!source.ok) return source;
  if (source.value.trim() === '') return ok('hollow');
  if (isDense(source.value)) return bad('estate-malformed', 'It is too dense to be an answer of AWS.');
  const document = parsed(source.value);
  if (!document.ok) return document;
  const answer = fields(document.value);
  if (answer === undefined || !Object.hasOwn(answer, call.rows)) {
    const message = `It is no answer to ${call.name}: an object with the member "${call.rows}" is expected.`;
    return bad('estate-malformed', `${message} Use --output json without --query.`);
  }
  const more = MORE.find((member) => answer[member] !== undefined && answer[member] !== null && answer[member] !== false);
  if (more !== undefined && answer[more] !== '') {
    const message = `It is only the first part of the answer ("${more}" is there). Ask without --max-items and --no-paginate.`;
    return bad('estate-truncated', message);
  }
  const member = answer[call.rows];
  if (call.single === true) return rowsOf(member === null ? [] : [member], call, budget);
  if (!Array.isArray(member)) return bad('estate-malformed', `Its member "${call.rows}" is not a list.`);
  return rowsOf(items(member), call, budget);
}

class LineError extends Error {
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

function* linesOf(content: FileContent): Generator<unknown> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 0;
  const value = (bytes: Buffer): unknown[] => {
    line++;
    const json = bytes.toString('utf8').trim();
    if (json === '') return [];
    const read = parsed(json);
    if (!read.ok) throw new LineError({ ...read.problem, message: `Line ${line}: ${read.problem.message}` });
    return [read.value];
  };
  for (let offset = 0; offset < content.size; offset += CHUNK_BYTES) {
    const chunk = Buffer.from(content.read(offset, CHUNK_BYTES));
    if (chunk.length === 0) break;
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = block.indexOf(NEWLINE); end >= 0; end = block.indexOf(NEWLINE, start)) {
      yield* value(block.subarray(start, end));
      start = end + 1;
    }
    rest = block.subarray(start);
    if (rest.length > MAX_LINE_BYTES) {
      throw new LineError(incomplete('estate-malformed', `Line ${line + 1} has more than ${MAX_LINE_BYTES} bytes.`));
    }
  }
  if (rest.length > 0) yield* value(rest);
}

function fromLines(content: FileContent, call: Call, budget: Budget): FileAnswer {
  try {
    return rowsOf(linesOf(content), call, budget);
  } catch (error) {
    if (error instanceof LineError) return { ok: false, problem: error.problem };
    throw error;
  }
}

function fromErrorDocument(content: FileContent): FileAnswer {
  const source = content.text(MAX_ERROR_BYTES);
  if (!source.ok) return source;
  const document = parsed(source.value);
  if (!document.ok) return document;
  const said = fields(document.value);
  const code = text(said?.code);
  if (code === undefined) return bad('estate-malformed', 'An error needs a "code" and a "message".');
  return ok(failedTable(code, text(said?.message) ?? ''));
}

/** What the AWS CLI prints for errors that AWS answered with. */
const CLI_ERROR = /An error occurred \(([^()\s]{1,200})\) when calling the \w{1,100} operation(?: \([^()]{0,100}\))?: /;
/** Of commands that failed without an answer of AWS. */
const NO_ANSWER = 'CommandFailed';

function fromErrorText(content: FileContent): FileAnswer {
  const source = textOf(content);
  if (!source.ok) return source;
  const said = source.value.slice(0, 2 * MAX_MESSAGE).trim();
  if (said === '') return ok('hollow');
  const found = CLI_ERROR.exec(said);
  if (found === null) return ok(failedTable(NO_ANSWER, said));
  return ok(failedTable(found[1] ?? NO_ANSWER, said.slice(found.index + found[0].length)));
}

/** True for what a command printed on stderr that is no error AWS answered with: a warning, when the answer is there as well. */
export function maybeWarning(table: Table): boolean {
  return table.kind === 'failed' && table.code === NO_ANSWER;
}

/** Reads one file and takes what its rows hold from the budget. Never throws. */
export function readTableFile(content: FileContent, id: CallId, form: FileForm, budget: Budget): FileAnswer {
  const call: Call = CALLS[id];
  try {
    switch (form) {
      case 'json':
        return fromDocument(content, call, budget);
      case 'jsonl':
        return fromLines(content, call, budget);
      case 'error.json':
        return fromErrorDocument(content);
      case 'error':
        return fromErrorText(content);
    }
  } catch (error) {
    return bad('estate-unreadable', `It cannot be read (${messageOf(error)}).`);
  }
}
