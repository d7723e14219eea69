/** Which of a package's licence strings are SPDX identifiers or expressions. */
import parse from 'spdx-expression-parse';

export type LicenseKind = 'id' | 'expression' | 'name';

const known = new Map<string, LicenseKind>();

/** Licences repeat, so answers are kept; the parser is only asked about short strings. */
export function licenseKind(license: string): LicenseKind {
  if (license.length > 500) return 'name';
  let kind = known.get(license);
  if (kind === undefined) {
    kind = classify(license);
    if (known.size > 10_000) known.clear();
    known.set(license, kind);
  }
  return kind;
}

function classify(license: string): LicenseKind {
  try {
    const parsed = parse(license);
    // `GPL-2.0+`, exceptions and references to documents are expressions, not identifiers.
    return 'license' in parsed && parsed.license === license && !license.includes('Ref-') ? 'id' : 'expression';
  } catch {
    return 'name';
  }
}
