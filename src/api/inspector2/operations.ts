/** Every operation of the Inspector v2 API: its handler, or why there is none. docs/api.md is made from it. */

import type { RequestContext } from '../context.ts';
import { accessDenied, invalid } from '../protocol/errors.ts';
import { absent } from './absent.ts';
import { activation } from './activation.ts';
import { aggregations } from './aggregations.ts';
import { cis } from './cis.ts';
import { configuration } from './configuration.ts';
import { coverage } from './coverage.ts';
import { filters } from './filters.ts';
import { findings } from './findings.ts';
import type { NotEnabled, OperationName, Operations } from './handler.ts';
import { type NewerName, newer } from './newer.ts';
import { organization } from './organization.ts';
import { reporting } from './reports.ts';
import { INSPECTOR2 } from './service.ts';
import { tagging } from './tags.ts';

const CIS_SESSIONS: NotEnabled = {
  notEnabled: 'There are no CIS rules on this installation of Vedette: no CIS scan runs, and none has sessions',
};
const CODE: NotEnabled = { notEnabled: 'Code security is not enabled on this installation of Vedette' };
const CONNECTORS: NotEnabled = { notEnabled: 'Connectors to other clouds are not enabled on this installation of Vedette' };
const ENCRYPTION: NotEnabled = {
  notEnabled: 'Findings of code are not stored on this installation of Vedette: there is nothing to encrypt',
};

export const OPERATIONS: Operations & typeof newer = {
  ...absent,
  ...activation,
  ...aggregations,
  ...cis,
  ...configuration,
  ...coverage,
  ...filters,
  ...findings,
  ...newer,
  ...organization,
  ...reporting,
  ...tagging,
  BatchAssociateCodeSecurityScanConfiguration: CODE,
  BatchDisassociateCodeSecurityScanConfiguration: CODE,
  CreateCodeSecurityIntegration: CODE,
  CreateCodeSecurityScanConfiguration: CODE,
  CreateConnector: CONNECTORS,
  SendCisSessionHealth: CIS_SESSIONS,
  SendCisSessionTelemetry: CIS_SESSIONS,
  StartCisSession: CIS_SESSIONS,
  StartCodeSecurityScan: CODE,
  StopCisSession: CIS_SESSIONS,
  UpdateEncryptionKey: ENCRYPTION,
};

function isOperationName(name: string): name is OperationName | NewerName {
  return Object.hasOwn(OPERATIONS, name);
}

/** Refuses as the model of the operation allows: AccessDenied where it is modelled, else a ValidationException. */
function refuse(name: OperationName | NewerName, { notEnabled }: NotEnabled): never {
  const modelled = INSPECTOR2.model.operations[name]?.errors ?? [];
  throw modelled.includes('AccessDeniedException') ? accessDenied(notEnabled) : invalid(notEnabled);
}

/** Answers an operation with an input that was read by its model. */
export async function callInspector2(name: string, input: unknown, context: RequestContext): Promise<unknown> {
  if (!isOperationName(name)) throw new Error(`no such operation: ${name}`);
  const entry = OPERATIONS[name];
  if (typeof entry !== 'function') return refuse(name, entry);
  // The input was decoded by the schema that the handler's type is made from.
  return (entry as (input: unknown, context: RequestContext) => Promise<unknown>)(input, context);
}
