/** Answers in the XML of the Query protocols, written by their shapes. */
import { entries, fields, items } from '../../inventory/values.ts';
import type { Member, Shape } from './shape.ts';

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#xD;', '\n': '&#xA;' };

export function escapeXml(text: string): string {
  return text.replace(/[&<>\r\n]/g, (sign) => ESCAPES[sign] ?? sign);
}

function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`;
}

/** A value's content. Values that are not of the shape are a mistake of the estate: throws, rather than answer what AWS never would. */
function contentOf(shape: Shape, value: unknown): string {
  switch (shape.kind) {
    case 'text':
    case 'timestamp':
      if (typeof value !== 'string') throw new Error(`${shape.kind} expected, not ${typeof value}`);
      return escapeXml(value);
    case 'number':
    case 'boolean':
      if (typeof value !== shape.kind) throw new Error(`${shape.kind} expected, not ${typeof value}`);
      return String(value);
    case 'list': {
      if (!Array.isArray(value)) throw new Error(`list expected, not ${typeof value}`);
      const of = shape.of();
      return items(value)
        .map((item) => element(shape.item, contentOf(of, item)))
        .join('');
    }
    case 'map': {
      if (fields(value) === undefined) throw new Error(`object expected, not ${typeof value}`);
      const of = shape.of();
      return entries(value)
        .map(([key, inner]) => element('entry', element('key', escapeXml(key)) + element('value', contentOf(of, inner))))
        .join('');
    }
    case 'structure':
      return membersXml(shape.members, value);
  }
}

/** The elements of a structure's members. Members that the SDK does not know are left out. */
export function membersXml(members: readonly Member[], value: unknown): string {
  const given = fields(value);
  if (given === undefined) throw new Error(`object expected, not ${typeof value}`);
  const known = new Map(members.map((member) => [member.name, member]));
  return entries(given)
    .map(([name, inner]) => {
      const member = known.get(name);
      if (member === undefined || inner === undefined || inner === null) return '';
      try {
        return element(member.xmlName, contentOf(member.shape(), inner));
      } catch (error) {
        throw new Error(`${name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    })
    .join('');
}
