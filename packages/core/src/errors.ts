/** All error codes, each with its HTTP status and its default message. */
const CODES = {
  ETL_ALREADY_RUNNING: { http: 409, message: 'ETL process is already running' },
  ETL_WINDOW_EXPIRED: { http: 409, message: 'ETL time window expired' },
  ETL_PREREQUISITES_MISSING: {
    http: 409,
    message: 'Waiting for ActivityCounts and UserCounts ETL to complete',
  },
  SOURCE_PURGED: {
    http: 409,
    message: "the source no longer holds that day's logs; the stored figures were kept",
  },
  SETTINGS_DIFFER: {
    http: 409,
    message: 'The settings of this process differ from those that the figures were made with',
  },
  DATABASE_UNAVAILABLE: { http: 503, message: 'Failed to connect to database' },
  QUEUE_UNAVAILABLE: { http: 503, message: 'Failed to connect to queue' },
  SIGN_IN_UNAVAILABLE: { http: 503, message: 'The keys of signed tokens cannot be read. Try again later.' },
  INVALID_REQUEST: { http: 400, message: 'The request is not valid' },
  UNAUTHORIZED: { http: 401, message: 'A valid token is needed: Authorization: Bearer <token>' },
  FORBIDDEN: { http: 403, message: 'Not allowed with this token' },
  NOT_FOUND: { http: 404, message: 'Not found' },
  RATE_LIMITED: { http: 429, message: 'Too many requests' },
  INTERNAL_ERROR: { http: 500, message: "Internal error. See the gateway's log (x-request-id)." },
} as const;

export type ErrorCode = keyof typeof CODES;
export const ERROR_CODES = Object.keys(CODES) as ErrorCode[];

/** An error for the caller: it has a code of the contract. */
export class EtlError extends Error {
  readonly code: ErrorCode;
  /** What is wrong, by field. */
  readonly details: Record<string, string> | undefined;
  /** The status of the answer: that of the code, unless the constructor gets another one. */
  readonly httpStatus: number;

  constructor(
    code: ErrorCode,
    message?: string,
    options: { details?: Record<string, string>; httpStatus?: number; cause?: unknown } = {},
  ) {
    super(message ?? CODES[code].message, { cause: options.cause });
    this.name = 'EtlError';
    this.code = code;
    this.details = options.details;
    this.httpStatus = options.httpStatus ?? CODES[code].http;
  }
}

/** INVALID_REQUEST because of one field. */
export function wrongField(field: string, why: string): EtlError {
  return new EtlError('INVALID_REQUEST', `${field}: ${why}`, { details: { [field]: why } });
}

/** Any thrown value as an Error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
