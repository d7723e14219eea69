/** What became reachable and what no longer is, for people. */
import type { NetworkDiff } from '../../network/diff.ts';
import type { NetworkFinding } from '../../network/findings/finding.ts';
import { painter, plain, SEVERITY_STYLE } from '../text.ts';
import type { NetworkReport } from './format.ts';
import { comingFrom, portWords, thing } from './words.ts';

type Names = NetworkReport['names'];

function words({ resource, openPortRange, protocol, source, service }: NetworkFinding, names: Names): string {
  const ports = `${protocol} ${portWords(openPortRange)}${service === undefined ? '' : ` (${service})`}`;
  return plain(`${thing(resource, names)} ${ports} from ${comingFrom(source, names)}`);
}

/** One line for each finding: `+` opened, `-` closed, `~` reached by another path, grade or state, `?` unknown: the snapshot has gaps. */
export function* renderDifference(
  { opened, closed, changed, unknown }: NetworkDiff,
  names: Names,
  { color }: { readonly color: boolean },
): Iterable<string> {
  const paint = painter(color);
  const line = (mark: string, finding: NetworkFinding) =>
    `${mark} ${paint(finding.severity.padEnd(13), ...SEVERITY_STYLE[finding.severity])} ${words(finding, names)}\n`;
  for (const finding of opened) yield line(paint('+', 'red'), finding);
  for (const finding of closed) yield line(paint('-', 'green'), finding);
  for (const { after } of changed) yield line(paint('~', 'yellow'), after);
  for (const finding of unknown) yield line(paint('?', 'yellow'), finding);
  const rest = unknown.length === 0 ? '' : `, ${unknown.length} unknown: the newer snapshot has gaps`;
  yield `${opened.length} opened, ${closed.length} closed, ${changed.length} changed${rest}\n`;
}
