/** Counting findings. */
import type { NetworkSeverity } from '../../network/findings/services.ts';
import { type Found, isCertain } from './rows.ts';

/** The most severe first. */
export const NETWORK_SEVERITIES: readonly NetworkSeverity[] = ['CRITICAL', 'HIGH', 'MEDIUM', 'LOW', 'INFORMATIONAL'];

export function countBySeverity(found: readonly Found[]): (readonly [NetworkSeverity, number])[] {
  return NETWORK_SEVERITIES.map((severity) => [severity, found.filter(({ finding }) => finding.severity === severity).length]);
}

/** Instances, load balancers and interfaces that certainly are reached. */
export function reachedIn(found: readonly Found[]): number {
  return new Set(found.filter(isCertain).map(({ finding }) => finding.resource)).size;
}
