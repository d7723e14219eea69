/** A file that one process holds at a time. */
import { DatabaseSync } from 'node:sqlite';

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
    db.exec('begin exclusive');
    // A second `close` does nothing.
    return {
      close() {
        if (db.isOpen) db.close();
      },
    };
  } catch {
    db.close();
    return undefined;
  }
}
