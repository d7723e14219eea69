/** The story: CIS scans, and what this service has none of. */
import assert from 'node:assert/strict';
import { anyInput, arn, type Case, equals, gone, ID, invalid, notEnabled } from './case.ts';
import { at, list, members, said } from './look.ts';
import { ACCOUNT } from './stage.ts';

const INTEGRATION = arn(`codesecurity-integration/${ID}`);
const CODE_CONFIGURATION = arn(`owner/${ACCOUNT}/codesecurity-configuration/${ID}`);
const CONNECTOR = arn(`connector/${ID}`);
const CIS_SCAN = arn(`owner/${ACCOUNT}/cis-scan/${ID}`);
const CIS_CONFIGURATION = arn(`owner/${ACCOUNT}/cis-configuration/${ID}`);

export const cis: readonly Case[] = (
  [
    {
      operation: 'CreateCisScanConfiguration',
      input: {
        scanName: 'weekly',
        securityLevel: 'LEVEL_1',
        schedule: { weekly: { startTime: { timeOfDay: '12:00', timezone: 'UTC' }, days: ['SUN'] } },
        targets: { accountIds: ['SELF'], targetResourceTags: { env: ['prod'] } },
      },
      answers: ({ scanConfigurationArn }, _stage, facts) => {
        facts.cis = said(scanConfigurationArn);
      },
    },
    {
      operation: 'UpdateCisScanConfiguration',
      input: ({ cis: scanConfigurationArn = '' }) => ({ scanConfigurationArn, securityLevel: 'LEVEL_2' }),
      answers: ({ scanConfigurationArn }, _stage, facts) => assert.equal(scanConfigurationArn, facts.cis),
    },
    { operation: 'UpdateCisScanConfiguration', input: { scanConfigurationArn: CIS_CONFIGURATION }, refuses: gone },
    {
      operation: 'ListCisScanConfigurations',
      input: { filterCriteria: { scanNameFilters: equals('weekly') } },
      answers: ({ scanConfigurations }, _stage, facts) => {
        const { scanConfigurationArn, securityLevel, ownerId, targets, schedule } = members(at(scanConfigurations, 0));
        assert.deepEqual([scanConfigurationArn, securityLevel, ownerId], [facts.cis, 'LEVEL_2', ACCOUNT]);
        assert.deepEqual([at(targets, 'accountIds'), at(schedule, 'weekly', 'days')], [[ACCOUNT], ['SUN']]);
      },
    },
    { operation: 'ListCisScans', input: {}, answers: ({ scans }) => assert.deepEqual(scans, []) },
    ...(['ListCisScanResultsAggregatedByChecks', 'ListCisScanResultsAggregatedByTargetResource'] as const).map(
      (operation): Case => ({
        operation,
        input: { scanArn: CIS_SCAN },
        answers: (output) => assert.deepEqual(output, {}),
      }),
    ),
    {
      operation: 'GetCisScanResultDetails',
      input: { scanArn: CIS_SCAN, targetResourceId: 'i-0123456789abcdef0', accountId: ACCOUNT },
      answers: (output) => assert.deepEqual(output, {}),
    },
    { operation: 'GetCisScanReport', input: { scanArn: CIS_SCAN, reportFormat: 'CSV' }, refuses: gone },
    ...(['StartCisSession', 'SendCisSessionTelemetry', 'SendCisSessionHealth', 'StopCisSession'] as const).map(
      (operation): Case => ({ operation, input: anyInput(operation), refuses: notEnabled(/no CIS rules/) }),
    ),
    {
      operation: 'DeleteCisScanConfiguration',
      input: ({ cis: scanConfigurationArn = '' }) => ({ scanConfigurationArn }),
      answers: ({ scanConfigurationArn }, _stage, facts) => assert.equal(scanConfigurationArn, facts.cis),
    },
    { operation: 'DeleteCisScanConfiguration', input: { scanConfigurationArn: CIS_CONFIGURATION }, refuses: gone },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const refusedCode = [
  'CreateCodeSecurityIntegration',
  'CreateCodeSecurityScanConfiguration',
  'BatchAssociateCodeSecurityScanConfiguration',
  'BatchDisassociateCodeSecurityScanConfiguration',
  'StartCodeSecurityScan',
] as const;

export const code: readonly Case[] = (
  [
    ...refusedCode.map(
      (operation): Case => ({ operation, input: anyInput(operation), refuses: notEnabled(/Code security is not enabled/) }),
    ),
    {
      operation: 'UpdateCodeSecurityIntegration',
      input: { integrationArn: INTEGRATION, details: { gitlabSelfManaged: { authCode: 'x' } } },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityIntegration', input: { integrationArn: INTEGRATION }, refuses: gone },
    { operation: 'DeleteCodeSecurityIntegration', input: { integrationArn: INTEGRATION }, refuses: gone },
    {
      operation: 'UpdateCodeSecurityScanConfiguration',
      input: { scanConfigurationArn: CODE_CONFIGURATION, configuration: { ruleSetCategories: ['SAST'] } },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityScanConfiguration', input: { scanConfigurationArn: CODE_CONFIGURATION }, refuses: gone },
    { operation: 'DeleteCodeSecurityScanConfiguration', input: { scanConfigurationArn: CODE_CONFIGURATION }, refuses: gone },
    {
      operation: 'ListCodeSecurityScanConfigurationAssociations',
      input: { scanConfigurationArn: CODE_CONFIGURATION },
      refuses: gone,
    },
    { operation: 'GetCodeSecurityScan', input: anyInput('GetCodeSecurityScan'), refuses: gone },
    {
      operation: 'ListCodeSecurityIntegrations',
      input: { maxResults: 5 },
      answers: ({ integrations }) => assert.deepEqual(integrations, []),
    },
    {
      operation: 'ListCodeSecurityScanConfigurations',
      input: { maxResults: 5 },
      answers: ({ configurations }) => assert.deepEqual(configurations, []),
    },
    { operation: 'ListCodeSecurityIntegrations', input: { maxResults: 500 }, refuses: invalid('maxResults') },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

export const connectors: readonly Case[] = (
  [
    {
      operation: 'CreateConnector',
      input: anyInput('CreateConnector'),
      refuses: notEnabled(/Connectors to other clouds are not/),
    },
    { operation: 'UpdateConnector', input: { connectorArn: CONNECTOR, description: 'x' }, refuses: gone },
    { operation: 'DeleteConnector', input: { connectorArn: CONNECTOR }, refuses: gone },
    { operation: 'ListConnectors', input: {}, answers: ({ items }) => assert.deepEqual(items, []) },
    {
      operation: 'ListConnectorScanConfigurations',
      input: {},
      answers: ({ scanConfigurations }) => assert.deepEqual(scanConfigurations, []),
    },
    { operation: 'UpdateConnectorScanConfiguration', input: anyInput('UpdateConnectorScanConfiguration'), refuses: gone },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const AMI = { resourceId: 'ami-0123456789abcdef0', resourceType: 'AMI' };

/** Newer than the SDK for JavaScript, too. */
export const machineImages: readonly Case[] = (
  [
    { operation: 'StartOnDemandScan', input: AMI, refuses: notEnabled(/Machine images are not scanned/) },
    { operation: 'GetOnDemandScanStatus', input: { ...AMI, scanId: 'a1' }, refuses: gone },
    { operation: 'ListOnDemandScans', input: AMI, answers: ({ items }) => assert.deepEqual(items, []) },
    { operation: 'ListOnDemandScans', input: { ...AMI, nextToken: 'stale' }, refuses: invalid('nextToken') },
    { operation: 'ListOnDemandScans', input: { resourceType: 'AMI', resourceId: 'x' }, refuses: invalid('resourceId') },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));

const SBOM = {
  bomFormat: 'CycloneDX',
  specVersion: '1.5',
  components: [{ type: 'library', 'bom-ref': 'a', name: 'left', version: '1.0', purl: 'pkg:npm/left@1.0' }],
};

export const scan: readonly Case[] = (
  [
    {
      operation: 'ScanSbom',
      input: { sbom: SBOM, outputFormat: 'CYCLONE_DX_1_5' },
      answers: ({ sbom }) =>
        assert.deepEqual(
          [at(sbom, 'bomFormat'), list(at(sbom, 'vulnerabilities')).map((one) => at(one, 'id'))],
          ['CycloneDX', ['CVE-2025-0001']],
        ),
    },
    {
      operation: 'ScanSbom',
      input: { sbom: SBOM, outputFormat: 'INSPECTOR' },
      answers: ({ sbom }) => assert.equal(at(sbom, 'vulnerabilities', 0, 'id'), 'CVE-2025-0001'),
    },
    {
      operation: 'ScanSbom',
      input: { sbom: { bomFormat: 'SPDX' } },
      refuses: { code: 'ValidationException', status: 400, message: /not a CycloneDX/ },
    },
  ] satisfies readonly Case[]
).map((one) => ({ ...one, newer: true }));
