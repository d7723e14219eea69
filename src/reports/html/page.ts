/** What the HTML reports share besides their look. */
import { createHash } from 'node:crypto';
import type { Problem } from '../../model/problem.ts';
import { escapeMarkup } from '../markup.ts';

/** Nothing may be loaded, and no script may run but this one. */
export function contentSecurityPolicy(script: string): string {
  const hash = `'sha256-${createHash('sha256').update(script).digest('base64')}'`;
  return `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; script-src ${hash}; style-src 'unsafe-inline'">`;
}

/** What was not assessed, and notes. */
export function* problemList(problems: readonly Problem[]): Iterable<string> {
  const open = problems.filter((problem) => problem.effect === 'incomplete');
  const notes = problems.filter((problem) => problem.effect === 'notice');
  for (const [title, list, id] of [
    ['Not assessed', open, 'not-assessed'],
    ['Notes', notes, 'notes'],
  ] as const) {
    if (list.length === 0) continue;
    yield `<h2 id="${id}">${title}</h2><table><tbody>`;
    for (const problem of list.slice(0, 500)) {
      yield `<tr><td class="mono">${escapeMarkup(problem.code)}</td><td>${escapeMarkup(problem.message)}${problem.path === undefined ? '' : `<br><span class="mono">${escapeMarkup(problem.path)}</span>`}</td></tr>`;
    }
    yield '</tbody></table>';
    if (list.length > 500) yield `<p>${list.length - 500} more in the JSON report.</p>`;
  }
}
