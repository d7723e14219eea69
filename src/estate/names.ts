/** The names of a snapshot's files: `<account>/<region>/<service>/<Call>.json`, `…/<Call>/<thing>.json` (docs/estate.md). */
import { CALLS, type Call, type CallId } from './calls.ts';

/** What a file holds: a document, rows one per line, an error as JSON, or what a command printed on stderr. */
export type FileForm = 'json' | 'jsonl' | 'error.json' | 'error';

/** The answer to a call in a region of an account, and for which thing it was asked where it is asked for each. */
export interface TablePlace {
  readonly account: string;
  readonly region: string;
  readonly call: CallId;
  readonly thing?: string;
}

/** What a path inside a snapshot is. */
export type PathMeaning =
  | { readonly kind: 'table'; readonly place: TablePlace; readonly form: FileForm }
  | { readonly kind: 'description' }
  | { readonly kind: 'hidden' }
  | { readonly kind: 'unknown'; readonly advice: string };

/** The file that says which version of the format a snapshot has. */
export const DESCRIPTION_FILE = 'estate.json';
/** Longest first: `.error.json` also ends with `.json`. */
const FORMS: readonly FileForm[] = ['error.json', 'jsonl', 'error', 'json'];

/** As the AWS CLI spells an API's name: `DescribeInstances` → `describe-instances`. */
export function cliName(name: string): string {
  return name.replace(/(?!^)([A-Z])/g, '-$1').toLowerCase();
}

/** Every call with its id, in an order in which the calls that list things come before those that are asked for each of them. */
export function everyCall(): readonly (readonly [CallId, Call])[] {
  const all: [CallId, Call][] = [];
  let id: CallId;
  for (id in CALLS) all.push([id, CALLS[id]]);
  return all;
}

const CALL_OF_NAME: ReadonlyMap<string, CallId> = new Map(
  everyCall().flatMap(([id, { service, name }]) => [
    [`${service}/${name}`, id],
    [`${service}/${cliName(name)}`, id],
  ]),
);

/** A thing's identifier as a file name: everything but letters, digits, `_` and `-` is percent-encoded. */
export function encodeThing(thing: string): string {
  const hex = (sign: string): string => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`;
  return encodeURIComponent(thing.toWellFormed()).replace(/[!'()*~.]/g, hex);
}

/** The identifier that a file name stands for; names that are not percent-encoded stand for themselves. */
export function decodeThing(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** The last part of an ARN, which users of a shell loop may name a file after; other identifiers stay as they are. */
export function lastPart(thing: string): string {
  return thing.slice(Math.max(thing.lastIndexOf('/'), thing.lastIndexOf(':')) + 1);
}

function splitForm(file: string): readonly [string, FileForm] | undefined {
  const form = FORMS.find((one) => file.endsWith(`.${one}`) && file.length > one.length + 1);
  return form === undefined ? undefined : [file.slice(0, -form.length - 1), form];
}

function unknown(advice: string): PathMeaning {
  return { kind: 'unknown', advice };
}

/** What the file at a path (relative, with slashes) is. */
export function meaningOf(path: string): PathMeaning {
  const segments = path.split('/');
  if (segments.some((segment) => segment.startsWith('.'))) return { kind: 'hidden' };
  if (path === DESCRIPTION_FILE) return { kind: 'description' };
  const [account = '', region = '', service = '', folder = '', inner] = segments;
  if (segments.length < 4 || segments.length > 5 || !/^\d{12}$/.test(account) || !/^[a-z][a-z0-9-]{2,40}$/.test(region)) {
    return unknown('Files are called <account of 12 digits>/<region>/<service>/<Call>.json.');
  }
  const split = splitForm(inner ?? folder);
  if (split === undefined) return unknown('Files end with .json, .jsonl, .error or .error.json.');
  const [name, form] = split;
  const call = CALL_OF_NAME.get(`${service}/${inner === undefined ? name : folder}`);
  if (call === undefined) return unknown('No call of this name is known; docs/estate.md lists them.');
  const { per }: Call = CALLS[call];
  if (per === undefined) {
    if (inner !== undefined) return unknown(`The call is asked once: its answer is ${service}/${folder}.json.`);
    return { kind: 'table', place: { account, region, call }, form };
  }
  if (inner === undefined) {
    return unknown(`The call is asked for each ${per.member}: put the answers into ${service}/${name}/<${per.member}>.json.`);
  }
  return { kind: 'table', place: { account, region, call, thing: decodeThing(name) }, form };
}

/** Where the answer is written, without the ending. */
export function pathOf({ account, region, call, thing }: TablePlace): string {
  const { service, name } = CALLS[call];
  return [account, region, service, name, ...(thing === undefined ? [] : [encodeThing(thing)])].join('/');
}

/** How problems and messages call the place. */
export function describePlace({ account, region, call, thing }: TablePlace): string {
  const { service, name } = CALLS[call];
  return `${service}:${name}${thing === undefined ? '' : ` of ${thing}`} in ${region} of ${account}`;
}
