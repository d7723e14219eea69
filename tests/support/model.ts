/** Documents made from a model: valid ones, and ones that are wrong in one known place. */
import fc from 'fast-check';
import { type Model, type Shape, shapeOf } from '../../src/api/protocol/model.ts';

/** Word boundaries and look-ahead, which fast-check cannot make, and classes of Unicode, which take it long, by what is simpler. */
const SIMPLER = [
  [/\\b|\(\?![^)]*\)/g, ''],
  [/\[\^\\p\{C\}\]/g, '[ -~]'],
  [/\\p\{L\}/g, 'a-z'],
  [/\\p\{N\}/g, '0-9'],
  [/\\p\{Z\}/g, ' '],
] as const;

/** A text of a pattern. */
function matching({ pattern = '', min = 0, max = 200 }: Shape): fc.Arbitrary<string> {
  const whole = new RegExp(`^(?:${pattern})$`, 'u');
  const simpler = SIMPLER.reduce((text, [from, to]) => text.replace(from, to), pattern);
  const fits = (text: string) => whole.test(text) && text.length >= min && text.length <= max;
  return fc.stringMatching(new RegExp(`^(?:${simpler})$`, 'u'), { maxLength: max }).filter(fits);
}

function textOf(shape: Shape): fc.Arbitrary<string> {
  if (shape.enum !== undefined) return fc.constantFrom(...shape.enum);
  if (shape.pattern !== undefined) return matching(shape);
  const minLength = shape.min ?? 0;
  return fc.string({ unit: 'grapheme-ascii', minLength, maxLength: Math.min(shape.max ?? 1e6, minLength + 12) });
}

/** Which members that are not required a document has. */
export type Optional = 'none' | 'some' | 'all';

/** Valid documents of a shape, as they go over the wire. */
export function documents(model: Model, name: string, optional: Optional): fc.Arbitrary<unknown> {
  const shape = shapeOf(model, name);
  const inner = (target: string | undefined) => documents(model, target ?? '', optional);
  const { min = 0, max = 1e6 } = shape;
  switch (shape.type) {
    case 'structure': {
      const required = shape.required ?? [];
      const members = Object.entries(shape.members ?? {}).filter(([member]) => optional !== 'none' || required.includes(member));
      const record = Object.fromEntries(members.map(([member, target]) => [member, inner(target)]));
      return optional === 'some' ? fc.record(record, { requiredKeys: [...required] }) : fc.record(record);
    }
    case 'union':
      return fc.oneof(...Object.entries(shape.members ?? {}).map(([member, target]) => fc.record({ [member]: inner(target) })));
    case 'list':
      return fc.array(inner(shape.member), {
        minLength: Math.max(min, optional === 'all' ? 1 : 0),
        maxLength: Math.min(max, min + 2),
      });
    case 'map': {
      const minKeys = Math.max(min, optional === 'all' ? 1 : 0);
      return fc.dictionary(textOf(shapeOf(model, shape.key ?? '')), inner(shape.value), {
        minKeys,
        maxKeys: Math.min(max, minKeys + 1),
        noNullPrototype: true,
      });
    }
    case 'string':
      return textOf(shape);
    case 'integer':
    case 'long':
      return fc.integer({ min: shape.min ?? -1000, max: Math.min(max, 2 ** 30) });
    case 'double':
      return fc.double({ min: shape.min ?? -1000, max, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'timestamp':
      return fc.double({ min: 0, max: 2e9, noNaN: true });
    case 'blob':
      return fc
        .uint8Array({ minLength: min, maxLength: Math.min(max, min + 9) })
        .map((bytes) => Buffer.from(bytes).toString('base64'));
    case 'document':
      return fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    default:
      throw new Error(`no documents of type ${shape.type}`);
  }
}

export interface Broken {
  /** What was done, and the field that must be told. */
  readonly what: string;
  readonly field: string;
  readonly value: unknown;
}

const LONGEST_TEXT = 5000;

function brokenText(shape: Shape): readonly (readonly [string, unknown])[] {
  if (shape.enum !== undefined) return [['no value of the enum', 'NOT_A_VALUE']];
  const found: [string, unknown][] = [];
  if (shape.min !== undefined && shape.min > 0) found.push(['too short', '']);
  if (shape.max !== undefined && shape.max <= LONGEST_TEXT) found.push(['too long', '1'.repeat(shape.max + 1)]);
  return found;
}

/** Every way in which a valid document of a shape is spoiled in one place, everywhere in it. */
export function* broken(model: Model, name: string, value: unknown, field = ''): Generator<Broken> {
  const shape = shapeOf(model, name);
  const put = (what: string, spoiled: unknown): Broken => ({ what, field, value: spoiled });
  if (shape.type !== 'boolean' && shape.type !== 'document') yield put('of another type', true);
  const scalarOf = (target: string) => !['structure', 'union', 'list', 'map', 'document'].includes(shapeOf(model, target).type);
  switch (shape.type) {
    case 'structure':
    case 'union': {
      const entries = value as Readonly<Record<string, unknown>>;
      for (const [member, target] of Object.entries(shape.members ?? {})) {
        const path = field === '' ? member : `${field}.${member}`;
        const { [member]: inner, ...rest } = entries;
        if (shape.required?.includes(member)) yield { what: 'missing', field: path, value: rest };
        if (inner === undefined) continue;
        for (const spoiled of broken(model, target, inner, path))
          yield { ...spoiled, value: { ...entries, [member]: spoiled.value } };
      }
      if (shape.type === 'union') yield put('no member', {});
      return;
    }
    case 'list': {
      const list = value as readonly unknown[];
      const [first, ...rest] = list;
      const target = shape.member ?? '';
      if (shape.max !== undefined && shape.max <= LONGEST_TEXT && first !== undefined) {
        yield put(
          'too many',
          Array.from({ length: shape.max + 1 }, () => first),
        );
      }
      if (shape.min !== undefined && shape.min > 0) yield put('too few', []);
      if (first === undefined) return;
      const path = scalarOf(target) ? field : `${field}.1.member`;
      for (const spoiled of broken(model, target, first, path)) yield { ...spoiled, value: [spoiled.value, ...rest] };
      return;
    }
    case 'map': {
      if (shape.min !== undefined && shape.min > 0) yield put('too few', {});
      for (const [what, key] of brokenText(shapeOf(model, shape.key ?? ''))) yield put(`key ${what}`, { [String(key)]: 'x' });
      return;
    }
    case 'string':
      for (const [what, spoiled] of brokenText(shape)) yield put(what, spoiled);
      return;
    case 'integer':
    case 'long':
    case 'double':
      if (shape.min !== undefined) yield put('too small', shape.min - 1);
      if (shape.max !== undefined) yield put('too large', shape.max + 1);
      return;
    case 'blob':
      if (shape.max !== undefined) yield put('too long', Buffer.alloc(shape.max + 1).toString('base64'));
      return;
    default:
  }
}
