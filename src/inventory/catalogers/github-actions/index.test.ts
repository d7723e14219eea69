import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { catalog, lines } from '../../../../tests/support/cataloger.ts';
import { githubActions } from './index.ts';

const WORKFLOW = `on: push
jobs:
  build:
    steps:
      - uses: actions/checkout@v4.1.1
      - name: x
        uses: "tj-actions/changed-files@v35"
      - uses: actions/setup-node@8f152de45cc393bb48ce5d89d36b731f54556e65 # v4.0.0
      - uses: github/codeql-action/analyze@v2.3.4
      - uses: ./local
      - uses: docker://alpine:3.8
      - run: echo "uses: not/this@v1.0.0 really"
  reuse:
    uses: acme/shared/.github/workflows/ci.yml@main
`;

test('actions and reusable workflows; moving tags have no version', async () => {
  assert.deepEqual(lines(await catalog(githubActions, { '.github/workflows/ci.yml': WORKFLOW })), [
    'acme/shared direct',
    'actions/checkout v4.1.1 direct',
    'actions/setup-node v4.0.0 direct',
    'github/codeql-action v2.3.4 direct',
    'tj-actions/changed-files direct',
  ]);
});

test('never throws and stays linear on hostile lines', async () => {
  const hostile = `- uses: ${'a/'.repeat(400_000)}@v1\n- uses: ${' '.repeat(1000)}x\n- uses: a/b${'/c'.repeat(900)}@`;
  assert.deepEqual((await catalog(githubActions, { 'action.yml': hostile })).packages, []);
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: 'binary' }),
      async (text) => void (await catalog(githubActions, { 'action.yml': `uses: ${text}` })),
    ),
  );
});
