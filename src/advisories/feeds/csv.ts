/** Comma-separated values (RFC 4180), row by row. */

/** Rows of fields; quotes may hold commas, line ends and doubled quotes. Blank lines are left out. */
export function* csvRows(text: string): Generator<readonly string[]> {
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let field: string;
    if (text[at] === '"') {
      const parts: string[] = [];
      let start = at + 1;
      for (;;) {
        const quote = text.indexOf('"', start);
        const end = quote < 0 ? text.length : quote;
        parts.push(text.slice(start, end));
        at = end + 1;
        if (text[at] !== '"') break;
        parts.push('"');
        start = at + 1;
      }
      field = parts.join('');
    } else field = '';
    let end = at;
    while (end < text.length && text[end] !== ',' && text[end] !== '\n') end++;
    row.push(field + text.slice(at, end).replace(/\r$/, ''));
    at = end + 1;
    if (text[end] !== ',' || at >= text.length) {
      if (text[end] === ',') row.push('');
      if (row.length > 1 || row[0] !== '') yield row;
      row = [];
    }
  }
}
