/** What a handler of an operation gets, without a server around it. */
import { pino } from 'pino';
import type { RequestContext } from '../../src/api/context.ts';
import { fail, incomplete } from '../../src/model/problem.ts';
import { visibleAccounts } from '../../src/store/accounts.ts';
import type { Store } from '../../src/store/index.ts';
import { ACCOUNT, REGION } from './service.ts';

/** A request of an administrator of the account; `changed` is told what the engine would be. */
export function requestBy(
  store: Store,
  account = ACCOUNT,
  changed: RequestContext['services']['changed'] = async () => undefined,
): RequestContext {
  return {
    store,
    services: { changed, advisories: async () => fail(incomplete('none', 'There is none.')), scanSbom: async () => ({}) },
    principal: { key: 'AKIA', name: 'test', account, role: 'admin' },
    account,
    visibleAccounts: () => visibleAccounts(store.read, account),
    region: REGION,
    managementAccount: ACCOUNT,
    pagingKey: Buffer.alloc(32),
    now: () => 1,
    requestId: 'one',
    logger: pino({ level: 'silent' }),
  };
}
