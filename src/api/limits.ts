/** Limits on what one key may ask for. */

export interface Rate {
  /** Requests per second that can be kept up, and how many may come at once. */
  readonly perSecond: number;
  readonly burst: number;
}

export interface RateLimiter {
  /** Takes one; otherwise how many seconds to wait (whole, at least 1). */
  take(key: string): number | undefined;
}

/** Buckets that are full again are forgotten at this number. */
const SWEEP_AT = 10_000;

/** Token buckets, one per key. */
export function createRateLimiter({ perSecond, burst }: Rate, now: () => number): RateLimiter {
  const buckets = new Map<string, { tokens: number; at: number }>();
  const refilled = (bucket: { tokens: number; at: number }, time: number): number =>
    Math.min(burst, bucket.tokens + (Math.max(0, time - bucket.at) / 1000) * perSecond);
  return {
    take(key) {
      const time = now();
      if (buckets.size >= SWEEP_AT) {
        for (const [name, bucket] of buckets) if (refilled(bucket, time) >= burst) buckets.delete(name);
      }
      const bucket = buckets.get(key) ?? { tokens: burst, at: time };
      const tokens = refilled(bucket, time);
      buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: time });
      return tokens >= 1 ? undefined : Math.max(1, Math.ceil((1 - tokens) / perSecond));
    },
  };
}
