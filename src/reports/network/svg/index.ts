/** The picture of paths as a file of its own. */
import { COLORS } from '../../html/style.ts';
import type { NetworkFormat, NetworkReport, NetworkReportOptions } from '../format.ts';
import { MAX_ROWS } from '../picture.ts';
import { drawPaths, PICTURE_STYLE } from './draw.ts';

const SEVERITIES = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'] as const;

function sheet(): string {
  const severities = SEVERITIES.map((one) => `.${one}{color:var(--${one.toLowerCase()})}`).join('');
  return `<style>${COLORS}${PICTURE_STYLE}${severities}svg{background:var(--bg)}</style>\n`;
}

function render(report: NetworkReport, { limit }: NetworkReportOptions): Iterable<string> {
  return drawPaths(report, Math.min(limit, MAX_ROWS), sheet());
}

export const svg: NetworkFormat = {
  id: 'svg',
  title: 'Picture of the paths',
  specification: ['https://www.w3.org/TR/SVG2/'],
  extension: 'svg',
  mediaType: 'image/svg+xml',
  render,
};
