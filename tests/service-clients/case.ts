/** One question of the story, and the words that the parts of the story share. Inputs are JSON of the wire. */
import fc from 'fast-check';
import type { OperationName } from '../../src/api/inspector2/handler.ts';
import type { NewerName } from '../../src/api/inspector2/newer.ts';
import { INSPECTOR2 } from '../../src/api/inspector2/service.ts';
import type { Fields } from '../../src/inventory/values.ts';
import { documents } from '../support/model.ts';
import { REGION } from '../support/service.ts';
import { ACCOUNT, type Stage } from './stage.ts';

export type Input = Readonly<Record<string, unknown>>;

/** What answers told and later questions need. */
export type Facts = Record<string, string>;

export interface Refusal {
  readonly code: string;
  readonly status: number;
  /** Fields that a ValidationException names. */
  readonly fields?: readonly string[];
  readonly message?: RegExp;
}

export interface Case {
  readonly operation: OperationName | NewerName | 'ScanSbom';
  readonly input: Input | ((facts: Facts, stage: Stage) => Input);
  /** Looks at the answer, and keeps what later questions need. */
  readonly answers?: (output: Fields, stage: Stage, facts: Facts) => void;
  readonly refuses?: Refusal;
  /** The operation, or a member of its input, is newer than the AWS CLI 2.9: that one cannot say it. */
  readonly newer?: true;
  /** The worker does its work before this. */
  readonly after?: 'work';
}

export const UNKNOWN = '999999999999';
export const ID = '12345678-1234-1234-1234-123456789012';
export const arn = (rest: string) => `arn:aws:inspector2:${REGION}:${ACCOUNT}:${rest}`;
export const FINDING = arn(`finding/${'0'.repeat(32)}`);
export const FILTER = arn(`owner/${ACCOUNT}/filter/0123456789abcdef`);
export const DESTINATION = { bucketName: 'reports', keyPrefix: 'p', kmsKeyArn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/${ID}` };

export const equals = (value: string) => [{ comparison: 'EQUALS', value }];
export const gone: Refusal = { code: 'ResourceNotFoundException', status: 404 };
export const denied: Refusal = { code: 'AccessDeniedException', status: 403 };
export const invalid = (...fields: readonly string[]): Refusal => ({ code: 'ValidationException', status: 400, fields });
export const notEnabled = (message: RegExp): Refusal => ({ ...denied, message });

/** A valid input, when nothing in it matters. */
export function anyInput(operation: OperationName): Input {
  const shape = INSPECTOR2.model.operations[operation]?.input ?? '';
  const [found] = fc.sample(documents(INSPECTOR2.model, shape, 'none'), { numRuns: 1, seed: 3 });
  return found as Input;
}
