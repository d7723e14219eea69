/** Worker thread: parses feed files into chunks. */
import { parentPort } from 'node:worker_threads';
import { feeds } from '../feeds/registry.ts';
import { parseSource, type SourceJob } from './parse.ts';

parentPort?.on('message', async (job: SourceJob) => {
  const feed = feeds.find(({ id }) => id === job.feed);
  if (feed === undefined) throw new Error(`there is no feed ${job.feed}`);
  const result = await parseSource(feed, job, (chunk, transfer) => parentPort?.postMessage({ chunk }, transfer));
  parentPort?.postMessage({ result });
});
