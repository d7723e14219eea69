/**
 * Operations about what this installation has none of: CIS scans, code scans, connectors to other clouds, clusters. Lists are empty, and
 * nothing is found; what would make something is refused where the operations are listed. CIS scan configurations are in cis.ts.
 */
import type { RequestContext } from '../context.ts';
import { page } from '../paging.ts';
import { notFound } from '../protocol/errors.ts';
import type { Handler, Handlers, OperationName } from './handler.ts';

interface Paged {
  readonly nextToken?: string | undefined;
  readonly maxResults?: number | undefined;
}

/** The only page of an empty list; a token is none of ours. */
function none(operation: OperationName, input: Paged, context: RequestContext): [] {
  page(operation, input, context, [], 1);
  return [];
}

/** The same where the model has no empty list: the member is left out. */
function unlisted(operation: OperationName) {
  return async (input: Paged, context: RequestContext) => {
    none(operation, input, context);
    return {};
  };
}

function missing(what: string, name: string | undefined): never {
  throw notFound(`There is no ${what} ${name ?? ''}`.trim());
}

type Lists =
  | 'GetClustersForImage'
  | 'GetCisScanResultDetails'
  | 'ListCisScanResultsAggregatedByChecks'
  | 'ListCisScanResultsAggregatedByTargetResource'
  | 'ListCisScans'
  | 'ListCodeSecurityIntegrations'
  | 'ListCodeSecurityScanConfigurations'
  | 'ListConnectors'
  | 'ListConnectorScanConfigurations';

const lists: Handlers<Lists> = {
  /** No orchestrator tells what runs where: no image is known to be in use. */
  GetClustersForImage: async (input, context) => ({ cluster: none('GetClustersForImage', input, context) }),
  GetCisScanResultDetails: unlisted('GetCisScanResultDetails'),
  ListCisScanResultsAggregatedByChecks: unlisted('ListCisScanResultsAggregatedByChecks'),
  ListCisScanResultsAggregatedByTargetResource: unlisted('ListCisScanResultsAggregatedByTargetResource'),
  ListCisScans: async (input, context) => ({ scans: none('ListCisScans', input, context) }),
  ListCodeSecurityIntegrations: async (input, context) => ({
    integrations: none('ListCodeSecurityIntegrations', input, context),
  }),
  ListCodeSecurityScanConfigurations: async (input, context) => ({
    configurations: none('ListCodeSecurityScanConfigurations', input, context),
  }),
  ListConnectors: async (input, context) => ({ items: none('ListConnectors', input, context) }),
  ListConnectorScanConfigurations: async (input, context) => ({
    scanConfigurations: none('ListConnectorScanConfigurations', input, context),
  }),
};

type Things =
  | 'BatchGetCodeSnippet'
  | 'DeleteCodeSecurityIntegration'
  | 'DeleteCodeSecurityScanConfiguration'
  | 'DeleteConnector'
  | 'GetCisScanReport'
  | 'GetCodeSecurityIntegration'
  | 'GetCodeSecurityScan'
  | 'GetCodeSecurityScanConfiguration'
  | 'ListCodeSecurityScanConfigurationAssociations'
  | 'UpdateCodeSecurityIntegration'
  | 'UpdateCodeSecurityScanConfiguration'
  | 'UpdateConnector'
  | 'UpdateConnectorScanConfiguration';

const integration = async ({ integrationArn }: { readonly integrationArn?: string | undefined }) =>
  missing('integration', integrationArn);
const codeConfiguration = async ({ scanConfigurationArn }: { readonly scanConfigurationArn?: string | undefined }) =>
  missing('scan configuration', scanConfigurationArn);
const connector = async ({ connectorArn }: { readonly connectorArn?: string | undefined }) => missing('connector', connectorArn);

/** Findings of code have snippets; there are none. */
const snippets: Handler<'BatchGetCodeSnippet'> = async ({ findingArns = [] }) => ({
  codeSnippetResults: [],
  errors: findingArns.map((findingArn) => ({
    findingArn,
    errorCode: 'CODE_SNIPPET_NOT_FOUND',
    errorMessage: 'The finding has no code snippet.',
  })),
});

export const absent: Handlers<Lists | Things> = {
  ...lists,
  BatchGetCodeSnippet: snippets,
  DeleteCodeSecurityIntegration: integration,
  DeleteCodeSecurityScanConfiguration: codeConfiguration,
  DeleteConnector: connector,
  GetCisScanReport: async ({ scanArn }) => missing('CIS scan', scanArn),
  GetCodeSecurityIntegration: integration,
  GetCodeSecurityScan: async ({ scanId }) => missing('scan', scanId),
  GetCodeSecurityScanConfiguration: codeConfiguration,
  ListCodeSecurityScanConfigurationAssociations: codeConfiguration,
  UpdateCodeSecurityIntegration: integration,
  UpdateCodeSecurityScanConfiguration: codeConfiguration,
  UpdateConnector: connector,
  UpdateConnectorScanConfiguration: async ({ awsConfigConnectorArn }) => missing('connector', awsConfigConnectorArn),
};
