/**
 * Validation of what was sent against the model, in the words of AWS:
 * `1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100`.
 */
import { type Model, type Shape, shapeOf } from './model.ts';

/** A field, and why it is not right. */
export interface FieldError {
  /** Path as AWS writes it: `filterCriteria.severity.1.member.value`; positions count from 1. */
  readonly name: string;
  readonly message: string;
  /** The value is not of the type at all: it cannot be read. */
  readonly unreadable?: true;
}

/** More are not told: a request of many thousand wrong fields has one cause. */
const MAXIMUM_ERRORS = 20;
/** Milliseconds that a JavaScript date can hold. */
const DATE_LIMIT_SECONDS = 8.64e12;
const INTEGER_LIMIT = 2 ** 31;
/** The longest text with a pattern, where the model does not say: as long as an ARN. */
const LONGEST_MATCHED = 2048;

const patterns = new Map<string, RegExp>();

function matches(pattern: string, text: string): boolean {
  let expression = patterns.get(pattern);
  if (expression === undefined) {
    expression = new RegExp(`^(?:${pattern})$`, 'u');
    patterns.set(pattern, expression);
  }
  return expression.test(text);
}

/** Smithy counts Unicode code points; nobody needs to know how many more than the limit there are. */
function lengthOf(text: string, { min = 0, max = min }: Shape): number {
  let length = 0;
  for (const _ of text) {
    length += 1;
    if (length > max) break;
  }
  return length;
}

function bounds({ min, max }: Shape, size: number, what: 'length' | 'value'): string[] {
  const found: string[] = [];
  if (min !== undefined && size < min) found.push(`Member must have ${what} greater than or equal to ${min}`);
  if (max !== undefined && size > max) found.push(`Member must have ${what} less than or equal to ${max}`);
  return found;
}

function textConstraints(shape: Shape, text: string): string[] {
  if (shape.enum !== undefined) {
    return shape.enum.includes(text) ? [] : [`Member must satisfy enum value set: [${shape.enum.join(', ')}]`];
  }
  // A text that is too long is not matched, and where the model has no limit there is one here: some patterns take quadratic time.
  const limited = shape.pattern === undefined || shape.max !== undefined ? shape : { ...shape, max: LONGEST_MATCHED };
  const found = bounds(limited, lengthOf(text, limited), 'length');
  if (found.length === 0 && shape.pattern !== undefined && !matches(shape.pattern, text)) {
    found.push(`Member must satisfy regular expression pattern: ${shape.pattern}`);
  }
  return found;
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What is wrong with a value that is no structure, list or map; `undefined` when it is of another type. */
function scalarConstraints(shape: Shape, value: unknown): string[] | undefined {
  switch (shape.type) {
    case 'string':
      return typeof value === 'string' ? textConstraints(shape, value) : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? [] : undefined;
    case 'integer':
      if (!Number.isInteger(value) || Math.abs(value as number) > INTEGER_LIMIT) return undefined;
      return bounds(shape, value as number, 'value');
    case 'long':
      return Number.isSafeInteger(value) ? bounds(shape, value as number, 'value') : undefined;
    case 'double':
      // JSON has no infinity, and yet 1e999 is read as one.
      return Number.isFinite(value) ? bounds(shape, value as number, 'value') : undefined;
    case 'timestamp':
      return typeof value === 'number' && Math.abs(value) <= DATE_LIMIT_SECONDS ? [] : undefined;
    case 'blob':
      if (typeof value !== 'string' || value.length % 4 !== 0 || !BASE64.test(value)) return undefined;
      return bounds(shape, Buffer.byteLength(value, 'base64'), 'length');
    default:
      throw new Error(`the model has a shape of type ${shape.type}`);
  }
}

const NOUNS: Readonly<Record<string, string>> = {
  structure: 'an object',
  union: 'an object',
  map: 'an object',
  list: 'a list',
  string: 'a string',
  boolean: 'true or false',
  integer: 'a whole number',
  long: 'a whole number',
  double: 'a number',
  timestamp: 'a number: seconds since 1970',
  blob: 'a string in base64',
};

type Entries = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Characters of a map's key that are shown in a path. */
const SHOWN_KEY = 128;
const COMPOUND = new Set(['structure', 'union', 'list', 'map', 'document']);

class Validation {
  readonly model: Model;
  readonly errors: FieldError[] = [];

  constructor(model: Model) {
    this.model = model;
  }

  fail(name: string, message: string): void {
    if (this.errors.length < MAXIMUM_ERRORS) this.errors.push({ name, message });
  }

  unreadable(name: string, type: string): void {
    if (this.errors.length >= MAXIMUM_ERRORS) return;
    this.errors.push({ name, message: `Member must be ${NOUNS[type] ?? type}`, unreadable: true });
  }

  /** Checks a value and gives back what of it the model knows. */
  value(name: string, shapeName: string, value: unknown): unknown {
    if (this.errors.length >= MAXIMUM_ERRORS) return undefined;
    const shape = shapeOf(this.model, shapeName);
    if (shape.type === 'structure' || shape.type === 'union') return this.structure(name, shape, value);
    if (shape.type === 'list') return this.list(name, shape, value);
    if (shape.type === 'map') return this.map(name, shape, value);
    if (shape.type === 'document') {
      if (!isObject(value)) this.unreadable(name, 'structure');
      return value;
    }
    const found = scalarConstraints(shape, value);
    if (found === undefined) this.unreadable(name, shape.type);
    else for (const message of found) this.fail(name, message);
    return value;
  }

  structure(name: string, shape: Shape, value: unknown): unknown {
    if (!isObject(value)) return this.unreadable(name, shape.type);
    const known: Record<string, unknown> = {};
    for (const [member, target] of Object.entries(shape.members ?? {})) {
      const inner = Object.hasOwn(value, member) ? value[member] : undefined;
      const path = name === '' ? member : `${name}.${member}`;
      if (inner !== undefined && inner !== null) known[member] = this.value(path, target, inner);
      else if (shape.required?.includes(member)) this.fail(path, 'Member must not be null');
    }
    if (shape.closed) {
      const unknown = Object.keys(value).find((member) => !Object.hasOwn(shape.members ?? {}, member));
      const path = name === '' ? '' : `${name}.`;
      if (unknown !== undefined) this.fail(`${path}${unknown.slice(0, SHOWN_KEY)}`, 'Member is not known to this service');
    }
    if (shape.type === 'union' && Object.keys(known).length !== 1) {
      this.fail(name, `Member must have exactly one of these set: [${Object.keys(shape.members ?? {}).join(', ')}]`);
    }
    return known;
  }

  list(name: string, shape: Shape, value: unknown): unknown {
    if (!Array.isArray(value)) return this.unreadable(name, shape.type);
    const outside = bounds(shape, value.length, 'length');
    for (const message of outside) this.fail(name, message);
    if (outside.length > 0) return undefined;
    const target = shape.member ?? '';
    const compound = COMPOUND.has(shapeOf(this.model, target).type);
    const known: unknown[] = [];
    for (const [at, inner] of value.entries()) {
      if (inner === null) this.fail(`${name}.${at + 1}.member`, 'Member must not be null');
      else if (compound) known.push(this.value(`${name}.${at + 1}.member`, target, inner));
      else known.push(this.part(name, target, inner, 'Member must satisfy constraint'));
      if (this.errors.length >= MAXIMUM_ERRORS) break;
    }
    return known;
  }

  map(name: string, shape: Shape, value: unknown): unknown {
    if (!isObject(value)) return this.unreadable(name, shape.type);
    const entries = Object.entries(value);
    const outside = bounds(shape, entries.length, 'length');
    for (const message of outside) this.fail(name, message);
    if (outside.length > 0) return undefined;
    const target = shape.value ?? '';
    const compound = COMPOUND.has(shapeOf(this.model, target).type);
    const known: [string, unknown][] = [];
    for (const [key, inner] of entries) {
      this.part(name, shape.key ?? '', key, 'Map keys must satisfy constraint');
      const path = `${name}.${key.slice(0, SHOWN_KEY)}`;
      if (inner === null) this.fail(path, 'Member must not be null');
      else if (compound) known.push([key, this.value(path, target, inner)]);
      else known.push([key, this.part(name, target, inner, 'Map value must satisfy constraint')]);
      if (this.errors.length >= MAXIMUM_ERRORS) break;
    }
    return Object.fromEntries(known);
  }

  /** A plain member of a list or map: AWS names the list, not the position. */
  part(name: string, shapeName: string, value: unknown, words: string): unknown {
    const shape = shapeOf(this.model, shapeName);
    const found = scalarConstraints(shape, value);
    if (found === undefined) this.unreadable(name, shape.type);
    else if (found.length > 0) this.fail(name, `${words}: [${found.join(', ')}]`);
    return value;
  }
}

export interface Checked {
  /** The document without what the model does not know; only good when there are no errors. */
  readonly known: unknown;
  /** In the order of the model. */
  readonly errors: readonly FieldError[];
}

/** Checks a document of the wire (JSON values) against a shape. */
export function check(model: Model, shape: string, document: unknown): Checked {
  const validation = new Validation(model);
  const known = validation.value('', shape, document);
  return { known, errors: validation.errors };
}

/** The sentence for all of them. */
export function validationMessage(errors: readonly FieldError[]): string {
  const parts = errors.map(({ name, message }) => `Value at '${name}' failed to satisfy constraint: ${message}`);
  return `${errors.length} validation error${errors.length === 1 ? '' : 's'} detected: ${parts.join('; ')}`;
}
