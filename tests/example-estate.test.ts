/** The example estate: what is committed is what the generator makes, and it shows what it is meant to show. */
import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { exampleEstate } from '../examples/estate/make.ts';
import { openEstate } from '../src/estate/read.ts';
import { assessNetwork } from '../src/network/index.ts';
import { namesOf } from '../src/reports/network/names.ts';
import { foundIn, rowsOf } from '../src/reports/network/rows.ts';
import { fromWords, notes, portsWords, resourceWords, throughWords } from '../src/reports/network/words.ts';
import { plainEstate } from './support/estate.ts';

const snapshot = join(resolve(import.meta.dirname, '..'), 'examples/estate/snapshot');

test('the committed snapshot is what the generator makes', async () => {
  const read = await openEstate(snapshot);
  assert.ok(read.ok);
  assert.deepEqual(read.value.problems, []);
  assert.deepEqual(plainEstate(read.value), plainEstate(exampleEstate()), 'run "node examples/estate/make.ts"');
});

/** Severity, resource, ports, from, through, notes: without ids, which say nothing. */
const EXPECTED = `
HIGH | FTP 21 TCP | legacy and 1 other | from Internet
MEDIUM | SSH 22 TCP | worker and 9 others | from Internet: 33.10.20.0/24, 33.44.0.0/22
MEDIUM | SSH 22 TCP | bastion | from Internet
MEDIUM | SSH 22 TCP | notebook | from Internet: 33.10.20.0/24, 33.44.0.0/22
MEDIUM | SSH 22 TCP | old-jenkins | from Internet | stopped
MEDIUM | SSH 22 TCP | relay | from Internet: 33.10.20.0/24, 33.44.0.0/22
MEDIUM | SSH 22 TCP | relay | from Internet over IPv6
MEDIUM | Syslog 514 UDP | relay | from Internet: 33.10.20.0/24, 33.44.0.0/22
MEDIUM | RDP 3389 TCP | build-windows | from Internet
LOW | SSH 22 TCP | web and 11 others | from transit gateway office: 172.16.0.0/12
LOW | SSH 22 TCP | postgres and 2 others | from transit gateway office: 172.16.0.0/12 | some client ports only
LOW | SSH 22 TCP | kafka and 2 others | from transit gateway office: 172.16.0.0/12 | some client ports only
LOW | SSH 22 TCP | grafana and 1 other | from VPN gateway tools: 192.168.0.0/16
LOW | SSH 22 TCP | runner and 5 others | from transit gateway office: 172.16.0.0/12
LOW | SSH 22 TCP | gitlab | from transit gateway office: 172.16.0.0/12
LOW | HTTP 80 TCP | shop (application load balancer) | from Internet
LOW | HTTP 80 TCP | legacy-elb (classic load balancer) | from Internet
LOW | HTTPS 443 TCP | shop (application load balancer) | from Internet
LOW | HTTPS 443 TCP | shop-us (application load balancer) | from Internet
UNKNOWN | HTTPS 443 TCP | gitlab | from Internet
LOW | RDP 3389 TCP | build-windows | from transit gateway shop: 10.20.10.0/24, 10.20.20.0/24
LOW | RDP 3389 TCP | build-windows | from transit gateway shop: 10.20.11.0/24, 10.20.21.0/24
LOW | RDP 3389 TCP | build-windows | from transit gateway office: 172.16.0.0/12
INFORMATIONAL | HTTPS 443 TCP | grafana and 1 other | from VPN gateway tools: 192.168.0.0/16
INFORMATIONAL | HTTPS 443 TCP | gitlab | from transit gateway shop: 10.20.10.0/23, 10.20.20.0/23
INFORMATIONAL | HTTPS 443 TCP | gitlab | from transit gateway office: 172.16.0.0/12
INFORMATIONAL | 3000 TCP | grafana and 1 other | from VPN gateway tools: 192.168.0.0/16
INFORMATIONAL | PostgreSQL 5432 TCP | postgres and 2 others | from peering shop-analytics: 10.30.0.0/23 | some client ports only
INFORMATIONAL | 5671 TCP | ingest (network load balancer) | from Internet
INFORMATIONAL | 5671 TCP | ingest and 3 others | from Internet | through ingest:5671
INFORMATIONAL | 5671 TCP | ingest and 3 others | from peering shop-analytics: 10.30.0.0/23
INFORMATIONAL | 5671 TCP | ingest and 3 others | from transit gateway hub: 10.10.10.0/24, 10.10.20.0/24
INFORMATIONAL | 5671 TCP | ingest and 3 others | from transit gateway hub: 10.10.11.0/24, 10.10.21.0/24
INFORMATIONAL | 5671 TCP | ingest and 3 others | from transit gateway office: 172.16.0.0/12
INFORMATIONAL | 5985-5986 TCP | build-windows | from transit gateway office: 172.16.0.0/12
INFORMATIONAL | 8080 TCP | web and 11 others | from Internet | through shop:443
INFORMATIONAL | 8080 TCP | legacy and 1 other | from Internet | through legacy-elb:80
INFORMATIONAL | 8080 TCP | us-web and 7 others | from Internet | through shop-us:443
INFORMATIONAL | 8080 TCP | old-jenkins | from Internet | stopped
INFORMATIONAL | 8200 TCP | vault and 2 others | from VPN gateway tools: 192.168.0.0/16
INFORMATIONAL | 8888 TCP | notebook | from Internet: 33.10.20.0/24, 33.44.0.0/22
`;

test('what is reachable in it, by title and resource', () => {
  const estate = exampleEstate();
  const names = namesOf(estate);
  const assessment = assessNetwork(estate, 'inspector-v2');
  const rows = rowsOf(foundIn(assessment)).map((row) => {
    const { finding } = row.first;
    const through = throughWords(row, names);
    const words = [
      finding.unknown.length > 0 ? 'UNKNOWN' : finding.severity,
      `${portsWords(row.ports)} ${finding.protocol}`,
      // Of several, the first is the one whose id happens to be the lowest.
      resourceWords(row, names).replace(/(?:-\d+)? \((?:i|eni)-\w+\)/, ''),
      `from ${fromWords(row, names)}`,
      ...(through === '' ? [] : [`through ${through}`]),
      ...notes(row.first),
    ];
    return words.join(' | ');
  });
  assert.deepEqual(rows, EXPECTED.trim().split('\n'));
  assert.deepEqual(assessment.problems, []);
});
