/** Processes that build networks in namespaces of the kernel and probe them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fields, items, text } from '../../../src/inventory/values.ts';
import type { Outcome, Plan } from './plan.ts';

const PROGRAM = join(import.meta.dirname, 'lab.py');

function numbers(value: unknown): ReadonlySet<number> {
  return new Set(items(value).filter((item) => typeof item === 'number'));
}

/** A process with namespaces of its own. They have no names and end with it, however it ends. */
export class Lab {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#child = spawn('python3', [PROGRAM], { stdio: ['pipe', 'pipe', 'inherit'] });
    const { stdout } = this.#child;
    if (stdout === null) throw new Error('no output of the lab');
    this.#lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  }

  /** Builds all of them, sends all probes at once and waits until nothing happens for `silence` milliseconds. */
  async run(plans: readonly Plan[], silence: number): Promise<readonly Outcome[]> {
    this.#child.stdin?.write(`${JSON.stringify({ plans, silence: silence / 1000 })}\n`);
    const { done, value } = await this.#lines.next();
    if (done === true) throw new Error('the lab has ended');
    const answer = fields(JSON.parse(value));
    if (answer?.results === undefined) throw new Error(`the kernel refuses: ${text(answer?.error) ?? value}`);
    return items(answer.results).map((item) => ({
      arrived: numbers(fields(item)?.arrived),
      returned: numbers(fields(item)?.returned),
    }));
  }

  /** Ends the process and with it all of its namespaces. */
  close(): void {
    this.#child.stdin?.end();
    this.#child.kill('SIGKILL');
  }
}

/** What every plan is made of. */
const TRIAL: Plan = {
  namespaces: [
    {
      name: 'one',
      ip: ['link set d0 arp off up', 'link add inner type bridge mcast_snooping 0', 'route add blackhole 2001:db8::/32'],
      ip6: ['rule add iif inner lookup 100'],
      nft: 'table inet trial {\nchain inbound {\ntype filter hook input priority 0; policy drop;\nct state established accept\n}\n}\n',
    },
    { name: 'other', ip: ['link set lo up'], nft: '' },
  ],
  cables: [
    {
      kind: 'line',
      ends: [
        { name: 'one', device: 'd0' },
        { name: 'other', device: 'd0' },
      ],
    },
  ],
  servers: [],
  probes: [],
};

/** Why networks cannot be built here; undefined when they can. */
export async function whyNoLab(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'network namespaces are of Linux';
  if (process.getuid?.() !== 0) return 'making network namespaces needs root';
  for (const program of ['ip', 'nft', 'python3']) {
    const { error } = spawnSync(program, ['-V']);
    if (error !== undefined) return `needs ${program}: ${error.message}`;
  }
  const lab = new Lab();
  try {
    await lab.run([TRIAL], 0);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    lab.close();
  }
}
