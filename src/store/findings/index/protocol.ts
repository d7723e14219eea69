/** What the index's thread and the rest of the process say to each other. */
import type { AggregateRequest } from '../aggregate.ts';
import type { ListRequest } from '../list.ts';

export type IndexQuestion =
  | { readonly id: number; readonly list: ListRequest }
  | { readonly id: number; readonly listJson: ListRequest }
  | { readonly id: number; readonly aggregate: AggregateRequest };

export interface IndexAnswer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}
