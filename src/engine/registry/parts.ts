/** What the parts of watching registries work with. */
import type { Queue } from '../../jobs/index.ts';
import type { Store } from '../../store/index.ts';
import type { Sealer } from '../../store/seal.ts';
import type { Engine, EngineLog } from '../engine.ts';

export interface Parts {
  readonly store: Store;
  readonly queue: Queue;
  readonly engine: Pick<Engine, 'ingest' | 'rescan'>;
  readonly sealer: Sealer;
  readonly clock: () => number;
  readonly log: EngineLog;
  /** Where what is in layers is kept between images; nowhere when absent. */
  readonly cacheDirectory?: string;
  /** Largest image that is read: its layers as they are in the registry. */
  readonly maxImageBytes: number;
  /** Time for reading one image. */
  readonly imageMilliseconds: number;
  /** Time for one look at a registry; what is left follows with the next one. */
  readonly pollMilliseconds: number;
  /** Pause before a request is tried again. */
  readonly retryMilliseconds?: number;
}
