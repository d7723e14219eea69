/** A process that changes things and says which, tells targets of them and does jobs until it is killed: `node delivering-process.ts PLACE NAME FROM`. */
import { startDelivery } from '../../src/delivery/index.ts';
import { enqueue } from '../../src/delivery/outbox/enqueue.ts';
import { openQueue } from '../../src/jobs/index.ts';
import { openStore } from '../../src/store/index.ts';
import { sealer } from '../../src/store/seal.ts';
import { findingEvent } from './events.ts';

const [place = '', name = '', from = '0'] = process.argv.slice(2);

const opened = await openStore(place);
if (!opened.ok) throw new Error(opened.problem.message);
const store = opened.value;
const queue = await openQueue(store, place, () => undefined);
if (!queue.ok) throw new Error(queue.problem.message);
const delivery = startDelivery(store, sealer(Buffer.alloc(32)), () => undefined);
await queue.value.work('count', async ({ payload }) => {
  const row = { name: `done ${String(payload.change)}`, value: '1' };
  await store.write((tx) =>
    tx
      .insertInto('setting')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doNothing())
      .execute(),
  );
});
for (let number = Number(from); ; number++) {
  const change = `${name}-${number}`;
  const event = findingEvent(number % 5, 'updated');
  const finding = { ...event.finding, findingArn: `${event.finding.findingArn}-${name}`, title: change };
  await store.write(async (tx) => {
    await tx
      .insertInto('setting')
      .values({ name: `change ${change}`, value: '1' })
      .execute();
    await enqueue(tx, [{ ...event, finding }], Date.now());
    await queue.value.send('count', { change }, { transaction: tx });
  });
  delivery.wake();
  process.stdout.write(`${change}\n`);
}
