import { plain } from '../text.ts';

/** Quotes where needed; a leading `= + - @` gets an apostrophe so that no spreadsheet runs it. */
export function cell(text: string): string {
  const visible = plain(text);
  const safe = /^[=+\-@]/.test(visible.trimStart()) ? `'${visible}` : visible;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
