/** Findings as JSON of the store: the same as the SDK's own schema makes of the same findings. */
import assert from 'node:assert/strict';
import { insertDetail, insertFinding, insertResource, samplePart } from '../../../tests/support/findings.ts';
import { writeRandomFindings } from '../../../tests/support/random-findings.ts';
import { onBothEngines } from '../../../tests/support/stores.ts';
import { apiFinding } from '../../store/findings/api-finding.ts';
import type { Store, Write } from '../../store/store.ts';
import { INSPECTOR2 } from './service.ts';

const ALL = { scope: undefined, criteria: undefined, sort: undefined, limit: 1000, after: undefined } as const;
const LIST = INSPECTOR2.operations.find(({ name }) => name === 'ListFindings');

/** What clients get, by both ways. */
async function answers(store: Store): Promise<readonly [texts: unknown, schema: unknown]> {
  const { rows } = await store.findings.list(ALL);
  const { json } = await store.findings.listJson(ALL);
  const schema = JSON.parse(String(LIST?.encode({ findings: rows.map(apiFinding) }))).findings;
  return [JSON.parse(Buffer.from(json).toString()), schema];
}

/** Everything that a finding can say. */
async function writeFull(tx: Write): Promise<number> {
  const instance = {
    type: 't3.small',
    imageId: 'ami-1',
    ipV4Addresses: ['10.0.0.1'],
    ipV6Addresses: [],
    keyName: 'key "quoted" \u2028',
    iamInstanceProfileArn: 'arn:aws:iam::123456789012:instance-profile/p',
    vpcId: 'vpc-1',
    subnetId: 'subnet-1',
    launchedAt: '2024-01-02T03:04:05.678Z' as unknown as never,
    platform: 'UBUNTU_22_04',
  };
  const sample = { uid: 'i-full', type: 'AWS_EC2_INSTANCE', details: { awsEc2Instance: instance }, tags: { ключ: '値' } };
  const resource = await insertResource(tx, sample);
  const part = samplePart(1, {
    kev: { dateAdded: '2024-05-06', ransomware: false },
    epss: { score: 0.123456789, date: '2026-01-01' },
    title: 'a flaw: "\\" and \u0000 and 😀',
  });
  const detail = await insertDetail(tx, { kind: 'package', id: 'CVE-2024-6119', parts: [part] });
  const adjustments = JSON.stringify({ vector: 'CVSS:3.1/AV:L', adjustments: [{ metric: 'AV', reason: 'not reachable' }] });
  await insertFinding(tx, resource, detail, { adjustments, score: 5.1, epss: 0.123456789, first_observed_at: 1_700_000_000_123 });
  return resource.id;
}

onBothEngines('findings as texts are what the schema of the SDK writes, page after page', async (store) => {
  await writeRandomFindings(store, 31);
  const resource = await store.write(writeFull);
  for (let turn = 0; turn < 2; turn++) {
    const [texts, schema] = await answers(store);
    assert.deepEqual(texts, schema);
  }
  const { json, next } = await store.findings.listJson({ ...ALL, limit: 7 });
  assert.equal(JSON.parse(Buffer.from(json).toString()).length, 7);
  assert.deepEqual(next, (await store.findings.list({ ...ALL, limit: 7 })).next);
  // A resource that has changed is shown as it is now; what was kept of it is not.
  await store.write((tx) => tx.updateTable('resource').set({ tags: '{"new":"tag"}' }).where('id', '=', resource).execute());
  const [texts, schema] = await answers(store);
  assert.deepEqual(texts, schema);
  assert.match(JSON.stringify(texts), /"tags":\{"new":"tag"\}/);
});

onBothEngines('no finding is an empty list', async (store) => {
  const { json, next } = await store.findings.listJson(ALL);
  assert.equal(Buffer.from(json).toString(), '[]');
  assert.equal(next, undefined);
});
