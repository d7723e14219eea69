/** Counting findings. */
import type { NetworkSeverity } from '../../network/findings/services.ts';
import type { Found } from './rows.ts';

/** The most severe first. */
export const NETWORK_SEVERITIES: readonly NetworkSeverity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'];

export function countBySeverity(found: readonly Found[]): (readonly [NetworkSeverity, number])[] {
  return NETWORK_SEVERITIES.map((severity) => [severity, found.filter(({ finding }) => finding.severity === severity).length]);
}
