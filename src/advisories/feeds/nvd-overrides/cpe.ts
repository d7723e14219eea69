/** CPE 2.3 formatted strings. https://nvlpubs.nist.gov/nistpubs/Legacy/IR/nistir7695.pdf section 6.2 */

export interface Cpe {
  readonly vendor: string;
  readonly product: string;
  /** `*` any, `-` not applicable. */
  readonly version: string;
  readonly update: string;
  readonly targetSoftware: string;
}

/** Splits at colons that are not escaped and removes the escapes. Undefined when it is no CPE 2.3. */
export function readCpe(text: string): Cpe | undefined {
  if (!text.startsWith('cpe:2.3:') || text.length > 1000) return undefined;
  const fields: string[] = [];
  let field = '';
  for (let at = 8; at < text.length; at++) {
    if (text[at] === ':') {
      fields.push(field);
      field = '';
    } else field += text[at] === '\\' ? (text[++at] ?? '') : text[at];
  }
  fields.push(field);
  const [, vendor, product, version, update, , , , targetSoftware] = fields;
  if (fields.length !== 11 || !vendor || !product || !version || !update || !targetSoftware) return undefined;
  return { vendor, product, version, update, targetSoftware };
}
