/** The first bytes of a local file. */
import { closeSync, openSync } from 'node:fs';
import { readFully } from '../tar/cursor.ts';

/** Up to 512 first bytes. */
export function headOf(file: string): Buffer {
  const fd = openSync(file, 'r');
  try {
    const head = Buffer.alloc(512);
    return head.subarray(0, readFully(fd, head, head.length, 0));
  } finally {
    closeSync(fd);
  }
}
