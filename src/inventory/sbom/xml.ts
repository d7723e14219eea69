/** Writing XML 1.0. */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Characters that no XML document can carry, not even escaped. */
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g;

/** Text for elements and attributes alike; white space survives attribute normalisation. */
export function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"\t\n\r]/g, (found) => ESCAPES[found] ?? found);
}

/** One element; `content` is already XML. */
export function element(name: string, content: string, attributes: Readonly<Record<string, string | undefined>> = {}): string {
  let start = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) start += ` ${key}="${escapeXml(value)}"`;
  return content === '' ? `${start}/>` : `${start}>${content}</${name}>`;
}

/** An element that holds text, or nothing for undefined. */
export function textElement(name: string, text: string | number | undefined): string {
  return text === undefined ? '' : element(name, escapeXml(String(text)));
}

/** A list element around its members, or nothing when there are none. */
export function listElement<T>(name: string, members: readonly T[] | undefined, each: (member: T) => string): string {
  return members === undefined || members.length === 0 ? '' : element(name, members.map(each).join(''));
}
