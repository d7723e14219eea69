/** One row per finding, for spreadsheets. RFC 4180, with cells that a spreadsheet would run as a formula defused. */
import { cell } from '../../csv/cell.ts';
import { rangeText, sourcesOf } from '../addresses.ts';
import type { NetworkFormat, NetworkReport } from '../format.ts';
import { decidingHop, type Found, foundIn } from '../rows.ts';

const COLUMNS: readonly (readonly [string, (found: Found, names: NetworkReport['names']) => string])[] = [
  ['severity', ({ finding }) => finding.severity],
  ['type', ({ finding }) => finding.type],
  ['title', ({ finding }) => finding.title],
  ['account', ({ finding }) => finding.account],
  ['region', ({ finding }) => finding.region],
  ['vpc', ({ exposure }) => exposure.vpc],
  ['subnet', ({ exposure }) => exposure.subnet],
  ['resource', ({ finding }) => finding.resource],
  ['resource_name', ({ finding }, names) => names.get(finding.resource) ?? ''],
  ['interface', ({ finding }) => finding.interface],
  ['address', ({ exposure }) => exposure.address],
  ['public_address', ({ exposure }) => exposure.publicAddress ?? ''],
  ['service', ({ finding }) => finding.service ?? ''],
  ['protocol', ({ finding }) => finding.protocol],
  ['port_begin', ({ finding }) => String(finding.openPortRange.begin)],
  ['port_end', ({ finding }) => String(finding.openPortRange.end)],
  ['source_kind', ({ finding }) => finding.source.kind],
  ['source', ({ finding }) => finding.source.id],
  [
    'client_addresses',
    (found) =>
      sourcesOf(found)
        .map((range) => rangeText(range, found.exposure.family))
        .join(' '),
  ],
  ['client_ports', ({ finding }) => finding.clientPorts],
  ['through_load_balancer', ({ exposure }) => exposure.through?.loadBalancer ?? ''],
  ['through_port', ({ exposure }) => String(exposure.through?.listenerPort ?? '')],
  ['ways', ({ finding }) => finding.ways],
  ['state', ({ finding }) => finding.state],
  ['unknown', ({ finding }) => finding.unknown.join('; ')],
  ['rule', ({ finding }) => decidingHop(finding.path)?.because ?? ''],
  ['remediation', ({ finding }) => finding.remediation],
  ['id', ({ finding }) => finding.id],
];

function* render({ assessment, names }: NetworkReport): Iterable<string> {
  yield `${COLUMNS.map(([name]) => name).join(',')}\r\n`;
  for (const found of foundIn(assessment)) yield `${COLUMNS.map(([, value]) => cell(value(found, names))).join(',')}\r\n`;
}

export const csv: NetworkFormat = {
  id: 'csv',
  title: 'CSV, one row per finding',
  specification: ['https://www.rfc-editor.org/rfc/rfc4180'],
  extension: 'csv',
  mediaType: 'text/csv; charset=utf-8; header=present',
  render,
};
