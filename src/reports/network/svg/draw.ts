/** Pictures of paths as SVG elements, for a file of their own and inside of the HTML report. */
import { escapeMarkup } from '../../markup.ts';
import { count, cut } from '../../text.ts';
import type { NetworkReport } from '../format.ts';
import { pictureOf } from '../picture.ts';
import { layOut, type Placed, type Route } from './layout.ts';

/** Colours come from the page's variables. */
export const PICTURE_STYLE = `
.paths text{font:11.5px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--dim)}
.paths .t{font-weight:600;font-size:12.5px;fill:var(--fg)}.paths .h{font-size:11px;letter-spacing:.06em;text-transform:uppercase}
.paths rect{fill:var(--card);stroke:var(--line)}.paths .mark{stroke:none;fill:currentColor}
.paths path{fill:none;stroke:currentColor;stroke-width:1.5;opacity:.75}.paths path.unknown{stroke-dasharray:5 4}
.paths g:hover>rect{stroke:var(--dim)}
`;

const e = escapeMarkup;

/** Columns of text that fit: letters of the small size are 6.6 wide on average in a wide font, of the titles 8. */
function fits(width: number, isTitle: boolean): number {
  return Math.floor((width - 22) / (isTitle ? 8 : 6.6));
}

function box({ x, y, width, height, node }: Placed): string {
  if (node === undefined) return '';
  const { title, lines, severity } = node;
  const mark =
    severity === undefined ? '' : `<rect class="mark ${severity}" x="${x}" y="${y}" width="5" height="${height}" rx="2"/>`;
  const text = [title, ...lines].map((line, index) => {
    const shown = e(cut(line, fits(width, index === 0)));
    return `<text${index === 0 ? ' class="t"' : ''} x="${x + 13}" y="${y + 20 + index * 15}">${shown}</text>`;
  });
  const full = e([title, ...lines].join(' · '));
  return `<g><title>${full}</title><rect x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>${mark}${text.join('')}</g>\n`;
}

function curve({ edge, stops }: Route): string {
  let d = '';
  for (const [index, stop] of stops.entries()) {
    const next = stops[index + 1];
    if (next === undefined) break;
    const [x1, y1] = [stop.x + stop.width, stop.y + Math.round(stop.height / 2)];
    const [x2, y2] = [next.x, next.y + Math.round(next.height / 2)];
    const bend = Math.round((x2 - x1) / 2);
    d += `${index === 0 ? `M${x1} ${y1}` : ''}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
    // A bend is passed straight.
    if (next.node === undefined) d += `H${next.x + next.width}`;
  }
  return `<path class="${edge.severity}${edge.unknown ? ' unknown' : ''}" d="${d}"/>\n`;
}

/** Below the boxes, or instead of them. */
function noteOf(left: number, isEmpty: boolean, { assessment }: NetworkReport): string {
  if (left > 0) return `${count(left, 'less severe row')} left out: the other formats have them`;
  if (!isEmpty) return '';
  return assessment.summary.complete
    ? 'Nothing is reachable from outside.'
    : 'Nothing is certainly reachable, but not everything is known.';
}

/** The `svg` element; a note when nothing is reachable. */
export function* drawPaths(report: NetworkReport, most: number, style = ''): Iterable<string> {
  const picture = pictureOf(report, most);
  const { width, height, placed, routes, columns } = layOut(picture);
  const note = noteOf(picture.left, placed.length === 0, report);
  const full = height + (note === '' ? 0 : 24);
  const label = `${count(picture.edges.length, 'step')} of paths in ${report.name}`;
  yield `<svg xmlns="http://www.w3.org/2000/svg" class="paths" width="${width}" height="${full}" viewBox="0 0 ${width} ${full}" role="img" aria-label="${e(label)}">\n`;
  yield style;
  for (const { x, title } of columns) yield `<text class="h" x="${x}" y="26">${e(title)}</text>\n`;
  for (const route of routes) yield curve(route);
  for (const one of placed) yield box(one);
  if (note !== '') yield `<text x="16" y="${height + 8}">${e(note)}</text>\n`;
  yield '</svg>\n';
}
