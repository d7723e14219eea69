/** The server with the real client: what is refused, how, and what operators see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ListFindingsCommand, ValidationException } from '@aws-sdk/client-inspector2';
import { testService } from '../../tests/support/service.ts';

test('errors reach the client as it knows them', async (context) => {
  const service = await testService(context);
  const client = await service.client();
  await assert.rejects(client.send(new ListFindingsCommand({ maxResults: 101 })), (error) => {
    assert.ok(error instanceof ValidationException);
    assert.equal(
      error.message,
      "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
    );
    assert.equal(error.reason, 'FIELD_VALIDATION_FAILED');
    assert.deepEqual(error.fields, [{ name: 'maxResults', message: 'Member must have value less than or equal to 100' }]);
    assert.equal(error.$metadata.httpStatusCode, 400);
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
});
