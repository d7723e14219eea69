/**
 * The shapes of requests and answers as the SDK's clients export them. A schema is a number (a simple type; 64 and 128 added for
 * lists and maps of it), a tuple whose first element is its kind, a function that returns one, or a pair of one with its traits.
 */
import { fields } from '../../inventory/values.ts';

export type Shape =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'timestamp' }
  /** `item`: the name of the elements. */
  | { readonly kind: 'list'; readonly item: string; readonly of: () => Shape }
  /** Of texts to values. */
  | { readonly kind: 'map'; readonly of: () => Shape }
  | { readonly kind: 'structure'; readonly members: readonly Member[] };

export interface Member {
  readonly name: string;
  /** The name in answers. */
  readonly xmlName: string;
  /** The name in requests of EC2, and of the other services. */
  readonly ec2Name: string;
  readonly shape: () => Shape;
}

export interface Operation {
  readonly input: readonly Member[];
  readonly output: readonly Member[];
}

const SIMPLE = 0;
const LIST = 1;
const MAP = 2;
const STRUCTURE = 3;
const OPERATION = 9;
const OF_LIST = 64;
const OF_MAP = 128;

function unsupported(schema: unknown): Error {
  return new Error(`no shape is known for the schema ${JSON.stringify(schema)?.slice(0, 100)}`);
}

/** Follows functions; gives the traits of a pair. */
function unwrap(schema: unknown): { readonly schema: unknown; readonly traits: Readonly<Record<string, unknown>> } {
  if (typeof schema === 'function') return unwrap(schema());
  if (!Array.isArray(schema) || schema.length !== 2) return { schema, traits: {} };
  const inner = unwrap(schema[0]);
  return { schema: inner.schema, traits: { ...inner.traits, ...fields(schema[1]) } };
}

function simple(schema: number): Shape {
  if (schema >= OF_MAP) return { kind: 'map', of: () => simple(schema - OF_MAP) };
  if (schema >= OF_LIST) return { kind: 'list', item: 'member', of: () => simple(schema - OF_LIST) };
  if (schema === 0) return { kind: 'text' };
  if (schema === 1) return { kind: 'number' };
  if (schema === 2) return { kind: 'boolean' };
  if (schema >= 4 && schema <= 7) return { kind: 'timestamp' };
  throw unsupported(schema);
}

const shapes = new WeakMap<object, Shape>();

/** The shape of a schema. Throws for kinds that no answer here has (unions, blobs). */
function shapeOf(wrapped: unknown): Shape {
  const { schema } = unwrap(wrapped);
  if (typeof schema === 'number') return simple(schema);
  if (!Array.isArray(schema)) throw unsupported(schema);
  const known = shapes.get(schema);
  if (known !== undefined) return known;
  const shape = tupleShape(schema);
  shapes.set(schema, shape);
  return shape;
}

function tupleShape(schema: readonly unknown[]): Shape {
  const [kind, , , , fourth, fifth] = schema;
  if (kind === SIMPLE) return shapeOf(fourth);
  if (kind === LIST) {
    const { xmlName } = unwrap(fourth).traits;
    return { kind: 'list', item: typeof xmlName === 'string' ? xmlName : 'member', of: () => shapeOf(fourth) };
  }
  if (kind === MAP && [fourth, fifth].every((part) => unwrap(part).traits.xmlName === undefined)) {
    return { kind: 'map', of: () => shapeOf(fifth) };
  }
  if (kind === STRUCTURE) return { kind: 'structure', members: membersOf(schema) };
  throw unsupported(schema);
}

function capital(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function membersOf(schema: readonly unknown[]): readonly Member[] {
  const [, , , , names, schemas] = schema;
  if (!Array.isArray(names) || !Array.isArray(schemas)) throw unsupported(schema);
  return names.map((name: unknown, at) => {
    // A function here is not looked into: shapes may hold themselves.
    const pair: unknown = schemas[at];
    const traits = Array.isArray(pair) && pair.length === 2 ? fields(pair[1]) : undefined;
    const xmlName = typeof traits?.xmlName === 'string' ? traits.xmlName : String(name);
    const ec2Name = typeof traits?.ec2QueryName === 'string' ? traits.ec2QueryName : capital(xmlName);
    return { name: String(name), xmlName, ec2Name, shape: () => shapeOf(pair) };
  });
}

/** An operation of a client module, by the API's name. Throws when it has none. */
export function operationOf(module: object, name: string): Operation {
  const schema: unknown = Reflect.get(module, `${name}$`);
  if (!Array.isArray(schema) || schema[0] !== OPERATION) throw unsupported(schema);
  const part = (at: number): readonly Member[] => {
    const shape = shapeOf(schema[at]);
    return shape.kind === 'structure' ? shape.members : [];
  };
  return { input: part(4), output: part(5) };
}
