/** What is asked about packages of Amazon Linux. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemOf } from '../../../tests/support/inventory.ts';
import { pkg, streamsFor, testQueries } from '../../../tests/support/streams.ts';

const AMAZON = systemOf('amzn', '2');

testQueries([
  [
    'Amazon Linux 1 by its year',
    pkg('rpm', 'bash', '4.2.46-34.43.amzn1'),
    systemOf('amzn', '2018.03'),
    ['amazon/1 bash 4.2.46-34.43.amzn1'],
  ],
  [
    'Amazon Linux 2023 by any of its versions',
    pkg('rpm', 'bash', '5.2.15-1.amzn2023.0.2'),
    systemOf('amzn', '2023.3.20240131'),
    ['amazon/2023 bash 5.2.15-1.amzn2023.0.2'],
  ],
  [
    'Amazon Linux 2022 never had advisories',
    pkg('rpm', 'bash', '5.2-1'),
    systemOf('amzn', '2022'),
    ['unsupported-release: there are no advisories for Amazon Linux 2022'],
  ],
  [
    'Amazon Linux 2: core by its repository',
    pkg('rpm', 'vim-minimal', '2:9.0.1882-1.amzn2.0.1', { repository: 'amzn2-core' }),
    AMAZON,
    ['amazon/2 vim-minimal 2:9.0.1882-1.amzn2.0.1'],
  ],
  [
    'Amazon Linux 2: a topic by its repository, known or not',
    pkg('rpm', 'docker', '20.10.25-1.amzn2.0.3', { repository: 'amzn2extra-docker' }),
    AMAZON,
    ['amazon/2/extras/docker docker 20.10.25-1.amzn2.0.3'],
  ],
  [
    'Amazon Linux 2: kernel 5.10 without repository is of its topic alone',
    pkg('rpm', 'kernel', '5.10.230-223.885.amzn2', { source: { name: 'kernel' } }),
    AMAZON,
    ['amazon/2/extras/kernel-5.10 kernel 5.10.230-223.885.amzn2'],
  ],
  [
    'Amazon Linux 2: its sub-packages by the source',
    pkg('rpm', 'perf', '5.15.1-1.amzn2', { source: { name: 'kernel' } }),
    AMAZON,
    ['amazon/2/extras/kernel-5.15 perf 5.15.1-1.amzn2'],
  ],
  [
    'Amazon Linux 2: a kernel line without a known topic is not asked in core',
    pkg('rpm', 'kernel', '6.1.1-1.amzn2'),
    AMAZON,
    ['amazon/2/extras/kernel-6.1 kernel 6.1.1-1.amzn2'],
  ],
  [
    'Amazon Linux 2: php 8.1 without repository is of its topic alone',
    pkg('rpm', 'php-cli', '8.1.29-1.amzn2', { source: { name: 'php' } }),
    AMAZON,
    ['amazon/2/extras/php8.1 php-cli 8.1.29-1.amzn2'],
  ],
  [
    'Amazon Linux 2023: live patches have advisories of their own',
    pkg('rpm', 'kernel-livepatch-6.1.66-91.160', '1.0-0.amzn2023'),
    systemOf('amzn', '2023'),
    [
      'amazon/2023 kernel-livepatch-6.1.66-91.160 1.0-0.amzn2023',
      'amazon/2023/kernel-livepatch kernel-livepatch-6.1.66-91.160 1.0-0.amzn2023',
    ],
  ],
]);

test('Amazon Linux 2: kernel 4.14 reaches core and no other kernel line', () => {
  const found = streamsFor(pkg('rpm', 'kernel', '4.14.355-271.564.amzn2', { source: { name: 'kernel' } }), AMAZON);
  assert.ok(found.includes('amazon/2'));
  assert.deepEqual(
    found.filter((stream) => /kernel-/.test(stream)),
    [],
  );
});

test('Amazon Linux 2: a package of unknown origin reaches core and topics, except those that only a repository tells', () => {
  const found = streamsFor(pkg('rpm', 'containerd', '1.7.2-1.amzn2.0.1', { source: { name: 'containerd' } }), AMAZON);
  for (const stream of ['amazon/2', 'amazon/2/extras/docker', 'amazon/2/extras/ecs']) assert.ok(found.includes(stream), stream);
  assert.ok(!found.includes('amazon/2/extras/dnsmasq'));
});

test('Amazon Linux 2: a gem of core is not compared with the gems of another Ruby', () => {
  const found = streamsFor(
    pkg('rpm', 'rubygem-rake', '0.9.6-36.amzn2', { source: { name: 'ruby', version: '2.0.0.648-36.amzn2' } }),
    AMAZON,
  );
  assert.ok(found.includes('amazon/2'));
  assert.deepEqual(
    found.filter((stream) => /ruby/.test(stream)),
    [],
  );
});
