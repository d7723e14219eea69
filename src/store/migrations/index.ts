/** The migrations in their order. They only go forward; one that was released is never changed. */
import type { Migrations } from '../migrate.ts';
import * as first from './0001-first.ts';

export const MIGRATIONS: Migrations = {
  '0001-first': first,
};
