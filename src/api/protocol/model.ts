/** What a service's model says of its shapes and operations, as far as the wire and validation need it. */

export interface Shape {
  /** `structure`, `union`, `list`, `map`, `string`, `integer`, `long`, `double`, `boolean`, `timestamp`, `blob`, `document`. */
  readonly type: string;
  /** Names of members and of their shapes. */
  readonly members?: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
  /** Members that are not known are refused, not ignored. */
  readonly closed?: boolean;
  /** Shapes of a map's keys and values, and of a list's members. */
  readonly key?: string;
  readonly value?: string;
  readonly member?: string;
  /** Bounds: of a value, or of a length (characters, bytes, members). */
  readonly min?: number;
  readonly max?: number;
  /** The whole text must match. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** HTTP status of an error. */
  readonly status?: number;
}

export interface OperationShapes {
  readonly input: string;
  readonly output: string;
  /** Names of the errors that it may answer with. */
  readonly errors: readonly string[];
}

export interface Model {
  readonly operations: Readonly<Record<string, OperationShapes>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}

/** Where members of an input are sent, apart from the body. */
export interface Bindings {
  readonly labels: readonly string[];
  /** Member → name of the query parameter. */
  readonly query: Readonly<Record<string, string>>;
}

/** One operation as it is routed. */
export interface Operation {
  readonly name: string;
  readonly method: string;
  /** Path with `{label}` segments. */
  readonly path: string;
  readonly status: number;
  readonly shapes: OperationShapes;
  readonly bindings: Bindings;
  /** A valid document of the wire → what handlers take: dates, bytes. */
  decode(document: unknown): unknown;
  /** What handlers return → JSON. */
  encode(output: unknown): Buffer;
}

/** A service: what is signed for by one name. */
export interface Service {
  readonly signingName: string;
  readonly model: Model;
  readonly operations: readonly Operation[];
  /** Bytes that a request's body may have. */
  readonly bodyLimit: number;
  /** What its InternalServerException must have beside the message. */
  readonly internalMembers?: Readonly<Record<string, unknown>>;
}

/** The shape of that name; a model that lacks it is a fault of the program. */
export function shapeOf(model: Model, name: string): Shape {
  const shape = Object.hasOwn(model.shapes, name) ? model.shapes[name] : undefined;
  if (shape === undefined) throw new Error(`the model has no shape ${name}`);
  return shape;
}

/** An output that was put together as JSON already, in UTF-8. */
export class EncodedOutput {
  readonly json: Buffer;

  constructor(json: Buffer) {
    this.json = json;
  }
}

/** A value as JSON of the wire: times are seconds since 1970. */
export function encoded(value: object): EncodedOutput {
  const text = JSON.stringify(value, function seconds(this: Readonly<Record<string, unknown>>, key: string, plain: unknown) {
    const inner = this[key];
    return inner instanceof Date ? inner.getTime() / 1000 : plain;
  });
  return new EncodedOutput(Buffer.from(text));
}
