/** Telling others. docs/delivery.md. */
import type { Store } from '../store/index.ts';
import type { Sealer } from '../store/seal.ts';
import { type Dispatcher, dispatcher, type Trouble } from './outbox/dispatch.ts';
import { TARGET_KINDS } from './registry.ts';

/** Starts sending what the outbox holds; once in a process. `report` is told of what did not arrive, for the log. */
export async function startDelivery(store: Store, { open }: Sealer, report: (trouble: Trouble) => void): Promise<Dispatcher> {
  if (store.engine === 'sqlite') {
    // Nobody else has the embedded store: leases there are of a process that ended.
    await store.write((tx) => tx.updateTable('outbox').set({ lease_until: null }).where('lease_until', 'is not', null).execute());
  }
  return dispatcher({ store, kinds: TARGET_KINDS, open, report });
}
