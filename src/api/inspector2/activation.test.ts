/** What Disable, Enable and UpdateConfiguration set in motion, from the real client to the findings. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DisableCommand, EnableCommand, ListFindingsCommand, UpdateConfigurationCommand } from '@aws-sdk/client-inspector2';
import { beforeTwo, testEngine } from '../../../tests/support/engine.ts';
import { inventoryOf, packageOf } from '../../../tests/support/inventory.ts';
import { ACCOUNT, REGION, testService } from '../../../tests/support/service.ts';

const DAY = 24 * 60 * 60 * 1000;

test('a type that is disabled has no active findings; windows close those of old images', async (context) => {
  const { store, services, engine, clock, host, run } = await testEngine(context, [beforeTwo('CVE-2025-0001', 'left')]);
  const service = await testService(context, { store, services });
  const client = await service.client();
  await host('web', ['left', '1.0']);
  const image = await engine.ingest({
    description: { kind: 'image', name: 'app', image: { pushedAt: clock.now } },
    inventory: inventoryOf([packageOf({ type: 'npm', name: 'left', version: '1.0' })], undefined, 'image'),
    place: { account: ACCOUNT, region: REGION },
    origin: 'push',
    trigger: 'inventory',
  });
  assert.ok(image.ok);
  const findings = async () => {
    const listed = await client.send(new ListFindingsCommand({}));
    const all = listed.findings?.map(({ status, findingArn, resources }) => ({ status, findingArn, type: resources?.[0]?.type }));
    return all ?? [];
  };
  const statuses = async () => (await findings()).map(({ type, status }) => `${type} ${status}`).sort();
  const before = await findings();
  assert.equal(before.length, 2);

  await client.send(new DisableCommand({ resourceTypes: ['EC2'] }));
  await run();
  assert.deepEqual(await statuses(), ['AWS_EC2_INSTANCE CLOSED', 'AWS_ECR_CONTAINER_IMAGE ACTIVE']);
  clock.now += DAY;
  await client.send(new EnableCommand({ resourceTypes: ['EC2'] }));
  await run();
  assert.deepEqual(await statuses(), ['AWS_EC2_INSTANCE ACTIVE', 'AWS_ECR_CONTAINER_IMAGE ACTIVE']);
  const arns = (list: typeof before) => list.map(({ findingArn }) => findingArn).sort();
  assert.deepEqual(arns(await findings()), arns(before));

  clock.now += 2 * DAY + 1;
  await client.send(new UpdateConfigurationCommand({ ecrConfiguration: { rescanDuration: 'DAYS_3' } }));
  await run();
  assert.deepEqual(await statuses(), ['AWS_EC2_INSTANCE ACTIVE', 'AWS_ECR_CONTAINER_IMAGE CLOSED']);
});
