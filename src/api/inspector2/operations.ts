/** Every operation of the Inspector v2 API: its handler, or why there is none. docs/api.md is made from it. */

import type { RequestContext } from '../context.ts';
import { accessDenied, invalid } from '../protocol/errors.ts';
import type { NotEnabled, OperationName, Operations } from './handler.ts';
import { INSPECTOR2 } from './service.ts';

const CIS: NotEnabled = { notEnabled: 'CIS scans are not enabled on this installation of Vedette' };
const CODE: NotEnabled = { notEnabled: 'Code security is not enabled on this installation of Vedette' };
const CONNECTORS: NotEnabled = { notEnabled: 'Connectors to other clouds are not enabled on this installation of Vedette' };
const NOT_YET: NotEnabled = { notEnabled: 'This operation is not enabled on this installation of Vedette' };

export const OPERATIONS: Operations = {
  AssociateMember: NOT_YET,
  BatchAssociateCodeSecurityScanConfiguration: CODE,
  BatchDisassociateCodeSecurityScanConfiguration: CODE,
  BatchGetAccountStatus: NOT_YET,
  BatchGetCodeSnippet: CODE,
  BatchGetFindingDetails: NOT_YET,
  BatchGetFreeTrialInfo: NOT_YET,
  BatchGetMemberEc2DeepInspectionStatus: NOT_YET,
  BatchUpdateMemberEc2DeepInspectionStatus: NOT_YET,
  CancelFindingsReport: NOT_YET,
  CancelSbomExport: NOT_YET,
  CreateCisScanConfiguration: CIS,
  CreateCodeSecurityIntegration: CODE,
  CreateCodeSecurityScanConfiguration: CODE,
  CreateConnector: CONNECTORS,
  CreateFilter: NOT_YET,
  CreateFindingsReport: NOT_YET,
  CreateSbomExport: NOT_YET,
  DeleteCisScanConfiguration: CIS,
  DeleteCodeSecurityIntegration: CODE,
  DeleteCodeSecurityScanConfiguration: CODE,
  DeleteConnector: CONNECTORS,
  DeleteFilter: NOT_YET,
  DescribeOrganizationConfiguration: NOT_YET,
  Disable: NOT_YET,
  DisableDelegatedAdminAccount: NOT_YET,
  DisassociateMember: NOT_YET,
  Enable: NOT_YET,
  EnableDelegatedAdminAccount: NOT_YET,
  GetCisScanReport: CIS,
  GetCisScanResultDetails: CIS,
  GetClustersForImage: NOT_YET,
  GetCodeSecurityIntegration: CODE,
  GetCodeSecurityScan: CODE,
  GetCodeSecurityScanConfiguration: CODE,
  GetConfiguration: NOT_YET,
  GetDelegatedAdminAccount: NOT_YET,
  GetEc2DeepInspectionConfiguration: NOT_YET,
  GetEncryptionKey: NOT_YET,
  GetFindingsReportStatus: NOT_YET,
  GetMember: NOT_YET,
  GetSbomExport: NOT_YET,
  ListAccountPermissions: NOT_YET,
  ListCisScanConfigurations: CIS,
  ListCisScanResultsAggregatedByChecks: CIS,
  ListCisScanResultsAggregatedByTargetResource: CIS,
  ListCisScans: CIS,
  ListCodeSecurityIntegrations: CODE,
  ListCodeSecurityScanConfigurationAssociations: CODE,
  ListCodeSecurityScanConfigurations: CODE,
  ListConnectorScanConfigurations: CONNECTORS,
  ListConnectors: CONNECTORS,
  ListCoverage: NOT_YET,
  ListCoverageStatistics: NOT_YET,
  ListDelegatedAdminAccounts: NOT_YET,
  ListFilters: NOT_YET,
  ListFindingAggregations: NOT_YET,
  ListFindings: NOT_YET,
  ListMembers: NOT_YET,
  ListTagsForResource: NOT_YET,
  ListUsageTotals: NOT_YET,
  ResetEncryptionKey: NOT_YET,
  SearchVulnerabilities: NOT_YET,
  SendCisSessionHealth: CIS,
  SendCisSessionTelemetry: CIS,
  StartCisSession: CIS,
  StartCodeSecurityScan: CODE,
  StopCisSession: CIS,
  TagResource: NOT_YET,
  UntagResource: NOT_YET,
  UpdateCisScanConfiguration: CIS,
  UpdateCodeSecurityIntegration: CODE,
  UpdateCodeSecurityScanConfiguration: CODE,
  UpdateConfiguration: NOT_YET,
  UpdateConnector: CONNECTORS,
  UpdateConnectorScanConfiguration: CONNECTORS,
  UpdateEc2DeepInspectionConfiguration: NOT_YET,
  UpdateEncryptionKey: NOT_YET,
  UpdateFilter: NOT_YET,
  UpdateOrgEc2DeepInspectionConfiguration: NOT_YET,
  UpdateOrganizationConfiguration: NOT_YET,
};

function isOperationName(name: string): name is OperationName {
  return Object.hasOwn(OPERATIONS, name);
}

/** Refuses as the model of the operation allows: AccessDenied where it is modelled, else a ValidationException. */
function refuse(name: OperationName, { notEnabled }: NotEnabled): never {
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
