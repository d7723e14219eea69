/** Puts a request's path, query and body together into one document, and reads it by the model. */
import { invalid, validation } from './errors.ts';
import { type Model, type Operation, shapeOf } from './model.ts';
import { check } from './validate.ts';

const INTEGER = /^-?\d{1,15}$/;

/** A text of path or query as the value that its shape wants; what cannot be one stays text and is refused with its field's name. */
function typed(model: Model, shapeName: string, texts: readonly string[]): unknown {
  const shape = shapeOf(model, shapeName);
  if (shape.type === 'list') return texts.map((text) => typed(model, shape.member ?? '', [text]));
  const text = texts.at(-1) ?? '';
  if ((shape.type === 'integer' || shape.type === 'long') && INTEGER.test(text)) return Number(text);
  if (shape.type === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function parse(body: Buffer): Record<string, unknown> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    throw invalid('The request body is not JSON in UTF-8', 'CANNOT_PARSE');
  }
  if (value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw invalid('The request body must be a JSON object', 'CANNOT_PARSE');
  return value as Record<string, unknown>;
}

/**
 * The input of an operation: a valid one, or a ValidationException. Members that the model does not know are left out, as AWS does,
 * unless what they ask for would be promised by that.
 */
export function readInput(
  model: Model,
  operation: Operation,
  request: { readonly labels: Readonly<Record<string, string>>; readonly query: URLSearchParams; readonly body: Buffer },
): unknown {
  const { members = {}, closed = false } = shapeOf(model, operation.shapes.input);
  const { labels, query } = operation.bindings;
  const bound = new Set([...labels, ...Object.keys(query)]);
  // Without a prototype, so that no name is special.
  const document: Record<string, unknown> = Object.create(null);
  const body = parse(request.body);
  // What a closed shape does not know is refused, not left out.
  for (const member of Object.keys(closed ? body : members)) {
    if (!bound.has(member) && Object.hasOwn(body, member)) document[member] = body[member];
  }
  for (const label of labels) document[label] = typed(model, members[label] ?? '', [request.labels[label] ?? '']);
  for (const [member, name] of Object.entries(query)) {
    const texts = request.query.getAll(name);
    if (texts.length > 0) document[member] = typed(model, members[member] ?? '', texts);
  }
  const { known, errors } = check(model, operation.shapes.input, document);
  if (errors.length > 0) throw validation(errors);
  return operation.decode(known);
}
