/**
 * The whole API through real clients: the SDK for JavaScript, botocore, the AWS CLI of Python's registry, and Debian's of 2022. All tell
 * the same story (cases.ts) and must be told the same; what a client adds of its own is looked at beside it.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSPECTOR2 } from '../src/api/inspector2/service.ts';
import { begin, checkLog } from './service-clients/begin.ts';
import type { Case, Facts } from './service-clients/case.ts';
import { type Answer, type Client, sdkClient } from './service-clients/client.ts';
import { checkLine, LINES } from './service-clients/lines.ts';
import { at, members } from './service-clients/look.ts';
import { awscliClient, botocoreClient, debianClient } from './service-clients/python.ts';
import { ACCOUNT, type Stage, stageFor } from './service-clients/stage.ts';
import { STORY } from './service-clients/story.ts';

const { operations } = INSPECTOR2;

/** Operations that only botocore has yet. */
const NEWEST = ['GetOnDemandScanStatus', 'ListOnDemandScans', 'StartOnDemandScan'];

function checkCase({ operation, answers, refuses }: Case, answer: Answer, stage: Stage, facts: Facts): void {
  const told = `${operation}: ${JSON.stringify(answer).slice(0, 600)}`;
  assert.equal(answer.unsayable, undefined, told);
  assert.equal(answer.error?.code, refuses?.code, told);
  if (answer.error === undefined && answers !== undefined) answers(members(answer.output), stage, facts);
  if (refuses === undefined || answer.error === undefined) return;
  if (refuses.message !== undefined) assert.match(answer.error.message, refuses.message, told);
  // The AWS CLI tells neither status nor fields.
  if (answer.error.status !== undefined) assert.equal(answer.error.status, refuses.status, told);
  if (answer.error.fields !== undefined && refuses.fields !== undefined) {
    assert.deepEqual(answer.error.fields, refuses.fields, told);
  }
}

/** Tells the story; gives back the operations that the client could not say. */
async function tell(client: Client, stage: Stage, isOld = false): Promise<ReadonlySet<string>> {
  const facts: Facts = {};
  const unsaid = new Set<string>();
  for (const one of STORY) {
    const { operation, newer, after } = one;
    if (after === 'work') await stage.work();
    const input = typeof one.input === 'function' ? one.input(facts, stage) : one.input;
    const service = operation === 'ScanSbom' ? 'inspector-scan' : 'inspector2';
    const answer = await client.ask({ service, operation, input });
    // What the old client cannot say must be marked as newer, and nothing else may be.
    if (isOld && newer) assert.ok(answer.unsayable !== undefined, `${operation} ${JSON.stringify(input)} can be said`);
    const known = operation === 'ScanSbom' ? client.kind !== 'sdk' : client.operations.includes(operation);
    const lacks = (isOld && newer) || !known;
    if (lacks) unsaid.add(operation);
    else checkCase(one, answer, stage, facts);
  }
  checkLog(stage);
  return unsaid;
}

test('the story goes through every operation, and refuses and answers', () => {
  const told = new Set<string>(STORY.map(({ operation }) => operation));
  assert.deepEqual(
    operations.map(({ name }) => name).filter((name) => !told.has(name)),
    [],
  );
});

test('the story, by the SDK for JavaScript', async (context) => {
  const stage = await stageFor(context);
  const unsaid = await tell(await sdkClient(stage), stage);
  assert.deepEqual([...unsaid].sort(), [...NEWEST, 'ScanSbom'].sort());
});

test('the story, by botocore', async (context) => {
  const begun = await begin(context, botocoreClient);
  if (begun === undefined) return;
  const { client, stage } = begun;
  assert.deepEqual([...(await tell(client, stage))], []);
  // Newer than the SDK for JavaScript.
  const input = { aggregationType: 'ACCOUNT' };
  const { output } = await client.ask({ service: 'inspector2', operation: 'ListFindingAggregations', input });
  assert.equal(typeof at(output, 'responses', 0, 'accountAggregation', 'severityCounts', 'untriaged'), 'number');
  // What the service does not know is not promised by leaving it out.
  const s3Destination = { bucketName: 'reports', kmsKeyArn: 'arn:aws:kms:us-east-1:111122223333:key/1' };
  for (const [operation, asked, field] of [
    ['UpdateConfiguration', { amiConfiguration: {} }, 'amiConfiguration'],
    ['UpdateOrganizationConfiguration', { autoEnable: { ec2: true, ecr: true, ami: true } }, 'autoEnable.ami'],
    [
      'CreateFindingsReport',
      { reportFormat: 'CSV', s3Destination: { ...s3Destination, expectedBucketOwner: ACCOUNT } },
      's3Destination.expectedBucketOwner',
    ],
  ] as const) {
    const { error } = await client.ask({ service: 'inspector2', operation, input: asked });
    assert.deepEqual([error?.code, error?.fields], ['ValidationException', [field]], operation);
  }
});

test("the story, by the AWS CLI of Python's registry", async (context) => {
  const begun = await begin(context, awscliClient);
  if (begun !== undefined) assert.deepEqual([...(await tell(begun.client, begun.stage))].sort(), NEWEST);
});

test("the story, by Debian's AWS CLI of 2022", async (context) => {
  const begun = await begin(context, debianClient);
  if (begun === undefined) return;
  const { client, stage } = begun;
  assert.equal(client.operations.length, 32);
  const unsaid = await tell(client, stage, true);
  assert.deepEqual(
    client.operations.filter(
      (name) => unsaid.has(name) && !['ListFindings', 'GetConfiguration', 'UpdateConfiguration'].includes(name),
    ),
    [],
  );
});

for (const [name, make, isOld] of [
  ["the AWS CLI of Python's registry", awscliClient, false],
  ["Debian's AWS CLI of 2022", debianClient, true],
] as const) {
  test(`command lines of ${name}`, async (context) => {
    const begun = await begin(context, make);
    if (begun === undefined) return;
    const { client, stage } = begun;
    const facts: Facts = {};
    for (const line of LINES) {
      const argv = line.words.map((word) => word.replace(/^\{(\w+)\}$/, (_all, fact: string) => facts[fact] ?? ''));
      const answer = await client.ask({ argv });
      if (isOld && line.newer) assert.ok(answer.unsayable !== undefined, `${argv.join(' ')} can be said`);
      else checkLine(line, answer, stage, facts);
    }
    checkLog(stage);
  });
}
