import createClient from 'openapi-fetch';
import type { components, paths } from '../../generated/api.ts';
import type { ErrorCode } from './types.ts';

type Schemas = components['schemas'];

export { PREFIX } from './paths.ts';

/** Calls of the API by their paths. Cookies of the session go with them. */
export const api = createClient<paths>({ baseUrl: window.location.origin });

/** Why a call failed. `UNREACHABLE`: no answer came. `UNREADABLE`: the answer is not of this API. */
export class ApiError extends Error {
  readonly code: ErrorCode | 'UNREACHABLE' | 'UNREADABLE';
  readonly status: number;
  readonly requestId: string | null;
  /** The fields of the request that are wrong. */
  readonly details: Readonly<Record<string, string>>;

  constructor(about: Pick<ApiError, 'code' | 'message' | 'status' | 'requestId'> & Partial<ApiError>) {
    super(about.message);
    this.code = about.code;
    this.status = about.status;
    this.requestId = about.requestId;
    this.details = about.details ?? {};
  }
}

interface Answer<Body> {
  data?: Body;
  error?: unknown;
  response: Response;
}

/** The body of a successful answer. Throws an `ApiError` in every other case. */
export async function bodyOf<Body>(call: Promise<Answer<Body>>): Promise<NonNullable<Body>> {
  const { data, error, response } = await call.catch((cause: unknown) => {
    if ((cause as Error).name === 'AbortError') throw cause;
    throw new ApiError({ code: 'UNREACHABLE', message: String(cause), status: 0, requestId: null });
  });
  if (data !== undefined && data !== null) return data;
  throw errorOf(response, error);
}

/** The error of an answer that is not successful. */
export function errorOf(response: Response, body: unknown): ApiError {
  const { code, error, details } = (typeof body === 'object' && body !== null ? body : {}) as Partial<
    Schemas['Error']
  >;
  return new ApiError({
    code: code ?? 'UNREADABLE',
    message: error ?? response.statusText,
    status: response.status,
    requestId: response.headers.get('x-request-id'),
    ...(details && { details }),
  });
}
