import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { cocoapods } from './index.ts';

const LOCK = `PODS:
  - Alamofire (5.6.2)
  - Firebase/Core (10.0.0):
    - Firebase/CoreOnly
    - FirebaseAnalytics (~> 10.0.0)
  - Firebase/CoreOnly (10.0.0):
    - FirebaseCore (= 10.0.0)
  - FirebaseAnalytics (10.0.0)
  - FirebaseCore (10.0.0)

DEPENDENCIES:
  - Alamofire (~> 5.6)
  - Firebase/Core
  - Own (from \`../Own\`)

SPEC REPOS:
  trunk:
    - Alamofire

SPEC CHECKSUMS:
  Alamofire: 87bd8c952f9a4454320fce00d9cc3de57bcadaf5

PODFILE CHECKSUM: 00

COCOAPODS: 1.11.3
`;

test('pods, subspecs, edges', async () => {
  assert.deepEqual(lines(await catalog(cocoapods, { 'ios/Podfile.lock': LOCK })), [
    'Alamofire 5.6.2 direct',
    'Firebase 10.0.0 direct -> FirebaseAnalytics@10.0.0 FirebaseCore@10.0.0',
    'FirebaseAnalytics 10.0.0',
    'FirebaseCore 10.0.0',
  ]);
});

test('broken input gives problems, never exceptions', async () => {
  const code = async (source: string) => (await catalog(cocoapods, { 'Podfile.lock': source })).problems[0]?.code;
  assert.equal(await code('PODS: ['), 'document-unreadable');
  assert.equal(await code('- a'), 'document-unexpected');
  assert.equal(await code('PODS:\n  - Alamofire\n  - {}\n'), 'document-entries-invalid');
  for (let end = 0; end < LOCK.length; end += 5) await code(LOCK.slice(0, end));
  await fc.assert(
    fc.asyncProperty(fc.json(), async (json) => void (await code(`{"PODS": [${json}], "DEPENDENCIES": ${json}}`))),
    { numRuns: 50 },
  );
});
