/** Streams by their beginnings. */

/** Whether a stream is one of these, or below one. */
export function isAmong(stream: string, beginnings: readonly string[]): boolean {
  return beginnings.some((beginning) => stream === beginning || stream.startsWith(`${beginning}/`));
}
