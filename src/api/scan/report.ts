/** ScanSbom from document to report. */
import { scanSbom } from '../../engine/scan-sbom.ts';
import type { Fields } from '../../inventory/values.ts';
import type { AdvisoryDatabase } from '../../model/advisory.ts';
import { ApiError } from '../protocol/errors.ts';
import { cycloneDxReport } from './cyclonedx.ts';
import { inspectorReport } from './inspector.ts';

/** Assesses a CycloneDX document and reports in the form that was asked for. Throws ApiError for one that cannot be assessed. */
export function scanReport(
  document: Fields,
  format: 'CYCLONE_DX_1_5' | 'INSPECTOR' | 'INSPECTOR_ALT',
  database: AdvisoryDatabase,
  today: string,
): Fields {
  if (!/^1\.[0-7]$/.test(String(document.specVersion ?? ''))) {
    const message = 'The SBOM is of a version of CycloneDX that is not supported: its specVersion must be 1.0 to 1.7';
    throw new ApiError('ValidationException', message, { reason: 'UNSUPPORTED_SBOM_TYPE' });
  }
  if (document.components !== undefined && !Array.isArray(document.components)) {
    const message = 'The components of the SBOM are not a list';
    const fields = [{ name: 'sbom.components', message }];
    throw new ApiError('ValidationException', message, { reason: 'FIELD_VALIDATION_FAILED', fields });
  }
  const scanned = scanSbom(document, database, today);
  if (!scanned.ok) {
    const { message } = scanned.problem;
    const fields = [{ name: 'sbom', message }];
    throw new ApiError('ValidationException', message, { reason: 'FIELD_VALIDATION_FAILED', fields });
  }
  return format === 'CYCLONE_DX_1_5'
    ? cycloneDxReport(document, scanned.value)
    : inspectorReport(scanned.value, format === 'INSPECTOR_ALT');
}
