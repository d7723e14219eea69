/** The migrations in their order. They only go forward; one that was released is never changed. */
import type { Migration } from 'kysely/migration';
import * as first from './0001-first.ts';

export const MIGRATIONS: Readonly<Record<string, Pick<Migration, 'up'>>> = {
  '0001-first': first,
};
