/** A file that one process holds at a time. */
import { DatabaseSync } from 'node:sqlite';
import { storeTrouble } from '../trouble.ts';

export interface Held {
  /** Lets it go. */
  close(): void;
}

/**
 * Holds the file (made when it is not there) until `close`; undefined where somebody else does. The lock is the operating system's, so it
 * ends with the process however that ends. Throws when the file cannot be written.
 */
export function hold(file: string): Held | undefined {
  const db = new DatabaseSync(file, { timeout: 0 });
  try {
    // Without a file beside it, holding takes no room on a full disk.
    db.exec('pragma journal_mode = memory');
    db.exec('begin exclusive');
    // A second `close` does nothing.
    return {
      close() {
        if (db.isOpen) db.close();
      },
    };
  } catch (error) {
    db.close();
    if (storeTrouble(error)?.code === 'store-busy') return undefined;
    throw error;
  }
}
