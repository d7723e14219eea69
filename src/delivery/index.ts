/** Telling others. docs/delivery.md. */
import type { Store } from '../store/index.ts';
import type { Sealer } from '../store/seal.ts';
import { type Dispatcher, dispatcher, type Trouble } from './outbox/dispatch.ts';
import { TARGET_KINDS } from './registry.ts';

export type { Dispatcher } from './outbox/dispatch.ts';

/** Starts sending what the outbox holds; once in a process. `report` is told of what did not arrive, for the log. */
export function startDelivery(store: Store, { open }: Sealer, report: (trouble: Trouble) => void): Dispatcher {
  return dispatcher({ store, kinds: TARGET_KINDS, open, report, alone: store.engine === 'sqlite' });
}
