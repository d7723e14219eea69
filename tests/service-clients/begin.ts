/** How a test begins with a client, and what must hold at its end. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { messageOf } from '../../src/model/problem.ts';
import { skipOrFail } from '../support/shared.ts';
import type { Client } from './client.ts';
import { type Stage, stageFor } from './stage.ts';

/** A client over a new stage; undefined when the test was skipped because the client cannot be had. */
export async function begin(
  context: TestContext,
  make: (context: TestContext, stage: Stage) => Promise<Client>,
): Promise<{ readonly stage: Stage; readonly client: Client } | undefined> {
  const stage = await stageFor(context);
  try {
    return { stage, client: await make(context, stage) };
  } catch (error) {
    skipOrFail(context, messageOf(error));
    return undefined;
  }
}

/** Nothing went wrong inside the service. */
export function checkLog({ service }: Stage): void {
  assert.deepEqual(
    service.log.filter((line) => JSON.parse(line).level >= 50),
    [],
  );
}
