/** Dispatchers for tests, with a clock of the test's. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Event } from '../../src/delivery/event.ts';
import { type DispatcherOptions, dispatcher, type Trouble } from '../../src/delivery/outbox/dispatch.ts';
import { enqueue } from '../../src/delivery/outbox/enqueue.ts';
import type { Delivery, TargetKind } from '../../src/delivery/target.ts';
import type { Store } from '../../src/store/index.ts';
import { atEnd } from './end.ts';
import { allDelivered, scripted } from './events.ts';

export const START = Date.parse('2026-01-01T00:00:00Z');

/** Dispatchers over one store with one clock. */
export function clocked(context: TestContext, store: Store, kinds: readonly TargetKind[]) {
  const clock = { now: START };
  const troubles: Trouble[] = [];
  const open = (options: Partial<DispatcherOptions> = {}) => {
    const base = { store, kinds, open: (text: string) => text, now: () => clock.now, random: () => 1, poll: 0 };
    const one = dispatcher({ ...base, report: (trouble) => troubles.push(trouble), ...options });
    atEnd(context, () => one.close());
    return one;
  };
  const put = (...events: Event[]) => store.write((tx) => enqueue(tx, events, clock.now, kinds));
  return { clock, troubles, open, put };
}

/** A kind of target that takes everything, with what it was sent; `first` may throw instead, or never answer. */
export function taking(first: (batch: readonly Delivery[]) => void | Promise<void> = () => undefined, id?: string) {
  const sent: string[] = [];
  const kind = scripted(async (batch) => {
    await first(batch);
    sent.push(...told(batch));
    return allDelivered(batch);
  }, id);
  return { kind, sent };
}

/** `number change` of each delivery. */
export function told(batch: readonly Delivery[]): string[] {
  return batch.map(({ event }) => {
    assert.ok(event.kind === 'finding');
    return `${Number(event.finding.findingArn?.slice(-32))} ${event.change}`;
  });
}
