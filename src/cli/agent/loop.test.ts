/** The agent's day under a clock of the test's own: nothing sleeps. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { temporaryDirectory } from '../../../tests/support/directory.ts';
import { fail, incomplete, ok, type Result } from '../../model/problem.ts';
import { type AgentParts, runAgent, TIMES } from './loop.ts';
import { openSpool, type Spool } from './spool.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

interface World {
  time: number;
  state: string;
  digest: string;
  server: 'up' | 'down' | 'refuses';
  takes: number;
  disk: 'sound' | 'full';
}

/** Lets an agent live until a time; `at` changes the world on the way, at minutes since the start. */
async function live(context: TestContext, minutes: number, at: Readonly<Record<number, Partial<World>>> = {}) {
  const world: World = { time: 1e12, state: 'a', digest: 'a', server: 'up', takes: 0, disk: 'sound' };
  const spool = openSpool(temporaryDirectory(context));
  const [arrived, said]: [string[], string[]] = [[], []];
  let [lived, waits] = [0, 0];
  const changes = Object.entries(at).map(([minute, change]) => ({ after: Number(minute) * MINUTE, change }));
  const parts: AgentParts = {
    spool: {
      ...spool,
      add(body, now) {
        if (world.disk === 'full') throw new Error('ENOSPC: no space left on device');
        return spool.add(body, now);
      },
    } satisfies Spool,
    async take() {
      world.takes += 1;
      return ok({ body: `${world.digest}${world.takes}`, digest: world.digest });
    },
    async send(body): Promise<Result<{ readonly resource: string }>> {
      if (world.server === 'down') return fail(incomplete('server-unreachable', 'no answer.'));
      if (world.server === 'refuses') return fail(incomplete('server-refused', 'not like that.'));
      arrived.push(body);
      return ok({ resource: 'i-1' });
    },
    state: () => world.state,
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
  return { world, spool, arrived, said, waits };
}

test('it looks every half hour and sends what changed, and once a day what did not', async (context) => {
  const { world, arrived } = await live(context, 24 * 60 + 31);
  assert.equal(world.takes, 50);
  assert.deepEqual(arrived, ['a1', 'a49']);
});

test('packages that change are seen within a minute', async (context) => {
  const { world, arrived } = await live(context, 20, { 5: { state: 'b', digest: 'b' }, 10: { state: 'c' } });
  // At 10 something was written and nothing changed.
  assert.equal(world.takes, 3);
  assert.deepEqual(arrived, ['a1', 'b2']);
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
  assert.match(said.join('\n'), /cannot be kept \(ENOSPC/);
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
