/** The agent's day under a clock of the test's own: nothing sleeps. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { type AgentParts, runAgent, TIMES } from './loop.ts';
import { openSpool } from './spool.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface World {
  time: number;
  state: string;
  digest: string;
  server: 'up' | 'down' | 'refuses';
  /** Inventories that it answers with status 500. */
  failsOver: RegExp;
  takes: number;
  /** Processor time that a look takes. */
  cost: number;
  disk: 'sound' | 'full';
}

/** Lets an agent live until a time; `at` changes the world on the way, at minutes since the start. */
async function live(context: TestContext, minutes: number, at: Readonly<Record<number, Partial<World>>> = {}) {
  const world: World = {
    time: 1e12,
    state: 'a',
    digest: 'a',
    server: 'up',
    failsOver: /$^/,
    takes: 0,
    cost: 100,
    disk: 'sound',
  };
  const spool = openSpool(temporaryDirectory(context));
  const [arrived, said, tookAt]: [string[], string[], number[]] = [[], [], []];
  let [lived, waits, spent] = [0, 0, 0];
  const changes = Object.entries(at)
    .map(([minute, change]) => ({ after: Number(minute) * MINUTE, change }))
    .sort((a, b) => a.after - b.after);
  const parts: AgentParts = {
    spool,
    async take(place) {
      world.takes += 1;
      spent += world.cost;
      tookAt.push(lived / MINUTE);
      if (world.disk === 'full') return fail(incomplete('agent-inventory', 'ENOSPC: no space left on device.'));
      writeFileSync(place, `${world.digest}${world.takes}`, { flag: 'wx' });
      return ok(world.digest);
    },
    async send(file): Promise<Result<unknown>> {
      if (world.server === 'down') return fail(incomplete('server-unreachable', 'no answer.'));
      if (world.server === 'refuses') return fail(incomplete('server-refused', 'not like that.'));
      const body = readFileSync(file, 'utf8');
      if (world.failsOver.test(body)) return fail(incomplete('server-failed', 'status 500.'));
      arrived.push(body);
      return ok({});
    },
    state: () => world.state,
    spent: () => spent,
    now: () => world.time,
    random: () => 0,
    say: (text) => void said.push(text),
    stopped: () => lived >= minutes * MINUTE,
    async wait(milliseconds) {
      waits += 1;
      assert.ok(milliseconds >= 0 && milliseconds <= TIMES.poll, `waits ${milliseconds}`);
      // A wait of nothing is one turn of the loop.
      const passed = Math.max(milliseconds, 1);
      lived += passed;
      world.time += passed;
      while (changes[0] !== undefined && changes[0].after <= lived) Object.assign(world, changes.shift()?.change);
    },
  };
  await runAgent(parts);
  return { world, spool, arrived, said, tookAt, waits };
}

test('it looks every half hour and sends what changed, and once a day what did not', async (context) => {
  const { world, arrived } = await live(context, 24 * 60 + 31);
  assert.equal(world.takes, 50);
  assert.deepEqual(arrived, ['a1', 'a49']);
});

test('packages that change are seen within a minute', async (context) => {
  const { arrived, tookAt } = await live(context, 20, { 5: { state: 'b', digest: 'b' }, 10: { state: 'c' } });
  // At 10 something was written and nothing changed.
  assert.equal(tookAt.length, 3);
  for (const [index, from] of [0, 5, 10].entries()) assert.ok((tookAt[index] ?? 99) - from < 1, `${tookAt}`);
  assert.deepEqual(arrived, ['a1', 'b2']);
});

test('while a package manager is at work, nothing is looked at until it is done', async (context) => {
  const busy = Object.fromEntries([...Array(60).keys()].map((step) => [5 + step / 6, { state: `b${step}`, digest: `b${step}` }]));
  const { tookAt } = await live(context, 20, busy);
  assert.equal(tookAt.length, 2);
  assert.ok((tookAt[1] ?? 0) > 14.8 && (tookAt[1] ?? 99) < 16, `${tookAt}`);
});

test('looking takes less than one percent of a processor, however often packages change and however long a look takes', async (context) => {
  for (const cost of [2_000, 20_000, 60_000]) {
    const changes = Object.fromEntries([...Array(600).keys()].map((minute) => [minute, { state: `${minute}`, cost }]));
    const { tookAt } = await live(context, 600, changes);
    assert.ok(tookAt.length >= 5, `${tookAt.length}`);
    // The first look took 0.1 s.
    const rests = tookAt.slice(2).map((minute, index) => minute - (tookAt[index + 1] ?? 0));
    assert.ok(Math.min(...rests) * MINUTE > cost * 100, `${cost}: ${Math.min(...rests)}`);
    // And it is not slower than that.
    assert.ok(Math.max(...rests) * MINUTE <= cost * 110 + 2 * TIMES.poll + MINUTE, `${cost}: ${Math.max(...rests)}`);
  }
});

test('an inventory that the server fails over blocks the others for minutes, and is then set aside', async (context) => {
  const { arrived, spool, said } = await live(context, 60, {
    2: { failsOver: /^b/, state: 'b', digest: 'b' },
    4: { state: 'c', digest: 'c' },
  });
  assert.deepEqual(arrived, ['a1', 'c3']);
  assert.deepEqual(spool.list(), []);
  assert.match(said.join('\n'), /status 500.*set aside as .*refused/);
  const all = await live(context, 300, { 2: { failsOver: /./, state: 'b', digest: 'b' }, 4: { state: 'c', digest: 'c' } });
  assert.equal(all.spool.list().length, 2, 'a server that fails over everything loses nothing');
});

test('while the server is down everything is kept, asked for more and more rarely, and sent in order when it is back', async (context) => {
  const { arrived, spool, said } = await live(context, 100, {
    3: { server: 'down', state: 'b', digest: 'b' },
    6: { state: 'c', digest: 'c' },
    60: { server: 'up' },
  });
  assert.deepEqual(arrived, ['a1', 'b2', 'c3']);
  assert.deepEqual(spool.list(), []);
  assert.ok(said.length > 5 && said.length < 25, `${said.length} attempts in an hour`);
});

test('a server that is down for a day gets the last fifty inventories in order, and what was dropped was told', async (context) => {
  const changes = Object.fromEntries(
    [...Array(70).keys()].map((step) => [5 + step * 20, { state: `${step}`, digest: `${step}-` }]),
  );
  const { arrived, spool, said } = await live(context, 25 * 60, {
    1: { server: 'down' },
    ...changes,
    [24 * 60]: { server: 'up' },
  });
  assert.equal(arrived[0], 'a1');
  const steps = arrived.slice(1).map((body) => Number.parseInt(body, 10));
  assert.deepEqual(
    steps,
    [...Array(50).keys()].map((step) => step + 20),
  );
  assert.deepEqual(spool.list(), []);
  assert.equal(said.filter((text) => /spool is full: 1 older/.test(text)).length, 20);
});

test('what the server refuses is set aside, and the next one goes', async (context) => {
  const { arrived, spool, said } = await live(context, 10, {
    2: { server: 'refuses', state: 'b', digest: 'b' },
    5: { server: 'up', state: 'c', digest: 'c' },
  });
  assert.deepEqual(arrived, ['a1', 'c3']);
  assert.deepEqual(spool.list(), []);
  assert.match(said.join('\n'), /not like that.*set aside as .*refused\.json\.gz/);
});

test('a full disk does not end the agent: it takes the inventory again until it can be kept', async (context) => {
  const { arrived, said } = await live(context, 20, {
    2: { disk: 'full', state: 'b', digest: 'b' },
    8: { disk: 'sound' },
  });
  assert.equal(arrived.length, 2);
  assert.match(arrived[1] ?? '', /^b/);
  assert.match(said.join('\n'), /ENOSPC.*tried again later/);
});

test('a clock that is put back or forward by days stops nothing', async (context) => {
  for (const jump of [-5 * DAY, 5 * DAY]) {
    const { arrived } = await live(context, 30, {
      3: { server: 'down', state: 'b', digest: 'b' },
      6: { time: 1e12 + jump },
      8: { server: 'up' },
    });
    assert.deepEqual(
      arrived.map((body) => body[0]).filter((one, index, all) => one !== all[index - 1]),
      ['a', 'b'],
      `${jump}`,
    );
  }
});
