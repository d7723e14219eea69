/** Errors that the API answers with: modelled ones, and those of the gateway in front of every AWS service. */
import { type FieldError, validationMessage } from './validate.ts';

/** HTTP status by error name. */
const STATUS = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  ConflictException: 409,
  InternalServerException: 500,
  ResourceNotFoundException: 404,
  ServiceQuotaExceededException: 402,
  ThrottlingException: 429,
  ValidationException: 400,
  // Answered before an operation is known, by every service of AWS.
  IncompleteSignatureException: 400,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  RequestTimeTooSkewed: 403,
  UnrecognizedClientException: 403,
  ExpiredTokenException: 403,
  UnknownOperationException: 404,
  RequestEntityTooLargeException: 413,
  ServiceUnavailableException: 503,
} as const;

export type ErrorName = keyof typeof STATUS;

/** An answer that is no success. Throw it from a handler; it reaches the client as the model says. */
export class ApiError extends Error {
  readonly code: ErrorName;
  /** Members of the error beside the message. */
  readonly members: Readonly<Record<string, unknown>>;
  /** `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: ErrorName,
    message: string,
    members: Readonly<Record<string, unknown>> = {},
    options: { readonly retryAfterSeconds?: number; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.members = members;
    this.retryAfterSeconds = options.retryAfterSeconds;
  }

  get status(): number {
    return STATUS[this.code];
  }
}

/** Fields are wrong: `fields` in the answer, and their sum as its message. */
export function validation(fields: readonly FieldError[]): ApiError {
  const reason = fields.some(({ unreadable }) => unreadable) ? 'CANNOT_PARSE' : 'FIELD_VALIDATION_FAILED';
  return new ApiError('ValidationException', validationMessage(fields), {
    reason,
    fields: fields.map(({ name, message }) => ({ name, message })),
  });
}

/** One field is wrong, in words of its own. */
export function invalidField(name: string, message: string): ApiError {
  return new ApiError('ValidationException', message, { reason: 'FIELD_VALIDATION_FAILED', fields: [{ name, message }] });
}

/** The request is refused for a reason that is not one field's. */
export function invalid(message: string, reason: 'CANNOT_PARSE' | 'OTHER' = 'OTHER'): ApiError {
  return new ApiError('ValidationException', message, { reason });
}

export function notFound(message: string): ApiError {
  return new ApiError('ResourceNotFoundException', message);
}

export function badRequest(message: string): ApiError {
  return new ApiError('BadRequestException', message);
}

export function conflict(message: string, resourceId: string, resourceType: string): ApiError {
  return new ApiError('ConflictException', message, { resourceId, resourceType });
}

export function accessDenied(message: string): ApiError {
  return new ApiError('AccessDeniedException', message);
}

/** 402: a limit of the service; `resourceId` is what there are too many of. */
export function quota(message: string, resourceId: string): ApiError {
  return new ApiError('ServiceQuotaExceededException', message, { resourceId });
}

export function throttled(retryAfterSeconds: number): ApiError {
  return new ApiError('ThrottlingException', 'Rate exceeded', {}, { retryAfterSeconds });
}

/** The request failed for a reason that is not the client's; the cause is logged, never sent. */
export function internal(
  cause: unknown,
  members: Readonly<Record<string, unknown>> = {},
  message = 'The request failed inside the service; the log has the reason by its request id',
): ApiError {
  return new ApiError('InternalServerException', message, members, { cause });
}
