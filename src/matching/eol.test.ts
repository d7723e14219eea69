import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemOf } from '../../tests/support/inventory.ts';
import { releaseOf } from '../advisories/streams/index.ts';
import type { OperatingSystem } from '../model/package.ts';
import { endOfLifeMatch } from './eol.ts';

const UBUNTU = systemOf('ubuntu', '18.04');
const EOL = releaseOf(UBUNTU)?.eol ?? { date: '', extended: '' };

function dayAfter(date = ''): string {
  return new Date(Date.parse(date) + 24 * 60 * 60 * 1000).toISOString();
}
/** `none`, `reported` or what hides it, and whether extended support is offered. */
function outcome(os: OperatingSystem, today: string): string {
  const match = endOfLifeMatch(os, today);
  if (match === undefined) return 'none';
  return `${match.suppressed?.by ?? 'reported'}${/can be had until/.test(match.evidence[0]?.note ?? '') ? ', extended' : ''}`;
}

test('a release is supported on its last day, and not on the day after', () => {
  assert.equal(outcome(UBUNTU, `${EOL.date}T23:00:00Z`), 'none');
  assert.equal(outcome(UBUNTU, dayAfter(EOL.date)), 'reported, extended');
});

test('extended support is offered up to its last day', () => {
  assert.equal(outcome(UBUNTU, `${EOL.extended}T12:00:00Z`), 'reported, extended');
  assert.equal(outcome(UBUNTU, dayAfter(EOL.extended)), 'reported');
});

test('a system that has extended support is covered while it lasts; not known, or another service, is not', () => {
  const pro = { ...UBUNTU, proServices: ['esm-infra'] };
  assert.equal(outcome(pro, dayAfter(EOL.date)), 'extended-support, extended');
  assert.equal(outcome(pro, dayAfter(EOL.extended)), 'reported');
  assert.equal(outcome({ ...UBUNTU, proServices: ['esm-apps'] }, dayAfter(EOL.date)), 'reported, extended');
});

test('rolling and unknown systems have no end', () => {
  assert.equal(outcome(systemOf('wolfi', '20230201'), '2099-01-01'), 'none');
  assert.equal(outcome(systemOf('nobody', '1'), '2099-01-01'), 'none');
});
