/** Reports that never end. */
import type { Store } from '../store/index.ts';

/** A report that is not written after this time never will be (Amazon Inspector quotas). */
const TIME_OUT_MS = 12 * 60 * 60 * 1000;

/** Ends reports that nobody will make any more. */
export async function timeOutReports(store: Store, now: number): Promise<void> {
  const late = { status: 'FAILED', error_code: 'INTERNAL_ERROR', error_message: 'The report was not finished in 12 hours.' };
  await store.write((tx) =>
    tx
      .updateTable('report')
      .set({ ...late, finished_at: now })
      .where('status', '=', 'IN_PROGRESS')
      .where('created_at', '<', now - TIME_OUT_MS)
      .execute(),
  );
}
