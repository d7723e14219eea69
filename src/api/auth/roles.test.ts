import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INSPECTOR2 } from '../inspector2/service.ts';
import { mayCall } from './roles.ts';

/** The first words of operations that change something. */
const CHANGING =
  /^(?:Associate|BatchAssociate|BatchDisassociate|BatchUpdate|Cancel|Create|Delete|Disable|Disassociate|Enable|Reset|Send|Start|Stop|Tag|Untag|Update)[A-Z]?/;

test('each operation either reads or changes, and readers may call only the former', () => {
  for (const { name } of INSPECTOR2.operations) {
    assert.equal(mayCall('read-only', name), !CHANGING.test(name), name);
    assert.equal(mayCall('admin', name), true);
    assert.equal(mayCall('agent', name), false);
  }
});
