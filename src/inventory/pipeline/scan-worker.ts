/** The worker thread of the pipeline: scans layers with the registered catalogers, one message per layer. */
import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../model/problem.ts';
import { CATALOGERS } from '../registry.ts';
import { type LayerScan, type ScanJob, scanLayer } from './scan.ts';

export type ScanReply = { readonly scan: LayerScan } | { readonly error: string };

parentPort?.on('message', (job: ScanJob) => {
  scanLayer(job, CATALOGERS).then(
    (scan) => parentPort?.postMessage({ scan } satisfies ScanReply),
    (error: unknown) => parentPort?.postMessage({ error: messageOf(error) } satisfies ScanReply),
  );
});
