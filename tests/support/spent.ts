/** What work costs, for tests that say that it costs little. */

/** Milliseconds of processor time that this process takes for it: what else the machine does, and a slow disk, count for nothing. */
export async function spent(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
