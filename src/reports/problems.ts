/** Problems as the reports for a terminal list them. */
import type { Problem } from '../model/problem.ts';
import { groupProblems } from './group.ts';
import { count, cut, type Paint, plain, wrap } from './text.ts';

/** Places listed for one problem. */
const MAX_PLACES = 3;

/** What was not assessed, and notes, by what they have in common. */
export function* problemLines(problems: readonly Problem[], width: number, paint: Paint): Iterable<string> {
  const open = problems.filter((problem) => problem.effect === 'incomplete');
  const notes = problems.filter((problem) => problem.effect === 'notice');
  for (const [title, list, style] of [
    ['Not assessed', open, ['bold', 'yellow']],
    ['Notes', notes, ['bold']],
  ] as const) {
    if (list.length === 0) continue;
    yield '';
    yield paint(`${title} (${list.length})`, ...style);
    for (const { code, groups, more } of groupProblems(list)) {
      for (const { message, places } of groups) {
        yield* wrap(`${plain(message)} [${code}]`, width, '  ');
        for (const place of places.slice(0, MAX_PLACES)) yield `    ${paint(cut(plain(place), width - 4), 'dim')}`;
        if (places.length > MAX_PLACES) yield paint(`    … and ${count(places.length - MAX_PLACES, 'more place')}`, 'dim');
      }
      if (more > 0) yield paint(`  … and ${more} more [${code}] in the JSON report`, 'dim');
    }
  }
}
